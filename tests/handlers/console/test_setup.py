"""First use in the console where LINE is not there, or somebody comes back later."""

from __future__ import annotations

from sqlalchemy import select

from bot.models import Channel, SetupProgress
from bot.services import first_use
from tests.support.console import Office, text_of

KEYS = {"secret": "0123456789abcdef" * 2, "token": "t" * 60}


def test_while_line_does_not_answer_nothing_is_kept_and_it_is_said(office: Office) -> None:
    visitor = office.visit(office.hire("admin"))
    answer = visitor.post("/console/fuji/setup/line", KEYS)
    assert answer.status_code == 400
    assert "LINEから返事がありません" in text_of(answer)
    assert KEYS["token"] not in answer.text
    with office.context.database.read() as session:
        assert session.scalars(select(Channel)).all() == []


def test_who_left_half_way_finds_the_next_step(office: Office) -> None:
    visitor = office.visit(office.hire("admin"))
    page = text_of(visitor.get("/console/fuji/setup"))
    assert "「LINEとつなぐ」に進む" in page
    assert "いま26地区" in page
    for step in ("menu", "test"):
        assert "先にLINEとつないでください" in text_of(visitor.get(f"/console/fuji/setup/{step}"))
    visitor.post("/console/fuji/setup/line/said", {"redelivery": "1"})
    with office.context.database.read() as session:
        row = session.get_one(SetupProgress, "fuji")
        assert (row.redelivery, row.replies_off, row.finished_at) == (True, False, None)
    assert "LINEとつなぐ" in text_of(visitor.get("/console/fuji/setup/done"))


def test_a_refused_municipality_keeps_everything_typed(office: Office) -> None:
    visitor = office.visit(office.hire("admin", city=None))
    typed = {"name": "<b>市", "id": "Fuji!", "code": "12", "desk": "係", "url": "javascript:alert(1)"}
    answer = visitor.post("/console/setup/municipality", typed | {"association": "区"})
    assert answer.status_code == 400
    assert "&lt;b&gt;市" in answer.text
    assert 'value="Fuji!"' in answer.text
    for word in ("半角の英小文字", "https://", "呼び名を入れてください"):
        assert word in text_of(answer)


def test_the_template_of_districts_can_be_given_back_as_it_is(office: Office) -> None:
    visitor = office.visit(office.hire("admin"))
    table = visitor.get("/console/fuji/setup/districts/template.csv")
    assert table.data.startswith(b"\xef\xbb\xbf")
    looked = visitor.post("/console/fuji/setup/districts/look", {"rows": table.text.lstrip("\ufeff")})
    assert "見本の行なので、入れません" in text_of(looked)
    saved = visitor.post("/console/fuji/setup/districts/look", {"rows": table.text.lstrip("\ufeff"), "act": "save"})
    assert saved.status_code == 400


def test_the_page_of_the_first_admin_is_closed_once_there_is_one(office: Office) -> None:
    office.hire("viewer")
    stranger = office.visit()
    assert stranger.get("/console/setup").status_code == 302
    code = first_use.setup_code(office.context.sealer)
    fields = {
        "code": code,
        "email": "x@y.example",
        "name": "x",
        "new": "green-tea-and-rice",
        "again": "green-tea-and-rice",
    }
    assert stranger.post("/console/setup", fields).status_code == 302
    with office.context.database.read() as session:
        assert first_use.nobody_yet(session) is False
        assert session.scalars(select(first_use.Staff.email)).all() == ["staff1@fuji.example"]
