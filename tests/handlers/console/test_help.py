"""Help on every page, and a guide whose words stand on the pages it speaks of."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.errors import NotFoundError
from bot.services.context import Context
from handlers.console import guide_text, help_pages
from handlers.console.guide_text import Pen
from tests.rules.test_rights_matrix import rules_of
from tests.support.console import Office, make_app
from tests.support.places import REPOSITORY

HANDLERS = REPOSITORY / "handlers"
PHRASES = REPOSITORY / "content" / "phrases" / "ja.toml"
WITHOUT = {"help", "help_topic", "help_outside", "help_outside_topic", "missing"}
MOST_BYTES, MOST_TOGETHER = 40_000, 1_500_000


def test_every_page_has_its_task(context: Context) -> None:
    pages = {rule.endpoint.removeprefix("console.") for rule in rules_of(make_app(context)) if "GET" in rule.methods}
    lost = {page for page in pages - WITHOUT if help_pages.topic_of(f"console.{page}") is None}
    assert lost == set(), "add them to TASKS in handlers/console/help_pages.py"
    assert {page for page in WITHOUT if help_pages.topic_of(f"console.{page}")} == set()
    begins = {name for name in help_pages.TASKS if not any(f"{page}_".startswith(f"{name}_") for page in pages)}
    assert begins == set(), "these pages are gone"


def test_every_file_is_in_the_index_once() -> None:
    listed = [slug for _, slugs in guide_text.GROUPS for slug in slugs]
    assert sorted(listed) == sorted(path.stem for path in guide_text.FOLDER.glob("*.md"))
    assert set(help_pages.TASKS.values()) <= set(listed)
    page = (REPOSITORY / "docs" / "guide.md").read_text(encoding="utf-8")
    linked = re.findall(r"\[([^\]]+)\]\(\.\./handlers/console/guide/([\w-]+)\.md\)", page)
    assert linked == [(guide_text.task(slug).title, slug) for slug in listed]


def test_each_button_that_the_guide_names_stands_on_a_page() -> None:
    sources = (*HANDLERS.rglob("*.html"), *HANDLERS.rglob("*.py"), PHRASES)
    pages = "".join(path.read_text(encoding="utf-8") for path in sources)
    named = {
        (slug, words) for slug, one in guide_text.tasks().items() for words in re.findall(r"\*\*(.+?)\*\*", one.text)
    }
    assert len(named) > 100
    assert {(slug, words) for slug, words in named if words not in pages} == set()


@pytest.mark.parametrize("slug", guide_text.tasks())
def test_a_task_has_steps_and_says_what_to_do_when_it_goes_wrong(slug: str) -> None:
    one = guide_text.task(slug)
    assert "**" not in one.lead
    assert one.lead.endswith("。")
    assert len(one.lead) < 90
    assert len(re.findall(r"^\d\. ", one.text, re.MULTILINE)) >= 3
    assert "\n## うまくいかないとき\n" in one.text
    linked: list[str] = []
    for pen in (Pen(lambda to: linked.append(to) or f"/{to}", lambda name: f"/{name}"), Pen(lambda to: f"/{to}")):
        drawn = pen.render(one.text)
        Balanced().feed(drawn)
        assert not re.search(r"\*\*|\]\(|^#|!\[", drawn, re.MULTILINE), "something was not understood"
    assert {to for to in linked if to not in guide_text.tasks()} == set()


class Balanced(HTMLParser):
    """Fails where a tag is closed that is not the last one opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_words_are_never_tags() -> None:
    drawn = Pen(lambda to: f"/{to}").render('1. <script>alert("a")</script> **<b>** [x"y](sign-in.md)\n   つづき')
    assert drawn == (
        "<ol><li>&lt;script&gt;alert(&#34;a&#34;)&lt;/script&gt; <b>&lt;b&gt;</b> "
        '<a href="/sign-in" target="_blank" rel="noopener">x&#34;y</a>つづき</li></ol>'
    )


def test_each_picture_is_there_and_small() -> None:
    named = [name for one in guide_text.tasks().values() for name in one.pictures]
    kept = {path.name: path.stat().st_size for path in guide_text.PICTURES.glob("*.png")}
    assert sorted(named) == sorted(kept), "`make guide` takes the pictures"
    assert {name: size for name, size in kept.items() if size > MOST_BYTES} == {}
    assert sum(kept.values()) < MOST_TOGETHER
    for name in kept:
        assert 300 <= guide_text.size(name)[0] <= 1280


def test_who_is_signed_in_opens_help_where_they_are(office: Office) -> None:
    visitor = office.visit(office.hire("neighbourhood", "今泉"))
    home = visitor.get("/console/fuji/").text
    assert 'href="/console/fuji/help/home"' in home
    assert 'data-part="/console/fuji/help/home?part=1"' in home
    index, topic = visitor.get("/console/fuji/help"), visitor.get("/console/fuji/help/announcement-write")
    assert index.text.count("/console/fuji/help/") >= len(guide_text.tasks())
    assert "<h1>お知らせを書いて送る</h1>" in topic.text
    assert "<img" in topic.text
    assert 'class="help"' not in topic.text
    part = visitor.get("/console/fuji/help/announcement-write?part=1").text
    assert "<html" not in part
    assert "<img" not in part
    assert 'href="/console/fuji/help/announcement-write"' in part
    lost = visitor.get("/console/fuji/help/nothing")
    assert lost.status_code == 404
    assert "使い方" in lost.text


def test_who_cannot_sign_in_reads_what_to_do(office: Office) -> None:
    office.hire("admin")  # without anybody there would be nothing to sign in to
    visitor = office.visit()
    assert 'href="/console/help/sign-in"' in visitor.get("/console/sign-in").text
    assert "パスワードを忘れた" in visitor.get("/console/help/sign-in").text
    assert visitor.get("/console/help").status_code == 200
    assert visitor.get("/console/fuji/help").status_code == 302


def test_a_task_that_is_not_there() -> None:
    with pytest.raises(NotFoundError):
        guide_text.task("../settings")
    assert Path(guide_text.FOLDER, "sign-in.md").exists()
