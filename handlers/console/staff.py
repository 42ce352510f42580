"""Staff: who may sign in to this municipality's console, with which roles, until when."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.core.permissions import DISTRICT_ROLES, ROLES
from bot.errors import BadInputError, ConflictError
from bot.models import Invitation, Staff, StaffRole
from bot.now import real_now
from bot.services import invitations, officer_links, poll_print, second_factors
from bot.services import staff as service
from handlers.console.access import context, fresh, person, place, right
from handlers.console.forms import Fields

Answer = str | tuple[str, int] | Response


@right("staff.manage")
def listing(municipality: str) -> str:
    """Everyone of this municipality, and who is invited."""
    with context().database.read() as db:
        people = service.listing(db, municipality)
        roles = service.roles(db, municipality, [row.id for row in people])
        invited = invitations.waiting(db, municipality, real_now())
    return render_template("console/staff.html", people=people, roles=roles, invited=invited, real_now=real_now())


@right("staff.manage")
@fresh
def new(municipality: str) -> Answer:
    """Invite somebody; the link is shown on the answering page and nowhere else."""
    if request.method == "GET":
        return _new_page(Fields(request.args))
    fields = Fields.posted()
    email = fields.text("email", "メールアドレス", most=120)
    name = fields.text("name", "名前", most=60)
    role = _read_role(fields)
    if fields.errors:
        return _new_page(fields), 400
    wanted = invitations.Wanted(email, name, municipality, role.role, role.district_ids, role.until, role.department)
    try:
        with context().database.write() as db:
            row, token = invitations.invite(db, wanted, person().actor, person().staff.name, real_now())
    except (BadInputError, ConflictError) as error:
        fields.errors["email"] = error.message
        return _new_page(fields), error.status
    return _invited_page(row, token)


@right("staff.manage")
@fresh
def renew_invitation(municipality: str, invitation_id: int) -> str:
    """A new link for an invitation; the old one is dead."""
    with context().database.write() as db:
        row = invitations.get(db, municipality, invitation_id)
        token = invitations.renew(db, row, person().actor, real_now())
    return _invited_page(row, token)


@right("staff.manage")
def withdraw_invitation(municipality: str, invitation_id: int) -> Response:
    """The link opens nothing any more."""
    with context().database.write() as db:
        row = invitations.get(db, municipality, invitation_id)
        invitations.withdraw(db, row, person().actor, real_now())
    flash(f"{row.name}さんの招待を取り消しました。", "good")
    return redirect(url_for("console.staff", municipality=municipality))


@right("staff.manage")
def show_one(municipality: str, staff_id: int) -> str:
    """One person: account and roles."""
    with context().database.read() as db:
        row = service.get(db, municipality, staff_id)
        roles = service.roles(db, municipality, [row.id])[row.id]
        linked = officer_links.of_staff(db, municipality, row.id) is not None
        factors = second_factors.of(db, row)
    return render_template(
        "console/staff_one.html", row=row, roles=roles, real_now=real_now(), linked=linked, factors=factors
    )


@right("staff.manage")
@fresh
def role(municipality: str, staff_id: int) -> Answer:
    """Give a person one more role."""
    with context().database.read() as db:
        row = service.get(db, municipality, staff_id)
    if request.method == "GET":
        return _role_page(Fields(request.args), row, None)
    fields = Fields.posted()
    wanted = _read_role(fields)
    if fields.errors:
        return _role_page(fields, row, None), 400
    with context().database.write() as db:
        service.grant(db, _get(db, municipality, staff_id), municipality, wanted, real_now(), by=person().actor)
    return _to_person(municipality, staff_id)


@right("staff.manage")
@fresh
def change_role(municipality: str, staff_id: int, role_id: int) -> Answer:
    """Change a role's kind, districts or last day."""
    with context().database.read() as db:
        row = service.get(db, municipality, staff_id)
        present = service.get_role(db, municipality, row, role_id)
        said = next(role for line, role in service.roles(db, municipality, [row.id])[row.id] if line.id == role_id)
    if request.method == "GET":
        return _role_page(Fields.of(_as_form(said)), row, present)
    fields = Fields.posted()
    wanted = _read_role(fields)
    if not fields.errors:
        try:
            with context().database.write() as db:
                line = service.get_role(db, municipality, _get(db, municipality, staff_id), role_id)
                service.change_role(db, line, wanted, real_now(), person().actor)
        except ConflictError as error:
            fields.errors["role"] = error.message
    return (_role_page(fields, row, present), 400) if fields.errors else _to_person(municipality, staff_id)


@right("staff.manage")
@fresh
def revoke_role(municipality: str, staff_id: int, role_id: int) -> Response:
    """Take a role away."""
    with context().database.write() as db:
        row = service.get_role(db, municipality, _get(db, municipality, staff_id), role_id)
        service.revoke(db, row, real_now(), person().actor)
    return _to_person(municipality, staff_id)


@right("staff.manage")
@fresh
def reset_password(municipality: str, staff_id: int) -> str:
    """A new one-time password, shown once."""
    with context().database.write() as db:
        row = _get(db, municipality, staff_id)
        password = service.reset_password(db, row, real_now(), person().actor)
    return render_template("console/staff_password.html", row=row, password=password, made=False)


@right("staff.manage")
@fresh
def reset_totp(municipality: str, staff_id: int) -> Response:
    """For a lost phone: app, passkeys and recovery codes are set up anew at the next sign-in."""
    with context().database.write() as db:
        second_factors.reset(db, _get(db, municipality, staff_id), real_now(), person().actor)
    return _to_person(municipality, staff_id)


@right("staff.manage")
@fresh
def set_active(municipality: str, staff_id: int) -> Response:
    """End an account, or open it again."""
    with context().database.write() as db:
        act = service.reactivate if request.form.get("active") == "1" else service.deactivate
        act(db, _get(db, municipality, staff_id), real_now(), person().actor)
        if act is service.deactivate:
            officer_links.cut(db, municipality, staff_id, person().actor, real_now(), "アカウントを終えました")
    return _to_person(municipality, staff_id)


@right("staff.manage")
def cut_line(municipality: str, staff_id: int) -> Response:
    """For a lost telephone: the account and its owner's LINE have nothing to do with each other any more."""
    with context().database.write() as db:
        row = _get(db, municipality, staff_id)
        officer_links.cut(db, municipality, row.id, person().actor, real_now(), "管理者が切りました")
    return _to_person(municipality, staff_id)


def _get(db: Session, municipality: str, staff_id: int) -> Staff:
    return service.get(db, municipality, staff_id)


def _read_role(fields: Fields) -> service.Role:
    role_name = fields.one_of("role", "役割", ROLES)
    known = {district.id for district in place().districts}
    districts = tuple(number for number in fields.numbers("districts") if number in known)
    if role_name in DISTRICT_ROLES and not districts:
        fields.errors["districts"] = "この役割には、担当する地区を1つ以上選んでください。"
    until = fields.day("until", "いつまで", required=False)
    if until is not None and until < person().today and "until" not in fields.errors:
        fields.errors["until"] = "いつまでには、今日よりあとの日を選んでください。"
    department = fields.text("department", "課の名前", most=60, required=role_name == "department")
    return service.Role(role_name, districts if role_name in DISTRICT_ROLES else (), until, department)


def _as_form(role: service.Role) -> dict[str, str | list[str]]:
    return {
        "role": role.role,
        "districts": [str(number) for number in role.district_ids],
        "until": role.until.isoformat() if role.until else "",
        "department": role.department or "",
    }


def _invited_page(row: Invitation, token: str) -> str:
    link = invitations.url(context().settings.public_url, token)
    return render_template(
        "console/staff_invited.html",
        row=row,
        link=link,
        picture=Markup(poll_print.qr(link)),  # noqa: S704  segno draws it from our own text
    )


def _new_page(fields: Fields) -> str:
    return render_template("console/staff_new.html", fields=fields, roles=ROLES, district_roles=DISTRICT_ROLES)


def _role_page(fields: Fields, row: Staff, present: StaffRole | None) -> str:
    return render_template(
        "console/staff_role.html", fields=fields, row=row, present=present, roles=ROLES, district_roles=DISTRICT_ROLES
    )


def _to_person(municipality: str, staff_id: int) -> Response:
    return redirect(url_for("console.staff_show", municipality=municipality, staff_id=staff_id))
