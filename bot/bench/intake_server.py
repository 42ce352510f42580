"""Our side of `entaku bench intake`: the shipped app on the shipped server; the engine does not drain."""

from __future__ import annotations

import gc

from bot import logs
from bot.app import House
from bot.services.context import open_context
from bot.settings import load_settings
from bot.web_server import WebServer

if __name__ == "__main__":
    settings = load_settings()
    logs.set_up("error")
    house = House(open_context(settings), web=True, work=False, clock=False)
    gc.collect()
    gc.freeze()
    assert house.app is not None
    WebServer(house.app, settings.host, settings.port, settings.web_threads).run()
