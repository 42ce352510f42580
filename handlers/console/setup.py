"""First use: the first admin, the municipality, where one is, the end. Each step is kept at once and can come again."""

from __future__ import annotations

from typing import Any, Final

from flask import current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from bot.models import Desk, Municipality
from bot.now import real_now
from bot.services import first_use, rich_menus, staff
from bot.services.first_use import NewMunicipality, Standing
from bot.services.staff import NewStaff
from content.phrases import SERVED
from handlers.console.access import context, installation, now, person, public, right
from handlers.console.forms import Fields
from handlers.console.throttle import Throttle

Answer = str | tuple[str, int] | Response
# The steps by name: heading, and what is done there in a few words.
STEPS: Final = {
    "admin": ("管理者", "最初の管理者を決める"),
    "municipality": ("市町村", "名前、団体コード、言葉、呼び名、窓口"),
    "districts": ("地区", "地区の名前とよみを入れる"),
    "line": ("LINEとつなぐ", "公式アカウントの鍵を入れて、つながるか確かめる"),
    "menu": ("メニュー", "LINEの画面の下に出るメニューを作る"),
    "test": ("試す", "自分の電話に1通送ってみる"),
    "done": ("おわり", "このあとすること"),
}
# What residents of other places call the same thing; anything else can be typed.
WORDS: Final = {
    "association": ("町内会の呼び名", "町内会", ("町内会", "自治会", "区", "行政区", "町会")),
    "association_head": ("その長の呼び名", "町内会長", ("町内会長", "自治会長", "区長", "会長")),
    "group_head": ("組・班の長の呼び名", "組長", ("組長", "班長", "隣組長")),
    "centre": (
        "地区の拠点の呼び名",
        "まちづくりセンター",
        ("まちづくりセンター", "地域づくりセンター", "公民館", "コミュニティセンター", "支所"),
    ),
    "council": ("地区の協議会の呼び名", "まちづくり協議会", ("まちづくり協議会", "地域づくり協議会", "自治協議会")),
}
WRONG_CODE: Final = (
    "準備の番号が合いません。プロセスを始めた画面か、命令 entaku setup-code で出る番号を、そのまま入れてください。"
)
TOO_MANY: Final = "この場所から何度も間違いがありました。15分ほど待ってから、もう一度お試しください。"


@public
def first() -> Answer:
    """The first admin of an installation without any account; for who has the setup code only."""
    with context().database.read() as db:
        if not first_use.nobody_yet(db):
            return redirect(url_for("console.sign_in"))
    if request.method == "GET":
        return _first_page(Fields.of({}))
    fields, counted, address = Fields.posted(), _throttle(), request.remote_addr or "unknown"
    if counted.blocked(address, real_now()):
        fields.errors["form"] = TOO_MANY
        return _first_page(fields), 429
    new = NewStaff(
        fields.text("email", "メールアドレス", most=120),
        fields.text("name", "お名前", most=60),
        request.form.get("new", ""),
    )
    if new.password != request.form.get("again", ""):
        fields.errors["again"] = "2つのパスワードが違います。同じものを入れてください。"
    if not first_use.code_is_right(context().sealer, fields.value("code")):
        counted.failed(address, real_now())
        fields.errors["code"] = WRONG_CODE
    if fields.errors:
        return _first_page(fields), 400
    return _make_first(fields, new)


def _make_first(fields: Fields, new: NewStaff) -> Answer:
    admin = NewStaff(new.email, new.name, new.password, None, "admin")
    try:
        with context().database.write(durable=True) as db:
            first_use.first_admin(db, context().sealer, fields.value("code"), admin, real_now())
    except (BadInputError, ConflictError, NotAllowedError) as error:
        fields.errors["form"] = error.message
        return _first_page(fields), error.status
    flash("管理者ができました。いま決めたパスワードで、サインインしてください。", "good")
    return redirect(url_for("console.sign_in"), 303)


@installation
def new() -> Answer:
    """Make a municipality: the first one, or one more in the same installation."""
    fields = Fields.posted() if request.method == "POST" else Fields.of({"languages": ["ja", "easy-ja", "en"]})
    return _municipality(fields, None)


@right("settings.manage")
def municipality(municipality: str) -> Answer:
    """Change what the second step asked."""
    with context().database.read() as db:
        row = db.get_one(Municipality, municipality)
        desk = _desk_of(db, row)
    return _municipality(Fields.posted() if request.method == "POST" else Fields.of(_as_form(row, desk)), row)


@right("settings.manage")
def overview(municipality: str) -> str:
    """Where one is: the seven steps, what is done, and the next one."""
    standing = standing_of(municipality)
    return render_template("console/setup.html", standing=standing, **steps("", standing))


@right("settings.manage")
def done(municipality: str) -> Answer:
    """The end: what is ready, what is open, what to do next."""
    if request.method == "POST":
        with context().database.write() as db:
            first_use.progress(db, municipality).finished_at = now()
        flash("はじめての設定を終えました。あとからでも「はじめての設定」で直せます。", "good")
        return redirect(url_for("console.home", municipality=municipality), 303)
    standing = standing_of(municipality)
    missing = [name for name in first_use.STEPS[:-1] if name not in standing.done]
    return render_template("console/setup_done.html", standing=standing, missing=missing, **steps("done", standing))


def standing_of(municipality: str) -> Standing:
    """How far the municipality has come."""
    with context().database.read() as db:
        return first_use.standing(db, municipality, rich_menus.LANGUAGES)


def steps(here: str, standing: Standing | None = None) -> dict[str, Any]:
    """What the list of steps on each page shows; `here` names this page's."""
    return {"steps": STEPS, "here_step": here, "steps_done": standing.done if standing else frozenset()}


def _municipality(fields: Fields, row: Municipality | None) -> Answer:
    own_desk = row is None or row.facts.get("contacts", {}).get("desk") in {None, first_use.DESK}
    if request.method == "GET":
        return _municipality_page(fields, row, own_desk=own_desk)
    wanted = _read(fields, row, own_desk=own_desk)
    if fields.errors:
        return _municipality_page(fields, row, own_desk=own_desk), 400
    try:
        with context().database.write(durable=True) as db:
            first_use.save_municipality(db, wanted, person().actor, now(), create=row is None)
    except (BadInputError, ConflictError, NotFoundError) as error:
        fields.errors["code" if isinstance(error, BadInputError) else "id"] = error.message
        return _municipality_page(fields, row, own_desk=own_desk), error.status
    flash("市町村を保存しました。", "good")
    return redirect(url_for("console.setup_districts", municipality=wanted.id), 303)


def _read(fields: Fields, row: Municipality | None, *, own_desk: bool) -> NewMunicipality:
    key = row.id if row is not None else fields.text("id", "ID", most=40)
    if row is None and key and (wrong := first_use.id_wrong(key)):
        fields.errors["id"] = wrong
    languages = tuple(code for code in SERVED if code == "ja" or fields.checked("languages", code))
    url = fields.text("url", "窓口のページ", most=300, required=False) if own_desk else ""
    if url and not url.startswith(("https://", "http://")):
        fields.errors["url"] = "https:// で始まるページの住所を入れてください。"
    return NewMunicipality(
        key, fields.text("name", "市町村の名前", most=60), fields.text("code", "団体コード", most=10), languages,
        {name: fields.text(name, label, most=20) for name, (label, _, _) in WORDS.items()},
        fields.text("desk", "窓口の名前", most=60) if own_desk else "",
        fields.text("phone", "窓口の電話", most=20, required=False) if own_desk else "", url,
    )  # fmt: skip


def _municipality_page(fields: Fields, row: Municipality | None, *, own_desk: bool) -> str:
    standing = standing_of(row.id) if row is not None else None
    return render_template(
        "console/setup_municipality.html", fields=fields, row=row, words=WORDS, served=SERVED, own_desk=own_desk,
        most_id=first_use.MAX_ID, posted=request.method == "POST", **steps("municipality", standing),
    )  # fmt: skip


def _as_form(row: Municipality, desk: Desk | None) -> dict[str, Any]:
    data = desk.data if desk is not None else {}
    return {
        "name": row.name, "code": row.code, "languages": row.languages, "desk": data.get("name", ""),
        "phone": data.get("phone", ""), "url": data.get("url", ""), **row.facts.get("words", {}),
    }  # fmt: skip


def _desk_of(db: Session, row: Municipality) -> Desk | None:
    key = row.facts.get("contacts", {}).get("desk", first_use.DESK)
    return db.scalar(select(Desk).where(Desk.municipality_id == row.id, Desk.key == key))


def _first_page(fields: Fields) -> str:
    return render_template("console/setup_first.html", fields=fields, least=staff.MIN_PASSWORD, **steps("admin"))


def _throttle() -> Throttle:
    counted = current_app.extensions["entaku.console.throttle"]
    assert isinstance(counted, Throttle)
    return counted
