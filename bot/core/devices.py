"""What a browser is called in plain words, from what it says of itself. Pure; the whole line is never kept."""

from __future__ import annotations

from typing import Final

UNKNOWN: Final = "ブラウザー"
# The first word found decides: many browsers also name others.
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows のパソコン"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux のパソコン"),
)
_BROWSERS: Final = (
    ("Line/", "LINEの中のブラウザー"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung ブラウザー"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def called(user_agent: str) -> str:
    """`Windows のパソコン (Edge)`; UNKNOWN for what says nothing we know. At most 60 characters."""
    system = next((name for word, name in _SYSTEMS if word in user_agent), "")
    browser = next((name for word, name in _BROWSERS if word in user_agent), "")
    if system and browser:
        return f"{system} ({browser})"
    return system or browser or UNKNOWN
