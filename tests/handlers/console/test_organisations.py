"""Organisations in the console: an officer writes one, the chair publishes and ends it, residents see what they may."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.models import Entry
from handlers import public
from tests.support.console import Office, text_of

PHONE, MAIL = "0545-00-0000", "anzen@example.jp"
NEW = "/console/fuji/organisations/new"


def _row(office: Office) -> Entry:
    with office.context.database.read() as session:
        return session.scalars(select(Entry).where(Entry.kind == "organisation", Entry.key.startswith("s-"))).one()


def _form(office: Office, **changes: Any) -> dict[str, Any]:
    return {
        "title": "今泉地区 安全部会", "kind": "部会", "body": "子どもを見守ります。", "phone": "0545ー00ー0000",
        "mail": MAIL, "shown": ["phone"], "note": "夜にかける", "districts": str(office.district("今泉")),
        "contact": "district-centre", **changes,
    }  # fmt: skip


def test_an_organisation_from_its_form_to_its_end(office: Office) -> None:
    public.register(office.app, office.context)
    officer, chair = office.visit(office.hire("officer", "今泉")), office.visit(office.hire("chair", "今泉"))
    viewer, stranger = office.visit(office.hire("viewer")), office.visit()
    wrong = officer.post(NEW, _form(office, kind="", mail="anzen", phone="12"))
    assert wrong.status_code == 400
    for mend in ("種類を選んでください", "メールアドレスは", "市外局番から"):
        assert mend in wrong.text
    assert "子どもを見守ります。" in wrong.text
    assert "あなたの地区を" in officer.post(NEW, _form(office, districts="")).text
    officer.post(NEW, _form(office))
    row = _row(office)
    path = f"/console/fuji/entries/{row.id}"
    assert "出すのは、座長か市の担当です" in officer.get(path).text
    chair.post(f"{path}/publish", {"version": row.version})
    district, page = "/m/fuji/districts/imaizumi", f"/m/fuji/entries/{row.key}/"
    for address in (district, page):
        shown = stranger.get(address).text
        assert PHONE in shown, address
        assert MAIL not in shown
        assert "夜にかける" not in shown

    listed = "/console/fuji/organisations?district=imaizumi"
    assert "安全部会" in viewer.get(listed).text
    for address in (path, f"{path}/history", listed):
        assert MAIL not in viewer.get(address).text, address
    assert MAIL in officer.get(path).text
    assert officer.get(f"/console/fuji/organisations/{row.id}/edit").status_code == 403  # it is published
    edited = _form(office, shown=["phone", "mail"], version=_row(office).version)
    chair.post(f"/console/fuji/organisations/{row.id}/edit", edited)
    assert MAIL in stranger.get(page).text
    assert chair.post(f"/console/fuji/organisations/{row.id}/edit", edited | {"body": "見守り"}).status_code == 409

    chair.post(f"/console/fuji/organisations/{row.id}/end", {"version": _row(office).version, "last_day": "2020-01-01"})
    assert "終わった団体です" in chair.get(path).text
    assert stranger.get(page).status_code == 404
    assert "安全部会" not in stranger.get(district).text
    assert "安全部会" in chair.get(f"{listed}&view=ended").text
    chair.post(f"/console/fuji/organisations/{row.id}/restore", {"version": _row(office).version})
    assert "安全部会" in stranger.get(district).text
    history = text_of(chair.get(f"{path}/history"))
    assert "使いおわる日" in history
    assert "公開する項目" in history
