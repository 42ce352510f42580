"""How the fields, versions and ratings of an entry are called on a page."""

from __future__ import annotations

from typing import Final

from handlers.console.show import LANGUAGES

VERSION_ACTS: Final = {
    "pack": "ファイルから読み込んだ",
    "create": "書いた",
    "change": "直した",
    "publish": "出した",
    "withdraw": "下げた",
    "check": "確かめた",
}
RATED: Final = {"found": "見つけやすかった", "clear": "わかりやすかった", "useful": "参考になった"}
ENTRY_FIELDS: Final = {
    "title": "見出し",
    "body": "答え",
    "questions": "聞き方",
    "keywords": "さがす言葉",
    "aliases": "別の呼び名",
    "districts": "地区",
    "contact": "窓口",
    "owner": "担当",
    "source.title": "出典",
    "source.url": "出典のページ",
    "source.date": "出典の日付",
    "valid_from": "使いはじめる日",
    "valid_to": "使いおわる日",
    "checked_on": "確かめた日",
    "kind": "種類",
    "by": "訳した人",
}


def entry_field(name: str) -> str:
    """A field of an entry's data in words: `translations.en.body` is 英語: 答え."""
    if name.startswith("translations."):
        _, language, part = name.split(".", 2)
        return f"{LANGUAGES.get(language, language)}: {ENTRY_FIELDS.get(part, part)}"
    return ENTRY_FIELDS.get(name, name.removeprefix("extra."))
