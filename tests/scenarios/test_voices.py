"""A voice over real HTTP: given, found alike, looked at, told; taken back by LINE's `unsend`; voted on by others."""

from datetime import timedelta

from sqlalchemy import select

from bot.models import InboxEvent, Listening, OutboxMessage, RoundTable, Statement
from bot.now import real_now
from bot.services import moderation, statement_closing
from bot.services.moderation import Desk
from bot.services.outbox import At
from tests.support.hearing import CITY, Hearing
from tests.support.house import labels, words


def stored(house, text):
    with house.context.database.read() as session:
        return session.scalars(select(Statement).where(Statement.text == text)).one_or_none()


def approve(house, hearing, text):
    with house.context.database.write() as session:
        desk = Desk(hearing.chair, house.context.sealer, At(house.context.clock(), real_now()))
        moderation.approve(session, desk, CITY, stored(house, text).id)


def give(house, user, theme, text, button):
    house.say(user, "声をとどける")
    house.tap(user, f"「{theme}」にひとこと")
    shown = house.say(user, text)
    return shown, house.tap(user, button)


def newest(house, user):
    return words(house.inbox(user)[-1]["messages"])


def test_a_voice_its_answer_and_what_the_neighbours_say(house):
    hearing = Hearing(house.context)
    move_to(house, hearing)
    theme = "夜道を明るくするには"
    me, other, third = house.residents(3, "今泉")

    shown, thanks = give(house, me, theme, "街灯を増やしてほしい", "送る(どうなったか知りたい)")
    assert "「街灯を増やしてほしい」" in words(shown)
    assert "受け取りました" in words(thanks)
    assert "この声のいま" in labels(thanks)
    assert "確認を待っています" in words(house.tap(me, "この声のいま"))
    approve(house, hearing, "街灯を増やしてほしい")
    house.wait(lambda: "みなさんに見えるようにしました" in newest(house, me))

    house.say(other, "声をとどける")
    house.tap(other, f"「{theme}」にひとこと")
    alike = house.say(other, "夜道の街灯をもっと増やしてほしい")
    assert "同じような声があります" in words(alike)
    assert "あなたの分を足しました" in words(house.tap(other, "1に賛成する"))

    give(house, third, theme, "夜は見回りをしたい", "送る(返事はいりません)")
    waiting = stored(house, "夜は見回りをしたい")
    sent = [row["messageId"] for row in typed(house) if row["text"] == "夜は見回りをしたい"]
    house.act(third, "unsend", {"messageId": sent[-1]})
    house.wait(lambda: state(house, waiting.id) == "withdrawn")

    house.say(third, "声をとどける")
    card = house.tap(third, f"みんなの声に答える: {theme}")
    assert "「街灯を増やしてほしい」" in words(card)
    done = words(house.say(third, "2"))
    assert "すべての声に答えました" in done
    assert "反対" not in done

    house.control("clock", {"advance_s": 15 * 86_400})
    house.wait(lambda: statement_closing.close_due(house.context, house.context.clock()) or closed(house, hearing))
    assert house.context.keystore.get(f"{CITY}/round/{hearing.round}") is None
    assert "受け付けていません" in words(house.tap(third, "賛成"))
    house.wait(lambda: all(row.body is None for row in rows(house, OutboxMessage)))
    assert {row.body for row in rows(house, InboxEvent)} == {None}
    assert house.violations() == []


def move_to(house, hearing):
    """The round listens by the house's own time."""
    with house.context.database.write() as session:
        row, now = session.get_one(RoundTable, hearing.round), house.context.clock()
        row.opens_at, row.closes_at = now - timedelta(days=1), now + timedelta(days=14)


def closed(house, hearing):
    with house.context.database.read() as session:
        row = session.scalars(select(Listening).where(Listening.round_table_id == hearing.round)).one()
        return row.votes_state == "closed"


def typed(house):
    """Every text that LINE handed over, with its id."""
    found = []
    for row in house.control(f"{CITY}/traffic", method="GET"):
        events = row["request"].get("events", []) if isinstance(row["request"], dict) else []
        for event in events:
            message = event.get("message", {})
            if message.get("type") == "text":
                found.append({"messageId": message["id"], "text": message["text"]})
    return found


def state(house, statement_id):
    with house.context.database.read() as session:
        return session.get_one(Statement, statement_id).state


def rows(house, table):
    with house.context.database.read() as session:
        return session.scalars(select(table)).all()
