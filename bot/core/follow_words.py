"""The patterns of `bot.core.follow`, on folded text without marks at the ends."""

from __future__ import annotations

import re
from typing import Final, Literal

Aspect = Literal["place", "when", "fee", "apply", "who"]
MORE: Final = re.compile(
    r"(?:もっと|もう少し|ほかに?は?|他に?は?|それ以外|続き|つづき|次は?|つぎは?|まだある)(?:も)?(?:何か|なにか)?(?:ありますか|ある|見たい|見せて|教えて|知りたい)?"
    r"|more|what else|mais|outros?|más|otros?|thêm(?: nữa)?|nữa|还有(?:吗|别的吗)?|更多|還有嗎|iba pa|higit pa"
)
WRONG: Final = re.compile(
    r"(?:それ)?(?:ちがう|違う|ちがいます|違います|ちがった|違った)(?:よ|って|な|けど|答え)?|そうじゃない(?:です)?|それじゃない(?:です)?|これじゃない(?:です)?|ぜんぜんちがう|全然違う"
    r"|not that|wrong|that'?s not it|não é isso|errado|no es eso|không phải|sai rồi|不是(?:这个)?|不對|hindi iyan|mali"
)
TAIL: Final = r"(?:は|って|も)?(?:どこ(?:で|に)?|いつ|いくら|どう(?:する|やる|すれば|したら)?|何|なに)?(?:ですか|でしょうか|なの|だっけ|かな|です|か|の|いい)*"
ASPECTS: Final[dict[Aspect, re.Pattern[str]]] = {
    "place": re.compile(
        rf"(?:場所|会場|ばしょ|かいじょう|所在地|住所){TAIL}|どこ(?:で|に)?(?:やる|ある|やります|あります|開催)?(?:の|か|ですか|なの)*"
        r"|where(?: is it)?|onde(?: é| fica)?|dónde(?: es)?|ở đâu|在哪里?|哪里|saan(?: po)?"
    ),
    "when": re.compile(
        rf"(?:時間|日時|日程|日にち|じかん|開始時間){TAIL}|(?:いつ|何時|なんじ|何日|何曜日?)(?:から|まで|に|やる|ある|ですか|なの|の|か)*"
        r"|what time|when(?: is it)?|quando(?: é)?|que horas|cuándo(?: es)?|a qué hora|khi nào|mấy giờ|什么时候|几点|kailan|anong oras"
    ),
    "fee": re.compile(
        rf"(?:費用|料金|お金|参加費|会費|ひよう|りょうきん|値段){TAIL}|(?:いくら|無料|ただ|有料)(?:ですか|なの|かかる|かかります|の|か)*|お金(?:は)?(?:かかる|いる|かかります|いります)か?"
        r"|how much|is it free|quanto(?: custa)?|cuánto(?: cuesta)?|bao nhiêu|多少钱|magkano"
    ),
    "apply": re.compile(
        rf"(?:申し?込み?|もうしこみ|予約|参加方法|参加の仕方){TAIL}(?:いる|必要|いります|要る)?(?:ですか|か)?|(?:どうやって)?(?:申し込む|申し込める|参加する|参加できる)(?:には|の|か|ますか)*|参加(?:したい|するには)"
        r"|how do i (?:join|sign up|apply)|como (?:me )?inscrevo|inscrição|cómo me apunto|inscripción|đăng ký|怎么报名|报名|paano sumali"
    ),
    "who": re.compile(
        rf"(?:対象|参加資格|たいしょう){TAIL}|(?:誰|だれ)(?:でも|が)(?:いい|行ける|行けます|出られる|出られます|参加できる|参加できます|来ていい|OK)?(?:ですか|の|か|です)*|子ども(?:も|でも)(?:いい|行ける)?(?:ですか|の|か)*|何歳から"
        r"|who can (?:come|join)|quem pode(?: ir)?|quién puede(?: ir)?|ai được|谁可以(?:参加)?|sino ang puwede"
    ),
}  # fmt: skip
EDGES: Final = re.compile(r"^[\s、。,.!?・「」]+|[\s、。,.!?・「」~ー]+$")
PARTICLES: Final = re.compile(
    r"^(?:じゃあ?|では|それなら|それでは|あと|なら|e|and|y|còn|那|at)?[\s、]*|(?:の(?:方|ほう|場合))?(?:は|だと|なら|では|も|って|の|に|で)*(?:どう|いつ|ある)?(?:ですか|でしょうか|なの|です|だっけ|かな)?[\s?。]*$"
)
SHIFTS: Final = re.compile(r"^(?:how about|what about|e em|y en|còn)\s+|[\s?]+$")
