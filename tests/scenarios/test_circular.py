"""An issue of three items from the rule to the phone, and a slip to holders of a post, on real HTTP."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import requests
from sqlalchemy import func, select

from bot.core.permissions import Actor
from bot.models import Announcement, Circular, District, RoleHolder, Slip
from bot.now import jst, real_now
from bot.services import announcements, associations, circular_files, circular_items, circulars, holders, slips, staff
from bot.services.announcement_draft import Particulars
from bot.services.announcement_files import Upload
from bot.services.associations import Line
from bot.services.circular_items import NOTHING, NewItem
from bot.services.circulars import NewRule
from bot.services.holders import HolderWish
from bot.services.slips import NewSlip
from content.issue_days import IssueRule, of_weekdays
from tests.support.house import RunningHouse, labels, words
from tests.support.pictures import photograph

CITY, PLACE = "fuji", "今泉"
STANDS = Particulars("12月5日(土)", "今泉小学校", "どなたでも", "今泉小学校(見本)")


def people(house: RunningHouse) -> tuple[Actor, Actor, int]:
    """An officer, a chair, and the district."""
    with house.context.database.write() as session:
        place = session.scalars(
            select(District.id).where(District.municipality_id == CITY, District.name == PLACE)
        ).one()
        found = []
        for role in ("officer", "chair"):
            new = staff.NewStaff(f"{role}@fuji.example", role, "correct horse battery", CITY, role, (place,))
            found.append(staff.actor(session, staff.create(session, new, real_now())))
    return found[0], found[1], place


def set_time(house: RunningHouse, then: datetime) -> None:
    house.control("clock", {"advance_s": int((then - house.context.clock()).total_seconds()) + 1})


def approve(house: RunningHouse, actor: Actor, announcement_id: int) -> None:
    with house.context.database.write(durable=True) as session:
        row = announcements.get(session, CITY, announcement_id)
        now = house.context.clock()
        announcements.approve(session, row, actor, row.version, now, sealer=house.context.sealer)


def sent(house: RunningHouse, announcement_id: int) -> bool:
    with house.context.database.read() as session:
        return announcements.get(session, CITY, announcement_id).state == "sent"


def test_an_issue_is_one_push_and_is_read_in_chat_and_on_a_page(house: RunningHouse) -> None:
    here, there = house.resident(PLACE), house.resident("吉永")
    officer, chair, place = people(house)
    with house.context.database.write() as session:
        now = house.context.clock()
        rule = NewRule(IssueRule(of_weekdays((1, 3), 3)))
        circulars.set_rule(session, CITY, officer, place, rule, 0, now)
        row = circulars.listing(session, CITY, [place])[1]  # the second one: its deadline surely lies ahead
        for sender, title in (
            ("富士警察署(見本)", "年末の防犯"),
            ("今泉小学校(見本)", "学校公開"),
            ("社協(見本)", "募金の報告"),
        ):
            item = NewItem("other", sender, title, f"{title}の本文です。", STANDS if title == "学校公開" else NOTHING)
            added = circular_items.add_item(session, row, officer, item, now)
            if title == "学校公開":
                for kind, content in (("picture", photograph(400, 300)), ("paper", photograph(300, 400))):
                    upload = Upload(kind, content, "校庭", house.context.settings.public_url)
                    circular_files.prepare(upload)(session, added, officer, now)
        number, told = row.id, circulars.compose(session, row, officer, row.version, now).id
        at = row.send_at
    assert requests.get(f"{house.url}/m/{CITY}/circulars/{number}", timeout=20).status_code == 404
    approve(house, chair, told)
    set_time(house, at)
    house.wait(lambda: sent(house, told))
    assert house.marker("今号の回覧 3件") == {here: 1}
    assert there not in house.marker("今号の回覧 3件")

    listed = house.tap(here, "回覧を読む")
    assert labels(listed)[:4] == ["年末の防犯", "学校公開", "募金の報告", "読みました"]
    shown = house.say(here, "2")  # by number, too
    assert "学校公開の本文です。" in words(shown)
    assert "場所: 今泉小学校" in words(shown)
    assert "/circulars/pictures/" in str(shown)
    assert "チラシを見る" in labels(shown)
    assert "募金の報告の本文です。" in words(house.tap(here, "次を読む"))
    assert "だれが読んだかは、残しません" in words(house.tap(here, "読みました"))
    house.say(here, "回覧")
    assert "1人1回だけ" in words(house.tap(here, "読みました"))
    page = requests.get(f"{house.url}/m/{CITY}/circulars/{number}", timeout=20)
    assert page.status_code == 200
    assert "学校公開の本文です。" in page.text
    assert "読みました 10人未満 (届いた人 1人)" in page.text
    house.wait(lambda: state_of(house, number) == "issued")
    with house.context.database.read() as session:
        assert session.get_one(Circular, number).readers == 1
        assert (
            session.scalar(select(func.count()).select_from(Announcement).where(Announcement.kind == "circular")) == 1
        )
    assert house.violations() == []


def state_of(house: RunningHouse, number: int) -> str | None:
    """Read anew each time: a session sees what was there when it began."""
    with house.context.database.read() as session:
        return session.scalar(select(Circular.state).where(Circular.id == number))


def hold(house: RunningHouse, user: str, code: str, name: str) -> None:
    """The code in the chat, the name on our own form."""
    answer = house.say(user, f"連絡票 {holders.shown(code)}")
    uri = re.search(r"https://entaku\.example/(m/fuji/post/[\w-]+)", str(answer))
    assert uri is not None, answer
    address = f"{house.url}/{uri[1]}"
    form = requests.get(address, timeout=20)
    assert "本町町内会" in form.text
    assert requests.post(address, data={"name": name}, timeout=20).status_code == 400  # without the consent
    done: Any = requests.post(address, data={"name": name, "agree": "1"}, timeout=20)
    assert "登録しました" in done.text


def test_a_slip_is_confirmed_by_name_and_only_the_rest_is_reminded(house: RunningHouse) -> None:
    first, second, nobody = house.residents(3, PLACE)
    officer, chair, place = people(house)
    with house.context.database.write() as session:
        now = house.context.clock()
        associations.save(session, CITY, officer, place, [Line(None, "本町町内会", 20)], now)
        (association,) = associations.listing(session, CITY, place)
        wish = HolderWish("group_head", ("1組", "2組"), jst(now).date() + timedelta(days=60))
        made = [one.code for one in holders.make_codes(session, officer, association, wish, now)]
    hold(house, first, made[0], "山田 太郎")
    hold(house, second, made[1], "鈴木 花子")
    assert "もう使われたか" in words(house.say(nobody, f"連絡票 {made[0]}"))
    assert "見つかりません" in words(house.say(nobody, "連絡票 ZZZZ-9999"))
    with house.context.database.write() as session:
        now = house.context.clock()
        new = NewSlip("年末の清掃", "12月の第1日曜に行います。", "今泉まちづくり協議会(見本)", place, ("group_head",),
                      jst(now).date() + timedelta(days=7), "朝8時から清掃です。軍手をお持ちください。")  # fmt: skip
        told = slips.write(session, CITY, officer, new, now)
        announcements.submit(session, told, officer, now)
        number = told.id
    approve(house, chair, number)
    house.wait(lambda: sent(house, number))
    assert house.marker("12月の第1日曜に行います。") == {first: 1, second: 1}
    assert "https://line.me/R/share?text=" in str(house.inbox(first)[-1])
    assert "「山田 太郎」さんの確認" in words(house.tap(first, "確認しました"))
    assert "確認ずみ" in words(house.say(first, "連絡票"))
    with house.context.database.read() as session:
        remind_at = slips.remind_at(session.get_one(Slip, number))
    set_time(house, remind_at)
    house.wait(lambda: house.marker("まだ確認していない連絡票です"))
    assert house.marker("まだ確認していない連絡票です") == {second: 1}
    house.say(second, "連絡票")
    house.tap(second, "役の登録をやめる")
    assert "お名前を消しました" in words(house.tap(second, "やめる"))
    with house.context.database.read() as session:
        assert session.scalars(select(RoleHolder.name)).all() == ["山田 太郎"]
    assert house.violations() == []
