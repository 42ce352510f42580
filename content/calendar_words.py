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
    (r"(?<![ぁ-ん])きょう(?=[はのにもって、。?!\s]|$|[^ぁ-ん])", "今日"), (r"(?<![ぁ-ん])きのう(?=[はのにもって、。?!\s]|$|[^ぁ-ん])", "昨日"),
    (r"あした(?!ば|か)|(?<![ぁ-ん])あす(?=[はのにも、。?!\s]|$|[^ぁ-ん])", "明日"),
    ("さらいしゅう|さ来週", "再来週"), ("らいしゅう", "来週"), ("こんしゅう", "今週"), ("せんしゅう", "先週"), ("しゅうまつ", "週末"),
    ("さらいげつ|さ来月", "再来月"), ("らいげつ", "来月"), ("こんげつ", "今月"), ("せんげつ", "先月"), ("らいねん", "来年"),
    (r"こんどの?\s*(?=どにち|[月火水木金土日どにげかすもき]|しゅ|れんきゅう|週|連|祝)", "今度の"), (r"(?<![ぁ-んァ-ヶ])どにち", "土日"), ("(?<=今度の)どにち|(?<=今週の)どにち|(?<=来週の)どにち", "土日"),
    ("げつよう(?:び|日)?", "月曜日"), ("かよう(?:び|日)", "火曜日"), ("すいよう(?:び|日)?", "水曜日"), ("もくよう(?:び|日)?", "木曜日"),
    ("きんよう(?:び|日)?", "金曜日"), ("どよう(?:び|日)?", "土曜日"), ("にちよう(?:び|日)(?!ひん)", "日曜日"),
    ("おぼん(?!おど)", "お盆"), ("おしょうがつ", "お正月"), ("ねんまつねんし", "年末年始"), ("なつやすみ", "夏休み"), ("ふゆやすみ", "冬休み"),
    ("はるやすみ", "春休み"), ("ごーるでんうぃーく|ゴールデンウイーク", "ゴールデンウィーク"), (r"\bg\.?w\b", "ゴールデンウィーク"),
    (r"(?<=[\d一二三四五六七八九十])\s*[ヶケヵカか箇ヵ]\s*(?=月)", "か"), (r"今度\s+", "今度"), (r"(?<=今度の)\s+|(?<=来週の)\s+|(?<=今週の)\s+", ""),
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
)  # fmt: skip
_SPOKEN_RULES = tuple((re.compile(pattern), word) for pattern, word in _SPOKEN)
_MONTH_NAMES = (
    "january|janeiro|enero", "february|fevereiro|febrero", "march|março|marzo", "april|abril", "may|maio|mayo", "june|junho|junio",
    "july|julho|julio", "august|agosto", "september|setembro|septiembre", "october|outubro|octubre", "november|novembro|noviembre",
    "december|dezembro|diciembre",
)  # fmt: skip
_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
# month, day to month, day; a range that ends earlier in the year ends in the next one
_SEASONS: dict[str, tuple[int, int, int, int]] = {
    "年末年始": (12, 29, 1, 3), "年末": (12, 29, 12, 31), "年始": (1, 1, 1, 3), "お正月": (1, 1, 1, 3), "正月": (1, 1, 1, 3), "三が日": (1, 1, 1, 3),
    "ゴールデンウィーク": (4, 29, 5, 5), "お盆": (8, 13, 8, 16), "夏休み": (7, 21, 8, 31), "冬休み": (12, 25, 1, 6), "春休み": (3, 25, 4, 5),
    "大晦日": (12, 31, 12, 31), "大みそか": (12, 31, 12, 31), "元旦": (1, 1, 1, 1), "クリスマスイブ": (12, 24, 12, 24), "クリスマス": (12, 25, 12, 25),
    "節分": (2, 3, 2, 3), "七夕": (7, 7, 7, 7), "ひな祭り": (3, 3, 3, 3), "ハロウィン": (10, 31, 10, 31),
    "春": (3, 1, 5, 31), "夏": (6, 1, 8, 31), "秋": (9, 1, 11, 30), "冬": (12, 1, 2, 28),
}  # fmt: skip
SEASON_PATTERN = "年末年始|年末|年始|お正月|正月|三が日|ゴールデンウィーク|お盆|夏休み|冬休み|春休み|大晦日|大みそか|元旦|クリスマスイブ|クリスマス"
HOLIDAYS = (
    "元日", "成人の日", "建国記念の日", "天皇誕生日", "春分の日", "昭和の日", "憲法記念日", "みどりの日", "こどもの日", "海の日", "山の日",
    "敬老の日", "秋分の日", "スポーツの日", "文化の日", "勤労感謝の日",
)  # fmt: skip
HOLIDAY_PATTERN = "|".join(HOLIDAYS)


def spoken(text: str) -> str:
    """Kana and foreign words for days as the kanji words the rules know."""
    for pattern, word in _SPOKEN_RULES:
        text = pattern.sub(word, text)
    for number, names in enumerate(_MONTH_NAMES, start=1):
        text = re.sub(rf"\b(?:{names})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|:)", rf"{number}月\1日", text)
        text = re.sub(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+(?:of|de))?\s+(?:{names})\b", rf"{number}月\1日", text)
        if number not in {3, 5}:  # may and march are words too
            text = re.sub(rf"\b(?:{names})\b", f"{number}月", text)
    return text


def western_numbers(text: str) -> str:
    """Kanji numbers before a unit of time (十一月二十八日, 第三日曜) as digits; other kanji numbers stay."""
    return re.sub(
        r"(?:(?<=第)|(?<![一-鿿]))[〇一二三四五六七八九十]{1,4}(?=月|日(?!市|町|坊|目|中|一)|時|分|年|週|か月|曜|[月火水木金土日]曜)|(?<=第)[一二三四五]|(?<=[月年])[一二三四五六七八九十]{1,3}(?=月|日)",
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


def next_holidays(today: date, run: int) -> tuple[date, date] | None:
    """The next run of at least `run` days off that begins after today (holidays; weekends join longer runs)."""
    import jpholiday

    def off(day: date) -> bool:
        return bool(jpholiday.is_holiday(day)) or (run > 1 and day.weekday() >= 5)

    for offset in range(1, 200):
        first = today + timedelta(days=offset)
        last = first
        while off(last):
            last += timedelta(days=1)
        if (last - first).days >= run and not off(first - timedelta(days=1)):
            return first, last - timedelta(days=1)
    return None
