"""The packs that come with the product, for a municipality that has one."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.errors import NotFoundError
from bot.models import Municipality
from bot.services import audit, knowledge, vectors
from content import packs
from content.packs_model import Pack
from content.search import vector_file

FOLDER: Final = Path(packs.__file__).parent / "packs"


@dataclass(frozen=True)
class Shipped:
    """One of them; `districts` counts them."""

    id: str
    name: str
    code: str
    districts: int


def of_code(code: str) -> Shipped | None:
    """The shipped pack of this municipality's code."""
    for file in sorted(FOLDER.glob("*/municipality.toml")):
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        if said["code"] == code:
            rows = (file.parent / "districts.csv").read_text(encoding="utf-8").strip().splitlines()
            return Shipped(file.parent.name, said["name"], code, len(rows) - 1)
    return None


def read(code: str) -> tuple[Pack, Path]:
    """A shipped pack and its folder; some seconds' work, to be done before any transaction. Raises NotFoundError."""
    found = of_code(code)
    if found is None:
        raise NotFoundError("この市町村のために用意したデータは、ありません。")
    return packs.load(FOLDER / found.id), FOLDER / found.id


def load(
    session: Session, row: Municipality, pack: Pack, folder: Path, actor: Actor, now: datetime, *, samples: bool
) -> int:  # fmt: skip
    """Districts, desks and entries for this municipality, under its own id and name; returns how many districts."""
    kept = replace(
        pack.municipality, id=row.id, name=row.name, public_name=row.name, languages=tuple(row.languages),
        words={**pack.municipality.words, **row.facts.get("words", {})},
    )  # fmt: skip
    knowledge.load_pack(session, replace(pack, municipality=kept), now, samples=samples)
    encoder = vectors.encoder_of(session)
    if encoder is not None:
        vectors.keep(session, row.id, encoder.name, vector_file.read(folder / vector_file.NAME, encoder.name))
    audit.record(session, row.id, actor, "pack.load", f"pack:{pack.municipality.id}", now)
    return len(pack.districts)
