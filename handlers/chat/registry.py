"""The order of conversations: the first handler that wants a turn takes it.

Emergencies come before everything, then what must not be answered, then the limit. After that a text may stand
for a button (its number, its label, もどる, or a word such as メニュー); what remains is read as a district, as
small talk, and last as a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from bot.line.limits import MAX_MESSAGES
from bot.line.render import Message, Text
from bot.models import Resident
from bot.services import residents
from handlers.chat import registration
from handlers.chat.activities import ActivitiesHandler
from handlers.chat.announcements import AnnouncementsHandler
from handlers.chat.askers import AskersHandler
from handlers.chat.attachments import AttachmentHandler
from handlers.chat.circulars import CircularHandler
from handlers.chat.commands import commanded
from handlers.chat.consent import ConsentHandler, with_new_version
from handlers.chat.deadlines import DeadlinesHandler
from handlers.chat.district import DistrictHandler
from handlers.chat.emergency import EmergencyHandler
from handlers.chat.first_use import FirstUseHandler
from handlers.chat.flood import FloodHandler
from handlers.chat.following import FollowUpHandler
from handlers.chat.home import HomeHandler, NothingHandler, OldButtonHandler
from handlers.chat.inquiries import InquiriesHandler
from handlers.chat.language import LanguageHandler
from handlers.chat.leaving import LeavingHandler
from handlers.chat.my_data import MyDataHandler
from handlers.chat.officers import OfficersHandler
from handlers.chat.polls import PollHandler
from handlers.chat.questions import QuestionHandler
from handlers.chat.ratings import RatingsHandler
from handlers.chat.registration import FollowHandler
from handlers.chat.round_tables import RoundTableHandler
from handlers.chat.settings import SettingsHandler
from handlers.chat.sign_up import SignUpHandler
from handlers.chat.slips import SlipHandler
from handlers.chat.small_talk import SmallTalkHandler
from handlers.chat.statement_fate import StatementFateHandler
from handlers.chat.statement_votes import StatementVoteHandler
from handlers.chat.statements import StatementHandler
from handlers.chat.trials import TrialHandler
from handlers.chat.turn import Handler, Outcome, Turn
from handlers.chat.understood import understood
from handlers.chat.voice import VoiceHandler

FIRST: Final[tuple[Handler, ...]] = (EmergencyHandler(), LeavingHandler(), FloodHandler())
HANDLERS: Final[tuple[Handler, ...]] = (
    OfficersHandler(),  # takes a linked officer's own words and buttons, nothing else
    FollowHandler(),
    SlipHandler(),  # a code that is typed is never taken for an answer or a voice
    TrialHandler(),
    FirstUseHandler(),
    PollHandler(),
    StatementHandler(),
    StatementFateHandler(),
    StatementVoteHandler(),
    DistrictHandler(),
    SettingsHandler(),
    MyDataHandler(),
    LanguageHandler(),
    ActivitiesHandler(),
    SignUpHandler(),
    DeadlinesHandler(),
    VoiceHandler(),
    RoundTableHandler(),
    AnnouncementsHandler(),
    CircularHandler(),
    InquiriesHandler(),
    ConsentHandler(),
    HomeHandler(),
    AttachmentHandler(),
    AskersHandler(),
    RatingsHandler(),
    FollowUpHandler(),
    SmallTalkHandler(),
    QuestionHandler(),
    OldButtonHandler(),
    NothingHandler(),
)


def react(turn: Turn) -> Outcome:
    """What the bot does with a turn."""
    for handler in FIRST:
        if handler.wants(turn):
            return handler.handle(turn)
    turn = commanded(understood(turn))
    if not _has_met_us(turn) and (named := registration.names_a_district(turn)):
        return registration.meet(turn, named)
    outcome = _outside(turn) or _handled(turn)
    if not _has_met_us(turn):
        outcome = _and_greet(turn, outcome)
    return with_new_version(turn, _back_again(turn, outcome))


def _handled(turn: Turn) -> Outcome:
    return next(handler for handler in HANDLERS if handler.wants(turn)).handle(turn)


def _outside(turn: Turn) -> Outcome | None:
    """A number beyond the list: said so, and the list again."""
    here = turn.state.get("here")
    if turn.action != "home.number" or not here or not turn.fields.get("of", "0").strip("0"):
        return None
    shown = _handled(turn.pressed(here[1], **here[2]))
    return replace(shown, messages=[Text(turn.say("chat.number_outside", last=turn.fields["of"])), *shown.messages])


def _has_met_us(turn: Turn) -> bool:
    return (
        turn.resident is not None
        or turn.event.kind == "follow"
        or not turn.event.kind.startswith(("message/", "postback"))
    )


def _and_greet(turn: Turn, outcome: Outcome) -> Outcome:
    """Somebody we do not know wrote: answered first, then greeted like a new friend."""
    first = registration.begin(turn, before=registration.greeting(turn))
    state = dict(first.state or {})
    if outcome.state and "question" in outcome.state:
        state["question"] = outcome.state["question"]
    before: Sequence[Message] = [] if turn.action.startswith(("register.", "district.")) else outcome.messages
    said = [*before, *first.messages][-MAX_MESSAGES:]
    return replace(outcome, messages=[*_without_choices(said[:-1]), said[-1]], state=state)


def _without_choices(messages: Sequence[Message]) -> list[Message]:
    """Only the last message's choices are shown by LINE."""
    return [replace(message, choices=()) for message in messages]


def _back_again(turn: Turn, outcome: Outcome) -> Outcome:
    """Somebody who had left writes: LINE may have lost the follow event."""
    if turn.resident is None or turn.resident.state == "active" or turn.event.kind in {"follow", "unfollow", "unsend"}:
        return outcome
    inner = outcome.write

    def write(session: Session, resident: Resident) -> Sequence[Message] | None:
        residents.come_back(resident, turn.now)
        return inner(session, resident) if inner else None

    return replace(outcome, write=write)
