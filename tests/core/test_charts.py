"""Charts are well-formed, carry their own words, keep their letters readable and never let text become markup."""

from __future__ import annotations

import math
from datetime import date
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from bot.core import chart_maps, charts
from bot.core.chart_maps import Dot, Tile
from bot.core.charts import Bar, Column, Pair

SVG = "{http://www.w3.org/2000/svg}"


def number(element, name):
    return float(element.get(name, "0").removesuffix("%"))


def of(drawn, kind, tag="rect"):
    return [one for one in drawn.iter(f"{SVG}{tag}") if one.get("class") == kind]


def words(drawn):
    return [one.text for one in drawn.iter(f"{SVG}text")]


def test_bars_are_as_long_as_their_shares_and_whiskers_span_their_intervals():
    rows = [Bar("はい", 0.5, 0.4, 0.6, "10人 50%", 0.7), Bar("<b>", 0.25, 0.1, 1.7, "5人 25%")]
    drawn = ET.fromstring(charts.bars("結果", "20人の回答", rows))
    assert [drawn.find(f"{SVG}title").text, drawn.find(f"{SVG}desc").text] == ["結果", "20人の回答"]
    assert [number(one, "width") for one in of(drawn, "c-mark")] == [50, 25]
    spans = [(number(one, "x1"), number(one, "x2")) for one in of(drawn, "c-line", "line")]
    assert spans[0] == (40, 60)
    assert max(x for span in spans for x in span) <= 100  # an interval never leaves the chart
    assert [number(one, "x1") for one in of(drawn, "c-aim", "line")] == [70]
    assert "<b>" in words(drawn)


LABELS = st.text("あア亜aB1 <&", min_size=1, max_size=60)
SHARES = st.floats(0, 1)


@given(st.lists(st.tuples(LABELS, SHARES, LABELS), max_size=6), st.lists(st.floats(0, 9999) | st.none(), max_size=30))
def test_letters_keep_their_size_and_no_line_is_wider_than_a_telephone(rows, values):
    """A chart of bars or columns is never scaled: no viewBox, letters of 14 px or more, label lines that fit 320 px."""
    drawn = [
        charts.bars("t", "d", [Bar(label, share, 0, 1, value[:12]) for label, share, value in rows]),
        charts.pairs("t", "d", [Pair(label, share, None, value[:12]) for label, share, value in rows]),
        charts.columns("t", "d", [Column("11月", one, f"{one:.0f}" if one is not None else "") for one in values]),
        charts.trend("t", "d", [("2026年", round(one or 0)) for one in values], "人"),
    ]
    for picture in map(ET.fromstring, drawn):
        assert picture.get("viewBox") is None
        assert float(picture.get("height")) >= max([number(one, "y") for one in picture.iter(f"{SVG}text")], default=0)
        for one in picture.iter(f"{SVG}text"):
            size = float(one.get("font-size", picture.get("font-size")))
            assert size >= 14
            assert charts.units(one.text or "") * size <= charts.PHONE + 1
            assert 0 <= number(one, "x") <= 100


def test_columns_write_all_numbers_while_there_is_room_and_hide_what_is_not_shown():
    few = ET.fromstring(charts.columns("t", "d", [Column("1月", 4, "4"), Column("2月", None), Column("3月", 8, "8")]))
    assert {"4", "…", "8", "1月", "2月", "3月"} == set(words(few))
    assert [number(one, "height") for one in of(few, "c-mark")] == [75, 150]
    many = ET.fromstring(charts.columns("t", "d", [Column(f"{at}週", at * 100, f"{at * 100:,}件") for at in range(26)]))
    assert "2,500件" in words(many)
    assert "700件" not in words(many)
    assert len([one for one in words(many) if one.endswith("週")]) <= charts.MOST_TICKS
    percent = ET.fromstring(charts.columns("t", "d", [Column("1月", 50, "50%")], most=100))
    assert number(of(percent, "c-mark")[0], "height") == 75


def test_two_shares_stand_side_by_side_on_one_scale():
    drawn = ET.fromstring(charts.pairs("t", "d", [Pair("a", 0.1, 0.2, "x"), Pair("b", 0.4, None, "y")]))
    assert [number(one, "width") for one in of(drawn, "c-mark")] == [25, 100]
    assert [number(one, "width") for one in of(drawn, "c-outline")] == [50]


def test_a_trend_falls_where_the_numbers_fall():
    drawn = ET.fromstring(charts.trend("t", "d", [("2020年", 300), ("2021年", 200), ("2022年", 250)], "人"))
    tops = [number(one, "cy") for one in drawn.iter(f"{SVG}circle")]
    assert tops[0] < tops[2] < tops[1]
    assert len(of(drawn, "c-path", "line")) == 2


def test_groups_differ_in_shape_and_stay_in_the_picture():
    dots = [Dot(group * 3.0, -group, group) for group in range(-1, 5)]
    drawn = ET.fromstring(chart_maps.opinion_map("地図", "6人", dots, ["A", "B"]))
    marks = [one for one in drawn if one.tag in {f"{SVG}circle", f"{SVG}rect", f"{SVG}polygon"}]
    assert len(marks) == 8
    corners = [len(one.get("points", "").split()) for one in marks[:6]]
    assert corners == [0, 0, 0, 3, 4, 12]
    wide = float(drawn.get("viewBox").split()[2])
    assert wide <= charts.PHONE  # a telephone enlarges it and never makes its letters smaller
    assert all(0 <= number(one, "cx") + number(one, "x") <= wide for one in marks)


def test_one_person_or_nobody_is_no_failure():
    assert "circle" in chart_maps.opinion_map("t", "d", [Dot(1, 1, 0)], [])
    assert chart_maps.opinion_map("t", "d", [], []).startswith("<svg")
    assert chart_maps.tiles("t", "d", []).startswith("<svg")
    for draw in (charts.over_time, charts.bars, charts.pairs, charts.columns, charts.trend):
        assert draw("t", "d", []).startswith("<svg")


def test_heaps_keep_apart_and_have_as_many_marks_as_they_are_given():
    centres, marks = [(0.0, 0.0), (1.0, 0.0), (0.9, 0.1)], [60, 9, 11]
    dots = chart_maps.crowds(centres, marks)
    assert [sum(dot.group == group for dot in dots) for group in range(3)] == marks
    assert len({(dot.x, dot.y) for dot in dots}) == 80
    for dot in dots:
        near = [math.dist((dot.x, dot.y), centre) for centre in centres]
        assert near.index(min(near)) == dot.group
    assert chart_maps.crowds([(0.0, 0.0), (0.0, 0.0)], [1, 1])[0] == Dot(0.0, 0.0, 0)


def test_tiles_carry_name_and_number_and_are_shaded_by_their_step():
    found = [Tile(0, 0, "富士見台", "23人", 4), Tile(4, 1, "七日市黒川", "5人未満", 0)]
    drawn = ET.fromstring(chart_maps.tiles("地区", "2地区", found))
    assert {"富士見台", "23人", "七日市黒", "川", "5人未満"} == set(words(drawn))
    shades = [number(one, "fill-opacity") for one in of(drawn, "c-tile")]
    assert shades[0] > shades[1] == 0
    assert [chart_maps.step_of(value, 8) for value in (0, 1, 2, 3, 4, 6, 8)] == [0, 1, 1, 2, 2, 3, 4]
    assert chart_maps.step_of(3, 0) == 0


def test_columns_over_days():
    days = [(date(2026, 11, 1), 4), (date(2026, 11, 2), 0), (date(2026, 11, 3), 2)]
    drawn = ET.fromstring(charts.over_time("参加", "6人", days))
    assert [number(one, "height") for one in of(drawn, "c-mark")] == [150, 0, 75]
    assert {"11/1", "11/3", "4人"} <= set(words(drawn))


def test_no_style_and_no_colour_stands_in_a_chart():
    """The pages' policy allows no inline style, and the colours are the visitor's choice."""
    made = [
        charts.bars("t", "d", [Bar("a", 1, 1, 1, "", 0.5)]),
        charts.pairs("t", "d", [Pair("a", 1, 1, "")]),
        charts.trend("t", "d", [("a", 1), ("b", 2)]),
        chart_maps.tiles("t", "d", [Tile(0, 0, "a", "1")]),
        chart_maps.opinion_map("t", "d", [Dot(0, 0, 1)], ["A"]),
    ]
    assert not [one for one in made if "style=" in one or "#" in one]


def test_a_name_too_long_for_its_tile_ends_within_it():
    made = ET.fromstring(chart_maps.tiles("図", "説明", [Tile(0, 0, "町" * 300, "12人")]))
    words = [one for one in made.iter() if one.tag.endswith("text")]
    assert len(words) == chart_maps.TILE_LINES + 1
    assert all(0 < float(one.get("y", "0")) < chart_maps.TILE_HIGH for one in words)
    assert "".join(words[-2].itertext()).endswith("…")
