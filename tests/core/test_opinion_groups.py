"""Opinion groups: found where they are, not where they are not, the same for the same votes in any order."""

from __future__ import annotations

import csv
from itertools import combinations

import numpy as np
import pytest

from bot.core import opinion_statistics as statistics
from bot.core.opinion_groups import fit, group, k_means, most_groups, silhouette
from bot.core.opinion_matrix import in_order, matrix, positions, principal
from bot.core.permutation import is_clear, p_value
from content.formats import polis
from tests.support.places import SHARED


def camps(sizes=(30, 20), statements=20, noise=0.1, seen=0.8, seed=1):
    """Votes of camps that each hold their own view of every statement."""
    rng = np.random.default_rng(seed)
    views = rng.choice([-1, 1], size=(len(sizes), statements))
    votes = {}
    for camp, size in enumerate(sizes):
        for person in range(size):
            for at in range(statements):
                if rng.random() < seen:
                    vote = rng.choice([-1, 0, 1]) if rng.random() < noise else views[camp, at]
                    votes[f"{camp}{person:03}", str(at)] = int(vote)
    return votes


def shuffled(votes, seed=3):
    keys = list(votes)
    np.random.default_rng(seed).shuffle(keys)
    return {tuple(key): votes[tuple(key)] for key in keys}


def noise(people=40, statements=15, seed=5):
    rng = np.random.default_rng(seed)
    return {(str(p), str(s)): int(rng.choice([-1, 0, 1])) for p in range(people) for s in range(statements)}


def test_two_camps_are_found_and_clear():
    votes = matrix(camps())
    found = group(votes)
    assert found.k == 2
    assert found.sizes == (30, 20)
    assert len({found.labels[row] for row, voter in enumerate(votes.voters) if voter.startswith("0")}) == 1
    assert is_clear(p_value(votes), found.sizes)


def test_three_camps_are_three():
    assert group(matrix(camps((25, 20, 15)))).sizes == (25, 20, 15)


def test_noise_is_not_called_clear():
    calls = [p_value(matrix(noise(seed=seed)), shuffles=99) <= 0.02 for seed in range(12)]
    assert sum(calls) <= 2


def test_the_same_votes_in_any_order_give_the_same():
    votes = camps(noise=0.5)
    first, again = matrix(votes), matrix(shuffled(votes))
    assert first.voters == again.voters
    assert group(first).labels.tolist() == group(again).labels.tolist()
    assert p_value(first, shuffles=19) == p_value(again, shuffles=19)


def test_ids_are_in_the_order_of_their_numbers():
    assert in_order(["10", "9", "b", "a", "9"]) == ("9", "10", "a", "b")


def test_who_answered_little_is_not_grouped_but_all_are_when_few_came():
    votes = camps((20, 20))
    votes["shy", "1"] = 1
    arranged = matrix(votes)
    assert group(arranged).labels[arranged.voters.index("shy")] == -1
    few = {key: vote for key, vote in votes.items() if key[0] in {"0001", "0002", "1001", "shy"}}
    assert (group(matrix(few)).labels >= 0).all()


def test_hardly_anybody_is_no_group():
    votes = camps((30, 20)) | {("loner", str(at)): vote for at, vote in enumerate([1, 1, 1, -1, -1, 0] * 3)}
    found = group(matrix(votes))
    assert min(found.sizes) >= 3
    forced = group(matrix(votes), 3)
    assert min(forced.sizes) >= 3


def test_one_voter_and_people_who_all_say_the_same_are_one_group():
    alone = group(matrix({("a", "1"): 1, ("a", "2"): -1}))
    assert (alone.k, alone.sizes) == (1, (1,))
    same = matrix({(str(person), str(at)): 1 for person in range(20) for at in range(8)})
    assert group(same).k == 1
    assert p_value(same) == 1.0
    assert not is_clear(p_value(same), (20,))


@pytest.mark.parametrize("others", [0, 1, 2, 3, 5])
def test_many_who_vote_alike_and_a_few_who_do_not(others):
    votes = {(f"a{person}", str(at)): 1 for person in range(28) for at in range(10)}
    rng = np.random.default_rng(others)
    votes |= {(f"b{person}", str(at)): int(rng.choice([-1, 0, 1])) for person in range(others) for at in range(10)}
    for k in (None, 2, 3):
        found = group(matrix(votes), k)
        assert sum(found.sizes) == 28 + others
    assert 0 < p_value(matrix(votes), shuffles=9) <= 1


def test_groups_of_under_five_are_never_clear():
    assert is_clear(0.005, (10, 5))
    assert not is_clear(0.005, (10, 4))
    assert not is_clear(0.03, (10, 10))


def test_hidden_statements_weigh_nothing():
    votes = camps(noise=0.3)
    hidden = matrix(votes, hidden={"0", "1"})
    flipped = {key: -vote if key[1] in {"0", "1"} else vote for key, vote in votes.items()}
    assert group(hidden).labels.tolist() == group(matrix(flipped, hidden={"0", "1"})).labels.tolist()


def test_components_are_those_of_the_singular_value_decomposition():
    used = matrix(camps(noise=0.4)).used
    seen = ~np.isnan(used)
    means = np.nansum(used, axis=0) / seen.sum(axis=0)
    centred = np.where(seen, used - means, 0.0)
    exact = np.linalg.svd(centred)[2][:2]
    assert np.allclose(np.abs((principal(centred) * exact).sum(axis=1)), 1.0, atol=1e-6)


def test_a_voter_who_saw_little_is_not_drawn_to_the_middle():
    votes = {(str(person), str(at)): 1 if person < 10 else -1 for person in range(20) for at in range(16)}
    votes |= {("half", str(at)): 1 for at in range(4)}
    arranged = matrix(votes)
    at = positions(arranged.used).points
    whole, half = at[arranged.voters.index("3")], at[arranged.voters.index("half")]
    assert abs(half[0]) == pytest.approx(abs(whole[0]) / 2, rel=0.1)  # sqrt(16 / 4) x 4 / 16


def test_silhouette_by_hand():
    points = np.array([[0.0, 0], [1, 0], [10, 0], [12, 0]])
    labels = np.array([0, 0, 1, 1])
    by_hand = np.mean([1 - 1 / 11, 1 - 1 / 10, 1 - 2 / 9.5, 1 - 2 / 11.5])
    assert silhouette(points, labels) == pytest.approx(by_hand)
    assert silhouette(points, np.array([0, 1, 2, 2])) == pytest.approx((0 + 0 + (1 - 2 / 9) + (1 - 2 / 11)) / 4)


def test_k_means_finds_the_tightest_split():
    points = np.array([[0.0, 0], [0, 1], [9, 0], [9, 1], [4, 20], [5, 20]])
    _, labels = k_means(points, 3, 20)

    def spread(parts):
        return sum(((points[list(part)] - points[list(part)].mean(axis=0)) ** 2).sum() for part in parts)

    ours = spread([np.flatnonzero(labels == one) for one in range(3)])
    pairs = [((0, b), rest) for b in range(1, 6) for rest in combinations(set(range(1, 6)) - {b}, 2)]
    assert ours <= min(spread([one, two, set(range(6)) - set(one) - set(two)]) for one, two in pairs) + 1e-9


def test_how_many_groups_are_tried():
    assert [most_groups(people) for people in (3, 11, 12, 24, 36, 500)] == [2, 2, 3, 4, 5, 5]
    assert len(set(fit(np.arange(20.0).reshape(10, 2), 2))) == 2


def test_consensus_by_hand():
    votes = np.array([[1.0, 1], [1, -1], [0, np.nan], [-1, 1], [1, 1]])
    counted = statistics.tallies(votes, np.array([0, 0, 0, 1, -1]))
    assert counted.agreed.tolist() == [[2, 1], [0, 1]]
    assert counted.seen.tolist() == [[3, 2], [1, 1]]
    assert statistics.informed_consensus(counted).tolist() == pytest.approx([3 / 5 * 1 / 3, 2 / 4 * 2 / 3])
    assert statistics.group_consensus(counted)[0] == pytest.approx((3 / 5 * 1 / 3) ** 0.5)


def test_a_new_statement_goes_first_and_one_about_the_poll_has_49():
    votes = camps()
    fresh = matrix(votes, statements=["new"])
    found = group(fresh)
    priorities = statistics.priorities(fresh, found.at, found.labels)
    assert fresh.statements[int(np.argmax(priorities))] == "new"
    at = fresh.statements.index("new")
    # nobody has seen it: a = p = 1/2, extremity 0 (no loadings): ((1 - 1/2) x 1 x 1/2 x 9)^2
    assert priorities[at] == pytest.approx((0.25 * 9) ** 2)
    meta = [one == "new" for one in fresh.statements]
    assert statistics.priorities(fresh, found.at, found.labels, meta)[at] == 49


def test_representative_statements_mark_the_groups_off():
    votes = matrix(camps(noise=0.0, seen=1.0))
    found = group(votes)
    counted = statistics.tallies(votes.votes, found.labels)
    for number, marks in enumerate(statistics.representative(counted, votes.hidden.tolist())):
        assert 1 <= len(marks) <= 5
        for mark in marks:
            side = counted.agreed if mark.agrees else counted.disagreed
            assert side[number, mark.statement] == mark.people == mark.of
            assert side[1 - number, mark.statement] == 0
        assert sorted(marks, key=lambda one: not one.agrees) == marks
    hidden = [True] * len(votes.statements)
    assert statistics.representative(counted, hidden) == [[], []]


def test_agreed_split_unsure():
    def column(yes, no, passed):
        return [1] * yes + [-1] * no + [0] * passed + [np.nan] * (20 - yes - no - passed)

    votes = np.array(
        [column(18, 1, 1), column(9, 8, 3), column(4, 4, 12), column(1, 17, 2), column(8, 1, 0), column(9, 4, 7)]
    )
    total = statistics.tallies(votes.T.astype(float), np.zeros(20, dtype=np.int64))
    found = statistics.sort_out(total)
    assert found == statistics.Sorted(agreed=(0, 3), split=(1,), unsure=(2,))
    assert statistics.sort_out(total, [True, False, False, False, False, False]).agreed == (3,)


def test_wilson_by_its_published_example():
    low, high = statistics.wilson(15, 148)  # Newcombe 1998, table I: .0624, .1605
    assert (round(low, 4), round(high, 4)) == (0.0624, 0.1605)
    assert statistics.wilson(0, 0) == (0.0, 1.0)
    assert statistics.wilson(0, 20)[0] == 0.0
    assert statistics.wilson(20, 20)[1] == pytest.approx(1.0)


@pytest.mark.shared
def test_published_consensus_is_met_exactly():
    place = SHARED / "data" / "polis" / "bg2050-volunteers"
    rows = list(csv.DictReader((place / "comments.csv").read_text(encoding="utf-8").splitlines()))
    votes = matrix(polis.read_votes((place / "votes.csv").read_text()), (row["comment-id"] for row in rows))
    groups = polis.read_groups((place / "participants-votes.csv").read_text())
    labels = np.array([int(groups.get(voter, -1)) for voter in votes.voters])
    gic = statistics.informed_consensus(statistics.tallies(votes.votes, labels))
    ours = dict(zip(votes.statements, gic.tolist(), strict=True))
    assert len(rows) == 371
    for row in rows:
        assert ours[row["comment-id"]] == pytest.approx(float(row["group-informed-consensus"]), abs=1e-9)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "least"), [("brexit-consensus", 0.87), ("land-bank-farmland", 0.96)])
def test_published_groups_are_found(name, least):
    from bot.bench.groups import _agreement

    place = SHARED / "data" / "polis" / name
    said = polis.read_comments((place / "comments.csv").read_text())
    hidden = {key for key, one in said.items() if one.rejected or one.meta}
    votes = matrix(polis.read_votes((place / "votes.csv").read_text()), said, hidden)
    published = polis.read_groups((place / "participants-votes.csv").read_text())
    for k in (2, None):
        found = group(votes, k)
        ours = {voter: int(label) for voter, label in zip(votes.voters, found.labels, strict=True) if label >= 0}
        assert _agreement(ours, published) >= least
        assert sum(voter in ours for voter in published) >= 0.95 * len(published)
