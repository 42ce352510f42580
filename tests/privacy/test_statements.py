"""After a round is over: is there a way from somebody who wanted no answer to their words, or from a voter to a vote?

The searcher holds what an administrator could hold: the files with their logs, a copy of them and a backup taken while
statements waited, everything that was logged, and the installation's keys. Only the keys that were destroyed are gone.
"""

import json
import shutil
import sqlite3
from contextlib import closing as shut
from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.core.postback import decode
from bot.errors import BadInputError
from bot.models import Conversation, OutboxMessage, RoundTable, Statement, StatementLink, StatementVote
from bot.services import backups, moderation, outbox, statement_closing, statement_keys
from bot.services.context import open_context
from bot.services.intake import EVENT_CONTEXT
from bot.services.statement_votes import name_of
from handlers.chat import registry
from handlers.inbox import InboxWorker
from scheduler import retention
from tests.conftest import make_settings
from tests.privacy.test_after_close import files, where
from tests.support.hearing import CITY, NOW, Hearing
from tests.support.polling import Chat, _Away, line_id

FREE, LINKED = range(12), range(12, 16)
KANJI = "街橋川山海空森畑駅港寺店橙藍紫紅"
TEXTS = [f"{KANJI[at]}のことで{KANJI[-at - 1]}を考えたい" for at in range(16)]
LATER = NOW + timedelta(days=15)
LAST = LATER + timedelta(days=40)


class Story:
    """Sixteen residents speak through the chat, one at a time; all is approved, voted on, closed, followed up."""

    def __init__(self, context, folder):
        with capture_logs() as logs:
            self.tell(context, folder)
        self.logs = {"logs": str(logs).encode()}

    def tell(self, context, folder):
        self.chat = Chat(context)
        self.chat.now = NOW
        self.context = self.chat.context
        self.chat.worker = InboxWorker(self.context, _Away(self.context, None, None), registry.react)
        self.hearing = Hearing(self.context)
        self.paths = (context.database.url.database, context.keystore.database.url.database)
        self.receipts, self.drafts = [], []
        for number, text in enumerate(TEXTS):
            self.speak(number, text)
        self.ids = [self.by_text(text) for text in TEXTS]
        self.day_key = context.keystore.get(f"{CITY}/statements/{NOW.date()}")
        self.link_bytes = [row.sealed for row in self.rows(StatementLink)]
        self.backup = folder / "waiting.backup"
        backups.backup(str(context.database.url), self.backup)
        self.while_waiting = files(*self.paths)
        self.raw_copy = folder / "raw-copy.db"
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{self.paths[0]}{suffix}", f"{self.raw_copy}{suffix}")
        self.moderate()
        self.vote()
        statement_closing.close_due(self.context, LATER)
        self.over()
        self.after = files(*self.paths)

    def speak(self, number, text):
        self.hearing.resident(number)
        self.chat.press(number, "statement.start", round=self.hearing.round)
        self.chat.say(number, text)
        self.drafts.append(self.chat.state(number)["statement"]["draft"])
        self.chat.press(number, "statement.send", answer=int(number in LINKED))
        self.receipts.append(self.rows(OutboxMessage)[-1].body)
        self.settle()

    def settle(self):
        with self.context.database.write() as session:
            for row in session.scalars(select(OutboxMessage).where(OutboxMessage.state != "settled")):
                outbox.succeeded(row, None)

    def moderate(self):
        with self.context.database.write() as session:
            for row in moderation.waiting(session, CITY, self.hearing.chair, NOW):
                moderation.approve(session, self.hearing.desk(), CITY, row.id)
        self.settle()

    def vote(self):
        for number in range(20, 32):
            self.hearing.resident(number)
            for at, statement_id in enumerate(self.ids):
                self.chat.press(
                    number, "statement.vote", round=self.hearing.round, s=statement_id, a=(number + at) % 3 - 1, left=3
                )
        self.settle()
        box = self.hearing.box()
        self.round_key = self.context.keystore.get(name_of(CITY, self.hearing.round))
        self.voters = [box.ballots.voter(line_id(number)) for number in range(20, 32)]
        self.votes = [row.answer for row in self.rows(StatementVote)]
        self.while_voting = files(*self.paths)

    def over(self):
        """The follow-up is told, a month passes, retention and the clock do their part."""
        with self.context.database.write() as session:
            session.get_one(RoundTable, self.hearing.round).state = "followed_up"
        statement_keys.destroy_old(self.context.keystore, CITY, LATER)
        retention.apply(self.context, LAST)
        self.context.database.checkpoint()

    def rows(self, table):
        with self.context.database.read() as session:
            return session.scalars(select(table)).all()

    def by_text(self, text):
        return next(row.id for row in self.rows(Statement) if row.text == text)


@pytest.fixture(scope="module")
def story(template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("voices")
    shutil.copyfile(template, folder / "entaku.db")
    context = open_context(make_settings(folder, f"sqlite:///{folder / 'entaku.db'}"))
    yield Story(context, folder)
    context.database.close()
    context.keystore.database.close()


def test_what_is_looked_for_was_there(story):
    """The positive control: without it the searches below could find nothing because they look for nothing."""
    assert where([draft.encode() for draft in story.drafts], story.while_waiting)
    assert where(story.link_bytes, story.while_waiting)
    assert where([story.day_key], story.while_waiting)
    assert where([story.round_key], story.while_voting)
    assert where(story.voters, story.while_voting)
    assert where(story.votes, story.while_voting)
    assert where([TEXTS[0].encode()], story.after)
    # In the seconds before LINE has it, a receipt names the statement; nothing else ever does.
    assert story.ids[0] in named(story, story.receipts[0])
    key = statement_keys.DayKey(CITY, NOW.date(), story.day_key)
    assert [key.open(draft).text for draft in story.drafts] == TEXTS


def named(story, body):
    """The statements that a message's buttons name."""
    plain = story.context.sealer.open(body, outbox.BODY_CONTEXT + CITY).decode()
    found, keys = [], list(story.context.sealer.signing_keys("postback"))

    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("data"), str) and (button := decode(node["data"], CITY, keys)):
                found.append(int(button.fields.get("s", 0)))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(plain))
    return found


@pytest.mark.parametrize("copy", ["backup", "raw_copy", "final"])
def test_no_row_beside_a_resident_holds_or_names_the_words(story, copy):
    path = story.paths[0] if copy == "final" else getattr(story, copy)
    words = [text.encode() for text in TEXTS] + [str(one).encode() for one in story.ids]
    looked = set()
    with shut(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            if not {"resident_id", "source", "line_id"} & set(columns):
                continue
            looked.add(table)
            for row in connection.execute(f"SELECT * FROM {table}"):
                cells = b" ".join(opened(story, cell) for cell in row)
                assert not [word for word in words if word in cells], table
    assert {"conversation", "outbox_message", "inbox_event", "resident", "round_participation"} <= looked


def opened(story, cell):
    """A cell as bytes; what the installation's keys open is opened."""
    if not isinstance(cell, bytes):
        return str(cell).encode()
    for context in (outbox.BODY_CONTEXT + CITY, EVENT_CONTEXT + CITY):
        try:
            return story.context.sealer.open(cell, context)
        except BadInputError:
            continue
    return cell


def test_drafts_of_old_copies_cannot_be_opened_any_more(story):
    assert story.context.keystore.get(f"{CITY}/statements/{NOW.date()}") is None
    assert where([story.day_key, story.round_key], story.after) == []
    assert where([story.day_key, story.round_key], story.logs) == []
    other = statement_keys.DayKey(CITY, NOW.date(), b"x" * 32)
    assert [other.open(draft) for draft in story.drafts] == [None] * len(TEXTS)


def test_only_who_asked_for_an_answer_had_a_link_and_it_is_gone(story):
    assert len(story.link_bytes) == len(LINKED)
    assert where(story.link_bytes, story.after) == []
    assert story.rows(StatementLink) == []


def test_the_rows_keep_no_order_and_no_time(story):
    with shut(sqlite3.connect(story.raw_copy)) as connection:
        stored = [row[0] for row in connection.execute("SELECT text FROM statement")]
        due = {row[0] for row in connection.execute("SELECT due_at FROM statement")}
        columns = {row[1] for row in connection.execute("PRAGMA table_info(statement)")}
    assert sorted(stored) == sorted(TEXTS)
    assert len(due) == 1
    assert not columns & {"created_at", "given_at", "resident_id"}
    for order in (stored, [row.text for row in sorted(story.rows(Statement), key=lambda row: row.number)]):
        # By chance one of sixteen stands in its place; seven would happen once in ten thousand.
        assert sum(a == b for a, b in zip(order, TEXTS, strict=True)) < 7


def test_after_closing_no_vote_is_left(story):
    assert where(story.voters, story.after) == where(story.votes, story.after) == []
    assert where([TEXTS[0].encode(), line_id(0).encode()], story.logs) == []
    tallies = [(row.agree, row.disagree, row.passed) for row in story.rows(Statement)]
    assert set(tallies) == {(4, 4, 4)}


def test_states_hold_no_answer(story):
    for row in story.rows(Conversation):
        assert not [text for text in TEXTS if text in json.dumps(row.state, ensure_ascii=False)]
