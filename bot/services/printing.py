"""PDF by typst, with the Japanese fonts of pylopdf-fonts-jp. A template of ours, data as JSON: no text is ever markup.

Data goes in as one JSON string (`sys.inputs.data`). The template reads values from it and shows them; typst does not
evaluate strings, so nothing that people wrote can become a command, open a file or break the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from bot.errors import UnavailableError

TEMPLATES = Path(__file__).parent / "print"
FONT = "NotoSansJP-Regular.otf"
NO_FONT = (
    "PDFの字体(Noto Sans JP)が見つからないため、PDFを作れません。「印刷用のページ」は使えます。"
    "管理者の方は pylopdf-fonts-jp を入れてください。"
)
NO_PDF = "PDFを作れませんでした。「印刷用のページ」から印刷してください。"
log = structlog.get_logger(__name__)


def font_folder() -> Path:
    """Where the fonts lie. Raises UnavailableError, with what to do, when they are missing."""
    try:
        import pylopdf_fonts_jp
    except ImportError:
        raise UnavailableError(NO_FONT) from None
    folder = Path(pylopdf_fonts_jp.__file__).parent
    if not (folder / FONT).is_file():
        raise UnavailableError(NO_FONT)
    return folder


def pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """A template of bot/services/print filled with data. No network, no file but template and fonts is read."""
    import typst

    try:
        made = typst.compile(  # type: ignore[misc]  # its stub cannot tell str from bytes
            str(TEMPLATES / template),
            root=str(TEMPLATES),
            font_paths=[font_folder()],
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    except typst.TypstError as error:
        log.warning("pdf.failed", template=template, kind=type(error).__name__)
        raise UnavailableError(NO_PDF) from error
    assert isinstance(made, bytes)
    return made
