"""Befriending, the one question, coming back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.line.render import Card, Text
from bot.models import UnansweredQuestion
from bot.services import districts, residents
from bot.services.context import Context
from handlers.chat import chooser
from tests.handlers.chat.driver import Person


def home(person: Person) -> str | None:
    with person.context.database.read() as session:
        resident = residents.find(session, person.context.sealer, person.city, person.line_id)
        assert resident is not None
        place = districts.by_id(districts.listed(session, person.city), resident.home_district_id)
        return place.name if place else None


def test_the_first_line_stands_in_all_served_languages(person: Person) -> None:
    person.follow()
    first = person.seen[0]
    assert isinstance(first, Text)
    for word in ("ようこそ", "ちくの おしらせ", "News and events", "Notícias", "Tin tức", "通知", "Balita", "Noticias"):
        assert word in first.text


def test_what_is_kept_is_said_before_the_question(person: Person) -> None:
    said = person.follow()
    assert said.index("LINEにも残ります") < said.index("お住まいの地区は")
    assert "同意" in said
    assert len(person.seen) == 3
    assert isinstance(person.seen[-1], Card)
    assert person.resident is not None
    assert person.resident.consent_version == 0


def test_only_rows_that_exist_are_offered(cities: Context) -> None:
    fuji, tomioka = Person(cities), Person(cities, city="tomioka")
    fuji.follow()
    tomioka.follow()
    assert [label for label in fuji.labels if label.endswith("行")] == [
        "あ行",
        "か行",
        "さ行",
        "た行",
        "は行",
        "ま行",
        "や行",
    ]
    assert [label for label in tomioka.labels if label.endswith("行")] == [
        "あ行",
        "か行",
        "た行",
        "な行",
        "は行",
        "ま行",
        "や行",
    ]


@pytest.mark.parametrize(("city", "count"), [("fuji", 26), ("tomioka", 11)])
def test_every_district_can_be_reached_by_two_taps(cities: Context, city: str, count: int) -> None:
    reached = set()
    person = Person(cities, city=city)
    person.follow()
    rows = [label for label in person.labels if label.endswith("行")]
    for row in rows:
        person.follow()
        person.tap(row)
        names = [label for label in person.labels if label not in {"わからない", "もどる", "窓口", "メニュー"}]
        for name in names:
            person.follow()
            person.tap(row)
            person.tap(name)
            reached.add(home(person))
            with cities.database.write() as session:
                resident = residents.find(session, cities.sealer, city, person.line_id)
                assert resident is not None
                residents.erase(cities, session, resident)
    assert len(reached - {None}) == count


def test_a_name_a_school_or_a_centre_may_be_typed(cities: Context) -> None:
    cases = [
        ("今泉", "今泉"), ("いまいずみ", "今泉"), ("今泉地区です", "今泉"), ("今泉に住んでいます", "今泉"), ("今泉小学校", "今泉"),
        ("今泉まちづくりセンターの近く", "今泉"), ("Imaizumi", "今泉"), ("i live in imaizumi", "今泉"), ("神戸", "神戸"),
        ("ごうど", "神戸"), ("須津です。", "須津"), ("丘", "丘"), ("青葉台小", "青葉台"), ("わたしは大淵です", "大淵"), ("大渕", "大淵"),
        ("たぶん天間かな", "天間"), ("松野町内会", "松野"), ("伝法に引っ越しました", "伝法"), ("はらだ", "原田"),
    ]  # fmt: skip
    for number, (typed, expected) in enumerate(cases):
        person = Person(cities, line_id=f"U{number:032x}")
        person.follow()
        assert "登録しました" in person.say(typed), typed
        assert home(person) == expected, typed


def test_every_name_can_be_typed_in_both_cities(cities: Context) -> None:
    with cities.database.read() as session:
        for city in ("fuji", "tomioka"):
            places = districts.listed(session, city)
            for place in places:
                for form in (
                    place.name,
                    place.kana,
                    f"{place.name}地区",
                    f"{place.name}です。",
                    f"{place.name}に住んでいます",
                    place.district.centre,
                ):
                    assert chooser.typed(form, places)[:1] == [place], form
            for other in ("神戸市", "今泉さん", "富士川の水位", "今泉の防災訓練はいつ", "ごみ", "", "まち"):
                assert chooser.typed(other, places) == [], other


def test_look_alikes_are_asked_back(cities: Context) -> None:
    cases = [
        ("富士南", ["富士南", "富士駅南"], "富士南"), ("富士駅南", ["富士駅南", "富士南"], "富士駅南"),
        ("岩松", ["岩松", "岩松北"], "岩松"), ("岩松北", ["岩松北", "岩松"], "岩松北"),
        ("吉永", ["吉永", "吉永北"], "吉永"), ("吉原", ["吉原", "元吉原"], "吉原"),
        ("富士北", ["富士北", "富士駅北"], "富士北"), ("富士駅の南", ["富士駅南", "富士南"], "富士駅南"),
        ("駅南", ["富士駅南", "富士南"], "富士駅南"), ("富士", ["富士見台", "富士駅北", "富士北"], "富士北"), ("ふじきた", ["富士北", "富士駅北"], "富士北"),
    ]  # fmt: skip
    for number, (typed, asked, chosen) in enumerate(cases):
        person = Person(cities, line_id=f"U{number:032x}")
        person.follow()
        assert "似た名前" in person.say(typed), typed
        assert home(person) is None, typed
        assert person.labels[: len(asked)] == asked, typed
        person.tap(chosen)
        assert home(person) == chosen, typed


@pytest.mark.parametrize(
    "typed", ["わからない", "分かりません", "わかりません。", "市全体", "I don't know", "市外の人です", "不明"]
)
def test_not_knowing_is_a_whole_answer(person: Person, typed: str) -> None:
    person.follow()
    assert "市全体で登録しました" in person.say(typed)
    assert person.resident is not None
    assert person.resident.city_wide
    assert person.resident.consent_version == residents.CONSENT_VERSION
    assert "市全体のこれからの行事" in person.say("行事")


def test_a_location_gives_the_three_nearest_and_is_forgotten(person: Person) -> None:
    person.follow()
    said = person.send("location", latitude=35.1666, longitude=138.6934)
    assert person.labels[:3] == ["今泉", "原田", "吉原"]
    assert "残していません" in said
    assert "35.16" not in str(person.state)
    person.say("3")
    assert home(person) == "吉原"


def test_a_location_elsewhere_leads_back_to_the_rows(person: Person) -> None:
    person.follow()
    assert "市から離れている" in person.send("location", latitude=43.06, longitude=141.35)
    assert "あ行" in person.labels


def test_an_unknown_name_is_said_and_asked_again(person: Person) -> None:
    person.follow()
    assert "見つかりませんでした" in person.say("あおぞら町")
    assert "わからない" in person.labels
    with person.context.database.read() as session:
        assert session.query(UnansweredQuestion).count() == 0


def test_the_confirmation_offers_three_things(person: Person) -> None:
    person.follow()
    said = person.say("神戸")
    assert "神戸(ごうど)" in said
    assert "できることは3つ" in said
    assert person.labels[:3] == ["知りたいことを聞く", "これからの行事を見る", "地区や言葉の設定"]
    assert person.resident is not None
    assert person.resident.consented_at == person.now


def test_who_just_writes_is_answered_first_and_then_greeted(person: Person) -> None:
    said = person.say("まちづくりセンターは何時まで")
    assert said.index("まちづくりセンター") < said.index("ようこそ") < said.index("お住まいの地区は")
    assert "登録しました" in person.say("わからない")


def test_who_just_writes_a_district_is_asked_to_confirm_it(person: Person) -> None:
    said = person.say("今泉")
    assert "LINEにも残ります" in said
    assert "出典" not in said
    assert person.labels[0] == "今泉"
    assert "登録しました" in person.say("1")
    assert home(person) == "今泉"


def test_district_and_question_that_came_together_are_both_heard(person: Person) -> None:
    person.follow()
    said = person.say("今泉です\n防災訓練はいつですか")
    assert "登録しました" in said
    assert "今泉" in said
    assert "12月6日" in said
    assert home(person) == "今泉"


def test_a_question_before_the_district_is_answered(person: Person) -> None:
    person.follow()
    said = person.say("町内会に入るにはどうしたらいいですか")
    assert "見つかりませんでした" not in said
    assert "地区を選ぶ" in person.labels
    assert "登録しました" in person.say("今泉")


def test_coming_back_keeps_the_settings(resident: Person) -> None:
    resident.event("unfollow")
    assert resident.seen == []
    assert resident.resident is not None
    assert resident.resident.state == "left"
    assert resident.state == {}
    said = resident.follow(unblocked=True)
    assert "おかえりなさい" in said
    assert "今泉" in said
    assert resident.resident.state == "active"
    assert resident.resident.left_at is None


def test_writing_after_leaving_counts_as_coming_back(resident: Person) -> None:
    resident.event("unfollow")
    assert "12月6日" in resident.say("防災訓練はいつですか")
    assert resident.resident is not None
    assert resident.resident.state == "active"


def test_leaving_without_ever_having_come_is_no_fault(person: Person) -> None:
    person.event("unfollow")
    person.event("unsend")
    assert person.resident is None


def test_a_new_version_of_what_is_kept_is_told_once(resident: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residents, "CONSENT_VERSION", residents.CONSENT_VERSION + 1)
    said = resident.say("防災訓練はいつですか")
    assert "新しくなりました" in said
    resident.tap("分かりました")
    assert resident.resident is not None
    assert resident.resident.consent_version == residents.CONSENT_VERSION
    assert "新しくなりました" not in resident.say("防災訓練はいつですか")


def test_changing_the_district_later(resident: Person) -> None:
    resident.say("設定")
    resident.say("1")
    assert "お住まいの地区を、須津(すど)にしました" in resident.say("須津")
    assert home(resident) == "須津"


def test_a_bare_district_name_registers_also_hours_later(person: Person) -> None:
    person.follow()
    person.now += timedelta(hours=5)
    assert "登録しました" in person.say("今泉")
