"""The page that shows the stored messages: drawn with one font and with pictures made here, the same everywhere."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pylopdf_fonts_jp
from PIL import Image, ImageDraw
from playwright.sync_api import Page, Route

STATIC = Path(__file__).parents[3] / "bot" / "simulator" / "static"
SAMPLES = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted((STATIC / "samples").glob("*.json"))}
FONT = Path(pylopdf_fonts_jp.__file__).parent / "NotoSansJP-Regular.otf"
ORIGIN = "http://samples.test"
KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".otf": "font/otf", ".png": "image/png"}
PAGE = """<!doctype html><html lang="ja"><meta charset="utf-8"><title>見本</title>
<link rel="stylesheet" href="/phone/static/flex.css">
<style>
@font-face { font-family: Sample; src: url("/font.otf"); }
body { margin: 0; padding: 8px; background: #dfe9f5; font-family: Sample; }
.sample { padding: 6px; width: 100%; overflow: hidden; box-sizing: border-box; }
</style>
<script type="module">
import { renderMessage, renderQuickReplies } from "/phone/static/flex.js";
window.actions = [];
const options = {
  onAction: (action, event) => { window.actions.push(action); event.preventDefault(); },
  resolveUrl: (url) => url.replace("https://entaku.example", location.origin),
};
window.draw = (name, message) => {
  const place = document.createElement("div");
  place.className = "sample";
  place.id = name;
  place.append(renderMessage(message, options), renderQuickReplies(message?.quickReply?.items, options) ?? "");
  document.body.append(place);
};
</script><body></body></html>"""


@cache
def picture(name: str) -> bytes:
    """A picture that shows its edges and its middle: a cropped one is told from a whole one."""
    size = {"wide": (640, 360), "tall": (300, 600), "square": (400, 400), "dot": (96, 96), "1040": (1040, 520)}[name]
    drawn = Image.new("RGBA", size, (0, 0, 0, 0) if name == "dot" else (197, 215, 251, 255))
    pen = ImageDraw.Draw(drawn)
    wide, high = size
    if name == "dot":
        pen.ellipse((4, 4, wide - 4, high - 4), fill=(206, 0, 0, 255))
    else:
        pen.rectangle((0, 0, wide - 1, high - 1), outline=(0, 23, 193, 255), width=12)
        pen.polygon([(0, high), (wide / 2, high / 4), (wide, high)], fill=(81, 184, 131, 255))
        pen.ellipse((wide / 2 - 40, high / 2 - 40, wide / 2 + 40, high / 2 + 40), fill=(255, 212, 61, 255))
    file = io.BytesIO()
    drawn.save(file, "PNG")
    return file.getvalue()


def _answer(route: Route) -> None:
    path = urlsplit(route.request.url).path
    kind = KINDS.get(Path(path).suffix, "image/png")
    if path == "/":
        route.fulfill(body=PAGE, content_type="text/html")
    elif path == "/font.otf":
        route.fulfill(path=FONT, content_type=kind)
    elif path.startswith("/phone/static/"):
        route.fulfill(path=STATIC / path.removeprefix("/phone/static/"), content_type=kind)
    elif path.startswith("/sample/") and Path(path).stem in ("wide", "tall", "square", "dot", "1040"):
        route.fulfill(body=picture(Path(path).stem), content_type="image/png")
    else:
        route.fulfill(status=404)


def open_samples(page: Page, samples: dict[str, Any] = SAMPLES) -> None:
    """Opens the page and draws `samples` on it, fonts and pictures loaded."""
    page.route(f"{ORIGIN}/**", _answer)
    page.goto(f"{ORIGIN}/")
    page.wait_for_function("Boolean(window.draw)")
    page.evaluate("samples => Object.entries(samples).forEach(([name, message]) => draw(name, message))", samples)
    page.evaluate("document.fonts.load('16px Sample', 'あ').then(() => document.fonts.ready)")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.wait_for_load_state("networkidle")
