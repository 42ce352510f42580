"""職員に聞く in chat: the link, the list of receipt numbers, nothing of the matter itself."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.line.render import Card, Open
from bot.models import Inquiry, InquiryLink
from bot.services import inquiries, inquiry_links


def link_of(person):
    card = person.seen[0]
    assert isinstance(card, Card)
    return next(button.uri for button in card.buttons if isinstance(button, Open))


def written(person, text="街灯が切れています。"):
    """The form behind the link that was just given, sent."""
    token = link_of(person).rsplit("/", 1)[1]
    with person.context.database.write() as session:
        link = inquiry_links.find(session, person.city, "form", token)
        return inquiries.send(person.context, session, link, inquiries.Written(text), person.now).id


@pytest.mark.parametrize("words", ["相談したい", "職員と話したい", "職員に聞く", "提案", "staff"])
def test_words_give_a_link_whose_hash_alone_is_kept(resident, words):
    said = resident.say(words)
    url = link_of(resident)
    token = url.rsplit("/", 1)[1]
    assert url.startswith("https://entaku.example/m/fuji/inquiry/")
    assert len(token) == 32
    assert "1度だけ" in said
    with resident.context.database.read() as session:
        row = session.scalars(select(InquiryLink)).one()
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert row.expires_at - resident.now == timedelta(hours=24)


def test_what_nobody_knows_offers_the_staff(resident):
    resident.say("フラミンゴの飼い方の税金")
    assert "職員に聞く" in resident.labels
    resident.tap("職員に聞く")
    assert "/m/fuji/inquiry/" in link_of(resident)


def test_the_desk_offers_the_staff_too(resident):
    resident.say("窓口")
    resident.tap("職員に聞く")
    assert "/m/fuji/inquiry/" in link_of(resident)


def test_only_five_unused_links_of_one_person_stay(resident):
    for _ in range(7):
        resident.say("相談したい")
    with resident.context.database.read() as session:
        assert len(session.scalars(select(InquiryLink)).all()) == inquiry_links.OPEN_FORMS


def test_the_list_names_number_day_and_state_and_no_word_of_the_matter(resident):
    assert "受け付けている相談はありません" in resident.say("受付番号の状況")
    resident.say("相談したい")
    number = f"富-{1000 + written(resident)}"
    for words in ("受付番号の状況", resident_number(resident)):
        said = resident.say(words)
        assert number in said
        assert "受け付けました" in said
        assert "街灯" not in said
    assert number in resident.post("my_data.export")


def resident_number(person):
    with person.context.database.read() as session:
        return inquiries.number(session, session.scalars(select(Inquiry)).one())


def test_another_persons_inquiry_is_not_there(resident):
    resident.say("相談したい")
    inquiry_id = written(resident)
    other = type(resident)(resident.context, line_id="U" + "b" * 32).registered("吉原")
    assert "いまはありません" in other.post("inquiry.read", i=str(inquiry_id))
    assert "いまはありません" in other.post("inquiry.resolve", i=str(inquiry_id))
    with resident.context.database.read() as session:
        assert session.get(Inquiry, inquiry_id).state == "new"


def test_erasing_oneself_leaves_an_inquiry_of_nobody(resident):
    resident.say("相談したい")
    inquiry_id = written(resident)
    resident.post("my_data.erase_now")
    with resident.context.database.read() as session:
        row = session.get(Inquiry, inquiry_id)
        assert (row.resident_id, row.contact) == (None, None)
        assert session.scalars(select(InquiryLink)).all() == []
