"""How things read on a page: times with weekday in JST, states and roles in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from flask import Flask

from bot.core import inquiry_rules
from bot.core.moments import WEEKDAYS, time_of
from bot.core.round_table_rules import STATES
from bot.core.transitions import STATE_WORDS
from bot.now import Clock, jst
from handlers.console import show_acts
from handlers.console.forms import as_they_stand

ACTIONS, JOBS, PROCESSES = show_acts.ACTIONS, show_acts.JOBS, show_acts.PROCESSES  # pages take every word from here

WAYS: Final = {
    "password": "パスワードで",
    "passkey": "パスキーで",
    "city": "市のアカウントで",
    "invitation": "招待のリンクから",
}
ROLE_NAMES: Final = {
    "officer": "協議会の役員・事務局",
    "chair": "座長(館長・センター長)",
    "neighbourhood": "町内会長・区長・組長",
    "district_staff": "地区担当職員",
    "department": "担当課",
    "city": "市の担当(市民協働課など)",
    "viewer": "見るだけの人",
    "admin": "管理者",
}
ROLE_HINTS: Final = {
    "officer": "担当地区のお知らせとアンケートを書き、承認に出す",
    "chair": "担当地区のお知らせを承認する、質問を見る",
    "neighbourhood": "連絡を受け取る",
    "district_staff": "担当地区を手伝う、2人目がいないときに承認する",
    "department": "回された質問に答える",
    "city": "この市町村のすべて",
    "viewer": "見るだけ",
    "admin": "人・設定・鍵(お知らせは書かない)",
}
_LOOKS: Final = {
    "draft": "plain",
    "submitted": "wait",
    "returned": "warn",
    "scheduled": "go",
    "sending": "go",
    "sent": "done",
    "stopped": "bad",
    "cancelled": "plain",
    "refused": "bad",
}
# state -> (what it is called, the tag's look)
ANNOUNCEMENT_STATES: Final = {state: (word, _LOOKS[state]) for state, word in STATE_WORDS.items()}
ITEM_KINDS: Final = {
    "single": "1つ選ぶ",
    "multiple": "いくつでも選ぶ",
    "scale": "5段階で答える",
    "number": "数を答える",
    "ranking": "大事な順に選ぶ(5つまで)",
    "text": "ひとこと書く",
}
POLL_STATES: Final = {
    "draft": ("受付前", "plain"),
    "open": ("受付中", "go"),
    "closing": ("集計しています", "wait"),
    "closed": ("締め切りました", "done"),
    "lost": ("結果を出せません", "bad"),
    "cancelled": ("取りやめ", "plain"),
}
_ROUND_TABLE_LOOKS: Final = {
    "planned": "plain",
    "listening": "go",
    "meeting": "wait",
    "referring": "wait",
    "answering": "wait",
    "reported": "done",
    "followed_up": "done",
    "cancelled": "plain",
}
ROUND_TABLE_STATES: Final = {state: (word, _ROUND_TABLE_LOOKS[state]) for state, word in STATES.items()}
ROUND_TABLE_ORDER: Final = tuple(state for state in STATES if state != "cancelled")
AUDIENCES: Final = {
    "home": ("住んでいる人", "選んだ地区に住んでいると登録した人"),
    "home_and_interest": (
        "住んでいる人と関心のある人",
        "住んでいる人に、その地区のお知らせも受け取ると選んだ人を加えます",
    ),
    "city": ("市全体", "登録した人みんな(地区を選んでいない人も)"),
    "holders": ("役を持つ人", "選んだ地区の組長・班長・区長として登録した人"),
    "took_part": ("参加した人", "円卓会議に参加した、アンケートに答えた、行事に申し込んだ人"),
}
LANGUAGES: Final = {
    "ja": "日本語",
    "easy-ja": "やさしい日本語",
    "en": "英語",
    "pt": "ポルトガル語",
    "vi": "ベトナム語",
    "zh-Hans": "中国語(簡体字)",
    "zh-Hant": "中国語(繁体字)",
    "tl": "フィリピン語",
    "es": "スペイン語",
    "ko": "韓国語",
    "id": "インドネシア語",
    "th": "タイ語",
    "ne": "ネパール語",
}
ENTRY_KINDS: Final = {
    "faq": "よくある質問",
    "guide": "手引き",
    "case": "事例",
    "activity": "行事・活動",
    "facility": "施設",
    "organisation": "団体",
    "grant": "補助金・助成",
    "volunteer": "手伝い募集",
    "plan": "計画",
    "population": "人口",
    "shelter": "避難場所・避難所",
    "district": "地区",
    "desk": "窓口",
}

BATCH_STATES: Final = {
    "waiting": "これから",
    "trying": "試しています",
    "accepted": "送りました",
    "dead": "断られました",
    "unknown": "分かりません",
    "stopped": "送っていません",
    "empty": "宛先なし",
}
OUTBOX_STATES: Final = {
    "dead": "LINEに断られた",
    "unknown": "届いたか分からない",
    "dropped": "遅くなったため送らなかった",
}
OUTBOX_REASONS: Final = {
    "too late to be of use": "時間がたち、役に立たなくなった",
    "the resident has left": "相手がブロックした",
    "no answer to the reply within 50 s": "LINEから返事がなかった",
    "no answer within 23 h": "LINEから23時間返事がなかった",
    "reply token not valid": "返事の期限が切れていた",
}
_INQUIRY_LOOKS: Final = {"new": "go", "working": "wait", "referred": "wait", "answered": "done", "closed": "plain"}
INQUIRY_STATES: Final = {state: (word, _INQUIRY_LOOKS[state]) for state, word in inquiry_rules.STATE_WORDS.items()}
INQUIRY_CATEGORIES: Final = {
    "road": "道路・公園・街灯",
    "waste": "ごみ・環境",
    "safety": "防災・防犯",
    "community": "町内会・地区の活動",
    "facility": "施設の利用",
    "family": "子育て・福祉・健康",
    "proposal": "提案・アイデア",
    "other": "そのほか",
}
INQUIRY_DOORS: Final = {"line": "LINEから", "web": "LINEを使わずに"}
INQUIRY_WAYS: Final = {"page": "回答のページ", "chat": "LINEで短く"}
DETAILS: Final = {
    "day": "日",
    "state": "どうしたか",
    "told": "知らせる人数",
    "role": "役割",
    "districts": "地区",
    "until": "期限",
    "send_at": "送る時",
    "choices": "選択肢の数",
    "minutes": "止めた時間(分)",
    "unsent": "送らなかった人数",
    "recipients": "宛先の人数",
    "reserve": "予備",
    "percent": "割合(%)",
    "accepted": "送った人数",
    "kind": "種類",
    "department": "担当課",
    "way": "返し方",
}
EVENT_KINDS: Final = {
    "message": "メッセージ",
    "postback": "ボタン",
    "follow": "友だち追加",
    "unfollow": "ブロック",
    "unsend": "送信の取り消し",
}


def day(value: date) -> str:
    """`2026年11月28日(土)`."""
    return f"{value.year}年{value.month}月{value.day}日({WEEKDAYS[value.weekday()]})"


def iso_day(value: str) -> str:
    """A stored day, `2026-11-28`, as `day` shows it; anything else as it stands."""
    try:
        return day(date.fromisoformat(value))
    except ValueError:
        return value


def when(value: datetime, today: date) -> str:
    """`11月28日(土) 午前9時30分` in JST; with the year when it is another one than today's."""
    local = jst(value)
    full = day(local.date())
    return f"{full if local.year != today.year else full.partition('年')[2]} {time_of(value)}"


def stamp(value: datetime | None) -> str:
    """`2026-11-28 (土) 09:30` for dense tables; a dash without one."""
    if value is None:
        return "-"
    local = jst(value)
    return f"{local:%Y-%m-%d} ({WEEKDAYS[local.weekday()]}) {local:%H:%M}"


def hour(value: datetime) -> str:
    """`9:30` in JST, for a calendar's narrow columns."""
    local = jst(value)
    return f"{local.hour}:{local.minute:02}"


def ago(value: datetime, now: datetime) -> str:
    """How long ago, roughly: `たった今`, `5分前`, `3時間前`, `2日前`."""
    seconds = max(0, int((now - value).total_seconds()))
    if seconds < 60:
        return "たった今"
    if seconds < 3600:
        return f"{seconds // 60}分前"
    return f"{seconds // 3600}時間前" if seconds < 86400 else f"{seconds // 86400}日前"


def count(value: int | None) -> str:
    """`1,234`."""
    return "-" if value is None else f"{value:,}"


def size(value: int) -> str:
    """Bytes as people say them: `1.4GB`, `320MB`, `12KB`."""
    for unit, word in ((1024**3, "GB"), (1024**2, "MB")):
        if value >= unit:
            return f"{value / unit:.1f}{word}"
    return f"{value // 1024}KB"


def target(value: str) -> str:
    """`announcement:12` in words: `お知らせ 12`."""
    kind, _, number = value.partition(":")
    return f"{show_acts.TARGETS.get(kind, kind)} {number}".strip()


def details(values: Mapping[str, object], district_name: Callable[[int], str]) -> str:
    """The details of an audit row in words; what says nothing to a reader is left out."""
    parts = []
    for name, value in values.items():
        if name in DETAILS and value not in (None, [], ""):
            parts.append(f"{DETAILS[name]}: {_in_words(name, value, district_name)}")
    return "、".join(parts)


def _in_words(name: str, value: object, district_name: Callable[[int], str]) -> str:
    if name == "way":
        return INQUIRY_WAYS.get(str(value), str(value))
    if name == "role":
        return ROLE_NAMES.get(str(value), str(value))
    if name == "districts" and isinstance(value, list):
        return "・".join(district_name(number) for number in value)
    if name == "until":
        return day(date.fromisoformat(str(value))) + "まで"
    return stamp(datetime.fromisoformat(str(value))) if name == "send_at" else str(value)


def install(app: Flask, clock: Clock) -> None:
    """Make these known to the templates. Years are left out by the product's calendar."""

    def when_today(value: datetime | None) -> str:
        return "未定" if value is None else when(value, jst(clock()).date())

    app.jinja_env.filters.update(day=day, when=when_today, stamp=stamp, count=count, bytes=size, hour=hour)
    app.jinja_env.filters["as_they_stand"] = as_they_stand
