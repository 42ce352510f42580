"""A question without LINE: the same service answers as in the chat, and the text is kept nowhere.

The question stands in the address (a page of its own that can be sent on), so that nothing about it is cached or told
to other sites; how often an address asks is counted in memory only, for a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, request

from bot.core.answer_text import district_name
from bot.now import real_now
from bot.services import answers
from bot.services.answers import Answer, Question
from bot.services.context import Context
from content.packs_model import Entry
from content.search import index
from content.search.same_words import unify
from handlers.chat.emergency import NUMBERS
from handlers.console.throttle import Throttle
from handlers.public.site import show
from handlers.public.visiting import WITHOUT_PAGE, Visit, visit

LONGEST: Final = 300
A_MINUTE: Final = 300  # from one address: a library, an office or a whole school shares one
NEAR: Final = 0.25
MORE: Final = 8


@dataclass(frozen=True)
class Link:
    """A choice below an answer."""

    words: str
    href: str
    lang: str = ""


def add(pages: Blueprint, context: Context) -> None:
    """Put the page at /m/<municipality>/ask."""
    often = Throttle(A_MINUTE, timedelta(minutes=1), context.broker, "asking")
    pages.add_url_rule("/m/<municipality>/ask", "ask", partial(_ask, context, often))


def _ask(context: Context, often: Throttle, municipality: str) -> Response:
    """The form; below it the answer, what one may choose, and pages near it."""
    here = visit(context, municipality)
    text = " ".join(request.args.get("q", "").split())[:LONGEST]
    district = request.args.get("district", "")
    district = district if here.knowledge.district(district) else ""
    if not text:
        return _page(here, "", district)
    address = request.remote_addr or ""
    if often.blocked(address, real_now()):
        return _page(here, text, district, 429, busy=True)
    often.failed(address, real_now())
    spoken = here.site.language if "lang" in request.args else None  # else the question's own language
    asked = Question(text, context.clock(), district or None, language=spoken)
    given = answers.answer(asked, here.knowledge)
    return _page(
        here, text, district, given=given, links=_links(here, given, text), near=_near(here, given, text),
        call=NUMBERS.get(given.decision.emergency or "") if given.kind == "emergency" else None,
    )  # fmt: skip


def _links(here: Visit, given: Answer, text: str) -> list[Link]:
    """The districts to choose from, or the pages that were meant; an answer's own page."""
    if given.decision.asks == "hazard":
        return [Link(one.label, here.site.to("ask", q=f"{text} {one.label}")) for one in given.options]
    if given.decision.asks == "district":
        wanted = [one.id for one in given.options] or [one.id for one in here.knowledge.districts]
        found = [one for one in here.knowledge.districts if one.id in wanted]
        return [
            Link(district_name(one, here.site.language), here.site.to("ask", q=text, district=one.id), "ja")
            for one in found
        ]
    return [_link(here, one.entry) for one in given.entries if one.entry.kind not in WITHOUT_PAGE][:MORE]


def _link(here: Visit, entry: Entry) -> Link:
    return Link(here.title(entry), here.page_of(entry), here.lang_of(entry))


def _near(here: Visit, given: Answer, text: str) -> list[Link]:
    """Pages that the search finds where there was no answer; an answer's own page names those near it."""
    if given.kind != "unknown":
        return []
    hits = here.knowledge.ranker.rank(index.query(unify(text)), set(here.readable), count=MORE)
    return [_link(here, here.readable[hit.id]) for hit in hits if hit.confidence >= NEAR]


def _page(here: Visit, text: str, district: str, status: int = 200, **values: Any) -> Response:
    response = show(
        here.site.context, "public/ask.html", site=here.site, status=status, here=here, text=text, district=district,
        **values,
    )  # fmt: skip
    if text:  # what somebody wants to know is nobody's business
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "no-referrer"
    return response
