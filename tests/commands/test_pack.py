"""`entaku pack` as a person types it: JSON alone on standard output, exit 1 for a broken pack, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.sealing import new_key
from tests.support.places import PACKS, REPOSITORY


def entaku(*words: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=os.environ | (env or {}),
    )


@pytest.mark.parametrize(("city", "districts"), [("fuji", 26), ("tomioka", 11)])
def test_check_of_a_shipped_pack(city, districts):
    done = entaku("pack", "check", PACKS / city, "--json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert set(report) == {"entries", "facts", "samples", "districts", "errors", "warnings"}
    assert report["districts"] == districts
    assert report["facts"] >= 40
    assert (report["errors"], report["warnings"]) == ([], [])


def test_check_of_a_broken_pack(tmp_path):
    (tmp_path / "districts.csv").write_bytes("id,name\n今泉".encode("cp932"))
    done = entaku("pack", "check", tmp_path, "--json")
    assert done.returncode == 1
    errors = json.loads(done.stdout)["errors"]
    assert {key: errors[-1][key] for key in ("file", "line")} == {"file": "municipality.toml", "line": 0}
    assert any(one["file"] == "districts.csv" and "UTF-8" in one["why"] for one in errors)
    assert "Traceback" not in done.stderr
    assert "mend them" in done.stderr


def test_a_missing_folder_is_bad_input_and_a_missing_word_bad_usage(tmp_path):
    assert entaku("pack", "check", tmp_path / "nowhere").returncode == 1
    assert entaku("pack", "check").returncode == 2


def settings(folder: Path, *, demo: bool) -> dict[str, str]:
    return {
        "ENTAKU_DATABASE_URL": f"sqlite:///{folder / 'entaku.db'}",
        "ENTAKU_KEYSTORE_URL": f"sqlite:///{folder / 'keys.db'}",
        "ENTAKU_KEYS": f"1:{new_key()}",
        "ENTAKU_PUBLIC_URL": "https://entaku.example/",
        "ENTAKU_DEMO": "1" if demo else "0",
    }


def test_load_then_export_gives_the_same_files(tmp_path):
    env = settings(tmp_path, demo=True)
    assert entaku("db", "upgrade", env=env).returncode == 0
    loaded = entaku("pack", "load", PACKS / "tomioka", env=env)
    assert loaded.returncode == 0, loaded.stderr
    assert "11 districts" in loaded.stdout
    exported = entaku("pack", "export", "tomioka", tmp_path / "out", env=env)
    assert exported.returncode == 0, exported.stderr
    for file in (path for path in (PACKS / "tomioka").rglob("*") if path.is_file()):
        assert (tmp_path / "out" / file.relative_to(PACKS / "tomioka")).read_bytes() == file.read_bytes()
    again = entaku("pack", "export", "tomioka", tmp_path / "out", env=env)
    assert again.returncode == 1
    assert "empty" in again.stderr
    assert entaku("pack", "export", "nowhere", tmp_path / "other", env=env).returncode == 1


def test_samples_stay_out_of_a_real_installation(tmp_path):
    env = settings(tmp_path, demo=False)
    assert entaku("db", "upgrade", env=env).returncode == 0
    loaded = entaku("pack", "load", PACKS / "tomioka", env=env)
    assert loaded.returncode == 0, loaded.stderr
    assert "left out" in loaded.stdout
    assert entaku("pack", "export", "tomioka", tmp_path / "out", env=env).returncode == 0
    assert "見本" not in (tmp_path / "out" / "activities.csv").read_text(encoding="utf-8")
