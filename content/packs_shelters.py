"""Shelters as a table: the recommended data set's columns (26, list A), ours after them."""

from __future__ import annotations

from typing import Final

from content.packs_model import HAZARDS, SHELTER_TYPES, Shelter
from content.packs_read import Fields, join, split

NAMES: Final = (
    "洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震", "津波", "大規模な火事", "内水氾濫", "火山現象",
)  # fmt: skip
_HAZARD_COLUMNS: Final = {f"災害種別_{name}": hazard for name, hazard in zip(NAMES, HAZARDS, strict=True)}
STANDARD: Final = (
    "NO", "名称", "名称_カナ", "住所", "方書", "緯度", "経度", "標高", "電話番号", "内線番号",
    "都道府県コード又は市区町村コード", "都道府県名", "市区町村名", *_HAZARD_COLUMNS, "指定避難所との重複",
    "想定収容人数", "対象となる町会・自治会", "URL", "備考", "説明",
)  # fmt: skip
COLUMNS: Final = {
    "住所": "address", "緯度": "lat", "経度": "lon", "標高": "height", "想定収容人数": "capacity",
    "指定避難所との重複": "other_too", "対象となる町会・自治会": "associations", **_HAZARD_COLUMNS,
}  # fmt: skip
OURS: Final = ("type", "partly", "for_whom")


def read(fields: Fields) -> Shelter:
    """The shelter of a row."""
    partly = tuple(name for name in split(fields.text("partly")) if name in HAZARDS)
    return Shelter(
        type=fields.one_of("type", SHELTER_TYPES, "emergency"),
        hazards=tuple(name for name in HAZARDS if fields.flag(name)),
        partly=partly,
        other_too=fields.flag("other_too"),
        address=fields.text("address"),
        lat=fields.degrees("lat", 90),
        lon=fields.degrees("lon", 180),
        height=fields.degrees("height", 9000),
        capacity=fields.count("capacity"),
        associations=fields.words("associations"),
        for_whom=fields.text("for_whom"),
    )


def record(shelter: Shelter) -> dict[str, object]:
    """The cells of a shelter."""
    return {
        **{column: getattr(shelter, name) for column, name in COLUMNS.items() if name not in HAZARDS},
        **{column: name in shelter.hazards for column, name in _HAZARD_COLUMNS.items()},
        "対象となる町会・自治会": join(shelter.associations),
        "entaku_type": shelter.type,
        "entaku_partly": join(shelter.partly),
        "entaku_for_whom": shelter.for_whom,
    }
