"""Addresses on the web that are read by the clock: who set them up, when they are due, and what came of it.

The reading itself (scheduler.feeds) happens outside any transaction; here are the rows before and after it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Feed
from bot.models.open_data import IMPORT_KINDS
from bot.now import jst
from bot.services import alerts, audit

MOST: Final = 50  # feeds of a municipality
LEAST_MINUTES, MOST_MINUTES = 15, 7 * 24 * 60
CLAIM: Final = timedelta(minutes=5)
TELL_AFTER: Final = 3  # failures in a row
LONGEST: Final = timedelta(hours=24)
ALERT: Final = "feed"


@dataclass(frozen=True)
class Wanted:
    """A feed as staff write it down. `hosts`: other hosts that a redirect may lead to."""

    name: str
    kind: str
    url: str
    hosts: str = ""
    every_minutes: int = 360
    accept: str = "review"
    active: bool = True


def create(session: Session, municipality: str, actor: Actor, wanted: Wanted, now: datetime) -> Feed:
    """A new feed, read at the next tick. Raises NotAllowedError, BadInputError, ConflictError."""
    _allow(actor, municipality, now)
    _check(wanted)
    mine = select(func.count()).where(Feed.municipality_id == municipality)
    if (session.scalar(mine) or 0) >= MOST:
        raise ConflictError(f"アドレスは{MOST}個までです。使っていないものを消してください。")
    _refuse_twice(session, municipality, wanted.url, None)
    row = Feed(municipality_id=municipality, created_at=now, next_at=now, failures=0, said="")
    _fill(row, wanted)
    session.add(row)
    session.flush()
    audit.record(session, municipality, actor, "feed.create", f"feed:{row.id}", now, {"kind": wanted.kind})
    return row


def change(session: Session, row: Feed, actor: Actor, wanted: Wanted, now: datetime) -> None:
    """Change a feed; a new address is read from the beginning. Raises as `create`."""
    _allow(actor, row.municipality_id, now)
    _check(wanted)
    _refuse_twice(session, row.municipality_id, wanted.url, row.id)
    if (row.url, row.kind) != (wanted.url, wanted.kind):
        row.etag = row.last_modified = row.digest = None
        row.failures, row.next_at, row.said = 0, now, ""
    _fill(row, wanted)
    audit.record(session, row.municipality_id, actor, "feed.change", f"feed:{row.id}", now, {"kind": wanted.kind})


def read_now(row: Feed, actor: Actor, now: datetime) -> None:
    """Due at once, whatever failed before."""
    _allow(actor, row.municipality_id, now)
    row.next_at, row.digest, row.etag, row.last_modified = now, None, None, None


def remove(session: Session, row: Feed, actor: Actor, now: datetime) -> None:
    """Read it no longer. What it brought stays."""
    _allow(actor, row.municipality_id, now)
    alerts.clear_alert(session, row.municipality_id, ALERT, str(row.id))
    audit.record(session, row.municipality_id, actor, "feed.remove", f"feed:{row.id}", now, {"kind": row.kind})
    session.delete(row)


def get(session: Session, municipality: str, feed_id: int) -> Feed:
    """A feed of this municipality. Raises NotFoundError."""
    row = session.get(Feed, feed_id)
    if row is None or row.municipality_id != municipality:
        raise NotFoundError("このアドレスは見つかりません。")
    return row


def listed(session: Session, municipality: str) -> list[Feed]:
    """All feeds by name."""
    return list(session.scalars(select(Feed).where(Feed.municipality_id == municipality).order_by(Feed.name, Feed.id)))


def claim(session: Session, now: datetime, moment: datetime) -> Feed | None:
    """The feed that is longest due, held for CLAIM by who asks. `moment` is real time."""
    query = (
        select(Feed)
        .where(Feed.active.is_(True), Feed.next_at <= now)
        .where(or_(Feed.claimed_until.is_(None), Feed.claimed_until < moment))
        .order_by(Feed.next_at, Feed.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.scalar(query)
    if row is not None:
        row.claimed_until, row.tried_at = moment + CLAIM, now
    return row


def worked(session: Session, feed_id: int, said: str, now: datetime, **headers: str | None) -> None:
    """It answered. `headers`: etag, last_modified, digest of what was read; without them as before."""
    row = session.get(Feed, feed_id)
    if row is None:
        return
    row.failures, row.claimed_until, row.said, row.read_at = 0, None, said[:300], now
    row.next_at = now + timedelta(minutes=row.every_minutes)
    for name, value in headers.items():
        setattr(row, name, value)
    alerts.clear_alert(session, row.municipality_id, ALERT, str(row.id))


def failed(session: Session, feed_id: int, why: str, now: datetime, wait: timedelta | None = None) -> None:
    """It did not answer as it should: asked again later and later (`wait`: as long as it said), staff are told."""
    row = session.get(Feed, feed_id)
    if row is None:
        return
    row.failures += 1
    row.claimed_until, row.said = None, why[:300]
    row.next_at = now + max(wait or timedelta(0), pause(row.every_minutes, row.failures))
    if row.failures >= TELL_AFTER:
        text = f"「{row.name}」を{row.failures}回続けて読めていません: {why}"
        alerts.raise_alert(session, row.municipality_id, ALERT, text[:300], now, str(row.id))


def pause(every_minutes: int, failures: int) -> timedelta:
    """How long to wait after so many failures: 5 minutes, doubled each time, from the sixth at least the feed's own
    interval; never longer than LONGEST.
    """
    wait = timedelta(minutes=5 * 2 ** min(failures - 1, 12))
    return min(max(wait, timedelta(minutes=every_minutes)) if failures > 5 else wait, LONGEST)


def _fill(row: Feed, wanted: Wanted) -> None:
    row.name, row.kind, row.url, row.hosts = wanted.name, wanted.kind, wanted.url, " ".join(wanted.hosts.split())
    row.every_minutes, row.accept, row.active = wanted.every_minutes, wanted.accept, wanted.active


def _check(wanted: Wanted) -> None:
    try:
        parts = urlsplit(wanted.url)
    except ValueError:  # a bracket that is no address: as wrong as none at all
        parts = urlsplit("")
    if not wanted.name.strip() or len(wanted.name) > 80:
        raise BadInputError("名前を80文字までで書いてください。")
    if wanted.kind not in IMPORT_KINDS or wanted.accept not in {"auto", "review"}:
        raise BadInputError("種類と、取り込み方を選んでください。")
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(wanted.url) > 500:
        raise BadInputError("アドレスは https:// から書いてください(500文字まで)。")
    if parts.username or parts.password:
        raise BadInputError("アドレスに、名前やパスワードを入れないでください。")
    if any(not re.fullmatch(r"[A-Za-z0-9.-]{1,253}", host) for host in wanted.hosts.split()):
        raise BadInputError("転送先のホストは、data.example.jp のように書き、空白で区切ってください。")
    if not LEAST_MINUTES <= wanted.every_minutes <= MOST_MINUTES:
        raise BadInputError(f"読みに行く間隔は{LEAST_MINUTES}分から7日までです。")


def _refuse_twice(session: Session, municipality: str, url: str, besides: int | None) -> None:
    query = select(Feed.id).where(Feed.municipality_id == municipality, Feed.url == url)
    if session.scalar(query) not in {None, besides}:
        raise ConflictError("同じアドレスが、もうあります。")


def _allow(actor: Actor, municipality: str, now: datetime) -> None:
    if not actor.may("open_data.write", municipality, jst(now).date(), ()):
        raise NotAllowedError("読みに行くアドレスを決める役割がありません。市の担当にお願いしてください。")
