"""The table of retention in words: what is kept, where, how long, why. Each rule of erasing has a row (tested)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.settings import Settings


@dataclass(frozen=True)
class Kept:
    """One row. `rule` None: nothing erases it by time; `long` may name settings as {name}."""

    rule: str | None
    what: str
    where: str
    long: str
    why: str

    def how_long(self, settings: Settings) -> str:
        """How long, with this installation's own days."""
        return self.long.format_map(settings.model_dump(include=_SETTINGS))


_SETTINGS: Final = {
    "erase_after_days",
    "inbox_keep_days",
    "question_keep_days",
    "inquiry_cut_days",
    "inquiry_keep_days",
}
ROWS: Final = (
    Kept(
        "left_residents",
        "住民の登録(LINEの利用者番号は暗号、選んだ地区・言葉・話題)",
        "resident ほか",
        "友だちの間。ブロックから{erase_after_days}日で、すべて",
        "お知らせを届ける",
    ),
    Kept(
        "sources_of_nobody", "届いた通知の跡にある、暗号の利用者番号", "inbox_event", "登録がある間", "重ねて答えない"
    ),
    Kept("inbox_rows", "届いた通知の跡(中身は空)", "inbox_event", "{inbox_keep_days}日", "LINEの送り直しを見分ける"),
    Kept("parked_bodies", "うまく扱えなかった通知の中身(暗号)", "inbox_event", "72時間", "直してから答える"),
    Kept(
        "outbox_rows", "返事を送った跡(中身は空)", "outbox_message", "{inbox_keep_days}日", "届かなかったことを調べる"
    ),
    Kept("conversations", "会話の途中の状態", "conversation", "最後の言葉から30分", "続きから答える"),
    Kept(
        "leases",
        "作業中のしるし(暗号の利用者番号)",
        "source_lease",
        "作業の間。残ったら1時間",
        "同じ人に二重に答えない",
    ),
    Kept("ledger", "だれにお知らせを届けたか", "announcement_recipient", "60日", "訂正を同じ人に送る"),
    Kept("stopped_sends", "途中で止まったお知らせの宛先(暗号)", "announcement_batch", "45日", "続きを送る"),
    Kept(
        "questions",
        "答えられなかった質問(名前や番号は隠し、だれのものか残さない)",
        "unanswered_question",
        "{question_keep_days}日",
        "答えを用意する",
    ),
    Kept(
        "askers",
        "答えが載ったら知らせてほしい人",
        "question_asker",
        "知らせるまで。長くて{question_keep_days}日",
        "頼まれたから",
    ),
    Kept(
        "inquiries",
        "相談・提案の全部(暗号)",
        "inquiry, inquiry_letter, inquiry_referral, inquiry_assignment",
        "終わってから{inquiry_keep_days}日",
        "市の記録",
    ),
    Kept(
        "inquiries_cut",
        "終わった相談の、だれか・連絡先・合言葉・職員の内部メモ",
        "inquiry, inquiry_note",
        "終わってから{inquiry_cut_days}日",
        "返事をする",
    ),
    Kept("inquiry_links", "相談の用紙と回答へのリンク", "inquiry_link", "期限から7日", "期限切れを伝える"),
    Kept(
        "statement_traces",
        "1日に何回声を送ったか、取り消しのための印",
        "statement_quota, statement_unsend",
        "2日",
        "1日の数を守る",
    ),
    Kept(
        "statement_words", "見送った声の言葉と、言い直す前の言葉", "statement, moderation_act", "30日", "理由を確かめる"
    ),
    Kept(
        "statement_links",
        "返事を望んだ人への、封をしたつながり",
        "statement_link",
        "その後の確認まで。長くて1年",
        "返事をする",
    ),
    Kept("sign_ups", "行事の申し込み(人数だけ)と前の日の知らせ", "sign_up, reminder", "行事の次の日", "人数を知る"),
    Kept("deadlines", "締切の前に知らせてほしい人", "deadline_reminder", "その日まで", "頼まれたから"),
    Kept("slip_names", "職員が手で入れた、連絡票の確認の名前", "slip_answer", "90日", "確認した人を知る"),
    Kept(
        "officers",
        "雨の日の用意の宛先と、職員に知らせた跡",
        "rain_recipient, staff_notice",
        "翌日。跡は60日",
        "二重に知らせない",
    ),
    Kept("voice_pauses", "人を傷つける声を見送った回数と、休みの印", "voice_pause", "90日", "同じことが続くのを止める"),
    Kept("trial_codes", "書いた人にお知らせを見せる番号", "trial_code", "30分", "試しに見る"),
    Kept("data_links", "「わたしのデータ」のページへのリンク", "data_link", "30分", "本人だけに見せる"),
    Kept(
        "staff_sessions", "職員・役員のサインインの記録", "staff_session", "最後に使ってから1日", "サインインを確かめる"
    ),
    Kept("invitations", "職員・役員への招待", "invitation", "30日", "招待する"),
    Kept(
        None,
        "受付中のアンケートと賛否の答え(封をしたもの)",
        "ballot, statement_vote",
        "締切まで。締切で鍵を消す",
        "数える",
    ),
    Kept(None, "締切のあとの数、公開した声", "poll, statement", "消しません(だれのものか分かりません)", "地区の記録"),
    Kept(None, "お知らせ、会議、記事、返事", "announcement, round_table, entry", "消しません", "市と地区の記録"),
    Kept(
        None,
        "操作の記録(職員の名前と、したこと)",
        "audit_row",
        "消しません(中身だけは消せます)",
        "だれがしたかを確かめる",
    ),
)
