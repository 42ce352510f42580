"""After a poll has closed: the database, its log, the key store, backups and logs are searched for a way from a voter
to an answer.

The searcher holds everything an administrator could hold: both files, both backups (one taken while the poll was
open) and the installation's keys; only the poll's key is gone.
"""

import json
import shutil
import sqlite3
from contextlib import closing as shut
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, text
from structlog.testing import capture_logs

from bot.errors import BadInputError
from bot.models import Ballot, InboxEvent, OutboxMessage, Resident
from bot.services import backups, closing, outbox, polls
from bot.services.ballots import BallotBox
from bot.services.context import open_context
from bot.services.intake import EVENT_CONTEXT
from tests.conftest import make_settings
from tests.support.polling import CITY, NOW, Chat, Polling, line_id

VOTERS = 40
CHOICES = tuple(f"選択肢{number}" for number in range(10))
LATER = NOW + timedelta(days=3)


def files(*paths):
    """The bytes of each file with its write-ahead log and shared memory."""
    every = [Path(f"{path}{suffix}") for path in paths for suffix in ("", "-wal", "-shm")]
    return {file.name: file.read_bytes() for file in every if file.exists()}


def where(needles, haystack):
    """The names of what holds one of the needles: as it is, as hexadecimal digits, or as Python prints bytes."""
    forms = [form for needle in needles for form in (needle, needle.hex().encode(), repr(needle)[2:-1].encode())]
    return sorted({name for name, content in haystack.items() for form in forms if form in content})


class Story:
    """Forty residents vote through the chat, some twice; backups while open and after; then the poll closes."""

    def __init__(self, context, folder):
        with capture_logs() as logs:
            self.tell(context, folder)
        self.logs = {"logs": str(logs).encode()}

    def tell(self, context, folder):
        self.folder, self.chat = folder, Chat(context)
        self.context = self.chat.context
        self.database, self.keys = Path(context.database.url.database), Path(context.keystore.database.url.database)
        self.poll_id = self.chat.polling.opened(choices=CHOICES)
        self.answers = [(number * 7 + 3) % 10 for number in range(VOTERS)]
        self.bodies, self.sealed = [], []
        for number in range(VOTERS):
            self.chat.polling.resident(number)
            if number % 5 == 0:
                self.vote(number, (self.answers[number] + 1) % 10)
            self.vote(number, self.answers[number])
        self.poll_key = context.keystore.get(f"{CITY}/{self.poll_id}")
        self.box = polls.box_of(context.keystore, self.chat.polling.poll(self.poll_id))
        self.hmacs = [self.box.voter(line_id(number)) for number in range(VOTERS)]
        self.sealed = [ballot.answer for ballot in self.rows(Ballot)]
        self.ids = [ballot.id for ballot in self.rows(Ballot)]
        self.while_open = files(self.database, self.keys)
        self.open_backup = folder / "open.backup"
        backups.backup(str(context.database.url), self.open_backup)
        self.raw_copy = folder / "raw-copy.db"  # what copying the files (not our command) would have kept
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{self.database}{suffix}", f"{self.raw_copy}{suffix}")
        assert closing.close_due(self.context, LATER) == 1
        self.closed_backup = folder / "closed.backup"
        backups.backup(str(context.database.url), self.closed_backup)
        self.after = files(self.database, self.keys, self.closed_backup)

    def vote(self, number, choice):
        event = self.chat.button("poll.vote", poll=self.poll_id, choice=choice)
        sources = self.chat.arrive(number, "postback", event)
        self.bodies.append(self.rows(InboxEvent)[-1].body)
        for source in sources:
            self.chat.worker.work((CITY, source))

    def rows(self, table):
        with self.context.database.read() as session:
            return session.scalars(select(table)).all()


@pytest.fixture(scope="module")
def story(template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("story")
    shutil.copyfile(template, folder / "entaku.db")
    context = open_context(make_settings(folder, f"sqlite:///{folder / 'entaku.db'}"))
    yield Story(context, folder)
    context.database.close()
    context.keystore.database.close()


def test_what_is_looked_for_was_there_while_the_poll_was_open(story):
    # Without this the searches below could find nothing because they look for nothing.
    assert where(story.hmacs, story.while_open)
    assert where(story.sealed, story.while_open)
    assert where(story.bodies, story.while_open)
    assert where([story.poll_key], story.while_open)
    assert story.logs["logs"]


def test_no_user_id_is_anywhere(story):
    ids = [line_id(number).encode() for number in range(VOTERS)]
    backup = files(story.open_backup, story.raw_copy)
    assert where(ids, story.while_open | story.after | backup | story.logs) == []


def test_no_trace_of_voters_or_sealed_answers_is_left(story):
    assert where(story.hmacs, story.after | story.logs) == []
    assert where(story.sealed, story.after | story.logs) == []
    assert where([ballot_id.encode() for ballot_id in story.ids], story.after | story.logs) == []


def test_no_vote_is_left_among_the_events(story):
    assert {event.body for event in story.rows(InboxEvent)} == {None}
    assert where(story.bodies, story.after | story.logs) == []
    assert where([b"choice="], story.while_open | story.after | story.logs) == []


def test_the_polls_key_is_in_no_file(story):
    backup = files(story.open_backup, story.raw_copy)
    assert where([story.poll_key], story.after | backup | story.logs) == []


def test_the_open_backup_does_not_open_without_the_polls_key(story):
    other_keys = [*story.context.sealer.signing_keys("postback"), bytes(32)]
    guesses = [BallotBox.of(f"{CITY}/{story.poll_id}", key) for key in other_keys]
    with shut(sqlite3.connect(story.open_backup)) as copy:
        kept = copy.execute("SELECT voter, answer FROM ballot").fetchall()
    assert len(kept) == VOTERS
    for voter, answer in kept:
        assert not any(guess.voter(line_id(number)) == voter for guess in guesses for number in range(VOTERS))
        assert [guess.open(answer, voter) for guess in guesses] == [None] * len(guesses)
        with pytest.raises(BadInputError):
            story.context.sealer.open(answer, EVENT_CONTEXT + CITY)
        with pytest.raises(InvalidTag):
            AESGCM(other_keys[0]).decrypt(answer[:12], answer[12:], None)
    # The same rows open with the key that is gone: the test above asks the right question.
    assert sorted(story.box.open_sheet(answer, voter).answers[0][0] for voter, answer in kept) == sorted(story.answers)


def test_no_order_joins_those_who_took_part_with_what_was_answered(story):
    """Rows in the order in which each table gives them, or was given them, paired off one by one."""
    by_resident = dict(zip(residents_by_number(story), story.answers, strict=True))
    with shut(sqlite3.connect(story.open_backup)) as before, shut(sqlite3.connect(story.closed_backup)) as after:
        people = [
            [row[0] for row in copy.execute(f"SELECT resident_id FROM participation {order}")]
            for copy in (before, after) for order in ("", "ORDER BY id", "ORDER BY resident_id")
        ]  # fmt: skip
        choices = [
            [row[0] for row in after.execute(f"SELECT choice FROM ballot {order}")] for order in ("", "ORDER BY id")
        ]
        for listed in (people, choices):
            with pytest.raises(sqlite3.OperationalError, match="rowid"):
                after.execute(f"SELECT rowid FROM {'participation' if listed is people else 'ballot'}")
    for order in people:
        truth = [by_resident[resident] for resident in order]
        assert sorted(truth) == sorted(choices[0])
        for answers in choices:
            # By chance about 4 of 40 pairs fit; 16 would happen once in a million.
            assert sum(a == b for a, b in zip(truth, answers, strict=True)) < 16
            assert sum(a == b for a, b in zip(truth, reversed(answers), strict=True)) < 16


def test_rows_of_two_backups_do_not_continue_each_other(story):
    with shut(sqlite3.connect(story.open_backup)) as before, shut(sqlite3.connect(story.closed_backup)) as after:
        old = {row[0] for row in before.execute("SELECT id FROM ballot")}
        new = {row[0] for row in after.execute("SELECT id FROM ballot")}
        assert len(old) == len(new) == VOTERS
        assert not old & new
        columns = [row[1] for row in after.execute("PRAGMA table_info(ballot)")]
        rows = after.execute("SELECT * FROM ballot").fetchall()
    varied = {name for at, name in enumerate(columns) if len({row[at] for row in rows}) > 1}
    assert varied == {"id", "choice"}


def test_what_was_said_to_a_voter_holds_no_answer(story):
    for row in story.rows(OutboxMessage):
        body = story.context.sealer.open(row.body, outbox.BODY_CONTEXT + CITY).decode()
        assert not any(choice in body for choice in CHOICES)
        assert row.kind == "vote"


def test_after_the_open_backup_is_put_back_the_poll_is_lost_not_linked(story, tmp_path):
    context = story.context
    context.database.close()
    restored = tmp_path / "restored.db"
    backups.restore(f"sqlite:///{restored}", story.open_backup, replace=False)
    again = open_context(make_settings(tmp_path, f"sqlite:///{restored}", keystore_url=context.settings.keystore_url))
    closing.look_for_keys(again, NOW)
    with again.database.read() as session:
        poll = polls.get(session, CITY, story.poll_id)
        assert (poll.state, polls.result(poll, CHOICES).shown.why) == ("lost", "lost")
    again.database.close()
    again.keystore.database.close()


def test_few_answers_are_not_kept_at_all(context, tmp_path):
    polling = Polling(context)
    poll_id = polling.opened(choices=CHOICES)
    for number in range(9):
        polling.vote(poll_id, number, 9)
    closing.close_due(context, LATER)
    copy = tmp_path / "closed.backup"
    backups.backup(str(context.database.url), copy)
    with shut(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM ballot").fetchone() == (0,)
        (tally, participants) = connection.execute("SELECT tally, participants FROM poll").fetchone()
    assert participants == 9
    kept = json.loads(tally)
    assert (kept["total"], kept["choices"], kept["items"][0]["counts"], kept["districts"], kept["doors"]) == (
        9,
        None,
        None,
        {},
        {},
    )


def test_postgresql_keeps_no_order_either(postgres_url, tmp_path):
    """Its heap keeps the order of insertion, its rows the number of their transaction: both are one at close."""
    context = open_context(make_settings(tmp_path, postgres_url))
    polling = Polling(context)
    poll_id = polling.opened(choices=CHOICES)
    answers = [(number * 7 + 3) % 10 for number in range(VOTERS)]
    for number, choice in enumerate(answers):
        polling.vote(poll_id, number, choice)
    closing.close_due(context, LATER)
    with context.database.read() as session:
        rows = session.execute(text("SELECT xmin::text, choice FROM ballot ORDER BY ctid")).all()
        people = session.execute(text("SELECT resident_id FROM participation ORDER BY ctid")).scalars().all()
        truth = dict(
            zip((row.id for row in session.scalars(select(Resident).order_by(Resident.id))), answers, strict=True)
        )
    context.database.close()
    context.keystore.database.close()
    assert len({xmin for xmin, _ in rows}) == 1
    choices = [choice for _, choice in rows]
    assert sum(a == truth[b] for a, b in zip(choices, people, strict=True)) < 16


def residents_by_number(story):
    found = {}
    with story.context.database.read() as session:
        for resident in session.scalars(select(Resident)):
            found[story.context.sealer.open_id(resident.line_id, CITY)] = resident.id
    return [found[line_id(number)] for number in range(VOTERS)]
