"""What must hold between the parts of a pack: ids, districts, desks, samples, bodies that say the same."""

from __future__ import annotations

from collections.abc import Sequence

from content.packs_model import LANGUAGES, SAMPLE_MARK, Desk, District, Entry, Municipality, Report
from content.packs_read import Notes
from content.recurrence import check as check_times

ALIKE = 0.8
Placed = tuple[str, int, Entry]  # file, line, entry


def trigrams(text: str) -> frozenset[str]:
    """The character 3-grams of a text without white space (the text itself when it is shorter)."""
    packed = "".join(text.split())
    return frozenset(packed[at : at + 3] for at in range(max(1, len(packed) - 2)))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    union = len(one | other)
    return len(one & other) / union if union else 1.0


def is_fact(entry: Entry) -> bool:
    """Samples, drafts and rows made once per district are no facts of their own."""
    return not entry.sample and not entry.draft and entry.family is None and entry.kind != "desk"


def check_ids(placed: Sequence[tuple[str, int, str]], notes: Notes) -> None:
    """An id may stand once in a pack, whichever file it is in."""
    seen: dict[str, tuple[str, int]] = {}
    for file, line, name in placed:
        if not name:
            continue
        if name in seen:
            other, at = seen[name]
            notes.error(file, line, f"the id {name} is also in {other}:{at}; give one of them another id")
        else:
            seen[name] = (file, line)


def check_lengths(placed: Sequence[tuple[str, int, str, int]], notes: Notes) -> None:
    """Names as long as a screen and the database's columns take them: (file, line, name, most characters)."""
    for file, line, name, most in placed:
        if len(name) > most:
            notes.error(file, line, f"{name[:20]}... has {len(name)} characters; at most {most}")


def check_districts(placed: Sequence[tuple[str, int, District]], notes: Notes) -> None:
    known = {district.id for _, _, district in placed}
    names: dict[str, str] = {}
    for file, line, district in placed:
        for other in district.look_alikes:
            if other not in known or other == district.id:
                notes.error(file, line, f"look_alikes names the unknown district {other[:40]!r}")
        if (district.lat is None) != (district.lon is None):
            notes.error(file, line, "lat and lon belong together; write both or none")
        for word in (district.name, district.kana, *district.aliases, *district.schools):
            first = names.setdefault(word, district.id)
            if first != district.id:
                notes.error(file, line, f"{word} is also a name of {first}; an alias must lead to one district")


def check_municipality(municipality: Municipality, desks: Sequence[Desk], file: str, notes: Notes) -> None:
    known = {desk.id for desk in desks}
    if municipality.contacts.get("desk") not in known:
        notes.error(file, 0, "contacts.desk must be the id of a desk in desks.csv: it is asked when none fits")
    for language in municipality.languages:
        if language not in {"ja", *LANGUAGES}:
            notes.error(file, 0, f"languages: {language[:20]!r} is unknown; write of ja, {', '.join(LANGUAGES)}")


def check_desks(placed: Sequence[tuple[str, int, Desk]], districts: frozenset[str], notes: Notes) -> None:
    for file, line, desk in placed:
        if desk.district and desk.district not in districts:
            notes.error(file, line, f"the district {desk.district[:40]!r} is not in districts.csv")


def check_entries(placed: Sequence[Placed], districts: frozenset[str], desks: frozenset[str], notes: Notes) -> None:
    for file, line, entry in placed:
        for district in entry.districts:
            if district not in districts:
                notes.error(file, line, f"the district {district[:40]!r} is not in districts.csv; write its id")
        if entry.contact and entry.contact not in desks:
            notes.error(file, line, f"contact {entry.contact[:40]!r} is no desk of desks.csv; write its id")
        if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
            notes.error(file, line, "valid_to is before valid_from; correct one of them")
        undated = entry.imported and entry.activity and not (entry.activity.starts_on or entry.activity.rule)
        if entry.activity and not undated and (why := check_times(entry.activity)):
            notes.error(file, line, why)
        _check_sample(entry, file, line, notes)
        if not entry.sample and entry.checked_on is None:
            notes.warn(file, line, "checked_on is missing; write the day somebody last checked this fact")
        if entry.kind == "faq" and not entry.questions:
            notes.warn(file, line, "has no questions; write how people ask for it")
    _check_alike([one for one in placed if is_fact(one[2]) and not one[2].imported], notes)


def _check_sample(entry: Entry, file: str, line: int, notes: Notes) -> None:
    titles = [entry.title, *(one.title for one in entry.translations.values())]
    if entry.sample and not all(SAMPLE_MARK in title for title in titles):
        notes.error(file, line, f"is a sample without {SAMPLE_MARK} in its title; write it into each title")
    if not entry.sample and SAMPLE_MARK in entry.title:
        notes.error(file, line, f"has {SAMPLE_MARK} in its title but is no sample; write sample: true")


def _check_alike(placed: Sequence[Placed], notes: Notes) -> None:
    """Two facts with (nearly) the same body: one of them is too many, or says too little."""
    grams = [trigrams(entry.body) for _, _, entry in placed]
    for at, (file, line, entry) in enumerate(placed):
        for before in range(at):
            shorter, longer = sorted((len(grams[at]), len(grams[before])))
            if shorter <= ALIKE * longer:  # cannot be more alike than their sizes
                continue
            if jaccard(grams[at], grams[before]) > ALIKE:
                other = placed[before][2].id
                notes.error(file, line, f"{entry.id} says the same as {other}; merge them or tell what differs")


def report(districts: Sequence[District], entries: Sequence[Entry], notes: Notes) -> Report:
    return Report(
        entries=len(entries),
        facts=sum(is_fact(entry) for entry in entries),
        samples=sum(entry.sample for entry in entries),
        districts=len(districts),
        errors=tuple(sorted(notes.errors, key=lambda one: (one.file, one.line, one.why))),
        warnings=tuple(sorted(notes.warnings, key=lambda one: (one.file, one.line, one.why))),
    )
