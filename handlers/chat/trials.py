"""試し送り: whoever types the code that the console shows sees an announcement exactly as it will arrive."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.errors import BadInputError
from bot.line.render import Message, Ready, Text
from bot.models import Resident
from bot.services import announcement_card, trials
from handlers.chat import screens
from handlers.chat.turn import Outcome, Turn


class TrialHandler:
    """`ためし 482 9137`, once: the very JSON that will be sent, as a free reply."""

    def wants(self, turn: Turn) -> bool:
        return bool(turn.text) and trials.typed(turn.text) is not None

    def handle(self, turn: Turn) -> Outcome:
        digits = trials.typed(turn.text) or ""
        row = trials.find(turn.session, turn.municipality, digits, turn.now)
        over = [Text(turn.say("trial.over"), screens.ways_out(turn))]
        if row is None:
            return Outcome(over)
        try:
            messages = announcement_card.preview(turn.session, turn.context.sealer, row, turn.now, turn.speaks)
        except BadInputError:
            return Outcome([Text(turn.say("trial.too_long"), screens.ways_out(turn))])

        def write(session: Session, _resident: Resident) -> Sequence[Message] | None:
            return None if trials.use(session, turn.municipality, digits) else over

        return Outcome([Ready(one) for one in messages], None, write)
