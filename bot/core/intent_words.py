"""The patterns of `bot.core.intent`, on folded text."""

from __future__ import annotations

import re

WHEN = re.compile(
    r"いつ|何日|何時|なんじ|何曜|日程|日時|日にち|予定|スケジュール|開催|開かれ|開く|やる(?!気)|やります|やって|ある|あり(?:ます|ました)|次の?(?:回|は|に)?|今度|こんど"
    r"|参加(?!し?な(?:い|く|き|け))|来(?:る|ます)|くる(?:の|か|[?]|$)|出たい|行きたい|出れ|中止|延期|順延|時間|まだ|何月|日は$"
    r"|お金(?:が|は)?(?:かか|いる|いり|要|必要)|参加費|持ち物|持ちもの|会場(?:は|どこ)|集合(?:は|場所|時)|申し?込み?(?:は)?(?:いる|いり|要|必要)"
    r"|\bwhen\b|\bschedule|\bdate\b|\bquando\b|\bcuándo\b|\bcuando\b|\bqué día\b|\bque dia\b|khi nào|bao giờ|ngày nào|mấy giờ|什么时候|什麼時候|哪天|几号|幾號|几点|\bkailan\b|\banong araw\b"
)
WHO = re.compile(r"(?:誰|だれ|どなた)(?:が|か)(?:やる|やって|やり|する|して|決め|なる)")  # who does it, not whether
GENERIC = re.compile(
    r"イベント|いべんと|行事|ぎょうじ|催し(?:物|もの)?|もよおし|集まり|あつまり|(?:お|の)集い|つどい|何か(?:やって|やる|やり|ある|あり|面白|おもしろ|楽し|して|開|イベント)|なにか(?:やって|やる|やり|ある|あり|ない)|なんか(?:ある|やって|やる|ない)|(?:遊べる|行ける|出かけ(?:られる)?|楽しめる)(?:所|ところ|場所|もの)"
    r"|\bevents?\b|\bwhat'?s on\b|\bactivit(?:y|ies)\b|\beventos?\b|\batividades?\b|\bactividades?\b|sự kiện|hoạt động|活动|活動|\bkaganapan\b|\baktibidad\b"
)
GENERIC_REST = re.compile(
    r"です|ます|ありますか?|ある|あり|教えて(?:ください)?|おしえて|知りたい|何か?|なにか?|なん|どんな|どこか?|おすすめ|向け|退屈|ひま|暇|死ぬほど|集まれ[るて]?|集まる|今後|これから|予定|一覧|地区|近く|ちかく|やって|い?る|行ける|いける|連れて|できる|参加|楽し|面白|おもしろ|遊べる?|所|ところ|場所|開催|されて|して|物|もの|こと|市内?|うち|この|その|行きたい|出たい|ない"
    r"|子ども|こども|子供|親子|子連れ|小学生|幼児|赤ちゃん|家族|高齢者?|お年寄り|シニア|無料|公園|まちセン|(?:まちづくり|地域づくり)センター|公民館|体育館|ひろば|広場|週末|土日|情報|スケジュール|カレンダー|いつ|quero|participar|quiero|want|join|attend|would|like|de|muốn|are|there|any|is|for|the|on|in|me|what|kids|children|my|with|can|i|go|to|tell|some|have|um|os|as|que|tem|há|hay|ay|có|gì|có|nào|有|什么|吗|什麼|嗎|的|may|ba|mga|anong|ano|[のにでをはがもとかねよ、。?!\s~ー]"
)
ABOUT_EVENTS = re.compile(
    r"(?:まち[セせ][ンん]|センター|公民館)は?\s*(?:やって|開い|あい|休み)|雨|中止|申し?込|参加するには|誰でも|駐車|写真|探し方|さがし方|手伝|ボランティア|補助|助成|開きたい|企画|主催|載せ|宣伝|テント|備品|保険|通行止|道具|借り"
)
CHILD = re.compile(
    r"子ども|こども|子供|親子|子連れ|小学生|幼児|赤ちゃん|\bkids?\b|\bchild(?:ren)?\b|criança|niñ[oa]s?|trẻ em|孩子|儿童|兒童|\bbata\b"
)
SENIOR = re.compile(r"高齢|お年寄り|おとしより|シニア|65歳|老人|\bsenior|\belderly\b|idos[oa]s?|ancian[oa]s?")
OPEN = re.compile(r"どなたでも|だれでも|誰でも")

HAZARDS: dict[str, re.Pattern[str]] = {
    "tsunami": re.compile(r"津波|つなみ|\btsunami\b|sóng thần|海啸|海嘯|maremoto"),
    "flood": re.compile(
        r"洪水|こうずい|大雨|おおあめ|豪雨|台風|たいふう|氾濫|はんらん|浸水|水害|[川水]が(?:あふれ|溢れ)|\bflood|\btyphoon|heavy rain|enchente|inunda|tufão|tifón|lũ|bão|暴雨|台风|颱風|\bbaha\b|\bbagyo\b"
    ),
    "surge": re.compile(r"高潮|たかしお|storm surge"),
    "landslide": re.compile(
        r"土砂|どしゃ|がけ|崖|地すべり|土石流|\blandslide|deslizamento|derrumbe|sạt lở|泥石流|滑坡"
    ),
    "volcano": re.compile(r"噴火|ふんか|火山|溶岩|降灰|\bvolcan|\berupt|vulcão|erupç|núi lửa|\bbulkan"),
    "fire": re.compile(r"大規模な火事|大火|大きな火事|火事|火災|\bfire\b"),
    "earthquake": re.compile(r"地震|じしん|\bearthquake|terremoto|động đất|\blindol\b"),
}
FLEE = re.compile(
    r"(?:どこ|何処|どちら|どこら)[にへで]?[^。]{0,6}(?:逃げ|にげ|避難|ひなん)|(?:逃げ|にげ|避難|ひなん)(?:する|る|できる)?(?:ビル|タワー|建物|所|ところ|場所|先|ばしょ|さき)|避難は?どこ|ひなん(?:は)?どこ|避難所|(?:避難|ひなん)(?:タワー|ビル|たわー|びる)"
    r"|ひなんじょ|\b(?:evacuat\w+|shelters?)\b|\bevacua\w+|\babrigos?\b|\brefugios?\b|sơ tán|避难|避難(?:地点|點)"
)
FLEE_OTHER = re.compile(
    r"避難(?:所|場所)?(?:訓練|準備|生活|指示|情報|の?違い|と避難)|ひなんくんれん|持ち物|違い|ちがい|違う|ペット|一人|ひとりで|寝たきり|手助け|要支援|できない|食べ物|備蓄|運営|集合場所|なぜ|になる|に?なりますか|ですか(?<=は避難所ですか)(?<=は避難場所ですか)"
)
WHERE_TO_GO = re.compile(
    r"(?:どこ|何処|どっち)[にへ]?(?:行け|いけ|行った|いった|行く|いく)|(?:どこ|何処)[にへ]?(?=[?。 ]*$)"
)
# Kinds of places where activities are held, each as people call it and as entries write it.
PLACES = tuple(
    re.compile(pattern)
    for pattern in (
        r"公園|こうえん|\bpark|\bparque", r"小学校|しょうがっこう", r"中学校", r"体育館|たいいくかん", r"グラウンド|ぐらうんど|運動場",
        r"まちセン|まちせん|(?:まちづくり|地域づくり)センター|公民館", r"市役所", r"ひろば|広場", r"河川敷|川べり",
    )
)  # fmt: skip
