"""Vectors of what entries say, by the hash of the text: made once, read by every process."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base


class PassageVector(Base):
    """One passage of an entry as one model understands it; an entry that changes needs those of its new texts."""

    __tablename__ = "passage_vector"

    municipality_id: Mapped[str] = mapped_column(String(32), ForeignKey("municipality.id"), primary_key=True)
    model: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)  # content.search.meaning.key of the text
    vector: Mapped[bytes] = mapped_column(LargeBinary)  # content.search.meaning.packed
