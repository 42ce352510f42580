"""Entries in the console: written, refused with everything kept, looked at, published, checked, taken from questions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.models import Entry, UnansweredQuestion
from bot.services import entry_editing as editing
from bot.services import unanswered
from tests.support.console import Account, Office, text_of

FORM = {
    "kind": "faq",
    "title": "ドローンを飛ばしたい",
    "body": "公園では飛ばせません。",
    "questions": "ドローンを飛ばしたい\nどろーんは だめ?",
    "keywords": "ドローン、無人機",
    "source_title": "公園の決まり",
    "checked_on": "2026-11-20",
}


@pytest.fixture
def city(office: Office) -> Account:
    return office.hire("city", name="市民協働課")


def entry(office: Office, key: str) -> Entry:
    with office.context.database.read() as session:
        return session.scalars(select(Entry).where(Entry.municipality_id == "fuji", Entry.key == key)).one()


def newest(office: Office) -> Entry:
    with office.context.database.read() as session:
        return session.scalars(select(Entry).order_by(Entry.id.desc()).limit(1)).one()


def test_written_looked_at_published_and_withdrawn(office: Office, city: Account):
    visitor = office.visit(city)
    made = visitor.post("/console/fuji/entries/new", FORM)
    row = newest(office)
    assert made.location.endswith(f"/entries/{row.id}")
    assert (row.published, row.data["keywords"]) == (False, ["ドローン", "無人機"])
    page = visitor.get(made.location)
    assert "公園では飛ばせません。" in page.text
    assert "data-messages" in page.text
    assert row.title in text_of(visitor.get("/console/fuji/entries?view=draft"))
    assert "まだ出していない記事が1件あります" in text_of(visitor.get("/console/fuji/"))
    visitor.post(f"{made.location}/publish", {"version": "1"})
    assert "出ています" in text_of(visitor.get(made.location))
    visitor.post(f"{made.location}/withdraw")
    assert "出していません" in text_of(visitor.get(made.location))
    history = text_of(visitor.get(f"{made.location}/history"))
    assert history.count("市民協働課") >= 3


def test_what_is_wrong_is_named_and_nothing_typed_is_lost(office: Office, city: Account):
    visitor = office.visit(city)
    bad = FORM | {"title": "", "source_url": "javascript:alert(1)", "valid_to": "2026-02-30", "questions": "あ" * 101}
    page = visitor.post("/console/fuji/entries/new", bad)
    assert page.status_code == 400
    for words in ("見出しを入れてください", "https:// から始まる", "使いおわる日を選んでください", "長すぎます"):
        assert words in page.text
    assert "公園では飛ばせません。" in page.text
    wrong = FORM | {"valid_from": "2026-12-02", "valid_to": "2026-12-01"}
    assert "始まりより前です" in visitor.post("/console/fuji/entries/new", wrong).text
    assert "見本の記事だけ" in visitor.post("/console/fuji/entries/new", FORM | {"title": "祭り(見本)"}).text
    empty = visitor.post("/console/fuji/entries/new", FORM | {"body": "", "source_title": ""})
    visitor.post(f"{empty.location}/publish", {"version": "1"})
    assert "答えと出典の名前を書いてください" in text_of(visitor.get(empty.location))


def test_the_second_of_two_editors_sees_both_texts(office: Office, city: Account):
    row = entry(office, "gomi-basho")
    first, second = office.visit(city), office.visit(office.hire("city", name="別の人"))
    assert "まだだれも直していません" in text_of(first.get(f"/console/fuji/entries/{row.id}/history"))
    address = f"/console/fuji/entries/{row.id}/edit"
    form = FORM | {"title": row.title, "source_title": "出典", "version": str(row.version)}
    assert first.post(address, form | {"body": "一人目の答え。"}).status_code == 302
    refused = second.post(address, form | {"body": "二人目の答え。"})
    assert refused.status_code == 409
    assert "一人目の答え。" in refused.text
    assert "市民協働課さんが先に保存した内容" in text_of(refused)
    assert "二人目の答え。" in refused.text
    again = second.post(address, form | {"body": "二人目の答え。", "version": str(row.version + 1)})
    assert again.status_code == 302
    history = text_of(first.get(f"/console/fuji/entries/{row.id}/history"))
    assert "一人目の答え。" in history
    assert "読み込んだファイル" in history


def test_translations_go_with_the_japanese_unless_somebody_says_they_hold(office: Office, city: Account):
    visitor, row = office.visit(city), entry(office, "gomi-basho")
    data = row.data
    form = FORM | {"title": row.title, "body": data["body"], "source_title": "出典", "version": str(row.version)}
    address = f"/console/fuji/entries/{row.id}/edit"
    visitor.post(address, form)
    assert "en" in entry(office, "gomi-basho").data["translations"]
    visitor.post(address, form | {"version": "2", "body": "別の答え。", "keep_translations": "1"})
    assert "en" in entry(office, "gomi-basho").data["translations"]
    page = visitor.post(
        address,
        form | {"version": "3", "body": "まったく別の答え。", "easy_title": "ごみ", "easy_body": "きいて ください。"},
        follow_redirects=True,
    )
    assert "古くなったほかの言葉の訳を外しました" in page.text
    kept = entry(office, "gomi-basho").data["translations"]
    assert (set(kept), kept["easy-ja"]["by"]) == ({"easy-ja"}, "human")


def test_the_preview_is_what_the_chat_says(office: Office, city: Account):
    visitor = office.visit(city)
    shown = visitor.post("/console/fuji/entries/preview", FORM).get_json()["messages"]
    assert shown[0]["text"].startswith("公園では飛ばせません。")
    assert "公園の決まり" in shown[0]["text"]
    assert visitor.post("/console/fuji/entries/preview", {}).status_code == 200
    assert visitor.post("/console/fuji/entries/preview", FORM | {"body": "あ" * 6000}).status_code == 400


def test_a_question_is_added_to_the_entry_that_answers_it(office: Office, city: Account):
    visitor, row = office.visit(city), entry(office, "gomi-basho")
    with office.context.database.write() as session:
        asked = unanswered.note(session, "fuji", "ごみの あみは どこ", "ja", office.context.clock())
    page = visitor.get("/console/fuji/questions")
    assert "ごみの あみは どこ" in page.text
    form = visitor.get(f"/console/fuji/entries/{row.id}/edit?question={asked.id}")
    assert "ごみの あみは どこ" in form.text
    saved = FORM | {"title": row.title, "body": row.data["body"], "source_title": "出典", "version": str(row.version)}
    saved |= {"questions": "\n".join([*row.data["questions"], asked.text]), "question": str(asked.id)}
    assert visitor.post(f"/console/fuji/entries/{row.id}/edit", saved).status_code == 302
    with office.context.database.read() as session:
        done = session.get(UnansweredQuestion, asked.id)
        assert (done.state, done.entry_id) == ("done", row.id)
    assert "ごみの あみは どこ" in visitor.get("/console/fuji/questions?state=done").text


def test_checked_today_ends_the_asking(office: Office, city: Account):
    row = entry(office, "gomi-basho")
    with office.context.database.write() as session:
        changed = session.get(Entry, row.id)
        long_ago = (office.context.clock() - timedelta(days=500)).date().isoformat()
        changed.data = {**changed.data, "checked_on": long_ago}
        editing.raise_version(session, "fuji")
    visitor = office.visit(city)
    assert "確かめてほしい記事が1件あります" in text_of(visitor.get("/console/fuji/"))
    assert "変わっているかもしれません" in visitor.get(f"/console/fuji/entries/{row.id}").text
    due = visitor.get("/console/fuji/entries?view=due")
    assert row.title in due.text
    after = visitor.post(f"/console/fuji/entries/{row.id}/check", {"back": "due"}, follow_redirects=True)
    assert "いまはありません" in after.text
    assert entry(office, "gomi-basho").edited_at is None


def test_who_may_not_publish_is_told_who_may(office: Office, city: Account):
    helper = office.visit(office.hire("district_staff", "今泉"))
    made = helper.post("/console/fuji/entries/new", FORM | {"districts": str(office.district("今泉"))})
    page = text_of(helper.get(made.location))
    assert "出すのは、座長か市の担当です" in page
    assert "この記事を出す" not in page
    refused = helper.post("/console/fuji/entries/new", FORM)
    assert refused.status_code == 403
    assert "市全体の記事を書く役割がありません" in refused.text
    assert FORM["body"] in refused.text
    office.visit(city).post(f"{made.location}/publish", {"version": "1"})
    assert helper.get(f"{made.location}/edit").status_code == 403


def test_a_file_that_changed_too_is_shown_and_chosen(office: Office, city: Account):
    with office.context.database.write() as session:
        row = session.scalars(select(Entry).where(Entry.municipality_id == "fuji", Entry.key == "gomi-basho")).one()
        ours = replace(editing.content_of(row), body="職員の答え。")
        editing.change(session, row, city.actor, ours, row.version, office.context.clock())
        row.pack_data, row.pack_newer = {**row.data, "body": "ファイルの答え。"}, True
    visitor, address = office.visit(city), f"/console/fuji/entries/{row.id}"
    assert "ファイルの答え。" in visitor.get(address).text
    visitor.post(f"{address}/pack", {"version": "1", "take": "1"})
    assert entry(office, "gomi-basho").data["body"] == "職員の答え。"  # an older page
    visitor.post(f"{address}/pack", {"version": "2", "take": "1"})
    assert entry(office, "gomi-basho").data["body"] == "ファイルの答え。"


def test_a_question_is_tried_on_a_draft(office: Office, city: Account):
    visitor = office.visit(city)
    visitor.post("/console/fuji/entries/new", FORM)
    row = newest(office)
    page = f"/console/fuji/entries/{row.id}"
    assert "出ます。" in text_of(visitor.get(f"{page}?try=ドローンを飛ばしたい"))
    other = text_of(visitor.get(f"{page}?try=燃えるごみの日はいつ"))
    assert "出ません。" in other
    assert "まず119・110" in text_of(visitor.get(f"{page}?try=人が倒れて息をしていません"))
    assert not newest(office).published
    viewer = office.visit(office.hire("viewer"))
    assert "出ます。" not in text_of(viewer.get(f"{page}?try=ドローンを飛ばしたい"))


def test_other_languages_are_written_beside_the_japanese(office: Office, city: Account):
    visitor = office.visit(city)
    visitor.post("/console/fuji/entries/new", FORM)
    row = newest(office)
    page = f"/console/fuji/entries/{row.id}"
    typed = {"version": row.version, "en_title": "Flying a drone", "en_body": "Not in parks.", "en_human": "1"}
    seen = visitor.post(f"{page}/texts/preview", {**typed, "show": "en"}).get_json()["messages"]
    assert seen[0]["text"].startswith("Not in parks.")
    lacking = visitor.post(f"{page}/texts", {"version": row.version, "pt_title": "Drone"})
    assert lacking.status_code == 400
    assert 'value="Drone"' in lacking.text
    visitor.post(f"{page}/texts", typed)
    assert "Not in parks." in visitor.get(f"{page}?lang=en").text
    slower = visitor.post(f"{page}/texts", {**typed, "en_body": "Never."})
    assert slower.status_code == 409
    assert "Never." in slower.text


def test_an_entry_is_copied(office: Office, city: Account):
    visitor = office.visit(city)
    visitor.post("/console/fuji/entries/new", FORM)
    row = newest(office)
    assert FORM["body"] in visitor.get(f"/console/fuji/entries/new?from={row.id}").text


def test_a_facility_is_written_and_an_activity_held_there(office: Office, city: Account):
    visitor = office.visit(city)
    place = {"kind": "facility", "title": "見晴らし会館", "address": "富士市見本町1", "phone": "0545-00-0000"}
    made = visitor.post("/console/fuji/entries/new", FORM | place)
    row = newest(office)
    assert row.data["extra"] == {"住所": "富士市見本町1", "電話番号": "0545-00-0000"}
    assert "富士市見本町1" in visitor.get(made.location).text
    visitor.post(f"/console/fuji/entries/{row.id}/publish", {"version": row.version})
    day = {"title": "清掃", "repeat": "weekly", "weekdays": "SU", "sign_up": "none", "facility": row.id, "place": "1階"}
    visitor.post("/console/fuji/activities/new", day)
    held = newest(office).data["activity"]
    assert (held["place"], held["address"]) == ("見晴らし会館 1階", "富士市見本町1")
    assert visitor.get(f"/console/fuji/entries/{newest(office).id}/edit").status_code == 400
