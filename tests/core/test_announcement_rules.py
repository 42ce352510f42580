"""What may not be told to a district: several wordings of each, and what only looks like it."""

from __future__ import annotations

import pytest

from bot.core import announcement_rules as rules

REFUSED = {
    "death": (
        "訃報のお知らせ",
        "3組の山田太郎様が11月20日に逝去されました。",
        "元会長の佐野さん(89歳)がお亡くなりになりました。",
        "下記のとおり告別式を執り行います。",
        "お通夜 11月23日 午後6時から セレモニーホール",
        "葬儀は11月24日 午前11時からです。",
        "病気療養中のところ永眠いたしました。喪主は長男です。",
        "2組の奥様が亡くなりました。",
        "1組 鈴木一郎様(85歳) 11月20日お亡くなりになりました。",
        "告別式 11月24日(火) 11時 市の斎場",
        "故人の遺志により、香典はご辞退します。",
    ),
    "roster": (
        "ごみ当番表\n12月1日 鈴木\n12月8日 田中\n12月15日 佐藤",
        "来週の掃除当番は、望月さんです。",
        "清掃当番のお知らせ\n11月29日 山田太郎",
        "公園の輪番\n第1週 高橋 花子",
        "当番:渡辺様、伊藤様",
        "ゴミステーション当番 スミスさん",
        "12月のゴミ当番: 望月",
        "草刈り当番\n1班 渡辺・稲葉",
        "当番表\n12/1 やまださん",
    ),
    "unpaid": (
        "会費未納者のお知らせ",
        "町内会費の未納世帯が3軒あります。",
        "自治会費を滞納している方は次のとおりです。会費滞納者一覧を回します。",
        "区費を払っていない人がいます。",
        "3組の会費未納は2件です。",
        "会費のお願い\n山田さんはまだ未納です。",
        "負担金未払い者の名簿",
        "組費未納の方 2名",
        "町会費がまだの家: 3組の田中さん",
        "会費が未納になっている3軒のお宅へ",
    ),
}
ALLOWED = (
    "終活講座のご案内。葬儀の費用やマナーについて学びます。",
    "おくやみ窓口は市役所1階です。",
    "戦没者追悼式を11月29日に行います。",
    "葬儀場の駐車場をお借りして、防災訓練を行います。",
    "大切な人を亡くした方の集い",
    "清掃当番のお願い\n12月1日 1班\n12月8日 2班\n問い合わせ: 会長 鈴木 (電話)",
    "ごみ当番の皆さんは、7時に集まってください。班長さんが案内します。",
    "公園清掃の当番は、今泉と吉永の班です。場所は佐藤公園です。",
    "講師は山田太郎さんです。",
    "当番医は佐藤医院です。図書館の当番は高橋町内会です。",
    "清掃当番に当たった方は、お休みの連絡を田中会長へ。",
    "当番は、吉田と高田の順です。松本公園は2班です。",
    "交通事故で亡くなった方が増えています。通夜祭の前夜祭があります。",
    "会費の納入をお願いします。まだの方は、11月30日までに組長へお願いします。",
    "会費の未納の方は、組長へお納めください。",
    "町内会費についてのご質問にお答えします。",
)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in REFUSED.items() for text in texts])
def test_refused_with_a_reason_and_another_way(rule, text):
    found = rules.refusals("お知らせ", text)
    assert [one.rule for one in found] == [rule]
    assert "送れません" in found[0].why
    assert found[0].instead.endswith("ください。")


@pytest.mark.parametrize("text", ALLOWED)
def test_what_only_looks_like_it_may_go_out(text):
    assert rules.refusals("お知らせ", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "市議会議員選挙の投票日は11月29日です。",
        "○○候補の個人演説会を公民館で開きます。",
        "期日前投票に行きましょう。",
        "市議の山田氏の後援会からのお知らせ",
        "立憲民主党の集会",
        "市長に立候補する方の話を聞く会",
        "市長選の立候補予定者説明会",
        "県議 山田太郎を励ます会",
    ],
)
def test_elections_wait_for_the_city(text):
    assert rules.held_for_city("お知らせ", text)


@pytest.mark.parametrize(
    "text",
    [
        "町内会の役員選挙を行います。",
        "まつりの名前の人気投票をします。",
        "アンケートで投票してください。",
        "抽選に当選した方へ",
        "会長に立候補する方は、事務局へ。",
        "サッカー少年団の後援会 総会",
    ],
)
def test_what_a_council_chooses_by_itself_does_not_wait(text):
    assert rules.held_for_city("お知らせ", text) is None


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("〇月〇日(〇)に行います。", "〇月〇"),
        ("場所は○○公園です。", "○○公園です"),
        ("○時から", "○時"),
        ("二〇二六年", None),
        ("対象: ○ 大人 × 子ども", None),
    ],
)
def test_a_gap_left_in_an_example_is_seen(text, gap):
    assert rules.gap(text) == gap
