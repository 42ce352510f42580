"""The weather agency's telegrams: what holds in which municipality, and what is not read at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import BadInputError
from content.formats import jma
from content.formats.jma import WeatherWarning
from tests.support.places import SHARED
from tests.support.weather import ELSEWHERE, FUJI, TOMIOKA, feed, telegram

AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def test_each_municipality_has_its_own_warnings():
    read = jma.telegram(
        telegram(
            AT,
            {
                FUJI: [("大雨特別警報", "発表"), ("雷注意報", "継続"), ("洪水警報", "解除")],
                TOMIOKA: [],
                ELSEWHERE: [("大雨警報", "特別警報から警報")],
            },
        )
    )
    assert (read.title, read.status, read.act, read.reported_at) == ("気象警報・注意報（Ｈ２７）", "通常", "発表", AT)
    (fuji,) = read.of("222101")
    assert fuji.warnings == (WeatherWarning("大雨特別警報", 5), WeatherWarning("雷注意報", 2))
    assert [area.warnings for area in read.of("102105")] == [()]
    assert [area.name for area in read.of("221007")] == ["静岡市北部"]  # a part counts as its municipality
    assert read.of("131016") == ()
    assert read.problems == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("レベル５大雨特別警報", WeatherWarning("大雨特別警報", 5)),
        ("レベル4土砂災害危険警報", WeatherWarning("土砂災害危険警報", 4)),
        ("高潮危険警報", WeatherWarning("高潮危険警報", 4)),
        ("大雨警報（土砂災害）", WeatherWarning("大雨警報(土砂災害)", 3)),
        ("乾燥注意報", WeatherWarning("乾燥注意報", 2)),
    ],
)
def test_the_strength_is_read_from_the_name(name, expected):
    read = jma.telegram(telegram(AT, {FUJI: [(name, "発表")]}))
    assert read.areas[0].warnings == (expected,)


def test_what_cannot_be_read_is_said_with_its_row():
    data = telegram(AT, {FUJI: [("大雨警報", "発表")], TOMIOKA: [("なぞの知らせ", "発表")], ("町", ""): []})
    read = jma.telegram(data)
    assert [(one.row, one.column) for one in read.problems] == [(3, "Kind/Name"), (4, "Area/Code")]
    assert read.of("222101")[0].warnings


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><Report>&c;</Report>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "XML"),
        (telegram(AT, {FUJI: []})[:400], "XML"),
        (b"PK\x03\x04not xml", "XML"),
        (BOMB, "エンティティ"),
        (b"<html><body>404</body></html>", "電文"),
        (telegram(AT, {}, title="震度速報"), "震度速報"),
        (feed([]), "フィード"),
        (telegram(AT, {}).replace(AT.isoformat().encode(), b"yesterday"), "yesterday"),
        (b"<a>" + b" " * jma.MOST_BYTES, "大きすぎます"),
    ],
)
def test_anything_else_is_refused_with_a_clear_word(data, words):
    with pytest.raises(BadInputError, match=words):
        jma.telegram(data)


def test_the_feed_names_telegrams():
    items = jma.feed(feed([("気象警報・注意報（Ｈ２７）", "https://jma.example/1.xml", AT), ("震度速報", "", AT)]))
    assert [(one.title, one.link, one.updated) for one in items] == [
        ("気象警報・注意報（Ｈ２７）", "https://jma.example/1.xml", AT)
    ]
    with pytest.raises(BadInputError, match="Atom"):
        jma.feed(telegram(AT, {}))


@pytest.mark.shared
def test_the_agencys_own_samples():
    folder = SHARED / "data" / "opendata" / "jma"
    tokyo = jma.telegram((folder / "15_13_01_161226_VPWW54.xml").read_bytes())
    assert len(tokyo.areas) == 62
    assert tokyo.of("134210")[0].warnings[0] == WeatherWarning("大雨特別警報", 5)
    assert {one.name for one in tokyo.of("131024")[0].warnings} == {"暴風警報", "波浪警報"}
    slides = jma.telegram((folder / "17_01_01_190529_VXWW50.xml").read_bytes())
    assert (slides.family, len(slides.areas)) == ("landslide", 60)
    assert sum(bool(area.warnings) for area in slides.areas) == 25
    assert slides.of("222101") == tokyo.of("222101") == ()
