"""Polis' export files: the latest vote counts, in whatever order the rows come; broken files are named by line."""

from __future__ import annotations

import random

import pytest

from bot.errors import BadInputError
from content.formats import polis

HEAD = "timestamp,datetime,comment-id,voter-id,vote\n"


def test_the_latest_vote_counts_in_any_order_of_rows():
    rows = ["3,c,1,a,-1", "1,a,1,a,1", "2,b,1,a,0", "5,x,2,a,1", "5,x,2,a,0", "9,z,1,b,1"]
    expected = {("a", "1"): -1, ("a", "2"): 1, ("b", "1"): 1}
    for seed in range(6):
        random.Random(seed).shuffle(rows)
        assert polis.read_votes(HEAD + "\n".join(rows)) == expected


def test_without_timestamps_the_later_row_counts():
    assert polis.read_votes("voter-id,vote,comment-id\na,1,7\na,-1,7\n") == {("a", "7"): -1}


def test_gaps_are_no_votes_and_blank_lines_are_nothing():
    assert polis.read_votes(HEAD + "1,x,1,a,\n\n1,x,3,a,1.0\n") == {("a", "3"): 1}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "column comment-id, voter-id, vote is missing"),
        ("voter,vote\n1,1\n", "column comment-id, voter-id is missing"),
        (HEAD, "holds no vote"),
        (HEAD + "1,x,1,a,2\n", ":2: the vote is '2'"),
        (HEAD + "1,x,1,a,agree\n", ":2: vote is 'agree'"),
        (HEAD + "1,x,1,a,0.5\n", ":2: vote is '0.5'"),
        (HEAD + "1,x,1,,1\n", ":2: voter-id or comment-id is empty"),
        (HEAD + "soon,x,1,a,1\n", ":2: timestamp is 'soon'"),
        (HEAD + "1e400,x,1,a,1\n", ":2: timestamp"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, why):
    with pytest.raises(BadInputError) as caught:
        polis.read_votes(text)
    assert why in caught.value.message


def test_comments_and_groups():
    said = polis.read_comments("comment-id,moderated,is-meta\n1,1,false\n2,-1,false\n3,0,true\n4,,\n")
    assert [key for key, one in said.items() if one.rejected] == ["2"]
    assert [key for key, one in said.items() if one.meta] == ["3"]
    assert polis.read_groups("participant,group-id,n\n7,1,2\n8,,0\n") == {"7": "1"}
    with pytest.raises(BadInputError, match="no participant has a group-id"):
        polis.read_groups("participant,group-id\n7,\n")
