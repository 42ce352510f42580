"""Practice (練習): a municipality's room for trying things out, told from the real one by its id alone. Pure.

The room is a municipality of its own, so that every rule that keeps municipalities apart keeps it apart too.
"""

from __future__ import annotations

from typing import Final

SUFFIX: Final = "-practice"
TOKEN: Final = "practice:"  # noqa: S105  begins the access token of a room; LINE's own have no colon
# What would reach beyond the room: other people's servers, real accounts, settings of the installation.
NOT_HERE: Final = frozenset({"staff.manage", "settings.manage", "open_data.write", "weather.write", "practice.manage"})


def is_room(municipality: str) -> bool:
    """Whether this is a room for practice."""
    return municipality.endswith(SUFFIX)


def room_of(municipality: str) -> str:
    """The id of a municipality's room."""
    return municipality if is_room(municipality) else municipality + SUFFIX


def real_of(municipality: str) -> str:
    """The municipality whose room this is; itself when it is none."""
    return municipality.removesuffix(SUFFIX)


def token_of(room: str) -> str:
    """The access token of a room: no call that carries it ever reaches LINE."""
    return TOKEN + room


def room_of_token(token: str) -> str | None:
    """The room whose token this is; None for a token of LINE's."""
    return token.removeprefix(TOKEN) if token.startswith(TOKEN) else None
