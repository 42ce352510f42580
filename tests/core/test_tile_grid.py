"""No two districts share a tile; north stays above south, west left of east."""

from __future__ import annotations

import csv
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.tile_grid import COLUMNS, Spot, layout
from tests.support.places import REPOSITORY

DEGREES = st.floats(-60, 60)
PLACES = st.lists(st.tuples(DEGREES, DEGREES) | st.none(), max_size=40)


@given(PLACES, st.integers(1, 8))
def test_every_district_has_a_tile_of_its_own_in_the_order_of_the_map(places, columns):
    spots = [Spot(str(at), *(place or (None, None))) for at, place in enumerate(places)]
    found = layout(spots, columns)
    assert set(found) == {one.key for one in spots}
    assert len(set(found.values())) == len(spots)
    assert all(0 <= column < columns for column, _ in found.values())
    known = [one for one in spots if one.lat is not None]
    lowest = max((found[one.key][1] for one in known), default=-1)
    for one in known:
        for other in known:
            if found[one.key][1] < found[other.key][1]:
                assert one.lat >= other.lat
            if found[one.key][1] == found[other.key][1] and found[one.key][0] < found[other.key][0]:
                assert one.lon <= other.lon
    unknown = [found[one.key] for one in spots if one.lat is None]
    assert all(row > lowest for _, row in unknown)
    assert all((a[1], a[0]) < (b[1], b[0]) for a, b in pairwise(unknown))


@pytest.mark.parametrize(("city", "number"), [("fuji", 26), ("tomioka", 11)])
def test_the_cities_of_the_packs(city, number):
    with (REPOSITORY / "content" / "packs" / city / "districts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    spots = [Spot(row["id"], *(float(row[name]) if row[name] else None for name in ("lat", "lon"))) for row in rows]
    found = layout(spots)
    assert len(set(found.values())) == len(found) == number
    assert max(column for column, _ in found.values()) < COLUMNS
    assert layout(spots) == found  # the same districts lie in the same place each time


def test_a_grid_without_a_column_is_an_error():
    with pytest.raises(ValueError):
        layout([], 0)
