"""Which district a text names. Longest names first, so that look-alikes never pass for one another.

A name inside a longer one (吉永 in 吉永北, 吉原 in 元吉原), a person (小野さん), another town (神戸市),
the river 富士川, a hill (緑ヶ丘) and the municipality itself (富岡市) are not the district.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from content.packs_model import District
from content.search import tokens

_HAN = "一-鿿々"
_KANA = "ぁ-ゖー"
_PERSON = r"(?:さん|様|さま|氏|君|くん|ちゃん|先生|会長|市長|課長|議員|選手|監督)"
_RIVER = (
    r"(?:の?(?:河川敷?|河口)|の?(?:水位|水量|氾濫|はんらん|増水|堤防|決壊|洪水|流れ|水|鉄橋|上流|下流|対岸|川岸|土手)"
    r"|[がはも](?:氾濫|はんらん|増水|あふれ|溢れ|決壊|荒れ|危な)|緑地|大橋|橋|サービスエリア|sa|楽座|を渡)"
)
_ELSEWHERE = {
    "神戸": r"(?:市|港|牛|空港|大学|製鋼|新聞|ビーフ)",
    "小野": r"(?:市|田|寺|川|沢|崎|塚|里|妹子|小町)",
    "吉田": r"(?:町|松陰|山|市|うどん)",
    "吉原": r"(?:遊郭|炎上)",
    "高瀬": r"(?:川|舟|ダム)",
    "富士南": r"(?:部|麓)",
    "富士北": r"(?:部|麓)",
    "松野": r"(?:町|明美)",
    "原田": r"(?:マハ|知世)",
    "富岡": r"(?:市|製糸|町|署|警察|八幡)",
    "富士川": _RIVER,
    "ふじかわ": _RIVER,
    "丘": rf"(?:の上|陵|公園|[{_HAN}](?<![地小中区町]))",
}
_BEFORE = "上下中東西南北新本元"  # 上高瀬, 元吉原: other places, unless they are known by that very name
_HILL = "がヶケノの"
# Towns beside the two cities: 町 alone is mostly a part of one's own
_TOWNS = frozenset(("甘楽", "下仁田", "清水", "長泉", "函南", "小山"))
_PERSON_NAMED = r"(?:さん|様|さま|氏|君|くん|ちゃん|先生)"
_PLACE = re.compile(
    rf"(?<![{_HAN}])([{_HAN}ヶケノ]{{1,6}}?)(?:の?(?:公民館|まち(?:づくり)?センター|地域づくりセンター|まちセン)|地区(?!だより|別|ごと))"
)
_DIRECTION = re.compile(r"中央|中部|本町|新町|駅前|[東西南北](?:部)?|[東西南北]中央")
_COMES_FROM = re.compile(r"から|より|出身|に住|在住|に(?:い|居)|へ引っ|に引っ|の(?:人|者|知り合い|親|友)|でも")
_MIXED = (("南", "みなみ"), ("北", "きた"), ("駅", "えき"))
_OWNED = r"(?:地区|まち|公民館|地域|センター|小|中学|です|だ|に住|在住|の者|住み)"
_KANA_AFTER = r"(?=$|[^ぁ-ゖー]|の|です|ちく|まちせん|まちづくり|こうみんかん|しょう|に|で|は|も|って|から|だ)"


@dataclass(frozen=True)
class Match:
    """What a text names: nothing, one district, or several (said several, or a word that several share)."""

    kind: Literal["one", "several", "none"]
    districts: tuple[District, ...] = ()
    shared: bool = False  # a word that several share was said: any of them may be meant, and only one is


@dataclass(frozen=True)
class _Name:
    pattern: re.Pattern[str]
    length: int
    owners: tuple[str, ...]


def find(text: str, districts: Sequence[District]) -> Match:
    """The districts a text names by name, reading, alias, school, centre or neighbourhood word."""
    rest = tokens.fold(text)
    bare = rest.strip("。.、!?・ 「」")
    for district in districts:
        if bare in {district.name, district.kana}:
            return Match("one", (district,))
    found: list[str] = []
    shared = False
    spelled = _latin_as_kana(rest)
    for name in _names(tuple(districts)):
        for candidate in (rest, spelled):
            if candidate and name.pattern.search(candidate):
                found += [owner for owner in name.owners if owner not in found]
                shared = shared or len(name.owners) > 1
        rest = name.pattern.sub("\n", rest)
        spelled = name.pattern.sub("\n", spelled)
    by_id = {district.id: district for district in districts}
    named = tuple(by_id[owner] for owner in found)
    return Match("none" if not named else "one" if len(named) == 1 else "several", named, shared)


def without_names(text: str, districts: Sequence[District]) -> str:
    """The folded text with every district's name taken out (for matters that names would disturb, as dates)."""
    rest = tokens.fold(text)
    for name in _names(tuple(districts)):
        rest = name.pattern.sub(" ", rest)
    return rest


def unknown_place(text: str, districts: Sequence[District], own: Collection[str] = ()) -> str | None:
    """A place that is none of these districts: of 〇〇公民館, 〇〇地区 and the like, or another city or prefecture.

    `own` are the names of this municipality and its prefecture.
    """
    rest = without_names(text, districts)
    for found in _PLACE.finditer(rest):
        name = found.group(1)
        if name.endswith(("市", "県", "町内")):
            continue
        if _DIRECTION.fullmatch(name) or any(word.proper for word in tokens.words(name)):
            return name
    return _other_city(rest, own)


def _other_city(text: str, own: Collection[str]) -> str | None:
    """静岡市, 甘楽町, 群馬県 as what is asked about; not where somebody comes from or lives."""
    found = tokens.words(text)
    for at, word in enumerate(found[1:], 1):
        before = found[at - 1]
        town = word.surface == "町" and before.surface in _TOWNS
        if not town and (word.surface not in {"市", "県", "都", "府", "村"} or not before.proper):
            continue
        name = before.surface + word.surface
        after = "".join(one.surface for one in found[at + 1 : at + 4])
        if name not in own and not _COMES_FROM.match(after):
            return name
    return None


def without_people(text: str, districts: Sequence[District]) -> str:
    """The folded text with people who are called as a district is (小野さん) made 個人: no district is meant."""
    words = "|".join(sorted((re.escape(district.name) for district in districts), key=len, reverse=True))
    return re.sub(rf"(?<![{_HAN}])(?:{words}){_PERSON_NAMED}", "個人", tokens.fold(text)) if words else text


def nearest(lat: float, lon: float, districts: Iterable[District], count: int = 3) -> list[District]:
    """The districts whose centres are nearest, nearest first (plane geometry: cities are small)."""

    def distance(district: District) -> float:
        assert district.lat is not None
        assert district.lon is not None
        return math.hypot(district.lat - lat, (district.lon - lon) * math.cos(math.radians(lat)))

    return sorted((item for item in districts if item.lat is not None and item.lon is not None), key=distance)[:count]


@lru_cache(maxsize=16)
def _names(districts: tuple[District, ...]) -> tuple[_Name, ...]:
    owners: dict[tuple[str, str], list[str]] = {}
    for district in districts:
        for kind, word in _words_of(district):
            owners.setdefault((kind, tokens.fold(word)), []).append(district.id)
    share = _shared_heads(districts)
    for word, ids in share.items():
        owners.setdefault(("name", word), ids)
    names = [_Name(_pattern(kind, word), len(word), tuple(dict.fromkeys(ids))) for (kind, word), ids in owners.items()]
    return tuple(sorted(names, key=lambda name: -name.length))


def _words_of(district: District) -> Iterable[tuple[str, str]]:
    yield "name", district.name
    yield "kana", district.kana
    mixed = district.name
    for han, kana in _MIXED:
        if han in mixed and mixed != han:
            mixed = mixed.replace(han, kana)
            yield "name", mixed
    if district.centre:
        yield "name", district.centre
    for school in district.schools:
        yield "name", school
        short = school.removesuffix("学校")
        if short != school:
            yield "name", short
    for alias in district.aliases:
        yield "name", alias


def _shared_heads(districts: Sequence[District]) -> dict[str, list[str]]:
    """富士駅 is the head of 富士駅北 and 富士駅南: said alone it means either."""
    heads: dict[str, list[str]] = {}
    for district in districts:
        for text in (district.name, district.kana):
            for tail in ("南", "北", "みなみ", "きた"):
                head = text.removesuffix(tail)
                if head != text and head.endswith(("駅", "えき")):
                    heads.setdefault(head, []).append(district.id)
    return {head: ids for head, ids in heads.items() if len(ids) > 1}


def _pattern(kind: str, word: str) -> re.Pattern[str]:
    escaped = re.escape(word)
    if kind == "kana" or re.fullmatch(f"[{_KANA}]+", word):
        return _kana_pattern(word)
    after = rf"(?!{_PERSON})"
    if word in _ELSEWHERE:
        after += rf"(?!{_ELSEWHERE[word]})"
    if len(word) == 1:
        return re.compile(rf"(?<![{_HAN}{_HILL}]){escaped}(?=$|[^{_HAN}]|[地小中区町]){after}")
    if word == "富岡":
        return re.compile(rf"(?<![{_BEFORE}]){escaped}(?={_OWNED}){after}")
    return re.compile(rf"(?<![{_BEFORE}]){escaped}{after}")


def _kana_pattern(word: str) -> re.Pattern[str]:
    """Kana runs on without spaces: the shorter a name, the clearer its edges have to be."""
    escaped = "".join(f"[{character}{_katakana(character)}]" for character in word)
    elsewhere = rf"(?!{_ELSEWHERE[word]})" if word in _ELSEWHERE else ""
    person = rf"(?!{_PERSON})"
    if word == "とみおか":
        return re.compile(rf"{escaped}(?=ちく|こうみんかん|です|まちづくり|ちいき)")
    if len(word) >= 4:
        return re.compile(escaped + elsewhere + person)
    edge = rf"(?<![{_KANA}ァ-ヺ])" if len(word) < 3 else rf"(?:(?<![{_KANA}ァ-ヺ])|(?<=[はがのをにで]))"
    after = (
        _KANA_AFTER
        if len(word) >= 3
        else r"(?=の|に住|にすん|です|ちく|まちせん|まちセン|まちづくり|こうみんかん|公民館|しょう|地区|$|\s)"
    )
    return re.compile(edge + escaped + after + person)


def _katakana(character: str) -> str:
    return chr(ord(character) + 0x60) if "ぁ" <= character <= "ゖ" else character


def _latin_as_kana(text: str) -> str:
    """The Latin words of a text that spell Japanese, as kana, each its own run (Imaizumi -> いまいずみ)."""
    found = re.findall(r"[a-z][a-z'\-]{2,}", text)
    return "\n".join(kana for word in found if (kana := tokens.spell(word)))
