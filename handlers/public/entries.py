"""What the bot knows as plain pages: a list, one page an entry, and the three questions about it.

Without JavaScript and cookies. A rating is a number more; the address it came from is remembered in memory only, for
an hour, so that nobody counts a hundred times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from flask import Blueprint, Response, abort, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.core import answer_text, freshness
from bot.core.knowledge import CENTRE, Knowledge
from bot.errors import NotFoundError
from bot.models import Channel
from bot.models.entry import RATED
from bot.now import jst, real_now
from bot.services import answers, ratings
from bot.services.context import Context
from content import calendar_text
from content.packs_model import Entry
from content.phrases import SERVED, Phrases, phrases
from content.search import index
from content.search.same_words import unify
from handlers.console.show import ENTRY_KINDS
from handlers.console.throttle import Throttle

Show = Callable[..., Response]
WITHOUT_PAGE: Final = frozenset({"activity", "desk", "population"})
RATINGS_PER_ADDRESS: Final = 30  # an office or a library shares one address
FOUND: Final = 20
LEAST_LIKELY: Final = 0.2  # an entry below this shares a letter or two with what was looked for
STEPS: Final = {3: "rating.yes", 2: "rating.middle", 1: "rating.no"}


@dataclass(frozen=True)
class _City:
    """A municipality's knowledge and where its LINE account is."""

    knowledge: Knowledge
    line: str | None


def add(pages: Blueprint, context: Context, show: Show) -> None:
    """Put the pages under /m/<municipality>/entries/."""
    place = "/m/<municipality>/entries/"
    throttle = Throttle(RATINGS_PER_ADDRESS, timedelta(hours=1), context.broker, "ratings")
    pages.add_url_rule(place, "entries", partial(_list, context, show))
    pages.add_url_rule(f"{place}<key>/", "entry", partial(_entry, context, show))
    pages.add_url_rule(f"{place}<key>/rating", "entry_rating", partial(_rate, context, throttle), methods=["POST"])


def _list(context: Context, show: Show, municipality: str) -> Response:
    """Every entry by kind, or what is found by words."""
    city = _city(context, municipality)
    entries = _readable(context, city.knowledge)
    words = request.args.get("q", "").strip()[:100]
    if words:
        hits = city.knowledge.ranker.rank(index.query(unify(words)), set(entries), count=FOUND)
        groups = {"": [entries[hit.id] for hit in hits if hit.confidence >= LEAST_LIKELY]}
    else:
        groups = {
            name: sorted((one for one in entries.values() if one.kind == kind), key=lambda one: one.title)
            for kind, name in ENTRY_KINDS.items()
        }
    return show("public/entries.html", city=city.knowledge.municipality, groups=groups, q=words)


def _entry(context: Context, show: Show, municipality: str, key: str) -> Response:
    """One entry, in Japanese or a language it has."""
    city = _city(context, municipality)
    entry = _readable(context, city.knowledge).get(key)
    if entry is None:
        abort(404)
    language = request.args.get("lang", "ja")
    if language not in entry.translations:
        language = "ja"
    say = phrases(language)
    desk = city.knowledge.desk(entry.contact or CENTRE, entry.districts[0] if len(entry.districts) == 1 else None)
    names = {one.id: one.name for one in city.knowledge.districts}
    return show(
        "public/entry.html",
        city=city.knowledge.municipality,
        entry=entry,
        language="ja" if language == "easy-ja" else language,
        chosen=language,
        title=answer_text.title(entry, language),
        body=answer_text.body(entry, language),
        source=_source(context, city.knowledge, entry, say),
        desk=answer_text.desk_line(desk, language) if desk else "",
        districts=[names.get(one, one) for one in entry.districts],
        languages={code: SERVED.get(code, code) for code in ("ja", *entry.translations)},
        line=city.line,
        say=say.say,
        rated=RATED,
        steps=STEPS,
        thanks=request.args.get("thanks", ""),
    )


def _rate(context: Context, throttle: Throttle, municipality: str, key: str) -> AnyResponse:
    """Count the steps that were chosen; back to the page, which says so."""
    chosen = request.form.get("lang", "ja")[:10]
    back = partial(url_for, "public.entry", municipality=municipality, key=key, lang=chosen, _anchor="rating")
    given = {name: value for name in RATED if (value := request.form.get(name, 0, type=int))}
    address = request.remote_addr or ""
    if throttle.blocked(address, real_now()):
        return redirect(back(thanks="later"), 303)
    throttle.failed(address, real_now())
    with context.database.write() as session:
        counted = ratings.count(session, municipality, key, given)
    if not counted:
        abort(404)
    return redirect(back(thanks="yes" if given else ""), 303)


def _city(context: Context, municipality: str) -> _City:
    try:
        with context.database.read() as session:
            stored = answers.read(session, municipality)
            line = _line(context, session, municipality)
    except NotFoundError:
        abort(404)
    return _City(answers.knowledge(stored), line)


def _line(context: Context, session: Session, municipality: str) -> str | None:
    """Where the bot is asked: the account's own link, in the demo the phone page."""
    channel = session.get(Channel, municipality)
    if channel is not None and channel.basic_id:
        return f"https://line.me/R/ti/p/{channel.basic_id.replace('@', '%40')}"
    return "/phone" if context.settings.demo and context.settings.phone_url else None


def _readable(context: Context, knowledge: Knowledge) -> dict[str, Entry]:
    today = jst(context.clock()).date()
    return {entry.id: entry for entry in knowledge.readable(today) if entry.kind not in WITHOUT_PAGE}


def _source(context: Context, knowledge: Knowledge, entry: Entry, say: Phrases) -> dict[str, str]:
    """The source's words, its address, and what has to be said of an old check."""
    today = jst(context.clock()).date()
    title = entry.source.title
    if entry.source.date:
        title += f" {calendar_text.plain(entry.source.date, say.language)}"
    if entry.checked_on is None:
        return {"text": say.say("common.source_plain", source=title), "url": entry.source.url or "", "old": ""}
    checked = calendar_text.plain(entry.checked_on, say.language)
    old = freshness.is_old(knowledge.municipality.thresholds, entry.kind, entry.checked_on, today)
    return {
        "text": say.say("common.source", source=title, checked=checked),
        "url": entry.source.url or "",
        "old": say.say("answer.old", checked=checked) if old else "",
    }
