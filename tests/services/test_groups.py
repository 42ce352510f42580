"""Groups: what is narrowed to their association reaches them, what is narrowed by people never does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import BadInputError
from bot.models import Announcement, GroupChat, OutboxMessage
from bot.services import announcement_draft, groups
from bot.services.announcement_draft import Draft
from bot.services.announcement_filters import Filters
from bot.services.outbox import At
from tests.support.polling import CITY, NOW, Polling


@pytest.fixture
def polling(context):
    return Polling(context)


def test_what_is_narrowed_by_people_cannot_be_for_groups(polling):
    new = Draft("お知らせ", "本文です。", "協議会", "home", (polling.district,), to_groups=True)
    narrowed = Draft(
        "お知らせ",
        "本文です。",
        "協議会",
        "home",
        (polling.district,),
        filters=Filters(neighbourhoods=("本町",), languages=("en",)),
        to_groups=True,
    )
    with polling.context.database.read() as session:
        assert announcement_draft.tidied(session, CITY, new).to_groups
        with pytest.raises(BadInputError, match="町内会・区だけでしぼれます"):
            announcement_draft.tidied(session, CITY, narrowed)


@pytest.mark.parametrize(
    ("filters", "sent"),
    [
        ({}, 1),
        ({"untold_days": 7}, 0),
        ({"neighbourhoods": ["本町町内会"]}, 1),
        ({"neighbourhoods": ["中町"]}, 0),
        ({"neighbourhoods": ["本町"], "languages": ["en"]}, 0),
        ({"unknown": 1}, 0),
    ],
)
def test_a_group_is_handed_what_is_for_its_association_and_nothing_narrowed_by_people(polling, filters, sent):
    with polling.context.database.write() as session:
        line_id = polling.context.sealer.seal_id("C" + "1" * 32, CITY)
        group = groups.joined(session, polling.context.sealer, CITY, line_id, NOW)
        group.members, group.neighbourhood = 12, "本町"
        row = Announcement(
            municipality_id=CITY, state="sent", author_id=polling.officer.id, sender="協議会", title="お知らせ", body="",
            audience="city", created_at=NOW, frozen_at=NOW, messages=b"[]", to_groups=True, filters=filters,
        )  # fmt: skip
        session.add(row)
        session.flush()
        group.district_id = polling.district
        session.flush()
        assert groups.cost_of(session, row) == 12 * sent
        at = At(NOW, datetime.now(UTC))
        assert groups.hand_out(session, polling.context.sealer, at) == sent
        assert groups.hand_out(session, polling.context.sealer, at) == 0
        assert session.query(OutboxMessage).filter(OutboxMessage.group_id == group.id).count() == sent
        assert session.query(GroupChat).count() == 1
