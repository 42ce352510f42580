"""What is kept of a round's votes: groups only when they are real, and no number that leads to fewer than five people."""

import json
import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services import opinion_analysis
from bot.services.opinion_analysis import analyse

CAMPS = [(1, 1, -1, -1, 1, 1, -1, 0), (-1, -1, 1, 1, 1, -1, 1, 0)]


def votes(camps, people, seed=1, noise=0.05):
    """`camps`: for each group its answers; each voter answers as the group does, but for some noise."""
    rng = np.random.default_rng(seed)
    return {
        (f"{group}-{voter}", str(statement + 1)): int(rng.integers(-1, 2)) if rng.random() < noise else answer
        for group, (camp, size) in enumerate(zip(camps, people, strict=True))
        for voter in range(size)
        for statement, answer in enumerate(camp)
    }


def test_two_camps_that_are_there_are_found_with_what_marks_them_off():
    kept = analyse(votes(CAMPS, (18, 11)))
    assert (kept["clear"], kept["failed"], kept["common"]) == (True, False, [5])
    assert [group["size"] for group in kept["groups"]] == [20, 10]
    marks = [{(one["id"], one["agrees"]) for one in group["marks"]} for group in kept["groups"]]

    assert all(marks)
    assert not marks[0] & marks[1]
    assert marks[0] <= {(at + 1, answer > 0) for at, answer in enumerate(CAMPS[0])}
    assert json.loads(json.dumps(kept)) == kept


def test_the_same_votes_give_the_same_result_whatever_voters_are_called_and_in_any_order():
    given_ = votes(CAMPS, (14, 9), noise=0.25)
    first = analyse(given_)
    for seed in range(4):
        chance = random.Random(seed)
        voters = sorted({voter for voter, _ in given_})
        renamed = dict(zip(voters, chance.sample([str(one) for one in range(len(voters))], len(voters)), strict=True))
        rows = [((renamed[voter], at), answer) for (voter, at), answer in given_.items()]
        chance.shuffle(rows)
        assert analyse(dict(rows)) == first


def test_chance_is_no_group():
    rng = np.random.default_rng(7)
    by_chance = {(str(voter), str(at)): int(rng.integers(-1, 2)) for voter in range(30) for at in range(10)}
    assert analyse(by_chance) == {"clear": False, "failed": False, "groups": [], "common": []}


def test_a_group_of_fewer_than_five_is_none_and_ten_voters_are_the_least():
    assert analyse(votes(CAMPS, (20, 4)))["groups"] == []
    assert analyse(votes(CAMPS[:1], (9,))) is None
    assert analyse({}) is None


def test_a_fault_in_the_mathematics_is_told_and_does_not_stop_the_count(monkeypatch):
    def broken(_votes):
        raise np.linalg.LinAlgError("SVD did not converge")

    monkeypatch.setattr(opinion_analysis.opinion_groups, "group", broken)
    assert analyse(votes(CAMPS, (18, 11))) == {"clear": False, "failed": True, "groups": [], "common": []}


@given(
    st.tuples(st.integers(5, 14), st.integers(5, 14)),
    st.integers(0, 4),
    st.lists(st.integers(0, 9), max_size=3),
    st.integers(0, 99),
)
@settings(max_examples=12, deadline=None)
def test_no_number_that_is_kept_can_be_subtracted_to_fewer_than_five(people, strangers, rare, seed):
    """`strangers` answered one statement only (too few to be grouped); `rare` statements were seen by few."""
    cast = votes(CAMPS, people, seed)
    cast |= {(f"s{one}", "1"): 1 for one in range(strangers)}
    cast |= {(f"0-{voter}", f"{90 + at}"): 1 for at, seen in enumerate(rare) for voter in range(min(seen, people[0]))}
    kept = analyse(cast)
    assert set(kept) == {"clear", "failed", "groups", "common"}
    for group in kept["groups"]:
        assert set(group) == {"size", "x", "y", "marks"}
        assert group["size"] % 5 == 0
        assert group["size"] >= 5
        assert all(set(mark) == {"id", "agrees"} for mark in group["marks"])
        # A statement that has no tally of its own is not spoken of here either.
        assert all(mark["id"] < 90 for mark in group["marks"])
    assert all(one < 90 for one in kept["common"])
