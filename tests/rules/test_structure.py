"""Rules of the house that no tool knows: tenancy in every table, an exit from every state, small files."""

import ast
import subprocess
import sys

import pytest
from sqlalchemy import inspect

import bot.models  # noqa: F401
from bot.core import transitions
from bot.db import Base
from bot.models import announcement
from tests.support.places import REPOSITORY

FOLDERS = ("bot", "handlers", "scheduler", "content")
# The municipality itself, and what belongs to the installation: signs of life, the one chain, what retention erased.
WITHOUT_MUNICIPALITY = {"municipality", "heartbeat", "process", "weather_feed", "audit_chain"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60


def test_every_row_belongs_to_a_municipality():
    missing = [name for name, table in Base.metadata.tables.items() if "municipality_id" not in table.columns]
    assert set(missing) == WITHOUT_MUNICIPALITY


def test_ballots_know_no_time_and_participation_no_answer():
    columns = {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}
    assert columns["ballot"] == {"id", "municipality_id", "poll_id", "voter", "answer", "item", "choice"}
    assert columns["poll_text"] == {"id", "municipality_id", "poll_id", "item", "text", "state"}
    assert columns["participation"] == {"id", "municipality_id", "poll_id", "resident_id"}


def test_only_people_and_groups_and_their_events_hold_a_line_id():
    holding = {
        f"{name}.{column}"
        for name, table in Base.metadata.tables.items()
        for column in list(table.columns.keys())
        if column in {"line_id", "source", "user_id"}
    }
    assert holding == {"resident.line_id", "inbox_event.source", "source_lease.source", "group_chat.line_id"}


def test_every_state_of_an_announcement_is_reached_and_has_an_exit_or_is_an_end():
    table = transitions.ANNOUNCEMENT
    with_exit = {state for state, _act in table}
    assert set(announcement.STATES) - with_exit == transitions.FINAL
    assert set(table.values()) - {"deleted"} == set(announcement.STATES)


def test_every_column_of_a_table_is_in_the_first_migration_or_later(template):
    from bot.db import Database

    database = Database(f"sqlite:///{template}")
    found = {
        name: {column["name"] for column in inspect(database.engine).get_columns(name)} for name in Base.metadata.tables
    }
    database.close()
    assert found == {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}


@pytest.mark.parametrize("folder", FOLDERS)
def test_files_and_functions_stay_small_and_say_what_they_own(folder):
    faults = [fault for path in sources(folder) for fault in faults_of(path)]
    assert faults == []


def sources(folder):
    found = sorted((REPOSITORY / folder).rglob("*.py"))
    assert len(found) > 20
    return [path for path in found if "migrations/versions" not in str(path)]


def faults_of(path):
    source, name = path.read_text(encoding="utf-8"), path.relative_to(REPOSITORY)
    tree = ast.parse(source)
    if source.count("\n") > LONGEST_FILE:
        yield f"{name} has {source.count(chr(10))} lines"
    if source.strip() and not ast.get_docstring(tree):
        yield f"{name} does not say what it owns"
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.end_lineno - node.lineno > LONGEST_FUNCTION
        ):
            yield f"{name}: {node.name} has {node.end_lineno - node.lineno} lines"


def test_help_imports_nothing_heavy():
    code = "import sys, bot.cli; bad = {'flask','sqlalchemy','linebot','numpy','fugashi','PIL','requests','langdetect'} & set(sys.modules); sys.exit(','.join(bad) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert done.returncode == 0, done.stderr


def test_the_layers_hold():
    done = subprocess.run(
        ["lint-imports"],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
        env={"PATH": str(REPOSITORY / ".venv" / "bin"), "HOME": "/nonexistent"},
    )
    assert done.returncode == 0, done.stdout[-3000:]
