"""What is kept, where, how long and why: one table, read by staff at the privacy desk and by everybody on /privacy.

Each rule of bot.services.retention stands in one row (tested). `public` rows are shown to everybody, in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kept:
    """One row. `rule` None: nothing erases it by time. `long` may name settings as {name}; `where` names tables.

    `shared`: the table belongs to no municipality, so that its numbers are those of the whole installation.
    """

    rule: str | None
    what: str
    where: str
    long: str
    why: str
    public: bool = True
    shared: bool = False

    def how_long(self, days: Mapping[str, object]) -> str:
        """How long, with this installation's settings by name."""
        return self.long.format_map(days)


ROWS: Final = (
    Kept(
        "left_residents",
        "住民の登録(LINEの利用者番号は暗号、選んだ地区・言葉・話題・受け取る時刻。名前と写真は受け取りません)",
        "resident ほか",
        "友だちの間。LINEの「わたしの登録」から、いつでもすぐ消せます。ブロックから{erase_after_days}日で、すべて消します",
        "お知らせを届ける",
    ),
    Kept(
        "sources_of_nobody", "届いた通知の跡にある、暗号の利用者番号", "inbox_event", "登録がある間", "重ねて答えない"
    ),
    Kept(
        "parked_bodies",
        "LINEで送られた文(暗号)",
        "inbox_event",
        "答えたとき、すぐに消します。うまく扱えなかったものは72時間",
        "直してから答える",
    ),
    Kept("inbox_rows", "届いた通知の跡(中身は空)", "inbox_event", "{inbox_keep_days}日", "LINEの送り直しを見分ける"),
    Kept(
        "outbox_rows", "返事を送った跡(中身は空)", "outbox_message", "{inbox_keep_days}日", "届かなかったことを調べる"
    ),
    Kept("conversations", "会話の途中の状態(どこまで話したか)", "conversation", "最後の言葉から30分", "続きから答える"),
    Kept(
        "leases",
        "作業中のしるし(暗号の利用者番号)",
        "source_lease",
        "作業の間。残ったら1時間",
        "同じ人に二重に答えない",
    ),
    Kept("ledger", "だれにお知らせを届けたか", "ledger_sheet, digest_recipient", "60日", "訂正を同じ人に送る"),
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
    Kept(
        "inquiry_links",
        "相談の用紙と回答へのリンク。「途中で保存する」を押した書きかけ(暗号)",
        "inquiry_link",
        "書きかけは、送ったときか用紙の期限まで。リンクは期限から7日",
        "続きを書く。期限切れを伝える",
    ),
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
    Kept("voice_pauses", "人を傷つける声を見送った回数と、休みの印", "voice_pause", "90日", "同じことが続くのを止める"),
    Kept(
        "sign_ups",
        "行事の申し込み(人数だけ)と前の日の知らせ",
        "sign_up, web_sign_up, reminder",
        "行事が終わって1日",
        "人数を知る",
    ),
    Kept("deadlines", "締切の前に知らせてほしい人", "deadline_reminder", "その日まで", "頼まれたから"),
    Kept("slip_names", "職員が手で入れた、連絡票の確認の名前", "slip_answer", "90日", "確認した人を知る"),
    Kept(
        "officers",
        "雨の日の用意の宛先と、職員に知らせた跡",
        "rain_recipient, staff_notice",
        "翌日。跡は60日",
        "二重に知らせない",
    ),
    Kept("trial_codes", "書いた人にお知らせを見せる番号", "trial_code", "30分", "試しに見る"),
    Kept("data_links", "「わたしのデータ」のページへのリンク", "data_link", "30分", "本人だけに見せる"),
    Kept(
        "staff_sessions", "職員・役員のサインインの記録", "staff_session", "最後に使ってから1日",
        "サインインを確かめる", public=False,
    ),
    Kept("invitations", "職員・役員への招待", "invitation", "30日", "招待する", public=False),
    Kept(
        "kept_forms", "市のサインインにいる職員・役員の、書きかけの用紙(暗号)", "kept_form", "15分", "続きを開く",
        public=False, shared=True,
    ),
    Kept(
        None,
        "受付中のアンケートと賛否の答え(封をしたもの)",
        "ballot, statement_vote",
        "締切まで。締切で鍵を捨て、集計だけが残ります",
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
        public=False,
    ),
)  # fmt: skip


def of_everybody(days: Mapping[str, object]) -> list[tuple[str, str]]:
    """(what is kept, how long) as the public page tells it."""
    return [(row.what, row.how_long(days)) for row in ROWS if row.public]
