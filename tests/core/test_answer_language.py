"""The answer in the reader's language: a person's words, else a machine's, else easy or plain Japanese, which is said."""

from __future__ import annotations

import pytest

from bot.core import answer_text
from content.packs_model import Entry, Source, Translation
from content.phrases import phrases


def entry(**translations: Translation) -> Entry:
    return Entry(
        id="x",
        kind="faq",
        title="ごみ",
        body="本文",
        source=Source("市"),
        translations={key.replace("_", "-"): value for key, value in translations.items()},
    )


@pytest.mark.parametrize("language", ["pt", "vi", "zh-Hans", "tl", "es", "en"])
def test_what_is_shown_and_what_is_said_of_it(language: str) -> None:
    say = phrases(language).say
    human = entry(**{language.replace("-", "_"): Translation("T", "B", by="human")})
    machine = entry(
        **{language.replace("-", "_"): Translation("T", "B", by="machine")}, easy_ja=Translation("や", "や")
    )
    easy = entry(easy_ja=Translation("や", "やさしい", by="human"))
    assert answer_text.body(human, language) == "B"
    assert answer_text.body(machine, language) == f"B\n{say('common.machine')}"
    assert answer_text.body(easy, language) == f"やさしい\n{say('common.only_easy')}"
    assert answer_text.body(entry(), language) == f"本文\n{say('common.only_japanese')}"


def test_chinese_of_one_script_serves_the_other() -> None:
    one = entry(zh_Hans=Translation("题", "文", by="human"))
    assert answer_text.title(one, "zh-Hant") == "题"
    assert answer_text.body(one, "zh-Hant") == "文"
