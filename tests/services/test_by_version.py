"""What is kept by version: read once, anew after a change, and never from what was undone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.models import District
from bot.services import districts
from bot.services.by_version import ByVersion
from bot.services.context import Context
from bot.services.entry_editing import raise_version


def test_it_is_read_once_for_each_version(cities: Context) -> None:
    read: list[str] = []

    def count(_session: object, municipality: str) -> int:
        read.append(municipality)
        return len(read)

    kept = ByVersion(count)
    with cities.database.read() as session:
        assert [kept(session, "fuji"), kept(session, "fuji"), kept(session, "tomioka")] == [1, 1, 2]
    with cities.database.write() as session:
        raise_version(session, "fuji")
    with cities.database.read() as session:
        assert [kept(session, "fuji"), kept(session, "tomioka")] == [3, 2]


def test_what_is_undone_was_never_there(cities: Context) -> None:
    with pytest.raises(RuntimeError), cities.database.write() as session:  # noqa: PT012 the change is what is undone
        session.scalars(select(District).where(District.key == "imaizumi")).one().name = "まちがい"
        raise_version(session, "fuji")
        assert "まちがい" in {one.name for one in districts.listed(session, "fuji")}
        raise RuntimeError
    with cities.database.write() as session:
        raise_version(session, "fuji")  # the number that the undone change had
    with cities.database.read() as session:
        assert "まちがい" not in {one.name for one in districts.listed(session, "fuji")}
