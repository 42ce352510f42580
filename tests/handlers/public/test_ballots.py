"""A ticket from a letter, without JavaScript: write, check, send once; and every way it can go wrong."""

from __future__ import annotations

import re

import pytest

from bot.models import PollTicket
from bot.services import ballots, closing, poll_tickets, polls
from handlers import public
from tests.handlers.console.test_poll_doors import asked
from tests.support.console import Office, later, make_app, text_of

__all__ = ["asked"]


@pytest.fixture
def office(cities):
    return Office(cities)


@pytest.fixture
def letter(office, asked):
    """A resident's browser, the codes of three tickets as the console showed them, and the poll."""
    visitor, poll_id, place = asked
    page = visitor.post(f"{place}/tickets", {"count": "3"})
    codes = re.search(r'name="codes" value="([^"]+)"', page.text)[1].split()
    assert page.text.count("<svg") - page.text.count('<svg class="icon"') == 3
    assert all(poll_tickets.shown(code) in page.text for code in codes)
    saved = visitor.post(f"{place}/tickets", {"codes": " ".join([*codes, "A" * 16])})
    assert saved.data.decode("utf-8-sig").count("/m/fuji/poll/") == 3
    app = make_app(office.context)
    public.register(app, office.context)
    return app.test_client(), codes, poll_id


ANSWERS = {"q0": "0", "q1_1": "2", "q1_2": "0", "q2": "4", "q3": "街灯を。0545-51-0123 unknown"}


def test_written_checked_and_sent_once(office, letter):
    client, codes, poll_id = letter
    place = f"/m/fuji/poll/{codes[0]}"
    form = client.get(place)
    assert form.status_code == 200
    for words in ("秋の行事", "1つ選んでください", "<いいえ>", "問1で「はい」を選んだ方だけ", "名前は聞きません"):
        assert words in text_of(form).replace("&lt;", "<").replace("&gt;", ">")
    assert form.headers["Referrer-Policy"] == "no-referrer"
    check = client.post(place, data={**ANSWERS, "step": "check"})
    assert "この答えで送りますか" in check.text
    assert "う、#あ" in text_of(check)
    assert "4人" in text_of(check)
    assert 'name="q1_1" value="2"' in check.text
    edit = client.post(place, data={**ANSWERS, "step": "edit"})
    assert 'value="0" checked' in edit.text
    sent = client.post(place, data={**ANSWERS, "step": "send"})
    assert sent.status_code == 303
    assert "ありがとうございました" in client.get(sent.location).text
    again = client.post(place, data={**ANSWERS, "step": "send"})
    assert "もう使われています" in again.text
    with office.context.database.read() as session:
        poll = polls.get(session, "fuji", poll_id)
        box = polls.box_of(office.context.keystore, poll)
        (sheet,) = ballots.sheets(session, poll, box)
    assert sheet.door == "web"
    assert sheet.answers == {0: (0,), 1: (2, 0), 2: 4, 3: {"text": "街灯を。●● unknown"}}


@pytest.mark.parametrize(
    "wrong",
    [{"q0": "2"}, {"q2": "10"}, {"q2": "たくさん"}, {"q0": "0", "q1_1": "1", "q1_2": "1"}, {"q3": "あ" * 141}, {}],
)
def test_what_has_to_be_mended_keeps_what_was_typed(letter, wrong):
    client, codes, _ = letter
    answer = client.post(f"/m/fuji/poll/{codes[0]}", data={**wrong, "step": "send"})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    if "q2" in wrong:
        assert f'value="{wrong["q2"]}"' in answer.text


def test_languages_of_the_page_and_its_items(letter):
    client, codes, _ = letter
    page = client.get(f"/m/fuji/poll/{codes[0]}?lang=pt")
    assert 'lang="pt"' in page.text
    assert "Conferir as respostas" in page.text
    assert client.get(f"/m/fuji/poll/?code={poll_tickets.shown(codes[0])}").location.startswith(
        f"/m/fuji/poll/{codes[0]}"
    )


def test_forged_early_and_closed_are_told_kindly_and_guessing_stops(office, letter):
    client, codes, poll_id = letter
    assert client.get(f"/m/tomioka/poll/{codes[0]}").status_code == 404
    with office.context.database.write() as session:
        polls.get(session, "fuji", poll_id).state = "draft"
    assert "まだ始まっていません" in client.get(f"/m/fuji/poll/{codes[0]}").text
    with office.context.database.write() as session:
        polls.get(session, "fuji", poll_id).state = "open"
    closing.close_due(office.context, later(241))
    over = client.post(f"/m/fuji/poll/{codes[0]}", data={**ANSWERS, "step": "send"})
    assert (over.status_code, "終わりました" in over.text) == (410, True)
    for _ in range(29):
        assert client.get("/m/fuji/poll/0000000000000000").status_code == 404
    assert client.get(f"/m/fuji/poll/{codes[0]}").status_code == 429
    with office.context.database.read() as session:
        assert session.query(PollTicket).count() == 3
