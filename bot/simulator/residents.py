"""Crowds: residents who register by themselves as people do, and neighbours who answer a poll.

They know nothing of the bot but what stands on their screens.
"""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import people
from .records import Channel, Entry, User
from .screen import Button, buttons, find, fold, message_buttons, quick_replies
from .world import World

THREADS = 12
ANSWER_SECONDS = 20.0
MAX_STEPS = 30
MAX_PRESSED = 3
READING = re.compile(r"[((][^()()]*[))]$")
NEIGHBOUR = "近所さん"
VOICE = "声をとどける"
ASSENT = re.compile(
    r"^(はい|同意|OK|ok|オーケー|登録|決定|進む|次へ|つぎへ|これで|はじめ|始め|わかりました|分かりました|この地区|合って|そうです)"
)
CHOOSE = re.compile(r"地区.*(選|えら)")
MARK = re.compile(r"^(?:[0-9０-９]{1,2}番?[\s.:：.、)]*|[①-⑳]\s*)")
MIX = (0, 0, 1, 0, 1, 2, 0, 1, 3, 2, 0, 1)
"""Which choice the neighbours take in turn: clear, but not unanimous."""


def add_users(world: World, channel: Channel, body: dict[str, Any]) -> dict[str, Any]:
    """`{"count", "district"}`: registered friends; `{"count", "friends": true}`: friends without a webhook.

    Otherwise one person, who is no friend yet unless "follow" is true.
    """
    count, district = body.get("count"), str(body.get("district") or "")
    if count is None and not district:
        return _add_one(world, channel, body)
    quiet = bool(body.get("friends")) and not district
    facts = {"language": body.get("language") or "ja", "friend": quiet, "district": district}
    users = _create(world, channel, int(count or 1), **facts)
    if not district:
        return {"userIds": [user.id for user in users]}
    unfinished = register_all(world, channel, users, district)
    answer: dict[str, Any] = {"userIds": [user.id for user in users]}
    return {**answer, "unfinished": unfinished} if unfinished else answer


def _add_one(world: World, channel: Channel, body: dict[str, Any]) -> dict[str, Any]:
    user = _create(world, channel, 1, name=body.get("name"), language=body.get("language") or "ja")[0]
    answer: dict[str, Any] = {"userId": user.id}
    if body.get("follow"):
        answer.update(people.follow(world, channel, user).json())
    return answer


def _create(world: World, channel: Channel, count: int, **facts: Any) -> list[User]:
    if not 1 <= count <= 2_000_000:
        raise ValueError("count must be between 1 and 2,000,000")
    with world.state.lock:
        users = [world.state.new_user(channel.id, **dict(facts)) for _ in range(count)]
        world.state.add_users(users)
    return users


# -- registering -------------------------------------------------------------------------------------


def register_all(world: World, channel: Channel, users: list[User], district: str) -> int:
    """Registers them side by side; returns how many could not."""
    with ThreadPoolExecutor(min(THREADS, len(users)), "resident") as pool:
        done = list(pool.map(lambda user: _Registration(world, channel, user, district).run(), users))
    return done.count(False)


class _Registration:
    """One person answering the bot's questions until there are no more."""

    def __init__(self, world: World, channel: Channel, user: User, district: str) -> None:
        self._world, self._channel, self._user, self._district = world, channel, user, district
        self._seen = 0
        self._chosen = False
        self._pressed = 0
        self._rows: dict[str, Button] | None = None
        self._tried: set[str] = set()
        self._woken = threading.Event()

    def run(self) -> bool:
        """True when the last answer was read; False when the bot stayed silent or knows no such district."""
        self._world.state.waiting[self._user.n] = self._woken
        try:
            people.follow(self._world, self._channel, self._user)
            for _ in range(MAX_STEPS):
                entry = self._next()
                if entry is None:
                    return False
                if not self._answer([*quick_replies(entry), *message_buttons(entry)]):
                    return self._chosen
            return False
        finally:
            self._world.state.waiting.pop(self._user.n, None)

    def _next(self) -> Entry | None:
        """The newest thing the bot said since the last step."""
        until = time.monotonic() + ANSWER_SECONDS
        while True:
            self._woken.clear()
            with self._world.state.lock:
                fresh = [e for e in self._world.state.timeline(self._user, self._seen) if e.origin == "bot"]
            if fresh:
                self._seen = fresh[-1].n
                return fresh[-1]
            if not self._woken.wait(max(0.0, until - time.monotonic())):
                return None

    def _answer(self, shown: list[Button]) -> bool:
        """Answers one question; False when there was none."""
        pressable = [button for button in shown if button.action.get("type") in ("message", "postback")]
        button = self._pick(pressable) or self._search(pressable)
        if button is not None:
            people.press(self._world, self._channel, self._user, button, {})
            return True
        if self._chosen or self._rows is not None:
            return False
        self._chosen = True
        people.say(self._world, self._channel, self._user, self._district)
        return True

    def _search(self, pressable: list[Button]) -> Button | None:
        """Where the typed name was not taken for a district: ask for the choice, then try row after row."""
        rows = [button for button in pressable if button.label.endswith("行")]
        if self._rows is None and self._chosen:
            again = next((button for button in pressable if CHOOSE.search(button.label)), None)
            if again is None and not rows:
                return None
            self._rows, self._chosen = {}, False
            if again is not None:
                return again
        if self._chosen or self._rows is None:
            return None
        for button in rows:
            self._rows.setdefault(button.label, button)
        untried = next((label for label in self._rows if label not in self._tried), None)
        self._tried.add(untried or "")
        return self._rows[untried] if untried else None

    def _pick(self, pressable: list[Button]) -> Button | None:
        """The district itself first; one that holds its name, or a lone button (consent), before it is chosen."""
        wanted = _plain(self._district)
        for button in pressable:
            if _plain(button.label) == wanted and self._pressed < MAX_PRESSED:
                self._chosen = True
                self._pressed += 1
                return button
        if self._chosen:
            lone = len(pressable) <= 2
            return next((b for b in pressable if lone and ASSENT.match(b.label)), None)
        for button in pressable:
            if wanted in _plain(button.label) and self._rows is None:
                self._chosen = True
                return button
        return pressable[0] if len(pressable) == 1 else None


def _plain(label: str) -> str:
    """A district's name as a button may show it: without its number, its reading in brackets and 地区."""
    return fold(READING.sub("", MARK.sub("", label))).removesuffix("地区")


# -- neighbours --------------------------------------------------------------------------------------


def neighbours(world: World, channel: Channel, district: str, count: int) -> dict[str, Any]:
    """Makes sure that so many neighbours live in the district."""
    with world.state.lock:
        everybody = [u for u in world.state.members[channel.id] if u.name.startswith(NEIGHBOUR)]
        there = [u for u in everybody if u.district == district and u.friend and not u.blocked]
        missing = max(0, count - len(there))
        facts = {"language": "ja", "district": district}
        names = [f"{NEIGHBOUR}{len(everybody) + i + 1}" for i in range(missing)]
        new = [world.state.new_user(channel.id, name=name, **facts) for name in names]
        world.state.add_users(new)
    unfinished = register_all(world, channel, new, district) if new else 0
    return {"userIds": [user.id for user in (there + new)[:count]], "new": len(new), "unfinished": unfinished}


def neighbours_answer(world: World, channel: Channel, district: str) -> dict[str, Any]:
    """Each neighbour presses one choice of the newest poll on their screen, once for each poll."""
    with world.state.lock:
        crowd = [u for u in world.state.members[channel.id] if u.name.startswith(NEIGHBOUR) and not u.blocked]
    if district:
        crowd = [user for user in crowd if user.district == district]
    places = enumerate(crowd)
    with ThreadPoolExecutor(THREADS, "neighbour") as pool:
        answered = sum(pool.map(lambda place: _answer_poll(world, channel, place[1], place[0]), places))
    return {"answered": answered}


def _answer_poll(world: World, channel: Channel, user: User, place: int) -> bool:
    with world.state.lock:
        timeline = list(world.state.timeline(user))
    poll = next((entry for entry in reversed(timeline) if choices(entry)), None)
    voted = [entry.n for entry in timeline if entry.via == "ballot"]
    if poll is None and not voted:  # moved here after it was sent: what is open now stands behind the menu
        poll = _ask_for_polls(world, channel, user)
    if poll is None or any(n > poll.n for n in voted):
        return False
    offered = choices(poll, replies=True)
    button = offered[MIX[place % len(MIX)] % len(offered)]
    shown = str(button.action.get("displayText") or "")
    done = people.postback(world, channel, user, button.action["data"], shown=shown, via="ballot")
    return done.outcome.ok


def _ask_for_polls(world: World, channel: Channel, user: User) -> Entry | None:
    """Presses the menu's area for open polls and waits for the answer; None when nothing is open."""
    with world.state.lock:
        area = find(buttons(world.state, user), VOICE)
    if area is None:
        return None
    woken = world.state.waiting[user.n] = threading.Event()
    try:
        with world.state.lock:
            seen = max((entry.n for entry in world.state.timeline(user)), default=0)
        people.press(world, channel, user, area, {})
        until = time.monotonic() + ANSWER_SECONDS
        while True:
            woken.clear()
            with world.state.lock:
                fresh = [entry for entry in world.state.timeline(user, seen) if entry.origin == "bot"]
            if fresh:
                return fresh[-1] if choices(fresh[-1], replies=True) else None
            if not woken.wait(max(0.0, until - time.monotonic())):
                return None
    finally:
        world.state.waiting.pop(user.n, None)


def choices(entry: Entry, *, replies: bool = False) -> list[Button]:
    """A poll's choices: at least two postbacks without displayText, sent by the bot of its own accord.

    A vote shows nothing in the chat; buttons that lead elsewhere do. With `replies` also in an answer.
    """
    if entry.origin != "bot" or entry.via not in ("push", "multicast", *(("reply",) if replies else ())):
        return []
    shown = [*message_buttons(entry), *quick_replies(entry)]
    votes = [b for b in shown if b.action.get("type") == "postback" and not b.action.get("displayText")]
    unlike = list({button.action["data"]: button for button in votes}.values())
    return unlike if len(unlike) > 1 else []
