"""The record in the console: found again, about one decision, as a file, checked; who read free text stands in it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from sqlalchemy import select, update

from bot.core.audit_chain import GENESIS, Head, digest_of, seal_of
from bot.models import AuditRow, Statement, UnansweredQuestion
from bot.now import real_now
from scheduler import seals
from tests.support.console import Office, later


def acts(office: Office, *prefixes: str) -> list[tuple[str, str]]:
    with office.context.database.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
        return [(row.action, row.target) for row in rows if row.action.startswith(prefixes)]


def test_an_auditor_finds_who_wrote_submitted_and_approved_an_announcement(office: Office) -> None:
    writer, approver = office.hire("officer", "今泉", name="佐野一郎"), office.hire("chair", "今泉", name="青木花子")
    office.residents(3, "今泉")
    number = office.submitted(writer, "今泉", title="公園の清掃を行います", send_at=later())
    office.submitted(writer, "今泉", title="別のお知らせ")
    row = office.announcement(number)
    path = f"/console/fuji/announcements/{number}"
    assert office.visit(approver).post(f"{path}/approve", {"version": row.version}).status_code == 302
    auditor = office.visit(office.hire("city"))
    assert f"audit/record?of=announcement:{number}" in auditor.get(path).text.replace("%3A", ":")
    page = auditor.get(f"/console/fuji/audit/record?of=announcement:{number}").text
    told = [page.index(word) for word in ("お知らせを書いた", "承認に出した", "承認した")]
    assert told == sorted(told)
    assert "公園の清掃を行います" in page
    assert "別のお知らせ" not in page
    assert page.count("佐野一郎") == 2
    assert "青木花子" in page
    assert "audit/record" not in office.visit(writer).get(path).text  # who may not read it sees no way to it
    narrowed = auditor.get(f"/console/fuji/audit?person={approver.id}&action=announcement.approve").text
    assert "青木花子</span>" in narrowed
    assert "佐野一郎</span>" not in narrowed
    yesterday = (real_now() - timedelta(days=2)).date().isoformat()
    assert "見つかりません" in auditor.get(f"/console/fuji/audit?until={yesterday}").text
    assert "はじめの日は" in auditor.get("/console/fuji/audit?since=きのう").text


def test_the_file_can_be_checked_by_itself_and_is_no_formula(office: Office) -> None:
    evil = office.hire("officer", "今泉", name="=HYPERLINK(1)")
    office.submitted(evil, "今泉")
    auditor = office.visit(office.hire("city"))
    seals.keep(office.context)
    got = auditor.post("/console/fuji/audit/export", {"as": "csv"})
    rows = list(csv.DictReader(io.StringIO(got.data.decode("utf-8-sig"))))
    assert {row["人"] for row in rows} >= {"'=HYPERLINK(1)"}
    with office.context.database.read() as session:
        before = GENESIS
        for stored in session.scalars(
            select(AuditRow).where(AuditRow.position.is_not(None)).order_by(AuditRow.position)
        ):
            told = next(row for row in rows if row["順番"] == str(stored.position))
            head = Head(
                stored.position or 0, stored.id, stored.municipality_id, stored.at, stored.actor_id, stored.actor,
                stored.action, stored.target,
            )  # fmt: skip
            digest = digest_of(bytes.fromhex(told["塩"]), stored.details)
            before = seal_of(before, digest, head)
            assert (told["中身の要約"], told["封"]) == (digest.hex(), before.hex())
    assert auditor.post("/console/fuji/audit/export", {"as": "xlsx"}).data[:2] == b"PK"
    assert acts(office, "audit.export") == [("audit.export", "municipality:fuji")] * 2


def test_the_page_tells_since_when_it_is_sealed_and_what_the_check_found(office: Office) -> None:
    office.submitted(office.hire("officer", "今泉"), "今泉")
    auditor = office.visit(office.hire("city"))
    seals.keep(office.context)
    page = auditor.get("/console/fuji/audit").text
    assert "封をし始めた日" in page
    assert "合っています" in page
    with office.context.database.write() as session:
        session.execute(update(AuditRow).where(AuditRow.position == 1).values(actor="別の人"))
    auditor.post("/console/fuji/audit/check")
    assert "いま確かめています" in auditor.get("/console/fuji/audit").text
    seals.keep(office.context)
    page = auditor.get("/console/fuji/audit").text
    assert "1番目の記録" in page
    assert "記録が合いません" in page
    assert "操作の記録が合いません" in auditor.get("/console/fuji/health").text


def test_who_reads_what_residents_wrote_stands_in_the_record_once_a_day(office: Office) -> None:
    now = real_now()
    with office.context.database.write() as session:
        waiting = Statement(municipality_id="fuji", text="街灯がほしい", due_at=now, state="waiting")
        asked = UnansweredQuestion(municipality_id="fuji", text="ごみ袋は", asked_at=now, language="ja", folded="x")
        session.add_all((waiting, asked))
        session.flush()
        number = waiting.id
    reader = office.visit(office.hire("city"))
    for _ in range(2):
        assert "街灯がほしい" in reader.get(f"/console/fuji/statements/{number}").text
        reader.get("/console/fuji/statements")
        assert "ごみ袋は" in reader.get("/console/fuji/questions").text
    wanted = [("question.read", "questions:"), ("statement.read", f"statement:{number}")]
    assert sorted(acts(office, "question.read", "statement.read")) == wanted
    office.visit(office.hire("city")).get("/console/fuji/questions")
    assert len(acts(office, "question.read")) == 2  # another person's own
    page = reader.get("/console/fuji/audit").text
    assert "公開していない声を読んだ" in page
    assert "街灯がほしい" not in page
