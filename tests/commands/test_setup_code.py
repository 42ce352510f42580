"""`entaku setup-code`: the number for the first admin, while there is none."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bot.commands.setup_code import command
from bot.errors import ConflictError
from bot.now import real_now
from bot.services import first_use
from bot.services.context import Context
from bot.services.staff import NewStaff


def test_the_number_is_shown_until_somebody_has_an_account(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = context.settings
    for name, value in (
        ("DATABASE_URL", settings.database_url), ("KEYSTORE_URL", settings.keystore_url),
        ("KEYS", settings.keys.get_secret_value()), ("PUBLIC_URL", settings.public_url),
    ):  # fmt: skip
        monkeypatch.setenv(f"ENTAKU_{name}", value)
    shown = CliRunner().invoke(command, catch_exceptions=False)
    code = first_use.setup_code(context.sealer)
    assert code in shown.output
    assert f"{settings.public_url}console/setup" in shown.output
    new = NewStaff("a@city.example", "管理者", "green-tea-and-rice", None, "admin")
    with context.database.write() as session:
        first_use.first_admin(session, context.sealer, code, new, real_now())
    with pytest.raises(ConflictError):
        CliRunner().invoke(command, catch_exceptions=False, standalone_mode=False)
