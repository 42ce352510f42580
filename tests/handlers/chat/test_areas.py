"""行事, お知らせ, 声をとどける, the desk, and what is no text at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.permissions import Actor
from bot.line.render import Cards
from bot.models import Announcement, AnnouncementDistrict, InboxEvent, Staff
from bot.now import real_now
from bot.services import districts, polls
from bot.services.context import Context
from tests.handlers.chat.driver import NOW, Person


def send_announcement(context: Context, city: str, district: str, title: str, minutes: int = 0) -> None:
    """An announcement that went out to one district."""
    with context.database.write() as session:
        author = session.query(Staff).first() or Staff(
            municipality_id=city, email="a@example.jp", name="役員", password_hash="-", created_at=NOW
        )
        session.add(author)
        session.flush()
        row = Announcement(
            municipality_id=city, state="sent", author_id=author.id, sender="今泉まちづくり協議会", title=title,
            body="一行目です。\n\n二行目です。", created_at=NOW, frozen_at=NOW + timedelta(minutes=minutes),
        )  # fmt: skip
        session.add(row)
        session.flush()
        place = next(one for one in districts.listed(session, city) if one.name == district)
        session.add(AnnouncementDistrict(announcement_id=row.id, district_id=place.id, municipality_id=city))


def test_activities_are_cards_of_my_districts_soonest_first(resident: Person) -> None:
    said = resident.say("行事")
    cards = resident.seen[-1]
    assert isinstance(cards, Cards)
    assert 1 <= len(cards.cards) <= 12
    assert "今泉のこれからの行事" in said
    assert "【中止】川べりの清掃" in cards.cards[0].title
    assert cards.cards[0].heading.startswith("1  11月22日(日)")
    for other in ("岩松地区", "須津地区", "吉原地区"):
        assert other not in said


def test_districts_of_interest_are_shown_with_the_home_district(resident: Person) -> None:
    resident.say("気になる地区")
    resident.tap("地区を加える")
    resident.say("須津")
    said = resident.say("行事")
    assert "今泉、須津(すど)のこれからの行事" in said
    pages = [said, *(resident.tap("つぎの行事") for _ in range(2))]
    assert "須津地区" in "".join(pages)
    assert "今泉地区" in "".join(pages)


def test_pages_go_on_and_back(resident: Person) -> None:
    first = resident.say("行事")
    second = resident.tap("つぎの行事")
    assert first != second
    assert resident.say("もどる") == first
    assert resident.say("7") == second


def test_details_by_number_then_back(resident: Person) -> None:
    first = resident.say("行事")
    said = resident.say("3")
    assert "出典" in said
    assert "問い合わせ" in said
    assert resident.say("もどる") == first


def test_an_activity_that_is_gone_leads_to_the_list(resident: Person) -> None:
    assert "これからの行事" in resident.post("activities.show", e="no-such")


def test_activities_in_english(resident: Person) -> None:
    resident.say("English")
    said = resident.say("events")
    assert "[CALLED OFF]" in said
    assert "Sunday 22 November" in said
    assert "（見本）" in resident.say("1")


def test_announcements_of_my_districts_newest_first(resident: Person, cities: Context) -> None:
    assert "まだありません" in resident.say("お知らせ")
    send_announcement(cities, "fuji", "今泉", "古いお知らせ")
    assert "二行目です" in resident.say("お知らせ")
    send_announcement(cities, "fuji", "今泉", "新しいお知らせ", 5)
    send_announcement(cities, "fuji", "須津", "よその地区のお知らせ", 6)
    said = resident.say("お知らせ")
    assert said.index("新しいお知らせ") < said.index("古いお知らせ")
    assert "よその" not in said
    assert "今泉まちづくり協議会" in resident.say("1")
    assert "新しいお知らせ" in resident.say("もどる")
    assert "お知らせ" in resident.post("announcements.show", id="999")


def test_voice_without_polls_names_the_desk(resident: Person) -> None:
    said = resident.say("声をとどける")
    assert "アンケートはありません" in said
    assert "今泉まちづくりセンター" in said


def test_voice_shows_open_polls_and_takes_a_number(resident: Person, cities: Context) -> None:
    send_announcement(cities, "fuji", "今泉", "訓練のアンケート")
    with cities.database.write() as session:
        poll = polls.create(
            session, "fuji", _writer(), "夜の訓練に参加しますか", ("はい", "いいえ"), NOW + timedelta(days=3), NOW
        )
        polls.open_poll(session, cities.keystore, poll, NOW)
        session.query(Announcement).one().poll_id = poll.id
    said = resident.say("みんなの声に答える")
    assert said == resident.say("声をとどける")
    assert "夜の訓練" in said
    assert "ほかのご意見" in said
    assert "受け取りました" in resident.say("2")
    assert resident.outcome.kind == "vote"


def _writer() -> Actor:
    class Anyone(Actor):
        def may(self, *_: object) -> bool:
            return True

    return Anyone(None, "試験")


def test_the_desk_is_the_districts_and_the_citys(resident: Person, cities: Context) -> None:
    said = resident.say("窓口")
    assert said.index("今泉まちづくりセンター") < said.index("富士市役所")
    assert "公式ページ" in said
    other = Person(cities, city="tomioka", line_id="U" + "9" * 32).registered("高瀬")
    said = other.say("窓口")
    assert "0274-62-1511" in said


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("sticker", "ありがとう"),
        ("image", "写真"),
        ("video", "動画"),
        ("audio", "声"),
        ("file", "ファイル"),
        ("holo", "言葉"),
    ],
)
def test_everything_else_gets_a_kind_word(resident: Person, kind: str, word: str) -> None:
    said = resident.send(kind)
    assert word in said
    assert "分かりません" not in said
    assert resident.outcome.state is None


def test_a_location_names_the_nearest_centre_and_is_forgotten(resident: Person) -> None:
    said = resident.send("location", latitude=35.18, longitude=138.6844)
    assert "広見まちづくりセンター" in said
    assert "残していません" in said
    assert "広見" in resident.say("1")
    assert "離れている" in resident.send("location", latitude=0.0, longitude=0.0)


@pytest.mark.parametrize(
    "text", ["ありがとう", "ありがとうございました！", "了解です", "おはようございます", "thank you", "obrigado", "👍"]
)
def test_kind_words_get_a_short_one_and_are_no_question(resident: Person, text: str) -> None:
    said = resident.say(text)
    assert len(said.split("\n")[0]) < 40
    assert "分かりません" not in said
    assert "まだ持っていません" not in said


def test_too_many_messages_get_one_polite_word_then_silence(resident: Person, cities: Context) -> None:
    limit = cities.settings.messages_per_minute
    _arrive(resident, cities, limit + 1)
    assert "1分ほど待って" in resident.say("防災訓練はいつですか")
    assert resident.say("防災訓練はいつですか") == ""
    assert resident.send("sticker") == ""
    assert "119" in resident.say("火事です")
    assert resident.say("行事") == ""
    resident.now += timedelta(minutes=2)
    assert "これからの行事" in resident.say("行事")


def test_as_many_messages_as_allowed_are_answered(resident: Person, cities: Context) -> None:
    _arrive(resident, cities, cities.settings.messages_per_minute)
    assert "これからの行事" in resident.say("行事")


def _arrive(person: Person, context: Context, count: int) -> None:
    """So many events from this person in the last seconds, as intake stores them."""
    sealed = context.sealer.seal_id(person.line_id, person.city)
    with context.database.write() as session:
        for number in range(count):
            session.add(
                InboxEvent(
                    municipality_id=person.city, event_key=f"flood{number}", kind="message/text", source=sealed,
                    state="handled", event_at=person.now + timedelta(milliseconds=number), received_at=real_now(),
                )
            )  # fmt: skip
