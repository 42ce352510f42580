"""Adding an activity: once, by a rule, again from last year's; what cannot be is said with the mend."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.models import Entry, Resident, SignUp
from bot.now import jst
from bot.services import activity_editing, entry_editing
from tests.support.console import Office, Visitor


@pytest.fixture
def form(office: Office) -> dict[str, Any]:
    day = jst(office.context.clock()).date() + timedelta(days=30)
    return {
        "title": "公園の清掃", "body": "公園を清掃します。", "bring": "軍手", "organiser": "今泉地区まちづくり協議会",
        "repeat": "once", "first": day.isoformat(), "start": "08:00", "end": "10:00", "place": "中央公園",
        "sign_up": "line", "capacity": "20", "districts": str(office.district("今泉")),
    }  # fmt: skip


def _rows(office: Office) -> list[Entry]:
    with office.context.database.read() as session:
        query = (
            select(Entry)
            .where(Entry.municipality_id == "fuji", Entry.kind == "activity", Entry.key.startswith("s-"))
            .order_by(Entry.id)
        )
        return list(session.scalars(query))


def _publish(visitor: Visitor, row: Entry) -> None:
    visitor.post(f"/console/fuji/entries/{row.id}/publish", {"version": row.version})


def test_an_officer_adds_it_and_the_chair_publishes_it(office: Office, form: dict[str, Any]) -> None:
    officer, chair = office.visit(office.hire("officer", "今泉")), office.visit(office.hire("chair", "今泉"))
    looked = officer.post("/console/fuji/activities/new", {**form, "look": "1"})
    assert "次の日は、こうなります" in looked.text
    assert _rows(office) == []
    officer.post("/console/fuji/activities/new", form)
    (row,) = _rows(office)
    page = officer.get(f"/console/fuji/entries/{row.id}").text
    assert "出すのは、座長か市の担当です" in page
    assert "午前8時から午前10時まで" in page
    assert "持ち物: 軍手" in page
    _publish(officer, row)
    assert not _rows(office)[0].published
    _publish(chair, row)
    assert _rows(office)[0].published
    assert "公園の清掃" in chair.get("/console/fuji/activities?view=all").text


WRONG = [
    ({"end": "07:00"}, "終わる時刻が、始まる時刻より前です"),
    ({"start": ""}, "始まる時刻も入れてください"),
    ({"first": ""}, "日を選んでください"),
    ({"first": "2020-01-01"}, "もう過ぎた日です"),
    ({"last": "2020-01-01"}, "終わりの日が、始めの日より前です"),
    ({"repeat": "nth"}, "第何かを1つ以上"),
    ({"repeat": "weekly"}, "曜日を1つ以上"),
    ({"repeat": "weekly", "weekdays": "SU", "every": "2", "first": ""}, "始めの日を入れてください"),
    ({"apply_by": "2099-01-01"}, "締切が、行事の日よりあとです"),
    ({"sign_up": "url", "sign_up_url": "javascript:alert(1)"}, "https:// から始まる"),
    ({"sign_up": "other"}, "申し込み方を入れてください"),
    ({"capacity": "０"}, "1から10,000までの数"),
    ({"title": ""}, "行事の名前を入れてください"),
    ({"districts": ""}, "あなたの地区を"),
]


def test_what_cannot_be_is_said_and_nothing_is_lost(office: Office, form: dict[str, Any]) -> None:
    officer = office.visit(office.hire("officer", "今泉"))
    for changed, said in WRONG:
        answer = officer.post("/console/fuji/activities/new", form | changed)
        assert answer.status_code == 400, said
        assert said in answer.text
        assert "軍手" in answer.text
    assert _rows(office) == []


def test_a_rule_gives_the_dates_and_comes_back_into_the_form(office: Office, form: dict[str, Any]) -> None:
    city = office.visit(office.hire("city"))
    rule = {**form, "repeat": "nth", "nths": ["1", "3"], "weekday": "SU", "first": "", "end": "", "districts": ""}
    seen = city.post("/console/fuji/activities/preview", rule).json
    assert len(seen["dates"]) == activity_editing.SHOWN
    assert all("(日)" in one for one in seen["dates"])
    assert "公園の清掃" in str(seen["messages"])
    city.post("/console/fuji/activities/new", rule)
    (row,) = _rows(office)
    assert row.data["activity"]["rule"] == "FREQ=MONTHLY;BYDAY=1SU,3SU"
    page = city.get(f"/console/fuji/activities/{row.id}/edit").text
    assert 'name="nths" value="3" checked' in page
    assert 'value="軍手"' in page


def test_a_rule_that_the_fields_cannot_say_stays_as_it_is(office: Office, form: dict[str, Any]) -> None:
    city = office.visit(office.hire("city"))
    city.post("/console/fuji/activities/new", form)
    (row,) = _rows(office)
    with office.context.database.write() as session:
        stored = session.get_one(Entry, row.id)
        activity = {"rule": "FREQ=YEARLY;BYMONTH=4,10;BYDAY=2SU", "place": "中央公園"}
        stored.data = {**stored.data, "activity": activity}
    assert "4月・10月" in city.get(f"/console/fuji/activities/{row.id}/edit").text
    city.post(
        f"/console/fuji/activities/{row.id}/edit", {**form, "repeat": "kept", "version": 1, "title": "春と秋の清掃"}
    )
    changed = _rows(office)[0]
    assert changed.title == "春と秋の清掃"
    assert changed.data["activity"]["rule"] == "FREQ=YEARLY;BYMONTH=4,10;BYDAY=2SU"


def test_a_date_that_people_count_on_is_not_moved_by_an_edit(office: Office, form: dict[str, Any]) -> None:
    city = office.visit(office.hire("city"))
    city.post("/console/fuji/activities/new", form)
    (row,) = _rows(office)
    _publish(city, row)
    office.residents(1, "今泉")
    now, day = office.context.clock(), date.fromisoformat(form["first"])
    with office.context.database.write() as session:
        resident = session.scalars(select(Resident.id)).first()
        over = now + timedelta(days=31)
        session.add(
            SignUp(
                municipality_id="fuji", entry_key=row.key, day=day, resident_id=resident, people=3, state="joined",
                queued_at=now, over_at=over,
            )
        )  # fmt: skip
    address, version = f"/console/fuji/activities/{row.id}/edit", _rows(office)[0].version
    refused = city.post(address, {**form, "version": version, "start": "09:00", "title": "公園の大清掃"})
    assert refused.status_code == 400
    assert "順延か変更にしてください" in refused.text
    assert "公園の大清掃" in refused.text
    city.post(address, {**form, "version": version, "title": "公園の大清掃"})
    assert _rows(office)[0].title == "公園の大清掃"


def test_last_years_is_made_again_for_the_same_weekday(office: Office, form: dict[str, Any]) -> None:
    city = office.visit(office.hire("city"))
    city.post("/console/fuji/activities/new", form)
    (row,) = _rows(office)
    with office.context.database.write() as session:
        stored = session.get_one(Entry, row.id)
        past = {
            **stored.data["activity"],
            "starts_on": "2025-11-30",
            "changes": [{"day": "2025-11-30", "state": "中止"}],
        }
        stored.data = {**stored.data, "activity": past}
        made = activity_editing.again(entry_editing.content_of(stored), date(2026, 6, 1)).activity
    assert made is not None
    assert made.starts_on == date(2026, 11, 29)
    assert made.changes == ()
    assert activity_editing.same_day(date(2025, 12, 7), 1) == date(2026, 12, 6)
    assert activity_editing.same_day(date(2025, 11, 29), 1) == date(2026, 11, 28)  # no fifth Saturday: the fourth
    page = city.get(f"/console/fuji/activities/new?from={row.id}").text
    assert "を写しました" in page
    assert 'value="公園の清掃"' in page


def test_of_two_who_change_it_the_slower_sees_what_the_other_wrote(office: Office, form: dict[str, Any]) -> None:
    city = office.visit(office.hire("city"))
    city.post("/console/fuji/activities/new", form)
    (row,) = _rows(office)
    address = f"/console/fuji/activities/{row.id}/edit"
    city.post(address, {**form, "version": 1, "place": "西公園"})
    answer = city.post(address, {**form, "version": 1, "place": "東公園"})
    assert answer.status_code == 409
    assert "いまの内容との違い" in answer.text
    assert "東公園" in answer.text
