"""The choice of letters and colours: kept in a cookie, read by every page, never a way to somewhere else."""

from __future__ import annotations

import re

import pytest

from handlers import look
from tests.support.console import Office
from tests.support.places import REPOSITORY


@pytest.fixture
def client(cities):
    office = Office(cities)
    office.hire("admin")  # a house without people leads to its setting up
    return office.app.test_client()


def test_a_choice_is_kept_and_the_same_page_comes_back(client):
    answer = client.post("/look/choose", data={"colour": "dark", "to": "/console/sign-in?next=/console/fuji/"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/sign-in?next=/console/fuji/")
    client.post("/look/choose", data={"size": "largest"})  # the other choice stays
    page = client.get("/console/sign-in")
    assert 'data-colour="dark" data-size="largest"' in page.text
    assert re.findall(r'value="(\w+)" aria-pressed="true"', page.text) == ["largest", "dark"]
    assert "Cookie" in page.headers["Vary"]


def test_without_a_choice_or_with_a_made_up_one_it_is_the_standard(client):
    client.set_cookie(look.COOKIE, '"><script>.huge')
    client.post("/look/choose", data={"colour": "pink", "size": "9"})
    assert 'data-colour="standard" data-size="standard"' in client.get("/console/sign-in").text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "evil",
        "/\t/evil.example", "/\n/evil.example", "", "/" + "a" * 3000, "/ü", "//[",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(client, elsewhere):
    assert client.post("/look/choose", data={"to": elsewhere}).headers["Location"] == "/"


def test_a_page_with_letters_in_its_address_comes_back(client):
    to = re.search(r'name="to" value="([^"]+)"', client.get("/console/sign-in?next=/console/富士").text).group(1)
    assert look.inside(to) == to


def test_a_page_that_answers_a_form_has_no_way_back_without_a_script(client):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/console/sign-in").text).group(1)
    page = client.post("/console/sign-in", data={"csrf_token": token, "email": "a@b.example", "password": "x"})
    assert '<details class="look" hidden>' in page.text


def test_colours_stand_in_one_place():
    """Every style sheet goes by the names of uses: a colour of its own would not follow the visitor's choice."""
    sheets = [path for path in (REPOSITORY / "handlers").rglob("*.css") if path.name != "tokens.css"]
    assert sheets
    literal = re.compile(
        r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch)\(|:\s*(?:white|black|red|gray|grey|yellow|blue)\b", re.IGNORECASE
    )
    found = {path.name: literal.findall(path.read_text(encoding="utf-8")) for path in sheets}
    assert {name: colours for name, colours in found.items() if colours} == {}


def test_every_name_used_is_defined():
    tokens = (look.STATIC / "tokens.css").read_text(encoding="utf-8")
    defined = set(re.findall(r"(--[\w-]+):", tokens))
    for path in (REPOSITORY / "handlers").rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        own = set(re.findall(r"(--[\w-]+):", text))
        assert set(re.findall(r"var\((--[\w-]+)", text)) <= defined | own, path.name


def test_every_icon_named_is_drawn():
    drawn = set(re.findall(r'symbol id="([\w-]+)"', (look.STATIC / "icons.svg").read_text(encoding="utf-8")))
    parts = (REPOSITORY / "handlers/console/templates/console/parts.html").read_text(encoding="utf-8")
    rows = re.findall(r'^    \("\w+", "\w+", "[^"]+", "[\w.]+", "([\w-]+)"\),', parts, re.MULTILINE)
    rows += re.findall(r'^  \("\w+", "[^"]+", "([\w-]+)"\),', parts, re.MULTILINE)
    assert len(rows) > 20
    assert set(rows) <= drawn
    for path in (REPOSITORY / "handlers").rglob("*.html"):
        assert set(re.findall(r'icon\("([\w-]+)"\)', path.read_text(encoding="utf-8"))) <= drawn, path.name
