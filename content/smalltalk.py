"""Kind words that ask for nothing: thanks, agreement, greetings. Chat answers them kindly and shortly."""

from __future__ import annotations

import re
from typing import Literal

from content.search import tokens

Kind = Literal["thanks", "ok", "greeting"]

_DECORATION = re.compile(r"[^\w]+|[_ー~〜]+|w+\Z|笑\Z")
_SIGNS = re.compile(r"m ?\([^\w()]*_[^\w()]*_?[^\w()]*\) ?m")  # m(_ _)m
_LAUGHTER = re.compile(r"(?:w+|笑+)[。!~]*")
_THANKS = re.compile(
    r"(?:どうも|いつも|本当に|ほんとうに|ほんとに|教えてくれて|おしえてくれて|ご丁寧に|早速の?|丁寧に|回答|お返事|返信|助かりました|たすかりました|とても|大変|ご?親切に|それは|はい|わかりました|分かりました|了解です|なるほど|お?疲れ様です)*"
    r"(?:(?:ありがと(?:う|ございます|ございました|うございます|うございました|うね|うです)*|有(?:り)?難うございま(?:す|した)|有(?:り)?難う|感謝(?:です|します|しています|いたします)?|さんきゅ|さんくす|あざす|あざっす|どうも|助かりました|たすかりました|助かります|恐れ入ります|サンキュ|嬉しいです|うれしいです)"
    r"(?:ます|ました|ね|です)?)+"
    r"|(?:thank(?:s|you|youverymuch|yousomuch|salot)*|thx|ty|muito?obrigad[oa]|obrigad[oa](?:muito)?|valeu|c[ảa]m[ơo]n(?:b[ạa]n|nhi[ềe]u|anh|ch[ịi])?|gracias|muchasgracias|salamat(?:po|sainyo)?|maramingsalamat(?:po)?|谢谢|謝謝|谢谢你|謝謝你|多谢|感谢|감사합니다|고마워요?|terimakasih|ขอบคุณ(?:ครับ|ค่ะ)?|धन्यवाद)"
)
_OK = re.compile(
    r"(?:はい|うん|ええ)*(?:了解(?:です|しました|いたしました|っす)?|りょうかい(?:です|しました)?|りょ|りょかい(?:です)?|おけ(?:です)?|承知(?:しました|いたしました|です)?|わかりました|分かりました|判りました|わかった|分かった|おっけ|おーけー|オッケ|ok(?:です|ay)?|おk|なるほど(?:です|ね)*|はい|はーい|うん|そうですか|そうなんですね|そうなのですね|へえ|大丈夫です|だいじょうぶです|結構です|いいです|よろしく(?:お?願い?(?:します|いたします|致します)?|おねがいします)?|gotit|isee|sure|alright|entendi|tábom|certo|vale|entendido|bien|vâng|sige|opo|好的|明白了?|知道了|收到|네|알겠습니다)"
)
_GREETING = re.compile(
    r"(?:おはよう(?:ございます)?|こんにち[はわ]|こんばん[はわ]|おやすみ(?:なさい)?|はじめまして|初めまして|やあ|もしもし|お疲れ(?:さま|様)(?:です|でした)?|おつかれ(?:さま)?(?:です)?|今日は|よろしく|あけまして?おめでとう(?:ございます)?|明けましておめでとう(?:ございます)?|ただいま|さようなら|またね|じゃあね|元気(?:ですか)?|hello|hi|hey|goodmorning|goodafternoon|goodevening|goodnight|bye|ol[áa]|oi|bomdia|boatarde|boanoite|xinch[àa]o|ch[àa]o(?:b[ạa]n)?|hola|buenosd[íi]as|buenastardes|buenasnoches|kumusta(?:po)?|kamusta(?:po)?|magandang(?:umaga|hapon|gabi|tanghali)(?:po)?|你好|您好|早上好|晚上好|早安|안녕하세요|สวัสดี(?:ครับ|ค่ะ)?|नमस्ते|halo|selamatpagi)+"
)
_THANKING = frozenset("🙏🙇💐🎁")
_AGREEING = frozenset("👍👌🙆🆗👏🙂😊😄😃😀😁😉🥰😍🎉✨💕❤💖♪⭕😆🤗👋🌸")
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (("thanks", _THANKS), ("ok", _OK), ("greeting", _GREETING))


def kind(text: str) -> Kind | None:
    """What kind word the whole text is; None as soon as it says anything else."""
    bare = _DECORATION.sub("", _SIGNS.sub("", tokens.fold(text)))
    if not bare:
        return "ok" if _LAUGHTER.fullmatch(tokens.fold(text)) else None
    for name, pattern in _KINDS:
        if pattern.fullmatch(bare):
            return name
    return "thanks" if _both(bare) else None


def sign(text: str) -> Kind | None:
    """What picture signs alone mean: 🙏 thanks, 👍 or 🙂 agrees; None for others (😭, ❓), which say too little."""
    if set(text) & _THANKING:
        return "thanks"
    return "ok" if set(text) & _AGREEING else None


def _both(bare: str) -> bool:
    """「こんにちは、ありがとうございました」: a greeting or agreement, then thanks, and nothing else."""
    opening = _GREETING.match(bare) or _OK.match(bare)
    return bool(opening and opening.end() and _THANKS.fullmatch(bare[opening.end() :]))
