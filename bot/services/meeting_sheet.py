"""The A4 sheet for the meeting: what a page and a PDF both print. Nothing here that everybody may not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.core.moments import date_of, moment_of
from bot.core.round_table_rules import DOORS
from bot.core.tally import SHOWN_FROM, percents
from bot.models import District, Municipality, RoundTable, Statement
from bot.services import bias_meter, matters, meeting_record, opinions, reports, round_tables, statements
from bot.services.matters import Seen
from bot.services.meeting_record import Doors

NOT_A_SHARE = "世論の割合ではありません"
TWO_DOORS = "同じ人が二つの入口で答えていることがあります。"
NO_DECISION = "投票や決定ではありません。話し合いの材料です。"


@dataclass(frozen=True)
class Result:
    """One column of the question's result: whose answers, how many, and each choice's count and whole percent."""

    name: str
    answered: int
    rows: tuple[tuple[str, int, int], ...]  # empty: too few, or not counted yet
    why: str = ""


@dataclass(frozen=True)
class Voices:
    """What was said on one matter: its title, the statements with how many said so, who can do what."""

    title: str
    statements: tuple[str, ...]
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answered:
    """What became of an earlier matter."""

    title: str
    word: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Sheet:
    """All of it, in the order it is printed."""

    city: str
    district: str
    title: str
    theme: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    question: str
    results: tuple[Result, ...]
    voices: tuple[Voices, ...]
    opinions: tuple[tuple[str, tuple[str, ...]], ...]  # how others' words were answered: lists, groups
    before: tuple[Answered, ...]
    before_title: str
    notes: tuple[str, ...]
    meter: str = ""  # how those who answered differ from the population; beside every number
    sample: bool = False


def sheet(session: Session, row: RoundTable, now: datetime) -> Sheet:
    """The sheet of a round as it stands now."""
    city = session.get_one(Municipality, row.municipality_id)
    district = session.get_one(District, row.district_id)
    card, seen = round_tables.card_of(session, row), meeting_record.doors(session, row)
    words, voices = reports.words(session, row.municipality_id), _voices(session, row)
    before = round_tables.previous(session, row)
    weighed = bias_meter.of_round(session, row)
    notes = [NO_DECISION, *([TWO_DOORS] if seen.line is not None and seen.numbers else [])]
    return Sheet(
        city=str(city.facts.get("public_name") or city.name),
        district=district.name,
        title=round_tables.title(row),
        theme=tuple(row.theme.split("\n")),
        facts=(
            ("会議", moment_of(row.meets_at)),
            ("場所", row.place),
            ("期間", f"{moment_of(row.opens_at)}から{moment_of(row.closes_at)}まで"),
            *([("回答した人", _n(seen))] if card.poll else []),
            ("いただいた声", f"{sum(len(one.statements) for one in voices)}件"),
            ("答える人", f"{row.answerer}({date_of(row.answer_on)}までに)"),
            ("印刷", moment_of(now)),
        ),
        question=card.poll.question if card.poll else "",
        results=_results(seen, card.choices),
        voices=voices,
        opinions=opinions.for_sheet(session, row),
        before=_before(session, row, before, words),
        before_title=round_tables.title(before) if before is not None else "",
        notes=tuple(notes),
        meter=weighed.line if weighed is not None else "",
        sample=bool(city.facts.get("sample")),
    )


def _n(seen: Doors) -> str:
    """`n=41(LINE 29、紙 12)`, or that nobody answered by these doors."""
    parts = [f"LINE {seen.line.participants}"] if seen.line is not None else []
    parts += [f"{DOORS[door]} {number}" for door, number in seen.numbers.items()]
    return f"n={seen.total}" + (f"({'、'.join(parts)})" if parts else "")


def _results(seen: Doors, choices: Sequence[str]) -> tuple[Result, ...]:
    """LINE, the other doors, and both together where that gives nothing away (bot.services.meeting_record.Doors)."""
    if not choices:
        return ()
    found = []
    if seen.together is not None:
        found.append(_result("合計", sum(seen.together), seen.together, choices))
    if seen.line is not None:
        why = _why(seen.line.why, seen.line.participants)
        found.append(_result("LINE", seen.line.participants, seen.line.counts, choices, why))
    if seen.numbers:
        name = "・".join(DOORS[door] for door in seen.numbers)
        found.append(
            _result(
                name,
                seen.other.participants,
                seen.other.counts,
                choices,
                _why(seen.other.why, sum(seen.numbers.values())),
            )
        )
    return tuple(found)


def _result(name: str, answered: int, counts: Sequence[int] | None, choices: Sequence[str], why: str = "") -> Result:
    if counts is None:
        return Result(name, answered, (), why)
    return Result(name, answered, tuple(zip(choices, counts, percents(counts), strict=True)))


def _why(why: str | None, answered: int) -> str:
    match why:
        case "open":
            return f"{answered}人が回答しています。内訳は締切のあとに出ます。"
        case "lost":
            return "結果を出せなくなりました。"
        case "few":
            return f"{answered}人が回答。{SHOWN_FROM}人から結果を出します。"
    return ""


def _voices(session: Session, row: RoundTable) -> tuple[Voices, ...]:
    """Statements by matter, then those that belong to none yet. Only what the moderator has let through."""
    found = []
    for one in matters.of_round(session, row):
        said = statements.of_matter(session, row.municipality_id, one.matter.id)
        found.append(Voices(one.matter.title, _texts(said), parts_of(one)))
    loose = [one for one in statements.of_round(session, row.municipality_id, row.id) if one.matter_id is None]
    if loose:
        found.append(Voices("ほかの声" if found else "まとめる前の声", _texts(loose)))
    return tuple(found)


def parts_of(one: Seen) -> tuple[tuple[str, str], ...]:
    """Who can do what: 個人・地域・行政, as far as it was filled in."""
    matter = one.matter
    columns = (("個人", matter.by_person), ("地域", matter.by_community), ("行政", matter.by_city))
    return tuple((name, text) for name, text in columns if text)


def _texts(said: Sequence[Statement]) -> tuple[str, ...]:
    return tuple(one.text + (f"(ほか{one.voices - 1}人)" if one.voices > 1 else "") for one in said if one.text)


def _before(
    session: Session, row: RoundTable, before: RoundTable | None, words: Mapping[str, str]
) -> tuple[Answered, ...]:
    """前回の声とその返事: all matters of the last round, and older ones still open."""
    last = matters.of_round(session, before) if before is not None else []
    older = [
        one for one in matters.carried_over(session, row) if before is None or one.matter.round_table_id != before.id
    ]
    found = []
    for one in [*last, *older]:
        for response in one.answers:
            note = f"次の報告: {date_of(response.next_report_on)}" if response.next_report_on else response.reason
            found.append(Answered(one.matter.title, words[response.kind], response.text, note))
        if one.awaited or not one.answered:
            due = f"返事は{date_of(one.due_on)}まで" if one.due_on else ""
            who = "・".join(each.name for each in one.awaited)
            found.append(Answered(one.matter.title, "回答待ち", f"まだ返事がありません。{who}", due))
    return tuple(found)
