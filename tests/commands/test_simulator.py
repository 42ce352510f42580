from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.simulator import command


def test_it_says_why_it_cannot_start(tmp_path: Path):
    (tmp_path / "broken.db").write_bytes(b"no database, but long enough to look like one" * 50)
    (tmp_path / "broken.json").write_text("[{]")
    (tmp_path / "empty.json").write_text('[{"id": "fuji"}]')
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for options in (
            ["--port", port],
            ["--port", "0", "--state", str(tmp_path / "broken.db")],
            ["--port", "0", "--channels", str(tmp_path / "broken.json")],
            ["--port", "0", "--channels", str(tmp_path / "empty.json")],
        ):
            result = CliRunner().invoke(command, options)
            assert result.exit_code == 1
            assert "The simulator cannot start" in result.output
            assert "Traceback" not in result.output


@pytest.mark.parametrize("options", [["--port", "x"], ["--channels", "/does/not/exist.json"], ["--nonsense"]])
def test_wrong_usage_is_status_2(options: list[str]):
    assert CliRunner().invoke(command, options).exit_code == 2
