"""What must be so before an announcement is submitted or sent: wording, gaps, papers as text, languages, elections.

The wording's rules are bot.core.announcement_rules; here they meet what is stored. Each problem is said with what can
be done instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import announcement_rules as rules
from bot.core.permissions import Actor, Grant, allowed
from bot.errors import BadInputError
from bot.models import Announcement, AnnouncementText, ElectionPeriod, Slip, Staff
from bot.now import jst
from bot.services import announcement_card, circular_cards, listening, staff

CORRECTION = "【訂正】"  # before the title of a correction
PARTICULAR_NAMES = {"date": "日時", "place": "場所", "audience": "対象", "contact": "連絡先"}
LANGUAGE_NAMES = {
    "easy-ja": "やさしい日本語", "en": "英語", "pt": "ポルトガル語", "vi": "ベトナム語", "zh-Hans": "中国語",
    "tl": "フィリピン語", "es": "スペイン語",
}  # fmt: skip


def wording(*texts: str) -> None:
    """Raise BadInputError, with a reason and another way, when these words may not go to a district."""
    if found := rules.refusals(*texts):
        raise BadInputError("".join(map(str, found)))


def before_submit(session: Session, a: Announcement) -> None:
    """Raise BadInputError naming everything that is still to be written or looked at."""
    if _corrects_nothing(session, a):
        raise BadInputError("まだ何も直していません。直してから、承認に出してください。")
    if problems := _unfinished(session, a):
        raise BadInputError("".join(problems))


def obstacles(session: Session, a: Announcement, now: datetime) -> list[str]:
    """What would stop an approval now: what is unfinished, and an election."""
    stopped = election_stop(session, a, a.send_at or now)
    return [*_unfinished(session, a), *([stopped] if stopped else [])]


def held_for_city(session: Session, a: Announcement, actor: Actor, now: datetime) -> str | None:
    """Why this person's approval does not suffice: it speaks of an election, and they are not of the city."""
    if _of_city(actor.grants, a, now):
        return None
    words = rules.held_for_city(*_words(session, a))
    return None if words is None else rules.HELD.format(words=words)


def election_stop(session: Session, a: Announcement, at: datetime) -> str | None:
    """Why it may not go out at this time: council announcements and polls freeze during an election period.

    Emergencies and what was called off go out all the same: somebody would stand in the rain.
    """
    period = listening.election(session, a.municipality_id, jst(at).date())
    if period is None or (a.urgency != "normal" and a.poll_id is None):
        return None
    if a.poll_id is None and not _by_council(session, a, at):
        return None
    return _frozen(period, "アンケート" if a.poll_id is not None else "協議会のお知らせ")


def missing_particulars(a: Announcement) -> list[str]:
    """Which of 日時・場所・対象・連絡先 do not stand as text."""
    return missing_of(a.particulars or {})


def missing_of(given: Mapping[str, object]) -> list[str]:
    """The same of what was given: `date`, `place`, `audience`, `contact`."""
    return [name for key, name in PARTICULAR_NAMES.items() if not str(given.get(key, "")).strip()]


def basis_of(a: Announcement) -> str:
    """What a translation was made from: changes with the Japanese title, body and particulars."""
    facts = [str((a.particulars or {}).get(key, "")) for key in PARTICULAR_NAMES]
    return hashlib.sha256("\0".join((a.title, a.body, *facts)).encode()).hexdigest()


def is_stale(a: Announcement, text: AnnouncementText) -> bool:
    """Whether the Japanese was changed after this text was written."""
    return text.basis != basis_of(a)


def _unfinished(session: Session, a: Announcement) -> list[str]:
    found = []
    if words := rules.gap(*_words(session, a)):
        found.append(rules.PLACEHOLDER.format(words=words))
    paper = announcement_card.file(session, a, "paper")
    if paper is not None and (missing := missing_particulars(a)):
        found.append(
            f"チラシ(紙)だけでは読めない人がいます。{'・'.join(missing)}を、文字でも書いてください(「直す」から)。"
        )
    for text in announcement_card.texts(session, a):
        if is_stale(a, text):
            name = LANGUAGE_NAMES.get(text.language, text.language)
            found.append(
                f"{name}の文は、日本語を直す前のものです。「ほかの言葉」を開いて、確かめてから保存してください。"
            )
    return found


def _corrects_nothing(session: Session, a: Announcement) -> bool:
    """Whether a correction still says word for word what it corrects, with nothing attached that could be new."""
    first = None if a.corrects_id is None else session.get(Announcement, a.corrects_id)
    attached = (announcement_card.file(session, a, kind) for kind in ("picture", "paper"))
    if first is None or a.poll_id is not None or any(attached) or announcement_card.texts(session, a):
        return False
    said, before = (
        (one.title.removeprefix(CORRECTION), one.body, one.sender, one.particulars or {}, one.buttons or [])
        for one in (a, first)
    )
    return said == before


def _words(session: Session, a: Announcement) -> list[str]:
    others = [part for text in announcement_card.texts(session, a) for part in (text.title, text.body)]
    others += circular_cards.texts(session, a)
    others += session.scalars(select(Slip.forward).where(Slip.announcement_id == a.id))
    return [a.sender, a.title, a.body, *map(str, (a.particulars or {}).values()), *others]


def _frozen(period: ElectionPeriod, what: str) -> str:
    last = period.last_day
    return (
        f"選挙の期間({period.name}、{last.month}月{last.day}日まで)は、{what}を送れません。"
        "そのあとの日時にするか、急ぐことは市の担当に相談してください。"
    )


def _by_council(session: Session, a: Announcement, at: datetime) -> bool:
    author = session.get(Staff, a.author_id)
    return author is None or not _of_city(staff.actor(session, author).grants, a, at)


def _of_city(grants: Iterable[Grant], a: Announcement, at: datetime) -> bool:
    """Whether one of these roles is the city's: it holds everywhere in the municipality."""
    city = [grant for grant in grants if grant.role == "city"]
    return allowed(city, "announcement.approve", a.municipality_id, jst(at).date(), ())
