"""Round tables: the list, one round with what it waits for, its sheet for the meeting, the centre's paper."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from flask import make_response, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.round_table_rules import possible
from bot.errors import NotFoundError
from bot.models import Announcement, RoundTable, Staff
from bot.models import Response as ModelResponse
from bot.services import matters, meeting_record, meeting_sheet, printing, reports, round_tables
from bot.services.matters import Seen
from bot.services.meeting_record import Doors
from bot.services.round_tables import Card
from handlers.console import list_filter
from handlers.console.access import context, my_districts, now, person, place, right
from handlers.console.list_filter import Filter


@dataclass(frozen=True)
class Sheet:
    """One round as its page shows it."""

    row: RoundTable
    title: str
    card: Card
    doors: Doors
    matters: tuple[Seen, ...]
    carried: tuple[Seen, ...]
    untold: tuple[tuple[Seen, ModelResponse], ...]
    rate: reports.Rate
    written: bool  # the record has at least one item
    acts: frozenset[str]
    writes: bool
    approver: str | None

    @property
    def to_approve(self) -> Announcement | None:
        """The card, while it waits for a second person."""
        told = self.card.announcement
        return told if told is not None and told.state == "submitted" else None


GROUPS = {"all": "すべて", "going": "進んでいるもの", "over": "終わったもの"}
OVER = ("reported", "followed_up", "cancelled")
# What a round waits for, in the order in which somebody has to do something.
WAITS_FOR = {
    "record": "会議が終わりました。記録を書いてください。",
    "referring": "振り分けを決めてください。",
    "answering": "返事を待っています。",
    "planned": "案内の承認を待っています。",
    "listening": "募集しています。",
    "meeting": "会議を待っています。",
}


@right("round_table.read")
def listing(municipality: str) -> str:
    """Those that wait for somebody first, then the next meeting."""
    wanted = Filter.asked(GROUPS)
    with context().database.read() as db:
        rows = round_tables.listing(db, municipality, person().actor, person().today)
        seen = matters.of_rounds(db, municipality, [row.id for row in rows])
    rates = {row.id: reports.rate([one for one in seen if one.matter.round_table_id == row.id]) for row in rows}
    found = [row for row in rows if wanted.holds(f"{row.theme} {row.place}", row.meets_at, (row.district_id,))]
    groups = {name: [row for row in found if name in ("all", _group(row))] for name in GROUPS}
    return render_template(
        "console/round_tables.html",
        rows=sorted(groups[wanted.group], key=_order),
        rates=rates,
        title=round_tables.title,
        opens=bool(my_districts("round_table.write")),
        filter=wanted,
        groups=GROUPS,
        counts={name: len(rows) for name, rows in groups.items()},
        years=list_filter.years([row.meets_at for row in rows]),
        waits={row.id: WAITS_FOR.get(_waits(row), "") for row in found},
    )


def _group(row: RoundTable) -> str:
    return "over" if row.state in OVER else "going"


def _waits(row: RoundTable) -> str:
    return "record" if row.state == "meeting" and row.meets_at <= now() else row.state


def _order(row: RoundTable) -> tuple[int, float]:
    waits, moment = _waits(row), row.meets_at.timestamp()
    ranks = tuple(WAITS_FOR)
    return (ranks.index(waits), moment) if waits in ranks else (len(ranks), -moment)


@right("round_table.read")
def show_one(municipality: str, round_table_id: int) -> str:
    """Where the round stands, what it waits for, and everything that belongs to it."""
    with context().database.read() as db:
        seen = sheet(db, municipality, round_table_id)
        words = reports.words(db, municipality)
        reached = reports.told_count(db, seen.row)
    return render_template("console/round_table.html", sheet=seen, words=words, reached=reached, now=now())


@right("round_table.read")
def sheet_page(municipality: str, round_table_id: int) -> str:
    """The A4 sheet as a page to print: works without fonts, PDF and scripts."""
    with context().database.read() as db:
        row = readable(db, municipality, round_table_id)
        seen = meeting_sheet.sheet(db, row, now())
    return render_template("console/round_table_sheet.html", sheet=seen, row=row)


@right("round_table.read")
def sheet_pdf(municipality: str, round_table_id: int) -> Response:
    """The same sheet as PDF, by one button."""
    with context().database.read() as db:
        row = readable(db, municipality, round_table_id)
        seen = meeting_sheet.sheet(db, row, now())
    answer = make_response(printing.pdf("meeting_sheet.typ", asdict(seen)))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="round-table-{row.id}.pdf"'
    return answer


@right("round_table.read")
def newsletter(municipality: str, round_table_id: int) -> str:
    """Half a page for the centre's paper: to copy, to print."""
    with context().database.read() as db:
        row = readable(db, municipality, round_table_id)
        text = reports.newsletter(db, row)
    return render_template(
        "console/round_table_newsletter.html", row=row, title=round_tables.title(row), text=text
    )  # fmt: skip


def readable(db: Session, municipality: str, round_table_id: int) -> RoundTable:
    """The round, if it is this municipality's and this person may read it. Raises NotFoundError."""
    row = round_tables.get(db, municipality, round_table_id)
    if not person().may("round_table.read", municipality, (row.district_id,)):
        raise NotFoundError("その会議は、担当の地区のものではありません。")
    return row


def sheet(db: Session, municipality: str, round_table_id: int) -> Sheet:
    """Everything a page needs of one round. Raises NotFoundError."""
    row = readable(db, municipality, round_table_id)
    seen = matters.of_round(db, row)
    approver = db.get(Staff, row.record_approved_by) if row.record_approved_by else None
    return Sheet(
        row=row,
        title=round_tables.title(row),
        card=round_tables.card_of(db, row),
        doors=meeting_record.doors(db, row),
        matters=tuple(seen),
        carried=tuple(matters.carried_over(db, row)),
        untold=tuple(reports.untold(db, row)),
        rate=reports.rate(seen),
        written=bool(meeting_record.record_of(db, row)),
        acts=_acts(row),
        writes=person().may("round_table.write", place().id, (row.district_id,)),
        approver=approver.name if approver else None,
    )


def _acts(row: RoundTable) -> frozenset[str]:
    """What this person can do with it now: what its stage allows and their roles give."""
    here, allowed = (place().id, (row.district_id,)), possible(row.state)
    found: set[str] = set()
    if person().may("round_table.write", *here):
        found |= {"change", "report", "follow_up", "cancel"} & allowed
    if person().may("round_table.approve", *here):
        found |= {"approve_record", "approve_referrals"} & allowed
    return frozenset(found)
