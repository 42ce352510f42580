"""地区・設定 and わたしの登録."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.models import Conversation, InboxEvent, OutboxMessage, Resident, ResidentDistrict
from bot.now import real_now
from bot.services import districts, residents
from bot.services.context import Context
from content.phrases import phrases
from tests.handlers.chat.driver import Person


def interests(person: Person) -> list[str]:
    with person.context.database.read() as session:
        resident = residents.find(session, person.context.sealer, person.city, person.line_id)
        assert resident is not None
        ids = residents.interests(session, resident)
        return [place.name for place in districts.listed(session, person.city) if place.id in ids]


def me(person: Person) -> Resident:
    assert person.resident is not None
    return person.resident


def test_districts_of_interest_are_added_and_taken_away(resident: Person) -> None:
    resident.say("気になる地区")
    resident.tap("地区を加える")
    assert "わからない" not in resident.labels
    assert "須津(すど)を加えました" in resident.say("須津")
    resident.say("2")
    assert "岩松" in resident.say("岩松")
    resident.tap("岩松北")
    assert sorted(interests(resident)) == ["岩松北", "須津"]
    resident.say("須津(すど)をやめる")
    assert interests(resident) == ["岩松北"]


def test_the_home_district_is_none_of_interest(resident: Person) -> None:
    resident.say("気になる地区")
    resident.tap("地区を加える")
    assert "お住まいの地区です" in resident.say("今泉")
    assert interests(resident) == []
    resident.tap("地区を加える")
    resident.say("須津")
    resident.say("地区")
    resident.say("須津")
    assert interests(resident) == []


def test_at_most_twelve_districts_of_interest(resident: Person) -> None:
    with resident.context.database.write() as session:
        row = residents.find(session, resident.context.sealer, "fuji", resident.line_id)
        assert row is not None
        for place in [one for one in districts.listed(session, "fuji") if one.name not in {"今泉", "須津"}][:12]:
            residents.add_interest(session, row, place.id)
    resident.say("気になる地区")
    resident.tap("地区を加える")
    assert "12の地区まで" in resident.say("須津")
    assert len(interests(resident)) == 12


def test_the_name_of_the_association_is_kept_without_personal_data(resident: Person) -> None:
    resident.say("設定")
    resident.say("町内会・区")
    assert "「青葉町内会」" in resident.say("青葉町内会 0545-12-3456")
    assert me(resident).neighbourhood == "青葉町内会"
    resident.say("設定")
    resident.say("3")
    assert "40文字まで" in resident.say("あ" * 41)
    assert "40文字まで" in resident.say("0545-12-3456")
    assert me(resident).neighbourhood == "青葉町内会"
    resident.tap("もどる") if "もどる" in resident.labels else resident.say("もどる")
    resident.say("設定")
    resident.say("3")
    resident.tap("いまの名前を消す")
    assert me(resident).neighbourhood is None


def test_a_question_is_not_taken_for_a_name(resident: Person) -> None:
    resident.say("設定")
    resident.say("3")
    assert "12月6日" in resident.say("防災訓練はいつですか？")
    assert me(resident).neighbourhood is None


def test_several_ties_can_be_chosen_and_undone(resident: Person) -> None:
    resident.say("関わり")
    resident.tap("働いている")
    resident.say("1")
    assert me(resident).relations == ["live", "work"]
    assert "✓ 働いている" in resident.labels
    resident.tap("✓ 働いている")
    assert me(resident).relations == ["live"]
    assert "かかわり: 住んでいる" in resident.tap("これでよい")


def test_pause_and_resume(resident: Person) -> None:
    for stop, start in (("停止", "再開"), ("配信停止", "再開"), ("Stop", "resume")):
        assert "お知らせを止めました" in resident.say(stop)
        assert me(resident).paused_at is not None
        assert "お知らせを再開しました" in resident.say(start)
        assert me(resident).paused_at is None
    resident.say("設定")
    resident.tap("お知らせを止める")
    first = me(resident).paused_at
    resident.say("停止")
    assert me(resident).paused_at == first
    resident.say("設定")
    resident.tap("お知らせを再開する")
    assert me(resident).paused_at is None


def test_the_language_is_chosen_and_kept(resident: Person) -> None:
    resident.say("Language")
    assert "from now on" in resident.tap("English")
    assert me(resident).language == "en"
    assert "My district: Imaizumi (今泉)" in resident.say("settings")
    resident.say("言語")
    resident.say("2")
    assert me(resident).language == "easy-ja"
    assert "すんでいる 地区(ちく)" in resident.say("設定")
    resident.say("日本語")
    assert me(resident).language == "ja"


def test_a_message_in_another_language_changes_nothing(resident: Person) -> None:
    assert "6 December" in resident.say("When is the next disaster drill in Imaizumi?")
    assert me(resident).language == "ja"
    assert "お住まいの地区" in resident.say("設定")


@pytest.mark.parametrize(
    ("question", "language", "name"),
    [
        ("Quando é o próximo treinamento de desastre em Imaizumi?", "pt", "Português"),
        ("¿Cuándo es el próximo simulacro de desastres en Imaizumi?", "es", "Español"),
        ("Khi nào có buổi diễn tập phòng thiên tai ở Imaizumi?", "vi", "Tiếng Việt"),
        ("Kailan po ang susunod na disaster drill sa Imaizumi?", "tl", "Filipino"),
        ("请问今泉的防灾训练是什么时候？", "zh-Hans", "中文"),
    ],
)
def test_a_clear_message_in_another_language_is_answered_in_it_and_offers_it_once(
    resident: Person, question: str, language: str, name: str
) -> None:
    said = resident.say(question)
    assert phrases(language).say("chat.language_offer") in said
    assert me(resident).language == "ja"
    first = list(resident.seen)
    assert phrases(language).say("chat.language_offer") not in resident.say(question)
    resident.seen = first
    assert phrases(language).say("chat.language_set") in resident.tap(f"🌐 {name}")
    assert me(resident).language == language
    assert "Imaizumi" in resident.say("settings") or language == "zh-Hans"
    assert phrases(language).say("chat.settings_title") in resident.say("settings")


def test_the_language_can_be_chosen_before_the_district(person: Person) -> None:
    person.follow()
    person.tap("🌐 Language")
    said = person.tap("English")
    assert "Which district" in said
    assert "A (あ)" in person.labels
    person.say("1")
    assert "registered in Imaizumi" in person.tap("Imaizumi (今泉)")


def test_all_that_is_held_is_shown_and_written_out(resident: Person) -> None:
    resident.say("気になる地区")
    resident.tap("地区を加える")
    resident.say("須津")
    said = resident.say("わたしの登録")
    assert "今泉(いまいずみ)" in said
    assert "暗号" in said
    out = resident.tap("全部を文字で受け取る")
    for part in ("今泉(いまいずみ)", "須津(すど)", "日本語", "2026年11月22日(日)", "第1版", "暗号", "残していません"):
        assert part in out
    assert resident.line_id not in out


def test_erasing_takes_one_confirmation_and_leaves_nothing(resident: Person, cities: Context) -> None:
    sealed = cities.sealer.seal_id(resident.line_id, "fuji")
    with cities.database.write() as session:
        for number, state in enumerate(("handled", "parked", "waiting")):
            row = InboxEvent(municipality_id="fuji", event_key=f"e{number}", kind="follow", source=sealed, state=state)
            row.event_at = row.received_at = real_now()
            session.add(row)
        session.add(
            OutboxMessage(
                municipality_id="fuji",
                resident_id=me(resident).id,
                kind="answer",
                created_at=real_now(),
                next_try_at=real_now(),
            )
        )
    resident.say("気になる地区")
    resident.tap("地区を加える")
    resident.say("須津")
    resident.say("登録を消す")
    assert "消しません" not in resident.say("消さない")
    assert resident.resident is not None
    resident.say("登録を消す")
    assert "登録を消しました" in resident.tap("消す")
    assert resident.resident is None
    with cities.database.read() as session:
        for table in (Resident, ResidentDistrict, Conversation, OutboxMessage):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        states = session.scalars(select(InboxEvent.state).where(InboxEvent.source.is_not(None))).all()
        assert states == ["waiting"]
    said = resident.say("ありがとう")
    assert "どういたしまして" in said
    assert "LINEにも残ります" in said
    assert "登録しました" in resident.say("今泉")


def test_who_never_wrote_has_nothing_to_erase(person: Person) -> None:
    assert "ありません" in person.say("わたしの登録")
    assert "お住まいの地区は" in person.say("もういちど")
