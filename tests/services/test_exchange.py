"""Files for other tools: only what was let through, nothing of who, and Polis' own headers that read back."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from bot.commands import groups
from bot.core.poll_items import Item
from bot.errors import NotAllowedError
from bot.models import AuditRow, PollText, Statement
from bot.services import exchange, round_tables
from bot.services.composing import Question
from content.formats import polis, tables
from tests.core.test_opinion_groups import camps
from tests.support.console import Office, later

SAID = [
    ("=1+1 街灯", "approved", "line"),
    ("近所の人の名前", "refused", "line"),
    ("まだ", "waiting", "line"),
    ("消えた", "withdrawn", "line"),
]


@pytest.fixture
def office(cities):
    return Office(cities)


@pytest.fixture
def round_id(office):
    """A round of 今泉: five voices by LINE and one by paper are shown, with votes on the first; three are not."""
    found = office.round_table(office.hire("officer", "今泉"), "今泉")
    rows = [*SAID, *[(f"声{at}", "approved", "line") for at in range(4)], ("紙の声", "approved", "paper")]
    with office.context.database.write() as session:
        for number, (text, state, door) in enumerate(rows, 1):
            session.add(
                Statement(
                    municipality_id="fuji", round_table_id=found, district_id=office.district("今泉"), text=text, state=state,
                    door=door, number=number if state == "approved" else None, seed=number == 5,
                    agree=7 if number == 1 else None, disagree=5 if number == 1 else None,
                )
            )  # fmt: skip
    return found


def table(office, round_id, make, **more):
    with office.context.database.read() as session:
        return make(session, round_tables.get(session, "fuji", round_id), **more)


def as_csv(made, encoding="utf-8"):
    return tables.to_csv(made.header, made.rows, encoding)


def test_comments_have_polis_headers_and_read_back(office, round_id):
    made = table(office, round_id, exchange.polis_comments)
    text = as_csv(made).decode("utf-8-sig")
    assert text.splitlines()[0] == (
        "timestamp,comment-id,author-id,agrees,disagrees,moderated,is-meta,is-seed,group-informed-consensus,comment-body"
    )
    rows = {row["comment-id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(rows) == {"1", "5", "6", "7", "8", "9"}
    assert (rows["1"]["agrees"], rows["1"]["disagrees"], rows["1"]["comment-body"]) == ("7", "5", "'=1+1 街灯")
    assert (rows["5"]["is-seed"], rows["6"]["is-seed"], rows["6"]["agrees"]) == ("true", "false", "")
    assert {row["timestamp"] + row["author-id"] for row in rows.values()} == {""}
    assert polis.read_comments(text)["1"] == polis.Comment(rejected=False, meta=False)
    assert "近所" in as_csv(table(office, round_id, exchange.polis_comments, everything=True), "cp932").decode("cp932")


def test_our_comments_go_through_entaku_groups(office, round_id, tmp_path):
    made = table(office, round_id, exchange.polis_comments, everything=True)
    (tmp_path / "comments.csv").write_bytes(as_csv(made))
    ids = [str(row[1]) for row in made.rows]
    votes = {
        (voter, ids[int(statement) % len(ids)]): vote
        for (voter, statement), vote in camps().items()
        if int(statement) < len(ids)
    }
    lines = [f"0,t,{statement},{voter},{vote}" for (voter, statement), vote in votes.items()]
    (tmp_path / "votes.csv").write_text(",".join(polis.VOTES) + "\n" + "\n".join(lines), encoding="utf-8")
    ran = CliRunner().invoke(
        groups.command, [str(tmp_path / "votes.csv"), "--comments", str(tmp_path / "comments.csv"), "--json"]
    )
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.output)
    assert found["participants"] == len({voter for voter, _ in votes})
    assert {one["id"] for one in found["statements"]} == set(ids)


def test_kouchou_tells_attributes_of_five_alike_only(office, round_id):
    made = table(office, round_id, exchange.kouchou_statements)
    assert made.header[:2] == ("comment-id", "comment-body")
    assert all(name.startswith("attribute_") for name in made.header[2:])
    told = {row[1]: row[2:] for row in made.rows}
    assert told["声1"] == ("今泉", "LINE", "夜道の明るさ")
    assert told["紙の声"] == ("", "", "夜道の明るさ")
    every = {row[1]: row[2:] for row in table(office, round_id, exchange.kouchou_statements, everything=True).rows}
    assert every["紙の声"][:2] == ("今泉", "紙")
    assert {"まだ", "近所の人の名前"} <= set(every)
    assert "" not in every


def test_everything_is_for_the_city_and_admins_and_is_written_down(office, round_id):
    place = f"/console/fuji/round-tables/{round_id}/export"
    officer, city = office.visit(office.hire("officer", "今泉")), office.visit(office.hire("city"))
    assert "書き出せません" in officer.get(place).text
    assert officer.get(f"{place}?kind=polis&as=xlsx").data[:2] == b"PK"
    assert officer.get(f"{place}?kind=secrets").status_code == 400
    assert "近所の人" not in officer.get(f"{place}?kind=kouchou").text
    assert officer.post(f"{place}/all", {"kind": "kouchou"}).status_code == 403
    assert "近所の人" in city.post(f"{place}/all", {"kind": "kouchou"}).text
    with office.context.database.read() as session:
        noted = session.scalars(select(AuditRow).where(AuditRow.action == "statement.export")).all()
        assert [(row.target, row.details) for row in noted] == [(f"round_table:{round_id}", {"rows": 8})]
        row = round_tables.get(session, "fuji", round_id)
        chair = office.hire("chair", "今泉").actor
        with pytest.raises(NotAllowedError):
            exchange.note_all(session, chair, row, 1, office.context.clock())


def test_free_answers_that_were_let_through(office):
    officer = office.hire("officer", "今泉")
    draft = office.draft(officer, "今泉", poll=Question("ひとこと", (), later(9), (Item("text", "ひとことどうぞ"),)))
    poll_id = office.announcement(draft).poll_id
    with office.context.database.write() as session:
        for text, state in (("見せる声", "shown"), ("読む前の声", "waiting"), ("見せない声", "hidden")):
            session.add(PollText(municipality_id="fuji", poll_id=poll_id, item=0, text=text, state=state))
    place = f"/console/fuji/polls/{poll_id}/export"
    page = office.visit(officer).get(f"{place}?kind=kouchou")
    assert page.text.splitlines()[1:] == ["1,見せる声,ひとことどうぞ,見せている"]
    every = office.visit(office.hire("admin")).post(f"{place}/all").text
    assert all(text in every for text in ("見せる声", "読む前の声", "見せない声"))
