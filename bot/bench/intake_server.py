"""Our side of `entaku bench intake`: the shipped app on the shipped server; the engine does not drain."""

from __future__ import annotations

import gc

import waitress

from bot import logs
from bot.app import House
from bot.services.context import open_context
from bot.settings import load_settings

if __name__ == "__main__":
    settings = load_settings()
    logs.set_up("error")
    house = House(open_context(settings), web=True, work=False, clock=False)
    gc.collect()
    gc.freeze()
    waitress.serve(
        house.app, host=settings.host, port=settings.port, threads=settings.web_threads, ident=None, _quiet=True
    )
