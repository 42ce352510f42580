"""`entaku bench`: measures, one module each in bot.bench, imported only when called."""

from __future__ import annotations

import importlib
import importlib.util

import click

NAMES = ("search", "language", "answers", "intake", "delivery", "groups", "chaos", "sizing", "pages")


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return [name for name in NAMES if importlib.util.find_spec(f"bot.bench.{name}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"bot.bench.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_LazyGroup)
def command() -> None:
    """Measure, each figure with its peer beside it."""
