"""An announcement's texts in other languages, beside the Japanese they were made from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.core.transitions import next_state, right_to_change
from bot.errors import BadInputError, ConflictError, NotAllowedError
from bot.models import Announcement, AnnouncementText
from bot.now import jst
from bot.services import announcement_checks, audit
from bot.services.announcement_card import Words
from bot.services.announcement_draft import MAX_BODY, MAX_TITLE, lines, one_line
from bot.services.announcement_lists import district_ids
from content.phrases import SERVED

LANGUAGES = tuple(language for language in SERVED if language != "ja")


def write(session: Session, a: Announcement, actor: Actor, words: Words, now: datetime) -> None:
    """Store a text in another language; an empty one is taken away. A submitted announcement becomes a draft again.

    Raises NotAllowedError, ConflictError (it was approved), BadInputError naming what is to be mended.
    """
    if words.language not in LANGUAGES:
        raise BadInputError("その言葉では書けません。")
    begin(session, a, actor, now)
    title, body = one_line(words.title), lines(words.body)
    stored = session.get(AnnouncementText, (a.id, words.language))
    if not title and not body:
        if stored is not None:
            session.delete(stored)
        session.flush()
        return
    if not title or not body or len(title) > MAX_TITLE or len(body) > MAX_BODY:
        raise BadInputError(f"見出し({MAX_TITLE}文字まで)と本文({MAX_BODY}文字まで)の両方を書いてください。")
    announcement_checks.wording(title, body)
    text = stored or AnnouncementText(announcement_id=a.id, language=words.language, municipality_id=a.municipality_id)
    text.title, text.body, text.machine = title, body, words.machine
    text.basis, text.messages = announcement_checks.basis_of(a), None
    session.add(text)
    session.flush()
    details = {"language": words.language, "machine": words.machine}
    audit.record(session, a.municipality_id, actor, "announcement.text", f"announcement:{a.id}", now, details)


def begin(session: Session, a: Announcement, actor: Actor, now: datetime) -> None:
    """Before something beside the text is changed: what waits for approval is a draft again, in a new version.

    Raises NotAllowedError or ConflictError.
    """
    if not actor.may(right_to_change(a.state), a.municipality_id, jst(now).date(), district_ids(session, a)):
        raise NotAllowedError("この地区のお知らせを扱う権限がありません。")
    state = next_state(a.state, "change")
    moved = session.execute(
        update(Announcement)
        .where(Announcement.id == a.id, Announcement.state == a.state, Announcement.version == a.version)
        .values(state=state, version=a.version + 1, submitted_at=None)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("このお知らせは、ほかの人が変えました。もう一度開いて、いまの内容を確かめてください。")
    session.refresh(a)
