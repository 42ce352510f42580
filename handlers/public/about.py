"""What the site says of itself: personal data, accessibility, its pages; and what is said where there is no page.

What is kept how long is told from the settings of this installation; a test holds the list against the rules that
erase (bot.services.retention).
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from flask import Blueprint, Flask, Response, make_response, render_template, request
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from bot.core.practice import is_room
from bot.models import Municipality
from bot.services import announcement_archive as archive
from bot.services import circulars, round_tables
from bot.services.context import Context
from bot.settings import Settings
from handlers.public import api
from handlers.public.site import HEADERS, Site, asked_language, of, show
from handlers.public.visiting import Visit, visit

TESTED_ON: Final = "2026年11月22日"
IN_SITEMAP: Final = 500  # announcements

# (what, how long, the rules of bot.services.retention that do it)
KEPT: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    (
        "LINEで登録した地区、言葉、話題、受け取る時刻(名前と写真は受け取りません。LINEの番号は暗号にしています)",
        "LINEの「わたしの登録」から、いつでもすぐ消せます。ブロックしたときは{erase_after_days}日で消します。",
        ("left_residents", "sources_of_nobody"),
    ),
    (
        "LINEで送られた文",
        (
            "答えたときに消します。うまく読めなかったものは72時間で消します。「届いた」「送った」という空の跡は"
            "{inbox_keep_days}日で消します。"
        ),
        ("parked_bodies", "inbox_rows", "outbox_rows", "leases"),
    ),
    ("会話の続き(どこまで話したか)", "最後の言葉から30分で消します。", ("conversations", "trial_codes")),
    ("自分のデータを見るリンク", "30分で使えなくなります。", ("data_links",)),
    (
        "答えられなかった質問(電話番号などを伏せ、だれのものか分からない形)",
        "{question_keep_days}日で消します。「答えが載ったら知らせて」の約束は、知らせたら消します。",
        ("questions", "askers"),
    ),
    (
        "職員への相談・提案",
        (
            "終わって{inquiry_cut_days}日で、だれが書いたかと連絡先を消します。{inquiry_keep_days}日で、全部消します。"
            "用紙のリンクは、期限の1週間あとに消します。"
        ),
        ("inquiries_cut", "inquiries", "inquiry_links"),
    ),
    (
        "相談の書きかけ(「途中で保存する」を押したときだけ。暗号にしています)",
        "送ったとき、または用紙の期限に消します。",
        ("inquiry_links",),
    ),
    (
        "行事に参加する人数、前の日の知らせの約束",
        "行事が終わって1日で消します。",
        ("sign_ups", "officers"),
    ),
    (
        "アンケートの回答",
        "締切まで、暗号の箱に入っています。締め切ると鍵を捨て、集計だけが残ります。",
        (),
    ),
    (
        "「みんなの声」を送った跡",
        "だれが何回送ったかは2日、断られた文は30日、返事を知らせるためのつながりは長くて1年で消します。人を傷つける声が続いたときの印は90日で消します。",
        ("statement_traces", "statement_words", "statement_links", "voice_pauses"),
    ),
    (
        "お知らせを送った記録",
        "60日で消します(訂正を同じ人に送るためです)。途中で止まった送り先は45日で消します。",
        ("ledger", "stopped_sends"),
    ),
    ("補助金などの締切を知らせる約束", "その日までです。", ("deadlines",)),
    ("回覧の受け取りを紙で確かめたときの名前", "90日で消します。", ("slip_names",)),
)  # fmt: skip


def add(pages: Blueprint, context: Context) -> None:
    """Put the pages under /m/<municipality>/, and /sitemap.xml and /robots.txt."""
    place = "/m/<municipality>/"
    pages.add_url_rule(f"{place}privacy", "privacy", partial(_privacy, context))
    pages.add_url_rule(f"{place}accessibility", "accessibility", partial(_accessibility, context))
    pages.add_url_rule(f"{place}sitemap", "sitemap", partial(_sitemap, context))
    pages.add_url_rule("/sitemap.xml", "sitemap_xml", partial(_sitemap_xml, context))
    pages.add_url_rule("/robots.txt", "robots", partial(_robots, context))


def kept(settings: Settings) -> list[tuple[str, str]]:
    """(what is kept, how long) with this installation's days."""
    days = {name: getattr(settings, name) for name in type(settings).model_fields if name.endswith("_days")}
    return [(what, how_long.format_map(days)) for what, how_long, _ in KEPT]


def _privacy(context: Context, municipality: str) -> Response:
    here = visit(context, municipality)
    return show(
        context, "public/privacy.html", site=here.site, here=here, rows=kept(context.settings), desk=_desk(here),
        outside_model=urlsplit(context.settings.embeddings).hostname or "",
    )  # fmt: skip


def _accessibility(context: Context, municipality: str) -> Response:
    here = visit(context, municipality)
    return show(
        context, "public/accessibility.html", site=here.site, here=here, desk=_desk(here), tested_on=TESTED_ON
    )  # fmt: skip


def _desk(here: Visit) -> object:
    """The desk for what has none of its own: whom the city's own pages name."""
    return here.knowledge.desks.get(here.knowledge.municipality.contacts.get("desk", ""))


def _sitemap(context: Context, municipality: str) -> Response:
    """Every page by name."""
    here = visit(context, municipality)
    with context.database.read() as session:
        rounds = round_tables.published(session, municipality)
        issues = circulars.published(session, municipality)
    return show(
        context, "public/sitemap.html", site=here.site, here=here, rounds=rounds, issues=issues,
        round_title=round_tables.title, issue_name=circulars.name,
    )  # fmt: skip


def _sitemap_xml(context: Context) -> Response:
    """The addresses of every municipality's pages, for search engines (sitemaps.org 0.9)."""
    root = ET.Element("urlset", {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"})
    home = context.settings.public_url.rstrip("/")
    with context.database.read() as session:
        everywhere = session.scalars(select(Municipality.id).order_by(Municipality.id))
        cities = [city for city in everywhere if not is_room(city)]
        told = {city: archive.find(session, city, archive.Wanted(), IN_SITEMAP) for city in cities}
        rounds = {city: round_tables.published(session, city) for city in cities}
    for city in cities:
        here = visit(context, city)
        places = [
            *(here.site.to(name) for name in ("municipality", "activities", "announcements", "entries", "subjects")),
            *(here.site.to(name) for name in ("sections", "districts_list", "round_tables_list", "circulars_list")),
            *(here.site.to(name) for name in ("open_data", "privacy", "accessibility", "ask")),
            *(here.site.to("district", key=one.id) for one in here.knowledge.districts),
            *(here.page_of(one) for one in here.readable.values()),
            *(here.site.to("announcement", announcement_id=row.id) for row in told[city]),
            *(here.site.to("round_table", round_table_id=row.id) for row in rounds[city]),
        ]
        for place in places:
            ET.SubElement(ET.SubElement(root, "url"), "loc").text = home + place
    response = make_response(ET.tostring(root, encoding="utf-8", xml_declaration=True))
    response.headers["Content-Type"] = "application/xml; charset=utf-8"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.add_etag()
    response.make_conditional(request)
    return response


def _robots(context: Context) -> Response:
    """Staff's pages are nothing to search; a demo says `noindex` on every page, which must be read to be obeyed."""
    lines = ["User-agent: *", "Disallow: /console", "Allow: /", f"Sitemap: {context.settings.public_url}sitemap.xml"]
    response = make_response("\n".join(lines) + "\n")
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return response


def plain_words_for_nothing(app: Flask, context: Context) -> None:
    """A public address that leads nowhere is answered in plain words, with ways on; other parts answer as ever."""

    def missing(error: NotFound) -> Any:
        if request.path.startswith("/api/"):
            return api.outside(error)
        if request.path.startswith(("/console", "/line/", "/look/", "/static/", "/p/")):
            return error
        return _missing(context, request.path)

    app.register_error_handler(404, missing)


def _missing(context: Context, path: str) -> Response:
    parts = path.split("/")
    site: Site | None = None
    if path.startswith("/m/") and not is_room(parts[2]):
        with context.database.read() as session:
            city = session.get(Municipality, parts[2])
        site = of(context, city) if city is not None else None
    if site is not None:
        return show(context, "public/not_found.html", site=site, status=404)
    response = make_response(
        render_template("public/nowhere.html", demo=context.settings.demo, language=asked_language()), 404
    )
    response.headers.update(HEADERS)
    return response
