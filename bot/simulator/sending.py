"""Reply, push, multicast and validate: semantics, quota, and the one commit (line-platform.md 2 and 7)."""

from __future__ import annotations

import json
import re
from array import array
from functools import lru_cache
from typing import Any

from .call import Call, RefusalError
from .checks import Report
from .http import Response
from .messages import check_messages, refusal_text
from .records import Entry, Token, User, message_id
from .webhooks import TOKEN_LIFE_MS
from .world import World

USER_ID = re.compile(r"U[0-9a-f]{32}\Z")
CHAT_ID = re.compile(r"[UCR][0-9a-f]{32}\Z")
UNIT = re.compile(r"[A-Za-z0-9_]{1,30}\Z")
MAX_TO = 500
REPLY_MS = 60_000
QUOTA_TEXT = "You have reached your monthly limit."
QUOTABLE = ("text", "textV2", "sticker", "image", "video", "template", "flex")


# -- checks (step 8) ---------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _checked(messages: str) -> Report:
    """The report on a request's messages; the batches of one announcement are checked once."""
    return check_messages(json.loads(messages))


def _check(world: World, call: Call, own: Report) -> None:
    """Refuses a request with problems in its messages or in `own`, the rest of its body."""
    messages = _checked(call.messages_text)
    details = own.details + messages.details
    if details:
        raise RefusalError(400, refusal_text(messages.flex, len(details)), details)
    for name in messages.unknown:
        world.watch.note(call.channel, "unknown_field", f"LINE knows no field {name}", requestId=call.request_id)


def _check_common(call: Call, allowed: frozenset[str]) -> Report:
    report = Report()
    if not isinstance(call.body.get("notificationDisabled", False), bool):
        report.add("notificationDisabled", "must be a boolean")
    for name in sorted(call.body.keys() - allowed):
        report.unknown.append(name)
    units = call.body.get("customAggregationUnits")
    if units is not None:
        fits = isinstance(units, list) and len(units) <= 1
        if not fits or not all(isinstance(unit, str) and UNIT.match(unit) for unit in units):
            report.add("customAggregationUnits", "must hold at most one name of letters, digits and _")
    return report


def check_reply(world: World, call: Call) -> None:
    report = _check_common(call, frozenset({"replyToken", "messages", "notificationDisabled"}))
    token = call.body.get("replyToken")
    if not isinstance(token, str) or not token:
        report.add("replyToken", "May not be empty")
    _check(world, call, report)


def check_push(world: World, call: Call) -> None:
    report = _check_common(call, frozenset({"to", "messages", "notificationDisabled", "customAggregationUnits"}))
    target = call.body.get("to")
    if not isinstance(target, str) or not target:
        report.add("to", "May not be empty")
    _check(world, call, report)
    if not CHAT_ID.match(str(target)):
        raise RefusalError(400, "The property, 'to', in the request body is invalid (line: -, column: -)")


def check_multicast(world: World, call: Call) -> None:
    report = _check_common(call, frozenset({"to", "messages", "notificationDisabled", "customAggregationUnits"}))
    targets = call.body.get("to")
    if not isinstance(targets, list) or not 1 <= len(targets) <= MAX_TO:
        report.add("to", f"Size must be between 1 and {MAX_TO}")
    _check(world, call, report)
    for position, target in enumerate(targets if isinstance(targets, list) else ()):
        if not isinstance(target, str) or not USER_ID.match(target):
            text = f"The property, to[{position}], in the request body is invalid (line: -, column: -)"
            raise RefusalError(400, text)


def check_validate(world: World, call: Call) -> None:
    _check(world, call, _check_common(call, frozenset({"messages"})))


# -- acts (steps 9 to 11) ----------------------------------------------------------------------------


def act_validate(_world: World, _call: Call) -> Response:
    return Response.of({})


def act_reply(world: World, call: Call) -> Response:
    """A reply: free, once, within a minute of the webhook (20 of the event)."""
    state, name = world.state, str(call.body.get("replyToken"))
    with state.lock:
        token = state.tokens.get(name)
        if token is not None and token.channel != call.channel.id:
            token = None
        late = token is not None and not token.used and not _fresh(token, call.at)
        world.watch.token_tried(call, name, token, late=late)
        if token is None or token.used or late:
            raise RefusalError(400, "Invalid reply token")
        token.used = True
        user = state.numbered[token.user]
        reached = [] if user.blocked else [user]
        entry = _entry(world, call, "reply", reached, counted=0)
        try:
            state.accept(entry, state.save_token(token))
        except Exception:
            token.used = False
            raise
    return Response.of({"sentMessages": _sent_messages(entry)})


def _fresh(token: Token, now: int) -> bool:
    return now - token.sent_at <= REPLY_MS and now - token.event_at <= TOKEN_LIFE_MS + REPLY_MS


def act_push(world: World, call: Call) -> Response:
    """A push to a user or group: 200 without delivery for blockers and strangers, 400 for unknown ids."""
    with world.state.lock:
        user = world.state.user(call.channel.id, str(call.body.get("to")))
        if user is None:
            text = "a push to an id this channel does not know"
            world.watch.note(call.channel, "unknown_id", text, requestId=call.request_id)
            raise RefusalError(400, "Failed to send messages")
        entry = _send(world, call, "push", [user])
    return Response.of({"sentMessages": _sent_messages(entry)})


def act_multicast(world: World, call: Call) -> Response:
    """A multicast: blockers, strangers and unknown ids are skipped in silence (assumption for unknown ids)."""
    with world.state.lock:
        targets = call.body.get("to") or []
        found = {target: world.state.user(call.channel.id, target) for target in targets}
        users = [user for user in found.values() if user is not None]
        if len(users) < len(targets):
            kind = "duplicate_recipient" if len(found) < len(targets) else "unknown_id"
            text = "a multicast named somebody twice, or an id this channel does not know"
            world.watch.note(call.channel, kind, text, requestId=call.request_id)
        _send(world, call, "multicast", users)
    return Response.of({})


def _send(world: World, call: Call, via: str, users: list[User]) -> Entry:
    """What push and multicast share; with the state's lock held, so that it happens wholly or not at all."""
    refuse_accepted_key(world, call)
    if not call.key:
        text = f"a {via} without a retry key: after a fault nobody could know whether it was sent"
        world.watch.note(call.channel, "no_retry_key", text, requestId=call.request_id)
    world.watch.sending(call, users)
    if via == "push":
        world.watch.pushed(call, users[0])
    reached = [user for user in users if user.receives(call.at)]
    cost = sum(user.size or 1 for user in reached)  # a group costs one message a member (LINE: pricing)
    refuse_over_quota(world, call, cost)
    entry = _entry(world, call, via, reached, counted=cost)
    world.state.accept(entry)
    world.watch.committed(call, entry)
    return entry


def refuse_accepted_key(world: World, call: Call) -> None:
    """A key that was accepted within 24 hours is not accepted again: 409 with the first request's id."""
    entry = world.state.key_entry(call.channel.id, call.key) if call.key else None
    if entry is not None:
        headers = {"x-line-accepted-request-id": entry.request_id}
        more = {"sentMessages": _sent_messages(entry)} if entry.via == "push" else {}
        raise RefusalError(409, "The retry key is already accepted", headers=headers, more=more)


def refuse_over_quota(world: World, call: Call, countable: int) -> None:
    """All recipients fit into the month's quota, or nobody gets anything."""
    quota = call.channel.quota
    if quota is not None and world.state.used_this_month(call.channel.id) + countable > quota:
        raise RefusalError(429, QUOTA_TEXT)


def _entry(world: World, call: Call, via: str, users: list[User], counted: int) -> Entry:
    return Entry(
        n=world.state.number(),
        channel=call.channel.id,
        at=call.at,
        origin="bot",
        via=via,
        request_id=call.request_id,
        retry_key=call.key,
        users=array("I", [user.n for user in users]),
        messages=call.messages_text,
        counted=counted,
        digest=call.digest,
    )


def _sent_messages(entry: Entry) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    for position, message in enumerate(json.loads(entry.messages)):
        row = {"id": message_id(entry.n, position)}
        if isinstance(message, dict) and message.get("type") in QUOTABLE:
            row["quoteToken"] = f"quote-{entry.n}-{position}"
        sent.append(row)
    return sent
