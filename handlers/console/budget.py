"""今月の通数: what LINE allows, what was used and by whom, what is planned, what is kept for emergencies."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core import budget_rules
from bot.core.months import Month, month_of, read_month
from bot.errors import BadInputError
from bot.models import Channel
from bot.services import budget
from bot.services.budget import Planned, Quota
from handlers.console.access import context, now, person, right
from handlers.console.forms import Fields
from handlers.console.home import address

Answer = str | tuple[str, int] | Response
MOST_RESERVE = 10**7


@dataclass(frozen=True)
class Used:
    """Messages of a month by who sent them; `other`: LINE counts more than we do (its own manager, another tool)."""

    senders: tuple[tuple[str, int], ...]
    single: int
    other: int | None

    @property
    def ours(self) -> int:
        return sum(number for _, number in self.senders) + self.single


@right("announcement.read")
def show(municipality: str) -> Answer:
    """One month; this one, when none is named."""
    return _page(municipality, _stored(municipality))


@right("budget.manage")
def settle(municipality: str) -> Answer:
    """The reserve, and from which share of leavers on staff are warned."""
    fields = Fields.posted()
    reserve = _number(fields, "reserve", "予備の数", MOST_RESERVE, required=False)
    percent = _number(fields, "percent", "割合", budget_rules.MOST_PERCENT)
    if not fields.errors:
        try:
            with context().database.write() as db:
                budget.settle(db, municipality, person().actor, reserve, percent or 0, now())
        except BadInputError as error:
            fields.errors["form"] = error.message
    if fields.errors:
        return _page(municipality, fields), 400
    flash("今月の通数の決まりを保存しました。", "good")
    return redirect(url_for("console.budget", municipality=municipality))


def _page(municipality: str, fields: Fields) -> str:
    this = month_of(now())
    month = read_month(request.args.get("month", "")) or this
    with context().database.read() as db:
        quota = budget.quota(db, municipality, now(), max(month.begins, now()))
        channel = db.get(Channel, municipality)
        return render_template(
            "console/budget.html",
            fields=fields,
            month=month,
            this=this,
            quota=quota,
            plan=budget_rules.plan(quota.limit) if channel and channel.quota_read_at else None,
            planned=_planned(db, municipality, month) if month >= this else (),
            used=_used(db, municipality, month, quota, this),
            kept_by_default=budget_rules.reserve(quota.limit, None),
            now=now(),
        )


def _planned(db: Session, municipality: str, month: Month) -> list[tuple[Planned, str | None]]:
    """What is planned, with its page."""
    found = budget.forecast(db, municipality, month, now())
    return [(one, address(one.page) if one.page else None) for one in found]


def _used(db: Session, municipality: str, month: Month, quota: Quota, this: Month) -> Used:
    senders = tuple(budget.used_by(db, municipality, month))
    single = budget.pushed_in(db, municipality, month)
    more = quota.used - sum(number for _, number in senders) - single
    return Used(senders, single, max(0, more) if month == this and quota.read_at else None)


def _stored(municipality: str) -> Fields:
    with context().database.read() as db:
        reserve, percent = budget.rule(db, municipality)
    return Fields.of({"reserve": "" if reserve is None else str(reserve), "percent": str(percent)})


def _number(fields: Fields, name: str, label: str, most: int, *, required: bool = True) -> int | None:
    value = fields.value(name).strip()
    if not value and not required:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 9 and int(value) <= most):
        fields.errors[name] = f"{label}は、{most:,}までの数を入れてください。"
        return None
    return int(value)
