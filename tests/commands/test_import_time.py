"""`entaku import` on a running demonstration: its time is the product's, as in the console."""

import json
from datetime import timedelta

from bot.now import real_now
from tests.commands.test_run import entaku, settings
from tests.support.weather import FUJI, telegram

__all__ = ["settings"]


def test_a_telegram_of_the_demos_own_time_is_new(settings, tmp_path):
    (tmp_path / "clock.txt").write_text("432000", encoding="ascii")  # five days on, as the simulator's
    demo = {**settings, "ENTAKU_DEMO": "true", "ENTAKU_DEMO_CLOCK": str(tmp_path / "clock.txt")}
    file = tmp_path / "w.xml"
    file.write_bytes(telegram(real_now() + timedelta(days=5, minutes=-5), {FUJI: [("大雨警報", "発表")]}))
    loaded = entaku("pack", "load", "content/packs/fuji", **demo)
    assert loaded.returncode == 0, loaded.stderr
    done = entaku("import", "warnings", str(file), "--municipality", "fuji", "--json", **demo)
    assert json.loads(done.stdout)["why"] == "off", done.stderr  # nobody has made a rule; "ahead" by the wall's clock
