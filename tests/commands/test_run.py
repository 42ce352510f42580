"""Starting: what is missing is named, and what must not run beside another does not."""

import os
import subprocess
import sys

import pytest

from bot.core.sealing import new_key
from bot.db import Database
from bot.services.exclusive import Lock
from tests.support.places import REPOSITORY, free_port


def entaku(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ENTAKU_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env=clean | environment,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=60,
        check=False,
    )


@pytest.fixture
def settings(template, tmp_path):
    import shutil

    shutil.copyfile(template, tmp_path / "entaku.db")
    return {
        "ENTAKU_DATABASE_URL": f"sqlite:///{tmp_path / 'entaku.db'}",
        "ENTAKU_KEYSTORE_URL": f"sqlite:///{tmp_path / 'keys.db'}",
        "ENTAKU_KEYS": f"1:{new_key()}",
        "ENTAKU_PUBLIC_URL": "https://entaku.example/",
        "ENTAKU_PORT": str(free_port()),
    }


def test_all_missing_settings_are_named_at_once_and_no_secret_is_printed():
    done = entaku("all", ENTAKU_KEYS="1:supersecret", ENTAKU_PUBLIC_URL="http://plain.example/", ENTAKU_PORT="99999999")
    assert done.returncode == 1
    for name in ("ENTAKU_DATABASE_URL", "ENTAKU_KEYSTORE_URL", "ENTAKU_PUBLIC_URL", "ENTAKU_PORT"):
        assert name in done.stderr
    assert "supersecret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_keys_are_not_echoed(settings):
    done = entaku("all", **settings | {"ENTAKU_KEYS": "1:supersecret"})
    assert (done.returncode, "supersecret" in done.stderr, "ENTAKU_KEYS" in done.stderr) == (1, False, True)


def test_old_tables_are_named_with_the_command(settings, tmp_path):
    done = entaku("all", **settings | {"ENTAKU_DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}"})
    assert done.returncode == 1
    assert "entaku db upgrade" in done.stderr


def test_a_second_product_on_the_same_file_is_refused(settings):
    lock = Lock(Database(settings["ENTAKU_DATABASE_URL"]), "entaku-clock")
    assert lock.take(wait=False)
    done = entaku("all", **settings)
    lock.release()
    assert done.returncode == 1
    assert "already runs" in done.stderr


@pytest.mark.parametrize("process", ["serve", "worker", "clock"])
def test_on_sqlite_the_parts_do_not_run_apart(settings, process):
    done = entaku(process, **settings)
    assert done.returncode == 1
    assert "entaku all" in done.stderr


def test_wrong_usage_is_status_2():
    assert entaku("no-such-command").returncode == 2
    assert entaku("db", "backup").returncode == 2


def test_a_backup_of_nothing_says_so(settings, tmp_path):
    done = entaku(
        "db",
        "backup",
        str(tmp_path / "copy"),
        **settings | {"ENTAKU_DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"},
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_upgrade_backup_restore_by_command(settings, tmp_path):
    assert entaku("db", "upgrade", **settings).returncode == 0
    assert entaku("db", "backup", str(tmp_path / "copy"), **settings).returncode == 0
    refused = entaku("db", "restore", str(tmp_path / "copy"), **settings)
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert entaku("db", "restore", str(tmp_path / "copy"), "--replace", **settings).returncode == 0


def test_the_doctor_names_what_is_missing_and_prints_one_object(settings):
    import json

    done = entaku("doctor", "--json", **settings)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert not found["ok"]
    missing = {row["what"] for row in found["findings"] if not row["ok"]}
    assert missing == {"municipalities", "staff"}
    nothing = entaku("doctor")
    assert nothing.returncode == 1
    assert "ENTAKU_DATABASE_URL" in nothing.stdout


def test_a_new_key_goes_in_front(settings):
    done = entaku("keys", "new", ENTAKU_KEYS=settings["ENTAKU_KEYS"])
    newest, _, rest = done.stdout.strip().partition(",")
    assert newest.startswith("2:")
    assert rest == settings["ENTAKU_KEYS"]


@pytest.mark.parametrize(
    ("changes", "alone", "said"),
    [
        ({"database_url": "sqlite:///x.db"}, True, "PostgreSQL"),
        ({}, False, "ENTAKU_BROKER_URL"),
        ({"broker_url": "redis://127.0.0.1:9/0"}, True, "not `all`"),
    ],
)
def test_what_does_not_go_with_celery_is_refused_before_anything_starts(tmp_path, changes, alone, said):
    from bot.commands.run import _check_column
    from bot.errors import ConfigurationError
    from tests.conftest import make_settings

    values = {"engine": "celery"} | changes
    settings = make_settings(tmp_path, values.pop("database_url", "postgresql+psycopg://x@/y"), **values)
    with pytest.raises(ConfigurationError, match=said):
        _check_column(settings, alone=alone)
