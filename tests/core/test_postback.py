import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import postback
from bot.errors import BadInputError

KEY, OTHER = b"k" * 32, b"o" * 32


def test_a_button_comes_back():
    data = postback.encode("poll.vote", {"poll": 3, "choice": "1"}, "fuji", KEY)
    assert postback.decode(data, "fuji", [KEY]) == postback.Postback("poll.vote", {"poll": "3", "choice": "1"})


def test_a_button_made_with_an_older_key_still_works():
    data = postback.encode("menu", {}, "fuji", OTHER)
    assert postback.decode(data, "fuji", [KEY, OTHER]) is not None


@pytest.mark.parametrize("change", [("choice=1", "choice=2"), ("poll.vote", "poll.void"), ("#", "#x")])
def test_a_changed_button_is_not_ours(change):
    data = postback.encode("poll.vote", {"poll": 3, "choice": "1"}, "fuji", KEY)
    assert postback.decode(data.replace(*change), "fuji", [KEY]) is None


def test_a_button_of_another_municipality_is_not_ours():
    assert postback.decode(postback.encode("menu", {}, "fuji", KEY), "tomioka", [KEY]) is None


@given(st.text(max_size=320))
def test_anything_people_make_up_is_refused_quietly(data):
    assert postback.decode(data, "fuji", [KEY]) is None


def test_more_than_lines_limit_is_refused():
    with pytest.raises(BadInputError, match="300"):
        postback.encode("x", {"long": "あ" * 60}, "fuji", KEY)


@given(st.dictionaries(st.text(min_size=1, max_size=6), st.text(max_size=8), max_size=2))
def test_every_text_survives(fields):
    data = postback.encode("a", fields, "fuji", KEY)
    decoded = postback.decode(data, "fuji", [KEY])
    assert decoded is not None
    assert decoded.fields == fields
