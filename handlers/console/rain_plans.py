"""Rain plans: written beside an activity's date, approved, and decided with two clicks by whoever is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core import rain_rules
from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import District, RainPlan, Staff
from bot.now import JST, jst
from bot.services import activity_changes, approval, rain_deciding, rain_plans, web_sign_ups
from bot.services.activity_changes import Sheet
from bot.services.announcement_draft import MAX_SENDER
from bot.services.rain_plans import MAX_TEXT, Draft
from handlers.console import activities
from handlers.console.access import context, now, person, place, right
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response
HOUR = time(5, 40)
LOOKS = {
    "draft": "plain", "submitted": "wait", "returned": "warn", "approved": "good", "decided": "done",
    "lapsed": "plain", "withdrawn": "plain",
}  # fmt: skip
CHOICE_LOOKS = {"held": "primary", "off": "danger", "put_off": "plain"}


@dataclass(frozen=True)
class Page:
    """A date with its plan, as the page shows both."""

    sheet: Sheet
    plan: RainPlan | None
    officers: tuple[Staff, ...]
    named: frozenset[int]
    author: str
    approver: str
    said: str | None
    reach: int
    without_line: tuple[int, int]  # groups and people who signed up on the web: nothing can be sent to them
    acts: frozenset[str]
    choices: tuple[str, ...]


@right("activity.read")
def show(municipality: str, activity_id: int) -> str:
    """The plan of a date, or an empty form for one."""
    with context().database.read() as db:
        sheet = activities.sheet_of(db, municipality, activity_id, request.args.get("day", ""))
        page = _page(db, sheet)
        fields = Fields.of(_stored(page.plan, page.named) if page.plan else _suggested(db, sheet))
    return _render(page, fields)


@right("activity.read")
def show_one(municipality: str, rain_plan_id: int) -> Response:
    """The same, found by the plan's number (links in LINE)."""
    with context().database.read() as db:
        sheet = _sheet(db, rain_plans.get(db, municipality, rain_plan_id))
    return _to(municipality, sheet)


@right("activity.manage")
def save(municipality: str, activity_id: int) -> Answer:
    """Write it; what was typed is never lost."""
    fields = Fields.posted()
    with context().database.read() as db:
        sheet = activities.sheet_of(db, municipality, activity_id, fields.value("day"))
    new = _draft(fields)
    if new is not None:
        try:
            with context().database.write() as db:
                version = request.form.get("version", 0, type=int)
                plan = rain_plans.save(db, sheet.key, person().actor, new, version, now())
                if request.form.get("act") == "submit":
                    rain_plans.submit(db, plan, person().actor, now())
        except (BadInputError, ConflictError) as error:
            fields.errors["form"] = error.message
    if fields.errors:
        with context().database.read() as db:
            return _render(_page(db, sheet), fields), 400
    flash("承認に出しました。" if request.form.get("act") == "submit" else "保存しました。", "good")
    return _to(municipality, sheet)


@right("activity.manage")
def submit(municipality: str, rain_plan_id: int) -> Answer:
    """Ask for approval."""
    return _act(municipality, rain_plan_id, "submit", "承認に出しました。ほかの人が承認すると、使えるようになります。")


@right("announcement.approve")
def approve(municipality: str, rain_plan_id: int) -> Answer:
    """A second person's yes."""
    return _act(municipality, rain_plan_id, "approve", "承認しました。その朝に、決める人が1人で送れます。")


@right("announcement.approve")
def send_back(municipality: str, rain_plan_id: int) -> Answer:
    """Return it with a reason."""
    return _act(municipality, rain_plan_id, "send_back", "書いた人へ戻しました。")


@right("activity.manage")
def withdraw(municipality: str, rain_plan_id: int) -> Answer:
    """No plan after all."""
    return _act(municipality, rain_plan_id, "withdraw", "雨の日の用意をやめました。")


@right("activity.manage")
def decide(municipality: str, rain_plan_id: int) -> Answer:
    """The first click shows what would be sent, the second sends it."""
    choice, version = request.values.get("choice", ""), request.values.get("version", -1, type=int)
    if request.method == "GET":
        return _sure(municipality, rain_plan_id, choice)
    try:
        with context().database.write(durable=True) as db:
            plan = _readable(db, municipality, rain_plan_id)
            row = rain_deciding.decide(db, plan, person().actor, choice, version, now(), sealer=context().sealer)
            at_once = row.send_at is not None and row.send_at <= now()
    except (BadInputError, ConflictError, NotAllowedError) as error:
        flash(error.message, "bad")
        return _sure(municipality, rain_plan_id, choice, 409)
    word = rain_rules.CHOICES[choice]
    flash(f"「{word}」に決めました。" + ("いま送っています。" if at_once else "朝5時30分に送ります。"), "good")
    return _to(municipality, _sheet_now(municipality, rain_plan_id))


def _act(municipality: str, rain_plan_id: int, act: str, done: str) -> Answer:
    version = request.form.get("version", -1, type=int)
    status = 302
    try:
        with context().database.write() as db:
            plan, actor = _readable(db, municipality, rain_plan_id), person().actor
            if act == "approve":
                rain_plans.approve(db, plan, actor, version, now())
            elif act == "send_back":
                rain_plans.send_back(db, plan, actor, request.form.get("comment", ""), now())
            else:
                (rain_plans.submit if act == "submit" else rain_plans.withdraw)(db, plan, actor, now())
        flash(done, "good")
    except (BadInputError, ConflictError, NotAllowedError) as error:
        flash(error.message, "bad")
        status = error.status
    if status == 302:
        return _to(municipality, _sheet_now(municipality, rain_plan_id))
    with context().database.read() as db:
        page = _page(db, _sheet(db, rain_plans.get(db, municipality, rain_plan_id)))
    stored = {**_stored(page.plan, page.named), "comment": request.form.get("comment", "")} if page.plan else {}
    return _render(page, Fields.of(stored)), status


def _sure(municipality: str, rain_plan_id: int, choice: str, status: int = 200) -> Answer:
    with context().database.read() as db:
        plan = _readable(db, municipality, rain_plan_id)
        page = _page(db, _sheet(db, plan))
        if choice not in rain_deciding.choices(plan) or "decide" not in page.acts:
            return (
                (_render(page, Fields.of(_stored(plan, page.named))), status)
                if status != 200
                else _to(municipality, page.sheet)
            )
        title = rain_deciding.title_of(page.sheet.dated, choice)
        body = rain_deciding.body_of(plan, page.sheet.dated, choice, now())
    html = render_template(
        "console/rain_plan_sure.html", page=page, plan=plan, choice=choice, word=rain_rules.CHOICES[choice],
        title=title, body=body,
    )  # fmt: skip
    return html, status


def _readable(db: Session, municipality: str, rain_plan_id: int) -> RainPlan:
    """The plan, if this person may see its activity. Raises NotFoundError."""
    plan = rain_plans.get(db, municipality, rain_plan_id)
    _sheet(db, plan)
    return plan


def _sheet(db: Session, plan: RainPlan) -> Sheet:
    return activity_changes.sheet(db, rain_plans.key_of(plan), person().actor, now())


def _sheet_now(municipality: str, rain_plan_id: int) -> Sheet:
    with context().database.read() as db:
        return _sheet(db, rain_plans.get(db, municipality, rain_plan_id))


def _page(db: Session, sheet: Sheet) -> Page:
    plan = rain_plans.find(db, sheet.key)
    actor, moment = person().actor, now()
    acts: set[str] = set()
    if plan is not None:
        allowed = rain_rules.possible(plan.state)
        acts |= {one for one in ("change", "submit", "withdraw") if one in allowed and sheet.may_change}
        acts |= {"approve"} if "approve" in allowed and approval.may_approve(db, plan, actor, moment) else set()
        area = tuple(plan.district_ids)
        acts |= (
            {"send_back"}
            if "send_back" in allowed and person().may("announcement.approve", place().id, area)
            else set()
        )
        acts |= {"decide"} if "decide" in allowed and rain_plans.may_decide(db, plan, actor, moment) else set()
    elif sheet.may_change:
        acts.add("change")
    return Page(
        sheet=sheet,
        plan=plan,
        officers=tuple(rain_plans.could_decide(db, sheet.key.municipality, sheet.key.entry, moment)),
        named=frozenset(rain_plans.officer_ids(db, plan)) if plan else frozenset(),
        author=db.get_one(Staff, plan.author_id).name if plan else "",
        approver=db.get_one(Staff, plan.approver_id).name if plan and plan.approver_id else "",
        said=rain_plans.said(db, plan) if plan else None,
        reach=rain_deciding.reach(db, plan, moment) if plan else 0,
        without_line=web_sign_ups.out_of_reach(db, sheet.key),
        acts=frozenset(acts),
        choices=rain_deciding.choices(plan) if plan else (),
    )


def _render(page: Page, fields: Fields) -> str:
    state = page.plan.state if page.plan else ""
    tag = (rain_rules.STATE_WORDS[state], LOOKS[state]) if state else None
    return render_template(
        "console/rain_plan.html", page=page, plan=page.plan, fields=fields, tag_of=tag, words=rain_rules.CHOICES,
        looks=CHOICE_LOOKS, most=MAX_TEXT, now=now(),
    )  # fmt: skip


def _draft(fields: Fields) -> Draft | None:
    """What was typed; None when a field cannot be read (said in `fields.errors`)."""
    sender = fields.text("sender", "差出人", most=MAX_SENDER)
    held = fields.text("held_text", "実施のときの文", most=MAX_TEXT)
    off = fields.text("off_text", "中止のときの文", most=MAX_TEXT)
    put_off = fields.text("put_off_text", "順延のときの文", most=MAX_TEXT, required=False)
    moved_to = fields.day("moved_to", "順延の日", required=False)
    audience = fields.one_of("audience", "届ける範囲", ("home", "home_and_interest", "city"))
    decide_at = fields.moment("decide", "決める時刻")
    if fields.errors or decide_at is None:
        return None
    districts, people = fields.numbers("districts"), fields.numbers("officers")
    return Draft(sender, audience, districts, decide_at, held, off, put_off, moved_to, people)


def _stored(plan: RainPlan | None, named: frozenset[int]) -> dict[str, str | list[str]]:
    if plan is None:
        raise NotFoundError("雨の日の用意は、まだありません。")
    hour = jst(plan.decide_at)
    return {
        "sender": plan.sender,
        "audience": plan.audience,
        "districts": [str(one) for one in plan.district_ids],
        "held_text": plan.held_text,
        "off_text": plan.off_text,
        "put_off_text": plan.put_off_text or "",
        "moved_to": plan.moved_to.isoformat() if plan.moved_to else "",
        "decide_date": hour.date().isoformat(),
        "decide_time": hour.strftime("%H:%M"),
        "officers": [str(one) for one in sorted(named)],
    }


def _suggested(db: Session, sheet: Sheet) -> dict[str, str | list[str]]:
    """A form that only has to be looked over."""
    keys = sheet.dated.entry.districts
    query = select(District).where(District.municipality_id == place().id, District.key.in_(keys))
    districts = db.scalars(query).all()
    council = str(districts[0].facts.get("council") or "") if len(districts) == 1 else ""
    activity = sheet.dated.entry.activity
    starts = sheet.dated.occurrence.starts_at
    hour = datetime.combine(jst(starts).date(), HOUR, JST)
    return {
        "sender": council or (activity.organiser if activity else "") or place().municipality.name,
        "audience": "home" if districts else "city",
        "districts": [str(one.id) for one in districts],
        "held_text": "予定どおり行います。",
        "off_text": "雨のため、中止です。",
        "put_off_text": "",
        "moved_to": "",
        "decide_date": hour.date().isoformat(),
        "decide_time": hour.strftime("%H:%M"),
        "officers": [],
    }


def _to(municipality: str, sheet: Sheet) -> Response:
    day = sheet.key.day.isoformat()
    return redirect(url_for("console.activities_rain", municipality=municipality, activity_id=sheet.row.id, day=day))
