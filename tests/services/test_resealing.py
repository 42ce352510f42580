from datetime import UTC, datetime

from bot.core.sealing import Sealer, new_key
from bot.models import Channel, Municipality, Resident
from bot.services import groups, residents, staff
from bot.services.channels import ChannelKeys, read_channel, save_channel
from bot.services.resealing import reseal

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OLD, NEW = f"1:{new_key()}", f"2:{new_key()}"
BOT, USER, GROUP = "U" + "b" * 32, "U" + "1" * 32, "C" + "2" * 32


def test_everything_is_sealed_anew_and_the_old_key_may_go(database):
    old = Sealer.parse(OLD)
    with database.write() as session:
        session.add(Municipality(id="fuji", name="富士市", code="222101"))
        session.flush()
        save_channel(session, old, ChannelKeys("fuji", BOT, b"secret", "token"))
        residents.create(session, "fuji", old.seal_id(USER, "fuji"), NOW)
        groups.joined(session, old, "fuji", old.seal_id(GROUP, "fuji"), NOW)
        person = staff.create(session, staff.NewStaff("a@city.example", "係", "a long password", "fuji", "city"), NOW)
        staff.enable_totp(session, old, person, None, NOW)
    both = Sealer.parse(f"{NEW},{OLD}")
    with database.read() as session:
        assert residents.find(session, both, "fuji", USER) is not None
    assert reseal(database, both) == {
        "residents": 1,
        "groups": 1,
        "channels": 1,
        "second factors": 1,
        "inquiries": 0,
        "statement links": 0,
    }
    assert reseal(database, both) == {
        "residents": 0,
        "groups": 0,
        "channels": 0,
        "second factors": 0,
        "inquiries": 0,
        "statement links": 0,
    }
    new = Sealer.parse(NEW)
    with database.read() as session:
        assert read_channel(session, new, "fuji").secret == b"secret"
        assert residents.find(session, new, "fuji", USER) is not None
        assert groups.find(session, new, "fuji", new.seal_id(GROUP, "fuji")) is not None
        assert session.get(Channel, "fuji").token[:2] == b"\x00\x02"
        assert session.query(Resident).count() == 1
