"""Words that mean somebody is in danger now, in the served languages; checked before everything else.

Each rule names what it reacts to and what the same words mean in peace: drills, prevention, questions
about what to do one day, news, and figures of speech (死ぬほど暑い). A false alarm costs a resident one
message; a missed one may cost a life: in doubt the rules speak up, and a drill that goes wrong
(「訓練中に人が倒れた」) counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from content import emergency_foreign_words, emergency_words
from content.search import tokens

Kind = Literal["fire", "medical", "crime", "suicide", "disaster"]


def find(text: str) -> Kind | None:
    """What kind of emergency a text speaks of; None when it is none."""
    plain = tokens.fold(text).replace("’", "'")
    spoken = tokens.from_romaji(plain)
    japanese = _SPACES.sub("", spoken or plain).replace("もしもし", "")  # 「火 事 で す」
    if not _HIRAGANA.search(japanese):  # 「カジデス」
        japanese = tokens.hiragana(japanese)
    for kind, rule, peaceful in _JAPANESE:
        if rule.search(peaceful.sub("。", japanese)):
            return kind
    if _KANA.search(plain):  # Chinese shares words with Japanese
        return None
    for (kind, rule, peaceful), (_, _, japanese_peace) in zip(_OTHERS, _JAPANESE, strict=True):
        if rule.search(japanese_peace.sub(" . ", peaceful.sub(" . ", plain))):
            return kind
    return None


_HIRAGANA = re.compile(r"[ぁ-ゖ]")
_KANA = re.compile(r"[ぁ-ヿ]")
_SPACES = re.compile(r"(?<=[ぁ-ヿ一-鿿])\s+(?=[ぁ-ヿ一-鿿])")


def _compiled(rules: Iterable[tuple[Kind, str, str]]) -> tuple[tuple[Kind, re.Pattern[str], re.Pattern[str]], ...]:
    return tuple((kind, re.compile(rule, re.VERBOSE), re.compile(peace, re.VERBOSE)) for kind, rule, peace in rules)


_JAPANESE = _compiled(emergency_words.RULES)
_OTHERS = _compiled(emergency_foreign_words.RULES)
