"""Reading, checking and writing packs: round trips, and every kind of broken one named by file and line."""

from __future__ import annotations

import shutil
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import BadInputError
from content import packs
from content.packs import Activity, Desk, District, Entry, Municipality, Pack, Source, Translation
from content.packs_check import jaccard, trigrams
from content.packs_model import AUDIENCES, KINDS, LANGUAGES, STATES, Shelter, desk_entry, order
from content.packs_read import join, split
from content.search import vector_file
from tests.support.places import PACKS

GOOD = {
    "municipality.toml": (
        'id = "mura"\nname = "見本村"\ncode = "999999"\nprefecture = "見本県"\npublic_name = "見本村(見本)"\n'
        'languages = ["ja", "en"]\n\n[contacts]\ndesk = "city"\n\n[words]\nassociation = "町内会"\n\n'
        "[thresholds]\nshow_from = 10\n"
    ),
    "districts.csv": (
        "id,name,kana,council,centre,lat,lon,aliases,look_alikes\n"
        "kita,北,きた,北地区協議会,北センター,35.1,138.6,北まちセン,minami\n"
        "minami,南,みなみ,南地区協議会,南センター,,,,kita\n"
    ),
    "desks.csv": (
        "名称,電話番号,説明,entaku_id,entaku_source_title\n村役場,,電話は公式ページで確認してください。,city,村の資料\n"
    ),
    "activities.csv": (
        "イベント名,開始時間,終了時間,説明,entaku_id,entaku_rule,entaku_districts,entaku_source_title,entaku_sample\n"
        "清掃（見本）,08:00,09:00,公園を掃除します。,seiso,FREQ=MONTHLY;BYDAY=1SU,kita,見本,1\n"
    ),
    "entries/faq/gomi.md": (
        "---\nid: gomi\nkind: faq\ntitle: ごみの日\nquestions:\n- ごみの日はいつ\ndistricts: [kita]\n"
        "source:\n  title: 村の資料\n  url: https://example.jp/\n  date: 2026-04-01\nchecked_on: 2026-11-22\n"
        "contact: city\ntranslations:\n  en:\n    title: Garbage\n    body: Ask.\n    by: machine\n---\n役場に聞いてください。\n"
    ),
    "entries/faq/dosa.md": (
        "---\nid: dosa\nkind: faq\ntitle: 集会所\nquestions: [集会所はどこ]\n"
        "source: {title: 村の資料}\nchecked_on: 2026-11-22\n---\n集会所は北センターのとなりです。\n"
    ),
}


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.fixture
def mura(tmp_path: Path) -> Path:
    return write(tmp_path / "mura", GOOD)


def test_a_good_pack_is_read(mura):
    report = packs.check(mura)
    assert (report.errors, report.warnings) == ((), ())
    assert (report.entries, report.facts, report.samples, report.districts) == (4, 2, 1, 2)
    pack = packs.load(mura)
    assert pack.municipality.thresholds == {"show_from": 10.0}
    assert [district.id for district in pack.districts] == ["kita", "minami"]
    assert pack.districts[0].look_alikes == ("minami",)
    by_id = {entry.id: entry for entry in pack.entries}
    assert by_id["gomi"].source == Source("村の資料", "https://example.jp/", date(2026, 4, 1))
    assert by_id["gomi"].translations["en"].by == "machine"
    assert by_id["seiso"].activity == Activity(rule="FREQ=MONTHLY;BYDAY=1SU", start=time(8), end=time(9))
    assert by_id["city"].kind == "desk"


def edit(name: str, old: str, new: str):
    assert old in GOOD[name]
    return {name: GOOD[name].replace(old, new)}


BROKEN = [
    ("no toml", {"municipality.toml": None}, "municipality.toml", 0, "missing"),
    ("toml syntax", edit("municipality.toml", 'name = "見本村"', "name = "), "municipality.toml", 2, "TOML"),
    ("toml binary", {"municipality.toml": b"\x00\x01\x02"}, "municipality.toml", 0, "binary"),
    ("toml unknown key", edit("municipality.toml", "code", "kode"), "municipality.toml", 3, "kode"),
    ("toml bad number", edit("municipality.toml", "show_from = 10", 'show_from = "x"'), "municipality.toml", 14, "number"),
    ("code of letters", edit("municipality.toml", '"999999"', '"99999X"'), "municipality.toml", 3, "six digits"),
    ("no such desk", edit("municipality.toml", 'desk = "city"', 'desk = "none"'), "municipality.toml", 0, "desk"),
    ("unknown language", edit("municipality.toml", '"en"', '"xx"'), "municipality.toml", 0, "xx"),
    ("no districts", {"districts.csv": None}, "districts.csv", 0, "missing"),
    ("empty districts", {"districts.csv": ""}, "districts.csv", 1, "id"),
    ("cp932", {"districts.csv": GOOD["districts.csv"].encode("cp932")}, "districts.csv", 2, "UTF-8"),
    ("utf-16", {"districts.csv": GOOD["districts.csv"].encode("utf-16")}, "districts.csv", 0, "binary"),
    ("bad degrees", edit("districts.csv", "35.1,138.6", "138.6,35.1"), "districts.csv", 2, "degrees"),
    ("half a place", edit("districts.csv", "35.1,138.6", "35.1,"), "districts.csv", 2, "together"),
    ("unknown look-alike", edit("districts.csv", ",minami\n", ",higashi\n"), "districts.csv", 2, "higashi"),
    ("district twice", edit("districts.csv", "minami,南", "kita,南"), "districts.csv", 3, "kita"),
    ("alias of two", edit("districts.csv", ",,,,kita", ",,,北まちセン,kita"), "districts.csv", 3, "北まちセン"),
    ("column twice", edit("districts.csv", "kana,", "name,"), "districts.csv", 1, "kana"),
    ("short row", edit("districts.csv", "minami,南,みなみ,", "minami,南,"), "districts.csv", 3, "8 cells"),
    ("open quote", edit("desks.csv", "村役場,", '"村役場,'), "desks.csv", 2, "quotes"),
    ("no desks", {"desks.csv": None}, "desks.csv", 0, "missing"),
    ("desk without source", edit("desks.csv", ",村の資料", ","), "desks.csv", 2, "source_title"),
    ("unknown column", edit("activities.csv", "entaku_sample", "entaku_smaple"), "activities.csv", 2, "entaku_smaple"),
    ("bad time", edit("activities.csv", "08:00", "8時"), "activities.csv", 2, "HH:MM"),
    ("ends before it begins", edit("activities.csv", "09:00", "07:00"), "activities.csv", 2, "end time"),
    ("bad rule", edit("activities.csv", "BYDAY=1SU", "BYDAY=6SU"), "activities.csv", 2, "BYDAY"),
    ("no day at all", edit("activities.csv", "FREQ=MONTHLY;BYDAY=1SU", ""), "activities.csv", 2, "first day"),
    ("sample unmarked", edit("activities.csv", "（見本）", ""), "activities.csv", 2, "見本"),
    ("mark, no sample", edit("activities.csv", "見本,1\n", "見本,\n"), "activities.csv", 2, "sample"),
    ("no front matter", {"entries/faq/gomi.md": "ごみ\n"}, "entries/faq/gomi.md", 1, "front matter"),
    ("not YAML", edit("entries/faq/gomi.md", "kind: faq", "kind: [faq"), "entries/faq/gomi.md", 4, "YAML"),
    ("a key twice", edit("entries/faq/gomi.md", "kind: faq", "id: other"), "entries/faq/gomi.md", 3, "twice"),
    ("unknown key", edit("entries/faq/gomi.md", "contact:", "kontact:"), "entries/faq/gomi.md", 13, "kontact"),
    ("unknown kind", edit("entries/faq/gomi.md", "kind: faq", "kind: fax"), "entries/faq/gomi.md", 3, "fax"),
    ("unknown district", edit("entries/faq/gomi.md", "[kita]", "[nishi]"), "entries/faq/gomi.md", 1, "nishi"),
    ("bad date", edit("entries/faq/gomi.md", "2026-11-22", "2026-02-30"), "entries/faq/gomi.md", 12, "YYYY-MM-DD"),
    ("unknown contact", edit("entries/faq/gomi.md", "contact: city", "contact: x"), "entries/faq/gomi.md", 1, "desk"),
    ("no source", edit("entries/faq/gomi.md", "title: 村の資料", "title: ''"), "entries/faq/gomi.md", 8, "source"),
    ("bad url", edit("entries/faq/gomi.md", "https://example.jp/", "example"), "entries/faq/gomi.md", 8, "https"),
    ("who translated", edit("entries/faq/gomi.md", "by: machine", "by: cat"), "entries/faq/gomi.md", 18, "cat"),
    ("unknown translation", edit("entries/faq/gomi.md", "  en:", "  xx:"), "entries/faq/gomi.md", 15, "xx"),
    ("no body", edit("entries/faq/gomi.md", "役場に聞いてください。\n", ""), "entries/faq/gomi.md", 20, "body"),
    ("id in two files", edit("entries/faq/dosa.md", "id: dosa", "id: seiso"), "activities.csv", 2, "seiso"),
    ("bad id", edit("entries/faq/dosa.md", "id: dosa", "id: 集会所"), "entries/faq/dosa.md", 2, "a-z"),
    ("nesting", {"entries/x.md": "---\na: " + "[" * 9 + "]" * 9 + "\n---\nb\n"}, "entries/x.md", 2, "deeply"),
    ("deep nesting", {"entries/x.md": "---\na: " + "[" * 50_000 + "\n---\nb\n"}, "entries/x.md", 2, "deep"),
    ("a list as front matter", {"entries/x.md": "---\n- a\n---\nb\n"}, "entries/x.md", 2, "key: value"),
    ("mapping as title", edit("entries/faq/dosa.md", "title: 集会所", "title: {a: b}"), "entries/faq/dosa.md", 4, "text"),
    ("text as source", edit("entries/faq/dosa.md", "source: {title: 村の資料}", "source: 村"), "entries/faq/dosa.md", 6, "source"),
    ("binary entry", {"entries/x.md": b"\x89PNG\r\n\x1a\n\x00"}, "entries/x.md", 0, "binary"),
    ("long title", edit("entries/faq/dosa.md", "title: 集会所", "title: " + "あ" * 201), "entries/faq/dosa.md", 1, "200"),
    ("same body twice", edit("entries/faq/dosa.md", "集会所は北センターのとなりです。", "役場に聞いてください。"), None, None, "says the same"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "file", "line", "word"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_pack_is_named_by_file_line_and_mend(tmp_path, changes, file, line, word):
    folder = write(tmp_path / "mura", {name: text for name, text in (GOOD | changes).items() if text is not None})
    errors = packs.check(folder).errors
    hits = [one for one in errors if word in one.why and file in (None, one.file) and line in (None, one.line)]
    assert hits, [str(one) for one in errors]
    with pytest.raises(BadInputError) as caught:
        packs.load(folder)
    assert str(hits[0]) in caught.value.message


@pytest.mark.parametrize("name", ["missing", "file", "empty"])
def test_what_is_no_pack_at_all_is_named(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(b"\xff\xfe\x00")
    assert packs.check(tmp_path / name).errors
    with pytest.raises(BadInputError):
        packs.load(tmp_path / name)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(GOOD)), garbage=st.binary(max_size=200), place=st.integers(0, 400))
def test_garbage_anywhere_is_reported_never_raised(tmp_path, name, garbage, place):
    folder = tmp_path / "mura"
    shutil.rmtree(folder, ignore_errors=True)
    whole = GOOD[name].encode()
    write(folder, GOOD | {name: whole[:place] + garbage + whole[place:]})
    report = packs.check(folder)
    if report.errors:
        with pytest.raises(BadInputError):
            packs.load(folder)
    else:
        packs.load(folder)


def test_a_file_that_cannot_be_read_is_named(mura):
    (mura / "entries" / "folder.md").mkdir()
    assert any("cannot be read" in one.why for one in packs.check(mura).errors)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path, mura):
    files = {name: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for name, text in GOOD.items()}
    assert packs.load(write(tmp_path / "windows", files)) == packs.load(mura)


def test_another_municipalitys_code_is_a_warning(tmp_path):
    lines = GOOD["activities.csv"].split("\n")
    table = f"都道府県コード又は市区町村コード,{lines[0]}\n111111,{lines[1]}\n"
    folder = write(tmp_path / "mura", GOOD | {"activities.csv": table})
    report = packs.check(folder)
    assert not report.errors
    assert [(one.file, one.line) for one in report.warnings] == [("activities.csv", 2)]


def test_columns_we_do_not_know_come_back(tmp_path):
    lines = GOOD["activities.csv"].split("\n")
    table = f"{lines[0]},備考,駐輪場\n{lines[1]},持ち物: 軍手,あり\n"
    folder = write(tmp_path / "mura", GOOD | {"activities.csv": table})
    pack = packs.load(folder)
    seiso = next(entry for entry in pack.entries if entry.id == "seiso")
    assert seiso.extra == {"備考": "持ち物: 軍手", "駐輪場": "あり"}
    packs.dump(pack, tmp_path / "out")
    assert packs.load(tmp_path / "out") == pack


@pytest.mark.parametrize("city", ["fuji", "tomioka"])
def test_the_shipped_packs_come_back_byte_for_byte(city, tmp_path):
    pack = packs.load(PACKS / city)
    packs.dump(pack, tmp_path / "out")
    assert packs.load(tmp_path / "out") == pack
    files = [path for path in (PACKS / city).rglob("*") if path.is_file() and path.name != vector_file.NAME]
    shipped = {path.relative_to(PACKS / city): path.read_bytes() for path in files}
    written = {p.relative_to(tmp_path / "out"): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert written == shipped


def test_an_export_never_mixes_with_what_is_there(mura):
    with pytest.raises(BadInputError, match="empty"):
        packs.dump(packs.load(mura), mura)


@given(
    st.lists(
        st.text(alphabet='あa;\\," ', min_size=1).map(str.strip).filter(bool).filter(lambda t: not t.endswith("\\"))
    )
)
def test_lists_in_a_cell_come_back(values):
    assert split(join(tuple(values))) == tuple(values)


def test_alike_is_measured_in_three_characters():
    assert jaccard(trigrams("ごみの日はいつ"), trigrams("ごみの 日は\nいつ")) == 1.0
    assert jaccard(trigrams("あいうえお"), trigrams("かきくけこ")) == 0.0
    assert jaccard(trigrams("abcd"), trigrams("abce")) == pytest.approx(1 / 3)


# --- any pack, not only ours -------------------------------------------------------------------------------

words = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn", "Co")), min_size=1, max_size=12
    )
    .map(str.strip)
    .filter(lambda text: bool(text) and "見本" not in text and not text.endswith("\\") and "\ufeff" not in text)
)
bodies = st.lists(words, min_size=1, max_size=3).map("\n".join)
lists = st.lists(words, max_size=3).map(tuple)
maybe_days = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))
sources = st.builds(Source, words, st.none() | st.just("https://example.jp/a?b=c&d=1"), maybe_days)
translations = st.dictionaries(
    st.sampled_from(LANGUAGES),
    st.builds(Translation, words, bodies, lists, st.sampled_from(["human", "machine"])),
    max_size=2,
)
activities = st.builds(
    Activity,
    rule=st.sampled_from(["FREQ=WEEKLY;BYDAY=SA", "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1SU"]),
    starts_on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    start=st.none() | st.just(time(8, 30)),
    place=words | st.just(""),
    lat=st.none() | st.just(35.123456),
    capacity=st.none() | st.integers(0, 999),
    booked=st.none() | st.integers(0, 999),
    apply_by=maybe_days,
    fee=words | st.just(""),
    state=st.sampled_from(STATES),
    state_scope=st.sampled_from(["all", "next"]),
    state_note=words | st.just(""),
    numbered=st.booleans(),
)  # fmt: skip


@st.composite
def any_entry(draw, name: str) -> Entry:
    kind = draw(st.sampled_from([kind for kind in KINDS if kind != "desk"]))
    return Entry(
        id=name,
        kind=kind,
        title=draw(words),
        body=draw(bodies) + name,
        source=draw(sources),
        questions=draw(lists),
        districts=draw(st.sampled_from([(), ("kita",), ("kita", "minami")])),
        keywords=draw(lists),
        aliases=draw(lists),
        valid_to=draw(maybe_days),
        owner=draw(words | st.just("")),
        contact=draw(st.none() | st.just("city")),
        checked_on=draw(maybe_days),
        audience=draw(st.sampled_from(AUDIENCES)),
        translations=dict(sorted(draw(translations).items())),
        family="f",
        extra={"備考": draw(words)} if draw(st.booleans()) else {},
        activity=draw(activities) if kind == "activity" else None,
        shelter=Shelter(hazards=("flood", "tsunami"), capacity=20, associations=("一区", "二区"))
        if kind == "shelter"
        else None,
    )


@st.composite
def any_pack(draw) -> Pack:
    desks = (
        Desk("city", draw(words), draw(sources), phone=draw(st.none() | st.just("0545-00-0000")), note=draw(bodies)),
    )
    found = [draw(any_entry(f"e{number}")) for number in range(draw(st.integers(0, 4)))]
    return Pack(
        Municipality("mura", draw(words), "999999", draw(words), draw(words), {"desk": "city"}, {"語 x": draw(words)}),
        (
            District("kita", "北", "きた", "協議会", "センター", lat=35.5, lon=138.25),
            District("minami", "南", "みなみ", "協", "セ"),
        ),
        desks,
        tuple(sorted([*found, *map(desk_entry, desks)], key=order)),
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(pack=any_pack())
def test_any_pack_comes_back_equal(tmp_path, pack):
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    packs.dump(pack, out)
    assert packs.load(out) == pack
