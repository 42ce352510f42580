"""How sure one may be that an entry answers a question, 0 to 1, beyond how it ranks.

A question shares words with many entries that are not about its matter: 「切手の値段」 with the association's
fee, 「会社を辞めたい」 with leaving the association. What a question is about are its nouns; an entry is about
what its headings and keywords name. `matter` weighs the one against the other.

`chance` is calibrated: of the entries given .3, about three in ten are the right one. Logistic regressions, one
for the words alone and one with the meaning, on the dev questions, on paraphrases of them and on questions
that no municipality answers; see docs/decisions/0009-sure-enough.md for the figures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from content.search import tokens
from content.search.index import LexicalIndex, Query
from content.search.rank import Hit
from content.search.token_words import word_set

NAMED = 0.3  # the share of the matter that an entry has to name
RAREST = 3.5  # a word that no entry holds counts no more than one of a few: it may be a slip
ALIKE = 0.7  # a heading this like the question names its matter, however it is spelled
BARE = 0.2  # what is left of the chance when one verb is all that was said
FOREIGN = 0.55  # what is left of the confidence when the matter is not named
# likeness, coverage, score in standard deviations, cosine; the last is the constant
WORDS_CHANCE = (3.4, 2.8, 0.36, 0.0, -6.4)
MEANING_CHANCE = (0.5, 1.5, 0.5, 3.9, -6.8)
TALLEST = 8.0  # a score says no more beyond: one rare word that only one entry holds
# Nouns that are never the matter: the question's own words, and what one wants of a matter
_NO_MATTER = word_set(
    """
    何処 何時 誰 何 何れ 何方 幾つ 幾ら 此処 其処 今日 明日 今 日 時 方 所 人 私 僕 俺 個人 内 話 気 儘 為 訳
    事 物 家 皆 自分 場合 遣り方 仕方 方法 遣る 方々 場所 時間 日程 名前 値段 料金 電話 番号 連絡 先 内容 予定 次回
    """
)


@dataclass(frozen=True)
class Judged:
    """A hit with how sure it is; `matter` is the share of the question's matter that it names (1 when none is told)."""

    id: str
    score: float
    coverage: float
    likeness: float
    matter: float
    meaning: float
    confidence: float
    chance: float


def judge(hits: Iterable[Hit], matter: str, query: Query, lexical: LexicalIndex) -> list[Judged]:
    """The hits with their confidence; `matter` is the question without districts and dates, `query` of that."""
    units = [] if query.kana_only or query.latin_only else _units(matter, lexical)
    total = sum(weight for _, weight in units)
    alone = not query.foreign and len(query.lemmas) == 1 and _is_bare_verb(matter)
    judged = []
    for hit in hits:
        named = lexical.named(hit.id)
        share = sum(weight for parts, weight in units if named.intersection(parts)) / total if total else 1.0
        if not units and not query.kana_only and not hit.coverage:
            share = 0.0  # alike in 「がほしい」 alone
        foreign = share < NAMED and hit.likeness < ALIKE
        sure = hit.confidence * (FOREIGN if foreign else 1.0)
        chance = _chance(hit)
        if alone and hit.likeness < ALIKE:  # 「眠れない」 is a word of 「騒音で眠れない」, and not its matter
            sure, chance, share = min(sure, hit.likeness * FOREIGN), chance * BARE, 0.0
        judged.append(Judged(hit.id, hit.score, hit.coverage, hit.likeness, share, hit.meaning, round(sure, 3), chance))
    return judged


def _chance(hit: Hit) -> float:
    """The probability that the hit is the right entry."""
    weights = MEANING_CHANCE if hit.meaning else WORDS_CHANCE
    features = (hit.likeness, hit.coverage, min(hit.score, TALLEST), hit.meaning, 1.0)
    total = sum(weight * feature for weight, feature in zip(weights, features, strict=True))
    return 1 / (1 + math.exp(-total))


def _is_bare_verb(text: str) -> bool:
    """Whether one verb or adjective is all that is said: 「眠れない」, 「つまらない」."""
    found = [word for word in tokens.words(text) if tokens.lemmas([word])]
    return len(found) == 1 and found[0].part in {"動詞", "形容詞"}


def _units(text: str, lexical: LexicalIndex) -> list[tuple[Sequence[str], float]]:
    """The compounds of the text's nouns, each with how telling it is: 粗大ごみ is one, named by either part."""
    compounds: list[list[str]] = [[]]
    for word in tokens.words(tokens.without_tail(text)):
        noun = word.part == "名詞" or (word.part == "接尾辞" and compounds[-1])
        lemma = tokens.lemmas([word])
        if not noun or not lemma:
            compounds.append([])
        elif not lemma[0].isdigit() and word.part == "名詞":
            compounds[-1].append(lemma[0])
    kept = [compound for compound in compounds if compound and set(compound) - _NO_MATTER]
    return [(compound, min(RAREST, max(map(lexical.telling, compound)))) for compound in kept]
