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
JOBS: Final = {
    "inbox": "届いたメッセージの見回り",
    "vectors": "記事の意味を計算して覚える",
    "outbox": "返事の見回り",
    "delivery": "お知らせの送信",
    "watch": "決まった仕事の見張り",
    "freezing": "宛先を決める",
    "activities": "行事の知らせ",
    "officers": "役員・職員への連絡",
    "polls": "アンケートの締切",
    "retention": "古い記録の消去",
    "quota": "LINEの残りの数を読む",
    "menus": "メニューの用意",
    "index": "記事をさがす用意",
    "inquiries": "相談の見回り",
    "askers": "答えが載ったお知らせ",
    "freshness": "記事の確認の時期",
    "round_tables": "円卓会議の段階",
    "late_answers": "返事の期限の見回り",
    "statements": "声の確認と賛否の見回り",
    "statement_keys": "声の鍵の片付け",
    "weather": "気象警報を読む",
    "groups": "グループへのお知らせ",
    "group_members": "グループの人数を数える",
    "clock": "時計",
}
ACTIONS: Final = {
    "weather.rule": "気象警報の送り方を決めた",
    "weather.tell": "気象警報のお知らせをつくった",
    "announcement.draft": "お知らせを書いた",
    "announcement.change": "お知らせを直した",
    "announcement.text": "ほかの言葉で書いた",
    "announcement.attach_picture": "写真を付けた",
    "announcement.attach_paper": "チラシを付けた",
    "announcement.detach_picture": "写真をはずした",
    "announcement.detach_paper": "チラシをはずした",
    "announcement.submit": "承認に出した",
    "announcement.approve": "承認した",
    "announcement.send_back": "書いた人に戻した",
    "announcement.cancel": "取りやめた",
    "announcement.emergency": "承認なしで緊急に送った",
    "announcement.take_back": "承認を取り消した",
    "approval.settings": "承認の決まりを変えた",
    "officer.link": "LINEとつないだ",
    "officer.cut": "LINEとの連携を切った",
    "rain_plan.draft": "雨の日の用意を書いた",
    "rain_plan.change": "雨の日の用意を変えた",
    "rain_plan.submit": "雨の日の用意を承認に出した",
    "rain_plan.approve": "雨の日の用意を承認した",
    "rain_plan.send_back": "雨の日の用意を戻した",
    "rain_plan.withdraw": "雨の日の用意をやめた",
    "rain_plan.decide": "雨の日の用意から選んで送った",
    "announcement.delete": "下書きを消した",
    "announcement.freeze": "宛先を決めた",
    "announcement.refuse": "送れなかった",
    "announcement.stop": "途中で止まった",
    "announcement.resume": "残りの人に続きを送った",
    "budget.change": "今月の通数の決まりを変えた",
    "announcement.finish": "送り終えた",
    "round_table.open": "会議を開いた",
    "round_table.change": "会議の内容を直した",
    "round_table.cancel": "会議を取りやめた",
    "round_table.listen": "意見の募集を始めた",
    "round_table.close": "意見の募集を締め切った",
    "round_table.enter": "紙・電話・会場の回答を入れた",
    "round_table.record": "会議の記録を書いた",
    "round_table.approve_record": "会議の記録を承認した",
    "round_table.approve_referrals": "振り分けを承認した",
    "round_table.tell": "返事を知らせるお知らせを作った",
    "round_table.report": "会議を報告済みにした",
    "round_table.follow_up": "その後を確かめた",
    "matter.add": "まとまりを作った",
    "matter.change": "まとまりを直した",
    "matter.remove": "まとまりを消した",
    "matter.refer": "回す先を決めた",
    "matter.take_back": "回したのを取り消した",
    "response.write": "返事を書いた",
    "response.publish": "返事を承認した",
    "response.send_back": "返事を書いた人に戻した",
    "statement.approve": "声を公開した",
    "statement.refuse": "声を見送った",
    "statement.merge": "声をまとめた",
    "statement.reword": "声を言い直した",
    "statement.enter": "声を入力した",
    "statement.seed": "職員の声を加えた",
    "statement.hide": "声の公開をやめた",
    "statement.close_votes": "声への賛否を集計した",
    "statement.lose_votes": "賛否の鍵がなく、結果を出せなかった",
    "listening.change": "声の受付の決まりを変えた",
    "election.add": "選挙の期間を決めた",
    "election.remove": "選挙の期間を消した",
    "poll.create": "アンケートを作った",
    "poll.change": "アンケートを直した",
    "poll.text": "アンケートのひとことを見せるか決めた",
    "poll.enter": "アンケートに紙・電話・窓口・会場の回答を入れた",
    "poll.take_out": "入れたアンケートの回答を取り消した",
    "poll.tickets": "アンケートの券を作った",
    "poll.remind": "アンケートの締切を、まだの人に知らせた",
    "poll.export": "まだ見せていないひとことも含めて書き出した",
    "statement.export": "まだ見せていない声も含めて書き出した",
    "poll.close": "アンケートを締め切った",
    "poll.closed": "アンケートを集計した",
    "poll.lose": "アンケートの鍵がなく、結果を出せなかった",
    "channel.add": "LINEにつないだ",
    "pack.load": "記事を読み込んだ",
    "question.close": "質問を済みにした",
    "question.attach": "質問を記事に結びつけた",
    "activity.change": "行事を中止・順延・変更・実施にした",
    "entry.create": "記事を書いた",
    "entry.change": "記事を直した",
    "entry.publish": "記事を出した",
    "entry.withdraw": "記事を下げた",
    "entry.check": "記事を確かめた",
    "entry.keep": "ファイルの新しい内容を使わないと決めた",
    "inquiry.open": "相談を開いて読んだ",
    "inquiry.take": "相談を窓口で受けた",
    "inquiry.refer": "相談を担当課に回した",
    "inquiry.draft": "相談の回答案を保存した",
    "inquiry.answer": "相談に回答した",
    "inquiry.close": "相談を終えた",
    "inquiry.reopen": "相談をもう一度開いた",
    "inbox.retry": "止まったメッセージをもう一度ためした",
    "inbox.drop": "止まったメッセージを捨てた",
    "alert.clear": "知らせを確認した",
    "staff.create": "人を加えた",
    "staff.grant": "役割を加えた",
    "staff.change_role": "役割を変えた",
    "staff.revoke": "役割を外した",
    "staff.deactivate": "使えなくした",
    "staff.reactivate": "また使えるようにした",
    "staff.reset_password": "パスワードを作り直した",
    "staff.change_password": "パスワードを変えた",
    "staff.enable_totp": "認証アプリを設定した",
    "staff.disable_totp": "認証アプリを外した",
    "staff.sign_in": "サインインした",
    "staff.sign_out": "サインアウトした",
    "staff.lock": "続けて間違えたため止めた",
}
TARGETS: Final = {
    "budget": "今月の通数",
    "round_table": "会議",
    "matter": "まとまり",
    "announcement": "お知らせ",
    "poll": "アンケート",
    "statement": "声",
    "election": "選挙の期間",
    "staff": "人",
    "question": "質問",
    "inquiry": "相談",
    "inbox_event": "メッセージ",
    "alert": "知らせ",
    "entry": "記事",
    "channel": "LINE",
    "pack": "記事",
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


def target(value: str) -> str:
    """`announcement:12` in words: `お知らせ 12`."""
    kind, _, number = value.partition(":")
    return f"{TARGETS.get(kind, kind)} {number}".strip()


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

    app.jinja_env.filters.update(day=day, when=when_today, stamp=stamp, count=count)
