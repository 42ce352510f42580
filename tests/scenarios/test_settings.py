"""Settings and languages on the phone."""

from __future__ import annotations

from tests.support.house import RunningHouse, labels, words


def test_settings_by_tap_and_number(house: RunningHouse) -> None:
    user = house.resident("今泉")
    assert "わたしの登録" in labels(house.say(user, "設定"))
    house.say(user, "2")
    house.tap(user, "地区を加える")
    assert "須津(すど)を加えました" in words(house.say(user, "須津"))
    assert "お知らせを止めました" in words(house.say(user, "停止"))
    assert "止めています" in words(house.say(user, "設定"))
    assert "お知らせを再開しました" in words(house.say(user, "再開"))
    out = words(house.tap(user, "窓口"))
    assert "今泉まちづくりセンター" in out
    assert house.violations() == []


def test_three_languages(house: RunningHouse) -> None:
    user = house.resident("今泉")
    house.say(user, "Language")
    assert "from now on" in words(house.tap(user, "English"))
    assert "My district: Imaizumi" in words(house.say(user, "5"))
    house.say(user, "やさしい日本語")
    assert "すんでいる" in words(house.say(user, "せってい"))
    assert house.violations() == []


def test_strange_things_never_meet_silence(house: RunningHouse) -> None:
    user = house.resident("今泉")
    for text in ("あ" * 5000, "🙂🎉🍎", "مرحبا", "\u0000", "99", "ありがとう"):
        assert words(house.say(user, text))
    for act in ("sticker", "image"):
        before = len(house.inbox(user))
        house.act(user, act)
        assert house.wait(lambda seen=before: house.inbox(user)[seen:])
    before = len(house.inbox(user))
    house.act(user, "postback", {"data": "poll.vote?poll=1&choice=0#forgedforgedforg"})
    assert "古くなりました" in words(house.wait(lambda: house.inbox(user)[before:])[0]["messages"])
    assert house.violations() == []
