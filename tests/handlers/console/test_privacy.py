"""The privacy desk: terms, what was erased, what was asked for, texts by version; and nobody to be found."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.core.retained import ROWS
from bot.models import Resident
from bot.now import real_now
from bot.services import consents, my_record, residents
from bot.services.retention import RULES
from scheduler import retention
from tests.support.console import Office, text_of


def test_every_rule_of_erasing_has_a_row_in_the_table() -> None:
    named = [row.rule for row in ROWS if row.rule]
    assert sorted(named) == sorted(rule.name for rule in RULES)


def test_the_desk_sees_numbers_and_terms_and_no_person(office: Office) -> None:
    context, now = office.context, real_now()
    office.residents(3, "今泉")
    with context.database.write() as session:
        gone, wishing, stays = session.scalars(select(Resident)).all()
        ids = [one.line_id for one in (gone, wishing, stays)]
        consents.note(session, stays, "register", now)
        residents.leave(session, gone, now - timedelta(days=context.settings.erase_after_days + 1))
        my_record.note_export(session, "fuji", now)
        my_record.erase(context, session, wishing, now)
    retention.apply(context, context.clock())
    visitor = office.visit(office.hire("city"))
    page = visitor.get("/console/fuji/privacy")
    words = text_of(page)
    assert "自分のデータを受け取った 1回" in words
    assert "自分で登録を消した 1人" in words
    left = words[words.index("住民の登録(LINEの") :]
    left = left[: left.index("お知らせを届ける")]
    assert f"ブロックから{context.settings.erase_after_days}日" in left
    assert " 1 1 " in left  # in the last run, and in twelve months
    neighbour = text_of(office.visit(office.hire("city", city="tomioka")).get("/console/tomioka/privacy"))
    theirs = neighbour[neighbour.index("住民の登録(LINEの") :]
    assert "まだありません" in theirs[: theirs.index("お知らせを届ける")]
    assert "書きかけの用紙(暗号) しくみ全体" in neighbour
    for sealed in ids:
        line_id = context.sealer.open_id(sealed, "fuji")
        assert line_id not in page.text
    texts = text_of(visitor.get("/console/fuji/privacy/texts"))
    assert "友だちになったとき 第1版" in texts
    assert "この版を最後に見た人 1人" in texts
    assert "わたしのデータ" in visitor.get("/console/fuji/privacy/leaflet").text
    assert office.visit(office.hire("chair", "今泉")).get("/console/fuji/privacy").status_code == 403
