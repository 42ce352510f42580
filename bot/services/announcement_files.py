"""Pictures and papers of announcements: checked, drawn anew, stored, found by their token.

A picture is read and drawn anew by Pillow: what comes out holds no EXIF, no place and nothing but pixels. A paper is
a PDF (bot.core.pdf_rules) or a picture of one; either is refused until its particulars stand as text.
"""

from __future__ import annotations

import io
import secrets
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from bot.core import pdf_rules
from bot.core.permissions import Actor
from bot.errors import BadInputError, NotFoundError
from bot.line.limits import MAX_PICTURE_BYTES, MAX_PICTURE_SIDE
from bot.models import Announcement, AnnouncementFile
from bot.services import announcement_checks, announcement_texts, audit
from bot.services.announcement_card import file
from bot.services.announcement_draft import one_line

MAX_UPLOAD = 12 * 1024 * 1024  # of a whole request; a picture and a PDF may have 10 MB each
MAX_WORDS = 120
MAX_PIXELS = 50_000_000  # more than any telephone takes; 150 MB while it is drawn anew
PAPER_SIDE = 2000  # a page that was photographed stays legible
QUALITY = 88
TYPES = ("JPEG", "PNG")

NOT_A_PICTURE = "写真として読めませんでした。JPEG(.jpg)かPNG(.png)の写真を選んでください。"
PICTURE_TOO_LARGE = f"写真は{MAX_PICTURE_BYTES // 1024 // 1024}MBまでです。小さくした写真を選び直してください。"
TOO_MANY_PIXELS = "写真が細かすぎます。大きさ(解像度)を下げてから、選び直してください。"
NO_WORDS = "何が写っているかを書いてください。見えない人、読めない人にも伝わります。"


@dataclass(frozen=True)
class Upload:
    """What a person chose. `home` is the installation's own address, https and ending with /."""

    kind: str
    content: bytes
    words: str
    home: str


@dataclass(frozen=True)
class Drawn:
    """A picture drawn anew or a paper as it came; width and height in pixels, 0 for a PDF."""

    content: bytes
    media_type: str
    width: int = 0
    height: int = 0


def checked(upload: Upload) -> tuple[str, Drawn]:
    """What was chosen with its words, fit to be stored; outside any transaction. Raises BadInputError."""
    words = one_line(upload.words)
    if not 1 <= len(words) <= MAX_WORDS:
        raise BadInputError(NO_WORDS if not words else f"説明は{MAX_WORDS}文字までです。")
    announcement_checks.wording(words)
    return words, _paper(upload.content) if upload.kind == "paper" else picture(upload.content)


def prepare(upload: Upload) -> Callable[[Session, Announcement, Actor, datetime], AnnouncementFile]:
    """Check and draw, outside any transaction; what is returned stores it. Raises BadInputError."""
    words, made = checked(upload)

    def store(session: Session, a: Announcement, actor: Actor, now: datetime) -> AnnouncementFile:
        if upload.kind == "paper" and (missing := announcement_checks.missing_particulars(a)):
            raise BadInputError(
                f"チラシを付ける前に、{'・'.join(missing)}を文字で書いてください。「直す」から書けます。"
                "紙を写しただけでは、読み上げや翻訳ができず、読めない人がいます。"
            )
        announcement_texts.begin(session, a, actor, now)
        remove_file(session, a, upload.kind)
        token = secrets.token_urlsafe(18)
        row = AnnouncementFile(
            municipality_id=a.municipality_id, announcement_id=a.id, kind=upload.kind, token=token,
            url=_url(upload.home, a.municipality_id, upload.kind, token), media_type=made.media_type, words=words,
            width=made.width, height=made.height, size=len(made.content), content=made.content, added_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        _record(session, a, actor, f"attach_{upload.kind}", now)
        return row

    return store


def detach(session: Session, a: Announcement, actor: Actor, kind: str, now: datetime) -> None:
    """Take a picture or paper away. Raises NotAllowedError, ConflictError."""
    if file(session, a, kind) is None:
        return
    announcement_texts.begin(session, a, actor, now)
    remove_file(session, a, kind)
    _record(session, a, actor, f"detach_{kind}", now)


def remove_file(session: Session, a: Announcement, kind: str) -> None:
    """Erase its bytes at once."""
    session.execute(
        delete(AnnouncementFile).where(
            AnnouncementFile.announcement_id == a.id,
            AnnouncementFile.municipality_id == a.municipality_id,
            AnnouncementFile.kind == kind,
        )
    )


def by_token(session: Session, municipality: str, kind: str, token: str, *, content: bool = False) -> AnnouncementFile:
    """The file at this address, with its bytes when `content`. Raises NotFoundError."""
    query = select(AnnouncementFile).where(
        AnnouncementFile.municipality_id == municipality,
        AnnouncementFile.kind == kind,
        AnnouncementFile.token == token,
    )
    found = session.scalar(query.options(undefer(AnnouncementFile.content)) if content else query)
    if found is None:
        raise NotFoundError("その写真やチラシは、もうありません。")
    return found


def picture(content: bytes, most_side: int = MAX_PICTURE_SIDE) -> Drawn:
    """The pixels of a JPEG or PNG as a new JPEG within LINE's size, upright and without EXIF. Raises BadInputError."""
    if len(content) > MAX_PICTURE_BYTES:
        raise BadInputError(PICTURE_TOO_LARGE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_PIXELS is stricter
            opened = Image.open(io.BytesIO(content), formats=TYPES)
            if opened.width * opened.height > MAX_PIXELS:
                raise BadInputError(TOO_MANY_PIXELS)
            opened.draft("RGB", (most_side * 2, most_side * 2))  # a JPEG is read no larger than it is needed
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((most_side, most_side), Image.Resampling.LANCZOS)
            drawn = _on_white(upright)
    except Image.DecompressionBombError as error:
        raise BadInputError(TOO_MANY_PIXELS) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadInputError(NOT_A_PICTURE) from error
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return Drawn(out.getvalue(), "image/jpeg", drawn.width, drawn.height)


def _on_white(image: Image.Image) -> Image.Image:
    """Only pixels; what is transparent becomes white, as on paper."""
    if image.mode in ("RGBA", "LA", "P", "PA"):
        clear = image.convert("RGBA")
        plain = Image.new("RGB", clear.size, "white")
        plain.paste(clear, mask=clear.getchannel("A"))
        return plain
    return image.convert("RGB")


def _paper(content: bytes) -> Drawn:
    if content.startswith((b"\xff\xd8", b"\x89PNG")):
        return picture(content, PAPER_SIDE)
    if why := pdf_rules.problem(content):
        raise BadInputError(why)
    return Drawn(content, "application/pdf")


def _url(home: str, municipality: str, kind: str, token: str) -> str:
    place = f"{home}m/{municipality}"
    return f"{place}/pictures/{token}.jpg" if kind == "picture" else f"{place}/papers/{token}"


def _record(session: Session, a: Announcement, actor: Actor, act: str, now: datetime) -> None:
    audit.record(session, a.municipality_id, actor, f"announcement.{act}", f"announcement:{a.id}", now)
