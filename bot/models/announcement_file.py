"""What is attached to an announcement, or to an item of a circular.

One picture (the card's hero) and one paper (a leaflet, on its own page).
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment, MunicipalityId, RowId, one_of

FILE_KINDS = ("picture", "paper")


class AttachedFile:
    """Bytes as we serve them: a picture was read and drawn anew (no EXIF, no place), a PDF is as it came, checked.

    Whoever knows `token` may read it: LINE's servers and residents' phones send no password. Never changed: another
    picture is another row with another token, so that copies kept on the way are never wrong.
    """

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    kind: Mapped[str] = mapped_column(String(10))
    token: Mapped[str] = mapped_column(String(32), unique=True)
    url: Mapped[str] = mapped_column(String(300))  # absolute: what LINE fetches
    media_type: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(120))  # what is seen on it, for whoever does not see it
    width: Mapped[int] = mapped_column(default=0)  # pixels; 0 for a PDF
    height: Mapped[int] = mapped_column(default=0)
    size: Mapped[int]  # bytes
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_at: Mapped[Moment]


class AnnouncementFile(AttachedFile, Base):
    """One of an announcement."""

    __tablename__ = "announcement_file"
    __table_args__ = (one_of("kind", FILE_KINDS), UniqueConstraint("announcement_id", "kind"))

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"))
