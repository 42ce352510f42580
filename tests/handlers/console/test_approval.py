"""Approval by forms alone: the emergency path and its list, a stale press, whom it waits for."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.models import Alert, OfficerLink, Resident, Staff, StaffRole
from bot.now import jst, real_now
from bot.services import announcements, staff
from tests.support.console import Office, text_of


def test_an_emergency_is_sent_alone_with_a_reason_and_everybody_else_sees_it(office: Office) -> None:
    office.residents(2, "今泉")
    officer, chair, other = office.hire("officer", "今泉"), office.hire("chair", "今泉"), office.hire("chair", "今泉")
    number = office.submitted(officer, "今泉", title="避難のお願い")
    with office.context.database.write() as session:
        announcements.get(session, "fuji", number).urgency = "emergency"
    page = f"/console/fuji/announcements/{number}"
    assert "承認なしで、いま送る" not in office.visit(officer).get(page).text
    visitor = office.visit(chair)
    assert "承認なしで、いま送る" in visitor.get(page).text
    version = office.announcement(number).version
    refused = visitor.post(f"{page}/emergency", {"version": version, "reason": " "})
    assert refused.status_code == 400
    assert "理由を書いてください" in text_of(refused)
    stale = visitor.post(f"{page}/emergency", {"version": version - 1, "reason": "川があふれます"})
    assert stale.status_code == 409
    assert "川があふれます" in stale.text  # what was typed is still there
    assert visitor.post(f"{page}/emergency", {"version": version, "reason": "川があふれます"}).status_code == 302
    assert office.announcement(number).state == "scheduled"
    assert "理由: 川があふれます" in text_of(office.visit(other).get("/console/fuji/announcements/emergencies"))
    assert "承認なしで送られました" in office.visit(other).get("/console/fuji/").text
    assert "承認なしで送られました" not in visitor.get("/console/fuji/").text  # not to who did it
    with office.context.database.read() as session:
        assert session.scalars(select(Alert).where(Alert.kind == "emergency")).one()


def test_the_page_names_who_can_approve_and_a_stale_press_changes_nothing(office: Office) -> None:
    office.residents(1, "今泉")
    officer, chair = office.hire("officer", "今泉"), office.hire("chair", "今泉", name="館長さん")
    office.hire("chair", "吉原", name="となりの館長")
    number = office.submitted(officer, "今泉")
    page = f"/console/fuji/announcements/{number}"
    text = text_of(office.visit(officer).get(page))
    assert "館長さん" in text
    assert "となりの館長" not in text
    version = office.announcement(number).version
    assert office.visit(chair).post(f"{page}/approve", {"version": version}).status_code == 302
    assert office.visit(officer).post(f"{page}/take-back", {"version": version}).status_code == 409
    assert office.announcement(number).state == "scheduled"
    assert office.visit(officer).post(f"{page}/take-back", {"version": version + 1}).status_code == 302
    assert "館長さん" not in (office.announcement(number).comment or "")
    assert office.announcement(number).state == "returned"


def test_sending_back_without_a_word_is_said_at_the_top_and_is_not_offered_to_the_author(office: Office) -> None:
    office.residents(1, "今泉")
    author, chair = office.hire("chair", "今泉"), office.hire("chair", "今泉")
    page = f"/console/fuji/announcements/{office.submitted(author, '今泉')}"
    form = f'action="{page}/return"'
    own = office.visit(author).get(f"{page}/approve").text
    assert "自分が書いたお知らせは、承認できません" in own
    assert form not in own
    visitor = office.visit(chair)
    offered = visitor.get(f"{page}/approve").text
    assert form in offered
    assert 'class="summary"' not in offered
    refused = visitor.post(f"{page}/return", {"comment": " "})
    assert refused.status_code == 400
    box = refused.text.index('<div class="summary" role="alert" tabindex="-1" autofocus>')
    assert box < refused.text.index('<a href="#comment">') < refused.text.index(form)
    assert 'id="comment-error"' in refused.text


def test_who_wrote_it_takes_it_back_only_while_the_role_lasts(office: Office) -> None:
    office.residents(1, "今泉")
    author, chair, successor = (office.hire(role, "今泉") for role in ("officer", "chair", "officer"))
    number = office.submitted(author, "今泉", send_at=real_now() + timedelta(days=1))
    page = f"/console/fuji/announcements/{number}"
    approving = {"version": office.announcement(number).version}
    assert office.visit(chair).post(f"{page}/approve", approving).status_code == 302
    press = {"version": office.announcement(number).version}
    assert "承認を取り消す" in office.visit(author).get(page).text
    yesterday = jst(real_now()).date() - timedelta(days=1)
    with office.context.database.write() as session:
        session.query(StaffRole).filter_by(staff_id=author.id).update({"until": yesterday})
    assert office.visit(author).post(f"{page}/take-back", press).status_code == 403, "only drafting is left"
    elsewhere = staff.Role("officer", (office.district("吉原"),))  # and now serves another district
    with office.context.database.write() as session:
        staff.grant(session, session.get_one(Staff, author.id), "fuji", elsewhere, real_now())
    again = office.visit(author)
    seen = again.get(page).text
    assert "承認を取り消す" not in seen
    assert "この地区の役員か座長、市の担当に頼んでください" in seen
    for way, form in (("take-back", press), ("cancel", {"comment": "やめます"})):
        assert again.post(f"{page}/{way}", form).status_code == 403
    assert office.announcement(number).state == "scheduled"
    assert "承認を取り消す" in office.visit(successor).get(page).text
    assert office.visit(successor).post(f"{page}/take-back", press).status_code == 302
    assert office.announcement(number).state == "returned"


def test_after_the_role_only_a_draft_is_left_which_the_successor_brings_to_approval(office: Office) -> None:
    office.residents(1, "今泉")
    author, successor = (office.hire("officer", "今泉") for _ in range(2))
    waiting = office.submitted(author, "今泉", title="もう承認に出したもの")
    number = office.draft(author, "今泉", title="書きかけの文")
    with office.context.database.write() as session:
        until = jst(real_now()).date() - timedelta(days=1)
        session.query(StaffRole).filter_by(staff_id=author.id).update({"until": until})
    ended, page = office.visit(author), f"/console/fuji/announcements/{number}"
    seen = ended.get(page).text
    assert "できるのは下書きまでです" in seen
    assert "承認に出す</button>" not in seen
    assert ended.get(f"{page}/edit").status_code == 200
    assert ended.post(f"{page}/submit").status_code == 403
    other = f"/console/fuji/announcements/{waiting}"
    assert f'href="{other}/edit"' not in ended.get(other).text, "what waits for approval is not pulled back"
    assert (office.announcement(number).state, office.announcement(waiting).state) == ("draft", "submitted")
    for path in ("circulars", "districts"):
        assert "部数表</a>" not in ended.get(f"/console/fuji/{path}").text
    assert "承認に出す</button>" in office.visit(successor).get(page).text
    assert office.visit(successor).post(f"{page}/submit").status_code == 302
    assert office.announcement(number).state == "submitted"


def test_an_admin_cuts_a_lost_telephone_off(office: Office) -> None:
    officer, admin = office.hire("officer", "今泉"), office.hire("admin")
    office.residents(1, "今泉")
    with office.context.database.write() as session:
        resident = session.scalars(select(Resident.id)).one()
        session.add(
            OfficerLink(staff_id=officer.id, municipality_id="fuji", resident_id=resident, linked_at=real_now())
        )
    visitor = office.visit(admin)
    assert "LINEとの連携を切る" in visitor.get(f"/console/fuji/staff/{officer.id}").text
    visitor.post(f"/console/fuji/staff/{officer.id}/line-cut")
    with office.context.database.read() as session:
        assert session.scalars(select(OfficerLink)).all() == []
