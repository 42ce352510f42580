"""Telling those who took part what became of it: one text for all, once for each answer (docs/decisions/0014).

A report is an announcement like any other (second person, quota, batches, retry keys); only whom it goes to differs:
everybody who took part in the round, and nobody else. What was published since the last one is bundled into the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from bot.core.moments import date_of
from bot.core.permissions import Actor
from bot.core.round_table_rules import RESPONSES
from bot.core.sealing import Sealer
from bot.errors import BadInputError
from bot.models import Announcement, District, Matter, Municipality, Response, RoundTable, RoundTableReport
from bot.now import jst
from bot.services import announcements, audit, bias_meter, matters, round_tables, statement_links, statements
from bot.services.announcements import Draft
from bot.services.matters import Seen

FOLLOW_UP_AFTER = timedelta(days=91)
SHORT = 110  # characters of an answer in the push; the page has all of it


@dataclass(frozen=True)
class Rate:
    """How many matters were answered, and when the next word on the others is due. No district is ranked by it."""

    answered: int
    total: int

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down; None without matters."""
        return self.answered * 100 // self.total if self.total else None


def words(session: Session, municipality: str) -> Mapping[str, str]:
    """What the kinds of responses are called in this city (municipality.toml, response_words)."""
    city = session.get(Municipality, municipality)
    own = (city.facts.get("response_words") or {}) if city else {}
    return {kind: str(own.get(kind) or word) for kind, word in RESPONSES.items()}


def rate(seen: Sequence[Seen]) -> Rate:
    """How many of these matters have a published answer."""
    return Rate(sum(1 for one in seen if one.answered), len(seen))


def untold(session: Session, row: RoundTable) -> list[tuple[Seen, Response]]:
    """Published answers that were not told yet; a report called off before it was sent told nobody."""
    unsent = select(RoundTableReport.announcement_id).join(
        Announcement, Announcement.id == RoundTableReport.announcement_id
    )
    called_off = unsent.where(Announcement.state == "cancelled", Announcement.frozen_at.is_(None))
    waiting = select(Response.id).where(
        Response.municipality_id == row.municipality_id,
        Response.state == "published",
        or_(Response.report_id.is_(None), Response.report_id.in_(called_off)),
    )
    free = set(session.scalars(waiting.where(Response.matter_id.in_(_matter_ids(row)))))
    return [(one, each) for one in matters.of_round(session, row) for each in one.answers if each.id in free]


def tell(session: Session, sealer: Sealer, row: RoundTable, actor: Actor, link: str, now: datetime) -> Announcement:
    """Write the report of what has not been told and hand it to a second person.

    `link` is the round's public page. Raises NotAllowedError, BadInputError when there is nothing to tell.
    """
    round_tables.may(actor, "round_table.write", row, now)
    # Two people at once: the second waits here and then finds nothing left to tell.
    session.execute(select(RoundTable.id).where(RoundTable.id == row.id).with_for_update())
    told = untold(session, row)
    if not told:
        raise BadInputError("まだ知らせていない返事は、ありません。")
    _hear_other_days(session, sealer, row, told)
    district = session.get_one(District, row.district_id)
    sender = str(district.facts.get("council") or f"{district.name}地区")
    draft = Draft(
        f"{round_tables.title(row)}の声への返事", text(session, row, told, link), sender[: announcements.MAX_SENDER],
        "home", (row.district_id,),
    )  # fmt: skip
    report = announcements.draft(session, row.municipality_id, actor, draft, now)
    session.add(RoundTableReport(announcement_id=report.id, municipality_id=row.municipality_id, round_table_id=row.id))
    session.flush()
    ids = [response.id for _, response in told]
    session.execute(
        update(Response)
        .where(Response.id.in_(ids), Response.municipality_id == row.municipality_id)
        .values(report_id=report.id)
        .execution_options(synchronize_session=False)
    )
    announcements.submit(session, report, actor, now)
    audit.record(session, row.municipality_id, actor, "round_table.tell", f"round_table:{row.id}", now)
    return report


def _hear_other_days(session: Session, sealer: Sealer, row: RoundTable, told: Sequence[tuple[Seen, Response]]) -> None:
    """Voices of other days that came under these matters: writers who wish to hear back belong to the round now."""
    city = row.municipality_id
    said = [one for matter in {one.matter.id for one, _ in told} for one in statements.of_matter(session, city, matter)]
    elsewhere = [one for one in said if one.round_table_id != row.id]
    for _, resident in statement_links.writers(session, sealer, city, elsewhere):
        statement_links.took_part(session, city, row.id, resident.id)


def text(session: Session, row: RoundTable, told: Sequence[tuple[Seen, Response]], link: str) -> str:
    """One text for everybody: each matter with its answer, who answers, and where the rest stands."""
    called = words(session, row.municipality_id)
    parts = [f"ご参加ありがとうございました。{round_tables.title(row)}の声への返事です。"]
    end = f"くわしくは {link}"
    room = announcements.MAX_BODY - len(parts[0]) - len(end) - 60
    for at, (one, response) in enumerate(told):
        part = _answer(one, response, called)
        if len(part) + 2 > room:
            parts.append(f"ほかに{len(told) - at}件の返事があります。")
            break
        room -= len(part) + 2
        parts.append(part)
    return "\n\n".join([*parts, end])


def finish(session: Session, row: RoundTable, actor: Actor, version: int, now: datetime) -> None:
    """All is answered (検討中 counts, with its next date): the round is reported and looked at again in 13 weeks."""
    round_tables.may(actor, "round_table.write", row, now)
    seen = matters.of_round(session, row)
    if missing := [one.matter.title for one in seen if not one.answered]:
        raise BadInputError(
            "まだ返事のないまとまりがあります: "
            + "、".join(f"「{title}」" for title in missing)
            + "。決まっていないときは「検討中」で次の報告日を入れてください。"
        )
    again = jst(now).date() + FOLLOW_UP_AFTER
    round_tables.move(session, row, "report", version, reported_at=now, follow_up_on=again)
    audit.record(session, row.municipality_id, actor, "round_table.report", f"round_table:{row.id}", now)


def follow_up(session: Session, row: RoundTable, actor: Actor, version: int, now: datetime) -> None:
    """What was promised has been looked at: each matter still open at the report has had a later word since."""
    round_tables.may(actor, "round_table.write", row, now)
    if silent := silent_since_report(session, row):
        raise BadInputError(
            "その後の返事がまだないまとまりがあります: "
            + "、".join(f"「{one.matter.title}」" for one in silent)
            + "。どうなったかを書いてください。"
        )
    # Afterwards nobody knows any more who took part: whatever is to be told must be on its way.
    if untold(session, row) or _on_its_way(session, row):
        raise BadInputError(
            "まだ参加した人に届いていない返事があります。「参加した人に知らせる」で送ってから、押してください。"
        )
    round_tables.move(session, row, "follow_up", version, followed_up_at=now)
    statement_links.erase_of_round(session, row.municipality_id, row.id)
    audit.record(session, row.municipality_id, actor, "round_table.follow_up", f"round_table:{row.id}", now)


def _on_its_way(session: Session, row: RoundTable) -> bool:
    """Whether a report of this round is written and its recipients are not fixed yet."""
    query = (
        select(Announcement.id)
        .join(RoundTableReport, RoundTableReport.announcement_id == Announcement.id)
        .where(
            RoundTableReport.round_table_id == row.id,
            RoundTableReport.municipality_id == row.municipality_id,
            Announcement.frozen_at.is_(None),
            Announcement.state != "cancelled",
        )
    )
    return session.scalar(query.limit(1)) is not None


def silent_since_report(session: Session, row: RoundTable) -> list[Seen]:
    """Matters still open that nothing was said about since the round was reported."""
    found = []
    for one in matters.of_round(session, row):
        last = one.response.published_at if one.response is not None else None
        if one.open and (last is None or row.reported_at is None or last <= row.reported_at):
            found.append(one)
    return found


def newsletter(session: Session, row: RoundTable) -> str:
    """Half a page for the centre's paper (公民館だより), to be copied."""
    seen, called = matters.of_round(session, row), words(session, row.municipality_id)
    district = session.get_one(District, row.district_id)
    done = rate(seen)
    rows = [f"{district.name} {round_tables.title(row)}", f"テーマ: {row.theme.replace(chr(10), ' ')}"]
    rows.append(f"開催: {date_of(jst(row.meets_at).date())} {row.place}" + _came(row))
    if done.total:
        rows.append(f"いただいた声を{done.total}件にまとめ、{done.answered}件に返事をしました。")
    if (weighed := bias_meter.of_round(session, row)) is not None:
        rows.append(weighed.line)
    for one in seen:
        rows += ["", *(_answer(one, each, called) for each in one.answers)]
        rows += [] if one.answered else [f"■{one.matter.title}\n返事を待っています。"]
    return "\n".join([*rows, "", "ご参加ありがとうございました。これは投票や決定ではありません。"])


def _answer(one: Seen, response: Response, called: Mapping[str, str]) -> str:
    body = response.text if len(response.text) <= SHORT else response.text[: SHORT - 1] + "…"
    rows = [f"■{one.matter.title}", f"【{called[response.kind]}】{body}"]
    if response.reason:
        rows.append(f"({response.reason[:SHORT]})")
    rows.append(_last_line(one.who(response), response.next_report_on))
    return "\n".join(row for row in rows if row)


def _last_line(who: str, next_on: date | None) -> str:
    parts = [f"答えた人: {who}"] if who else []
    parts += [f"次の報告: {date_of(next_on)}"] if next_on else []
    return "。".join(parts)


def _came(row: RoundTable) -> str:
    return f" 参加 {row.attendance}人" if row.attendance is not None else ""


def _matter_ids(row: RoundTable) -> ColumnElement[int]:
    return (
        select(Matter.id)
        .where(and_(Matter.round_table_id == row.id, Matter.municipality_id == row.municipality_id))
        .scalar_subquery()
    )


def told_count(session: Session, row: RoundTable) -> int:
    """How many people the sent reports of a round reached."""
    query = (
        select(func.max(Announcement.accepted))
        .join(RoundTableReport, RoundTableReport.announcement_id == Announcement.id)
        .where(RoundTableReport.round_table_id == row.id, RoundTableReport.municipality_id == row.municipality_id)
    )
    return session.scalar(query) or 0
