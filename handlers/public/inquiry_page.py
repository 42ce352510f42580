"""What the pages of inquiries share: the language of the page, its words, and headers that let nothing out.

The address of such a page is a secret: no referrer, no copies kept, no foreign code, no script at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response, abort, make_response, render_template, request, url_for

from bot.core.moments import day_of, moment_of
from bot.models import Municipality
from bot.services.context import Context
from content import emergency
from content.language import of_catalogue
from content.phrases import Phrases, languages, phrases
from handlers.chat.emergency import NUMBERS
from handlers.console import forms

# Each language in its own words; the order of the pages.
NAMES: Final = {
    "ja": "日本語", "easy-ja": "やさしい日本語", "en": "English", "pt": "Português", "vi": "Tiếng Việt",
    "zh-Hans": "中文", "tl": "Filipino", "es": "Español",
}  # fmt: skip
_POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Page:
    """One visit: the city and the language."""

    context: Context
    city: Municipality
    language: str

    @property
    def words(self) -> Phrases:
        return phrases(self.language)

    def say(self, key: str, **values: object) -> str:
        """A phrase of the pages' section."""
        return self.words.say(f"inquiry_form.{key}", **values)

    def show(self, template: str, status: int = 200, **values: object) -> Response:
        """A page, with what every one of them needs."""
        shared = {
            "page": self,
            "say": self.say,
            "phrase": self.words.say,
            "day": lambda moment: day_of(moment, self.language),
            "moment": lambda moment: moment_of(moment, self.language),
            "html_language": "ja" if self.language == "easy-ja" else self.language,
            "languages": {name: label for name, label in NAMES.items() if name in languages()},
            "demo": self.context.settings.demo,
            "token": forms.token,
            "home": url_for("public.municipality", municipality=self.city.id),
        }
        response = make_response(render_template(f"public/{template}", **shared | values), status)
        response.headers.update(_HEADERS)
        return response


def open_page(context: Context, municipality: str, language: str = "ja") -> Page:
    """The visit to one city, in the language asked for, else the link's. 404 for a city we do not have."""
    with context.database.read() as session:
        city = session.get(Municipality, municipality)
    if city is None:
        abort(404)
    asked = request.values.get("lang", "")
    return Page(context, city, of_catalogue(asked if asked in NAMES else language, languages()))


def urgent(page: Page, text: str) -> Mapping[str, str] | None:
    """What to do first when a text speaks of danger now; None when it does not."""
    kind = emergency.find(text)
    if kind is None:
        return None
    return {"text": page.words.say(f"emergency.{kind}"), "number": NUMBERS[kind]}
