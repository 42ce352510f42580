"""The pure rules of statements."""

import random
from collections import Counter
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import opinion_matrix, opinion_statistics
from bot.core import statement_rules as rules
from bot.core.statement_rules import Seen
from bot.now import JST
from bot.services.statement_votes import counted


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("夜道が暗い", "good"),
        ("皆さんで公園をきれいにしたい", "good"),
        ("町内会長さんに感謝します", "good"),
        ("業者さんの工事がうるさい", "good"),
        ("宅配の人が困っている", "good"),
        ("氏神様の祭りを続けたい", "good"),
        ("近所の公園がうるさい", "good"),
        ("佐藤さんのおかげです", "masked"),
        ("佐藤花子さんと美代子さんのおかげです", "masked"),
        ("お子さんと親子さんの遊び場がほしい", "good"),
        ("タナカさんに頼みたい", "masked"),
        ("鈴木宅の前の道が狭い", "masked"),
        ("連絡は090-1234-5678へ", "masked"),
        ("今泉3丁目5番2号の角が危ない", "masked"),
        ("隣の家の犬がうるさい", "complaint"),
        ("となりの人がごみ出しを守らない、注意してほしい", "complaint"),
        ("山田さんは非常識だ", "complaint"),
        ("市議選の候補者を呼んで", "election"),
        ("投票所を増やして", "election"),
        ("バスの請願をしたい", "petition"),
        ("街灯を増やしてほしい", "good"),
        ("", "empty"),
        ("…!?", "empty"),
        ("あ" * 140, "good"),
        ("あ" * 141, "long"),
    ],
)
def test_what_a_text_is(text, kind):
    assert rules.look(text).kind == kind


def test_a_line_break_counts_as_one_and_control_characters_as_none():
    seen = rules.look("夜道が\n\n 暗い\u200b\x07")
    assert (seen.text, seen.length) == ("夜道が 暗い", 6)
    assert rules.look("か\u3099" * 140).length == 140  # two code points that are one letter


@given(st.text(max_size=200))
def test_what_is_kept_fits_and_is_stable(text):
    seen = rules.look(text)
    assert len(seen.text) <= rules.MOST_CHARS
    assert "\n" not in seen.text
    if seen.kind == "good":
        assert rules.look(seen.text).text == seen.text


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_even_handed(one, other):
    assert rules.likeness(one, other) == rules.likeness(other, one)
    assert 0 <= rules.likeness(one, other) <= 1


def test_likeness_follows_the_subject_not_the_wish():
    said = {1: "街灯を増やしてほしい", 2: "公園を増やしてほしい", 3: "防犯カメラがほしい"}
    assert rules.similar("夜道に街灯をもっと増やして", said)[:1] == [1]
    assert rules.similar("公園をもう少し増やしてほしいです", said)[:1] == [2]
    assert rules.similar("バスの本数のこと", said) == []
    assert len(rules.similar("街灯", dict.fromkeys(range(9), "街灯"))) == rules.SIMILAR_SHOWN


def test_priority_is_the_published_formula():
    # By hand: a = p = 1/2, importance 1/4, times 9, squared.
    assert rules.priority(Seen()) == pytest.approx(5.0625)
    # A=3, D=1, S=5, E=2: a=4/7, p=2/7, importance = 5/7 * 3 * 4/7; factor 1 + 8/2.
    assert rules.priority(Seen(3, 1, 5, 2.0)) == pytest.approx((5 / 7 * 3 * 4 / 7 * 5) ** 2)


def test_priority_agrees_with_the_analysis():
    rng = np.random.default_rng(3)
    votes = {
        (str(voter), str(statement)): int(rng.integers(-1, 2))
        for voter in range(20) for statement in range(8) if rng.random() < 0.7
    }  # fmt: skip
    arranged = opinion_matrix.matrix(votes)
    at = opinion_matrix.positions(arranged.used)
    theirs = opinion_statistics.priorities(arranged, at, np.zeros(len(arranged.voters), dtype=np.int64))
    ours = counted(votes)
    assert [rules.priority(ours[int(name)]) for name in arranged.statements] == pytest.approx(list(theirs))


def test_a_draw_is_seeded_weighted_and_blind_to_order():
    waiting = {5: Seen(), 3: Seen(1, 1, 40), 9: Seen()}
    drawn = [rules.draw(waiting, random.Random(seed)) for seed in range(400)]
    assert drawn == [rules.draw(dict(reversed(waiting.items())), random.Random(seed)) for seed in range(400)]
    counts = Counter(drawn)
    assert counts[3] < 20 < counts[5] < 380
    assert rules.draw({}, random.Random(1)) is None


def test_a_promise_is_coarse():
    morning = datetime(2026, 11, 22, 9, 1, tzinfo=JST)
    assert rules.due(morning, 48) == datetime(2026, 11, 24, 12, 0, tzinfo=JST)
    assert rules.due(morning.replace(hour=12, minute=0), 48) == datetime(2026, 11, 24, 12, 0, tzinfo=JST)
    assert len({rules.due(morning + timedelta(minutes=at), 48) for at in range(150)}) == 1
