"""Every page once: of the console as the role that sees most of it, of the public pages as anybody."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from bot.core.permissions import RIGHTS, ROLES
from bot.models import Statement
from bot.now import real_now
from content.phrases import languages
from handlers import public
from handlers.console import access
from tests.browser.crawl import Crawl
from tests.rules.test_rights_matrix import OWN, Rows, rules_of
from tests.support.inquiring import Counter
from tests.support.round_tables import Round

pytestmark = pytest.mark.browser

# Who sees most of a page comes first.
ORDER = ("city", "chair", "officer", "district_staff", "department", "admin", "viewer", "neighbourhood")


@pytest.fixture
def world(site):
    """The console and the public pages with something on every list."""
    context, now = site.office.context, real_now()
    public.register(site.office.app, context)
    site.round = Round(context, site.office)
    site.round.until_answering()
    with context.database.write() as session:
        for at, text in enumerate(("街灯を増やしてほしい", "夜道の街灯をもっと増やしてほしいです", "店の宣伝です")):
            waits = {"state": "waiting", "due_at": now} if at else {"state": "approved", "number": 1}
            place = site.office.district("今泉")
            session.add(Statement(municipality_id="fuji", district_id=place, text=text, **waits))
    site.inquiry = Counter(context).sent(None, contact="0545-00-0000").id
    return site


@pytest.fixture
def crawl(world, browser, request):
    started = Crawl(browser, world.base)
    yield started
    started.close(request.node.name.removeprefix("test_"))


def pages_of_the_console(world):
    """(role, address) of every page: each route with rows of its own, then those that hold most."""
    app, rows = world.office.app, Rows(world.office)
    for rule in rules_of(app):
        if "GET" not in rule.methods:
            continue
        need = access.declared(app.view_functions[rule.endpoint])
        if need == access.PUBLIC and rule.arguments:
            continue  # opened by a secret: below
        role = next((one for one in ORDER if one in RIGHTS.get(need, ROLES)), None)
        values = {"municipality": "fuji"} if "municipality" in rule.arguments else {}
        for name in sorted(rule.arguments - {"municipality"}, reverse=True):
            values[name] = rows.make(name, "fuji", OWN["fuji"], rule.endpoint)
        with app.test_request_context():
            yield None if need == access.PUBLIC else role, app.url_for(rule.endpoint, **values)
    fuji, round_table = "/console/fuji", world.round.to()
    for role in ORDER[1:]:
        yield role, f"{fuji}/"
    yield from (
        ("officer", f"{fuji}/announcements/{world.waiting}"),
        ("officer", f"{fuji}/announcements/new?poll=1"),
        ("chair", f"{fuji}/announcements/{world.waiting}/approve"),
        ("officer", f"{fuji}/polls/{world.poll}"),
        *(
            ("chair", f"{round_table}{part}")
            for part in ("", "/entries", "/record", "/matters", "/sheet", "/newsletter")
        ),
        ("department", world.round.referral()),
        ("city", f"{fuji}/inquiries/{world.inquiry}"),
        ("city", f"{fuji}/entries?view=draft"),
        ("city", f"{fuji}/entries?view=due"),
        ("city", f"{fuji}/statements?view=approved"),
    )


def test_every_page_of_the_console(world, crawl):
    windows = {}
    for role, address in pages_of_the_console(world):
        new = role not in windows
        if new:
            person = world.office.hire(role, OWN["fuji"], name="見本(見本)") if role else None
            cookie = world.office.visit(person).client.get_cookie("entaku")
            windows[role] = crawl.person(cookie.value if cookie else None)
        crawl.visit(windows[role], address, frame=new)
    assert crawl.found() == ""
    assert len(crawl.counts) > 100


def test_every_public_page(world, crawl):
    page = crawl.person(None)
    for address in public_pages(world.office.app, world.office.visit()):
        crawl.visit(page, address, frame=True)
    for language in set(languages()) - {"ja"}:
        crawl.visit(page, f"/m/fuji/?lang={language}", frame=True)
    assert crawl.found() == ""
    assert len(crawl.counts) > 20
    breaks_what_it_sees(crawl, page)


def breaks_what_it_sees(crawl, page):
    """The crawl itself can fail: a page broken on purpose does."""
    page.goto(f"{crawl.base}/m/fuji/")
    page.evaluate("""() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(".grey { color: var(--hair); } .bare:focus { outline: 0; } .late { margin-left: 600px; width: 300px; }");
        document.adoptedStyleSheets = [sheet];
        document.querySelector("main").insertAdjacentHTML("afterbegin",
            '<p class="grey">読めない</p><a class="bare" href="/">枠なし</a><img src="/look/icons.svg"><p class="late">遠い</p>');
    }""")
    crawl.look(page, "broken")
    found = crawl.found()
    for fault in (
        "axe color-contrast (soft)",
        "axe image-alt",
        "the focus on 枠なし is not seen",
        "375 px: scrolls sideways",
    ):
        assert fault in found
    del crawl.counts["broken"]


def public_pages(app: Flask, visitor) -> list[str]:
    """Addresses of public pages found by their links, one for each route."""
    match = app.url_map.bind("localhost").match
    seen, found, waiting = set(), [], ["/", "/m/fuji/"]
    while waiting:
        address = waiting.pop(0)
        try:
            endpoint, _ = match(urlsplit(address).path)
        except (HTTPException, RequestRedirect):
            continue
        if not endpoint.startswith("public.") or endpoint in seen:
            continue
        seen.add(endpoint)
        answer = visitor.get(address)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        found.append(address)
        waiting += [one.replace("&amp;", "&") for one in re.findall(r'href="(/m/fuji[^"#]*)', answer.text)]
    return found
