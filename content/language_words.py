"""The evidence of `content.language`: blocks of script, telling letters and common words."""

from __future__ import annotations

import re

CLEAR = 2.0  # log-odds between the first and the second language from which a guess is called clear

BLOCKS = (
    ("ko", re.compile("[가-힣ᄀ-ᇿㄱ-ㆎ]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("ne", re.compile("[\u0900-\u097f]")),
)
VIETNAMESE = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹĩũ]")
# Words that Chinese sentences are built with and Japanese compounds are not
CHINESE_WORDS = re.compile(
    "[们們吗嗎呢吧这這哪谁誰么麼怎还给让讓很您啊啦她它妳咱]|什[么麼]|我(?!慢|流|孫|家|国|執|欲|意)(?<!自我)(?<!怪我)(?<!無我)(?<!没我)|你"
    "|不(?:是|會|会(?!議)|想|好|在(?!者|の|籍|票|住)|過|吃|去)|[我你他好大小新多真]的(?!$)|(?<=[到來来完好吃去過过看走買买])了|他(?=[是說说對对們们去来來很有也不想要])|[都也就](?:是|有|不|要|会|會|在|没|沒|很)"
    "|(?<![陥埋日沈出水戦病])没(?![収頭落後年入個常])|志愿|想[当當去要参參看知问問学學买買]"
    "|為什|为什|可以|因[為为]|沒有|知道|喜[欢歡]|今天|明天|昨天|后天|星期|[谢謝]{2}|[请請]問|请|多少|几|幾[個点點]|一[个個]|时候|時候|孩子|怎[样樣]|[東东]西|已[经經]|[吃喝]|看[到见見]|跟|找(?:不|到|一)|哪[里裡]|什麼|扔|倒垃圾|垃圾"
)
JAPANESE_RARE = re.compile(
    "祇園|瓦礫|鰯|籠|梱|嘱|躾|蕎麦|饅頭|彌|丼|挨拶|檜|椅|椎|廣(?=瀬|田|島)|邊(?=さん|野)|渡邊|齋|齊|澤|濱|瀧|國(?=分|學|定)|龍|纏|碍|癌|痺|瘡|疱|疹|喘|嚥|咳|啄|咀嚼|嘔吐|躯|褥|蜂|蛾|蝙|蠅|蟻|薔薇|藁|檀|歪|殷|頸|顎|鰻|鱗|鴨|鵜|麒麟|齲|汲|濾|燻"
)
_WORDS = {
    "en": "the is are a of to in and you i it that for what when where how this my we he she do does did have has not was at on with your can will there please",
    "pt": "o os do da dos das em no na nos nas um uma é não você ele ela meu minha seu sua está são foi muito onde quando isso isto ao à mais tem eu quem com ei qual",
    "es": "el la los las del un una es y no yo tú él ella su está son fue muy dónde cuándo cómo eso esto más hay lo le te usted nosotros qué me soy sois mi os cuál vendrá con",
    "id": "yang di ke dari ini itu dan tidak saya kamu dia kami mereka ada akan dengan untuk apa bagaimana kapan bisa adalah sudah aku bukan",
    "tl": "ang ng sa na mga ay ako ko mo siya ka niya ito iyon hindi si ni kay nang may ba po namin kami sila ano kailan saan bakit paano",
    "vi": "là của và có không tôi bạn anh cho này đó một",
}  # fmt: skip
# Words of the bot's everyday questions, of politeness, and Vietnamese typed without its signs; beside the grammar above.
_EVERYDAY = {
    "en": "garbage trash shelter event events please thanks thank help want need moved",
    "pt": "quero preciso posso onde lixo bairro obrigado obrigada oi vc pra aula prefeitura nao fica passa tenho moro estou sou falo dia hora",
    "es": "quiero necesito puedo donde cuando basura hola gracias hablo vivo tengo como hora dia vecinos para niños",
    "id": "apakah dimana mana kapan sampah terima kasih tolong mau tinggal hari kelas tempat",
    "tl": "basura meron mayroon salamat opo saang anong bukas dito doon lang naman wala gusto nakatira",
    "vi": "khong toi nao ngay khi duoc cua tieng hoc rac lop nhieu muon hoi giup xin chao cuoi tuan thang kien dien tap lanh nguoi vut dau nay noi ban gi",
}  # fmt: skip
# Small words that no other of these languages has: one of them weighs as much as three common ones.
_TELLING = {
    "tl": "po ba ang ng mga saan kailan paano", "pt": "não você onde quero", "es": "dónde cuándo quiero donde",
    "vi": "khong ngay nhieu tieng", "id": "apakah kapan yang tidak",
}  # fmt: skip
# Japanese in Latin letters: words that the six languages do not have.
_ROMAJI = (
    "gomi itsu doko nani nanji desu desuka masu masuka arimasu arimasuka arimasen arimasenka kudasai wo onegaishimasu arigatou arigato "
    "konnichiwa ohayou ohayo sumimasen wakarimasen wakaranai oshiete oshietekudasai watashi hinan hinanjo hinanbasho bousai bosai kunren "
    "kouminkan kominkan yoyaku chonaikai chounaikai jichikai konshuu konshu raishuu raishu shuumatsu shumatsu kongetsu raigetsu gyouji gyoji "
    "machisen machizukuri kodomo ibento shiyakusho yakusho denwa bangou bango madoguchi tetsuzuki nihongo kyoushitsu kyoshitsu shitai hairitai "
    "ikitai hairu hairitai dou naze dare ikura moushikomi moshikomi toshokan byouin byoin gakkou gakko shougakkou shogakko jishin taifuu taifu "
    "kaji matsuri omatsuri undoukai kyou ashita asatte kinou doyoubi doyobi nichiyoubi nichiyobi getsuyoubi kayoubi suiyoubi mokuyoubi "
    "kinyoubi chiku jouhou joho dasu sodai sodaigomi moeru moenai shigen suru shimasu dekimasu dekiru dekimasuka jikan basho nansai muryou "
    "muryo hikkoshi hikkoshimashita kaigi kaigishitsu kairanban oshirase tomeru kuyakusho kokuho nenkin hoken zeikin shinsei todoke tenyuu "
    "tetsudai sodan soudan sansan kosodate hoikuen youchien chikaku nannichi nanyoubi nangatsu nanbun nannin dounyuu doyatte douyatte ikimasu "
    "mitai kikitai tsukaitai karitai kariru karitaidesu shiritai naritai ikeba yoi ii desyou deshou"
)
ROMAJI = frozenset(_ROMAJI.split())
# Every word spells as kana does: consonant and vowel, ん, a doubled consonant.
SPELLS_KANA = re.compile(
    r"(?:(?:([kstpc])(?=\1)|t(?=ch))?(?:[kgsztdnhbpmr]?[aiueo]|[kgnhbpmr]y[auo]|(?:sh|ch|j|ts|f|y|w|v)[aiueo]|n(?![aiueoy])))+\Z"
)
_SETS = {language: frozenset(text.split()) for language, text in _WORDS.items()}
COMMON_WORDS = frozenset(word for words in _SETS.values() for word in words)
_KNOWN = {language: words | frozenset(_EVERYDAY[language].split()) for language, words in _SETS.items()}
_TELLING_SETS = {language: frozenset(text.split()) for language, text in _TELLING.items()}
_LETTERS = {"es": re.compile("[ñ¿¡]|[^q]ué|ción|éis|áis|ll"), "pt": re.compile("[ãõçêâô]|ção|lh|nh|ei\\b")}


def bonus(language: str, text: str, found: list[str]) -> float:
    """What common words and telling letters add to a language's log-probability."""
    known = _KNOWN[language]
    total = 1.0 * sum(word in known for word in found)
    total += 2.0 * sum(word in _TELLING_SETS.get(language, ()) for word in found)
    pattern = _LETTERS.get(language)
    return total + (1.5 * len(pattern.findall(text)) if pattern else 0.0)
