"""What a person types to open a round table, tidied and checked field by field; the text that residents get of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.moments import date_of, moment_of
from bot.core.round_table_rules import KINDS
from bot.errors import BadInputError
from bot.models import District
from bot.now import jst
from bot.services.announcement_draft import lines
from bot.services.poll_form import checked as checked_poll
from bot.services.poll_form import one_line

THEME_LINES, MAX_THEME_LINE = 3, 60
MAX_PLACE, MAX_ANSWERER = 80, 80


@dataclass(frozen=True)
class Opening:
    """The one page that opens a round. `opens_at` None: as soon as the card is approved; no `question`: no poll."""

    district_id: int
    kind: str
    theme: str
    closes_at: datetime
    meets_at: datetime
    place: str
    answerer: str
    answer_on: date
    question: str = ""
    choices: tuple[str, ...] = ()
    opens_at: datetime | None = None
    takes_statements: bool = True
    voting: bool = False
    asks_age: bool = False  # of those who answer the question


def checked(session: Session, municipality: str, new: Opening, now: datetime) -> Opening:
    """The form, tidied. Raises BadInputError naming every field to mend."""
    theme = "\n".join(line for line in map(one_line, lines(new.theme).split("\n")) if line)
    place, answerer = one_line(new.place), one_line(new.answerer)
    problems = _theme_problems(theme) + _date_problems(new, now)
    for label, text, most in (("場所", place, MAX_PLACE), ("回答者", answerer, MAX_ANSWERER)):
        if not 1 <= len(text) <= most:
            problems.append(f"{label}を{most}文字までで入れてください。")
    if new.kind not in KINDS:
        problems.append("会議の種類を選んでください。")
    known = select(District.id).where(District.municipality_id == municipality, District.id == new.district_id)
    if session.scalar(known) is None:
        problems.append("地区を選んでください。")
    question, choices = new.question, new.choices
    if one_line(question) or any(map(one_line, choices)):
        try:
            question, labels = checked_poll(question, choices, new.closes_at, now)
            choices = tuple(labels)
        except BadInputError as error:
            problems.append(error.message)
    elif not new.takes_statements:
        problems.append("設問か「ひとこと」の、どちらかは受け付けてください。")
    if problems:
        raise BadInputError("".join(problems))
    return replace(new, theme=theme, place=place, answerer=answerer, question=question, choices=choices)


def invitation_text(new: Opening, title: str) -> str:
    """The announcement's body: theme, period, meeting, who answers by when."""
    kept = [f"{title}のテーマ", new.theme, ""]
    kept += [f"ご意見の締切: {moment_of(new.closes_at)}", f"会議: {moment_of(new.meets_at)}", f"場所: {new.place}"]
    kept += [f"答える人: {new.answerer}({date_of(new.answer_on)}までに答えます)", ""]
    if new.question:
        kept.append("下の設問に答えてください。1分で終わります。名前は聞きません。")
    if new.takes_statements:
        after = "そのあと、" if new.question else ""
        kept.append(f"{after}ひとことも書けます。LINEを使わない方は、紙・電話・窓口でもどうぞ。")
    return "\n".join(kept)


def _theme_problems(theme: str) -> list[str]:
    rows = theme.split("\n") if theme else []
    if not rows:
        return ["テーマを書いてください。"]
    if len(rows) > THEME_LINES:
        return [f"テーマは{THEME_LINES}行までです(いま{len(rows)}行)。"]
    return [
        f"テーマの「{row[:10]}…」の行は{MAX_THEME_LINE}文字までです(いま{len(row)}文字)。"
        for row in rows
        if len(row) > MAX_THEME_LINE
    ]


def _date_problems(new: Opening, now: datetime) -> list[str]:
    found = []
    if new.closes_at <= (new.opens_at or now):
        found.append("締切は、募集を始める日時よりあとにしてください。")
    if new.meets_at < new.closes_at:
        found.append("会議の日時は、締切よりあとにしてください。")
    if new.answer_on < jst(new.meets_at).date():
        found.append("回答予定日は、会議の日かそれよりあとにしてください。")
    return found
