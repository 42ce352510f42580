"""One small site for each municipality: what every public page shares. Works without JavaScript, cookies and sign-in.

The language stands in the address (`?lang=pt`) and every link of the pages carries it on; nothing is remembered
anywhere else. What has no translation is shown in Japanese, marked as such (`lang="ja"`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

from bot.models import Municipality
from bot.now import jst
from bot.services.context import Context
from content import calendar_text
from content.language import of_catalogue
from content.phrases import SERVED, Phrases, languages, phrases
from content.recurrence import Occurrence

POLICY: Final = "default-src 'self'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
# The site's own pages in the order of its menu: (endpoint, the phrase that names it).
MENU: Final = (
    ("municipality", "home"),
    ("activities", "activities"),
    ("announcements", "announcements"),
    ("entries", "entries"),
    ("round_tables_list", "rounds"),
    ("districts_list", "districts"),
    ("ask", "ask"),
)
FOOT: Final = (
    ("sitemap", "sitemap"),
    ("circulars_list", "circulars"),
    ("open_data", "open_data"),
    ("privacy", "privacy"),
    ("accessibility", "accessibility"),
)
OWN_CHOICE: Final = frozenset({"inquiry", "ballot", "post"})  # forms that carry their language themselves


@dataclass(frozen=True)
class Crumb:
    """One step of a trail: its words, its address (none for where one is), whether the words are Japanese only."""

    words: str
    href: str = ""
    lang: str = ""


@dataclass(frozen=True)
class Site:
    """One visit to one municipality's pages, in one language."""

    context: Context
    city: Municipality
    language: str

    @cached_property
    def words(self) -> Phrases:
        """The catalogue of this visit."""
        return phrases(self.language)

    @property
    def lang(self) -> str:
        """For the attribute `lang`: easy Japanese is Japanese."""
        return "ja" if self.language == "easy-ja" else self.language

    @property
    def japanese(self) -> bool:
        """Whether the frame speaks Japanese anyway."""
        return self.lang == "ja"

    @property
    def name(self) -> str:
        """The city's name; in the demo with the mark of a sample."""
        return f"{self.city.name}(見本)" if self.context.settings.demo else self.city.name

    @property
    def today(self) -> date:
        """Today in Japan."""
        return jst(self.context.clock()).date()

    def say(self, key: str, /, **values: object) -> str:
        """A phrase of the section of these pages."""
        return self.words.say(f"public.{key}", **values)

    def phrase(self, key: str, /, **values: object) -> str:
        """Any phrase."""
        return self.words.say(key, **values)

    def to(self, endpoint: str, **values: Any) -> str:
        """The address of one of this municipality's pages, in this language."""
        return url_for(f"public.{endpoint}", municipality=self.city.id, **values)

    def menu(self) -> list[tuple[str, str, bool]]:
        """(words, address, here) of the pages that stand above every page."""
        return self._links(MENU)

    def foot(self) -> list[tuple[str, str, bool]]:
        """The same for those below."""
        return self._links(FOOT)

    def _links(self, pages: tuple[tuple[str, str], ...]) -> list[tuple[str, str, bool]]:
        here = (request.endpoint or "").removeprefix("public.")
        return [(self.say(key), self.to(name), name == here) for name, key in pages]

    def languages(self) -> list[tuple[str, str, str, bool]]:
        """(lang, own name, this page's address in it, chosen) of every language."""
        asked = {name: value for name, value in request.args.items(multi=False) if name != "lang"}
        found = request.endpoint is not None and request.view_args is not None
        endpoint = str(request.endpoint) if found else "public.municipality"
        given = (request.view_args or {}) | asked if found else {"municipality": self.city.id}
        return [
            (
                "ja" if code == "easy-ja" else code,
                name,
                url_for(endpoint, **(given | {"lang": None if code == "ja" else code})),
                code == self.language,
            )
            for code, name in SERVED.items()
        ]  # fmt: skip

    def day(self, moment: datetime | date) -> str:
        """A day with its weekday, and its year when it is not this one: an archive goes back further."""
        value = jst(moment).date() if isinstance(moment, datetime) else moment
        return calendar_text.day(value, self.language, self.today)

    def plain(self, moment: datetime | date) -> str:
        """A date without weekday, with its year: for when something was published or checked."""
        value = jst(moment).date() if isinstance(moment, datetime) else moment
        return calendar_text.plain(value, self.language)

    def moment(self, one: Occurrence) -> str:
        """When a date of an activity is."""
        return calendar_text.moment(
            one.starts_at, one.ends_at, self.language, all_day=one.all_day, today=self.today
        )  # fmt: skip

    def state(self, one: Occurrence) -> str:
        """【中止】 and the like; empty when all is as planned."""
        names = {"中止": "called_off", "順延": "postponed", "変更": "changed", "実施": "held"}
        return self.phrase(f"answer.activity.{names[one.state]}").strip("【】[] ") if one.state in names else ""


def of(context: Context, city: Municipality) -> Site:
    """The visit to a city that the request under way is."""
    return Site(context, city, asked_language())


def asked_language() -> str:
    """The language that the address asks for, else Japanese."""
    asked = request.args.get("lang", "")
    return of_catalogue(asked, languages()) if asked in SERVED else "ja"


def show(
    context: Context, template: str, city: Municipality | None = None, status: int = 200, **values: Any
) -> Response:
    """A page with everything the frame needs; `city` is given for every page of a municipality's site."""
    known = values.pop("site", None) or (of(context, city) if city is not None else None)
    shared = {"demo": context.settings.demo, "site": known, "city": city or (known.city if known else None)}
    response = make_response(render_template(template, **shared | values), status)
    response.headers.update(HEADERS)
    if context.settings.demo:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def carry_language(pages: Blueprint) -> None:
    """Let every link to these pages carry the visit's language on."""

    @pages.before_request
    def _read() -> None:
        g.public_language = asked_language()

    @pages.url_defaults
    def _carry(endpoint: str, values: dict[str, Any]) -> None:
        chosen = g.get("public_language", "ja")
        own = endpoint.removeprefix("public.").split("_")[0] in OWN_CHOICE
        if chosen != "ja" and endpoint != "public.static" and not own:
            values.setdefault("lang", chosen)
