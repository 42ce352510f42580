"""Whatever a pack holds: nothing expired, unpublished, of officers or of another district is ever answered."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.core.answering import consider
from bot.core.asked import Question
from bot.core.knowledge import build
from bot.now import JST
from content import districts as names
from content.packs_model import Desk, District, Entry, Municipality, Source

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=JST)
TODAY = NOW.date()
SOURCE = Source("市のページ", date=date(2026, 4, 1))
CITY = Municipality("mura", "村市", "000000", "県", "村市(見本)", contacts={"desk": "city"})
# Look-alikes of both cities, a river that is a district, and a name that is a word
PLACES = {
    "fuji-kita": ("富士北", "ふじきた"), "fujieki-kita": ("富士駅北", "ふじえききた"), "fuji-minami": ("富士南", "ふじみなみ"),
    "fujieki-minami": ("富士駅南", "ふじえきみなみ"), "yoshinaga": ("吉永", "よしなが"), "yoshinaga-kita": ("吉永北", "よしながきた"),
    "iwamatsu": ("岩松", "いわまつ"), "iwamatsu-kita": ("岩松北", "いわまつきた"), "yoshiwara": ("吉原", "よしわら"),
    "motoyoshiwara": ("元吉原", "もとよしわら"), "fujikawa": ("富士川", "ふじかわ"), "oka": ("丘", "おか"),
}  # fmt: skip
DISTRICTS = tuple(
    District(key, name, kana, f"{name}協議会", f"{name}まちづくりセンター", schools=(f"{name}小学校",))
    for key, (name, kana) in PLACES.items()
)
DESKS = (Desk("city", "市役所 市民協働課", SOURCE), Desk("district-centre", "お住まいの地区のセンター", SOURCE))
MATTERS = ("ごみの収集日", "部屋の借り方", "防犯灯の補助金", "敬老会の年齢", "回覧板の回し方", "公園の使い方")
DAYS = some.integers(-400, 400).map(lambda days: TODAY + timedelta(days=days))


@some.composite
def entries(draw):
    matter = draw(some.sampled_from(MATTERS))
    places = draw(some.lists(some.sampled_from(sorted(PLACES)), max_size=2, unique=True))
    return {
        "title": matter, "questions": (f"{matter}は", matter), "districts": tuple(places),
        "valid_from": draw(some.none() | DAYS), "valid_to": draw(some.none() | DAYS),
        "audience": draw(some.sampled_from(("resident", "resident", "officer", "staff"))),
        "family": draw(some.sampled_from((None, matter))), "kind": draw(some.sampled_from(("faq", "facility"))),
    }  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    held=some.lists(entries(), min_size=1, max_size=12),
    matter=some.sampled_from(MATTERS),
    own=some.none() | some.sampled_from(sorted(PLACES)),
    said=some.none() | some.sampled_from(sorted(PLACES)),
)
def test_only_what_may_be_read_here_and_now_is_answered(held, matter, own, said):
    known = build(
        CITY, DISTRICTS, DESKS,
        [Entry(f"e{number}", fields.pop("kind"), fields.pop("title"), "本文です。", SOURCE, contact="city", **fields)
         for number, fields in enumerate(map(dict, held))],
    )  # fmt: skip
    text = f"{PLACES[said][0]}の{matter}は" if said else f"{matter}は"
    decision = consider(Question(text, NOW, own), known)
    scope = {said} if said else {own} - {None}
    for found in decision.found:
        entry = found.entry
        assert entry.audience == "resident"
        assert entry.valid_from is None or entry.valid_from <= TODAY
        assert entry.valid_to is None or entry.valid_to >= TODAY
        if decision.kind in {"answer", "choose"} and scope:
            assert not entry.districts or scope & set(entry.districts), (text, own, entry)


@settings(max_examples=100, deadline=None)
@given(
    name=some.sampled_from(sorted(PLACES)),
    kana=some.booleans(),
    around=some.sampled_from(("{}の夏祭り", "{}です", "{} ごみ", "{}地区の行事", "{}まちづくりセンター", "うちは{}")),
)
def test_a_look_alike_is_never_taken_for_another(name, kana, around):
    text = around.format(PLACES[name][1 if kana and len(PLACES[name][1]) > 3 else 0])
    assert [one.id for one in names.find(text, DISTRICTS).districts] == [name], text
