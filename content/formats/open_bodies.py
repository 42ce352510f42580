"""The text with which an entry made from open data answers: the publisher's own words, put together.

Made only from what the entry keeps, so that an export can tell the publisher's description from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from content.formats.clocks_in import NOTHING
from content.formats.rows_in import clipped

_SHOWN: Final = (("定員", "定員"), ("アクセス方法", "行き方"), ("駐車場情報", "駐車場"), ("備考", "備考"))


def activity(said: str, extra: Mapping[str, str], title: str) -> str:
    """Description (or summary, or the name), what is said of the days beside them, and whom to ask."""
    lines = [said or extra.get("概要") or extra.get("サブタイトル") or title]
    note = extra.get("開始日時特記事項", "")
    times = extra.get("日時の文", "")
    if note and note not in times:
        lines.append(f"日時: {note}")
    if times:
        lines.append(times)
    lines += [f"{label}: {extra[name]}" for name, label in _SHOWN if extra.get(name, "") not in NOTHING]
    return clipped("\n".join([*lines, *contact(extra.get("連絡先名称", ""), extra.get("連絡先電話番号", ""), extra)]))


def contact(name: str, phone: str, extra: Mapping[str, str]) -> list[str]:
    """Whom to ask and where it stands, as far as it is known."""
    asked = " ".join(" ".join(part.split()) for part in (name, phone) if part not in NOTHING)
    url = extra.get("URL", "")
    return [*([f"問い合わせ: {asked}"] if asked else []), *([url] if url.startswith(("http://", "https://")) else [])]


def facility(said: str, extra: Mapping[str, str], title: str) -> str:
    """Where it is, when it is open, its telephone."""
    lines = [said] if said else []
    where = " ".join(part for part in (extra.get("住所", ""), extra.get("方書", "")) if part)
    if where:
        lines.append(f"{title}の住所は、{where}です。")
    hours = " ".join(
        part
        for part in (extra.get("利用可能曜日", ""), _span(extra.get("開始時間", ""), extra.get("終了時間", "")))
        if part
    )
    if hours:
        lines.append(f"利用できる日と時間: {hours}")
    if extra.get("利用可能日時特記事項"):
        lines.append(extra["利用可能日時特記事項"])
    if phone := extra.get("電話番号", ""):
        lines.append(f"電話: {phone}")
    lines += [f"{name}: {extra[name]}" for name in ("バリアフリー情報", "備考") if extra.get(name, "") not in NOTHING]
    lines += contact("", "", extra)
    return clipped("\n".join(lines) or title)


def _span(start: str, end: str) -> str:
    return f"{start}〜{end}" if start and end else start or end
