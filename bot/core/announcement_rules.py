"""What may not be told to a whole district, and what is told instead. Pure: wording in, refusals out.

Refused: deaths (訃報), names in a duty roster (当番表), who has not paid (会費の未納). Held for the city: elections,
candidates and parties. Deliberately narrow: a courtesy to one family or a list of names does harm that no correction
takes back, while a lecture on funerals, a call to pay fees or a vote on the festival's name may go out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Refusal:
    """`words` as they stand in the text; `why` it is not sent and what can be done `instead`, both for the writer."""

    rule: str
    words: str
    why: str
    instead: str

    def __str__(self) -> str:
        return f"「{self.words}」: {self.why}{self.instead}"


WHY: Final = {
    "death": (
        "訃報は、LINEでは送れません。ご遺族の知らないところまで広がり、留守の家も知られてしまうからです。",
        "ご遺族の了解を得て、紙の回覧、掲示板、組長からの電話でお知らせください。",
    ),
    "roster": (
        "当番の人の名前は、LINEでは送れません。地区の全員に名前が残ってしまうからです。",
        "「1班」「3組」のように書くか、名前の入った当番表は、紙でその組の中だけに配ってください。",
    ),
    "unpaid": (
        "会費などを払っていない人のことは、LINEでは送れません。だれのことか分かり、暮らしにさわるからです。",
        "全員への「会費のお願い」と納め方を書いてください。まだの方には、会計の方がひとりずつ声をかけてください。",
    ),
}
HELD: Final = (
    "選挙や政党、候補者にかかわる言葉(「{words}」)があるため、市の担当が承認するまで待ちます。"
    "急ぐときは、その文を消すか、市の市民協働の担当へ電話してください。"
)
PLACEHOLDER: Final = "文例のままのところ(「{words}」)があります。日や場所、名前を入れてください。"

_HAN = "一-鿿々ヶ"
_RITE = r"(?:葬儀|告別式|葬式|家族葬|通夜)"
_DEATH = re.compile(
    r"(?:ご|御)?逝去|訃報|(?:永眠|他界|死去)(?:し|され|いた|致|の)|喪主|享年\s*[0-9一-九十]|冥福|お(?:悔やみ|くやみ)を?申し|香典|"
    r"弔問(?!外交)|死亡の(?:お?知らせ|ご?連絡)|"
    rf"故人|(?<![{_HAN}])故[ 　]?[{_HAN}]{{1,4}}[ 　]|"
    r"(?:お|御)?通夜(?:式)?(?:は|を|:|の(?:日|ご案内)|[0-9]|\s|・|および|及び|\Z)|"
    rf"{_RITE}[^。\n]{{0,12}}?(?:執り行|とりおこな|営み|営ま|行います|行われ|の日時|のご案内)|"
    rf"{_RITE}[^。\n]{{0,8}}?[0-9]+(?:月|日|時|/)"
)
_NAMED = rf"[{_HAN}]{{1,4}}\s?[{_HAN}ぁ-ん]{{0,4}}(?:さん|様|氏|さま)"
_UNIT = r"(?:[0-9]+|[一二三四五六七八九])(?:組|班)"
_KIN = r"(?:の(?:お|ご)?(?:父|母|祖父|祖母|ばあ|じい|奥|主人|夫|妻|息子|娘|兄|弟|姉|妹)(?:様|さま|さん|上)?)?"
_PASSED_AWAY = re.compile(
    rf"(?:{_NAMED}|元?(?:会長|組長|区長|班長|館長)|{_UNIT}の[^\n。]{{1,12}}?)(?:\([^)\n]{{0,12}}\))?{_KIN}"
    r"(?:(?:が|は|、|\s)[^。\n]{0,20}?亡く|(?:が|は)(?:昨日|今朝|先日|[0-9月日]{2,6}に?)?、?なく)"
    r"(?:なり(?:に(?:な|ま)|まし)|なられ)"
)
# What is said of deaths in general, of those of long ago, or to help those who are left.
_NO_DEATH = re.compile(
    r"(?:お悔やみ|おくやみ)(?:窓口|コーナー|の?手続)|(?:講座|教室|相談会|勉強会|セミナー)[^。\n]*(?:葬|終活)|"
    r"(?:葬儀|葬式|告別式|通夜)(?:場|社|会館|費|代|の(?:準備|マナー|話|相談|手続|作法|費用|しかた|仕方|知識))|追悼|慰霊"
)

_ROSTER = re.compile(
    r"当番|輪番|順番表|(?:割り?当て|分担|割り?振り)表|(?:清掃|掃除|草刈り?|ごみ|ゴミ|水路|鍵|旗)(?:の)?担当"
)
_CONTACT = re.compile(r"問い?合わ?せ|連絡先|電話|でんわ|TEL|FAX|℡|☎|事務局|主催|講師|来賓|差出人", re.IGNORECASE)
# Frequent family names that are no district, street or word of their own; longer ones first.
_SURNAMES: Final = (
    "佐々木|長谷川|五十嵐|久保田|佐久間|小野寺|大久保|宇佐美|佐野|佐藤|鈴木|高橋|田中|伊藤|渡辺|渡邉|渡邊|山本|中村|小林|加藤|吉田|山田|山口|斎藤|斉藤|"
    "齋藤|齊藤|井上|木村|清水|山崎|池田|阿部|橋本|山下|石川|中島|前田|藤田|後藤|小川|岡田|村上|長谷|近藤|石井|坂本|遠藤|青木|藤井|西村|福田|"
    "太田|三浦|岡本|松田|中川|中野|小野|田村|竹内|金子|中山|和田|石田|上田|森田|柴田|酒井|宮崎|宮本|横山|内田|高木|安藤|島田|谷口|大野|高田|"
    "丸山|今井|河野|藤原|村田|武田|上野|杉山|増田|平野|大塚|千葉|松井|菅原|久保|木下|野口|松尾|菊地|野村|新井|望月|勝又|芹澤|芹沢|稲葉|"
    "深澤|深沢|植松|影山|土屋|井出|遠山|黒田|茂木|新藤|田島|萩原|茂原|黛|神宮|堀口|岩井|白石|小池|市川|永井|秋山|大石|松本|原田"
)
# Of these also districts bear the name: alone they say nothing of a person.
_DISTRICTS = frozenset(("吉田", "高田", "小野", "原田", "松本"))
_ALONE = "|".join(name for name in _SURNAMES.split("|") if name not in _DISTRICTS)
_PLACE = (
    r"(?:地区|町|丁目|公園|小学校|中学校|小|中|駅|橋|川|山|神社|寺|公民館|会館|区|市|県|村|通り|団地|病院|医院|歯科|内科|"
    r"クリニック|商店|商会|酒店|園|町内会|自治会|会長|組長|班長|館長|先生|医師)"
)
_FULL = re.compile(rf"(?<![{_HAN}])(?:{_SURNAMES})[ 　]?[{_HAN}]{{1,3}}(?![{_HAN}])")
_BARE = re.compile(rf"(?<![{_HAN}])(?:{_ALONE})(?![{_HAN}]|[ 　]?{_PLACE})")
# One family name is enough right after the word or beside a day.
_BESIDE = re.compile(
    rf"(?:当番(?:は|、|:|\s)+|[0-9](?:日|/[0-9]+)?[^。\n]{{0,8}}?)(?<![{_HAN}])(?:{_ALONE})(?![{_HAN}]|[ 　]?{_PLACE})"
)
_HONOURED = re.compile(
    rf"((?<![{_HAN}ァ-ヶー])(?:[{_HAN}]{{1,4}}|[ァ-ヶー]{{2,8}})|(?<![{_HAN}ぁ-ん])[ぁ-ん]{{2,5}}(?=さん))"
    r"(?:さん|様|さま|氏(?!神|名|子)|宅(?!配|地|急))"
)
# What stands before さん and names nobody: 皆さん, 班長さん, 業者さん ...
_NOBODY = re.compile(
    r"(?:皆|各|他|子|親御|母|父|奥|客|隣|近所|町内|住民|会員|班員|組員|高齢者|長|員|役|係|者|師|士|生|屋|店|家|方|番|当番|消防|学校|役所|"
    r"ボランティア|スタッフ|業者|委員|世帯|個人|自|全|お子|お客|保護者|みな|みんな|たく|おかあ|おとう|おじい|おばあ|"
    r"おにい|おねえ|おまわり|おくさ|こども|おこ)\Z"
)

_FEE = (
    r"(?:町内会|自治会|組|区|班|子ども会|神社|お?祭り)?"
    r"(?:会費|町費|区費|組費|負担金|協力金|分担金|積立金|集金|寄付金|募金|使用料|清掃費)"
)
_LATE = r"(?:未納|滞納|未払い?|不払い)"
_LISTED = r"(?:一覧|名簿|リスト|氏名|名前|公表|が|は、?(?:次|以下|下記)|:)"
_UNPAID = re.compile(
    rf"{_FEE}[^。\n]{{0,8}}?{_LATE}の?(?:者|世帯|家庭|家(?!族)|お宅|人|方々|名簿|一覧|リスト)|"
    rf"{_LATE}の?(?:者|世帯|家庭|お宅|人|方)[^。\n]{{0,6}}?(?:一覧|名簿|リスト|氏名|名前|公表|は、?(?:次|以下|下記))|"
    rf"{_FEE}[^。\n]{{0,10}}?(?:払|納め)(?:って|て)(?:いない|くれない|いただけない|おられない|もらえない)"
    rf"[^。\n]{{0,6}}?(?:人|方|家|世帯|お宅)[^。\n]{{0,4}}?{_LISTED}|"
    rf"(?:{_FEE}|{_UNIT})[^。\n]{{0,16}}?{_LATE}[^。\n]{{0,10}}?[0-9一二三四五六七八九]+(?:件|人|軒|世帯|名|戸)|"
    rf"{_FEE}[^。\n]{{0,8}}?{_LATE}(?:の方)?[ :は]{{0,3}}(?:{_SURNAMES}) ?[{_HAN}]{{0,3}}"
    rf"(?![{_HAN}]|まで|に|へ|宛|あて)"
)
_WHO_OWES = re.compile(r"未納|滞納|未払い|(?:払って|納めて)(?:い?ない|い?ません|くれません)|まだ(?:の|です|払|納)")
# Whom to bring it to: まだの方は、会計の田中さんまで.
_BRING_TO = re.compile(r"(?:方|人|世帯|家庭)は、?[^。\n]{0,16}?(?:さん|様|さま|氏|宅)(?:まで|へ|に)")

_OWN_OFFICES = (
    r"(?<!役員)(?<!会長)(?<!副会長)(?<!委員)(?<!代表)(?<!総代)(?<!理事)(?<!区長)(?<!部長)(?<!児童会)(?<!生徒会)"
)
_ELECTION = re.compile(
    rf"{_OWN_OFFICES}選挙|(?:市長|町長|村長|知事|市議|町議|県議|衆院|参院|補欠)選|立候補予定者|演説会|一票を(?:お願い|投じ|入れ)|期日前投票|不在者投票|(?<!人気)投票(?:所|日|率|入場|用紙|へ行|に行)|"
    r"(?:清き|きよき)一票|(?:立候補|候補者)(?=[^。\n]{0,30}(?:議員|議会|市長|知事|国会|政党|演説|公約|選))|"
    r"(?:議員|議会|市長|知事|国会|政党|衆院|参院)[^。\n]{0,12}(?:立候補|候補者|候補)|"
    r"(?:市議|県議|町議|市長|知事|国会|衆院|参院|議員|候補)[^。\n]{0,16}(?:後援会|を応援|応援(?:集会|演説)|支援をお願い|推薦|決起集会|激励会|街頭演説|報告会?|(?:励ます|語る|囲む)会)|"
    r"(?:街頭|応援)演説|決起集会|自民党|自由民主党|立憲民主|公明党|共産党|国民民主|日本維新|維新の会|れいわ新選組|参政党|社民党|社会民主党"
)
# Somebody's name and a council or an office to be won, as on a poster: 山田太郎を市議会へ. What is brought or sent
# there (声を市議会へ) and who goes to see it (市議会へ見学に) is no election.
_THINGS: Final = "書会団声案願状員者園区校長票題策"
_NO_NAME: Final = rf"(?<![{_THINGS}])(?<!要望)(?<!希望)(?<!意見)(?<!所見)(?<!署名)(?<!地図)(?<!資料)(?<!記録)(?<!計画)"
_GIVEN: Final = (
    r"(?!女子|男子|親子|母子|父子|息子|弟子|双子|様子|調子|帽子|椅子|菓子|冊子|電子|骨子|障子|英雄|工夫|丈夫|農夫|褒美|賛美|[然境]美)"
    rf"[{_HAN}](?:郎|朗|雄|彦|也|哉|之|輔|子|美|夫)"
)
_PERSON: Final = (
    rf"(?:(?<![{_HAN}])(?:(?:{_SURNAMES})[ ]?(?:[{_HAN}]{{1,3}}{_NO_NAME}|[ァ-ヶー]{{2,5}}|"
    rf"(?!の|から|との|への|まで|など)[ぁ-ん]{{2,5}})|(?:{_ALONE}))|{_GIVEN})(?:さん|氏|くん|君|先生|候補|議員)?"
)
_WON: Final = r"(?:(?:[市県町村]議会|議会|国会|[市県町村国]政)(?:へと?|に)|(?:市長|町長|村長|知事)(?:へ|に))"
_SENT: Final = (
    r"(?=\Z|\s|[。!」』)]|、(?!見学|視察|傍聴|案内)|送(?:ろう|り出|り込|る会|って(?:くだ|下|ほし))|押し上げ|推(?:そう|す会)|"
    r"し(?:よう|たい)|の会)"
)
_AGAIN: Final = r"[、 ]?(?:(?:もう一度|ふたたび|再び|今度こそ|ぜひ)[、 ]?)?"
_CAMPAIGN = re.compile(
    rf"{_PERSON}を{_AGAIN}{_WON}{_SENT}|{_WON}[ぁ-んァ-ヶー、 ]{{0,6}}{_PERSON}を(?=\Z|\s|[。!」』)])"
)
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # between two letters they hide a word
# The rules' own words as they are also written: letters apart (訃 報), by their sound in either kana, half of each.
_APART: Final = (
    *(
        "訃報",
        "逝去",
        "永眠",
        "通夜",
        "葬儀",
        "葬式",
        "告別式",
        "喪主",
        "当番",
        "輪番",
        "会費",
        "未納者",
        "滞納者",
        "未納",
        "滞納",
    ),
    *("未払", "選挙", "投票所", "後援会", "自民党", "公明党", "共産党", "維新の会"),
)
# ツヤ alone is a gloss (床のツヤは3日もちます): a wake only with its own day or hour right behind it.
_DIGITS: Final = "[0-9一二三四五六七八九十]{1,3}"
_BARE_WAKE: Final = (
    rf"(?:(?<![{_HAN}ぁ-んァ-ヶー])(?:(?<![{_HAN}] )|(?<=日 ))|(?<=さんの)|(?<=様の)|(?<=氏の)|(?<=[父母]の))"
    r"(?:ツヤ|つや)(?=(?:は|が|も|式は|の(?:日時?|日程)は?)?[:、 ]{0,2}(?:"
    rf"(?:{_DIGITS}月)?{_DIGITS}(?:日|/[0-9]{{1,2}})(?:\([月火水木金土日祝・]+\))?"
    r"(?:\Z|[\s。、0-9午夕夜朝]|で(?:す|ござ)|の(?:夜|夕|午|朝|[0-9])|から(?![0-9])|に(?:行|執|とり))|"
    rf"(?:午後|夕方|夜)?の?{_DIGITS}(?:時|:[0-9]{{2}})(?:\Z|[\s。、半]|から|より|ごろ|頃|で(?:す|ござ))|"
    r"(?:明日|あす|あした|今夜|今晩|本日|明後日|あさって)(?:\Z|。|です|の?(?:夜|夕|午後|[0-9]))))"
)
_BY_SOUND: Final = (
    (r"(?<![ぁ-ん])ふほう(?=[^ぁ-ん]|[のをが]|\Z)", "訃報"),
    (r"(?:ご|御)(?:せいきょ|セイキョ)", "ご逝去"),
    (r"お(?:つや|ツヤ)", "お通夜"),
    (_BARE_WAKE, "通夜"),
    (
        r"(?<![ぁ-ん])(?:お|ご)?(?:そうぎ|そうしき)(?=[はをの:0-9\s])|(?<![ァ-ヶ])(?:ソウギ|ソウシキ)(?![ァ-ヶー])",
        "葬儀",
    ),
    (r"こくべつしき|告べつ式", "告別式"),
    (r"(?:とう|当)(?:ばん|番)(?!せん)|トウバン|当バン", "当番"),
    (
        r"(?:会費|かいひ|カイヒ)(?=[^。\n]{0,12}(?:みのう|未のう|ミノウ|未納|たいのう|滞納|はらって|払って|おさめて))",
        "会費",
    ),
    (r"みのう(?!え)|未のう|ミノウ", "未納"),
    (r"未払(?!い|込|戻)", "未払い"),
    (r"はらって(?=い?ない|い?ませ|くれ)", "払って"),
    (r"おさめて(?=い?ない|い?ませ|くれ)", "納めて"),
    (r"せんきょ(?!う)|センキョ(?!ウ|ー)|せん挙|選きょ", "選挙"),
    (r"じみんとう|自みん党|ジミントウ", "自民党"),
    (r"こうめいとう(?!げ)|コウメイトウ", "公明党"),
    (r"きょうさんとう(?!さ)|キョウサントウ", "共産党"),
)
_SPELLINGS: Final = tuple(
    (re.compile(pattern), word)
    for pattern, word in (*((r"[ \t]*".join(map(re.escape, word)), word) for word in _APART), *_BY_SOUND)
)
# A gap of the examples that nobody filled in: 〇〇, 〇月〇日, ○時.
_GAP = re.compile(r"[〇○◯]{2,}[^\s、。]{0,4}|[〇○◯](?=[月日時分円人番組班歳]|曜)(?:[月時][〇○◯]?)?")


def refusals(*texts: str) -> list[Refusal]:
    """What in these texts (title, body, particulars, words of a picture) may not be sent, each rule once."""
    plain = _plain("\n".join(texts))
    found = []
    for rule, words in (("death", _death(plain)), ("roster", _roster(plain)), ("unpaid", _unpaid(plain))):
        if words:
            found.append(Refusal(rule, words, *WHY[rule]))
    return found


def held_for_city(*texts: str) -> str | None:
    """The words for which somebody of the city has to approve it; None: a second person of the council may."""
    plain = _plain("\n".join(texts))
    match = _ELECTION.search(plain) or _CAMPAIGN.search(plain)
    return match[0] if match else None


def gap(*texts: str) -> str | None:
    """The first gap of an example that nobody filled in (〇〇, 〇月〇日); None when there is none."""
    match = _GAP.search("\n".join(texts))
    return match[0] if match else None


def _plain(text: str) -> str:
    """Widths made equal, and the words of the rules put back that were spaced out or written by their sound."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    for spelling, word in _SPELLINGS:
        plain = spelling.sub(word, plain)
    return plain


def _death(text: str) -> str | None:
    for line in text.splitlines():
        match = _PASSED_AWAY.search(line) or (None if _NO_DEATH.search(line) else _DEATH.search(line))
        if match:
            return match[0].strip()[:40]
    return None


def _roster(text: str) -> str | None:
    """A name in a text that speaks of duties: with さん or in full anywhere; bare family names from two on."""
    if not _ROSTER.search(text):
        return None
    bare: list[str] = []
    for line in text.splitlines():
        if _CONTACT.search(line):
            continue
        for match in _HONOURED.finditer(line):
            if not _NOBODY.search(match[1]):
                return match[0]
        if beside := _BESIDE.search(line):
            return beside[0].strip()
        full = next((m for m in _FULL.finditer(line) if not re.search(rf"{_PLACE}\Z", m[0])), None)
        if full:
            return full[0]
        bare += [match[0] for match in _BARE.finditer(line)]
    return "、".join(bare[:3]) if len(set(bare)) > 1 else None


def _unpaid(text: str) -> str | None:
    if match := _UNPAID.search(text):
        return match[0][:40]
    for line in text.splitlines():
        named = next((m for m in _HONOURED.finditer(line) if not _NOBODY.search(m[1])), None)
        owes = _WHO_OWES.search(line)
        if named and owes and not _BRING_TO.search(line) and re.search(_FEE, text):
            return f"{named[0]}…{owes[0]}"
    return None
