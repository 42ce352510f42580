"""The printed ballot, the poster and their QR code; slips without JavaScript."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from bot.core.poll_items import Item
from bot.models import Channel
from bot.now import jst
from bot.services import closing, poll_doors, poll_print, polls, round_tables
from bot.services.composing import Question
from tests.handlers.console.test_announcements import form, number, poll_fields
from tests.support.console import later, text_of

ITEMS = (
    Item("single", "来ますか", ("はい", "<いいえ>"), may_pass=True),
    Item("ranking", "大事な順は", ("#あ", "い", "う"), after=(0, (0,))),
    Item("number", "何人で", high=9, unit="人"),
    Item("text", "ひとこと"),
)


@pytest.fixture
def asked(office):
    """An open poll of 今泉, and its officer's browser."""
    officer = office.hire("officer", "今泉")
    poll_id = opened(office, officer, later(240))
    return office.visit(officer), poll_id, f"/console/fuji/polls/{poll_id}"


def opened(office, officer, closes_at, **more):
    """The poll of ITEMS, open; returns its id."""
    draft = office.draft(officer, "今泉", poll=Question("秋の行事", (), closes_at, ITEMS, **more))
    poll_id = office.announcement(draft).poll_id
    context = office.context
    with context.database.read() as session:
        polls.prepare_key(context.keystore, polls.get(session, "fuji", poll_id))
    with context.database.write() as session:
        polls.open_poll(session, context.keystore, polls.get(session, "fuji", poll_id), context.clock())
    return poll_id


def connect(office):
    with office.context.database.write() as session:
        row = session.get(Channel, "fuji")
        if row is None:
            row = Channel(municipality_id="fuji", bot_user_id="U", secret=b"-", token=b"-")
            session.add(row)
        row.basic_id = "@123abcde"


def test_the_link_opens_the_chat_with_the_words_written():
    link = poll_print.chat_link("@123abcde", "アンケート12")
    assert link.startswith("https://line.me/R/oaMessage/%40123abcde/?%E3%82")
    assert unquote(link).endswith("/?アンケート12")


def test_ballot_and_poster(office, asked):
    visitor, poll_id, place = asked
    page = visitor.get(f"{place}/ballot?place=今泉まちづくりセンター")
    assert "<svg" not in page.text.split("<article")[1]  # no account, no code
    connect(office)
    page = visitor.get(f"{place}/ballot?place=今泉まちづくりセンター")
    said = text_of(page)
    for words in ("秋の行事", "名前は書かないでください", "出すところ 今泉まちづくりセンター", "1つに✓", "答えたくない",
                  "問1で「はい」を選んだ方だけ", f"アンケート{poll_id}"):  # fmt: skip
        assert words in said
    assert "<svg" in page.text
    assert "&lt;いいえ&gt;" in page.text
    assert not re.search(r"<svg[^>]* style=", page.text)
    assert "<svg" in visitor.get(f"{place}/poster").text
    made = visitor.get(f"{place}/ballot.pdf")
    assert made.data.startswith(b"%PDF-")


def test_slips_without_javascript(office, asked):
    visitor, poll_id, place = asked
    slip = {"door": "paper", "number": "007", "slip": "a", "item_0": "1", "item_1": "21", "item_2": "3", "item_3": "声"}
    answer = visitor.post(f"{place}/slips", slip)
    assert answer.status_code == 303
    page = visitor.get(answer.location)
    assert 'value="008"' in page.text
    again = visitor.post(f"{place}/slips", {**slip, "item_3": "別の声"})
    assert again.status_code == 409
    assert "別の声" in again.text  # what was typed is still there
    wrong = visitor.post(f"{place}/slips", {**slip, "number": "8", "item_0": "5"})
    assert (wrong.status_code, "問1: 1から2までの番号" in wrong.text) == (400, True)
    assert visitor.post(f"{place}/slips", {"act": "undo", "door": "paper", "last": "007"}).status_code == 303
    with office.context.database.read() as session:
        poll = polls.get(session, "fuji", poll_id)
        assert (poll.participants, poll_doors.entered(session, poll)["paper"]) == (0, 0)


def test_a_round_tables_question_has_its_own_page(office):
    officer = office.hire("officer", "今泉")
    round_id = office.round_table(officer, "今泉", question="暗い道はありますか", choices=("ある", "ない"))
    with office.context.database.read() as session:
        poll = round_tables.card_of(session, round_tables.get(session, "fuji", round_id)).poll
        assert "円卓会議のページで" in poll_doors.why_not(session, poll)


def test_the_reminder_and_the_earlier_poll_in_the_form(office, asked):
    visitor, earlier, _ = asked
    author = office.hire("officer", "今泉")
    closing.close_due(office.context, later(241))
    body = form(office) | poll_fields(96) | {"remind": "1", "repeats": str(earlier)}
    short = visitor.post("/console/fuji/announcements/new", body | poll_fields(3))
    assert (short.status_code, "前の日のお知らせはできません" in short.text) == (400, True)
    made = office.visit(author).post("/console/fuji/announcements/new", body)
    page = visitor.get(made.location)
    assert "まだ答えていない方へ1回だけお知らせします" in page.text
    with office.context.database.read() as session:
        poll = polls.get(session, "fuji", office.announcement(number(made.location)).poll_id)
        assert (jst(poll.remind_at).hour, poll.repeats_id) == (18, earlier)
    again = office.visit(author).get(f"{made.location}/edit")
    assert 'name="remind" value="1" checked' in again.text
    assert f'value="{earlier}" selected' in again.text
    office.visit(author).post(f"{made.location}/edit", form(office) | poll_fields(96) | {"version": "1"})
    with office.context.database.read() as session:
        poll = polls.get(session, "fuji", office.announcement(number(made.location)).poll_id)
        assert (poll.remind_at, poll.repeats_id) == (None, None)


def test_the_same_form_twice_is_one_poll_and_a_mended_question_another(office):
    visitor = office.visit(office.hire("officer", "今泉"))
    typed = form(office) | poll_fields() | {"question_2": "何人で来ますか。", "kind_2": "number", "poll_title": "訓練"}
    sent = [typed, typed, typed | {"question_2": "何人で参加しますか。"}, typed | {"asks_age": "1"}]
    made = [visitor.post("/console/fuji/announcements/new", one).location for one in sent]
    assert (made[0] == made[1], len(set(made))) == (True, 3)
    assert "何人で参加しますか。" in visitor.get(made[2]).text


def test_two_years_stand_beside_each_other(office, asked):
    visitor, earlier, _ = asked
    slips = {earlier: (9, 3), 0: (4, 8)}

    def fill(poll_id, counts):
        numbers = iter(range(1, 99))
        for choice, people in enumerate(counts, 1):
            for _ in range(people):
                slip = {
                    "door": "paper",
                    "number": f"{next(numbers):03}",
                    "slip": "a",
                    "item_0": str(choice),
                    "item_2": "2",
                }
                assert visitor.post(f"/console/fuji/polls/{poll_id}/slips", slip).status_code == 303

    fill(earlier, slips[earlier])
    closing.close_due(office.context, later(241))
    poll_id = opened(office, office.hire("officer", "今泉"), later(480), repeats_id=earlier)
    fill(poll_id, slips[0])
    assert "前の年と並べる" not in visitor.get(f"/console/fuji/polls/{poll_id}").text
    closing.close_due(office.context, later(481))
    page = visitor.get(f"/console/fuji/polls/{poll_id}").text
    table = page[page.index("前の年と並べる") :].split("</table>")[0]
    assert re.findall(r'<th scope="row">([^<]+)</th><td class="num">([^<]+)</td><td class="num">([^<]+)<', table)[
        :2
    ] == [
        ("はい", "33%", "75%"),
        ("&lt;いいえ&gt;", "67%", "25%"),
    ]
    assert "今回<br>n=12" in table
