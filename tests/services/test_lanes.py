"""Who gets an announcement at once and who with a digest, in which language; digests told once. Both databases."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from bot.core import digests as hours
from bot.models import Announcement, AnnouncementBatch, AnnouncementText, DigestRecipient, LedgerSheet, OutboxMessage
from bot.now import JST, real_now
from bot.services import digests, freezing, lanes, outbox, pages, residents
from bot.services.outbox import At
from scheduler import retention
from tests.support.announcing import CITY, Office, open_office

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=JST)  # a Tuesday
EVENING = datetime(2026, 11, 24, 18, 0, tzinfo=JST)


@pytest.fixture
def office(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(pages, "SIZE", 2)  # people of one announcement stand on several pages
    with open_office(database_url, tmp_path) as opened:
        yield opened


def frozen(office: Office, title: str, now: datetime, texts: tuple[str, ...] = (), **values: Any) -> int:
    """One to everybody, as if approved, fixed at this moment."""
    author = office.person("city").id
    with office.database.write() as session:
        row = Announcement(
            municipality_id=CITY, state="scheduled", author_id=author, sender="協議会", title=title, body=title,
            audience="city", send_at=now, created_at=now, **{"messages": messages(title), **values},
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add_all(
            AnnouncementText(
                announcement_id=row.id, language=language, municipality_id=CITY, title=f"{title} {language}", body="",
                messages=messages(f"{title} {language}"),
            )
            for language in texts
        )  # fmt: skip
        done = freezing.freeze(session, office.context.sealer, office.context.keystore, row.id, now, real_now())
        assert done is not None
        assert done.state == "sending", done.comment
        return row.id


def messages(text: str) -> bytes:
    return json.dumps([{"type": "text", "text": text, "quickReply": {"items": [text]}}]).encode()


def ledger(office: Office, announcement_id: int) -> dict[str, tuple[str, str]]:
    """LINE user -> language and lane, as both parts of the ledger hold them."""
    people = {office.resident(one).id: one for one in office.everybody}
    with office.database.read() as session:
        sheets = session.scalars(select(LedgerSheet).where(LedgerSheet.announcement_id == announcement_id)).all()
        rows = session.scalars(select(DigestRecipient).where(DigestRecipient.announcement_id == announcement_id)).all()
    now = {people[one]: (sheet.variant, "now") for sheet in sheets for one in json.loads(sheet.resident_ids)}
    return now | {people[row.resident_id]: (row.variant, row.lane) for row in rows}


def settle(office: Office) -> list[list[dict[str, Any]]]:
    """Whatever digests put into the outbox: each request's messages."""
    sealer = office.context.sealer
    with office.database.read() as session:
        rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        return [json.loads(sealer.open(row.body or b"", outbox.BODY_CONTEXT + CITY)) for row in rows]


def tell(office: Office, now: datetime) -> int:
    with office.database.write() as session:
        at = At(now, real_now())
        found = digests.waiting(session, now)
        return sum(digests.tell(session, office.context.sealer, city, resident, at) for city, resident in found)


def people(office: Office, **of: dict[str, Any]) -> dict[str, str]:
    office.everybody = office.residents(len(of))
    found = dict(zip(of, office.everybody, strict=True))
    for name, values in of.items():
        office.change(found[name], **values)
    return found


def test_lanes_and_languages_and_one_batch_a_language(office: Office):
    who = people(
        office, a={}, b={"language": "pt"}, c={"language": "vi"}, d={"frequency": "morning"},
        e={"frequency": "weekly", "language": "pt"},
    )  # fmt: skip
    one = frozen(office, "清掃", NOON, ("easy-ja", "pt"))
    assert ledger(office, one) == {
        who["a"]: ("ja", "now"), who["b"]: ("pt", "now"), who["c"]: ("easy-ja", "now"), who["d"]: ("ja", "morning"),
        who["e"]: ("pt", "weekly"),
    }  # fmt: skip
    batches = [(one.variant, one.count) for one in office.batches(one)]
    assert sorted(batches) == [("easy-ja", 1), ("ja", 1), ("pt", 1)]
    assert (office.read(one).recipients, office.read(one).in_digests) == (3, 2)
    urgent = frozen(office, "中止", NOON, urgency="cancellation")
    assert {lane for _, lane in ledger(office, urgent).values()} == {"now"}
    slip = frozen(office, "連絡票", NOON, kind="slip")
    assert {lane for _, lane in ledger(office, slip).values()} == {"now"}


def test_what_exceeds_the_weekly_cap_joins_the_next_digest_and_is_counted_beforehand(office: Office):
    who = people(office, a={}, b={}, c={"frequency": "evening"})
    for number in (1, 2):
        frozen(office, f"{number}", NOON - timedelta(days=number))
    frozen(office, "急ぎ", NOON - timedelta(hours=1), urgency="emergency")  # counts for nobody's week
    newcomer = office.residents(1)[0]
    office.everybody.append(newcomer)
    author = office.person("city").id
    with office.database.write() as session:
        planned = Announcement(
            municipality_id=CITY, state="draft", author_id=author, sender="s", title="t", body="b", audience="city",
            send_at=NOON, created_at=NOON,
        )  # fmt: skip
        session.add(planned)
        session.flush()
        found = lanes.forecast(session, planned, NOON)
    assert (found.now, found.later, found.over_cap, found.cap) == (1, {"evening": 3}, 2, 2)
    third = frozen(office, "3", NOON)
    assert {user: lane for user, (_, lane) in ledger(office, third).items()} == {
        who["a"]: "evening", who["b"]: "evening", who["c"]: "evening", newcomer: "now",
    }  # fmt: skip
    later = frozen(office, "8日後", NOON + timedelta(days=8))
    assert ledger(office, later)[who["a"]] == ("ja", "now")


def test_a_digest_is_one_request_told_once_without_what_was_called_off(office: Office):
    people(office, a={"frequency": "evening", "language": "en"})
    ids = [frozen(office, f"お知らせ{n}", NOON + timedelta(minutes=n)) for n in range(6)]
    with office.database.write() as session:
        session.get_one(Announcement, ids[5]).state = "cancelled"
    assert tell(office, EVENING - timedelta(seconds=1)) == 0
    assert tell(office, EVENING) == 1
    assert tell(office, EVENING + timedelta(days=3)) == 0, "a jump of the clock tells nobody again"
    ((overview, *shown),) = settle(office)
    assert overview["type"] == "flex"
    assert "(5)" in overview["altText"]
    assert "お知らせ4" in overview["altText"]
    assert [one["text"] for one in shown] == ["お知らせ0", "お知らせ1", "お知らせ2", "お知らせ3"]
    assert ["quickReply" in one for one in (overview, *shown)] == [False, False, False, False, True]


def test_changing_the_frequency_takes_along_what_waits(office: Office):
    (line_id,) = people(office, a={"frequency": "weekly"}).values()
    frozen(office, "清掃", NOON)
    with office.database.write() as session:
        resident = residents.find(session, office.context.sealer, CITY, line_id)
        assert resident is not None
        digests.choose(session, resident, "at_once", NOON)
    assert tell(office, hours.following("evening", NOON)) == 1


def test_a_correction_goes_at_once_to_who_got_it_and_replaces_what_waits(office: Office):
    who = people(office, a={}, b={"frequency": "evening"}, c={})
    first = frozen(office, "清掃", NOON)
    office.everybody += office.residents(1)  # became a friend after it was sent
    office.change(who["c"], state="left", left_at=NOON)
    second = frozen(office, "【訂正】清掃", NOON + timedelta(hours=1), corrects_id=first)
    assert ledger(office, second) == {who["a"]: ("ja", "now"), who["b"]: ("ja", "now")}
    assert tell(office, EVENING) == 0


def test_who_is_erased_leaves_nothing_in_the_ledger(office: Office):
    line_id, other, late = people(office, a={}, b={}, c={"frequency": "weekly"}).values()
    one = frozen(office, "清掃", NOON)
    for gone in (line_id, late):
        with office.database.write() as session:
            resident = residents.find(session, office.context.sealer, CITY, gone)
            assert resident is not None
            residents.erase(office.context, session, resident)
    office.everybody = [other]
    assert ledger(office, one) == {other: ("ja", "now")}
    with office.database.write() as session:
        resident = residents.find(session, office.context.sealer, CITY, other)
        assert resident is not None
        residents.erase(office.context, session, resident)
    with office.database.read() as session:
        assert session.scalars(select(LedgerSheet)).all() == session.scalars(select(DigestRecipient)).all() == []


def test_who_is_erased_while_it_is_being_frozen_is_not_in_it(office: Office):
    gone, other = people(office, a={}, b={}).values()

    def erase() -> None:
        with office.database.write() as session:
            resident = residents.find(session, office.context.sealer, CITY, gone)
            assert resident is not None
            residents.erase(office.context, session, resident)

    def meanwhile(*statement: object) -> None:  # the page has been read, nothing is written yet
        if "line_id" in str(statement[2]) and thread.ident is None:
            thread.start()
            thread.join(0.5)

    thread = threading.Thread(target=erase)
    event.listen(office.database.writing_engine, "after_cursor_execute", meanwhile)
    one = frozen(office, "清掃", NOON)
    thread.join()
    event.remove(office.database.writing_engine, "after_cursor_execute", meanwhile)
    office.everybody = [other]
    assert ledger(office, one) == {other: ("ja", "now")}
    assert [batch.count for batch in office.batches(one) if batch.state == "waiting"] == [1]


def test_a_missed_time_is_sent_late_or_dropped_by_its_own_rule(office: Office):
    people(office, a={})
    author = office.person("city").id
    with office.database.write() as session:
        rows = [
            Announcement(
                municipality_id=CITY, state="scheduled", author_id=author, sender="s", title=f"{hours}", body="b",
                audience="city", send_at=NOON, created_at=NOON, messages=b"[]", late_hours=hours,
            )
            for hours in (0, 24, 72)
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]
    after = NOON + timedelta(days=3)
    assert office.delivery.freeze_due(NOON + timedelta(hours=12)) == 0, "at midnight nothing goes"
    assert office.delivery.freeze_due(after) == 1
    assert [office.read(one).state for one in ids] == ["refused", "refused", "sending"]
    assert "決めてあったとおり" in (office.read(ids[0]).comment or "")
    with office.database.read() as session:
        assert {one.announcement_id for one in session.scalars(select(AnnouncementBatch))} == {ids[2]}


def test_the_ledger_goes_sixty_days_after_sending(office: Office):
    people(office, a={}, b={"frequency": "weekly"})
    frozen(office, "古い", NOON)
    kept = frozen(office, "新しい", NOON + timedelta(days=10))
    assert retention.apply(office.context, NOON + timedelta(days=60, seconds=1))["ledger"] == 2
    with office.database.read() as session:
        found = [
            one.announcement_id for table in (LedgerSheet, DigestRecipient) for one in session.scalars(select(table))
        ]
    assert found == [kept, kept]
