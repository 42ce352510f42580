"""分野: under which subject an entry stands on the public pages. One subject an entry, found by its words. Pure.

The first subject one of whose words stands in the title, else in keywords and questions; else what its kind says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from content.packs_model import Entry

# subject -> words, in the order in which they are looked for: what saves lives first, the broad words last.
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "safety": (
        "防災", "避難", "地震", "津波", "高潮", "災害", "火事", "救急", "AED", "消防", "警報", "停電", "備蓄",
        "自主防災", "防犯", "詐欺", "交通安全", "ハザード",
    ),
    "environment": ("ごみ", "資源回収", "リサイクル", "空き家", "草", "犬", "猫", "ペット", "野焼き", "清掃"),
    "children": ("子ども", "子育て", "学校", "通学路", "保育", "若者", "子ども会"),
    "welfare": (
        "高齢", "健康", "認知症", "民生委員", "介護", "虐待", "敬老", "障がい", "福祉", "見守り", "買い物", "健診",
    ),
    "places": ("センター", "公民館", "公園", "道路", "体育館", "施設", "穴", "カーブミラー", "防犯灯", "テント"),
    "associations": (
        "町内会", "自治会", "行政区", "組長", "班長", "区長", "回覧", "役員", "会費", "掲示板", "訃報", "協議会",
        "名簿", "広報", "安全な写真", "会計",
    ),
    "planning": (
        "計画", "条例", "指針", "まちづくり", "地域づくり", "円卓", "補助", "助成", "目標", "人口", "カルテ", "提案",
    ),
    "service": ("LINE", "登録", "アンケート", "匿名", "文字", "言葉", "ふりがな", "友だち", "この案内", "プライバシー"),
}  # fmt: skip
BY_KIND: Final = {
    "activity": "activities", "volunteer": "volunteers", "shelter": "safety", "facility": "places",
    "organisation": "associations", "grant": "planning", "plan": "planning", "population": "planning",
}  # fmt: skip
OTHER: Final = "living"
SUBJECTS: Final = ("activities", *WORDS, "volunteers", OTHER)


def subject_of(entry: Entry) -> str:
    """The subject (one of SUBJECTS) under which an entry stands."""
    if entry.kind in BY_KIND:
        return BY_KIND[entry.kind]
    return _named((entry.title,)) or _named((*entry.keywords, *entry.questions)) or OTHER


def _named(texts: Iterable[str]) -> str:
    said = "\n".join(texts)
    return next((subject for subject, words in WORDS.items() if any(word in said for word in words)), "")
