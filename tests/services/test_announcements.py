"""Announcements: who may do what, when, once; reach, quota, looks. On SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.line.limits import check, utf16
from bot.models import Announcement, AuditRow, Municipality, Poll
from bot.now import JST, real_now
from bot.services import announcement_texts, announcements, polls
from bot.services.announcement_draft import Particulars
from bot.services.announcements import Quota
from tests.support.announcing import CITY, Office, open_office
from tests.support.reading import labels, words

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def small(template: Path, tmp_path: Path) -> Iterator[Office]:
    """The same on SQLite only, for rules that do not depend on the database."""
    import shutil

    shutil.copyfile(template, tmp_path / "entaku.db")
    with open_office(f"sqlite:///{tmp_path / 'entaku.db'}", tmp_path) as opened:
        yield opened


def submitted(office: Office, author, draft=None, now=NOW) -> int:
    with office.database.write() as session:
        row = announcements.draft(session, CITY, author, draft or office.draft("今泉"), now)
        announcements.submit(session, row, author, now)
        return row.id


def approve(office: Office, announcement_id: int, actor, now=NOW, version: int | None = None) -> Announcement:
    with office.database.write() as session:
        row = announcements.get(session, CITY, announcement_id)
        announcements.approve(session, row, actor, version or row.version, now, sealer=office.context.sealer)
        return row


# --- the way from draft to schedule ----------------------------------------------------------------


def test_an_officer_writes_a_second_person_approves_and_each_step_is_in_the_audit(office: Office):
    office.residents(3, "今泉")
    author, chair = office.person("officer", "今泉"), office.person("chair", "今泉")
    announcement_id = submitted(office, author)
    row = approve(office, announcement_id, chair)
    assert (row.state, row.approver_id, row.send_at) == ("scheduled", chair.id, NOW)
    with office.database.read() as session:
        trail = session.scalars(
            select(AuditRow.action).where(AuditRow.target == f"announcement:{announcement_id}").order_by(AuditRow.id)
        ).all()
    assert trail == ["announcement.draft", "announcement.submit", "announcement.approve"]


def test_nobody_approves_their_own(small: Office):
    small.residents(1, "今泉")
    author = small.person("chair", "今泉")
    announcement_id = submitted(small, author)
    with pytest.raises(NotAllowedError, match="自分が書いた"):
        approve(small, announcement_id, author)


def test_rights_are_for_the_district_and_the_day(small: Office):
    small.residents(1, "今泉")
    neighbour, expired = small.person("chair", "吉原"), small.person("chair", "今泉", until=date(2026, 11, 21))
    author = small.person("officer", "今泉")
    with pytest.raises(NotAllowedError):
        submitted(small, neighbour)
    announcement_id = submitted(small, author)
    for stranger in (neighbour, expired, small.person("viewer"), small.person("admin")):
        with pytest.raises(NotAllowedError):
            approve(small, announcement_id, stranger)
    # Expired roles may draft for 60 days more, and bring nothing to approval.
    with small.database.write() as session:
        row = announcements.draft(session, CITY, expired, small.draft("今泉"), NOW)
        with pytest.raises(NotAllowedError):
            announcements.submit(session, row, expired, NOW)
        waiting = announcements.get(session, CITY, announcement_id)
        with pytest.raises(NotAllowedError):
            announcements.change(session, waiting, expired, small.draft("今泉"), waiting.version, NOW)
        with pytest.raises(NotAllowedError):
            announcement_texts.begin(session, waiting, expired, NOW)


def test_a_district_role_never_writes_to_the_whole_city_or_moves_a_draft_to_another_district(small: Office):
    officer = small.person("officer", "今泉")
    with pytest.raises(NotAllowedError), small.database.write() as session:
        announcements.draft(session, CITY, officer, small.draft(), NOW)
    with small.database.write() as session:
        row = announcements.draft(session, CITY, officer, small.draft("今泉"), NOW)
        with pytest.raises(NotAllowedError):
            announcements.change(session, row, officer, small.draft("吉原"), row.version, NOW)
        with pytest.raises(NotAllowedError):
            announcements.change(session, row, officer, small.draft(), row.version, NOW)


def test_district_staff_never_publish_alone(small: Office):
    small.residents(1, "今泉")
    staff, other = small.person("district_staff", "今泉"), small.person("district_staff", "今泉")
    officer, city = small.person("officer", "今泉"), small.person("city")
    by_staff = submitted(small, staff)
    with pytest.raises(NotAllowedError, match="協議会"):
        approve(small, by_staff, other)
    assert approve(small, by_staff, city).state == "scheduled"
    by_officer = submitted(small, officer, small.draft("今泉", title="二つ目"))
    assert approve(small, by_officer, staff).state == "scheduled"


def test_may_approve_says_the_same_as_approve(small: Office):
    small.residents(1, "今泉")
    staff, other, chair = (
        small.person("district_staff", "今泉"),
        small.person("district_staff", "今泉"),
        small.person("chair", "今泉"),
    )
    announcement_id = submitted(small, staff)
    with small.database.read() as session:
        row = announcements.get(session, CITY, announcement_id)
        assert [announcements.may_approve(session, row, who, NOW) for who in (staff, other, chair)] == [
            False,
            False,
            True,
        ]


def test_an_approval_names_the_version_it_read(office: Office):
    office.residents(1, "今泉")
    author, chair = office.person("officer", "今泉"), office.person("chair", "今泉")
    announcement_id = submitted(office, author)
    with office.database.write() as session:
        row = announcements.get(session, CITY, announcement_id)
        read = row.version
        announcements.change(session, row, author, office.draft("今泉", title="別の見出し"), read, NOW)
        announcements.submit(session, row, author, NOW)
    with pytest.raises(ConflictError):
        approve(office, announcement_id, chair, version=read)
    assert approve(office, announcement_id, chair).title == "別の見出し"


def test_two_approvals_at_once_have_one_effect(office: Office):
    """Both read the same version; the second one finds that it is not that any more."""
    office.residents(1, "今泉")
    author, chair, city = office.person("officer", "今泉"), office.person("chair", "今泉"), office.person("city")
    announcement_id = submitted(office, author)
    with office.database.read() as session:
        stale = announcements.get(session, CITY, announcement_id)
    approve(office, announcement_id, chair)
    with pytest.raises(ConflictError), office.database.write() as session:
        announcements.approve(
            session, session.merge(stale, load=False), city, stale.version, NOW, sealer=office.context.sealer
        )
    assert office.read(announcement_id).approver_id == chair.id


def test_the_same_form_posted_twice_makes_one_draft(small: Office):
    author = small.person("officer", "今泉")
    with small.database.write() as session:
        first = announcements.draft(session, CITY, author, small.draft("今泉"), NOW)
        again = announcements.draft(session, CITY, author, small.draft("今泉"), NOW + timedelta(seconds=2))
        other = announcements.draft(session, CITY, author, small.draft("今泉", body="別の本文"), NOW)
        assert first.id == again.id != other.id
        assert (
            session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.action == "announcement.draft"))
            == 2
        )


@pytest.mark.parametrize(
    ("changes", "words_"),
    [
        ({"title": " \n "}, "見出しを書いて"),
        ({"title": "あ" * 61}, "見出しは60文字まで"),
        ({"body": ""}, "本文を書いて"),
        ({"body": "あ" * 1501}, "本文は1500文字まで"),
        ({"sender": ""}, "差出人を書いて"),
        ({"audience": "everyone"}, "範囲を選んで"),
        ({"district_ids": ()}, "地区を1つ以上"),
        ({"district_ids": (9999,)}, "地区を1つ以上"),
    ],
)
def test_a_wrong_field_is_named(small: Office, changes, words_):
    city = small.person("city")
    with pytest.raises(BadInputError, match=words_), small.database.write() as session:
        announcements.draft(session, CITY, city, small.draft("今泉", **changes), NOW)


def test_control_characters_are_taken_out_of_what_was_typed(office: Office):
    city = office.person("city")
    with office.database.write() as session:
        draft = office.draft("今泉", title="清掃\x00 の\nお知\u202eらせ", body="一行目\r\n\x00二行目\x07\u2066")
        row = announcements.draft(session, CITY, city, draft, NOW)
        assert (row.title, row.body) == ("清掃 の お知らせ", "一行目\n二行目")


# --- what stops an approval ------------------------------------------------------------------------


def test_a_time_that_has_passed_is_refused_and_none_means_at_once(small: Office):
    small.residents(1, "今泉")
    author, chair = small.person("officer", "今泉"), small.person("chair", "今泉")
    at = datetime(2026, 11, 22, 10, 30, tzinfo=JST)
    announcement_id = submitted(small, author, small.draft("今泉", send_at=at))
    with pytest.raises(BadInputError, match=r"11月22日\(日\)午前10時30分.*すぐに送る"):
        approve(small, announcement_id, chair, now=at + timedelta(minutes=1))
    assert small.read(announcement_id).state == "submitted"
    assert approve(small, announcement_id, chair, now=at - timedelta(minutes=1)).send_at == at


def test_what_reaches_nobody_is_warned_of_and_refused(small: Office):
    small.residents(2, "今泉", paused=True)
    small.residents(2, "今泉", left=True)
    small.residents(2, "吉原")
    author, chair = small.person("officer", "今泉"), small.person("chair", "今泉")
    with small.database.write() as session:
        row = announcements.draft(session, CITY, author, small.draft("今泉"), NOW)
        assert any("届く人がいない" in warning for warning in announcements.submit(session, row, author, NOW))
    with pytest.raises(BadInputError, match="届く人がいない"):
        approve(small, row.id, chair)


def test_more_than_the_quota_is_warned_of_and_refused(small: Office):
    small.residents(5, "今泉")
    small.line_quota(100, 87, read_at=NOW)
    author, chair = small.person("officer", "今泉"), small.person("chair", "今泉")
    with small.database.write() as session:
        row = announcements.draft(session, CITY, author, small.draft("今泉"), NOW)
        assert any("あと2通" in warning for warning in announcements.submit(session, row, author, NOW))
    with pytest.raises(BadInputError, match=r"使う数は5通、残りは.*予備10通.*3通"):
        approve(small, row.id, chair)
    # Next month has a quota of its own.
    later = submitted(small, author, small.draft("今泉", title="来月", send_at=NOW + timedelta(days=20)))
    assert approve(small, later, chair).state == "scheduled"


def test_the_quota_counts_what_is_scheduled_this_month(office: Office):
    office.residents(5, "今泉")
    office.line_quota(100, 80, read_at=NOW)
    office.scheduled(office.draft("今泉", send_at=NOW + timedelta(days=2)), now=NOW)
    office.scheduled(office.draft("今泉", title="来月", send_at=NOW + timedelta(days=20)), now=NOW)
    with office.database.read() as session:
        assert announcements.quota(session, CITY, NOW) == Quota(100, 80, 5, 15, NOW, 10)
        assert announcements.quota(session, CITY, NOW, NOW + timedelta(days=20)) == Quota(100, 0, 5, 95, NOW, 10)


def test_an_unread_or_unlimited_quota_stops_nothing(small: Office):
    with small.database.read() as session:
        quota = announcements.quota(session, CITY, NOW)
    assert (quota.limit, quota.remaining, quota.lacks(10**6)) == (None, None, 0)


# --- reach -----------------------------------------------------------------------------------------


def test_reach_counts_each_person_once_and_each_district_by_itself(office: Office):
    office.residents(4, "今泉")
    office.residents(3, "吉原", ("今泉",))
    office.residents(2, "岩松", ("今泉", "吉原"))
    office.residents(2, None)
    office.residents(5, "今泉", paused=True)
    a, b = office.districts["今泉"], office.districts["吉原"]
    with office.database.read() as session:

        def reach(audience, *districts):
            return announcements.reach(session, CITY, audience, districts, NOW)

        assert (reach("home", a, b).recipients, reach("home", a, b).districts) == (7, {a: 4, b: 3})
        both = reach("home_and_interest", a, b)
        assert (both.recipients, both.districts) == (9, {a: 9, b: 5})
        assert (reach("city").recipients, reach("city").districts) == (11, {})
        assert announcements.reach(session, "tomioka", "city", (), NOW).recipients == 0


# --- returning, calling off, deleting --------------------------------------------------------------


def test_it_can_be_sent_back_with_a_reason_even_after_approval(small: Office):
    small.residents(1, "今泉")
    author, chair = small.person("officer", "今泉"), small.person("chair", "今泉")
    announcement_id = submitted(small, author, small.draft("今泉", send_at=NOW + timedelta(days=1)))
    approve(small, announcement_id, chair)
    with small.database.write() as session:
        row = announcements.get(session, CITY, announcement_id)
        with pytest.raises(BadInputError):
            announcements.send_back(session, row, chair, " ", NOW)
        announcements.send_back(session, row, chair, "時刻を確かめてください", NOW)
        assert (row.state, row.comment, row.messages, row.approver_id, row.send_at) == (
            "returned", "時刻を確かめてください", None, None, NOW + timedelta(days=1),
        )  # fmt: skip
        announcements.change(session, row, author, small.draft("今泉", title="直しました"), row.version, NOW)
        assert row.state == "draft"


def test_cancelling_what_is_not_frozen_ends_it_and_its_poll(office: Office):
    office.residents(1, "今泉")
    city = office.person("city")
    with office.database.write() as session:
        poll = polls.create(session, CITY, city, "参加しますか", ["はい", "いいえ"], NOW + timedelta(days=3), NOW)
    announcement_id = office.scheduled(office.draft("今泉", send_at=NOW + timedelta(days=1)), now=NOW, poll_id=poll.id)
    with office.database.write() as session:
        row = announcements.get(session, CITY, announcement_id)
        assert announcements.cancel(session, row, city, "雨のため", NOW) == 0
        assert (row.state, row.comment, row.finished_at) == ("cancelled", "雨のため", NOW)
        with pytest.raises(ConflictError):
            announcements.cancel(session, row, city, "", NOW)
    assert office.delivery.freeze_due(NOW + timedelta(days=2)) == 0
    with office.database.read() as session:
        assert session.get_one(Poll, poll.id).state == "cancelled"


def test_a_draft_can_be_deleted_and_an_approved_one_cannot(office: Office):
    office.residents(1, "今泉")
    author = office.person("officer", "今泉")
    with office.database.write() as session:
        row = announcements.draft(session, CITY, author, office.draft("今泉"), NOW)
        announcements.delete_draft(session, row, author, NOW)
    with office.database.read() as session, pytest.raises(NotFoundError):
        announcements.get(session, CITY, row.id)
    announcement_id, city = office.scheduled(office.draft("今泉", title="予約した")), office.person("city")
    with office.database.write() as session, pytest.raises(ConflictError):
        announcements.delete_draft(session, announcements.get(session, CITY, announcement_id), city, NOW)


# --- looks and lists -------------------------------------------------------------------------------


def test_the_preview_is_what_is_sent_and_says_who_when_and_how_to_get_fewer(small: Office):
    small.residents(1, "今泉")
    author, chair = small.person("officer", "今泉"), small.person("chair", "今泉")
    announcement_id = submitted(small, author, small.draft("今泉", send_at=NOW + timedelta(days=1)))
    with small.database.read() as session:
        row = announcements.get(session, CITY, announcement_id)
        before = announcements.preview(session, small.context.sealer, row)
    row = approve(small, announcement_id, chair)
    assert row.messages is not None
    assert json.loads(row.messages) == before
    text = words(before)
    for part in (
        "今泉まちづくり協議会(見本)",
        "清掃のお知らせ",
        "軍手をお持ちください。",
        "11月23日(月)",
        "「設定」と送って",
        "公式のお知らせではありません",
    ):
        assert part in text
    assert labels(before) == ["設定"]


def test_a_real_city_is_not_marked_as_a_sample(small: Office):
    city = small.person("city")
    with small.database.write() as session:
        session.get_one(Municipality, CITY).facts = {}
        row = announcements.draft(session, CITY, city, small.draft("今泉"), NOW)
        assert "見本" not in words(announcements.preview(session, small.context.sealer, row))


def test_a_poll_comes_with_its_announcement_in_one_request(small: Office):
    city = small.person("city")
    with small.database.write() as session:
        poll = polls.create(session, CITY, city, "参加しますか", ["はい", "いいえ"], NOW + timedelta(days=3), NOW)
        row = announcements.draft(session, CITY, city, small.draft("今泉"), NOW, poll.id)
        shown = announcements.preview(session, small.context.sealer, row)
    assert len(shown) == 2
    assert {"はい", "いいえ", "設定"} <= set(labels(shown))


def test_a_poll_that_closes_before_it_is_sent_is_refused(small: Office):
    small.residents(1, "今泉")
    city = small.person("city")
    with small.database.write() as session:
        poll = polls.create(session, CITY, city, "参加しますか", ["はい", "いいえ"], NOW + timedelta(hours=3), NOW)
        row = announcements.draft(
            session, CITY, city, small.draft("今泉", send_at=NOW + timedelta(days=1)), NOW, poll.id
        )
        with pytest.raises(BadInputError, match="締切"):
            announcements.submit(session, row, city, NOW)


def test_the_list_shows_what_a_person_may_read(small: Office):
    mine, other, city = small.person("officer", "今泉"), small.person("chair", "吉原"), small.person("city")
    with small.database.write() as session:
        announcements.draft(session, CITY, mine, small.draft("今泉"), NOW)
        announcements.draft(session, CITY, city, small.draft("今泉", "吉原", title="二地区"), NOW)
        announcements.draft(session, CITY, city, small.draft(title="全市"), NOW)
    today = date(2026, 11, 22)
    with small.database.read() as session:

        def titles(actor, municipality=CITY):
            return {row.title for row in announcements.listing(session, municipality, actor, today)}

        assert titles(mine) == {"清掃のお知らせ"}
        assert titles(other) == set()
        assert titles(city) == {"清掃のお知らせ", "二地区", "全市"}
        assert titles(city, "tomioka") == set()


def test_a_resident_sees_what_went_to_their_districts(office: Office):
    home, interest, nowhere = (
        office.residents(1, "今泉")[0],
        office.residents(1, "吉原", ("今泉",))[0],
        office.residents(1, None)[0],
    )
    office.send(office.draft("今泉", title="家だけ", audience="home"))
    office.send(office.draft("今泉", title="今泉"))
    office.send(office.draft(title="全市"))
    office.scheduled(office.draft("今泉", title="まだ", send_at=real_now() + timedelta(days=1)))

    def titles(line_id: str) -> list[str]:
        with office.database.read() as session:
            return [row.title for row in announcements.for_resident(session, office.resident(line_id))]

    assert titles(home) == ["全市", "今泉", "家だけ"]
    assert titles(interest) == ["全市", "今泉"]
    assert titles(nowhere) == ["全市"]


def test_another_municipality_has_no_such_announcement(small: Office):
    city = small.person("city")
    with small.database.write() as session:
        row = announcements.draft(session, CITY, city, small.draft("今泉"), NOW)
        with pytest.raises(NotFoundError):
            announcements.get(session, "tomioka", row.id)


def test_every_field_at_its_longest_fits_line_also_in_letters_of_two_utf_16_units(small: Office):
    small.residents(1, "今泉")
    author, chair = small.person("officer", "今泉"), small.person("chair", "今泉")
    wide = "\N{CJK UNIFIED IDEOGRAPH-20BB7}"  # 𠮷: one letter, two units
    limits_ = announcements.MAX_TITLE, announcements.MAX_BODY, announcements.MAX_SENDER
    title, body, sender = (wide * most for most in limits_)
    links = tuple({"kind": kind, "base": "https://entaku.example/"} for kind in ("map", "share", "page"))
    stands = Particulars(*(wide * 80 for _ in range(4)))
    draft = small.draft("今泉", title=title, body=body, sender=sender, particulars=stands, buttons=links)
    row = approve(small, submitted(small, author, draft), chair)
    sent = json.loads(row.messages or b"")
    check(sent)
    assert utf16(sent[0]["altText"]) <= 1500
    assert utf16(row.body) == 2 * announcements.MAX_BODY
    with small.database.write() as session, pytest.raises(BadInputError, match="見出しは60文字まで"):
        announcements.draft(session, CITY, author, small.draft("今泉", title=title + "あ"), NOW)
