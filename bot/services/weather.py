"""Warnings of the weather agency for a municipality: taken in once, told by the city's rule, never twice, never late.

A telegram from a file and one from the feed go the same way. The rule (bot.models.weather) says whether what changed is
sent by itself, or written for a second person; without a rule it is only kept and shown to staff.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import weather_rules, weather_text
from bot.core.permissions import SYSTEM, Actor
from bot.core.weather_rules import News, State
from bot.errors import BadInputError, NotAllowedError
from bot.line.render import Card, Say, dump, render
from bot.models import (
    Announcement,
    AnnouncementText,
    Municipality,
    Staff,
    WeatherRule,
    WeatherState,
    WeatherTelegram,
)
from bot.models.weather import MODES
from bot.now import jst
from bot.services import alerts, audit
from content.formats.jma import Telegram, WeatherWarning
from content.phrases import SERVED, phrases

LEVELS: Final = (2, 3, 4, 5)
CANCELLED: Final = "取消"
CORRECTED: Final = "訂正"
_CITY_WIDE: Final = "city"


@dataclass(frozen=True)
class Taken:
    """What became of a telegram: how many of its areas are ours, what changed, and why nothing was told."""

    matched: int
    news: tuple[News, ...] = ()
    why: str | None = None  # seen, elsewhere, exercise, old, late, ahead, unchanged, off
    announcement_id: int | None = None


def digest(data: bytes) -> str:
    """What tells one telegram from another: SHA-256 of its bytes, as hex."""
    return hashlib.sha256(data).hexdigest()


def look(session: Session, city: Municipality, telegram: Telegram, now: datetime) -> Taken:
    """What taking it in would change; nothing is written."""
    areas = telegram.of(city.code)
    if not areas:
        return Taken(0, why="elsewhere")
    last = session.get(WeatherState, (city.id, telegram.family))
    before = _held(last.held) if last else {}
    after = _after(last, telegram, weather_rules.state_of(areas))
    rule = rule_of(session, city.id)
    tell_from = rule.tell_from if rule else weather_rules.TELL_FROM
    why = weather_rules.why_not_told(
        telegram.status, telegram.reported_at, last.reported_at if last else None, now,
        mends=telegram.act in {CANCELLED, CORRECTED},
    )  # fmt: skip
    found = () if why else weather_rules.news(before, after, tell_from)
    return Taken(len(areas), found, why or (None if found else "unchanged"))


def take(session: Session, city: Municipality, telegram: Telegram, mark: str, now: datetime) -> Taken:
    """Take one telegram in: keep it, change what is in force, and tell what the city's rule says. `mark`: `digest`.

    The same telegram again changes nothing. The caller commits.
    """
    # Two at once (a file and the feed): the second waits here and then finds the first.
    session.execute(select(Municipality.id).where(Municipality.id == city.id).with_for_update())
    kept = select(WeatherTelegram).where(WeatherTelegram.municipality_id == city.id, WeatherTelegram.digest == mark)
    if session.scalar(kept) is not None:
        return Taken(len(telegram.of(city.code)), why="seen")
    taken = look(session, city, telegram, now)
    if not taken.matched:
        return taken
    if taken.why not in {"exercise", "old", "ahead"}:
        _keep_state(session, city, telegram)
    rule, why, announcement_id = rule_of(session, city.id), taken.why, None
    if taken.news and (rule is None or rule.mode == "off"):
        why = "off"
        text = weather_text.text("ja", city.name, taken.news, in_force(session, city.id), telegram.reported_at).title
        note = f"{text}。住民へは送っていません(気象警報の設定)。"
        alerts.raise_alert(session, city.id, "weather", note[:300], now)
    elif taken.news and rule is not None:
        announcement_id = _announce(session, city, rule, telegram, taken.news, now).id
    row = WeatherTelegram(
        municipality_id=city.id, digest=mark, title=telegram.title[:80], family=telegram.family,
        status=telegram.status[:10], act=telegram.act[:10], reported_at=telegram.reported_at, received_at=now,
        why=why, announcement_id=announcement_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return Taken(taken.matched, taken.news, why, announcement_id)


def in_force(session: Session, municipality: str) -> State:
    """What is in force now, all families together; of the same hazard the higher level."""
    found: dict[str, WeatherWarning] = {}
    for row in session.scalars(select(WeatherState).where(WeatherState.municipality_id == municipality)):
        for hazard, one in _held(row.held).items():
            if hazard not in found or found[hazard].level < one.level:
                found[hazard] = one
    return found


def recent(session: Session, municipality: str, most: int = 30) -> Sequence[WeatherTelegram]:
    """The telegrams that named this municipality, the newest first."""
    query = select(WeatherTelegram).where(WeatherTelegram.municipality_id == municipality)
    return session.scalars(
        query.order_by(WeatherTelegram.reported_at.desc(), WeatherTelegram.id.desc()).limit(most)
    ).all()


def rule_of(session: Session, municipality: str) -> WeatherRule | None:
    """The city's rule; None: nobody has decided yet, and nothing is told."""
    return session.get(WeatherRule, municipality)


def set_rule(session: Session, municipality: str, actor: Actor, mode: str, tell_from: int, now: datetime) -> None:
    """Decide what is done with warnings; whoever decides is the author of what is sent. Raises NotAllowedError."""
    if actor.id is None or not actor.may("weather.write", municipality, jst(now).date()):
        raise NotAllowedError("気象警報の設定を変える権限がありません。")
    if mode not in MODES or tell_from not in LEVELS:
        raise BadInputError("送り方と、どの強さから知らせるかを選んでください。")
    row = session.get(WeatherRule, municipality)
    if row is None:
        session.add(
            WeatherRule(municipality_id=municipality, mode=mode, tell_from=tell_from, staff_id=actor.id, set_at=now)
        )
    else:
        row.mode, row.tell_from, row.staff_id, row.set_at = mode, tell_from, actor.id, now
    details = {"mode": mode, "from": tell_from}
    audit.record(session, municipality, actor, "weather.rule", f"municipality:{municipality}", now, details)


def _after(last: WeatherState | None, telegram: Telegram, said: State) -> State:
    """What is in force after it; a telegram that is taken back gives what was before it."""
    if telegram.act == CANCELLED:
        return _held(last.before) if last else {}
    return said


def _keep_state(session: Session, city: Municipality, telegram: Telegram) -> None:
    after = _after(
        session.get(WeatherState, (city.id, telegram.family)), telegram, weather_rules.state_of(telegram.of(city.code))
    )
    held = {hazard: [one.name, one.level] for hazard, one in after.items()}
    row = session.get(WeatherState, (city.id, telegram.family))
    if row is None:
        row = WeatherState(municipality_id=city.id, family=telegram.family, reported_at=telegram.reported_at, held=held)
        row.before = {}
        session.add(row)
    else:
        # Taken back a second time (two forms of one telegram), it must not bring back what was taken back.
        row.before, row.held = held if telegram.act == CANCELLED else row.held, held
        row.reported_at = telegram.reported_at
    session.flush()


def _held(stored: dict[str, list[str | int]]) -> dict[str, WeatherWarning]:
    return {hazard: WeatherWarning(str(name), int(level)) for hazard, (name, level) in stored.items()}


def _announce(
    session: Session, city: Municipality, rule: WeatherRule, telegram: Telegram, news: Sequence[News], now: datetime
) -> Announcement:
    """The warning as an announcement to the whole city, in every served language, under the rule's author."""
    state = in_force(session, city.id)
    sample = bool(city.facts.get("sample"))
    sender = str(city.facts.get("public_name") or city.name)
    sends = rule.mode == "send" and _still_there(session, rule)
    texts = {language: weather_text.text(language, city.name, news, state, telegram.reported_at) for language in SERVED}
    row = Announcement(
        municipality_id=city.id, state="scheduled" if sends else "submitted", author_id=rule.staff_id,
        sender=sender[:60], title=texts["ja"].title, body="\n\n".join(texts["ja"].body), audience=_CITY_WIDE,
        kind="disaster", urgency="emergency", created_at=now, submitted_at=now, send_at=now if sends else None,
        approved_at=now if sends else None,
    )  # fmt: skip
    if sends:
        row.messages = _messages("ja", texts["ja"], sender, sample=sample)
    session.add(row)
    session.flush()
    session.add_all(
        AnnouncementText(
            announcement_id=row.id, language=language, municipality_id=city.id, title=one.title,
            body="\n\n".join(one.body), machine="weather.raised" in phrases(language).machine,
            messages=_messages(language, one, sender, sample=sample) if sends else None,
        )
        for language, one in texts.items()
        if language != "ja"
    )  # fmt: skip
    details = {"telegram": telegram.title, "reported_at": telegram.reported_at.isoformat(), "mode": rule.mode}
    audit.record(session, city.id, SYSTEM, "weather.tell", f"announcement:{row.id}", now, details)
    session.flush()
    return row


def _still_there(session: Session, rule: WeatherRule) -> bool:
    """Whether who decided that warnings go out by themselves still works here; else a second person looks first."""
    row = session.get(Staff, rule.staff_id)
    return row is not None and row.active


def _messages(language: str, told: weather_text.Told, sender: str, *, sample: bool) -> bytes:
    say = phrases(language).say
    notes = (say("announce.sample"),) if sample else ()
    card = Card(
        title=told.title, body=told.body, heading=sender, notes=notes,
        buttons=(Say(told.shelter, told.shelter_say),), alt=f"{sender}: {told.title}\n" + "\n".join(told.body),
    )  # fmt: skip
    return dump(render([card]))
