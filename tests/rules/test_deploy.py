"""What is shipped for operators is sound: units, container files, proxies, commands named in the documentation."""

import re
import shutil
import subprocess

import click
import pytest
import yaml

from bot.cli import cli
from bot.settings import Settings
from tests.support.places import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
PAGES = [REPOSITORY / "README.md", REPOSITORY / "Procfile", *sorted((REPOSITORY / "docs").glob("*.md")), *UNITS]


def test_the_units_are_sound(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze not found: apt-get install systemd")
    program = tmp_path / ".venv" / "bin" / "entaku"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n", encoding="ascii")
    program.chmod(0o755)
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/entaku", str(tmp_path))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    names = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_the_compose_file_has_every_process_with_a_health_check_and_plain_images():
    compose = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    assert set(services) == {"database", "keys", "redis", "tables", "web", "worker", "clock"}
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"tables"}
    images = {service.get("image", "entaku") for service in services.values()}
    first = re.findall(
        r"^FROM (\S+)", (DEPLOY / "container" / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [name for name in [*images, *first] if not re.fullmatch(r"[a-z]+(:[\w.-]+)?", name)] == []
    commands = {service["command"][0] for service in services.values() if service.get("image") == "entaku"}
    assert commands == {"db", "serve", "worker", "clock"}


def test_the_examples_of_settings_name_only_settings_there_are():
    known = {f"ENTAKU_{name.upper()}" for name in Settings.model_fields}
    for path in DEPLOY.rglob("entaku.env.example"):
        named = set(re.findall(r"^#?(ENTAKU_\w+)=", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= known
        assert "ENTAKU_KEYS" in named


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(page):
    text = page.read_text(encoding="utf-8")
    calls = re.findall(r"(?:`|bin/|^)entaku ([a-z][\w -]*)", text, re.MULTILINE)
    assert [call for call in calls if not known(call.split())] == []


def known(words):
    """Whether these words begin with a command, and name options it has."""
    context, command = click.Context(cli), cli
    for word in words:
        if word.startswith("--"):
            if not any(word in parameter.opts for parameter in command.params):
                return False
        elif isinstance(command, click.Group):
            command = command.get_command(context, word)
            if command is None:
                return False
    return True
