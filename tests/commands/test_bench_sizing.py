"""The sizing table of the documentation is the one that the measured figures give."""

from bot.bench.sizing import FIGURES, Load, size, table
from tests.support.places import REPOSITORY


def test_the_documentation_holds_the_computed_table():
    text = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "\n".join(table(Load(), FIGURES)) in text
    assert FIGURES.machine in text
    assert f"{FIGURES.messages:,}" in text
    assert f"{FIGURES.recipients:,}" in text


def test_more_load_never_needs_less():
    small, large = (size(cities, Load(), FIGURES) for cities in (10, 1_000))
    busy = size(1_000, Load(reaction=0.5, together=0.2), FIGURES)
    for name in ("messages_a_second", "webs", "workers", "cores", "memory_gb", "database_gb"):
        assert getattr(small, name) <= getattr(large, name) <= getattr(busy, name), name
