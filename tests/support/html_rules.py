"""What the text of a page alone can show: looked at wherever a test opens pages by the hundred, without a browser."""

from __future__ import annotations

import re
from collections import Counter

_DRAWN = re.compile(r"<(svg|textarea)\b.*?</\1>", re.DOTALL)


def faults(html: str) -> list[str]:
    """What is wrong; empty when nothing is."""
    text = _DRAWN.sub("", html)
    found = []
    for tag in ("h1", "main", "title"):
        if (number := len(re.findall(rf"<{tag}\b", text))) != 1:
            found.append(f"{number} <{tag}>")
    found += [f"id {name} twice" for name, times in Counter(re.findall(r'\sid="([^"]*)"', text)).items() if times > 1]
    if re.search(r'\sstyle="', text):
        found.append("inline style")
    if re.search(r"<script(?![^>]*\bsrc=)(?![^>]*json)", text):
        found.append("inline script")
    if re.search(r'\stabindex="[1-9]', text):
        found.append("an order of its own for the keyboard")
    if re.search(r">\s*None\s*<|\{\{|\{%", text):
        found.append("something of the program on the page")
    return found
