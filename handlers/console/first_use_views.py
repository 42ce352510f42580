"""The addresses of first use (the wizard) and of practice."""

from __future__ import annotations

from flask import Blueprint

from handlers.console import practice

PLACE = "/<municipality>"


def add(console: Blueprint) -> None:
    """Every page with its address; what each needs is declared at the view."""
    _add_practice(console)


def _add_practice(console: Blueprint) -> None:
    add, post, one = console.add_url_rule, ["POST"], f"{PLACE}/practice"
    add(one, "practice", practice.show)
    add(f"{one}/start", "practice_start", practice.start, methods=post)
    add(f"{one}/end", "practice_end", practice.end, methods=post)
    add(f"{one}/enter", "practice_enter", practice.enter, methods=post)
    add(f"{one}/phones", "practice_phones", practice.telephones)
    add(f"{one}/press", "practice_press", practice.press, methods=post)
    add(f"{one}/others", "practice_others", practice.others, methods=post)
    add(f"{one}/close", "practice_close", practice.close, methods=post)
    add(f"{one}/approve", "practice_approve", practice.approve, methods=post)
