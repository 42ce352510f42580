"""What nearly every public page begins with: the municipality, the visit's language, and what the bot knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask import abort

from bot.core import answer_text
from bot.core.knowledge import CENTRE, Knowledge
from bot.errors import NotFoundError
from bot.models import Municipality
from bot.services import answers
from bot.services.context import Context
from content.packs_model import Desk, Entry
from content.recurrence import Occurrence, occurrences
from content.search import index
from content.search.same_words import unify
from content.subjects import subject_of
from handlers.public import site as sites
from handlers.public.site import Crumb, Site

WITHOUT_PAGE = frozenset({"desk", "population"})


@dataclass(frozen=True)
class Visit:
    """One request: the site in its language, and what is published there today."""

    site: Site
    knowledge: Knowledge

    @cached_property
    def readable(self) -> dict[str, Entry]:
        """Every entry that has a page, by its key."""
        return {
            one.id: one for one in self.knowledge.readable(self.site.today) if one.kind not in WITHOUT_PAGE
        }  # fmt: skip

    def desk_of(self, entry: Entry) -> Desk | None:
        """Who answers for an entry: its contact; of an activity of one district, that district's centre."""
        return self.knowledge.desk(entry.contact or CENTRE, entry.districts[0] if len(entry.districts) == 1 else None)

    def title(self, entry: Entry) -> str:
        """Its title in the visit's language, else in Japanese."""
        return answer_text.title(entry, self.site.language)

    def lang_of(self, entry: Entry) -> str:
        """The language in which `title` and its text stand: for the attribute `lang`."""
        return self.site.lang if answer_text.translated(entry.translations, self.site.language) else "ja"

    def district_name(self, key: str) -> str:
        """今泉, in Latin letters Imaizumi (今泉)."""
        found = self.knowledge.district(key)
        return answer_text.district_name(found, self.site.language) if found else key

    def places(self, entry: Entry) -> str:
        """Where an entry holds: its districts, or the whole city."""
        mark = "・" if self.site.japanese else ", "
        return mark.join(map(self.district_name, entry.districts)) or self.site.say("whole_city")

    def trails(self, entry: Entry) -> list[tuple[str, list[Crumb]]]:
        """The two ways that lead to an entry: by its subject and by the section that answers for it."""
        site, subject, desk = self.site, subject_of(entry), self.desk_of(entry)
        home, here = (
            Crumb(site.city.name, site.to("municipality"), "ja"),
            Crumb(self.title(entry), "", self.lang_of(entry)),
        )
        ways = [
            Crumb(site.say("subjects"), site.to("subjects")),
            Crumb(subject_name(site, subject), site.to("subject", key=subject)),
        ]
        found = [(site.say("by_subject"), [home, *ways, here])]
        if desk is not None:
            name = answer_text.desk_name(desk, site.language)
            section = Crumb(name, site.to("section", key=desk.id), "" if name != desk.name else "ja")
            found.append(
                (site.say("by_section"), [home, Crumb(site.say("sections"), site.to("sections")), section, here])
            )
        return found

    def related(self, entry: Entry, most: int = 5) -> list[Entry]:
        """Others that a reader may want too: what the search finds near its title."""
        others = {key for key, one in self.readable.items() if key != entry.id and _together(entry, one)}
        hits = self.knowledge.ranker.rank(index.query(unify(entry.title)), others, count=most)
        return [self.readable[hit.id] for hit in hits if hit.confidence >= NEAR]

    def text(self, entry: Entry) -> tuple[str, str, str]:
        """(text, what is to be said of its language, the language): a translation, else easy or plain Japanese."""
        site, found = self.site, answer_text.translated(entry.translations, self.site.language)
        if found is not None:
            return found.body, "" if found.by == "human" else site.phrase("common.machine"), site.lang
        if site.language == "ja":
            return entry.body, "", "ja"
        easy = entry.translations.get("easy-ja")
        if easy is not None:
            return easy.body, site.phrase("common.only_easy"), "ja"
        return entry.body, site.phrase("common.only_japanese"), "ja"

    def page_of(self, entry: Entry) -> str:
        """The address of an entry's page: an activity has one with its dates."""
        if entry.kind == "activity":
            return self.site.to("activity", key=entry.id)
        return self.site.to("entry", key=entry.id)


NEAR = 0.25  # below this a hit shares a letter or two


def subject_name(site: Site, subject: str) -> str:
    """The name of a subject; those that announcements have too are named alike."""
    key = f"topic.{subject}"
    return site.phrase(key) if site.words.has(key) else site.say(f"subject_{subject}")


def visit(context: Context, municipality: str) -> Visit:
    """Begin a page; 404 for a municipality we do not have."""
    try:
        with context.database.read() as session:
            stored = answers.read(session, municipality)
            city = session.get_one(Municipality, municipality)
    except NotFoundError:
        abort(404)
    return Visit(sites.of(context, city), answers.knowledge(stored))


def coming(
    entries: Iterable[Entry], begin: datetime, end: datetime, districts: Sequence[str] = ()
) -> list[tuple[Entry, Occurrence]]:
    """Every date between the two moments, soonest first; of these districts and of the whole city."""
    found = [
        (entry, one)
        for entry in entries
        if entry.kind == "activity"
        and (not districts or not entry.districts or not set(districts).isdisjoint(entry.districts))
        for one in occurrences(entry, begin, end)
    ]
    return sorted(found, key=lambda pair: (pair[1].starts_at, pair[0].title))


def _together(entry: Entry, other: Entry) -> bool:
    """Of the same districts, and not another row of the same family."""
    same_family = entry.family is not None and entry.family == other.family
    return not same_family and (not other.districts or not set(entry.districts).isdisjoint(other.districts))
