"""`entaku demo`: starts the demonstration; announces and asks in it as the console would."""

from __future__ import annotations

import json
import socket

import click

from bot import demo as demonstration
from bot.demo import Demo
from bot.errors import ConflictError


@click.group()
def command() -> None:
    """The demonstration: two cities, a simulated LINE, sample staff."""


@command.command()
def up() -> None:
    """Prepare var/demo and run the product and the simulator until stopped."""
    demo = Demo.from_environment()
    for name, port in (("PORT", demo.port), ("SIM_PORT", demo.sim_port)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise ConflictError(
                    f"{port}番は、もう使われています。前のデモを止めるか、make demo {name}=別の番号 で始めてください。"
                )
    click.echo("デモを準備しています …")
    demonstration.prepare(demo)
    click.echo(f"スマートフォンの画面  {demo.product_url}/phone")
    click.echo(f"職員の画面            {demo.product_url}/console   (パスワード: {demo.folder / 'accounts.json'})")
    click.echo(f"市のページ            {demo.product_url}/m/fuji/   {demo.product_url}/m/tomioka/")
    click.echo("開けるまで、あと数十秒かかります。止めるには Ctrl-C")
    demonstration.Supervisor(demo).run()


@command.command()
@click.option("--municipality", required=True)
@click.option("--district", required=True, help="The district's name, such as 今泉.")
@click.option("--text", required=True)
@click.option("--at", "at_", default=None, help="ISO time; at once when left out.")
@click.option("--json", "as_json", is_flag=True)
def announce(municipality: str, district: str, text: str, at_: str | None, as_json: bool) -> None:
    """Write an announcement, have a second account approve it, schedule it."""
    from bot.demo_sending import announce as run

    _print(run(Demo.from_environment(), municipality, district, text, at_), as_json)


@command.command()
@click.option("--municipality", required=True)
@click.option("--district", required=True)
@click.option("--question", required=True)
@click.option("--choice", "choices", multiple=True, required=True)
@click.option("--close-at", default=None, help="ISO time; in three days when left out.")
@click.option("--json", "as_json", is_flag=True)
def poll(
    municipality: str, district: str, question: str, choices: tuple[str, ...], close_at: str | None, as_json: bool
) -> None:
    """Ask one question of a district: written, approved by a second account, sent at once."""
    from bot.demo_sending import ask as run

    _print(run(Demo.from_environment(), municipality, district, question, choices, close_at), as_json)


def _print(result: dict[str, int], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result))
    else:
        click.echo(f"お知らせ {result['id']} を予約しました。届く人: {result['recipients']} 人")
