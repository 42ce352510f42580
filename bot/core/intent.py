"""What a question is after beyond its matter: a date, events in general, a place to flee to, for whom."""

from __future__ import annotations

import re

from bot.core import intent_words as words
from content.packs_model import Entry
from content.search import tokens


def wants_date(text: str) -> bool:
    """Whether the question is after a date or whether something takes place."""
    folded = tokens.fold(text)
    return bool(words.WHEN.search(folded)) and not words.WHO.search(folded)


def wants_meaning(text: str) -> bool:
    """Whether the question is what something is."""
    return bool(
        re.search(
            r"って(?:何|なに|なん|どんな|どういう)|とは|って[?]?$|\bwhat is\b|\bo que é\b|\bqué es\b", tokens.fold(text)
        )
    )


def wants_events(text: str, *, dated: bool) -> bool:
    """Whether the question is after events in general; `text` is the question without the words of its date."""
    folded = tokens.fold(text)
    if words.ABOUT_EVENTS.search(folded):
        return False
    if not words.GENERIC.search(folded):
        return dated and not words.GENERIC_REST.sub("", folded).strip()
    return dated or not words.GENERIC_REST.sub("", words.GENERIC.sub("", folded)).strip()


def hazards(text: str) -> frozenset[str]:
    """The hazards a text names."""
    folded = tokens.fold(text)
    return frozenset(name for name, pattern in words.HAZARDS.items() if pattern.search(folded))


def wants_refuge(text: str) -> bool:
    """Whether the question is where to go in a disaster."""
    folded = tokens.fold(text)
    flees = words.FLEE.search(folded) or (hazards(folded) and words.WHERE_TO_GO.search(folded))
    return bool(flees) and not words.FLEE_OTHER.search(folded)


def names_the_dwelling(text: str) -> bool:
    """避難所 is where one stays afterwards: it is fixed per neighbourhood association, whatever the hazard."""
    return bool(re.search(r"避難所|ひなんじょ|ひなんしょ", tokens.fold(text)))


def fits_place(text: str, entry: Entry) -> bool:
    """Whether an activity is held at the kind of place that a question names; False when it names none."""
    where = tokens.fold(entry.activity.place) if entry.activity else ""
    named = [pattern for pattern in words.PLACES if pattern.search(tokens.fold(text))]
    return any(pattern.search(where) for pattern in named)


def fits_audience(text: str, entry: Entry) -> int:
    """How well an activity fits the people a question is for: 2 made for them, 1 open to all, 0 for others."""
    about = " ".join(
        (entry.title, entry.body, *entry.keywords, entry.activity.audience_words if entry.activity else "")
    )
    for pattern in (words.CHILD, words.SENIOR):
        if pattern.search(tokens.fold(text)):
            return 2 if pattern.search(about) else 1 if words.OPEN.search(about) else 0
    return 1
