"""The end of a role: told 60, 30 and 7 days before, cut the day after, drafting only; what was approved is still sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.core.permissions import Actor
from bot.models import OfficerLink, Resident, Staff, StaffRole
from bot.now import JST
from bot.services import announcements, circulars, handover, officer_links, officer_notes, printing, role_ends, staff
from bot.services.circulars import NewRule
from content.issue_days import IssueRule, of_weekdays
from tests.support.announcing import CITY, Office, open_office

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
END = date(2027, 3, 31)


@pytest.fixture
def small(template: Path, tmp_path: Path) -> Iterator[Office]:
    import shutil

    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path) as opened:
        yield opened


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=JST)


def link(office: Office, actor: Actor) -> None:
    line = office.residents(1, "今泉")[0]
    with office.database.write() as session:
        session.add(
            OfficerLink(
                staff_id=actor.id, municipality_id=CITY, resident_id=office.resident(line).id, linked_at=NOW
            )
        )  # fmt: skip


def test_the_person_and_the_admin_are_told_at_60_30_and_7_days(small: Office) -> None:
    officer, admin = small.person("officer", "今泉", until=END), small.person("admin")
    small.person("chair", "今泉", until=END + timedelta(days=200))

    def told(day: date, hour: int = 10) -> set[tuple[int, str]]:
        with small.database.read() as session:
            notes = officer_notes.due(session, CITY, [officer.id or 0, admin.id or 0], at(day, hour))
        return {(one.staff_id, one.subject.rsplit(":", 1)[1]) for one in notes if one.kind == "role_end"}

    assert told(END - timedelta(days=61)) == set()
    assert told(END - timedelta(days=60)) == {(officer.id, "60"), (admin.id, "60")}
    assert told(END - timedelta(days=31)) == {(officer.id, "60"), (admin.id, "60")}  # the same subject: told once
    assert told(END - timedelta(days=30)) == {(officer.id, "30"), (admin.id, "30")}
    assert told(END - timedelta(days=7)) == {(officer.id, "7"), (admin.id, "7")}
    assert told(END - timedelta(days=7), 22) == set()  # not at night
    assert told(END + timedelta(days=1)) == set()
    assert "あと7日" in role_ends.mine(officer, CITY, END - timedelta(days=7))[0]
    assert "下書きだけ" in role_ends.mine(officer, CITY, END + timedelta(days=1))[0]
    assert role_ends.mine(officer, CITY, END + timedelta(days=61)) == []


def test_the_day_after_sessions_and_links_are_cut_and_what_was_approved_is_sent(small: Office) -> None:
    officer, chair = small.person("officer", "今泉", until=END), small.person("chair", "今泉")
    admin = small.person("admin")
    link(small, officer)
    reached = small.residents(2, "今泉")
    with small.database.write() as session:
        later = small.draft("今泉", title="四月の総会", send_at=at(END + timedelta(days=5)))
        row = announcements.draft(session, CITY, officer, later, at(END))
        announcements.submit(session, row, officer, at(END))
        announcements.approve(session, row, chair, row.version, at(END), sealer=small.context.sealer)
        number = row.id
    with small.database.write() as session:
        assert (role_ends.any_over(session, at(END, 23)), role_ends.cut_ended(session, at(END, 23))) == (False, 0)
        assert officer_links.cut_ended(session, at(END, 23)) == 0
        morning = at(END + timedelta(days=1), 0)
        assert role_ends.cut_ended(session, morning) == 1
        assert role_ends.cut_ended(session, morning) == 0
        assert officer_links.cut_ended(session, morning) == 1
        person = session.get_one(Staff, officer.id)
        assert person.session_version == 2
        today = END + timedelta(days=1)
        here = (small.districts["今泉"],)
        assert officer.may("announcement.write", CITY, today, here)
        assert not any(
            officer.may(right, CITY, today, here)
            for right in ("announcement.approve", "announcement.cancel", "slip.write")
        )
        assert not officer.may("announcement.write", CITY, END + timedelta(days=61), here)
        # A role given for another year is cut again only at its new end.
        role = session.scalars(select(StaffRole).where(StaffRole.staff_id == officer.id)).one()
        again = staff.Role("officer", here, END + timedelta(days=365))
        staff.change_role(session, role, again, morning, admin)
        assert role_ends.cut_ended(session, morning) == 0
    small.delivery.freeze_due(at(END + timedelta(days=5)))
    with small.database.read() as session:
        assert announcements.get(session, CITY, number).recipients == len(reached) + 1
        assert session.scalars(select(Resident.id)).first() is not None


def test_the_sheet_lists_what_runs_for_the_successor_on_a_page_and_as_pdf(small: Office) -> None:
    officer, chair = small.person("officer", "今泉", until=END), small.person("chair", "今泉")
    small.residents(1, "今泉")
    with small.database.write() as session:
        place = small.districts["今泉"]
        circulars.set_rule(session, CITY, officer, place, NewRule(IssueRule(of_weekdays((1, 3), 3))), 0, NOW)
        row = announcements.draft(session, CITY, officer, small.draft("今泉", title="四月の総会", send_at=at(END)), NOW)
        announcements.submit(session, row, officer, NOW)
        announcements.approve(session, row, chair, row.version, NOW, sealer=small.context.sealer)
        announcements.draft(session, CITY, officer, small.draft("今泉", title="書きかけ"), NOW)
        sheet = handover.sheet(session, CITY, place, at(END + timedelta(days=1)))
        elsewhere = handover.sheet(session, CITY, small.districts["岩松"], NOW)
    parts = {part.title: part.rows for part in sheet.sections}
    assert [name for name, _ in parts["予約してあるお知らせ"]] == ["四月の総会", "書きかけ"]
    assert "そのまま送られます" in parts["予約してあるお知らせ"][0][1]
    assert parts["回覧"][0][1].startswith("毎月 第1・第3木曜日")
    assert "2027年3月31日(水)に終わりました" in dict(parts["書く人・承認する人"])["officer"]
    assert dict(parts["書く人・承認する人"])["chair"].startswith("書く・承認する")
    assert all(not part.rows for part in elsewhere.sections)
    from dataclasses import asdict

    assert printing.pdf("handover.typ", asdict(sheet)).startswith(b"%PDF")
