"""Organisations on both databases: what packs may not undo, who sees how they are reached, ended and taken up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.permissions import Actor, Grant
from bot.db import Database
from bot.errors import BadInputError, NotAllowedError
from bot.models import District, Entry
from bot.services import answers, entry_versions, knowledge, organisations
from bot.services import entry_editing as editing
from bot.services.organisations import Wanted
from content import organisations as columns
from content import packs
from content.packs_model import Source
from tests.support.places import PACKS

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
CITY = Actor(None, "市民協働課", (Grant("city", "fuji"),))
PACK = packs.load(PACKS / "fuji")
KEPT = next(one for one in PACK.entries if one.kind == "organisation" and not one.districts)
SMALL = replace(PACK, entries=(KEPT, *(one for one in PACK.entries if one.kind == "desk")))
PHONE, URL = "0545-00-0000", "https://example.jp/anzen"


@pytest.fixture
def fuji(database: Database) -> Database:
    with database.write() as session:
        knowledge.load_pack(session, SMALL, NOW)
    return database


def whoever(session, role: str, district: str) -> Actor:
    row = session.query(District).filter_by(municipality_id="fuji", name=district).one()
    return Actor(None, role, (Grant(role, "fuji", frozenset({row.id})),))


def section(session, **extra: str) -> Entry:
    """今泉's 安全部会, published."""
    content = replace(
        editing.blank("organisation"), title="今泉地区 安全部会", body="子どもを見守ります。", districts=("imaizumi",),
        source=Source("団体に確かめた内容"), questions=("見守りの活動をしたい",), contact="district-centre",
        extra={columns.KIND: "部会", columns.PHONE: PHONE, columns.URL: URL, columns.NOTE: "夜に", **extra},
    )  # fmt: skip
    row = editing.create(session, "fuji", CITY, content, NOW)
    editing.publish(session, row, CITY, row.version, NOW)
    return row


def said(session, now: datetime = NOW) -> str:
    known = answers.knowledge(answers.read(session, "fuji"))
    return answers.answer(answers.Question("見守りの活動をしたい", now, "imaizumi"), known).text


def test_residents_are_told_what_is_marked_for_them_and_no_more(fuji):
    with fuji.write() as session:
        row = section(session)
    with fuji.read() as session:
        text = said(session)
        assert "子どもを見守ります。" in text
        assert PHONE not in text
        assert URL not in text
    with fuji.write() as session:
        row = session.get_one(Entry, row.id)
        content = editing.content_of(row)
        content = replace(content, extra={**content.extra, columns.SHOWN: columns.PHONE})
        assert editing.change(session, row, CITY, content, row.version, NOW)
    with fuji.read() as session:
        text = said(session)
        assert PHONE in text
        assert URL not in text
        assert "夜に" not in text


def test_who_writes_for_the_district_sees_how_it_is_reached(fuji):
    with fuji.write() as session:
        section(session)
    with fuji.read() as session:
        for role, district, sees in (
            ("officer", "今泉", True), ("district_staff", "今泉", True), ("officer", "吉原", False),
            ("viewer", "今泉", False),
        ):  # fmt: skip
            actor = whoever(session, role, district)
            (one,) = organisations.listing(session, "fuji", actor, Wanted(words="安全部会"), NOW)
            assert (one.extra.get(columns.PHONE) == PHONE) is sees, (role, district)
            assert (columns.NOTE in one.extra) is sees
            assert one.kind == "部会"


def test_it_ends_on_a_day_and_is_taken_up_again(fuji):
    with fuji.write() as session:
        row = section(session)
        yesterday = date(2026, 11, 21)
        with pytest.raises(NotAllowedError):
            organisations.end(session, row, whoever(session, "officer", "今泉"), yesterday, row.version, NOW)
        organisations.end(session, row, CITY, yesterday, row.version, NOW)
    with fuji.read() as session:
        assert "子どもを見守ります。" not in said(session)
        assert organisations.counts(session, "fuji", NOW) == {"now": 1, "ended": 1, "draft": 0}
        (one,) = organisations.listing(session, "fuji", CITY, Wanted("imaizumi", view="ended"), NOW)
        assert one.row.title == "今泉地区 安全部会"
    with fuji.write() as session:
        row = session.get_one(Entry, row.id)
        assert organisations.restore(session, row, CITY, row.version, NOW)
        assert row.valid_to is None
        acts = [(one.act, one.data.get("valid_to")) for one in entry_versions.listed(session, row)]
        assert acts == [("change", None), ("change", "2026-11-21"), ("publish", None), ("create", None)]
    with fuji.read() as session:
        assert "子どもを見守ります。" in said(session)


def test_taken_up_again_it_keeps_the_last_day_that_was_still_to_come(fuji):
    with fuji.write() as session:
        row = section(session)
        later, first = date(2027, 3, 31), date(2026, 4, 1)
        content = replace(editing.content_of(row), valid_from=first, valid_to=later)
        editing.change(session, row, CITY, content, row.version, NOW)
        with pytest.raises(BadInputError):
            organisations.end(session, row, CITY, first - timedelta(days=1), row.version, NOW)
        organisations.end(session, row, CITY, date(2026, 11, 1), row.version, NOW)
        organisations.restore(session, row, CITY, row.version, NOW)
        assert row.valid_to == later


def test_what_staff_changed_stands_over_the_pack_and_goes_out_with_it(fuji, tmp_path):
    with fuji.write() as session:
        row = session.query(Entry).filter_by(municipality_id="fuji", key=KEPT.id).one()
        content = editing.content_of(row)
        content = replace(content, body="直しました。", extra={**content.extra, columns.KIND: "そのほか"})
        editing.change(session, row, CITY, content, row.version, NOW)
        section(session, **{columns.SHOWN: columns.PHONE})
    newer = replace(KEPT, body="ファイルも変わりました。")
    with fuji.write() as session:
        knowledge.load_pack(session, replace(SMALL, entries=(newer, *SMALL.entries[1:])), NOW + timedelta(days=1))
    with fuji.read() as session:
        row = session.query(Entry).filter_by(municipality_id="fuji", key=KEPT.id).one()
        assert row.data["body"] == "直しました。"
        assert row.pack_newer
        out = knowledge.export_pack(session, "fuji")
    packs.dump(out, tmp_path / "pack")
    (found,) = [one for one in packs.load(tmp_path / "pack").entries if one.title == "今泉地区 安全部会"]
    assert found.extra[columns.KIND] == "部会"
    assert columns.public(found.extra) == ((columns.PHONE, PHONE),)
