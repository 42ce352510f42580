"""Reads the weather agency's feed: once a minute while a city wants its warnings, each telegram once.

Calls are made outside transactions. A feed that fails is asked again later and later, and staff are told; what it named
meanwhile is still there when it answers, and is then too old to be told as new (bot.core.weather_rules.FRESH).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import requests
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.weather_rules import FRESH
from bot.errors import BadInputError
from bot.models import Municipality, WeatherFeed, WeatherRule
from bot.services import alerts, weather
from bot.services.context import Context
from content.formats import jma
from content.formats.jma import FeedItem, Telegram

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(seconds=60)  # the agency asks for no more than once a minute
LONGEST_PAUSE: Final = timedelta(minutes=30)
TELL_AFTER: Final = 5  # failures in a row: about a quarter of an hour
SECONDS: Final = (5.0, 15.0)  # to connect, and between two pieces
MOST_TELEGRAMS: Final = 200  # of one reading
OVERLAP: Final = timedelta(minutes=10)  # lines do not come in the order of their times
_TITLES: Final = ("警報", "注意報", "土砂災害警戒情報")
FAILED: Final = "気象庁の警報を読めていません({why})。気象庁のページで警報を確かめてください。"


@dataclass(frozen=True)
class _Read:
    """One answer: None for `data` when nothing is new."""

    data: bytes | None
    headers: dict[str, str] = field(default_factory=dict)


def read(context: Context) -> int:
    """Read what is new in the feed, if it is time; returns how many telegrams named one of our cities."""
    url, now = context.settings.weather_feed, context.clock()
    if not url:
        return 0
    with context.database.read() as session:
        row = session.get(WeatherFeed, url)
        if (row is not None and row.next_at > now) or not _wanting(session):
            return 0
        known = (row.etag, row.modified, row.read_to) if row else (None, None, None)
    try:
        answer = _get(url, etag=known[0], modified=known[1])
        items = _new(jma.feed(answer.data), url, known[2], now) if answer.data is not None else []
        found = [(item, _telegram(item)) for item in items]
    except (requests.RequestException, BadInputError) as error:
        why = error.message if isinstance(error, BadInputError) else type(error).__name__
        _failed(context, url, why, now)
        return 0
    taken = sum(_take(context, *one, now) for _, one in found if one is not None)
    _done(context, url, answer, [item.updated for item, _ in found], now)
    return taken


def _wanting(session: Session) -> bool:
    return session.scalar(select(WeatherRule.municipality_id).where(WeatherRule.mode != "off").limit(1)) is not None


def _new(items: Sequence[FeedItem], url: str, read_to: datetime | None, now: datetime) -> list[FeedItem]:
    """The telegrams about warnings that came since the last reading, from the feed's own host, oldest first."""
    since = max(read_to - OVERLAP, now - FRESH) if read_to else now - FRESH
    home = urlsplit(url)
    wanted = [
        item
        for item in items
        if item.updated > since
        and any(word in item.title for word in _TITLES)
        and urlsplit(item.link)[:2] == (home.scheme, home.netloc)
    ]
    return sorted(wanted, key=lambda item: item.updated)[-MOST_TELEGRAMS:]


def _telegram(item: FeedItem) -> tuple[bytes, Telegram] | None:
    """The telegram a line names; one that cannot be read does not hold up the others."""
    data = _get(item.link).data or b""
    try:
        return data, jma.telegram(data)
    except BadInputError as error:
        log.warning("weather.unreadable", title=item.title, reason=error.message)
        return None


def _take(context: Context, data: bytes, telegram: Telegram, now: datetime) -> int:
    mark, matched = weather.digest(data), 0
    with context.database.read() as session:
        cities = [
            city.id
            for city in session.scalars(select(Municipality).join(WeatherRule).where(WeatherRule.mode != "off"))
            if telegram.of(city.code)
        ]
    for city_id in cities:
        with context.database.write(durable=True) as session:
            taken = weather.take(session, session.get_one(Municipality, city_id), telegram, mark, now)
        log.info("weather.taken", municipality=city_id, why=taken.why, news=len(taken.news))
        matched += taken.why != "seen"
    return matched


def _get(url: str, *, etag: str | None = None, modified: str | None = None) -> _Read:
    """One conditional GET: no redirects, no more than a telegram's size. Raises requests' errors, BadInputError."""
    asked = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = {"User-Agent": "Entaku", **{name: value for name, value in asked.items() if value}}
    with requests.get(url, headers=headers, timeout=SECONDS, stream=True, allow_redirects=False) as answer:
        if answer.status_code == requests.codes.not_modified:
            return _Read(None)
        if answer.status_code != requests.codes.ok:
            raise BadInputError(f"HTTP {answer.status_code}")
        data = bytearray()
        for piece in answer.iter_content(65_536):
            data += piece
            if len(data) > jma.MOST_BYTES:
                raise BadInputError("大きすぎます")
        return _Read(bytes(data), {name.lower(): value for name, value in answer.headers.items()})


def _done(context: Context, url: str, answer: _Read, times: Sequence[datetime], now: datetime) -> None:
    with context.database.write() as session:
        row = _row(session, url, now)
        row.next_at, row.failures, row.error = now + EVERY, 0, None
        if answer.data is not None:
            row.etag = answer.headers.get("etag", "")[:200] or None
            row.modified = answer.headers.get("last-modified", "")[:60] or None
        row.read_to = max([*times, *([row.read_to] if row.read_to else [])], default=None)
        for city in session.scalars(select(WeatherRule.municipality_id)):
            alerts.clear_alert(session, city, "weather_feed")


def _failed(context: Context, url: str, why: str, now: datetime) -> None:
    log.warning("weather.feed_failed", reason=why)
    with context.database.write() as session:
        row = _row(session, url, now)
        row.failures += 1
        row.error = why[:200]
        row.next_at = now + min(EVERY * 2 ** min(row.failures - 1, 10), LONGEST_PAUSE)
        if row.failures >= TELL_AFTER:
            for city in session.scalars(select(WeatherRule.municipality_id).where(WeatherRule.mode != "off")):
                alerts.raise_alert(session, city, "weather_feed", FAILED.format(why=why)[:300], now)


def _row(session: Session, url: str, now: datetime) -> WeatherFeed:
    row = session.get(WeatherFeed, url)
    if row is None:
        row = WeatherFeed(url=url, next_at=now, failures=0)
        session.add(row)
        session.flush()
    return row
