"""A voice in chat: what is said before, while and after; votes on others' words."""

import json

import pytest
from sqlalchemy import select

from bot.models import Conversation, RoundTable, Statement, StatementLink
from bot.services import moderation, statement_votes
from handlers.chat.turn import Event
from tests.support.hearing import CITY, NOW, Hearing


@pytest.fixture
def hearing(cities):
    return Hearing(cities)


@pytest.fixture
def resident(resident):
    resident.now = NOW
    return resident


def stored(hearing):
    with hearing.context.database.read() as session:
        return session.scalars(select(Statement).order_by(Statement.number)).all()


def links(hearing):
    with hearing.context.database.read() as session:
        return session.scalars(select(StatementLink)).all()


def typed(person, text, message="100001"):
    return person._act(Event("message/text", text=text, message_ids=(message,)))


def test_a_voice_on_any_day_from_the_word_to_the_receipt(resident, hearing):
    asked = resident.say("意見")
    assert "140字" in asked
    assert "係の人(座長か市の担当)が先に読みます" in asked
    assert "「返事はいりません」なら" in asked
    shown = typed(resident, "公園の水飲み場を直してほしい")
    assert "「公園の水飲み場を直してほしい」" in shown
    assert stored(hearing) == []
    thanks = resident.say("2")
    assert "受け取りました" in thanks
    assert "11月24日(火)正午までに" in thanks  # 48 hours, then up to full six hours
    assert "だれの声かは残していません" in thanks
    (row,) = stored(hearing)
    assert (row.text, row.state, row.round_table_id, row.door) == (
        "公園の水飲み場を直してほしい",
        "waiting",
        None,
        "line",
    )
    assert links(hearing) == []
    fate = resident.tap("この声のいま")
    assert "確認を待っています" in fate
    assert "消しました" in resident.tap("取り下げる")
    assert (stored(hearing)[0].state, stored(hearing)[0].text) == ("withdrawn", "")


def test_what_is_being_written_stands_nowhere_in_clear(resident, hearing):
    resident.say("声")
    typed(resident, "夜道がとても暗い")
    with hearing.context.database.read() as session:
        state = json.dumps(session.scalars(select(Conversation)).one().state, ensure_ascii=False)
    assert "夜道" not in state
    assert "100001" not in state
    assert '"draft"' in state  # the positive control: it is there, sealed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("あ" * 141, "いま141字あります"),
        ("隣の家の犬の声がうるさい", "特定の方への苦情"),
        ("!?", "言葉で送ってください"),
    ],
)
def test_what_may_not_go_in_is_said_kindly_and_kept_nowhere(resident, hearing, text, said):
    resident.say("意見")
    assert said in typed(resident, text)
    assert "送る(返事はいりません)" not in resident.labels
    assert "「夜道が暗い」" in typed(resident, "夜道が暗い")  # still writing
    assert stored(hearing) == []


def test_names_and_numbers_are_hidden_before_anything_is_kept(resident, hearing):
    resident.say("意見")
    shown = typed(resident, "街灯のことは田中さん(0545-12-3456)に聞いて")
    assert "田中" not in shown
    assert "0545" not in shown
    assert "●●でかくしました" in shown
    resident.tap("送る(返事はいりません)")
    assert "田中" not in stored(hearing)[0].text


def test_a_petition_is_shown_its_procedure_and_may_go_on_as_a_voice(resident, hearing):
    resident.say("意見")
    assert "決まった手続き" in typed(resident, "バス路線を残す陳情をしたい")
    assert "この声を送りますか" in resident.tap("声として送る")
    resident.tap("送る(返事はいりません)")
    assert stored(hearing)[0].state == "waiting"


def test_an_election_is_held_for_the_city(resident, hearing):
    resident.say("意見")
    assert "市の担当が先に読みます" in typed(resident, "市長選挙の候補者の話を聞きたい")
    resident.tap("送る(返事はいりません)")
    row = stored(hearing)[0]
    assert row.held_for == "election"
    with hearing.context.database.read() as session:
        assert not moderation.may_moderate(session, hearing.chair, row, NOW)
        assert moderation.may_moderate(session, hearing.city, row, NOW)


def test_emergencies_come_first_while_writing(resident, hearing):
    resident.say("意見")
    assert "119" in typed(resident, "家が火事です")
    assert stored(hearing) == []


def test_similar_ones_are_shown_and_can_be_agreed_to(resident, hearing):
    first = hearing.approved(50, "街灯を増やしてほしい")
    resident.post("statement.start", round=str(hearing.round))
    shown = typed(resident, "街灯をもっと増やしてほしいです")
    assert "同じような声があります" in shown
    assert "1. 「街灯を増やしてほしい」" in shown
    assert "あなたの分を足しました" in resident.say("1")
    assert len(stored(hearing)) == 1
    assert hearing.box().ballots.poll == f"{CITY}/round/{hearing.round}"
    # It became a vote, for votes are taken in this round: the same tap again changes nothing.
    assert hearing.vote(51, first, 1) == "accepted"


def test_a_voice_of_ones_own_goes_beside_the_similar_one(resident, hearing):
    hearing.approved(50, "街灯を増やしてほしい")
    resident.post("statement.start", round=str(hearing.round))
    typed(resident, "街灯をもっと増やしてほしいです")
    resident.tap("別の声として送る")
    resident.tap("送る(どうなったか知りたい)")
    assert sorted(row.state for row in stored(hearing)) == ["approved", "waiting"]
    assert len(links(hearing)) == 1


def test_five_a_day(resident, hearing):
    for number in range(5):
        resident.say("意見")
        typed(resident, f"よい考え{'一二三四五'[number]}番目は花壇と{'桜梅松竹菊'[number]}です")
        assert "受け取りました" in resident.tap("送る(返事はいりません)")
    resident.say("意見")
    typed(resident, "六番目は池のそばの椅子のことです")
    assert "1日に5つまで" in resident.tap("送る(返事はいりません)")
    assert len(stored(hearing)) == 5


def test_unsend_takes_the_draft_and_the_statement_along(resident, hearing):
    resident.say("意見")
    typed(resident, "夜道が暗い", "200001")
    resident._act(Event("unsend", message_ids=("200001",)))
    assert "もうありません" in resident.post("statement.send", answer="0")
    typed(resident, "夜道が暗い", "200002")
    resident.tap("送る(返事はいりません)")
    resident._act(Event("unsend", message_ids=("999999",)))
    assert stored(hearing)[0].state == "waiting"
    resident._act(Event("unsend", message_ids=("200002",)))
    assert (stored(hearing)[0].state, stored(hearing)[0].text) == ("withdrawn", "")


def test_others_words_one_at_a_time(resident, hearing):
    ids = {
        hearing.approved(60 + at, text) for at, text in enumerate(["街灯を増やす", "防犯灯をLEDに", "夜は見回りをする"])
    }
    assert "みんなの声に答える: 夜道を明るくするには" in resident.post("voice.show")
    first = resident.post("statement.next", round=str(hearing.round))
    assert "あと3つ" in first
    assert "住民の方の声です" in first
    assert all(button.shown is None for button in resident.seen[-1].buttons)
    assert "あと2つ" in resident.say("1")
    assert "あと1つ" in resident.tap("反対")
    done = resident.tap("わからない・パス")
    assert "すべての声に答えました" in done
    assert "変えました" in resident.tap("ひとつ前を変える") + resident.tap("賛成")
    assert "答える声はありません" in resident.post("statement.next", round=str(hearing.round))
    with hearing.context.database.read() as session:
        votes, spoiled = statement_votes.opened(session, hearing.box())
    assert spoiled == 0
    assert {int(key[1]) for key in votes} == ids
    assert sorted(votes.values()) == [-1, 1, 1]


def test_a_sitting_ends_after_five_and_goes_on(resident, hearing):
    for at in range(7):
        hearing.approved(70 + at, f"{'街道橋川山海空'[at]}の話をしよう")
    resident.post("statement.next", round=str(hearing.round))
    said = [resident.tap("賛成") for _ in range(5)]
    assert "まだ2つあります" in said[-1]
    assert "あと2つ" in resident.tap("続ける")


def test_votes_are_off_unless_the_round_says_so(resident, cities):
    hearing = Hearing(cities, voting=False)
    hearing.approved(60, "街灯を増やす")
    assert "みんなの声に答える" not in resident.post("voice.show")
    assert "受け付けていません" in resident.post("statement.next", round=str(hearing.round))


def test_an_old_or_forged_button_gets_a_sensible_answer(resident, hearing):
    shown = hearing.approved(60, "街灯を増やす")
    other_round = {"round": "999", "s": str(shown), "a": "1", "left": "1"}
    assert "受け付けていません" in resident.post("statement.vote", **other_round)
    assert "もう出ていません" in resident.post("statement.vote", round=str(hearing.round), s="1", a="7", left="1")
    assert "もう出ていません" in resident.post("statement.fate", s="12")
    with hearing.context.database.write() as session:
        session.get_one(RoundTable, hearing.round).state = "meeting"
    assert "終わりました" in resident.post("statement.start", round=str(hearing.round))
    assert "受け付けていません" in resident.post(
        "statement.vote", round=str(hearing.round), s=str(shown), a="1", left="1"
    )


def test_what_is_held_is_told_to_its_owner_without_the_words(resident, hearing):
    assert "返事を待っている声" not in resident.post("my_data.export")
    resident.post("statement.start", round=str(hearing.round))
    typed(resident, "夜道が暗い")
    resident.tap("送る(どうなったか知りたい)")
    held = resident.post("my_data.export")
    assert "返事を待っている声: 1つ" in held
    assert "参加した回: 夜道を明るくするには" in held
    assert "夜道が暗い" not in held
