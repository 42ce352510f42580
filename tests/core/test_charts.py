"""Charts are well-formed, carry their own words, and never let text become markup."""

from __future__ import annotations

import math
from datetime import date
from xml.etree import ElementTree as ET

from bot.core import charts

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_long_as_their_shares_and_whiskers_span_their_intervals():
    rows = [charts.Bar("はい", 0.5, 0.4, 0.6, "10人 50%"), charts.Bar("<b>", 0.25, 0.1, 1.7, "5人 25%")]
    drawn = ET.fromstring(charts.bars("結果", "20人の回答", rows))
    assert [drawn.find(f"{SVG}title").text, drawn.find(f"{SVG}desc").text] == ["結果", "20人の回答"]
    widths = [float(one.get("width")) for one in drawn.iter(f"{SVG}rect") if one.get("fill") == charts.MARKS[0]]
    assert widths[0] == 2 * widths[1]
    lines = [(float(one.get("x1")), float(one.get("x2"))) for one in drawn.iter(f"{SVG}line")]
    assert abs((lines[0][1] - lines[0][0]) - 0.4 * widths[0]) < 0.2
    assert max(x for line in lines for x in line) <= 16 + 2 * widths[0]  # an interval never leaves the chart
    assert "<b>" in [one.text for one in drawn.iter(f"{SVG}text")]


def test_groups_differ_in_shape_and_stay_in_the_picture():
    dots = [charts.Dot(group * 3.0, -group, group) for group in range(-1, 5)]
    drawn = ET.fromstring(charts.opinion_map("地図", "6人", dots, ["A", "B"]))
    marks = [one for one in drawn if one.tag in {f"{SVG}circle", f"{SVG}rect", f"{SVG}polygon"}]
    assert len(marks) == 8
    corners = [len(one.get("points", "").split()) for one in marks[:6]]
    assert corners == [0, 0, 0, 3, 4, 12]
    assert all(0 <= float(one.get("cx", one.get("x", 0))) <= charts.WIDTH for one in marks)


def test_one_person_or_nobody_is_no_failure():
    assert "circle" in charts.opinion_map("t", "d", [charts.Dot(1, 1, 0)], [])
    assert charts.opinion_map("t", "d", [], []).startswith("<svg")
    assert charts.over_time("t", "d", []).startswith("<svg")
    assert charts.bars("t", "d", []).startswith("<svg")


def test_heaps_keep_apart_and_have_as_many_marks_as_they_are_given():
    centres, marks = [(0.0, 0.0), (1.0, 0.0), (0.9, 0.1)], [60, 9, 11]
    dots = charts.crowds(centres, marks)
    assert [sum(dot.group == group for dot in dots) for group in range(3)] == marks
    assert len({(dot.x, dot.y) for dot in dots}) == 80
    for dot in dots:
        near = [math.dist((dot.x, dot.y), centre) for centre in centres]
        assert near.index(min(near)) == dot.group
    assert charts.crowds([(0.0, 0.0), (0.0, 0.0)], [1, 1])[0] == charts.Dot(0.0, 0.0, 0)


def test_columns_over_time():
    days = [(date(2026, 11, 1), 4), (date(2026, 11, 2), 0), (date(2026, 11, 3), 2)]
    drawn = ET.fromstring(charts.over_time("参加", "6人", days))
    heights = [float(one.get("height")) for one in drawn.iter(f"{SVG}rect")]
    assert heights == [184, 0, 92]
    assert {"11/1", "11/3"} <= {one.text for one in drawn.iter(f"{SVG}text")}


def test_no_style_attribute_needs_an_exception_of_the_policy():
    assert "style=" not in charts.bars("t", "d", [charts.Bar("a", 1, 1, 1, "")])
