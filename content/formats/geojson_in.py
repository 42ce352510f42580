"""国土地理院's GeoJSON of shelters (and other points) -> the rows of a table, so that they are read as any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from bot.errors import BadInputError
from content.formats.opening import MAX_COLUMNS, Line

_RENAMED = {"共通ID": "ID", "NO": "地理院の番号", "都道府県名及び市町村名": "市区町村名"}
_BROKEN = "GeoJSONとして読めません。途中で切れていないか確かめてください。"


def lines(kind: str, stream: BinaryIO) -> Iterator[Line]:
    """A header line, then one line a feature. Raises BadInputError."""
    del kind
    try:
        data = json.loads(stream.read().decode("utf-8-sig"))
        features = data["features"] if data.get("type") == "FeatureCollection" else None
    except (ValueError, AttributeError, KeyError, RecursionError) as error:
        raise BadInputError(_BROKEN) from error
    if not isinstance(features, list):
        raise BadInputError(_BROKEN)
    found = [_cells(feature) for feature in features]
    header = list(dict.fromkeys(name for cells in found for name in cells))
    if len(header) > MAX_COLUMNS:
        raise BadInputError(f"列が多すぎます({len(header)}列)。{MAX_COLUMNS}列までです。")
    return _lines(header, found)


def _lines(header: list[str], found: list[dict[str, str]]) -> Iterator[Line]:
    yield Line(0, header)
    for number, cells in enumerate(found, 1):
        yield Line(number, [cells.get(name, "") for name in header])


def _cells(feature: Any) -> dict[str, str]:
    """One feature's properties as cells, with its point."""
    feature = feature if isinstance(feature, dict) else {}
    said = feature.get("properties")
    cells = {
        _RENAMED.get(str(name), str(name)): _text(value)
        for name, value in (said if isinstance(said, dict) else {}).items()
    }
    geometry = feature.get("geometry")
    point = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if isinstance(point, list) and len(point) >= 2 and geometry.get("type") == "Point":
        cells |= {"緯度": _text(point[1]), "経度": _text(point[0])}
    return cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
