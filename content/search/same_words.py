"""Words that residents use for one thing (自治会, 行政区, 町会 = 町内会), made one on both sides of a search.

Only names of things that every municipality has; what one city calls something else stands in its entries'
keywords. Benchmarks on other texts run without this.
"""

from __future__ import annotations

import re

from content.search import tokens

_GROUPS = (
    ("町内会長", r"自治会長|行政区長|町会長"),
    ("町内会", r"自治会|行政区|町会(?!議)|区会"),
    ("ちょうないかい", r"じちかい|ぎょうせいく"),
    ("まち協", r"まちづくり協議会|地域づくり協議会|町づくり協議会|まちきょう"),
    ("まちセン", r"(?:まち|町|地域)づくりセンター|公民館|[街町](?:せん|セン)|まちせん|(?:まち|ちいき)づくりせんたー|こうみんかん"),
    ("組長", r"班長|隣組長|組頭"),
    ("ごみ置き場", r"(?:ごみ|ゴミ|塵)(?:の)?(?:ステーション|すてーしょん|捨て場|捨場|すてば|集積所|集積場|収集所|収集場所|置場|置き場|おきば|捨て場所|捨てる場所|ボックス)"),
    ("ごみ", r"ゴミ"),
    ("燃えるごみ", r"(?:燃やす|燃やせる|もやす|もえる|可燃)ごみ"),
    ("何曜日", r"何曜(?!日)|なんようび|何ようび|なに曜日?"),
    ("子ども会", r"子供会|こども会|こどもかい|子ども育成会"),
    ("子ども", r"子供|こども"),
    ("防犯灯", r"街灯|街路灯|外灯"),
    ("引っ越し", r"引越し|引っ越|引越|転居"),
    ("申し込み", r"申込み|申込|申しこみ"),
    ("締め切り", r"締切り?|〆切|しめきり"),
    ("やめる", r"退会(?:する)?|脱退(?:する)?|辞める"),
    ("やめ", r"辞め|退会し"),
    ("補助金", r"助成金|補助制度|助成制度"),
    ("スマホ", r"スマートフォン|スマフォ|携帯電話"),
    ("mandatory", r"(?i:\b(?:do i have to|do i need to|must i|am i required to|compulsory|obligatory)\b)"),
    ("obrigatório", r"(?i:\b(?:preciso|tenho que|devo)\b(?= (?:entrar|participar|pagar)))"),
    ("駐車場", r"パーキング|車を?止める所|車を?停める所"),
)  # fmt: skip
_RULES = tuple((re.compile(pattern), word) for word, pattern in _GROUPS)
# A question in kana alone stays one: it is compared by its reading
_IN_KANA = {
    "燃えるごみ": "もえるごみ", "ごみ置き場": "ごみおきば", "まち協": "まちきょう", "締め切り": "しめきり",
    "何曜日": "なんようび", "使用料": "しようりょう",
}  # fmt: skip


def unify(text: str) -> str:
    """The text with each word of a group as the group's first; text in kana alone stays kana."""
    kana = tokens.is_kana_only(text)
    if kana:
        text = tokens.hiragana(text)  # ｺｳﾐﾝｶﾝ
    for pattern, word in _RULES:
        text = pattern.sub(_IN_KANA.get(word, word) if kana else word, text)
    return text
