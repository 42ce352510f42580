import json

import pytest

from bot.errors import BadInputError
from bot.line.limits import check, utf16
from bot.line.render import Card, Cards, Open, Place, Say, Tap, Text, dump, encode, render
from tests.support.line_spec import validate_messages


def card(**changes):
    values = {
        "title": "防災訓練",
        "body": ("12月6日(日) 午前8時30分から",),
        "heading": "今泉",
        "notes": ("出典: 見本",),
    }
    return Card(**(values | changes))


def test_a_text_with_every_kind_of_choice():
    message = Text(
        "どれですか。",
        (
            Tap("はい", "a?#s", "はい"),
            Tap("黙って", "b?#s"),
            Say("いいえ"),
            Open("開く", "https://x.example/"),
            Place("場所"),
        ),
    )
    (rendered,) = render([message])
    actions = [item["action"] for item in rendered["quickReply"]["items"]]
    assert [action["type"] for action in actions] == ["postback", "postback", "message", "uri", "location"]
    assert actions[0]["displayText"] == "はい"
    assert "displayText" not in actions[1]


def test_bytes_are_the_json_as_it_stands():
    assert encode([Text("あ")]) == '[{"type":"text","text":"あ"}]'.encode()
    assert json.loads(encode([card()])) == render([card()])


def test_a_long_label_becomes_a_wrapping_box():
    (rendered,) = render([card(buttons=(Say("短い"), Say("とても長いのでボタンでは切れてしまう選択肢")))])
    kinds = [part["type"] for part in rendered["contents"]["footer"]["contents"]]
    assert kinds == ["button", "box"]


@pytest.mark.parametrize(
    ("messages", "word"),
    [
        ([], "0 messages"),
        ([Text("a")] * 6, "6 messages"),
        ([Text("🍎" * 2501)], "5002"),
        ([Text("a", tuple(Say(str(n)) for n in range(14)))], "14 quick replies"),
        ([Text("a", (Say("あ" * 21),))], "21"),
        ([card(buttons=(Say("あ" * 41),))], "41"),
        ([card(buttons=(Open("x", "http://x.example/"),))], "https"),
        ([card(body=("あ" * 12000,))], "bytes"),
        ([Cards((card(),) * 13, "alt")], "13 bubbles"),
        ([Text("a", (Tap("", "d"),))], "no label"),
    ],
)
def test_what_line_would_refuse_is_refused_here(messages, word):
    with pytest.raises(BadInputError, match=word):
        render(messages)


def test_an_alt_text_over_the_limit_is_cut_and_says_so():
    (rendered,) = render([card(alt="あ" * 2000)])
    assert utf16(rendered["altText"]) <= 1500
    assert rendered["altText"].endswith("…")


def test_checking_twice_changes_nothing():
    rendered = render([card(), Text("a")])
    before = dump(rendered)
    check(rendered)
    assert dump(rendered) == before


@pytest.mark.shared
@pytest.mark.parametrize(
    "message",
    [
        Text("あ", (Tap("はい", "a?#s", "はい"), Place("場所"))),
        card(buttons=(Say("短い"), Open("長い長い長い長い長い長い長いラベル", "tel:0274621511")), choices=(Say("x"),)),
        Cards((card(), card(title="別の")), "2件の行事"),
    ],
)
def test_lines_own_description_accepts_it(message):
    assert validate_messages(render([message])) == []
