"""The learning loop on both databases: questions, drafts, versions, packs, those who wait, checks, ratings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.core.permissions import Actor, Grant
from bot.db import Database
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import (
    Alert,
    District,
    Entry,
    EntryVersion,
    Municipality,
    OutboxMessage,
    QuestionAsker,
    Resident,
    UnansweredQuestion,
)
from bot.services import answers, askers, entry_versions, freshness, knowledge, question_groups, ratings, unanswered
from bot.services import entry_editing as editing
from bot.services.outbox import At
from content import packs
from content.packs_model import Source, Translation
from tests.support.places import PACKS

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
CITY = Actor(None, "市民協働課", (Grant("city", "fuji"),))
PACK = packs.load(PACKS / "fuji")
SMALL = replace(
    PACK,
    entries=tuple(one for one in PACK.entries if one.kind in {"faq", "desk"})[:12]
    + tuple(one for one in PACK.entries if one.kind == "desk"),
)


@pytest.fixture
def fuji(database: Database) -> Database:
    with database.write() as session:
        knowledge.load_pack(session, SMALL, NOW)
    return database


def first(session, kind="faq") -> Entry:
    return session.scalars(select(Entry).where(Entry.kind == kind).order_by(Entry.key)).first()


def district(session, name: str) -> int:
    return session.scalars(select(District.id).where(District.municipality_id == "fuji", District.name == name)).one()


def content_version(session) -> int:
    return session.get(Municipality, "fuji", populate_existing=True).content_version


def version_of(session, row: Entry) -> int:
    return session.get(Entry, row.id).version


def filled(title: str = "ドローンを飛ばしたい"):
    return replace(
        editing.blank(), title=title, body="公園では飛ばせません。", questions=(title,), source=Source("公園の決まり")
    )


# --- writing -------------------------------------------------------------------------------------


def test_a_draft_is_answered_with_only_after_publishing_and_every_step_is_kept(fuji: Database):
    with fuji.write() as session:
        row = editing.create(session, "fuji", CITY, replace(filled(), body=""), NOW)
        before = content_version(session)
        with pytest.raises(BadInputError, match="答え"):
            editing.publish(session, row, CITY, row.version, NOW)
        assert editing.change(session, row, CITY, filled(), row.version, NOW)
        assert not editing.change(session, row, CITY, filled(), row.version, NOW)
        assert row.key not in answers.knowledge(answers.read(session, "fuji")).entries
        editing.publish(session, row, CITY, row.version, NOW)
        editing.publish(session, row, CITY, -1, NOW)
        assert content_version(session) > before
    with fuji.read() as session:
        assert row.key in answers.knowledge(answers.read(session, "fuji")).entries
        steps = entry_versions.listed(session, row)
        assert [one.act for one in steps] == ["publish", "change", "create"]
        changed = entry_versions.differences(steps[2].data, steps[1].data)
        assert [one.name for one in changed] == ["body"]
    with fuji.write() as session:
        editing.withdraw(session, session.get(Entry, row.id), CITY, NOW)
    with fuji.read() as session:
        assert row.key not in answers.knowledge(answers.read(session, "fuji")).entries


def test_two_editors_lose_nothing(fuji: Database):
    with fuji.write() as session:
        row = first(session)
        seen = row.version
        original = row.data
        editing.change(session, row, CITY, replace(editing.content_of(row), body="一人目の答え。"), seen, NOW)
    with fuji.write() as session:
        row = first(session)
        late = replace(editing.content_of(row), body="二人目の答え。")
        with pytest.raises(ConflictError):
            editing.change(session, row, CITY, late, seen, NOW)
    with fuji.read() as session:
        row = first(session)
        assert row.data["body"] == "一人目の答え。"
        assert [one.data["body"] for one in entry_versions.listed(session, row)] == [row.data["body"], original["body"]]


def test_the_rights_follow_the_districts(fuji: Database):
    with fuji.write() as session:
        own = district(session, "今泉")
        chair = Actor(None, "館長", (Grant("chair", "fuji", frozenset({own})),))
        helper = Actor(None, "地区担当", (Grant("district_staff", "fuji", frozenset({own})),))
        with pytest.raises(NotAllowedError):
            editing.create(session, "fuji", chair, filled(), NOW)
        row = editing.create(session, "fuji", helper, replace(filled(), districts=("imaizumi",)), NOW)
        with pytest.raises(NotAllowedError):
            editing.publish(session, row, helper, row.version, NOW)
        with pytest.raises(NotAllowedError):
            editing.change(session, row, chair, replace(filled(), districts=("sudo",)), row.version, NOW)
        editing.publish(session, row, chair, row.version, NOW)
        with pytest.raises(NotAllowedError):  # nobody of the helpers changes alone what residents read
            editing.change(session, row, helper, replace(filled("別"), districts=("imaizumi",)), row.version, NOW)
        with pytest.raises(NotFoundError):
            editing.get(session, "tomioka", row.id)


# --- packs ---------------------------------------------------------------------------------------


def test_a_pack_never_destroys_what_staff_wrote(fuji: Database, tmp_path):
    with fuji.write() as session:
        row = first(session)
        key = row.key
        editing.change(
            session, row, CITY, replace(editing.content_of(row), body="職員が直した答え。"), row.version, NOW
        )
        mine = editing.create(session, "fuji", CITY, filled(), NOW)
    with fuji.write() as session:
        again = knowledge.load_pack(session, SMALL, NOW)
        assert (again.changed, again.removed, again.kept, again.differing) == (0, 0, 2, ())
    newer = replace(
        SMALL,
        entries=tuple(replace(one, body="ファイルの新しい答え。") if one.id == key else one for one in SMALL.entries),
    )
    with fuji.write() as session:
        assert knowledge.load_pack(session, newer, NOW).differing == (key,)
        row = session.scalars(select(Entry).where(Entry.key == key)).one()
        assert (row.data["body"], row.pack_data["body"]) == ("職員が直した答え。", "ファイルの新しい答え。")
        assert row.pack_newer
        assert session.get(Entry, mine.id) is not None
        editing.take_packs(session, row, CITY, row.version, NOW)
        assert (row.data["body"], row.edited_at, row.pack_newer) == ("ファイルの新しい答え。", None, False)
    with fuji.write() as session:  # what was exported loads to the same, drafts included
        out = knowledge.export_pack(session, "fuji")
        packs.dump(out, tmp_path / "out")
        back = packs.load(tmp_path / "out")
        assert back == out
        assert [one.draft for one in back.entries if one.id == mine.key] == [True]
        assert mine.key not in answers.from_pack(back).entries
        assert knowledge.load_pack(session, back, NOW).unchanged == len(back.entries)
        assert not session.get(Entry, mine.id).published
    with fuji.write() as session:
        assert knowledge.load_pack(session, SMALL, NOW, replace_edits=True).removed == 1  # the draft was a pack's
        assert knowledge.load_pack(session, SMALL, NOW).kept == 0


def test_an_unfinished_draft_survives_the_files(fuji: Database, tmp_path):
    with fuji.write() as session:
        editing.create(session, "fuji", CITY, replace(editing.blank(), title="まだ何もない"), NOW)
        packs.dump(knowledge.export_pack(session, "fuji"), tmp_path / "out")
    assert packs.check(tmp_path / "out").errors == ()


def test_a_check_is_kept_against_an_older_pack_and_ends_the_reminder(fuji: Database):
    later = NOW + timedelta(days=400)
    with fuji.write() as session:
        due = freshness.due(session, "fuji", later)
        assert freshness.due(session, "fuji", NOW) == []
        assert due
        assert freshness.remind(session, "fuji", later) == len(due)
        freshness.remind(session, "fuji", later + timedelta(hours=1))
        assert session.scalars(select(Alert).where(Alert.kind == "stale")).one().count == 1
        for row in due:
            editing.check(session, row, CITY, later)
        assert freshness.due(session, "fuji", later) == []
        assert freshness.remind(session, "fuji", later) == 0
        assert session.scalars(select(Alert).where(Alert.kind == "stale")).all() == []
    with fuji.write() as session:
        loaded = knowledge.load_pack(session, SMALL, later)
        assert (loaded.kept, loaded.differing) == (0, ())
        assert freshness.due(session, "fuji", later) == []
        desk = next(one for one in knowledge.export_pack(session, "fuji").desks if one.id == "shimin-kyodo")
    assert desk.checked_on == date(2027, 12, 27)


# --- questions and those who ask -----------------------------------------------------------------


def ask(session, text: str, home: int | None = None, times: int = 1) -> UnansweredQuestion:
    for _ in range(times):
        row = unanswered.note(session, "fuji", text, "ja", NOW, home)
    return row


def resident(session, name: str, home: int | None = None, **more) -> Resident:
    row = Resident(
        municipality_id="fuji", line_id=name.encode().ljust(40, b"-"), followed_at=NOW, home_district_id=home, **more
    )
    session.add(row)
    session.flush()
    return row


def test_groups_name_no_district_that_asked_less_than_five_times(fuji: Database):
    with fuji.write() as session:
        own, other = district(session, "今泉"), district(session, "須津")
        ask(session, "ドローンを飛ばしたい 0545-21-7102", own, 5)
        ask(session, "ドローンを飛ばしてもいいですか", other)
        ask(session, "蛇が出た", other)
        found = question_groups.listing(session, "fuji", CITY, NOW)
        assert [one.group.count for one in found] == [6, 1]
        assert "7102" not in found[0].leading.text
        assert (found[0].districts.counts, found[0].districts.hidden) == ({own: 5, other: None}, 1)
        assert found[1].districts.counts == {other: None}
        chair = Actor(None, "館長", (Grant("chair", "fuji", frozenset({other})),))
        assert [one.group.count for one in question_groups.listing(session, "fuji", chair, NOW)] == [1, 1]
        elsewhere = Actor(None, "富岡", (Grant("city", "tomioka"),))
        assert question_groups.listing(session, "fuji", elsewhere, NOW) == []
        with pytest.raises(NotFoundError):
            question_groups.readable(session, "tomioka", [found[0].leading.id], CITY, NOW)


def test_one_click_makes_one_draft_and_publishing_tells_each_asker_once(fuji: Database, context):
    sealer, at = context.sealer, At(NOW, NOW)
    with fuji.write() as session:
        one = ask(session, "ドローンを飛ばしたい")
        two = ask(session, "ドローンを飛ばしてもいいですか")
        people = [resident(session, "A"), resident(session, "B"), resident(session, "C", paused_at=NOW)]
        for person in people:
            person.line_id = sealer.seal_id(f"U{person.id:032x}", "fuji")
            assert askers.wish(session, person, unanswered.fingerprint(one.text)[:16], NOW)
            assert askers.wish(session, person, unanswered.fingerprint(one.text)[:16], NOW)
        assert askers.wish(session, people[0], unanswered.fingerprint(two.text)[:16], NOW)
        assert not askers.wish(session, people[0], unanswered.fingerprint("知らない質問")[:16], NOW)
        rows = question_groups.readable(session, "fuji", [one.id, two.id], CITY, NOW)
        entry = question_groups.draft(session, rows, CITY, NOW)
        assert question_groups.draft(session, rows, CITY, NOW).id == entry.id
        assert entry.data["questions"] == [one.text, two.text]
        assert question_groups.of_entry(session, entry) == (2, 3)
        assert askers.due(session, NOW) == []
        ready = replace(editing.content_of(entry), body="公園では飛ばせません。", source=Source("公園の決まり"))
        editing.change(session, entry, CITY, ready, entry.version, NOW)
        editing.publish(session, entry, CITY, entry.version, NOW)
        assert [session.get(UnansweredQuestion, row.id).state for row in rows] == ["done", "done"]
    told = 0
    for _ in range(3):  # published, withdrawn and published again: nobody hears it twice
        with fuji.read() as session:
            due = askers.due(session, NOW)
            known = answers.knowledge(answers.read(session, "fuji"))
        with fuji.write() as session:
            told += askers.tell(session, sealer, [(who, askers.words(who, known, NOW)) for who in due], at)
            row = session.get(Entry, entry.id)
            editing.withdraw(session, row, CITY, NOW)
            assert askers.due(session, NOW) == []
            editing.publish(session, row, CITY, row.version, NOW)
    assert told == 2
    with fuji.read() as session:
        assert sorted(session.scalars(select(OutboxMessage.resident_id))) == [people[0].id, people[1].id]
        assert session.scalars(select(QuestionAsker.resident_id)).all() == [people[2].id]  # has paused
    with fuji.write() as session:
        session.get(Resident, people[2].id).paused_at = None
        session.flush()
        assert [who.resident_id for who in askers.due(session, NOW)] == [people[2].id]
        session.delete(session.get(Resident, people[2].id))
        session.flush()
        assert session.scalar(select(func.count()).select_from(QuestionAsker)) == 0


def test_a_wish_taken_back_while_the_message_is_made_is_not_told(fuji: Database, context):
    with fuji.write() as session:
        question, person = ask(session, "ドローンを飛ばしたい"), resident(session, "A")
        mark = unanswered.fingerprint(question.text)[:16]
        askers.wish(session, person, mark, NOW)
        entry = editing.create(session, "fuji", CITY, filled(), NOW)
        question_groups.attach(session, [question], entry, CITY, NOW)
        editing.publish(session, entry, CITY, entry.version, NOW)
        due = askers.due(session, NOW)
        assert len(due) == 1
        askers.take_back(session, person, mark)
        assert askers.tell(session, context.sealer, [(due[0], "-")], At(NOW, NOW)) == 0


def test_asked_again_after_the_answer_the_question_is_open_again(fuji: Database):
    with fuji.write() as session:
        question = ask(session, "ドローンを飛ばしたい")
        entry = editing.create(session, "fuji", CITY, filled(), NOW)
        question_groups.attach(session, [question], entry, CITY, NOW)
        editing.publish(session, entry, CITY, entry.version, NOW)
        assert question.state == "done"
        session.refresh(question)
        again = ask(session, "ドローンを飛ばしたい")
        assert (again.id, again.state, again.entry_id, again.count) == (question.id, "open", None, 2)


# --- ratings -------------------------------------------------------------------------------------


def test_ratings_are_numbers_shown_from_ten_the_worst_first(fuji: Database):
    with fuji.write() as session:
        good, bad, few = session.scalars(select(Entry).where(Entry.kind == "faq").order_by(Entry.key).limit(3))
        for _ in range(10):
            assert ratings.count(session, "fuji", good.key, {"found": 3, "clear": 3, "useful": 3})
            ratings.count(session, "fuji", bad.key, {"found": 3, "clear": 1})
        for _ in range(9):
            ratings.count(session, "fuji", few.key, {"found": 1, "nonsense": 3, "useful": 7})
        assert not ratings.count(session, "tomioka", good.key, {"found": 3})
        found = ratings.worst_first(session, "fuji")
    assert [one.entry.key for one in found] == [bad.key, good.key, few.key]
    assert (found[0].worst, found[1].worst, found[2].worst) == ("clear", None, None)
    assert "やさしい日本語" in found[0].advice
    assert (found[2].scores["found"], found[2].scores["useful"]) == (ratings.Score(9, None), ratings.Score(0, None))
    assert found[0].scores["found"].value == 100


def test_versions_hold_translations_too(fuji: Database):
    with fuji.write() as session:
        row = editing.create(session, "fuji", CITY, filled(), NOW)
        more = replace(filled(), translations={"easy-ja": Translation("ドローン", "とばせません。", (), "human")})
        editing.change(session, row, CITY, more, row.version, NOW)
        newest, oldest = entry_versions.listed(session, row)
        names = [one.name for one in entry_versions.differences(oldest.data, newest.data)]
        assert "translations.easy-ja.body" in names
        assert session.scalar(select(func.count()).select_from(EntryVersion)) == 2
