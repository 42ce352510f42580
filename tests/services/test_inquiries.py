"""How long inquiries are kept: closing by themselves, cut from who wrote them, erased; reminders; keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.sealing import Sealer, new_key
from bot.models import Alert, Inquiry, InquiryLetter, InquiryLink, Municipality, OutboxMessage
from bot.services import inquiries, inquiry_keeping, inquiry_links
from bot.services.inquiries import Written
from tests.support.polling import NOW
from tests.support.polling import Polling as People

CITY = "fuji"


@pytest.fixture
def context(context, database):
    """SQLite and PostgreSQL in turn."""
    return replace(context, database=database)


@pytest.fixture
def people(context):
    return People(context)


def made(context, people, **changes):
    """One inquiry of a resident."""
    resident = people.resident(1)
    with context.database.write() as session:
        token = inquiry_links.new_token()
        link = inquiry_links.add_form(session, CITY, token, resident, "ja", NOW, 24)
        row = inquiries.send(context, session, link, Written("本文です", contact="0545-12-3456"), NOW)
        for name, value in changes.items():
            setattr(row, name, value)
        return row.id


def get(context, inquiry_id):
    with context.database.read() as session:
        return session.get(Inquiry, inquiry_id)


def act(context, rule, now):
    with context.database.write() as session:
        return rule(context, session, now)


def test_the_text_and_what_goes_to_line_are_stored_together_or_not_at_all(context, people):
    resident = people.resident(1)

    def killed_before_the_commit():
        with context.database.write() as session:
            link = inquiry_links.add_form(session, CITY, "t", resident, "ja", NOW, 24)
            inquiries.send(context, session, link, Written("本文です"), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        killed_before_the_commit()
    with context.database.read() as session:
        assert session.scalars(select(Inquiry)).all() == []
        assert session.scalars(select(OutboxMessage)).all() == []


def test_an_answer_nobody_reacted_to_closes_when_it_can_no_longer_be_read(context, people):
    days = context.settings.inquiry_open_days
    inquiry_id = made(context, people, state="answered", answered_at=NOW)
    assert act(context, inquiry_keeping.close_read, NOW + timedelta(days=days - 1)) == 0
    assert act(context, inquiry_keeping.close_read, NOW + timedelta(days=days)) == 1
    assert get(context, inquiry_id).state == "closed"


def test_closed_ones_forget_who_wrote_them_and_go_at_last(context, people):
    settings = context.settings
    inquiry_id = made(context, people, state="closed", closed_at=NOW)
    assert act(context, inquiry_keeping.cut, NOW + timedelta(days=settings.inquiry_cut_days - 1)) == 0
    assert act(context, inquiry_keeping.cut, NOW + timedelta(days=settings.inquiry_cut_days)) == 1
    row = get(context, inquiry_id)
    assert (row.resident_id, row.contact, row.secret) == (None, None, None)
    with context.database.read() as session:
        assert session.scalars(select(InquiryLink)).all() == []
        assert session.scalars(select(InquiryLetter.outbox_id)).all() == [None]
        assert [one.text for one in inquiries.letters(context, session, row)] == ["本文です"]
    assert act(context, inquiry_keeping.erase, NOW + timedelta(days=settings.inquiry_keep_days)) == 1
    with context.database.read() as session:
        assert session.scalars(select(InquiryLetter)).all() == []


def test_a_number_is_never_given_twice(context, people):
    first = made(context, people, state="closed", closed_at=NOW)
    act(context, inquiry_keeping.erase, NOW + timedelta(days=4000))
    with context.database.write() as session:
        link = inquiry_links.add_form(session, CITY, "x", None, "ja", NOW, 24)
        assert inquiries.send(context, session, link, Written("次"), NOW).id > first


def test_staff_are_told_of_who_waits_too_long_until_they_are_answered(context, people):
    inquiry_id = made(context, people)
    late = NOW + timedelta(days=context.settings.inquiry_promise_days, minutes=1)

    def alerts():
        with context.database.read() as session:
            return [(row.kind, row.count) for row in session.scalars(select(Alert))]

    act(context, inquiry_keeping.remind, NOW)
    assert alerts() == []
    act(context, inquiry_keeping.remind, late)
    act(context, inquiry_keeping.remind, late)
    assert alerts() == [("inquiry_overdue", 1)]
    with context.database.write() as session:
        session.get_one(Inquiry, inquiry_id).state = "answered"
    act(context, inquiry_keeping.remind, late)
    assert alerts() == []


def test_texts_are_sealed_anew_when_the_key_changes(context, people):
    inquiry_id = made(context, people)
    old = context.settings.keys.get_secret_value()
    both = Sealer.parse(f"2:{new_key()},{old}")
    with context.database.write() as session:
        assert inquiry_keeping.reseal(session, both, 0, 10) == (inquiry_id, 2)  # the letter and the contact
    with context.database.write() as session:
        assert inquiry_keeping.reseal(session, both, 0, 10) == (inquiry_id, 0)
        letter = session.scalars(select(InquiryLetter)).one()
        assert both.version_of(letter.body) == 2
        assert both.open(letter.body, inquiries.sealing_place(CITY, inquiry_id)).decode() == "本文です"
        assert inquiry_keeping.reseal(session, both, inquiry_id, 10) == (0, 0)


def test_a_text_opens_in_its_own_inquiry_only(context, people):
    inquiry_id = made(context, people)
    with context.database.read() as session:
        row, letter = session.get(Inquiry, inquiry_id), session.scalars(select(InquiryLetter)).one()
        assert session.get(Municipality, CITY) is not None
    row.id += 1
    with pytest.raises(Exception, match="damaged or belongs elsewhere"):
        inquiries.unseal(context, row, letter.body)
