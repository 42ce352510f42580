"""The page of a round's opinions: participation while open; then lists, bars, groups, who took part, and files."""

import csv
import io

import pytest
from flask import Flask
from openpyxl import load_workbook

from handlers import public
from tests.support.console import Office, text_of
from tests.support.hearing import CITY
from tests.support.opinions import FEW, TEXTS, Voted


@pytest.fixture
def voted(cities):
    made = Voted(cities)
    made.cast()
    return made


@pytest.fixture
def office(voted):
    return Office(voted.context)


def table(visitor, voted, name):
    answer = visitor.get(f"{voted.address}/file?table={name}&as=csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_while_votes_are_open_there_is_participation_only(office, voted):
    visitor = office.visit(office.hire("chair", "今泉"))
    page = visitor.get(voted.address)
    assert "23 人が回答" in text_of(page)
    assert "それまでは、だれにも見えません" in page.text
    assert not [text for text in TEXTS if text in page.text]
    assert visitor.get(f"{voted.address}/file").status_code == 409
    assert "声への賛成・反対" in visitor.get(voted.address.removesuffix("/opinions")).text


def test_after_the_close_everything_has_its_table_its_n_and_its_file(office, voted):
    voted.population()
    voted.close()
    visitor = office.visit(office.hire("officer", "今泉"))
    page = visitor.get(voted.address)
    said = text_of(page)
    assert page.text.count('role="img"') == 5
    assert page.text.count("世論の割合ではありません") == 8
    assert "答え方の似た人のグループが2つ見えます(A 約15人、B 約10人)" in said
    assert "今泉の人が多めです: 参加した人の65%、人口では4%。" in said
    assert "年代はたずねていない" in said
    assert said.count("に賛成の人が多い") + said.count("に反対の人が多い") == 10
    assert said.count("割合の幅(同じような人にもう一度聞いたときに入りそうな範囲)") == 3
    assert FEW not in page.text
    assert "10人に届かない声が1件" in said

    rows = table(visitor, voted, "statements")
    assert {row[2] for row in rows[1:]} == set(TEXTS) - {FEW}
    assert all(int(row[3]) == sum(map(int, row[4:7])) >= 10 for row in rows[1:])
    who = table(visitor, voted, "districts")[1:]
    assert [row[:3] for row in who] == [["地区", "今泉", "15"], ["地区", "吉原", "8"]]
    assert [row[1] for row in table(visitor, voted, "days")[1:]] == ["23"]
    book = load_workbook(io.BytesIO(visitor.get(f"{voted.address}/file?as=xlsx").get_data()))
    assert book.active.max_row == len(rows)
    old_excel = visitor.get(f"{voted.address}/file?as=cp932")
    assert old_excel.content_type == "text/csv; charset=shift_jis"  # and no second charset that says otherwise
    assert visitor.get(f"{voted.address}/file?as=pdf").status_code == 400
    assert visitor.get(f"{voted.address}/file?table=voters").status_code == 400
    assert visitor.get(voted.address.removesuffix("/opinions") + "/sheet.pdf").get_data().startswith(b"%PDF")
    assert TEXTS[1] in visitor.get(voted.address.removesuffix("/opinions") + "/sheet").text


def test_everybody_sees_the_lists_and_the_sentence_on_groups(voted):
    voted.close()
    app = Flask("public", static_folder=None)
    public.register(app, voted.context)
    page = app.test_client().get(f"/m/{CITY}/round-tables/{voted.hearing.round}")
    assert page.status_code == 200
    said = text_of(page)
    assert "声への賛成・反対" in said
    assert "答え方の似た人のグループが2つ見えます" in said
    assert "世論の割合ではありません" in said


def test_paper_says_who_took_part_where_numbers_stand(office, voted):
    voted.population()
    voted.close()
    visitor = office.visit(office.hire("officer", "今泉"))
    base = voted.address.removesuffix("/opinions")
    line = "答えた人のかたより: 今泉の人が多めです: 参加した人の65%、人口では4%。"
    assert line in visitor.get(f"{base}/sheet").text
    assert voted.sheet().meter.startswith(line)  # what the PDF prints too
    assert line in visitor.get(f"{base}/newsletter").text
