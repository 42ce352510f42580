"""The command `entaku`. A subcommand's module is imported only when it is called, so that --help is quick."""

from __future__ import annotations

import importlib
import sys

import click

from bot.errors import BadInputError, EntakuError

# name -> (module in bot.commands, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "all": ("run", "Run everything in one process (web, work, clock)."),
    "serve": ("run", "Run only the web server (PostgreSQL)."),
    "worker": ("run", "Run only the work on messages and deliveries (PostgreSQL)."),
    "clock": ("run", "Run only what goes by the clock (PostgreSQL; one at a time)."),
    "demo": ("demo", "The demonstration: two cities, a simulated LINE, sample staff."),
    "simulator": ("simulator", "Run LINE in a box, with the phone page."),
    "ask": ("ask", "Ask a question as a resident would."),
    "groups": ("groups", "Find the opinion groups in a conversation's votes."),
    "import": ("import_", "Read a published list (open data): events, facilities, shelters, population, .ics."),
    "pack": ("pack", "Check, load and export a municipality's knowledge."),
    "db": ("db", "Create or upgrade the tables; back up and restore."),
    "admin": ("admin", "Create staff accounts."),
    "setup-code": ("setup_code", "Show the number that the first admin types into the console."),
    "channel": ("channel", "Connect a municipality to its LINE channel."),
    "audit": ("audit", "Check the record of who did what against its seals; erase details."),
    "keys": ("keys", "Make keys; seal everything anew with the newest."),
    "doctor": ("doctor", "Name every missing or wrong setting; test LINE's token."),
    "bench": ("bench", "Measure, each figure with its peer beside it."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"bot.commands.{COMMANDS[cmd_name][0]}")
        command = getattr(module, f"{cmd_name}_command", None) or module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="entaku")
def cli() -> None:
    """Entaku (円卓): a LINE bot backend for the districts of Japanese municipalities."""


def main() -> None:
    """Run the command line: 0 done, 1 bad input, 2 bad usage; never a traceback for something people caused."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(1)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except EntakuError as error:
        click.echo(error.message, err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(BadInputError(f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")).message, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
