"""The key store on both databases: made once, remembered shortly, gone for good."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.services.keystore import KEY_BYTES, KeyStore


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    at = (
        request.getfixturevalue("postgres_url")
        if request.param == "postgresql"
        else f"sqlite:///{tmp_path / 'keys.db'}"
    )
    opened = KeyStore(at)
    yield opened
    opened.database.close()


def test_a_key_is_made_once(store):
    key = store.create("fuji/1")
    assert len(key) == KEY_BYTES
    assert store.create("fuji/1") == key == store.get("fuji/1") == store.recall("fuji/1")
    assert store.create("fuji/2") != key


def test_a_destroyed_key_is_neither_stored_nor_remembered(store):
    key = store.create("fuji/1")
    assert store.recall("fuji/1") == key
    store.destroy("fuji/1")
    store.destroy("fuji/1")
    assert store.get("fuji/1") is store.recall("fuji/1") is None


def test_no_byte_of_a_destroyed_key_is_left_in_the_files(tmp_path):
    store = KeyStore(f"sqlite:///{tmp_path / 'keys.db'}")
    key, kept = store.create("fuji/1"), store.create("fuji/2")
    files = [Path(f"{make_url(store.database.url).database}{suffix}") for suffix in ("", "-wal", "-shm")]
    assert any(key in file.read_bytes() for file in files if file.exists())
    store.destroy("fuji/1")
    assert not any(key in file.read_bytes() for file in files if file.exists())
    assert any(kept in file.read_bytes() for file in files if file.exists())
    store.database.close()
