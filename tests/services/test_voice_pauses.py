"""Voices that hurt others: after three the writer's pause, told with a code; nobody else learns who it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.permissions import Actor, Grant
from bot.errors import NotAllowedError, NotFoundError
from bot.models import AuditRow, OutboxMessage, Resident, VoicePause
from bot.now import real_now
from bot.services import moderation, statements, voice_pauses
from bot.services.moderation import Desk
from bot.services.outbox import At
from bot.services.statement_keys import of_today
from bot.services.statements import Voice
from tests.support.polling import CITY, NOW, Polling

CITY_STAFF = Actor(None, "市民協働課(見本)", (Grant("city", CITY),))


@pytest.fixture
def polling(context):
    return Polling(context)


def refused(polling, resident_id, times, reason="slander", *, wants_answer=True, at=NOW):
    """So many voices of one resident, each refused."""
    for number in range(times):
        key = of_today(polling.context.keystore, CITY, at)
        with polling.context.database.write() as session:
            resident = session.get_one(Resident, resident_id)
            line_id = polling.context.sealer.open_id(resident.line_id, CITY)
            voice = Voice(f"声{number}", line_id, None, wants_answer)
            given = statements.give(session, key, polling.context.sealer, resident, voice, at)
            assert given.result == "given"
            desk = Desk(CITY_STAFF, polling.context.sealer, At(at, real_now()))
            moderation.refuse(session, desk, CITY, given.statement.id, reason)


def again(polling, resident_id, at=NOW):
    key = of_today(polling.context.keystore, CITY, at)
    with polling.context.database.write() as session:
        resident = session.get_one(Resident, resident_id)
        line_id = polling.context.sealer.open_id(resident.line_id, CITY)
        return statements.give(session, key, polling.context.sealer, resident, Voice("もう1つ", line_id), at).result


def test_three_pause_and_the_code_alone_lifts_it(polling):
    writer = polling.resident(1)
    refused(polling, writer, 2)
    assert again(polling, writer) == "given"
    refused(polling, writer, 1)
    assert again(polling, writer) == "paused"
    with polling.context.database.write() as session:
        code = session.get_one(VoicePause, writer).code
        # The words of each refusal, and the pause's own.
        assert session.query(OutboxMessage).count() == 4
        assert voice_pauses.people(session, CITY, NOW) is None  # one person: not told that it is one
        assert voice_pauses.people(session, "tomioka", NOW) == 0
        with pytest.raises(NotAllowedError):
            voice_pauses.lift(session, CITY, polling.officer, code, NOW)
        with pytest.raises(NotFoundError):
            voice_pauses.lift(session, CITY, CITY_STAFF, "00000000", NOW)
        voice_pauses.lift(session, CITY, CITY_STAFF, f"{code[:4]}-{code[4:]}", NOW)
        lifted = session.query(AuditRow).filter(AuditRow.action == "voice.lift").one()
        assert (lifted.target, lifted.details) == ("voice", {})
    assert again(polling, writer, NOW + timedelta(days=1)) == "given"


def test_what_does_not_count(polling):
    other_reason, unlinked, slow = (polling.resident(number) for number in (1, 2, 3))
    refused(polling, other_reason, 3, "advert")
    refused(polling, unlinked, 3, wants_answer=False)
    refused(polling, slow, 2)
    refused(polling, slow, 1, at=NOW + timedelta(days=91))
    for resident in (other_reason, unlinked):
        assert again(polling, resident) == "given"
    with polling.context.database.write() as session:
        assert voice_pauses.of(session, session.get_one(Resident, slow), NOW + timedelta(days=91)) is None
        assert voice_pauses.forget(session, NOW + timedelta(days=200)) == 1


def test_it_ends_by_itself(polling):
    writer = polling.resident(1)
    refused(polling, writer, 3)
    assert again(polling, writer, NOW + timedelta(days=30, minutes=1)) == "given"
