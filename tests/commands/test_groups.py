"""`entaku groups`: one JSON object, the same for any order of rows; broken files are named."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from tests.core.test_opinion_groups import camps


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "bot", "groups", *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def votes_csv(tmp_path):
    def write(seed=None):
        rows = [
            f"{number},t,{statement},{voter},{vote}"
            for number, ((voter, statement), vote) in enumerate(camps().items())
        ]
        if seed is not None:
            random.Random(seed).shuffle(rows)
        path = tmp_path / f"votes{seed}.csv"
        path.write_text("\ufefftimestamp,datetime,comment-id,voter-id,vote\n" + "\n".join(rows), encoding="utf-8")
        return path

    return write


def test_groups_of_a_file_in_any_order(votes_csv, tmp_path):
    first = json.loads(run(votes_csv(), "--json").stdout)
    assert (first["participants"], first["clustered"], first["k"], first["clear"]) == (50, 50, 2, True)
    assert len(first["groups"]) == 50
    assert set(first["statements"][0]) == {"id", "agree", "disagree", "pass", "gic", "group_consensus", "priority"}
    again = json.loads(run(votes_csv(4), "--json").stdout)
    assert {**first, "cpu_s": 0} == {**again, "cpu_s": 0}


def test_published_groups_are_taken_as_they_are(votes_csv, tmp_path):
    published = tmp_path / "participants-votes.csv"
    published.write_text("participant,group-id\n0000,b\n0001,a\n1000,a\nstranger,a\n", encoding="utf-8")
    found = json.loads(run(votes_csv(), "--published", published, "--json").stdout)
    assert found["groups"] == {"0000": 1, "0001": 0, "1000": 0}
    assert (found["k"], found["clustered"]) == (2, 3)


def test_statements_that_nobody_voted_on_are_listed_and_rejected_ones_hidden(votes_csv, tmp_path):
    comments = tmp_path / "comments.csv"
    comments.write_text("comment-id,moderated\n0,-1\n77,1\n", encoding="utf-8")
    found = json.loads(run(votes_csv(), "--comments", comments, "--k", "2", "--json").stdout)
    assert [(one["agree"], one["pass"]) for one in found["statements"] if one["id"] == "77"] == [(0, 0)]
    assert "2 groups" in run(votes_csv(), "--k", "2").stdout


@pytest.mark.parametrize(
    ("content", "code", "why"),
    [
        (b"voter-id\n1\n", 1, "missing"),
        (b"\xff\xfe\x00", 1, "not UTF-8"),
        (b"", 1, "missing"),
        (None, 1, "No such file"),
    ],
)
def test_a_broken_file_is_named_without_a_traceback(tmp_path, content, code, why):
    path = tmp_path / "votes.csv"
    if content is not None:
        path.write_bytes(content)
    done = run(path, "--json")
    assert done.returncode == code
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
