"""What a city decides for itself once: how it calls its responses, and how long a checked fact holds.

It stands over the pack (`Municipality.edited`), so that loading one does not undo it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from bot.core import freshness
from bot.core.permissions import Actor
from bot.core.round_table_rules import RESPONSES
from bot.errors import BadInputError, NotAllowedError
from bot.models import Municipality
from bot.now import jst
from bot.services import audit, entry_editing, reports

RIGHT: Final = "settings.write"
MAX_WORD: Final = 12
LEAST_DAYS, MOST_DAYS = 14, 1825
# Kinds of entries as the form names them; the empty one stands for all others.
CHECKED: Final[Mapping[str, str]] = {
    "": "そのほかの記事",
    "desk": "窓口・連絡先",
    "grant": "補助金・助成",
    "volunteer": "手伝い募集",
    "plan": "計画",
    "case": "事例",
}


def check_days(city: Municipality) -> dict[str, int]:
    """Days that a check holds, by kind of entry."""
    thresholds = city.facts.get("thresholds") or {}
    return {kind: freshness.period(thresholds, kind or "faq").days for kind in CHECKED}


def set_words(session: Session, municipality: str, actor: Actor, words: Mapping[str, str], now: datetime) -> bool:
    """How the kinds of responses are called here; False when nothing differs. Raises NotAllowedError, BadInputError."""
    city = _city(session, municipality, actor, now)
    new = {kind: " ".join(words.get(kind, "").split()) for kind in RESPONSES}
    if wrong := [RESPONSES[kind] for kind, word in new.items() if not 1 <= len(word) <= MAX_WORD]:
        raise BadInputError(f"「{'」「'.join(wrong)}」の言葉を、1文字から{MAX_WORD}文字までで入れてください。")
    if len(set(new.values())) < len(new):
        raise BadInputError("同じ言葉が2つあります。受け取った人が区別できるように、別の言葉にしてください。")
    if new == dict(reports.words(session, municipality)):
        return False
    _keep(session, city, actor, "settings.words", {"response_words": new}, now)
    return True


def set_checks(session: Session, municipality: str, actor: Actor, days: Mapping[str, int], now: datetime) -> bool:
    """How long a check holds, in days by kind; False when nothing differs. Raises NotAllowedError, BadInputError."""
    city = _city(session, municipality, actor, now)
    if any(not LEAST_DAYS <= days.get(kind, 0) <= MOST_DAYS for kind in CHECKED):
        raise BadInputError(f"日数は、{LEAST_DAYS}日から{MOST_DAYS}日までの数で入れてください。")
    if dict(days) == check_days(city):
        return False
    own = {f"check_after_days_{kind}" if kind else "check_after_days": float(days[kind]) for kind in CHECKED}
    known = city.facts.get("thresholds") or {}
    kept = {name: value for name, value in known.items() if not name.startswith("check_")}
    _keep(session, city, actor, "settings.checks", {"thresholds": kept | own}, now)
    return True


def _city(session: Session, municipality: str, actor: Actor, now: datetime) -> Municipality:
    if not actor.may(RIGHT, municipality, jst(now).date()):
        raise NotAllowedError("市の決まりを変える役割がありません。")
    return session.get_one(Municipality, municipality)


def _keep(session: Session, city: Municipality, actor: Actor, act: str, new: dict[str, Any], now: datetime) -> None:
    city.facts, city.edited = {**city.facts, **new}, {**(city.edited or {}), **new}
    session.flush()
    entry_editing.raise_version(session, city.id)
    audit.record(session, city.id, actor, act, f"municipality:{city.id}", now)
