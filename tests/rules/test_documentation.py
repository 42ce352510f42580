"""The documentation is tested: what is not told there does not exist."""

import re
from pathlib import Path

from bot.cli import COMMANDS
from bot.settings import Settings
from tests.support.places import REPOSITORY

DOCS = REPOSITORY / "docs"


def test_every_setting_is_documented_with_its_default():
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `ENTAKU_(\w+)` \| ([^|]*) \|", text, re.MULTILINE))
    assert set(told) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = (
            "必須"
            if field.is_required()
            else str(field.default).lower()
            if isinstance(field.default, bool)
            else str(field.default)
        )
        assert told[name.upper()].strip().strip("`") == (default if default not in ("", "None") else "なし"), name


def test_every_fault_names_a_test_that_exists():
    text = (DOCS / "faults.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "`tests/" in line]
    assert len(rows) >= 30
    for row in rows:
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row):
            source = (REPOSITORY / path).read_text(encoding="utf-8")
            assert f"def {name}(" in source, f"{path}::{name}"
    without = [row for row in rows if not re.search(r"`tests/[\w/]+\.py::\w+`", row)]
    assert without == []


def test_the_readme_names_every_command():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`entaku {name}" not in text] == []


def test_links_inside_the_documentation_lead_somewhere():
    for page in [*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if not link.startswith(("http://", "https://", "mailto:")):
                assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_no_registry_and_no_machine_is_named():
    patterns = ("index" + "-url", "find" + "-links", f"{REPOSITORY.parent}/", f"{Path.home()}/")
    for path in [
        *REPOSITORY.glob("*.toml"),
        REPOSITORY / "constraints.txt",
        REPOSITORY / "Makefile",
        REPOSITORY / ".ci" / "run",
        *DOCS.rglob("*.md"),
    ]:
        text = Path(path).read_text(encoding="utf-8")
        assert [word for word in patterns if word in text] == [], path.name
