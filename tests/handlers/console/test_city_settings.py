"""What a city decides, and the state of its machine: told, changed by the right people, kept over a pack."""

from __future__ import annotations

from datetime import timedelta

from bot.models import Heartbeat, Municipality
from bot.now import real_now
from bot.services import city_rules, knowledge, machine, reports
from bot.services.context import Context
from content import packs
from tests.support.console import Office, text_of
from tests.support.places import REPOSITORY

WORDS = {
    "done": "できました", "will_do": "やります", "partly": "一部やります", "studying": "考え中",
    "locally": "地域でやります", "cannot": "できません", "elsewhere": "ほかへ伝えました",
}  # fmt: skip


def test_the_citys_words_and_terms_stay_when_a_pack_is_loaded(cities: Context) -> None:
    office = Office(cities)
    city, viewer = office.visit(office.hire("city")), office.visit(office.hire("viewer"))
    page = text_of(city.get("/console/fuji/settings"))
    assert "26地区" in page
    assert "0分あとに送る" in page
    form = {f"word_{kind}": word for kind, word in WORDS.items()}
    wrong = city.post("/console/fuji/settings/words", {**form, "word_done": ""})
    assert wrong.status_code == 400
    assert "「対応済」の言葉" in text_of(wrong)
    assert "ほかへ伝えました" in wrong.get_data(as_text=True)
    assert "同じ言葉が2つ" in text_of(city.post("/console/fuji/settings/words", {**form, "word_done": "考え中"}))
    assert viewer.post("/console/fuji/settings/words", form).status_code == 403
    assert city.post("/console/fuji/settings/words", form).status_code == 302
    days = {f"days_{kind}": "200" for kind in city_rules.CHECKED}
    assert city.post("/console/fuji/settings/checks", {**days, "days_desk": "3"}).status_code == 400
    assert city.post("/console/fuji/settings/checks", days).status_code == 302
    with cities.database.write() as session:
        knowledge.load_pack(session, packs.load(REPOSITORY / "content" / "packs" / "fuji"), real_now())
    with cities.database.read() as session:
        assert reports.words(session, "fuji") == WORDS
        row = session.get_one(Municipality, "fuji")
        assert set(city_rules.check_days(row).values()) == {200}
        assert row.facts["thresholds"]["show_from"] == 10.0


def test_the_machine_says_what_is_missing(cities: Context) -> None:
    office = Office(cities)
    visitor = office.visit(office.hire("admin"))
    assert "まだ1度もありません" in text_of(visitor.get("/console/fuji/health"))
    machine.backed_up(cities.database, real_now())
    page = text_of(visitor.get("/console/fuji/health"))
    assert "2日より新しいバックアップがありません" not in page
    assert "ディスクの空き" in page
    with cities.database.write() as session:
        session.get_one(Heartbeat, machine.BACKUP).at = real_now() - timedelta(days=3)
    assert "2日より新しいバックアップがありません" in text_of(visitor.get("/console/fuji/health"))
    with cities.database.read() as session:
        seen = machine.look(session, cities.settings.model_copy(update={"min_free_mb": 10**9}), "fuji", real_now())
        assert seen.short
        assert seen.database > 100_000
