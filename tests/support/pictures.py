"""Pictures as telephones take them, small enough to be made at once."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

GPS, MAKE, ORIENTATION = 0x8825, 0x010F, 0x0112


def photograph(width: int = 1600, height: int = 1200, kind: str = "JPEG") -> bytes:
    """A picture lying on its side, with the place and the telephone it was taken with."""
    image = Image.new("RGB", (width, height), "#3460fb")
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = "Secret Phone", 6
    exif.get_ifd(GPS)[2] = (35.0, 9.0, 41.0)
    out = io.BytesIO()
    image.save(out, kind, **({"exif": exif.tobytes()} if kind == "JPEG" else {}))
    return out.getvalue()


def said_to_be(width: int, height: int) -> bytes:
    """A small PNG whose header says that it is this large."""
    png = photograph(8, 8, "PNG")
    header = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]
