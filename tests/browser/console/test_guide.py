"""The pictures of the guide, taken from the pages themselves: a guide cannot show a page that is gone.

Each run takes them into var/test/guide; `make guide` (ENTAKU_GUIDE=1) puts them where the guide keeps them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from bot.models import Channel, Circular, Inquiry, RoundTable, Statement, UnansweredQuestion
from bot.now import jst, real_now
from bot.services import announcements, practice
from handlers.console import guide_text
from tests.browser.console.conftest import Site
from tests.browser.page_rules import faults
from tests.rules.test_rights_matrix import Rows
from tests.support.console import later
from tests.support.places import REPOSITORY

pytestmark = pytest.mark.browser

FOLDER = guide_text.PICTURES if os.environ.get("ENTAKU_GUIDE") == "1" else REPOSITORY / "var" / "test" / "guide"
# Nothing half seen at the edge: what stands above a page's name is hidden, and nothing has the focus.
ALONE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".help, .crumbs, .crumb, p:has(+ h1) { visibility: hidden; }");
  document.adoptedStyleSheets = [sheet];
  document.activeElement?.blur();
  scrollTo(0, 0);
}"""
COLOURS = 32  # enough for letters and tints, a third of the bytes
MOST_BYTES = 40_000
ABOVE, TALL = 16, 900  # px above what is shown; the window
FIELDS = {
    "announcement-write": {"title": "どんど焼きのお知らせ", "body": "1月11日(月) 午前10時から、今泉小学校で行います。\n持ち物: 古いお札、だるま"},
    "activity-add": {"title": "公園の清掃", "body": "みんなで公園をきれいにします。", "organiser": "今泉地区まちづくり協議会"},
    "organisation": {"title": "今泉地区 安全部会", "body": "子どもの見守りと、夜の見回りをしています。どなたでも入れます。"},
    "round-table": {"theme": "夜道の明るさ"},
    "entry": {"title": "粗大ごみの出し方", "body": "月に1度、地区ごとに集めます。電話で申し込んでください。"},
    "invite": {"name": "新しい人(見本)", "email": "atarashii@fuji.example"},
    "sign-in": {"email": "mochizuki@fuji.example"},
    "poll": {"question": "夜の防災訓練があったら、参加しますか。", "choices": "参加する\n時間による\n参加しない"},
    "round-table-record": {"said_0": "暗い道が3つ挙がった", "decided_0": "街灯のない道を、市と一緒に歩く"},
    "slip": {"title": "防災訓練の打ち合わせ", "body": "12月1日(火) 午後7時から、センターで行います。"},
    "inquiry": {"text": "街灯は、来月の第2週に付けます。"},
    "referral": {"text": "来月、地域の方と夜道を歩き、暗い所を確かめます。"},
    "voices-paper": {"text": "夜道が暗いので、街灯を増やしてほしい"},
}  # fmt: skip


@dataclass(frozen=True)
class Shot:
    """One picture: who looks at which page (below the city's address, or from the root), how wide, how much of it."""

    who: str
    path: str
    height: int = 620
    width: int = 1000
    top: str = "h1"
    tick: str = ""  # the box to tick first


# file -> how it is taken; {names} are rows of `prepared`.
SHOTS = {
    "home": Shot("chair", "/", 560),
    "calendar": Shot("city", "/calendar", 640),
    "sign-in": Shot("", "/console/sign-in", 480, 390),
    "announcement-write": Shot("officer", "/announcements/new", 700),
    "announcement-check": Shot("officer", "/announcements/{draft}", 700),
    "announcement-approve": Shot("chair", "/announcements/{waiting}/approve", 480, top="h2:has-text('このまま送って')"),
    "announcement-why": Shot("officer", "/announcements/{stuck}", 420),
    "activity-add": Shot("chair", "/activities/new", 700),
    "activity-rain": Shot("officer", "/activities/{activity}", 640, top="h2:has-text('この日のことを')"),
    "circular": Shot("officer", "/circulars/{circular}", 620),
    "round-table": Shot("chair", "/round-tables/new", 640),
    "round-table-print": Shot("chair", "/round-tables/{round}/sheet", 600, top="main .buttons"),
    "voices": Shot("chair", "/statements", 620),
    "poll-export": Shot("city", "/polls/{poll}", 640),
    "question": Shot("city", "/questions", 860),
    "entry": Shot("city", "/entries/new", 640),
    "organisation": Shot("chair", "/organisations/new", 700),
    "district-contact": Shot("chair", "/districts/{district}/contact", 620),
    "invite": Shot("admin", "/staff/new", 640),
    "practice": Shot("officer", "/practice", 560),
    "line": Shot("officer", "/line", 460),
    "announcement-more": Shot("officer", "/announcements/{draft}/texts", 620),
    "slip": Shot("officer", "/slips/new", 680),
    "weather": Shot("city", "/weather", 520, top="h2:has-text('住民への知らせ方')"),
    "budget": Shot("chair", "/budget", 640),
    "round-table-record": Shot("chair", "/round-tables/{round}/record", 620),
    "voices-paper": Shot("chair", "/statements/new", 620),
    "poll": Shot("officer", "/announcements/new", 660, top="#poll", tick="with_poll"),
    "inquiry": Shot("city", "/inquiries/{inquiry}", 560, top="#do"),
    "referral": Shot("department", "/referrals/{referral}", 640),
    "import": Shot("city", "/imports", 520),
    "figures": Shot("city", "/figures", 640),
    "handover": Shot("chair", "/handover/{district}", 640),
    "setup": Shot("admin", "/setup", 640),
    "settings": Shot("city", "/settings", 560),
    "health": Shot("city", "/health", 560),
    "record": Shot("city", "/audit", 620, top="h2:has-text('さがす')"),
}


@pytest.fixture
def prepared(site: Site) -> dict[str, int]:
    """Rows that the pictures show, by the name in their address."""
    office, now, place = site.office, real_now(), site.office.district("今泉")
    rows = Rows(office)
    round_id = office.round_table(site.officer, "今泉", theme="夜道の明るさ")
    stuck = office.submitted(site.officer, "今泉", title="どんど焼きのお知らせ", send_at=later(3))
    with office.context.database.write() as session:
        row = session.get_one(RoundTable, round_id)
        row.state, row.closes_at, row.meets_at = "meeting", now, now + timedelta(days=1)
        told = announcements.get(session, "fuji", row.announcement_id or 0)
        told.state, told.frozen_at, told.finished_at = "sent", now, now
        failed = announcements.get(session, "fuji", stuck)
        failed.state, failed.comment = "refused", "送る時に、今月送れる数が足りませんでした。"
        for text, state in (
            ("夜道が暗いので、街灯を増やしてほしい", "waiting"),
            ("通学路に明かりがほしい", "approved"),
        ):
            number = {"number": 1, "round_table_id": round_id} if state == "approved" else {"due_at": later(24)}
            session.add(Statement(municipality_id="fuji", district_id=place, text=text, state=state, **number))
        asked = {"language": "ja", "asked_at": now, "first_at": now, "count": 7}
        session.add(UnansweredQuestion(municipality_id="fuji", text="粗大ごみはいつ出せますか", folded="2", **asked))
    kinds = "activity", "circular", "inquiry", "referral"
    made = {name: int(rows.make(f"{name}_id", "fuji", "今泉", "console.guide")) for name in kinds}
    with office.context.database.write() as session:
        issue, day = session.get_one(Circular, made["circular"]), jst(later(240)).date()
        issue.named_on, issue.issue_on, issue.closes_at, issue.send_at = day, day, later(168), later(240)
        session.get_one(Inquiry, made["inquiry"]).state = "working"
        line = {"bot_user_id": "U" + "a" * 32, "secret": b"-", "token": b"-"}
        quota = {"quota": 5000, "quota_used": 1200, "quota_read_at": now}
        session.add(Channel(municipality_id="fuji", **line, **quota))
        practice.start(session, office.context.sealer, "fuji", site.city.actor, now)
    ids = {"draft": site.draft, "waiting": site.waiting, "poll": site.poll, "district": place}
    return ids | {"round": round_id, "stuck": stuck} | made


def test_the_guides_pictures_are_the_pages_of_today(site: Site, prepared: dict[str, int], browser: Browser):
    named = {name.removesuffix(".png") for one in guide_text.tasks().values() for name in one.pictures}
    assert named == set(SHOTS)
    people = {"": None, "officer": site.officer, "chair": site.chair, "city": site.city, "admin": site.admin}
    people["department"] = site.office.hire("department", name="見本課の職員(見本)")
    FOLDER.mkdir(parents=True, exist_ok=True)
    windows: dict[tuple[str, int], Page] = {}
    for name, shot in SHOTS.items():
        key = shot.who, shot.width
        if key not in windows:
            windows[key] = site.open(browser, people[shot.who], shot.width).new_page()
            windows[key].set_viewport_size({"width": shot.width, "height": TALL})
        page, path = windows[key], shot.path.format(**prepared)
        answer = page.goto(site.base + (path if path.startswith("/console") else f"/console/fuji{path}"))
        assert answer is not None
        assert answer.status == 200, f"{name}: {path}"
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        if shot.tick:
            page.locator(f"[name={shot.tick}]").check()
        for field, text in FIELDS.get(name, {}).items():
            page.locator(f"#{field}").fill(text)
        picture = _taken(page, page.locator(shot.top).first, shot.height)
        assert len(picture) <= MOST_BYTES, f"{name}: {len(picture)} bytes; show less of the page"
        (FOLDER / f"{name}.png").write_bytes(picture)
    for each in {page.context for page in windows.values()}:
        each.close()


def _taken(page: Page, top: Locator, height: int) -> bytes:
    """From a little above `top` down, the width of the page's own part, in few colours."""
    page.evaluate(ALONE)
    # Scrolled to, not taken from the whole page: that would lay the page out twice more.
    top.evaluate("(e, above) => scrollTo(0, e.getBoundingClientRect().top + scrollY - above)", ABOVE)
    start, main = top.bounding_box(), page.locator("main").bounding_box()
    assert start is not None
    assert main is not None
    high = min(height, main["y"] + main["height"] - start["y"])
    clip = {"x": main["x"], "y": max(0, start["y"] - ABOVE), "width": main["width"], "height": high}
    taken = Image.open(BytesIO(page.screenshot(clip=clip))).convert("RGB")
    file = BytesIO()
    taken.quantize(COLOURS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def test_help_opens_beside_what_is_being_written(site: Site, visit: Callable[..., Page]):
    page = visit(site.officer, "/fuji/announcements/new", 390)
    page.locator("#title").fill("公園の清掃")
    link = page.get_by_role("link", name="このページの使い方")
    link.click()
    panel = page.get_by_role("region", name="このページの使い方")
    expect(panel.get_by_role("listitem").first).to_be_visible()
    expect(page.locator("#title")).to_have_value("公園の清掃")
    expect(link).to_have_attribute("aria-expanded", "true")
    assert faults(page) == []
    link.click()
    expect(panel).to_be_hidden()
    with page.expect_popup() as found:
        link.click()
        panel.get_by_role("link", name="絵の入った説明").click()
    guide = found.value
    expect(guide.get_by_role("heading", level=1)).to_have_text("お知らせを書いて送る")
    for image in guide.locator("main img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", value=True)
        assert image.evaluate("(e) => e.naturalWidth") > 0
    assert faults(guide) == []
    guide.set_viewport_size({"width": 1280, "height": 900})
    guide.get_by_role("navigation", name="メニュー").get_by_role("link", name="使い方").first.click()
    expect(guide.get_by_role("heading", level=1)).to_have_text("使い方")
    assert faults(guide) == []
    guide.get_by_role("main").get_by_role("link", name="円卓会議を開く").first.click()
    expect(guide.get_by_role("heading", level=1)).to_have_text("円卓会議を開く")
    assert faults(guide) == []
