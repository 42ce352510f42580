"""Whatever a table or a log may hold has a word on the console's pages."""

from __future__ import annotations

import re

from bot.core.permissions import ROLES
from bot.models import announcement, outbox, poll
from content.packs_model import KINDS, LANGUAGES
from handlers.console import show
from tests.support.places import REPOSITORY

CODE = [
    path
    for folder in ("bot", "handlers", "scheduler")
    for path in (REPOSITORY / folder).rglob("*.py")
    if not {"simulator", "bench"} & set(path.parts)
]


def test_every_state_role_kind_and_language_has_a_word() -> None:
    assert set(show.ANNOUNCEMENT_STATES) == set(announcement.STATES)
    assert set(show.BATCH_STATES) == set(announcement.BATCH_STATES)
    assert set(show.AUDIENCES) == {*announcement.AUDIENCES, *announcement.CHOSEN}
    assert set(show.POLL_STATES) == set(poll.STATES)
    assert set(show.OUTBOX_STATES) <= set(outbox.STATES)
    assert set(show.ROLE_NAMES) == set(show.ROLE_HINTS) == set(ROLES)
    assert set(KINDS) <= set(show.ENTRY_KINDS)
    assert {"ja", *LANGUAGES} <= set(show.LANGUAGES)


def test_every_recurring_job_has_a_word() -> None:
    names = {name for path in CODE for name in re.findall(r'\bTick\("(\w+)"', path.read_text(encoding="utf-8"))}
    assert names
    assert names <= set(show.JOBS)


def test_every_act_in_the_audit_has_a_word() -> None:
    acts = set()
    for path in CODE:
        for call in re.findall(r"audit\.record\((?:[^()]|\([^()]*\))*\)", path.read_text(encoding="utf-8")):
            acts |= set(re.findall(r'"(\w+\.\w+)"', call))
    assert len(acts) > 15
    assert acts <= set(show.ACTIONS)


def test_pages_say_what_a_number_means_and_name_no_statistics() -> None:
    pages = [*(REPOSITORY / "handlers").rglob("*.html"), *(REPOSITORY / "handlers").rglob("*.md")]
    pages += (REPOSITORY / "content" / "phrases").glob("*.toml")
    jargon = re.compile("ウィルソン|Wilson|信頼区間|検定|有意差|標準誤差|p値")
    assert len(pages) > 150
    assert not [path.name for path in pages if jargon.search(path.read_text(encoding="utf-8"))]
