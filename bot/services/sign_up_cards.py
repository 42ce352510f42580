"""What residents see of a sign-up: the buttons of a date, and the cards that the clock sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from bot.core import answer_text, postback, sign_up_rules
from bot.core.sealing import Sealer
from bot.line.render import Button, Card, Open, Tap
from bot.now import jst
from bot.services import sign_ups
from bot.services.activities import Dated
from bot.services.context import Context
from bot.services.sign_ups import Key, Mine
from content import calendar_text
from content.phrases import Phrases, phrases

MakeTap = Callable[[str, str, Key], Tap]
_STATES = {"中止": "chat.state_off", "順延": "chat.state_put_off", "変更": "chat.state_changed"}


def buttons(say: Phrases, tap: MakeTap, dated: Dated, key: Key, mine: Mine, now: datetime, home: str) -> list[Button]:
    """What one can do about a date: join or leave, be reminded, then pages to open. `home` is our address."""
    found: list[Button] = []
    pages: list[Button] = []
    activity, occurrence = dated.entry.activity, dated.occurrence
    assert activity is not None
    open_for_all = sign_up_rules.refusal(occurrence, now) is None
    if mine.people:
        found += [tap(say.say("sign_up.change_people"), "sign_up.ask", key)] if open_for_all else []
        found += [tap(say.say("sign_up.leave"), "sign_up.leave", key)]
    elif open_for_all and sign_ups.offers(dated):
        found.append(tap(say.say("sign_up.join"), "sign_up.ask", key))
    elif open_for_all and activity.sign_up:
        pages.append(Open(say.say("sign_up.own_form"), activity.sign_up))
    if mine.reminded:
        found.append(tap(say.say("sign_up.remind_off"), "sign_up.remind_off", key))
    elif occurrence.takes_place and now < sign_up_rules.remind_at(occurrence):
        found.append(tap(say.say("sign_up.remind"), "sign_up.remind", key))
    if occurrence.takes_place:
        pages.append(Open(say.say("sign_up.calendar"), calendar_address(home, key)))
    return [*found, *pages]


def calendar_address(home: str, key: Key) -> str:
    """The calendar file of one date; LINE opens it in the telephone's own browser, which knows calendars."""
    path = f"m/{quote(key.municipality)}/activities/{quote(key.entry)}.ics"
    return f"{home}{path}?day={key.day.isoformat()}&openExternalBrowser=1"


def standing(say: Phrases, mine: Mine) -> str | None:
    """Where somebody stands with a date, in one line."""
    if not mine.people:
        return None
    if mine.state == "joined":
        return say.say("sign_up.mine_joined", people=people(say, mine.people))
    return say.say("sign_up.mine_waiting", people=people(say, mine.people), ahead=mine.ahead)


def people(say: Phrases, count: int) -> str:
    """1人, 3人."""
    return say.say("sign_up.one") if count == 1 else say.say("sign_up.people", count=count)


def title(say: Phrases, dated: Dated) -> str:
    """【中止】 and its like first, so that nobody reads on before knowing."""
    mark = say.say(_STATES[dated.occurrence.state]) if dated.occurrence.state in _STATES else ""
    japanese = dated.occurrence.title if say.language == "ja" else answer_text.title(dated.entry, say.language)
    return mark + japanese


def when(say: Phrases, dated: Dated, now: datetime) -> str:
    """The day and the hours of a date."""
    one, today = dated.occurrence, jst(now).date()
    return calendar_text.moment(one.starts_at, one.ends_at, say.language, all_day=one.all_day, today=today)


# --- what the clock sends ------------------------------------------------------------------------


def reminder(context: Context, dated: Dated, key: Key, mine: Mine, language: str, now: datetime) -> Card:
    """The evening before; or, when that was missed, on the day itself."""
    tomorrow = jst(dated.occurrence.starts_at).date() > jst(now).date()
    say = phrases(language)
    heading = say.say("sign_up.reminder" if tomorrow else "sign_up.reminder_today")
    return _card(context, dated, key, mine, say, now, heading)


def place_free(context: Context, dated: Dated, key: Key, mine: Mine, language: str, now: datetime) -> Card:
    """Somebody who waited has a place."""
    say = phrases(language)
    return _card(context, dated, key, mine, say, now, say.say("sign_up.place_free"))


def changed(context: Context, dated: Dated, key: Key, mine: Mine, language: str, now: datetime) -> Card:
    """What staff said of the date, with the day it was before when it was moved."""
    say = phrases(language)
    one = dated.occurrence
    held = one.state not in _STATES
    lines = [say.say("sign_up.was", when=calendar_text.day(one.day, language, jst(now).date()))] if one.moved else []
    if one.state == "順延" and not one.moved:
        lines = [say.say("sign_up.no_new_day")]
    heading = say.say("sign_up.held" if held else "sign_up.notice")
    return _card(context, dated, key, mine, say, now, heading, lines)


def _card(
    context: Context, dated: Dated, key: Key, mine: Mine, say: Phrases, now: datetime, heading: str,
    lines: list[str] | None = None,
) -> Card:  # fmt: skip
    name, moment, note = title(say, dated), when(say, dated, now), dated.occurrence.state_note
    place = say.say("chat.where", place=dated.occurrence.place) if dated.occurrence.place else ""
    stands = standing(say, mine) if dated.occurrence.takes_place else None
    facts = "\n".join(part for part in (moment, *(lines or []), place) if part)
    body = tuple(part for part in (note, facts, stands) if part)
    shown = buttons(say, _tap_of(context.sealer), dated, key, mine, now, context.settings.public_url)
    alt = "\n".join(part for part in (heading, name, moment, note) if part)
    return Card(name, body, heading, buttons=tuple(shown), alt=alt)


def _tap_of(sealer: Sealer) -> MakeTap:
    def tap(label: str, action: str, key: Key) -> Tap:
        fields = {"e": key.entry, "d": key.day.isoformat()}
        data = postback.encode(action, fields, key.municipality, next(sealer.signing_keys("postback")))
        return Tap(label, data, label)

    return tap
