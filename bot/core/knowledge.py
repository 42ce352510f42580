"""What answers are made from: one municipality's published entries and the index over them.

Built once per content version and never changed; building it is the only heavy step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from content.packs_model import Desk, District, Entry, Municipality
from content.search.index import Document, LexicalIndex
from content.search.meaning import Encoder, MeaningView, Passage, Vectors, with_body
from content.search.rank import Ranker
from content.search.same_words import unify

CENTRE = "district-centre"  # the desk that stands for the centre of the resident's own district


@dataclass(frozen=True)
class Knowledge:
    """A municipality with its districts, desks and entries, ready to be asked."""

    municipality: Municipality
    districts: tuple[District, ...]
    desks: Mapping[str, Desk]
    entries: Mapping[str, Entry]
    ranker: Ranker

    @property
    def encoder(self) -> Encoder | None:
        """The model that understands its questions."""
        return self.ranker.meaning.encoder if self.ranker.meaning else None

    @property
    def missing(self) -> tuple[tuple[str, Passage], ...]:
        """The (key, passage) of those whose vectors are still to be made; none without a model."""
        return self.ranker.meaning.missing if self.ranker.meaning else ()

    @property
    def keys(self) -> frozenset[str]:
        """What the vectors of its passages are kept under."""
        return self.ranker.meaning.keys if self.ranker.meaning else frozenset()

    def joined(self, more: Mapping[str, Vectors]) -> Knowledge:
        """The same with more vectors by key."""
        view = self.ranker.meaning
        return replace(self, ranker=Ranker(self.ranker.lexical, view.joined(more))) if view else self

    def district(self, key: str | None) -> District | None:
        """The district of that id."""
        return next((district for district in self.districts if district.id == key), None)

    def readable(self, today: date) -> list[Entry]:
        """The entries that residents may see on that day: published for them and in force."""
        return [entry for entry in self.entries.values() if for_residents(entry, today)]

    def desk(self, key: str | None, district: str | None) -> Desk | None:
        """A desk by id; the centre's is that of the district when it is known."""
        if key == CENTRE and district:
            centre = next((desk for desk in self.desks.values() if desk.district == district), None)
            if centre:
                return centre
        return self.desks.get(key or "")


@dataclass(frozen=True)
class Meanings:
    """The model that understands questions, and the vectors by key that it made of the entries' passages so far."""

    encoder: Encoder
    vectors: Mapping[str, Vectors]


def build(
    municipality: Municipality,
    districts: Sequence[District],
    desks: Iterable[Desk],
    entries: Iterable[Entry],
    meanings: Meanings | None = None,
) -> Knowledge:
    """The knowledge of a municipality; the entries are indexed here."""
    kept = {entry.id: entry for entry in entries if _is_answered_from(entry)}
    searched = documents(kept.values(), districts)
    view = MeaningView(searched, meanings.vectors, meanings.encoder) if meanings else None
    ranker = Ranker(LexicalIndex(searched), view)
    return Knowledge(municipality, tuple(districts), {desk.id: desk for desk in desks}, kept, ranker)


def documents(entries: Iterable[Entry], districts: Sequence[District]) -> list[Document]:
    """What is searched of the entries that residents are answered from; shelters are found by hazard and place."""
    searched = (entry for entry in entries if _is_answered_from(entry) and entry.kind != "shelter")
    return [document(entry, districts) for entry in searched]


def _is_answered_from(entry: Entry) -> bool:
    return entry.audience == "resident" and not entry.draft


def document(entry: Entry, districts: Sequence[District] = ()) -> Document:
    """What of an entry is searched: title and questions (its translations' too), body, keywords and aliases.

    What is meant leaves the names of `districts` out of an entry that belongs to some: one drill is like another.
    """
    translated = [text for found in entry.translations.values() for text in (found.title, *found.questions)]
    headings = [_without_mark(entry.title), *entry.questions, *translated]
    named = (*entry.keywords, *entry.aliases)
    return Document(
        entry.id,
        tuple(dict.fromkeys(unify(heading) for heading in headings if heading)),
        unify(entry.body),
        tuple(dict.fromkeys((*(unify(word) for word in named), *named))),
        f"{entry.kind}/{entry.family}" if entry.family else "",
        _meant(headings, entry, districts) if entry.districts else (),
    )


def _meant(headings: Sequence[str], entry: Entry, districts: Sequence[District]) -> tuple[str, ...]:
    """The passages of an entry that belongs to districts, without their names."""
    own = [district for district in districts if district.id in entry.districts]
    names = {name for district in own for name in (district.name, *district.aliases, district.kana)}
    longest_first = sorted(names, key=len, reverse=True)
    # A name of one sign (丘) is also a part of words.
    named = re.compile("|".join(re.escape(name) + ("" if len(name) > 1 else r"(?=の|地区)") for name in longest_first))
    found = [unify(named.sub("", text)).strip(" :・の") for text in (*headings, entry.body)]
    kept = tuple(dict.fromkeys(text for text in found[:-1] if text)) or (entry.title,)
    return (*kept, with_body(kept[0], found[-1]))


def for_residents(entry: Entry, today: date) -> bool:
    """Whether an entry may be shown to residents on that day."""
    begun = entry.valid_from is None or entry.valid_from <= today
    return entry.audience == "resident" and begun and (entry.valid_to is None or today <= entry.valid_to)


def _without_mark(title: str) -> str:
    return title.replace("（見本）", "").replace("(見本)", "")
