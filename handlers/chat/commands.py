"""Words that always mean the same, whatever is going on: メニュー, 設定, 言語, 停止, 再開, わたしの登録 ..."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.core.postback import Postback
from bot.line.render import Tap
from handlers.chat.turn import Turn
from handlers.chat.understood import fold

# Actions as a button carries them, and the words that mean them; spaces inside a word do not count.
_SPOKEN: Final = {
    "home.menu": "メニュー めにゅー めにゅう menu ホーム トップ はじめから 最初から home",
    "home.help": "ヘルプ へるぷ help 使い方 つかいかた できること 何ができますか 何ができる",
    "ask.prompt": "聞く きく 質問 しつもん 質問する 質問したい ask",
    "activities.list": "行事 ぎょうじ イベント いべんと 行事一覧 次の行事 つぎの行事 events activities",
    "sign_up.mine": "申し込んだ行事 申込んだ行事 もうしこんだぎょうじ 参加する行事 "
    "申し込みを取り消したい 参加を取り消したい",
    "voice.show": "声をとどける 声を届ける こえをとどける みんなの声 みんなの声に答える アンケート polls poll",
    "statement.start": "意見 いけん 声 こえ ひとこと 意見を送る 意見を言う 意見がある opinion voice",
    "poll.result": "アンケートの結果 アンケート結果 結果 けっか results",
    "announcements.list": "お知らせ おしらせ お知らせ一覧 news announcements",
    "circular.list": "回覧 かいらん 回覧板 かいらんばん circular",
    "slip.list": "連絡票 れんらくひょう",
    "settings.show": "設定 せってい 地区・設定 設定変更 settings",
    "settings.relations": "関わり かかわり 地区とのかかわり",
    "settings.topics": "受け取るお知らせ うけとるおしらせ 話題 わだい お知らせの話題",
    "settings.interests": "気になる地区 関心のある地区 関心地区",
    "district.rows?for=home": "地区 ちく 地区を選ぶ 地区をえらぶ "
    "地区変更 地区を変える 地区をかえる district 引っ越しました",
    "language.menu": "言語 げんご ことば 言葉 language languages idioma lingua 语言 語言 wika",
    "language.set?to=en": "english 英語 えいご",
    "language.set?to=easy-ja": "やさしい日本語 やさしいにほんご",
    "language.set?to=ja": "日本語 にほんご japanese nihongo",
    "settings.pause": "停止 ていし 配信停止 お知らせを止める お知らせを停止 "
    "お知らせ停止 止めて とめて 配信を止めて stop unsubscribe",
    "settings.resume": "再開 さいかい 配信再開 お知らせを再開 start resume",
    "my_data.show": "わたしのデータ 私のデータ 自分のデータ マイデータ "
    "わたしの登録 私の登録 わたしのとうろく 登録内容 登録情報 mydata",
    "my_data.erase": "登録を消す 登録を消したい データを消して データ削除 登録削除 退会 退会したい",
    "inquiry.start": "相談 そうだん 相談する 相談したい そうだんしたい 職員に聞く 職員に聞きたい 職員と話したい "
    "職員に相談 職員に相談したい 人と話したい 市役所に聞く 市役所に相談したい 市に相談したい "
    "提案 提案する 提案したい staff inquiry",
    "inquiry.list": "受付番号 受付番号の状況 受け付け番号 うけつけばんごう 相談の状況 receipt",
    "desk.show": "窓口 まどぐち 問い合わせ 問い合わせ先 連絡先 desk contact",
}

# The same in the other languages of the chat, without spaces; what our own texts tell people to send is among them.
_SPOKEN_ABROAD: Final = {
    "home.menu": "inicio início",
    "ask.prompt": "perguntar hỏi 提问 想知道的事 magtanong preguntar",
    "home.help": "ajuda ayuda trợgiúp 帮助",
    "activities.list": "eventos sựkiện 活动 日程 mgagawain actividades",
    "voice.show": "enquete khảosát 问卷 survey encuesta",
    "announcements.list": "avisos thôngbáo 通知 balita",
    "settings.show": "configurações configuracoes ajustes càiđặt 设置 設置",
    "language.menu": "ngônngữ",
    "language.set?to=pt": "português portugues ポルトガル語 portuguese",
    "language.set?to=vi": "tiếngviệt ベトナム語 vietnamese",
    "language.set?to=zh-Hans": "中文 中国語 chinese 简体中文 普通话",
    "language.set?to=tl": "filipino tagalog タガログ語 フィリピン語",
    "language.set?to=es": "español espanol スペイン語 spanish castellano",
    "my_data.show": "meusdados dữliệucủatôi 我的数据 我的登记 datosko misdatos",
    "settings.pause": "parar dừng itigil 停止通知",
    "settings.resume": "retomar reanudar tiếptục 恢复 恢復 ituloy",
    "desk.show": "atendimento ventanilla nơihỏi 咨询处 tanggapan",
}


def _meaning(button: str) -> Postback:
    action, _, field = button.partition("?")
    name, _, value = field.partition("=")
    return Postback(action, {name: value} if name else {})


def _plain(text: str) -> str:
    return "".join(fold(text).split())


MEANINGS: Final = {
    _plain(word): _meaning(button)
    for spoken in (_SPOKEN, _SPOKEN_ABROAD)
    for button, words in spoken.items()
    for word in words.split()
}


# What somebody who asks about the bot itself wants to do: a button for it stands beside the answer.
_WISHES: Final = (
    (
        re.compile(r"(?:お知らせ|通知|配信|LINE).{0,8}(?:止め|とめ|停止|いら|不要|多すぎ|やめ)"),
        "chat.set_pause",
        "settings.pause",
    ),
    (re.compile(r"地区.{0,6}(?:変え|かえ|変更|替え|違|ちが)|引っ?越"), "chat.set_home", "district.rows?for=home"),
    (re.compile(r"(?:登録|データ|情報).{0,6}(?:消|削除|けし)"), "chat.data_erase", "my_data.erase"),
    (re.compile(r"(?:何|なに).{0,6}(?:登録|残|保存|覚え)"), "chat.set_my_data", "my_data.show"),
    (
        re.compile(r"(?:英語|外国語|ことば|言葉|language|english|português)", re.IGNORECASE),
        "chat.language_button",
        "language.menu",
    ),
    (re.compile(r"アンケート|意見"), "menu.voice", "voice.show"),
)


def shortcut(turn: Turn, text: str) -> tuple[Tap, ...]:
    """The button that does what a question about the bot asks for; none for other questions."""
    for wish, label, button in _WISHES:
        if wish.search(text):
            meaning = _meaning(button)
            return (turn.tap(turn.say(label), meaning.action, **meaning.fields),)
    return ()


def commanded(turn: Turn) -> Turn:
    """The turn with the button its text stands for, when the whole text is one of these words."""
    meaning = MEANINGS.get(_plain(turn.text)) if turn.text else None
    return turn if meaning is None else replace(turn, event=replace(turn.event, postback=meaning))
