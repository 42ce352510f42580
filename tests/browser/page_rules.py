"""What every page of a public body must have (WCAG 2.2 AA, as far as a script can see it)."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

RULES = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
EVERY = "[...rules.structure(), ...rules.layout(), ...rules.contrast()]"


def faults(page: Page) -> list[str]:
    """What is wrong with the page on the screen; a link's page has its words before it has its style sheet."""
    page.wait_for_load_state("load")
    found: list[str] = page.evaluate(f"() => {{ {RULES}; return {EVERY}; }}")
    return found
