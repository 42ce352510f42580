"""The rich menus made at LINE, one per language."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import Moment


class RichMenu(Base):
    """`digest` covers picture and areas: an unchanged menu is not made again (LINE allows 100 an hour)."""

    __tablename__ = "rich_menu"

    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    line_menu_id: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Moment]
