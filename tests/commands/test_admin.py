"""`entaku admin create`: the first account of an installation."""

from __future__ import annotations

import os
import subprocess
import sys

from sqlalchemy import select

from bot.models import Staff
from bot.now import real_now
from bot.services import invitations, sign_in, staff
from bot.services.context import Context


def entaku(context: Context, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    settings = context.settings
    environment = os.environ | {
        "ENTAKU_DATABASE_URL": settings.database_url,
        "ENTAKU_KEYSTORE_URL": settings.keystore_url,
        "ENTAKU_KEYS": settings.keys.get_secret_value(),
        "ENTAKU_PUBLIC_URL": settings.public_url,
    }
    command = [sys.executable, "-m", "bot", *words]
    return subprocess.run(command, env=environment, input=typed, capture_output=True, text=True, check=False)


def test_the_first_admin_gets_a_one_time_password(context: Context):
    made = entaku(context, "admin", "create", "--email", "first@entaku.example", "--name", "最初の管理者")
    assert made.returncode == 0, made.stderr
    password = made.stdout.split("sign-in): ")[1].split()[0]
    with context.database.read() as session:
        row = session.scalars(select(Staff)).one()
        assert (row.municipality_id, row.password_once) == (None, True)
        assert sign_in.matches(sign_in.find(session, "first@entaku.example"), password).right


def test_an_officer_with_a_password_from_standard_input(cities: Context):
    words = (
        "--email",
        "o@fuji.example",
        "--name",
        "役員",
        "--municipality",
        "fuji",
        "--role",
        "officer",
        "--district",
        "今泉",
    )
    made = entaku(cities, "admin", "create", *words, "--password-stdin", typed="green-tea-and-rice\n")
    assert made.returncode == 0, made.stderr
    assert "green-tea" not in made.stdout + made.stderr
    with cities.database.read() as session:
        row = session.scalars(select(Staff)).one()
        (grant,) = staff.actor(session, row).grants
        assert (grant.role, len(grant.districts), row.password_once) == ("officer", 1, False)


def test_mistakes_are_told_in_a_line(cities: Context):
    base = ("admin", "create", "--email", "o@fuji.example", "--name", "役員")
    for words in (
        ("--municipality", "fuji", "--role", "officer", "--district", "東富岡"),
        ("--municipality", "numazu"),
        ("--role", "city"),
    ):
        failed = entaku(cities, *base, *words)
        assert failed.returncode == 1
        assert failed.stdout == ""
        assert "Traceback" not in failed.stderr
        assert failed.stderr.strip()
    assert entaku(cities, *base, "--role", "king").returncode == 2


def test_an_invitation_instead_of_a_password(cities: Context):
    base = ("admin", "create", "--email", "o@fuji.example", "--name", "係", "--municipality", "fuji", "--role", "city")
    made = entaku(cities, *base, "--invite")
    assert made.returncode == 0, made.stderr
    token = made.stdout.split("/console/invited/")[1].split()[0]
    with cities.database.read() as session:
        assert session.scalars(select(Staff)).all() == [], "the account is opened by who was invited"
        found = invitations.find(session, token, real_now())
        assert found is not None
        assert (found.email, found.role) == ("o@fuji.example", "city")
    assert entaku(cities, *base, "--invite", "--password-stdin").returncode == 2
