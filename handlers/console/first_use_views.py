"""The addresses of first use (the wizard) and of practice."""

from __future__ import annotations

from flask import Blueprint

from handlers.console import practice, setup, setup_districts, setup_line, setup_menu, setup_test

PLACE = "/<municipality>"


def add(console: Blueprint) -> None:
    """Every page with its address; what each needs is declared at the view."""
    _add_first_use(console)
    _add_practice(console)


def _add_first_use(console: Blueprint) -> None:
    add, post, both, one = console.add_url_rule, ["POST"], ["GET", "POST"], f"{PLACE}/setup"
    add("/setup", "setup_first", setup.first, methods=both)
    add("/setup/municipality", "setup_new", setup.new, methods=both)
    add(one, "setup", setup.overview)
    add(f"{one}/municipality", "setup_municipality", setup.municipality, methods=both)
    add(f"{one}/districts", "setup_districts", setup_districts.show)
    add(f"{one}/districts/look", "setup_districts_look", setup_districts.look, methods=post)
    add(f"{one}/districts/pack", "setup_districts_pack", setup_districts.pack, methods=post)
    add(f"{one}/districts/template.csv", "setup_districts_template", setup_districts.template)
    add(f"{one}/line", "setup_line", setup_line.show, methods=both)
    add(f"{one}/line/check", "setup_line_check", setup_line.check, methods=post)
    add(f"{one}/line/said", "setup_line_said", setup_line.said, methods=post)
    add(f"{one}/menu", "setup_menu", setup_menu.show)
    add(f"{one}/menu/again", "setup_menu_again", setup_menu.again, methods=post)
    add(f"{one}/menu/picture.png", "setup_menu_picture", setup_menu.picture)
    add(f"{one}/test", "setup_test", setup_test.show)
    add(f"{one}/test/word", "setup_test_word", setup_test.word, methods=post)
    add(f"{one}/test/send", "setup_test_send", setup_test.send, methods=post)
    add(f"{one}/done", "setup_done", setup.done, methods=both)


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
