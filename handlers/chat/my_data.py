"""わたしの登録: everything we hold about a resident, shown, written out, erased."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.core.moments import day_of, moment_of
from bot.line.render import Card, Open, Text
from bot.models import Resident
from bot.now import jst
from bot.services import data_links, my_record, residents, sign_ups
from content import calendar_names
from content.phrases import SERVED
from handlers.chat import inquiries, screens, settings, sign_up, slips
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn

HERE = Option("", "my_data.show")


class MyDataHandler:
    """See, write out, erase with one confirmation."""

    def wants(self, turn: Turn) -> bool:
        return turn.action.startswith("my_data.")

    def handle(self, turn: Turn) -> Outcome:
        if turn.resident is None:
            return Outcome([Text(turn.say("chat.data_nothing"))])
        match turn.action:
            case "my_data.export":
                return _export(turn, turn.resident)
            case "my_data.page":
                return _page(turn)
            case "my_data.erase":
                return _really(turn)
            case "my_data.erase_now":
                return _erase(turn)
        return _show(turn)


def _show(turn: Turn) -> Outcome:
    options = [
        Option(turn.say("my_data.open_page"), "my_data.page"),
        Option(turn.say("chat.data_export"), "my_data.export"),
        Option(turn.say("chat.data_change"), "settings.show"),
        Option(turn.say("sign_up.mine_title"), "sign_up.mine"),
        Option(turn.say("chat.data_erase"), "my_data.erase"),
    ]
    return screens.screen(
        turn, title=turn.say("chat.data_title"), body=(settings.summary(turn), turn.say("chat.data_also")),
        options=options, here=HERE, back=settings.HERE,
    )  # fmt: skip


def _page(turn: Turn) -> Outcome:
    """A fresh link to the page with everything; only its hash is kept, by the transaction that stores this answer."""
    context, token = turn.context, data_links.new_token()
    url = data_links.url(context.settings.public_url, turn.municipality, token)

    def write(session: Session, resident: Resident) -> None:
        data_links.add(session, resident, token, turn.now)

    card = Card(
        turn.say("my_data.link_title"),
        (turn.say("my_data.link_body"),),
        notes=(turn.say("my_data.link_note", until=moment_of(turn.now + data_links.KEEPS, turn.speaks)),),
        buttons=(Open(turn.say("my_data.link_open"), url),),
        choices=screens.ways_out(turn, HERE),
    )
    return Outcome([card], screens.offering((), HERE, HERE), write)


def _export(turn: Turn, resident: Resident) -> Outcome:
    """One text that can be copied, forwarded and kept."""
    said = Text("\n".join(lines(turn, resident))[:5000], screens.ways_out(turn, HERE))
    return Outcome([said], screens.offering((), HERE, HERE))


def lines(turn: Turn, resident: Resident) -> list[str]:
    """All that is held of this resident in plain words, in the language of the turn."""
    held = residents.held(turn.session, turn.context.sealer, resident)
    return [
        turn.say("chat.export_title", when=moment_of(turn.now, turn.speaks)),
        settings.summary(turn),
        turn.say("chat.line_language", value=SERVED.get(resident.language, resident.language)),
        turn.say("chat.line_followed", value=_full_day(turn, resident.followed_at)),
        _consent_line(turn, resident),
        turn.say("chat.line_polls", value=turn.say("chat.and").join(held.polls) or turn.say("chat.none_yet")),
        inquiries.export_line(turn, resident),
        *_sign_ups(turn, resident),
        *slips.held_lines(turn, resident),
        turn.say("chat.line_traces", received=held.messages, sent=held.sent),
        *([turn.say("chat.line_conversation")] if held.conversation else []),
        *([turn.say("asker.held", value=turn.say("chat.and").join(held.wishes))] if held.wishes else []),
        *([turn.say("statement.held_voices", count=held.voices)] if held.voices else []),
        *([turn.say("statement.held_rounds", value=turn.say("chat.and").join(held.rounds))] if held.rounds else []),
        *([turn.say("rating.held", value=resident.rating_asked)] if resident.rating_asked else []),
        turn.say("chat.line_id"),
        turn.say("chat.line_never"),
    ]


def _sign_ups(turn: Turn, resident: Resident) -> list[str]:
    """Activities signed up for, with how many people, and reminders asked for."""
    found = sign_ups.all_mine(turn.session, resident, turn.now)
    lines = [f"{sign_up.line(turn, dated)} ({sign_up.people(turn, row.people)})" for dated, row in found]
    value = turn.say("chat.and").join(lines) or turn.say("chat.none_yet")
    asked = sign_ups.reminders(turn.session, resident)
    reminders = [turn.say("sign_up.line_reminders", count=asked)] if asked else []
    return [turn.say("sign_up.line_mine", value=value), *reminders]


def _consent_line(turn: Turn, resident: Resident) -> str:
    if resident.consented_at is None:
        return turn.say("chat.line_no_consent")
    day = _full_day(turn, resident.consented_at)
    return turn.say("chat.line_consent", version=resident.consent_version, day=day)


def _full_day(turn: Turn, moment: datetime) -> str:
    """A day with its year: what is written out may be read years later."""
    language = turn.speaks
    if language in {"ja", "easy-ja"}:
        return f"{jst(moment).year}年{day_of(moment, language)}"
    return calendar_names.dated(jst(moment).date(), language, weekday=True, year=True)


def _really(turn: Turn) -> Outcome:
    options = [
        Option(turn.say("chat.erase_yes"), "my_data.erase_now"),
        Option(turn.say("chat.erase_no"), "my_data.show"),
    ]
    return screens.screen(
        turn, title=turn.say("chat.erase_question"), body=(turn.say("chat.erase_body"),), options=options,
        here=Option("", "my_data.erase"), back=HERE,
    )  # fmt: skip


def _erase(turn: Turn) -> Outcome:
    context = turn.context

    def write(session: Session, resident: Resident) -> None:
        my_record.erase(context, session, resident, turn.now)

    return Outcome([Card(turn.say("chat.erased_title"), (turn.say("chat.erased_body"),))], None, write)
