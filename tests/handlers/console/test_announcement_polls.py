"""Polls of several items in the announcement's form: written, shown, rewritten, and what is wrong with them said."""

from __future__ import annotations

import re

import pytest

from bot.services import polls
from tests.handlers.console.test_announcements import BASE, form, number, poll_fields
from tests.support.console import Office

ITEMS = {
    "poll_title": "秋の行事について",
    "kind": "single",
    "kind_2": "text",
    "question_2": "来られないわけを教えてください。",
    "after_2": "1",
    "after_choices_2": "3",
    "kind_4": "scale",
    "question_4": "行事のお知らせに満足していますか。",
    "pass_4": "1",
    "texts_en_4": "Are you satisfied?\nVery\nFairly\nSo so\nNot much\nNot at all",
}


def test_a_poll_of_several_items_is_written_shown_and_rewritten(office: Office):
    visitor = office.visit(office.hire("officer", "今泉"))
    made = visitor.post(f"{BASE}/new", form(office) | poll_fields() | ITEMS)
    announcement_id = number(made.location)
    with office.context.database.read() as session:
        poll = polls.get(session, "fuji", office.announcement(announcement_id).poll_id)
        items = polls.items_of(session, poll)
    assert (poll.question, [item.kind for item in items]) == ("秋の行事について", ["single", "text", "scale"])
    assert items[1].after == (0, (2,))
    assert items[2].choices[0] == "とても満足"
    assert items[2].words("en").choices == ("Very", "Fairly", "So so", "Not much", "Not at all")
    seen = visitor.get(f"{BASE}/{announcement_id}").text
    assert "問1で「参加しない」を選んだ人だけ" in seen
    page = visitor.get(f"{BASE}/{announcement_id}/edit").text
    assert "来られないわけを教えてください。" in page
    assert "Are you satisfied?" in page
    version = page.split('name="version" value="')[1].split('"')[0]
    again = form(office, version=version) | poll_fields()
    assert visitor.post(f"{BASE}/{announcement_id}/edit", again).status_code == 302
    with office.context.database.read() as session:
        poll = polls.get(session, "fuji", office.announcement(announcement_id).poll_id)
        assert [item.kind for item in polls.items_of(session, poll)] == ["single"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"poll_title": ""}, "アンケートの題名を入れてください"),
        ({"after_2": "3"}, "番号で書いてください"),
        ({"kind_2": "evil"}, "答え方を選んでください"),
        ({"texts_en_4": "Only a question"}, "全部で6行"),
        ({"kind_2": "number", "low_2": "x"}, "数字で書いてください"),
        ({"kind_2": "single", "choices_2": "a"}, "選択肢は、1行に1つずつ"),
    ],
)
def test_what_is_wrong_with_an_item_is_said_and_nothing_lost(office: Office, changes, why):
    visitor = office.visit(office.hire("officer", "今泉"))
    answer = visitor.post(f"{BASE}/new", form(office) | poll_fields() | ITEMS | changes)
    assert answer.status_code == 400
    assert why in answer.text
    assert "行事のお知らせに満足していますか。" in answer.text


def test_what_is_to_be_mended_is_listed_in_the_order_of_the_fields_and_leads_to_them(office: Office):
    visitor = office.visit(office.hire("officer", "今泉", "吉原"))
    wrong = {
        "about": "x", "title": "", "sender": "", "districts": [], "when": "time", "send_date": "", "urgency": "x",
        "links": "map", "poll_title": "", "kind": "x", "question": "", "choices": "a", "kind_2": "number", "low_2": "x",
        "high_2": "y", "question_2": "", "choices_2": "b", "after_2": "5", "texts_en": "a", "close_date": "",
    }  # fmt: skip
    page = visitor.post(f"{BASE}/new", form(office) | poll_fields() | wrong).text
    listed = re.findall(r'<li><a href="#([^"]+)">', page)
    assert len(listed) > 15
    assert {"title", "sender", "districts", "send_date", "kind", "after_2", "close_date"} <= set(listed)
    stand = [page.find(f' id="{name}"') for name in listed]
    assert min(stand) > 0, "each leads to a field that is there"
    assert stand == sorted(stand)
    assert page.count('class="summary"') == page.count('data-form="announcement"') == 1
