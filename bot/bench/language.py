"""`entaku bench language`: how often the language of a short message is told right."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path

import click

from bot.bench.search import memory, read_lines


@click.command()
@click.option(
    "--file", "path", type=click.Path(path_type=Path, dir_okay=False), required=True, help='Lines of {"text","lang"}.'
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def command(path: Path, *, as_json: bool) -> None:
    """Identify every message; `accuracy` is the mean over the languages (macro)."""
    from content.language import identify

    lines = read_lines(path, ("text", "lang"))
    identify("warm up")  # the models load on first use
    right: dict[str, list[bool]] = defaultdict(list)
    times = []
    for line in lines:
        begun = time.perf_counter()
        guess = identify(str(line["text"])).language
        times.append(time.perf_counter() - begun)
        right[line["lang"]].append(guess == line["lang"] or (line["lang"] == "zh" and guess.startswith("zh-")))
    shares = {language: sum(values) / len(values) for language, values in sorted(right.items())}
    figures = {
        "n": len(lines),
        "accuracy": round(sum(shares.values()) / (len(shares) or 1), 4),
        "per_language": {language: round(share, 4) for language, share in shares.items()},
        "p50_us": round(sorted(times)[len(times) // 2] * 1e6, 1) if times else 0.0,
        "rss_mb": memory(),
    }
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name:>12}  {value}")
