"""`make mutants`: break named rules one by one; each change must turn its named test red.

A rule that can be taken out without a red test is not tested. Each change is one replacement in one
file of a copy of the tree; the named test must pass without it and fail with it.

    python -m tests.mutants            all of them
    python -m tests.mutants NAME ...   some
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("bot", "handlers", "scheduler", "content", "tests", "pyproject.toml")
FAILED = 1  # pytest's exit status for failed tests; others (2 interrupted, 4 usage, 5 none found) prove nothing
SECONDS = 300


@dataclass(frozen=True)
class Mutant:
    """One change: `old`, which stands exactly once in `path`, becomes `new`; `test` (a pytest id) must notice."""

    name: str
    path: str
    old: str
    new: str
    test: str


KEYS_TEST = "tests/simulator/test_keys_and_quota.py"
MUTANTS = (
    Mutant(
        name="409 rule off",
        path="bot/simulator/sending.py",
        old="entry = world.state.key_entry(call.channel.id, call.key) if call.key else None",
        new="entry = None",
        test=f"{KEYS_TEST}::test_accepted_then_dropped_the_retry_gets_409_and_one_copy_is_there",
    ),
    Mutant(
        name="commit before validation",
        path="bot/simulator/api.py",
        old="        if route.check is not None:\n            route.check(world, call)\n        return route.act(world, call)\n",
        new="        answer = route.act(world, call)\n        if route.check is not None:\n            route.check(world, call)\n"
        "        return answer\n",
        test="tests/simulator/test_sending.py::test_a_refused_request_reaches_nobody",
    ),
    Mutant(
        name="quota off",
        path="bot/simulator/sending.py",
        old="quota = call.channel.quota\n",
        new="quota = None\n",
        test=f"{KEYS_TEST}::test_over_the_quota_nobody_gets_anything",
    ),
    Mutant(
        name="signature off",
        path="handlers/webhook.py",
        old='if not webhook.signed_by(channel.secret, body, environ.get("HTTP_X_LINE_SIGNATURE", "")):',
        new="if not body:",
        test="tests/handlers/test_webhook.py::test_a_missing_or_wrong_signature_is_401_and_leaves_nothing",
    ),
    Mutant(
        name="dedupe off",
        path="bot/services/intake.py",
        old="return (municipality, event.event_key, event.kind,",
        new="return (municipality, f'{event.event_key}-{time.monotonic_ns()}', event.kind,",
        test="tests/handlers/test_inbox.py::test_a_duplicate_is_answered_once",
    ),
    Mutant(
        name="lease off",
        path="bot/services/inbox.py",
        old="WHERE source_lease.owner = excluded.owner OR source_lease.until <= :now",
        new="WHERE :now = :now",
        test="tests/handlers/test_inbox.py::test_two_workers_answer_a_source_once",
    ),
)


class MutantError(Exception):
    """A mutant that proves nothing; the message says why."""


def copy_tree(place: Path) -> None:
    """The parts of the tree that tests need."""
    for part in PARTS:
        source, target = ROOT / part, place / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copyfile(source, target)


def run_test(place: Path, test: str) -> tuple[int, str]:
    """pytest's exit status and output for one test of the copy; the copy comes first on the path."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:xdist", test]
    done = subprocess.run(
        command, cwd=place, env={**_environment(), "PYTHONPATH": str(place)}, capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def check(mutant: Mutant, place: Path) -> None:
    """Green without the change, red with it; the copy is as before afterwards. Raises MutantError."""
    file = place / mutant.path
    text = file.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise MutantError(f"its text stands {text.count(mutant.old)} times in {mutant.path}, not once: mend the table")
    status, output = run_test(place, mutant.test)
    if status != 0:
        raise MutantError(f"its test is not green without the change (status {status}):\n{output[-3000:]}")
    try:
        file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        status, output = run_test(place, mutant.test)
    finally:
        file.write_text(text, encoding="utf-8")
    if status != FAILED:
        raise MutantError(f"its test stays green with the change (status {status}):\n{output[-3000:]}")


def main(names: list[str]) -> int:
    """Runs the named mutants, or all; 0 when each turned its test red."""
    unknown = set(names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        print(
            f"No such change: {', '.join(sorted(unknown))}. There are: {', '.join(m.name for m in MUTANTS)}",
            file=sys.stderr,
        )
        return 2
    survived = 0
    with tempfile.TemporaryDirectory(prefix="entaku-mutants-") as folder:
        copy_tree(Path(folder))
        for mutant in MUTANTS:
            if names and mutant.name not in names:
                continue
            try:
                check(mutant, Path(folder))
                print(f"red, as it must be   {mutant.name}   ({mutant.test})", flush=True)
            except MutantError as error:
                survived += 1
                print(f"NOT NOTICED          {mutant.name}: {error}", flush=True)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
