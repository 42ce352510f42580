"""What the bot knows as plain pages: a list, one page an entry, and the three questions about it.

Without JavaScript and cookies. A rating is a number more; the address it came from is remembered in memory only, for
an hour, so that nobody counts a hundred times.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core import activities, answer_text, freshness, refuges
from bot.models import Channel, EntryVersion
from bot.models import Entry as Row
from bot.models.entry import RATED
from bot.now import real_now
from bot.services import ratings
from bot.services.context import Context
from content import organisations
from content.packs_model import Entry
from content.phrases import SERVED
from content.search import index
from content.search.same_words import unify
from handlers.console.throttle import Throttle
from handlers.public.site import show
from handlers.public.visiting import Visit, visit

KIND_ORDER: Final = ("faq", "guide", "case", "facility", "organisation", "grant", "volunteer", "plan", "shelter")
RATINGS_PER_ADDRESS: Final = 30  # an office or a library shares one address
FOUND: Final = 20
LEAST_LIKELY: Final = 0.2  # an entry below this shares a letter or two with what was looked for
REACHED: Final = {
    organisations.PHONE: "phone",
    organisations.MAIL: "mail",
    organisations.ADDRESS: "address",
    organisations.URL: "web",
}
STEPS: Final = {3: "rating.yes", 2: "rating.middle", 1: "rating.no"}


def add(pages: Blueprint, context: Context) -> None:
    """Put the pages under /m/<municipality>/entries/."""
    place = "/m/<municipality>/entries/"
    throttle = Throttle(RATINGS_PER_ADDRESS, timedelta(hours=1), context.broker, "ratings")
    pages.add_url_rule(place, "entries", partial(_list, context))
    pages.add_url_rule(f"{place}<key>/", "entry", partial(_entry, context))
    pages.add_url_rule(f"{place}<key>/rating", "entry_rating", partial(_rate, context, throttle), methods=["POST"])


def _list(context: Context, municipality: str) -> Response:
    """Every entry by kind, or what is found by words."""
    here = visit(context, municipality)
    entries = {key: one for key, one in here.readable.items() if one.kind != "activity"}
    words = request.args.get("q", "").strip()[:100]
    if words:
        hits = here.knowledge.ranker.rank(index.query(unify(words)), set(entries), count=FOUND)
        groups = {"": [entries[hit.id] for hit in hits if hit.confidence >= LEAST_LIKELY]}
    else:
        groups = {
            kind: sorted((one for one in entries.values() if one.kind == kind), key=lambda one: one.title)
            for kind in KIND_ORDER
        }
    return show(context, "public/entries.html", site=here.site, here=here, groups=groups, q=words)


def _entry(context: Context, municipality: str, key: str) -> Response:
    """One entry, in the visit's language where it has it: both ways that lead to it, its source, dates and contact."""
    here = visit(context, municipality)
    entry = here.readable.get(key)
    if entry is None:
        abort(404)
    if entry.kind == "activity":
        return redirect(here.page_of(entry), 301)
    body, note, text_lang = here.text(entry)
    with context.database.read() as session:
        line, days = _line(context, session, municipality), _days(session, municipality, entry)
    return show(
        context, "public/entry.html", site=here.site, here=here, entry=entry,
        chosen=here.site.language if here.site.language in entry.translations else "ja",
        title=here.title(entry), body=body, note=note, text_lang=text_lang, shelter=_shelter(here, entry),
        source=_source(here, entry), desk=here.desk_of(entry), days=days, related=here.related(entry),
        languages={code: SERVED.get(code, code) for code in ("ja", *entry.translations)}, line=line,
        say=here.site.phrase, rated=RATED, steps=STEPS, thanks=request.args.get("thanks", ""),
    )  # fmt: skip


def _days(session: Session, municipality: str, entry: Entry) -> dict[str, datetime | date | None]:
    """When it was published (first) and last changed."""
    row = session.scalar(select(Row).where(Row.municipality_id == municipality, Row.key == entry.id))
    if row is None:
        abort(404)
    first = select(func.min(EntryVersion.at)).where(EntryVersion.entry_id == row.id, EntryVersion.published.is_(True))
    published = session.scalar(first) or entry.valid_from or (row.updated_at if row.version == 1 else None)
    return {"published": published, "updated": row.updated_at}


def _shelter(here: Visit, entry: Entry) -> list[tuple[str, str, str]]:
    """(label, what is known, its language) of a shelter, a facility or an organisation: where it is, how reached."""
    site, place = here.site, entry.shelter
    if entry.kind == "organisation":
        return [(site.say(REACHED[column]), said, "ja") for column, said in organisations.public(entry.extra)]
    if place is None:
        known = [("address", entry.extra.get("住所", "")), ("phone", entry.extra.get("電話番号", ""))]
        return [(site.say(name), said, "ja") for name, said in known if said] if entry.kind == "facility" else []
    served = [name for name in activities.HAZARD_ORDER if refuges.serves(entry, (name,))]
    rows = [
        (site.say("address"), place.address, "ja"),
        (site.say("hazards"), answer_text.hazard_names(served, site.words) if served else "", ""),
        (site.say("capacity"), site.say("people", count=place.capacity) if place.capacity else "", ""),
    ]
    return [row for row in rows if row[1]]


def _rate(context: Context, throttle: Throttle, municipality: str, key: str) -> Response:
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


def _line(context: Context, session: Session, municipality: str) -> str | None:
    """Where the bot is asked: the account's own link, in the demo the phone page."""
    channel = session.get(Channel, municipality)
    if channel is not None and channel.basic_id:
        return f"https://line.me/R/ti/p/{channel.basic_id.replace('@', '%40')}"
    return "/phone" if context.settings.demo and context.settings.phone_url else None


def _source(here: Visit, entry: Entry) -> dict[str, str]:
    """The source's address, and what has to be said of an old check."""
    if entry.checked_on is None:
        return {"url": entry.source.url or "", "old": ""}
    old = freshness.is_old(here.knowledge.municipality.thresholds, entry.kind, entry.checked_on, here.site.today)
    return {
        "url": entry.source.url or "",
        "old": here.site.phrase("answer.old", checked=here.site.plain(entry.checked_on)) if old else "",
    }
