"""The checker of やさしい日本語: what it must see, with the place and a suggestion, and what it must leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from content import plain_japanese_words as words
from content.packs import load
from content.plain_japanese import Finding, check


def rules(text: str) -> set[str]:
    return {finding.rule for finding in check(text)}


def one(text: str, rule: str) -> Finding:
    return next(finding for finding in check(text) if finding.rule == rule)


@pytest.mark.parametrize(
    ("rule", "bad", "place", "good"),
    [
        ("long_sentence", "きょうは たくさんの 人が あつまって みんなで いっしょに まちの 道や 川や 公園を きれいに そうじを することに なりました。", "きょう", "きょうは 道を そうじします。みんなで します。"),
        ("many_parts", "朝、昼、夜、いつでも いいです。", "朝", "朝と 昼に あります。"),
        ("many_kanji", "地区全体清掃活動参加者集合場所変更です。", "地区", "地区の そうじです。場所が 変わります。"),
        ("ending", "集まる所は駅だ。", "駅だ", "集まる所は駅です。"),
        ("ending", "公園に行く。", "行く", "公園に行きますか?"),
        ("double_negation", "来られないわけではありません。", "ないわけではありません", "来ることも できます。"),
        ("double_negation", "中止せざるを得ません。", "ざるを得ません", "中止します。"),
        ("keigo", "お越しください。", "お越しください", "来てください。"),
        ("keigo", "案内させていただきます。", "させていただきます", "案内します。"),
        ("passive", "祭りは公園で開催されます。", "開催されます", "市が 祭りを 公園で 開きます。"),
        ("passive", "集会が行われます。", "行われます", "集会を します。"),
        ("doing", "清掃を行います。", "清掃を行います", "そうじを します。"),
        ("important", "早く逃げることが大切です。", "ことが大切", "早く 逃げてください。"),
        ("nouns", "書類の提出について", "書類の提出について", "紙を 出してください。"),
        ("office", "水を持参してください。", "持参", "水を 持ってきてください。"),
        ("office", "速やかに動いてください。", "速やかに", "すぐに 動いてください。"),
        ("loan", "キャンセルは電話でします。", "キャンセル", "やめるときは 電話を してください。"),
        ("short", "HPを見てください。", "HP", "ホームページを 見てください。"),
        ("short", "まち協に聞いてください。", "まち協", "まちづくり協議会(きょうぎかい)に 聞いてください。"),
        ("reading", "町内会に入ります。", "町内会", "町内会(ちょうないかい)に 入ります。"),
        ("long_word", "市民課題解決型です。", "市民課題解決型", "市民課題解決型(しみんかだいかいけつがた)です。"),
        ("onomatopoeia", "戸をガタガタします。", "ガタガタ", "いろいろな ものが あります。"),
        ("era", "令和8年12月6日です。", "令和8年", "2026年12月6日です。"),
        ("era", "平成元年です。", "平成元年", "令和8年(2026年)です。"),
        ("wave", "9時〜11時です。", "〜", "9時から 11時までです。"),
        ("wave", "12月6日(日)~8日です。", "~", "わあ〜、すごいです。"),
        ("two_clocks", "午前9時から 14時までです。午後3時に帰ります。", "14時", "午前9時から 午後2時までです。"),
        ("whole", "あ" * 1001, "あ", "あ" * 39),
    ],
)  # fmt: skip
def test_each_rule_sees_and_leaves_alone(rule: str, bad: str, place: str, good: str) -> None:
    found = one(bad, rule)
    assert place in bad[found.start : found.end] or bad[found.start : found.end] in place
    assert found.problem
    assert found.suggestion.endswith("。")
    assert rule not in rules(good)


def test_the_suggestion_says_what_to_write() -> None:
    assert one("水を持参してください。", "office").suggestion == "「持ってくる」と書けます。" or "持ってきて" in one("水を持参してください。", "office").suggestion  # fmt: skip
    assert one("令和8年度の計画です。", "era").suggestion == "「2026年度」と書いてください。"
    assert one("町内会です。", "reading").suggestion == "「町内会(ちょうないかい)」と書いてください。"


def test_enough_words_each_with_something_else_to_write() -> None:
    assert len(words.OFFICE) >= 80
    for table in (words.OFFICE, words.LOAN, words.SHORT, words.KEIGO, words.READINGS):
        assert all(word != said and said for word, said in table.items())


@pytest.mark.parametrize(
    "text", ["", " ", "。", "🔥", "https://example.com/a?令和8年〜HP", "a" * 900, "((((", "\n\n\n"]
)
def test_odd_texts_are_no_fault(text: str) -> None:
    assert rules(text) <= {"long_sentence"}


def test_places_are_inside_the_text_and_in_order() -> None:
    text = "下記のとおり防災訓練を実施いたしますので、ご参集くださいますようお願い申し上げます。\n令和8年12月6日(日) 8:30〜11:00"
    found = check(text)
    assert {"office", "keigo", "era", "wave", "long_sentence"} <= {one.rule for one in found}
    assert [one.start for one in found] == sorted(one.start for one in found)
    assert all(0 <= one.start < one.end <= len(text) for one in found)


@pytest.mark.parametrize("city", ["fuji", "tomioka"])
def test_it_is_quiet_on_what_people_wrote_in_easy_japanese(city: str) -> None:
    """A checker that cries at good texts is switched off in the head: at most one text in ten has a finding."""
    texts = [entry.translations["easy-ja"].body for entry in load(Path("content/packs") / city).entries if "easy-ja" in entry.translations and not entry.family]  # fmt: skip
    assert len(texts) > 20
    assert sum(bool(check(text)) for text in texts) <= len(texts) / 10
