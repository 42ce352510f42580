"""`entaku setup-code`: the number for the first admin, while there is none."""

from __future__ import annotations

from bot.now import real_now
from bot.services import first_use
from bot.services.context import Context
from bot.services.staff import NewStaff
from tests.commands.test_admin import entaku


def test_the_number_is_shown_until_somebody_has_an_account(context: Context) -> None:
    shown = entaku(context, "setup-code")
    assert shown.returncode == 0, shown.stderr
    code = first_use.setup_code(context.sealer)
    assert code in shown.stdout
    assert f"{context.settings.public_url}console/setup" in shown.stdout
    new = NewStaff("a@city.example", "管理者", "green-tea-and-rice", None, "admin")
    with context.database.write() as session:
        first_use.first_admin(session, context.sealer, code, new, real_now())
    over = entaku(context, "setup-code")
    assert over.returncode == 1
    assert code not in over.stdout + over.stderr
