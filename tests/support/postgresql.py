"""A PostgreSQL of our own for the tests: a throw-away cluster on a Unix socket, no port."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.support.places import find_program


class Cluster:
    """Starts on creation; `database()` gives the URL of a fresh, empty database, or of a copy of a made one."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="entaku-pg-"))
        self._as_user: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            person = pwd.getpwnam("postgres")
            os.chown(self.folder, person.pw_uid, person.pw_gid)
            self._as_user = ["runuser", "-u", "postgres", "--"]
        self._count = 0
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", "entaku", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"
        )
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self.folder}'",
            "fsync": "off",
            "full_page_writes": "off",
            # One database a test: the server would go round hundreds of them, each minute.
            "autovacuum": "off",
            "max_connections": "120",
        }
        self._options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._run(
            "pg_ctl",
            "-D",
            str(self.folder / "data"),
            "-w",
            "-l",
            str(self.folder / "log"),
            "-o",
            self._options,
            "start",
        )

    def database(self, template: str | None = None) -> str:
        """`template`: the URL of a database of this cluster that nobody is connected to."""
        self._count += 1
        name = f"test_{self._count}"
        copied = f' TEMPLATE "{make_url(template).database}"' if template else ""
        with psycopg.connect(host=str(self.folder), user="entaku", dbname="postgres", autocommit=True) as connection:
            if copied and connection.info.server_version >= 150_000:
                copied += " STRATEGY file_copy"  # what was done before 15: less work than a copy through the log
            connection.execute(f'CREATE DATABASE "{name}"{copied}')  # type: ignore[arg-type]
        return f"postgresql+psycopg://entaku@/{name}?host={self.folder}"

    def restart(self) -> None:
        """As after a crash: every connection breaks, nothing committed is lost."""
        data = str(self.folder / "data")
        self._run(
            "pg_ctl",
            "-D",
            data,
            "-m",
            "immediate",
            "-w",
            "-l",
            str(self.folder / "log"),
            "-o",
            self._options,
            "restart",
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        path = find_program(program)
        assert path is not None
        subprocess.run([*self._as_user, path, *arguments], check=True, capture_output=True, cwd="/")


def available() -> bool:
    if find_program("initdb") is None:
        return False
    return os.geteuid() != 0 or shutil.which("runuser") is not None
