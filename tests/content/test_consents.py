"""What residents are told about their data: every version stays, and the newest is what is shown."""

from __future__ import annotations

import re

from bot.models.privacy import CONSENTS
from bot.services import residents
from content import consents
from content.phrases import SERVED, phrases


def test_the_newest_version_is_what_the_catalogues_say() -> None:
    assert set(consents.KEYS) == set(CONSENTS)
    for one in consents.versions():
        assert set(one.texts) == set(SERVED)
        if one.version == consents.current(one.kind):
            for language, lines in one.texts.items():
                shown = tuple(phrases(language).texts[key].strip("\n") for key in consents.KEYS[one.kind])
                assert lines == shown, f"{one.kind} in {language}: a new wording is a new version in content/consents"


def test_versions_are_counted_without_a_gap_and_say_what_changed() -> None:
    for kind in consents.KEYS:
        found = [one for one in consents.versions() if one.kind == kind]
        assert [one.version for one in found] == list(range(len(found), 0, -1))
        assert [one.day for one in found] == sorted((one.day for one in found), reverse=True)
        assert all(one.changed for one in found)
    assert consents.current("register") == residents.CONSENT_VERSION
    for language in SERVED:
        told = phrases(language).texts["chat.kept_agree"]
        assert re.search(rf"\D{residents.CONSENT_VERSION}\D", told), language
