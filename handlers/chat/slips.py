"""連絡票 in chat: a post linked by a code, slips to read and confirm, the post given up again.

No name is asked for here: the code leads to a form of our own (handlers.public.posts).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from bot.core.moments import moment_of
from bot.line.limits import MAX_FLEX_LABEL
from bot.line.render import Card, Message, Open, Text
from bot.models import Announcement, HolderCode, Resident, RoleHolder, Slip
from bot.now import jst
from bot.services import circular_cards, holders, slips
from handlers.chat import screens
from handlers.chat.screens import Option
from handlers.chat.turn import Outcome, Turn
from handlers.chat.understood import fold

LIST = Option("", "slip.list")
_CODE = re.compile(r"(?P<word>(?:連絡票|れんらくひょう)[\s:]*)?(?P<code>[0-9a-z]{4}[\s-]?[0-9a-z]{4})")


class SlipHandler:
    """Slips, posts, and a code that is typed."""

    def wants(self, turn: Turn) -> bool:
        return turn.action.startswith(("slip.", "post.")) or _typed(turn) is not None

    def handle(self, turn: Turn) -> Outcome:
        typed = _typed(turn)
        if typed is not None:
            return _link(turn, typed)
        match turn.action:
            case "slip.confirm":
                return _confirm(turn)
            case "slip.show":
                return _show(turn)
            case "post.leave":
                return _really(turn)
            case "post.leave_now":
                return _leave(turn)
        return _list(turn)


def held_lines(turn: Turn, resident: Resident) -> list[str]:
    """For わたしの登録: the posts with the name that was given for them."""
    mine = holders.of_resident(turn.session, resident, jst(turn.now).date())
    return [turn.say("post.held", name=row.name or "-", value=_post(turn, row)) for row in mine]


def _typed(turn: Turn) -> str | None:
    """The code in a text: after the word 連絡票, or alone when there is such a code."""
    found = _CODE.fullmatch(fold(turn.text)) if turn.text and len(turn.text) <= 30 else None
    if found is None:
        return None
    code = found["code"]
    known = found["word"] or holders.find(turn.session, turn.municipality, code) is not None
    return code if known else None


def _link(turn: Turn, typed: str) -> Outcome:
    """From a code to the form where the name is given."""
    code = holders.find(turn.session, turn.municipality, typed)
    if code is None:
        return screens.plain(turn, "post.code_bad")
    if not holders.usable(code, turn.now):
        return screens.plain(turn, "post.code_used")
    token = holders.new_token()

    def write(session: Session, resident: Resident) -> None:
        fresh = session.get(HolderCode, code.code_hash)
        if fresh is not None:
            holders.add_link(session, fresh, resident, token, turn.now)

    until = min(turn.now + holders.LINK_LIVES, code.expires_at)
    card = Card(
        title=turn.say("post.code_title", post=_words(turn, holders.post_of(turn.session, code))),
        body=(turn.say("post.code_body"),),
        notes=(turn.say("post.code_note", when=moment_of(until, turn.speaks)),),
        buttons=(
            Open(
                turn.say("post.open_form"),
                holders.form_url(turn.context.settings.public_url, turn.municipality, token),
            ),
        ),
        choices=screens.ways_out(turn),
    )
    return Outcome([card], screens.offering((), LIST), write)


def _list(turn: Turn) -> Outcome:
    """One's posts, and the slips that wait; those confirmed stand below."""
    today = jst(turn.now).date()
    mine = holders.of_resident(turn.session, turn.resident, today) if turn.resident else []
    found = slips.open_for(turn.session, turn.resident, turn.now) if turn.resident else []
    options = [
        Option(screens.short(_label(turn, told, slip, done=done), MAX_FLEX_LABEL), "slip.show", {"slip": told.id})
        for told, slip, done in sorted(found, key=lambda one: one[2])[:8]
    ]
    options += [Option(turn.say("post.leave"), "post.leave")] if mine else []
    body = turn.say("slip.list_body" if found else "slip.list_none")
    posts = [turn.say("post.mine", value=_post(turn, row)) for row in mine]
    return screens.screen(
        turn, title=turn.say("slip.list_title"), body=(*posts, body), options=options, here=LIST,
        back=Option("", "home.menu"),
    )  # fmt: skip


def _label(turn: Turn, told: Announcement, slip: Slip, *, done: bool) -> str:
    if done:
        return turn.say("slip.option_done", title=told.title)
    return turn.say("slip.option", title=told.title, day=circular_cards.on_day(slip.reply_on, turn.speaks))


def _show(turn: Turn) -> Outcome:
    found = slips.open_for(turn.session, turn.resident, turn.now) if turn.resident else []
    wanted = next((one for one in found if str(one[0].id) == turn.fields.get("slip")), None)
    if wanted is None:
        return screens.plain(turn, "slip.not_yours")
    told, slip, done = wanted
    day = circular_cards.on_day(slip.reply_on, turn.speaks)
    buttons = circular_cards.slip_buttons(turn.context.sealer, slip, turn.speaks)
    card = Card(
        title=told.title,
        heading=told.sender,
        body=(*(part for part in told.body.split("\n\n") if part.strip()),
              turn.say("slip.show_done") if done else turn.say("slip.until", day=day)),
        buttons=buttons[1:] if done else buttons,
        choices=screens.ways_out(turn, LIST),
    )  # fmt: skip
    return Outcome([card], screens.offering((), Option("", "slip.show", {"slip": told.id}), LIST))


def _confirm(turn: Turn) -> Outcome:
    wanted = turn.fields.get("slip", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else -1
    ways = screens.ways_out(turn, LIST)

    def write(session: Session, resident: Resident) -> Sequence[Message]:
        result = slips.confirm(session, number, resident, turn.now)
        mine = holders.of_resident(session, resident, jst(turn.now).date()) if result == "confirmed" else []
        return [Text(turn.say(f"slip.{result}", name=mine[0].name or "" if mine else ""), ways)]

    return Outcome([Text(turn.say("slip.not_yours"), ways)], None, write)


def _really(turn: Turn) -> Outcome:
    options = [
        Option(turn.say("post.leave_yes"), "post.leave_now"),
        Option(turn.say("post.leave_no"), LIST.action),
    ]
    return screens.screen(
        turn, title=turn.say("post.leave_title"), body=(turn.say("post.leave_body"),), options=options,
        here=Option("", "post.leave"), back=LIST,
    )  # fmt: skip


def _leave(turn: Turn) -> Outcome:
    today = jst(turn.now).date()

    def write(session: Session, resident: Resident) -> None:
        for row in holders.of_resident(session, resident, today):
            holders.let_go(session, row)

    return Outcome([Text(turn.say("post.left"), screens.ways_out(turn))], None, write)


def _post(turn: Turn, row: RoleHolder) -> str:
    named = _named(turn, row.neighbourhood, row.unit, row.post)
    return turn.say("post.ends", post=named, day=_day(turn, row.until)) if row.until else named


def _words(turn: Turn, post: holders.Post) -> str:
    return _named(turn, post.association.name, post.unit, post.post)


def _named(turn: Turn, association: str | None, unit: str | None, post: str) -> str:
    return " ".join(part for part in (association, unit, turn.say(f"post.{post}")) if part)


def _day(turn: Turn, day: date) -> str:
    return circular_cards.on_day(day, turn.speaks)
