"""The first page: one thing first, the most urgent; the rest; nothing of other people's; few queries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from bot.core.permissions import ROLES
from bot.models import Alert, Announcement, Entry, Statement, UnansweredQuestion
from bot.now import real_now
from bot.services import announcements
from tests.support.console import Office, Visitor, later, text_of


def home(visitor: Visitor) -> str:
    return visitor.get("/console/fuji/").text


def first(page: str) -> str:
    """What stands in the box of the one thing to do first; nothing when there is none."""
    box = re.search(r'<section class="first".*?</section>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", box[0]) if box else ""


def rest(page: str) -> list[str]:
    listed = page.partition('<h2 id="waiting">')[2].partition("</section>")[0]
    return re.findall(r"<b>(.*?)</b>", listed)


def test_what_is_late_comes_first_then_today_then_the_rest(office: Office):
    officer, chair = office.hire("officer", "今泉"), office.hire("chair", "今泉")
    office.residents(1, "今泉")
    now = real_now()
    office.submitted(officer, "今泉", title="来週の清掃", send_at=later(200))
    office.submitted(officer, "今泉", title="すぐの清掃", send_at=later(0.2))
    with office.context.database.write() as session:
        place = office.district("今泉")
        session.add(Statement(municipality_id="fuji", district_id=place, text="暗い", due_at=now - timedelta(hours=1)))
        session.add(
            UnansweredQuestion(
                municipality_id="fuji", text="粗大ごみは?", folded="1", language="ja", asked_at=now, count=3,
                district_id=place,
            )
        )  # fmt: skip
    page = home(office.visit(chair))
    assert "確認を待っている声が1件あります" in first(page)
    assert page.count('class="button primary"') == 1, "one primary act"
    assert rest(page)[:3] == ["すぐの清掃", "来週の清掃", "答えられなかった質問が1件あります"]
    assert "粗大ごみは?" in page.split('id="asked"')[1], "what residents ask, and that it has no answer"


def test_the_first_thing_leads_to_its_page_and_is_gone_when_it_is_done(office: Office):
    officer, chair = office.hire("officer", "今泉"), office.hire("chair", "今泉")
    office.residents(1, "今泉")
    number = office.submitted(officer, "今泉", title="公園の清掃", send_at=later(48))
    visitor = office.visit(chair)
    assert f'href="/console/fuji/announcements/{number}/approve">読んで、承認する' in home(visitor)
    with office.context.database.write() as session:
        row = announcements.get(session, "fuji", number)
        announcements.approve(session, row, chair.actor, row.version, later(0), sealer=office.context.sealer)
    page = home(visitor)
    assert first(page) == ""
    assert "いま、待っているものはありません" in page
    assert "公園の清掃" in page.split('id="next"')[1], "now it is what goes out next"


def test_who_minds_the_machine_sees_first_what_is_wrong_with_it(office: Office):
    admin, now = office.hire("admin"), real_now()
    with office.context.database.write() as session:
        session.add(Alert(municipality_id="fuji", kind="token", text="鍵が使えません", first_at=now, last_at=now))
        session.add(Alert(municipality_id="fuji", kind="stale", text="古い記事", first_at=now, last_at=now))
        session.add(Alert(municipality_id="fuji", kind="stale", subject="2", text="古い", first_at=now, last_at=now))
    page = home(office.visit(admin))
    assert "鍵が使えません" in first(page)
    assert rest(page) == ["古い記事"], "two of a kind are one row"
    assert "ほかに1件" in page
    city = home(office.visit(office.hire("city")))
    assert "古い記事" not in city, "who checks entries has them in the list as what they are"


@pytest.mark.parametrize("role", ROLES)
def test_an_empty_first_page_says_what_one_can_do(office: Office, role: str):
    page = text_of(office.visit(office.hire(role, "今泉")).get("/console/fuji/"))
    if "いま、待っているものはありません" in page:
        wanted = {"neighbourhood": "連絡票は、LINEに届きます", "department": "回ってきた声に返事を書く"}
        assert wanted.get(role, "ここでできること") in page
    else:
        assert role in ("chair", "district_staff", "city", "admin"), page


def test_nothing_of_another_district_or_of_another_persons_drafts(office: Office):
    officer, other = office.hire("officer", "吉原"), office.hire("officer", "今泉")
    office.residents(1, "吉原")
    office.draft(officer, "吉原", title="となりの下書き")
    office.submitted(officer, "吉原", title="となりの承認待ち", send_at=later(30))
    page = home(office.visit(other))
    assert "となり" not in page
    mine = home(office.visit(officer))
    assert "となりの下書き" in first(mine)
    assert "承認待ち" not in first(mine), "one's own waits for somebody else"


def test_the_number_of_queries_does_not_grow_with_what_there_is(office: Office):
    officer, city, now = office.hire("officer", "今泉"), office.hire("city"), real_now()
    office.residents(1, "今泉")
    visitor = office.visit(city)

    def queries() -> int:
        count = [0]

        def note(*_values: object) -> None:
            count[0] += 1

        event.listen(Engine, "before_cursor_execute", note)
        assert visitor.get("/console/fuji/").status_code == 200
        event.remove(Engine, "before_cursor_execute", note)
        return count[0]

    def fill(number: int) -> None:
        for _ in range(number):
            office.submitted(officer, "今泉", title="清掃", send_at=later(30))
        with office.context.database.write() as session:
            for at in range(number):
                place = office.district("今泉")
                planned = Announcement(
                    municipality_id="fuji", state="scheduled", author_id=officer.id, sender="-", title=f"{at}", body="-",
                    audience="city", send_at=later(at + 1), created_at=now,
                )  # fmt: skip
                session.add(planned)
                session.add(Statement(municipality_id="fuji", district_id=place, text=f"{at}", due_at=now))
                session.add(
                    Entry(
                        municipality_id="fuji", key=f"e{number}-{at}", kind="faq", title="-", data={"title": "-"},
                        published=True, updated_at=now,
                    )
                )  # fmt: skip

    fill(2)
    few = queries()
    fill(20)
    # What each announcement that waits costs: whether a word of it is the city's to approve.
    assert queries() <= few + 20, "one look at the words of each, nothing else"
