import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInputError
from bot.line.webhook import parse, signature, signed_by

NOW = datetime(2026, 11, 22, tzinfo=UTC)
# LINE's published vector (developers.line.biz/en/docs/messaging-api/verify-webhook-signature/).
SECRET = b"8c570fa6dd201bb328f1c1eac23a96d8"
BODY = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
SIGNATURE = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def test_lines_published_signature_vector():
    assert signature(SECRET, BODY) == SIGNATURE
    assert signed_by(SECRET, BODY, SIGNATURE)


@pytest.mark.parametrize("given_", ["", SIGNATURE[:-1], SIGNATURE.lower(), SIGNATURE + " ", "署名", "é" * 44])
def test_any_other_signature_is_wrong(given_):
    assert not signed_by(SECRET, BODY, given_)


def test_one_changed_byte_is_wrong():
    assert not signed_by(SECRET, BODY.replace(b"[]", b"[ ]"), SIGNATURE)


def wrap(*events):
    return json.dumps({"destination": "U1", "events": list(events)}).encode()


def test_an_event_keeps_its_own_bytes_id_kind_source_and_time():
    event = {
        "type": "message",
        "timestamp": 1767225601000,
        "webhookEventId": "01H",
        "source": {"type": "user", "userId": "U9"},
        "message": {"type": "text", "text": "あ🍎"},
    }
    (read,) = parse(wrap(event), NOW).events
    assert (read.event_key, read.kind, read.source) == ("01H", "message/text", "U9")
    assert read.event_at == datetime.fromtimestamp(1767225601, UTC)
    assert json.loads(read.body) == event


def test_without_an_id_the_hash_of_the_event_is_its_key():
    one, two, three = parse(wrap({"type": "follow"}, {"type": "follow"}, {"type": "unfollow"}), NOW).events
    assert one.event_key == two.event_key != three.event_key
    assert len(one.event_key) == 64


def test_a_group_is_the_source_of_what_is_said_in_it():
    event = {
        "type": "message",
        "source": {"type": "group", "groupId": "C1", "userId": "U1"},
        "message": {"type": "text"},
    }
    assert parse(wrap(event), NOW).events[0].source == "C1"


@pytest.mark.parametrize(
    "event",
    [
        None,
        3,
        "x",
        [],
        {},
        {"type": 3},
        {"type": "message"},
        {"type": "message", "message": 3},
        {"type": "message", "message": {}},
    ],
)
def test_an_event_without_sense_is_kept_as_unknown(event):
    (read,) = parse(wrap(event), NOW).events
    assert read.kind == "unknown"
    assert read.source is None
    assert read.event_at == NOW


@pytest.mark.parametrize("stamp", [True, None, "1", 1e30, -1e30, float("1e18")])
def test_a_time_without_sense_is_the_time_of_arrival(stamp):
    (read,) = parse(wrap({"type": "follow", "timestamp": stamp}), NOW).events
    assert read.event_at == NOW


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"3",
        b'{"events":[]}',
        b'{"destination":"U"}',
        b'{"destination":3,"events":[]}',
        b'{"destination":"U","events":{}}',
        b"\xff\xfe",
    ],
)
def test_what_is_not_lines_envelope_is_refused(body):
    with pytest.raises(BadInputError):
        parse(body, NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "source", "message", "timestamp", "webhookEventId", "userId", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=4))
def test_no_event_takes_the_others_with_it(events):
    assert len(parse(json.dumps({"destination": "U", "events": events}).encode(), NOW).events) == len(events)
