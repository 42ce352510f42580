"""Open data read in: files that were dropped and addresses that are polled, each reading, and what came of it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base
from bot.models.columns import JsonObject, Moment, MunicipalityId, RowId, one_of

IMPORT_KINDS = ("activities", "facilities", "shelters", "population", "calendar", "news")
RUN_STATES = ("checked", "taken", "dropped", "failed")


class Feed(Base):
    """An address on the web that is read again and again (`news`: RSS or Atom).

    `accept`: `auto` takes what is right at once, `review` waits for staff. `claimed_until` is real time: a process that
    reads holds the row so long.
    """

    __tablename__ = "feed"
    __table_args__ = (
        UniqueConstraint("municipality_id", "url"),
        one_of("kind", IMPORT_KINDS),
        one_of("accept", ("auto", "review")),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    url: Mapped[str] = mapped_column(String(500))
    # Other hosts that a redirect may lead to, separated by spaces.
    hosts: Mapped[str] = mapped_column(String(500), default="")
    every_minutes: Mapped[int] = mapped_column(default=360)
    accept: Mapped[str] = mapped_column(String(10), default="review")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Moment]
    next_at: Mapped[Moment]
    claimed_until: Mapped[Moment | None]
    tried_at: Mapped[Moment | None]
    read_at: Mapped[Moment | None]  # when it last answered as it should
    etag: Mapped[str | None] = mapped_column(String(200))
    last_modified: Mapped[str | None] = mapped_column(String(60))
    digest: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of what was read last
    failures: Mapped[int] = mapped_column(default=0)
    said: Mapped[str] = mapped_column(String(300), default="")  # what came of the last try, for staff


class ImportRun(Base):
    """One reading of a file: its report, and the file itself while somebody has to decide.

    `collection` names the list that it is: what vanished from one list is not missed in another.
    """

    __tablename__ = "import_run"
    __table_args__ = (one_of("kind", IMPORT_KINDS), one_of("state", RUN_STATES))

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("feed.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(20))
    collection: Mapped[str] = mapped_column(String(120))
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[Moment]
    actor: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    # format, read, accepted, rejected, warnings, added, changed, unchanged, kept, gone (see services.open_data_in)
    report: Mapped[JsonObject]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class ImportedEntry(Base):
    """By what an entry is known again when its list is read the next time."""

    __tablename__ = "imported_entry"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[MunicipalityId]
    kind: Mapped[str] = mapped_column(String(20))
    collection: Mapped[str] = mapped_column(String(120))
    outside_id: Mapped[str | None] = mapped_column(String(220))
    name_hash: Mapped[str] = mapped_column(String(16))
    place_hash: Mapped[str] = mapped_column(String(16))
    run_id: Mapped[int] = mapped_column(default=0)  # the last run that had it
    row: Mapped[int] = mapped_column(default=0)
