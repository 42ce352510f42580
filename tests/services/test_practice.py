"""The room for practice: made of a municipality, apart from it, gone without a trace; and nothing of it to LINE."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from bot.core import practice as rules
from bot.db import Base
from bot.errors import BadInputError, ConflictError
from bot.line.client import LineClient, Outcome
from bot.models import AuditRow, Channel, District, Municipality, PracticeMessage, Resident, StaffRole
from bot.services import practice, staff
from bot.services.channels import ChannelBook
from bot.services.context import Context
from bot.services.practice_phones import PracticePhones, buttons, user_of
from bot.simulator.server import Simulator
from tests.support.console import Office

ROOM = "fuji-practice"
HELLO = json.dumps([{"type": "text", "text": "こんにちは"}]).encode()


def opened(office: Office) -> Context:
    admin = office.hire("admin")
    with office.context.database.write() as session:
        assert practice.start(session, office.context.sealer, "fuji", admin.actor, office.context.clock()) == ROOM
    return office.context


def test_a_room_has_the_districts_sample_residents_and_everybodys_roles(cities: Context) -> None:
    office = Office(cities)
    officer = office.hire("officer", "今泉", "吉原")
    context = opened(office)
    with context.database.read() as session:
        assert session.get_one(Municipality, ROOM).name == "富士市(練習)"
        places = session.scalars(select(District).where(District.municipality_id == ROOM)).all()
        assert len(places) == 26
        assert len(practice.neighbours(session, ROOM)) == 26 * practice.NEIGHBOURS
        mine = {one.id for one in places if one.name in {"今泉", "吉原"}}
        actor = staff.actor(session, session.get_one(staff.Staff, officer.id))
        assert {grant.districts for grant in actor.grants if grant.municipality == ROOM} == {frozenset(mine)}
        assert session.get(Channel, ROOM) is None
    with context.database.write() as session, pytest.raises(ConflictError):
        practice.start(session, context.sealer, "fuji", officer.actor, context.clock())


def test_roles_follow_what_changed_outside(cities: Context) -> None:
    office = Office(cities)
    officer = office.hire("officer", "今泉")
    context = opened(office)
    with context.database.write() as session:
        row = session.scalars(select(StaffRole).where(StaffRole.staff_id == officer.id)).first()
        staff.revoke(session, row, context.clock(), officer.actor)
        practice.match_people(session, "fuji")
    with context.database.read() as session:
        assert staff.actor(session, session.get_one(staff.Staff, officer.id)).grants == ()
        assert practice.partner_of(session, ROOM).active is False


def test_some_rights_do_not_exist_in_a_room(cities: Context) -> None:
    office = Office(cities)
    admin = office.hire("admin")
    opened(office)
    assert admin.actor.may("staff.manage", "fuji", office.context.clock().date())
    everyone = office.hire("admin", city=None).actor
    for right in rules.NOT_HERE:
        assert not everyone.may(right, ROOM, office.context.clock().date()), right


def test_the_end_leaves_no_row_and_no_key(cities: Context) -> None:
    office = Office(cities)
    context = opened(office)
    author, admin = office.hire("city", city=ROOM), office.hire("admin")
    announcement = office.submitted(author, "今泉", city=ROOM)
    context.keystore.create(f"{ROOM}/{announcement}")
    context.keystore.create("fuji/7")
    with context.database.write() as session:
        assert practice.approve_all(session, context.sealer, ROOM, context.clock()) == (1, "")
    with context.database.write() as session:
        practice.end(session, "fuji", admin.actor, context.clock())
    practice.forget_keys(context.keystore, "fuji")
    with context.database.read() as session:
        left = {
            name: session.scalar(select(func.count()).select_from(table).where(table.c.municipality_id == ROOM))
            for name, table in Base.metadata.tables.items()
            if "municipality_id" in table.columns
        }
        assert {name for name, count in left.items() if count} == set()
        assert session.get(Municipality, ROOM) is None
        acts = session.scalars(select(AuditRow.action).where(AuditRow.municipality_id == "fuji")).all()
        assert "practice.end" in acts
        assert session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.municipality_id == ROOM)) == 0
    assert set(context.keystore.everything()) == {"fuji/7"}
    with context.database.write() as session, pytest.raises(ConflictError):
        practice.end(session, "fuji", admin.actor, context.clock())


def test_without_districts_there_is_no_room(context: Context) -> None:
    with context.database.write() as session:
        session.add(Municipality(id="new", name="新市", code="222101"))
        session.flush()
        with pytest.raises(BadInputError, match="地区"):
            practice.start(session, context.sealer, "new", staff.SYSTEM, context.clock())


def test_no_call_with_a_rooms_token_goes_over_the_wire(cities: Context) -> None:
    """Every way of the client, with a control: the same call with a real token is seen by LINE."""
    context = opened(Office(cities))
    simulator = Simulator()
    simulator.start()
    client = LineClient(simulator.url, phones=PracticePhones(context.database, context.sealer, context.clock))
    token = ChannelBook(context.database, context.sealer).get(ROOM).token
    with context.database.read() as session:
        phone = practice.neighbours(session, ROOM)[0]
        user = user_of(context.sealer, phone)
    try:
        sent = [
            client.push(token, user, HELLO, "k"),
            client.multicast(token, json.dumps([user]).encode(), HELLO, "k"),
            client.reply(token, f"practice-{user}/1", HELLO),
        ]
        assert {answer.outcome for answer in sent} == {Outcome.ACCEPTED}
        other = [
            client.call("GET", "/v2/bot/info", token),
            client.upload("/v2/bot/richmenu/1/content", token, b"", "-"),
        ]
        bare = LineClient(simulator.url)
        other += [bare.push(token, user, HELLO, "k"), bare.multicast(token, b"[]", HELLO, "k")]
        assert {(answer.outcome, answer.status) for answer in other} == {(Outcome.REFUSED, None)}
        assert not simulator.world.counters.operations
        client.call("GET", "/v2/bot/info", "a-token-of-line")
        assert len(simulator.world.counters.operations) == 1
    finally:
        simulator.stop()
    with context.database.read() as session:
        kept = session.scalars(select(PracticeMessage).where(PracticeMessage.resident_id == phone.id)).all()
        assert [one.messages[0]["text"] for one in kept] == ["こんにちは"] * 3
        assert session.scalar(select(func.count()).select_from(Resident).where(Resident.municipality_id == "fuji")) == 0


def test_the_buttons_of_a_message_are_found_once() -> None:
    tap = {"type": "postback", "label": "参加する", "data": "v1"}
    card = {
        "type": "flex",
        "contents": {
            "type": "bubble",
            "body": {"contents": [{"type": "button", "action": tap}, {"type": "box", "action": tap, "contents": []}]},
            "footer": {
                "contents": [{"type": "button", "action": {"type": "uri", "label": "くわしく", "uri": "https://x"}}]
            },
        },
        "quickReply": {"items": [{"action": {"type": "message", "label": "もどる", "text": "もどる"}}]},
    }
    assert [(one.label, one.data, one.text) for one in buttons([card])] == [
        ("参加する", "v1", ""),
        ("もどる", "", "もどる"),
    ]
