"""The calendar behind `content.dates`: month and week arithmetic, seasons, holidays, spoken forms."""

from __future__ import annotations

import re
from datetime import date, timedelta

WEEKDAYS = "月火水木金土日"
AFTERNOON = frozenset({"午後", "夕方", "夕方の", "夜", "夜の", "晩", "晩の", "pm"})
RELATIVE_DAYS = {
    "今日": 0, "本日": 0, "今夜": 0, "今晩": 0, "今朝": 0, "明日": 1, "明朝": 1, "明晩": 1, "明後日": 2, "明々後日": 3,
    "昨日": -1, "昨夜": -1, "昨晩": -1, "一昨日": -2,
}  # fmt: skip
_SPOKEN = (
    ("しあさって|明々後日|明明後日", "明々後日"), (r"あさって|明後日", "明後日"), (r"おととい|一昨日", "一昨日"),
    (r"(?<![ぁ-ん])きょう(?=って|[はのにも、。?!\s]|$|[^ぁ-ん])", "今日"), (r"(?<![ぁ-ん])きのう(?=って|[はのにも、。?!\s]|$|[^ぁ-ん])", "昨日"),
    (r"あした(?!ば|か)|(?<![ぁ-ん])あす(?=[はのにも、。?!\s]|$|[^ぁ-ん])", "明日"),
    ("さらいしゅう|さ来週", "再来週"), ("らいしゅう", "来週"), ("こんしゅう", "今週"), ("せんしゅう", "先週"), ("(?:こんしゅう|今週)(?:しゅう)?まつ", "今週末"), ("来週(?:しゅう)?まつ", "来週末"), ("しゅうまつ", "週末"), (r"だい(?=\d)", "第"), ("げつまつ", "月末"),
    ("さらいげつ|さ来月", "再来月"), ("らいげつ", "来月"), ("こんげつ", "今月"), ("せんげつ", "先月"), ("らいねん", "来年"),
    (r"こんどの?\s*(?=どにち|[月火水木金土日どにげかすもき]|しゅ|れんきゅう|週|連|祝)", "今度の"), (r"(?<![ぁ-んァ-ヶ])どにち", "土日"), ("(?<=今度の)どにち|(?<=今週の)どにち|(?<=来週の)どにち", "土日"),
    ("げつよう(?:び|日)?", "月曜日"), ("かよう(?:び|日)", "火曜日"), ("すいよう(?:び|日)?", "水曜日"), ("もくよう(?:び|日)?", "木曜日"),
    ("きんよう(?:び|日)?", "金曜日"), ("どよう(?:び|日)?", "土曜日"), ("にちよう(?:び|日)(?!ひん)", "日曜日"),
    ("おぼん(?!おど)", "お盆"), ("おしょうがつ", "お正月"), ("ねんまつねんし", "年末年始"), ("なつやすみ", "夏休み"), ("ふゆやすみ", "冬休み"),
    ("はるやすみ", "春休み"), ("ごーるでんうぃーく|ゴールデンウイーク", "ゴールデンウィーク"), (r"\bg\.?w\b", "ゴールデンウィーク"),
    (r"(?<=[\d一二三四五六七八九十])\s*[ヶケヵカか箇ヵ]\s*(?=月)", "か"), (r"今度\s+", "今度"), (r"(?<=(?:今度|来週|今週|来月|今月|来年)の)\s+", ""),
    (r"\bday after tomorrow\b|\bdepois de amanhã\b|\bpasado mañana\b|后天|後天", "明後日"),
    (r"\btomorrow\b|\bamanhã\b|\bmañana\b|\bngày mai\b|\bbukas\b|明天", "明日"),
    (r"\btoday\b|\bhoje\b|\bhoy\b|\bhôm nay\b|\bngayong araw\b|今天", "今日"),
    (r"\bnext weekend\b|\bpróximo fim de semana\b|\bpróximo fin de semana\b|\bcuối tuần sau\b|下(?:个)?周末", "来週末"),
    (r"\bthis weekend\b|\b(?:neste|este) fim de semana\b|\beste fin de semana\b|\bcuối tuần này\b|这个?周末|這個?週末", "今週末"),
    (r"\bweekend\b|\bfim de semana\b|\bfin de semana\b|\bcuối tuần\b|周末", "週末"),
    (r"\bnext week\b|\b(?:na )?semana que vem\b|\bpróxima semana\b|\btuần sau\b|\btuần tới\b|\bsusunod na linggo\b|下(?:个)?(?:星期|周)(?![一二三四五六日天末])|下週(?![一二三四五六日末])", "来週"),
    (r"\bthis week\b|\besta semana\b|\btuần này\b|\bngayong linggo\b|这(?:个)?(?:星期|周)|這週", "今週"),
    (r"\bnext month\b|\b(?:no )?mês que vem\b|\bpróximo mês\b|\bpróximo mes\b|\btháng sau\b|\bsusunod na buwan\b|下个?月|下個月", "来月"),
    (r"\bthis month\b|\beste mês\b|\beste mes\b|\btháng này\b|\bngayong buwan\b|这个?月|這個月", "今月"),
    (r"\bnext (?=(?:satur|sun|mon|tues|wednes|thurs|fri)day)", "今度の"),
    (r"(?:\b(?:this|on) )?(?<![a-z])saturday\b|\bsábado\b", "土曜日"), (r"(?:\b(?:this|on) )?(?<![a-z])sunday\b|\bdomingo\b", "日曜日"),
    (r"(?:\b(?:this|on) )?(?<![a-z])monday\b|\bsegunda-feira\b|\blunes\b", "月曜日"), (r"(?:\b(?:this|on) )?(?<![a-z])tuesday\b|\bterça-feira\b|\bmartes\b", "火曜日"),
    (r"(?:\b(?:this|on) )?(?<![a-z])wednesday\b|\bquarta-feira\b|\bmiércoles\b", "水曜日"), (r"(?:\b(?:this|on) )?(?<![a-z])thursday\b|\bquinta-feira\b|\bjueves\b", "木曜日"),
    (r"(?:\b(?:this|on) )?(?<![a-z])friday\b|\bsexta-feira\b|\bviernes\b", "金曜日"),
    (r"\bchủ nhật\b|\bsa linggo\b", "日曜日"), (r"\bthứ bảy\b|\bsabado\b", "土曜日"), (r"\bthứ hai\b", "月曜日"), (r"\bthứ ba\b", "火曜日"),
    (r"\bthứ tư\b|\bmiyerkules\b", "水曜日"), (r"\bthứ năm\b|\bhuwebes\b", "木曜日"), (r"\bthứ sáu\b|\bbiyernes\b", "金曜日"),
)  # fmt: skip
# これから1週間 = within one week; written so that the rules need only one form.
_AHEAD = re.compile(r"(?:これから|今後|今から|向こう)の?([\d一二三四五六七八九十]{1,3})(日|週|か月)間?(?!後|前|以)")
_SPOKEN_RULES = tuple((re.compile(pattern), word) for pattern, word in _SPOKEN)
_MONTH_NAMES = (
    "january|janeiro|enero", "february|fevereiro|febrero", "march|março|marzo", "april|abril", "may|maio|mayo", "june|junho|junio",
    "july|julho|julio", "august|agosto", "september|setembro|septiembre", "october|outubro|octubre", "november|novembro|noviembre",
    "december|dezembro|diciembre",
)  # fmt: skip
_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
# month, day to month, day; a range that ends earlier in the year ends in the next one
_SEASONS: dict[str, tuple[int, int, int, int]] = {
    "年末年始": (12, 29, 1, 3), "年末": (12, 29, 12, 31), "年始": (1, 1, 1, 3), "お正月": (1, 1, 1, 3), "正月": (1, 1, 1, 3), "三が日": (1, 1, 1, 3), "年明け": (1, 1, 1, 31),
    "ゴールデンウィーク": (4, 29, 5, 5), "お盆": (8, 13, 8, 16), "夏休み": (7, 21, 8, 31), "冬休み": (12, 25, 1, 6), "春休み": (3, 25, 4, 5),
    "大晦日": (12, 31, 12, 31), "大みそか": (12, 31, 12, 31), "元旦": (1, 1, 1, 1), "クリスマスイブ": (12, 24, 12, 24), "クリスマス": (12, 25, 12, 25),
    "節分": (2, 3, 2, 3), "七夕": (7, 7, 7, 7), "ひな祭り": (3, 3, 3, 3), "ハロウィン": (10, 31, 10, 31),
    "春": (3, 1, 5, 31), "夏": (6, 1, 8, 31), "秋": (9, 1, 11, 30), "冬": (12, 1, 2, 28),
}  # fmt: skip
SEASON_PATTERN = "年明け|年末年始|年末|年始|お正月|正月|三が日|ゴールデンウィーク|お盆|夏休み|冬休み|春休み|大晦日|大みそか|元旦|クリスマスイブ|クリスマス"
HOLIDAYS = (
    "元日", "成人の日", "建国記念の日", "天皇誕生日", "春分の日", "昭和の日", "憲法記念日", "みどりの日", "こどもの日", "海の日", "山の日",
    "敬老の日", "秋分の日", "スポーツの日", "文化の日", "勤労感謝の日",
)  # fmt: skip
HOLIDAY_PATTERN = "|".join(HOLIDAYS)


_KATAKANA = re.compile(r"(?<![ァ-ヶー])(?:シ?アサッテ|アシタ|アス|キョウ|(?:コン|ライ)(?:シュウ|ゲツ)|シュウマツ|コンド|(?:ゲツ|カ|スイ|モク|キン|ド|ニチ)ヨウビ?)(?![ァ-ヶー])")  # fmt: skip
_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_ROMAJI = tuple(
    (re.compile(rf"\b(?:{roman})\b"), word)
    for roman, word in (
        ("shiasatte", "明々後日"), ("asatte", "明後日"), ("ashita", "明日"), ("kyou?", "今日"), ("kinou", "昨日"),
        ("konshuu?matsu", "今週末"), ("raishuu?matsu", "来週末"), ("shuu?matsu", "週末"), ("saraishuu?", "再来週"),
        ("konshuu?", "今週"), ("raishuu?", "来週"), ("senshuu?", "先週"), ("kongetsu", "今月"), ("raigetsu", "来月"),
        ("saraigetsu", "再来月"), ("getsumatsu", "月末"), ("kotoshi", "今年"), ("rainen", "来年"), ("donichi", "土日"),
        ("getsuyou?(?:bi)?", "月曜日"), ("kayou?bi", "火曜日"), ("suiyou?(?:bi)?", "水曜日"), ("mokuyou?(?:bi)?", "木曜日"),
        ("kinyou?(?:bi)?", "金曜日"), ("doyou?(?:bi)?", "土曜日"), ("nichiyou?(?:bi)?", "日曜日"), ("nenmatsu ?nenshi", "年末年始"),
        ("obon", "お盆"), ("o?shougatsu", "お正月"), ("natsu ?yasumi", "夏休み"), ("fuyu ?yasumi", "冬休み"), ("kondo", "今度"), ("tsugi no", "次の"),
    )
)  # fmt: skip


_CHINESE_DAY = re.compile(r"(下|这|這|本)?(?:个|個)?(?:周|週|星期|礼拜|禮拜)([一二三四五六日天])(?![一-鿿]曜)")
_KANA_MONTHS = (
    "いち", "に", "さん", "し", "ご", "ろく", "しち", "はち", "く", "じゅう", "じゅういち", "じゅうに",
)  # fmt: skip
_KANA_MONTH = re.compile(rf"(?<![ぁ-ん])({'|'.join(reversed(_KANA_MONTHS))})がつ\s*")
_KANA_DAYS = {"ついたち": 1, "ふつか": 2, "みっか": 3, "よっか": 4, "いつか": 5, "むいか": 6, "なのか": 7, "ようか": 8, "ここのか": 9, "とおか": 10, "はつか": 20}  # fmt: skip
_KANA_DAY = re.compile(rf"(?<=月)\s*({'|'.join(_KANA_DAYS)})")


def _chinese_day(match: re.Match[str]) -> str:
    week = {"下": "来週の", None: ""}.get(match[1], "今週の")
    return f"{week}{WEEKDAYS['一二三四五六日'.index('日' if match[2] == '天' else match[2])]}曜日"


def _from_romaji(text: str) -> str:
    for pattern, word in _ROMAJI:
        text = pattern.sub(word, text)
    text = re.sub(r"(\d{1,2}) ?gatsu\b ?", r"\1月", text)
    text = re.sub(r"(\d{1,2}) ?nichi\b", r"\1日", text)
    return re.sub(r"(?<=[今来先次週月年末度日])\s*\bno\s+", "の", text)


def spoken(text: str) -> str:
    """Kana, romaji and foreign words for days as the kanji words the rules know."""
    if text.isascii():
        text = _from_romaji(text)
    text = _KATAKANA.sub(lambda match: match[0].translate(_TO_HIRAGANA), text)
    for pattern, word in _SPOKEN_RULES:
        text = pattern.sub(word, text)
    text = _CHINESE_DAY.sub(_chinese_day, text)
    text = _KANA_MONTH.sub(lambda match: f"{_KANA_MONTHS.index(match[1]) + 1}月", text)
    text = _KANA_DAY.sub(lambda match: f"{_KANA_DAYS[match[1]]}日", text)
    text = re.sub(r"(?<=\d)がつ\s*", "月", text)
    text = re.sub(r"(?<=\d)にち(?![ぁ-ん]{2})", "日", text)
    text = _AHEAD.sub(r"\1\2間以内", text)
    for number, names in enumerate(_MONTH_NAMES, start=1):
        text = re.sub(rf"\b(?:{names})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|:)", rf"{number}月\1日", text)
        text = re.sub(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+(?:of|de))?\s+(?:{names})\b", rf"{number}月\1日", text)
        if number not in {3, 5}:  # may and march are words too
            text = re.sub(rf"\b(?:{names})\b", f"{number}月", text)
    return text


def western_numbers(text: str) -> str:
    """Kanji numbers before a unit of time (十一月二十八日, 第三日曜) as digits; other kanji numbers stay."""
    return re.sub(
        r"(?:(?<=第)|(?<![一-鿿])|(?<=[朝夜晩昼前後方])(?=[一二三四五六七八九十]{1,2}時))[〇一二三四五六七八九十]{1,4}(?=月|日(?!市|町|坊|目|中|一)|時|分|年|週|か月|曜|[月火水木金土日]曜)|(?<=第)[一二三四五]|(?<=[月年])[一二三四五六七八九十]{1,3}(?=月|日)",
        lambda match: str(_number(match[0])),
        text,
    )


def _number(kanji: str) -> int:
    if "十" in kanji:
        tens, _, ones = kanji.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return int("".join(str(_DIGITS[digit]) for digit in kanji))


def month_after(today: date, ahead: int) -> tuple[int, int]:
    """Year and month, `ahead` months from today's."""
    months = today.year * 12 + today.month - 1 + ahead
    return months // 12, months % 12 + 1


def month(year: int, number: int) -> tuple[date, date]:
    """The first and last day of a month."""
    first = date(year, number, 1)
    following = date(year + number // 12, number % 12 + 1, 1)
    return first, following - timedelta(days=1)


def month_part(word: str) -> tuple[int, int] | str:
    """A part of a month as its days: 上旬 1-10, 中旬 11-20, 下旬 21-end; "rest" and "end" depend on the month."""
    if word in {"中", "いっぱい"}:
        return "rest"
    if word.startswith(("末", "終")):
        return "end"
    if word in {"上旬", "初旬", "初め", "はじめ", "始め", "頭"}:
        return 1, 10
    if word in {"前半", "後半"}:
        return (1, 15) if word == "前半" else (16, 31)
    return (21, 31) if word == "下旬" else (11, 20)


def nth_weekday(year: int, number: int, nth: int, weekday: int) -> date:
    """The nth weekday of a month; 5 is the last one. ValueError if there is none."""
    first, last = month(year, number)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    fitting = [day for day in days if day.weekday() == weekday]
    if nth < 1:
        raise ValueError(nth)
    return fitting[-1] if nth >= 5 else fitting[nth - 1]


def season(name: str, today: date, ahead: int | None) -> tuple[date, date]:
    """A season's days: this year's while it lasts or lies ahead, else next year's; `ahead` fixes the year it begins."""
    month_from, day_from, month_to, day_to = _SEASONS[name]

    def of(year: int) -> tuple[date, date]:
        return date(year, month_from, day_from), date(year + (month_to < month_from), month_to, day_to)

    if ahead is not None:
        return of(today.year + ahead)
    return next(days for days in (of(today.year + offset) for offset in (-1, 0, 1)) if days[1] >= today)


def holiday_named(name: str, today: date) -> tuple[date, date] | None:
    """The next day, today included, that is the public holiday of that name."""
    import jpholiday

    for offset in range(400):
        day = today + timedelta(days=offset)
        if (jpholiday.is_holiday_name(day) or "").startswith(name):
            return day, day
    return None


def next_holidays(today: date, run: int, *, begun: bool = False) -> tuple[date, date] | None:
    """The next run of at least `run` days off that begins after today (holidays; weekends join longer runs).

    `begun`: what is left of the one that today is in counts too.
    """
    import jpholiday

    def off(day: date) -> bool:
        return bool(jpholiday.is_holiday(day)) or (run > 1 and day.weekday() >= 5)

    for offset in range(1 - (4 if begun else 0), 200):
        first = today + timedelta(days=offset)
        last = first
        while off(last):
            last += timedelta(days=1)
        if (last - first).days >= run and not off(first - timedelta(days=1)) and last > today:
            return max(first, today) if begun else first, last - timedelta(days=1)
    return None
