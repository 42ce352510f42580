"""Polls in chat: real events through the real inbox worker, what it would say read from the outbox."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.postback import encode
from bot.errors import UnavailableError
from bot.models import InboxEvent, OutboxMessage, Resident
from bot.services import closing, outbox, polls, residents
from tests.support.house import labels, words
from tests.support.polling import CITY, NOW, QUESTION, Chat


@pytest.fixture
def chat(context):
    return Chat(context)


def test_a_tap_is_thanked_for_without_repeating_it(chat):
    poll_id = chat.polling.opened(choices=("参加する", "参加しない"))
    chat.polling.resident(1)
    said = words(chat.press(1, "poll.vote", poll=poll_id, choice=0))
    assert "受け取りました。締切の11月25日(水)午前10時まで、変えられます。" in said
    assert "参加する" not in said
    assert chat.kind == "vote"
    assert chat.ballots(poll_id) == [0]


def test_each_choice_shows_its_number_and_only_choices_look_like_answers(chat):
    poll_id = chat.polling.opened()
    chat.polling.resident(1)
    drawn = chat.press(1, "poll.show", poll=poll_id)[0]["contents"]["footer"]["contents"]
    rows = [[part["text"] for part in row["contents"]] for row in drawn[:3]]
    assert rows == [["1", "はい"], ["2", "いいえ"], ["3", "わからない"]]
    assert [row["action"]["label"] for row in drawn[:3]] == ["はい", "いいえ", "わからない"]
    assert (drawn[3]["action"]["label"], drawn[3]["style"]) == ("くわしく", "link")


def test_a_second_tap_changes_the_answer(chat):
    poll_id = chat.polling.opened()
    chat.polling.resident(1)
    chat.press(1, "poll.vote", poll=poll_id, choice=0)
    assert "新しい答え" in words(chat.press(1, "poll.vote", poll=poll_id, choice=2))
    assert chat.ballots(poll_id) == [2]


@pytest.mark.parametrize("typed", ["2", "２", "②", "2番", "２番です", "いいえ"])
def test_a_number_or_the_words_of_a_choice_answer_the_poll_shown_last(chat, typed):
    poll_id = chat.polling.opened()
    chat.polling.resident(1)
    shown = chat.press(1, "poll.show", poll=poll_id)
    assert labels(shown)[:3] == ["はい", "いいえ", "わからない"]
    said = words(chat.say(1, typed))
    assert "受け取りました" in said
    assert QUESTION in said
    assert chat.ballots(poll_id) == [1]


@pytest.mark.parametrize(("typed", "choice"), [("1", 0), ("３", 2), ("②", 1)])
def test_a_number_answers_the_invitation_that_just_arrived(chat, typed, choice):
    poll_id = chat.polling.opened()
    chat.polling.resident(1)
    assert "受け取りました" in words(chat.say(1, typed))
    assert chat.ballots(poll_id) == [choice]


def test_a_number_means_what_was_said_after_the_invitation(chat):
    poll_id = chat.polling.opened()
    resident_id = chat.polling.resident(1)
    with chat.context.database.write() as session:
        resident = session.get_one(Resident, resident_id)
        residents.keep_conversation(session, resident, {"offered": [["A", "x.y", {}]]}, NOW + timedelta(minutes=1))
    chat.now = NOW + timedelta(minutes=2)
    assert chat.say(1, "1") is None
    assert chat.ballots(poll_id) == []


def test_a_button_of_another_district_is_no_vote_and_who_moves_may_still_change(chat):
    poll_id = chat.polling.opened()
    chat.polling.resident(1, chat.polling.elsewhere)
    assert "登録している地区のものではありません" in words(chat.press(1, "poll.vote", poll=poll_id, choice=0))
    assert chat.ballots(poll_id) == []
    mover = chat.polling.resident(2)
    chat.press(2, "poll.vote", poll=poll_id, choice=0)
    with chat.context.database.write() as session:
        session.get_one(Resident, mover).home_district_id = chat.polling.elsewhere
    chat.press(2, "poll.vote", poll=poll_id, choice=1)
    assert chat.ballots(poll_id) == [1]


def test_a_number_is_no_vote_when_the_poll_went_elsewhere_or_is_answered(chat):
    poll_id = chat.polling.opened()
    chat.polling.resident(1, chat.polling.elsewhere)
    assert chat.say(1, "1") is None
    chat.polling.resident(2)
    chat.press(2, "poll.vote", poll=poll_id, choice=0)
    chat.now = NOW + timedelta(hours=2)  # the conversation has gone quiet
    assert chat.say(2, "2") is None
    assert chat.ballots(poll_id) == [0]


def test_a_number_beyond_the_choices_shows_the_poll(chat):
    poll_id = chat.polling.opened()
    chat.polling.resident(1)
    assert QUESTION in words(chat.say(1, "7"))
    assert chat.ballots(poll_id) == []


def test_a_forged_or_broken_button_does_nothing(chat):
    poll_id = chat.polling.opened()
    chat.polling.resident(1)
    data = encode("poll.vote", {"poll": poll_id, "choice": 0}, CITY, b"another key")
    assert chat.event(1, "postback", {"postback": {"data": data}}) is None
    assert "1から3" in words(chat.press(1, "poll.vote", poll=poll_id, choice=17))
    assert "1から3" in words(chat.press(1, "poll.vote", poll=poll_id))
    assert "いまはありません" in words(chat.press(1, "poll.vote", poll=poll_id + 1, choice=0))
    assert "いまはありません" in words(chat.press(1, "poll.vote", poll="٣", choice=0))
    assert chat.ballots(poll_id) == []


def test_a_poll_that_was_not_sent_takes_nothing(chat):
    poll_id = chat.polling.draft()
    chat.polling.resident(1)
    assert "いまはありません" in words(chat.press(1, "poll.vote", poll=poll_id, choice=0))


def close_with(chat, answers):
    poll_id = chat.polling.opened()
    for number, choice in enumerate(answers):
        chat.polling.vote(poll_id, number, choice)
    chat.now = NOW + timedelta(days=3)
    closing.close_due(chat.context, chat.now)
    return poll_id


def test_an_old_button_tells_the_end_and_the_result(chat):
    poll_id = close_with(chat, [0] * 8 + [1] * 4)
    said = words(chat.press(1, "poll.vote", poll=poll_id, choice=1))
    assert "このアンケートは11月25日(水)に終わりました。" in said
    assert "はい: 8人(67%)" in said
    assert "わからない: 0人(0%)" in said
    assert "受け取りました" not in said


def test_below_ten_answers_only_their_number_is_told(chat):
    poll_id = close_with(chat, [0] * 7)
    said = words(chat.press(1, "poll.result", poll=poll_id))
    assert "7人が回答。10人から結果を出します。" in said
    assert "はい" not in said


def test_the_results_of_my_districts(chat):
    close_with(chat, [0] * 12)
    assert "はい: 12人(100%)" in words(chat.press(1, "poll.result"))
    chat.polling.resident(50, chat.polling.elsewhere)
    assert "ありません" in words(chat.press(50, "poll.result"))


def test_of_several_results_one_is_chosen_by_number(chat):
    close_with(chat, [0] * 12)
    chat.now = NOW
    close_with(chat, [1] * 11)
    assert "どのアンケートの結果" in words(chat.press(1, "poll.result"))
    assert "いいえ: 11人(100%)" in words(chat.say(1, "1")) + words(chat.press(1, "poll.result") and chat.say(1, "2"))


def test_an_open_poll_tells_how_many_answered_and_no_more(chat):
    poll_id = chat.polling.opened()
    for number in range(12):
        chat.polling.vote(poll_id, number, 0)
    said = words(chat.press(1, "poll.result", poll=poll_id))
    assert "いま12人が回答しています" in said
    assert "%" not in said


def test_past_the_deadline_and_not_yet_closed_it_is_being_counted(chat):
    poll_id = chat.polling.opened()
    chat.polling.vote(poll_id, 1, 0)
    chat.now = NOW + timedelta(days=3)
    said = words(chat.press(1, "poll.vote", poll=poll_id, choice=1))
    assert "いま数えています" in said
    assert chat.ballots(poll_id) == [0]


def test_a_poll_closed_while_the_vote_was_on_its_way(chat, monkeypatch):
    poll_id = chat.polling.opened()
    chat.polling.resident(1)
    open_box = polls.box_of

    def box_then_close(keystore, poll):
        box = open_box(keystore, poll)
        with pytest.raises(UnavailableError):  # this turn itself reads, so that the log cannot be truncated yet
            closing.close(chat.context, CITY, poll_id, NOW)
        return box

    monkeypatch.setattr(polls, "box_of", box_then_close)
    said = words(chat.press(1, "poll.vote", poll=poll_id, choice=0))
    assert "終わりました" in said
    assert "いま数えています" in said
    assert "受け取りました" not in said
    assert closing.close_due(chat.context, NOW) == 1
    tally = chat.polling.poll(poll_id).tally
    assert (tally["total"], tally["choices"], tally["districts"]) == (0, None, {})


def test_a_lost_poll_says_so(chat):
    poll_id = chat.polling.opened()
    chat.polling.resident(1)
    chat.context.keystore.destroy(f"{CITY}/{poll_id}")
    closing.look_for_keys(chat.context, NOW)
    assert "結果を出せなくなりました" in words(chat.press(1, "poll.vote", poll=poll_id, choice=0))


def test_the_whole_truth_is_one_tap_away(chat):
    poll_id = chat.polling.opened()
    chat.polling.resident(1)
    said = words(chat.press(1, "poll.more", poll=poll_id))
    for promise in ("管理者", "鍵をこわします", "10人より少ない", "投票や決定ではありません", "1つのLINEで1つ"):
        assert promise in said


@pytest.mark.parametrize("language", ["ja", "easy-ja", "en"])
def test_every_screen_in_every_complete_language(chat, language):
    poll_id = close_with(chat, [0] * 12)
    chat.now = NOW
    other = chat.polling.opened()
    resident_id = chat.polling.resident(1)
    with chat.context.database.write() as session:
        session.get_one(Resident, resident_id).language = language
    for action, fields in (
        ("poll.show", {"poll": other}), ("poll.more", {"poll": other}), ("poll.vote", {"poll": other, "choice": 0}),
        ("poll.vote", {"poll": other, "choice": 1}), ("poll.vote", {"poll": other, "choice": 9}),
        ("poll.vote", {"poll": poll_id, "choice": 0}), ("poll.result", {}), ("poll.result", {"poll": poll_id}),
    ):  # fmt: skip
        said = words(chat.press(1, action, **fields))
        assert said
        assert "{" not in said


def test_a_tap_in_the_middle_of_another_conversation_leaves_it_alone(chat):
    first, second = chat.polling.opened(), chat.polling.opened()
    chat.polling.resident(1)
    chat.press(1, "poll.show", poll=first)
    chat.press(1, "poll.vote", poll=second, choice=2)
    chat.say(1, "1")
    assert (chat.ballots(first), chat.ballots(second)) == ([0], [2])


@pytest.mark.shared
def test_every_screen_fits_lines_own_description(chat):
    from tests.support.line_spec import validate_messages

    over = close_with(chat, [0] * 12)
    close_with(chat, [1] * 11)
    chat.now = NOW
    poll_id = chat.polling.opened(choices=[f"{'長い選択肢' * 7}{at}番目" for at in range(10)])
    for action, fields in (
        ("poll.show", {"poll": poll_id}), ("poll.more", {"poll": poll_id}), ("poll.vote", {"poll": poll_id, "choice": 9}),
        ("poll.vote", {"poll": over, "choice": 0}), ("poll.result", {"poll": over}), ("poll.result", {}),
    ):  # fmt: skip
        assert validate_messages(chat.press(1, action, **fields)) == []


def test_nothing_stored_holds_an_answer_beside_a_resident(chat):
    poll_id = chat.polling.opened(choices=("さんせいX", "はんたいY"))
    for number in range(3):
        chat.polling.resident(number)
        chat.press(number, "poll.vote", poll=poll_id, choice=0)
        assert chat.state(number) == {}
        chat.press(number, "poll.show", poll=poll_id)
        chat.say(number, "1")
        assert [offered[0] for offered in chat.state(number)["offered"]] == ["さんせいX", "はんたいY"]
    with chat.context.database.read() as session:
        said = [
            chat.context.sealer.open(row.body, outbox.BODY_CONTEXT + CITY).decode()
            for row in session.scalars(select(OutboxMessage))
        ]
        bodies = session.scalars(select(InboxEvent.body)).all()
    receipts = [text for text in said if "受け取りました" in text]
    assert len(receipts) == 6
    assert not any("さんせいX" in text or "はんたいY" in text for text in receipts)
    assert set(bodies) == {None}
