"""The word lists of `content.search.tokens`: what carries a sentence rather than its matter, romaji's syllables."""

from __future__ import annotations

import re


def word_set(text: str) -> frozenset[str]:
    """The words of a text, separated by white space."""
    return frozenset(text.split())


# In unidic's lemma form
STOP_LEMMAS = word_set(
    """
    で御座る どう の 下さる 事 仕舞う 何れ 其の 其れ 出来る 呉れる 因る 就く 居らっしゃる 居る 彼れ 御 御座る 成る 教える 於く 有る 様 欲しい 此の 此れ 為る 物 知る
    良い 見る 言う 訳 貰う 遣る 頂く 願う
    """
)
# What people call things here, with its reading: 「まちセンて」 has five words for the dictionary, none of them it
OWN_WORDS = {"まちセン": "まちせん", "まち協": "まちきょう", "何曜日": "なんようび"}
# Of the served Latin-letter languages, accents taken off
ASKING_WORDS = word_set(
    """
    about ai ano any apa araw ba bagaimana biet can cho como could cual cuando dau dia dimana donde
    esta estan favor fica find get gi gusto hay hoi how kailan kapan khi know kong like mau may muon
    nao nasaan necesito need o onde paano please po posso preciso puedo qual quando que queda quem
    quero quien quiero saan saber sao siapa sino some tahu tell tem tenho the there toi want what
    when where which who why would xin
    """
)
# Particles and endings that make a run of romaji Japanese
JAPANESE_SIGNS = word_set(
    """
    arimasu arimasuka dare de desu desuka doko ga itsu ka kudasai mo nan nani ni no wa wo
    """
)
POLITE_TAIL = re.compile(
    r"(?:(?:について|に関して)?(?:の?こと)?(?:を|が|は|って)?"
    r"(?:(?:詳しく)?(?:教え|おしえ)て(?:ください|下さい|くれますか|もらえますか|いただけますか|ほしいです?|欲しいです?|くれ)?"
    r"|知りたい(?:です|のですが|んですが|のです|んです|んだけど|と思います)?|しりたい(?:です|のですが|んですが|んだけど)?"
    r"|聞きたい(?:です|のですが|んですが|ことがあります|んだけど)?|お(?:願い|ねがい)(?:します|いたします|致します)"
    r"|(?:は|って)?(?:どう|どの(?:よう|様)に)(?:すれば|したら|やったら)(?:いい|良い|よい|よろしい)(?:です|でしょう|の(?:です|でしょう)?)?(?:か)?"
    r"|でしょうか|ですか|ますか|のですが|んですが|んですけど|んだけど|のですか|んですか|なのですが)"
    r"(?:ね|か|よ)?[?。.!、,~ー\s]*)+$"
)
SYLLABLES = {
    "": "あいうえお", "k": "かきくけこ", "s": "さしすせそ", "t": "たちつてと", "n": "なにぬねの", "h": "はひふへほ",
    "m": "まみむめも", "r": "らりるれろ", "g": "がぎぐげご", "z": "ざじずぜぞ", "d": "だぢづでど", "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}  # fmt: skip
GLIDES = {
    "ky": "き", "gy": "ぎ", "sh": "し", "sy": "し", "j": "じ", "zy": "じ", "jy": "じ", "ch": "ち", "ty": "ち", "ny": "に",
    "hy": "ひ", "by": "び", "py": "ぴ", "my": "み", "ry": "り",
}  # fmt: skip
