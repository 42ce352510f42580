"""How every page looks, and how each visitor wants it: shared style sheets, icons, colours and size of the letters.

A visitor's choice is one cookie of two words (`dark.large`), read by every page of the console and of the public
pages; it names nobody and is not kept by us. Without JavaScript a button sends the choice and the same page comes
back; with JavaScript the page changes where it is, so that nothing typed is lost.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, redirect, request, url_for
from markupsafe import Markup
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response

from content.language import of_catalogue
from content.phrases import languages, phrases

STATIC: Final = Path(__file__).parent / "static"
COOKIE: Final = "entaku_look"
KEPT: Final = 365 * 24 * 60 * 60  # seconds; renewed with each choice
COLOURS: Final = ("standard", "white", "dark", "soft")
SIZES: Final = ("standard", "large", "largest")
LONGEST: Final = 2000  # characters of an address to come back to


@dataclass(frozen=True)
class Look:
    """One visitor's choice; what is not chosen, or not known, is the standard."""

    colour: str = "standard"
    size: str = "standard"

    @property
    def attributes(self) -> Markup:
        """For <html>: the style sheets go by these two."""
        return Markup(' data-colour="{}" data-size="{}"').format(self.colour, self.size)


def register(app: Flask) -> None:
    """Serve /look/ and give every template `look`, `look_asset` and `look_words`; once for each app."""
    if "look" in app.blueprints:
        return
    pages = Blueprint("look", __name__, "static", "", "templates", url_prefix="/look")
    pages.post("/choose")(choose)
    pages.app_context_processor(_for_templates)
    pages.after_app_request(_for_caches)
    app.register_blueprint(pages)


def choose() -> Response:
    """Keep the choice and go back to the page it came from.

    There is no CSRF token on purpose: the public pages have no session to hold one, and the most a foreign page
    could do with this address is to change the size of somebody's letters.
    """
    chosen = Look(
        colour=_known(request.form.get("colour"), COLOURS, _look().colour),
        size=_known(request.form.get("size"), SIZES, _look().size),
    )
    answer = redirect(inside(request.form.get("to", "")), 303)
    answer.set_cookie(
        COOKIE, f"{chosen.colour}.{chosen.size}", KEPT, secure=request.is_secure, httponly=True, samesite="Lax"
    )
    return answer


def inside(address: str) -> str:
    """The address when it is a path of this host, else the front page: nobody is sent elsewhere by our redirect."""
    if len(address) > LONGEST or not address.isascii() or not address.isprintable() or "\\" in address:
        return "/"
    return address if address.startswith("/") and not address.startswith("//") else "/"


def _look() -> Look:
    colour, _, size = request.cookies.get(COOKIE, "").partition(".")
    return Look(_known(colour, COLOURS), _known(size, SIZES))


def _known(word: str | None, words: tuple[str, ...], otherwise: str = "standard") -> str:
    return word if word in words else otherwise


def _for_templates() -> dict[str, object]:
    return {
        "look": _look(),
        "look_asset": _asset,
        "look_words": _words,
        "look_choices": {"size": SIZES, "colour": COLOURS},
        # A page that answers a sent form has no address of its own to come back to.
        "look_return": _here() if request.method == "GET" else "",
    }


def _here() -> str:
    return iri_to_uri(request.full_path.rstrip("?"))


def _words(key: str, language: str = "ja") -> str:
    """A phrase about the look, in the page's language."""
    return phrases(of_catalogue(language, languages())).say(f"look.{key}")


@cache  # a page draws some sixty pictures of the same file
def _asset(name: str) -> str:
    return url_for("look.static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def _for_caches(response: Response) -> Response:
    """A page is drawn for one visitor's look and must not be handed to another; our files carry their digest."""
    if response.mimetype == "text/html":
        response.vary.add("Cookie")
    if request.endpoint == "look.static":
        response.headers["X-Content-Type-Options"] = "nosniff"
        if "v" in request.args:
            response.cache_control.max_age = KEPT
            response.cache_control.no_cache = None
    return response
