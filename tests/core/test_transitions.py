"""Every state has a way on, every act a word, and what is over stays over."""

from __future__ import annotations

import pytest

from bot.core.transitions import ACT_WORDS, ANNOUNCEMENT, FINAL, STATE_WORDS, next_state, possible
from bot.errors import ConflictError
from bot.models.announcement import STATES


def test_the_table_knows_the_states_of_the_model_and_no_others():
    named = {state for state, _ in ANNOUNCEMENT} | set(ANNOUNCEMENT.values())
    assert named - {"deleted"} == set(STATES) == set(STATE_WORDS)
    assert {act for _, act in ANNOUNCEMENT} == set(ACT_WORDS)


def test_every_state_that_is_not_over_has_an_exit():
    assert {state for state in STATES if not possible(state)} == FINAL


def test_every_state_can_be_reached_from_a_draft():
    reached, new = set(), {"draft"}
    while new:
        reached |= new
        new = {after for (before, _), after in ANNOUNCEMENT.items() if before in new} - reached
    assert reached - {"deleted"} == set(STATES)


def test_nothing_is_sent_without_an_approval():
    """But for the emergency path, without the act `approve` none leads from a draft to sending."""
    reached, new = set(), {"draft"}
    while new:
        reached |= new
        new = {
            after
            for (before, act), after in ANNOUNCEMENT.items()
            if before in new and act not in {"approve", "emergency"}
        } - reached
    assert not reached & {"scheduled", "sending", "sent"}


def test_changing_what_was_submitted_asks_for_approval_anew():
    assert next_state("submitted", "change") == "draft"
    with pytest.raises(ConflictError):
        next_state("scheduled", "change")


def test_a_refused_act_says_what_the_state_is():
    with pytest.raises(ConflictError, match=r"配信済み.*取り消し"):
        next_state("sent", "cancel")


def possible_of(state: str) -> set[str]:
    """What a person may see as buttons, written down once more by hand."""
    return {
        "draft": {"change", "submit", "emergency", "delete"},
        "returned": {"change", "submit", "emergency", "delete"},
        "submitted": {"change", "approve", "emergency", "send_back", "cancel"},
        "scheduled": {"send_back", "take_back", "cancel", "freeze", "refuse"},
        "refused": {"change", "delete"},
        "sending": {"cancel", "stop", "finish"},
        "stopped": {"resume"},
    }.get(state, set())


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", sorted(ACT_WORDS))
def test_each_act_in_each_state(state, act):
    if act in possible_of(state):
        assert next_state(state, act) in {*STATES, "deleted"}
    else:
        with pytest.raises(ConflictError, match=STATE_WORDS[state]):
            next_state(state, act)
