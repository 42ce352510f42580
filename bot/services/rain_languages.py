"""A rain plan's announcement in the residents' other languages: made of phrases, the staff's own line kept as it is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.models import Announcement, AnnouncementText
from bot.now import jst
from bot.services import announcement_checks, sign_up_cards
from bot.services.activities import Dated
from bot.services.announcement_draft import MAX_TITLE
from bot.services.announcement_texts import LANGUAGES
from content import calendar_text
from content.phrases import Phrases, phrases


def add(session: Session, row: Announcement, moved: Dated, note: str, now: datetime) -> None:
    """The texts of an announcement that is not rendered yet; `note` is what was approved, in Japanese."""
    for language in LANGUAGES:
        say = phrases(language)
        title = sign_up_cards.title(say, moved)[:MAX_TITLE]
        body = f"{_facts(say, moved, now)}\n\n{note}"
        session.add(
            AnnouncementText(
                announcement_id=row.id, language=language, municipality_id=row.municipality_id, title=title, body=body,
                machine=language != "easy-ja", basis=announcement_checks.basis_of(row),
            )
        )  # fmt: skip
    session.flush()


def _facts(say: Phrases, moved: Dated, now: datetime) -> str:
    """Whether it is held, when, when it was, and where."""
    one = moved.occurrence
    lines = [say.say("sign_up.held")] if one.state == "実施" else []
    lines.append(sign_up_cards.when(say, moved, now))
    if one.moved:
        lines.append(say.say("sign_up.was", when=calendar_text.day(one.day, say.language, jst(now).date())))
    if one.place and one.takes_place:
        lines.append(say.say("chat.where", place=one.place))
    return "\n".join(lines)
