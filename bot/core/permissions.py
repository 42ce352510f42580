"""Roles (design.md 6) and what each may do. Pure: a table and one question.

Default deny: what is not in the table nobody may. Rights are for one municipality; roles in
`DISTRICT_ROLES` hold them for their named districts only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from bot.core import practice

ROLES: Final = ("officer", "chair", "neighbourhood", "district_staff", "department", "city", "viewer", "admin")
DISTRICT_ROLES: Final = frozenset({"officer", "chair", "neighbourhood", "district_staff"})
DRAFTING_DAYS: Final = 60  # an expired role may draft this long and send nothing

# right -> the roles that hold it
RIGHTS: Final[dict[str, frozenset[str]]] = {
    "home": frozenset(ROLES),
    "announcement.read": frozenset({"officer", "chair", "district_staff", "city", "viewer", "admin"}),
    "announcement.write": frozenset({"officer", "chair", "district_staff", "city"}),
    # Asking for approval, and ending or keeping what repeats, is no drafting: it needs a role of today.
    "announcement.submit": frozenset({"officer", "chair", "district_staff", "city"}),
    "announcement.approve": frozenset({"officer", "chair", "district_staff", "city"}),
    "announcement.cancel": frozenset({"officer", "chair", "district_staff", "city"}),
    # Without a second person, in an emergency, with a reason that everybody is told.
    "announcement.emergency": frozenset({"chair", "city"}),
    "approval.settings": frozenset({"city", "admin"}),
    # Issue days, copies and marks: what holds for all issues of a district, and asking for an issue's approval.
    "circular.manage": frozenset({"officer", "chair", "district_staff", "city"}),
    # Names of holders of posts stand there: only who works with them.
    "slip.read": frozenset({"officer", "chair", "district_staff", "city"}),
    "slip.write": frozenset({"officer", "chair", "district_staff", "city"}),
    "poll.read": frozenset({"officer", "chair", "district_staff", "city", "viewer", "admin"}),
    "poll.write": frozenset({"officer", "chair", "district_staff", "city"}),
    "poll.show": frozenset({"officer", "chair", "district_staff", "city"}),  # people's own words to everybody
    "poll.enter": frozenset({"officer", "chair", "district_staff", "city"}),  # paper, telephone, desk, meeting, letters
    "export.all": frozenset({"city", "admin"}),  # words that nobody has let through yet, and small groups; logged
    "round_table.read": frozenset({"officer", "chair", "district_staff", "city", "viewer", "admin"}),
    "round_table.write": frozenset({"officer", "chair", "district_staff", "city"}),
    "round_table.approve": frozenset({"chair", "city"}),  # the record and the referrals
    # Answering what was referred, and the second person's yes; a department's are for its own referrals only.
    "round_table.answer": frozenset({"officer", "chair", "district_staff", "department", "city"}),
    "round_table.publish": frozenset({"chair", "department", "city"}),
    "statement.read": frozenset({"officer", "chair", "district_staff", "city", "viewer", "admin"}),
    "statement.enter": frozenset({"officer", "chair", "district_staff", "city"}),  # paper, telephone, desk, meeting
    # An officer moderates only where a round names them (bot.services.moderation).
    "statement.moderate": frozenset({"officer", "chair", "city"}),
    "voice.lift": frozenset({"chair", "district_staff", "city"}),  # by a code that its holder names
    "statement.settings": frozenset({"chair", "city"}),
    "election.write": frozenset({"city"}),
    "question.read": frozenset({"chair", "district_staff", "city", "admin"}),
    "question.close": frozenset({"chair", "district_staff", "city"}),
    # Inquiries are the city's: bot.core.inquiry_rules narrows a department to what is referred to it.
    "inquiry.read": frozenset({"district_staff", "department", "city"}),
    "inquiry.draft": frozenset({"district_staff", "department", "city"}),
    "inquiry.answer": frozenset({"city"}),
    "inquiry.refer": frozenset({"city"}),
    "inquiry.close": frozenset({"city"}),
    # What is held where one lives cannot wait for a second person when it rains: officers of the district may.
    "activity.read": frozenset({"officer", "chair", "district_staff", "city", "viewer", "admin"}),
    "activity.manage": frozenset({"officer", "chair", "city"}),
    # Whoever holds an activity writes it; publishing it is "entry.publish" (docs/decisions/0031).
    "activity.write": frozenset({"officer", "chair", "district_staff", "city"}),
    # Whoever works with a district's organisations writes them and sees how they are reached (docs/decisions/0036).
    "organisation.write": frozenset({"officer", "chair", "district_staff", "city"}),
    "entry.read": frozenset({"officer", "chair", "district_staff", "department", "city", "viewer", "admin"}),
    # A district's people write for their district; what holds for the whole city is the city's.
    "entry.write": frozenset({"chair", "district_staff", "city"}),
    "entry.publish": frozenset({"chair", "city"}),
    "weather.read": frozenset({"officer", "chair", "district_staff", "city", "viewer", "admin"}),
    "weather.write": frozenset({"city"}),
    "budget.manage": frozenset({"city", "admin"}),  # the reserve of the month's messages
    # Published lists and addresses on the web become answers for the whole city.
    "open_data.read": frozenset({"city", "viewer", "admin"}),
    "open_data.write": frozenset({"city"}),
    "resident.count": frozenset({"officer", "chair", "district_staff", "city", "viewer", "admin"}),
    # A council sees its own districts, the city all of them; numbers only (bot.services.figures).
    "figures.read": frozenset({"officer", "chair", "district_staff", "city", "viewer", "admin"}),
    "health.read": frozenset({"city", "admin"}),
    "health.mend": frozenset({"city", "admin"}),
    "audit.read": frozenset({"city", "admin"}),
    "privacy.read": frozenset({"city", "admin"}),  # numbers, terms and texts: nobody can be looked up
    "staff.manage": frozenset({"admin"}),
    "settings.read": frozenset({"city", "viewer", "admin"}),
    "settings.write": frozenset({"city", "admin"}),  # the city's own words, and when facts are checked anew
    "settings.manage": frozenset({"admin"}),
    "district.read": frozenset({"officer", "chair", "district_staff", "city", "viewer", "admin"}),
    "district.contact": frozenset({"chair", "district_staff", "city"}),  # what residents are told of their own centre
    "district.change": frozenset({"city", "admin"}),  # new, renamed, merged
    # The room where nothing leaves the house: switched on and off by few, used by everybody.
    "practice.use": frozenset(ROLES),
    "practice.manage": frozenset({"city", "admin"}),
}
# Who holds one of these has a second factor: they publish, or read what people wrote, or rule over accounts.
SECOND_FACTOR_RIGHTS: Final = (
    "announcement.approve",
    "announcement.emergency",
    "entry.publish",
    "round_table.approve",
    "round_table.publish",
    "statement.moderate",
    "inquiry.read",
    "question.read",
    "export.all",
    "staff.manage",
    "settings.manage",
)
DRAFTING_RIGHTS: Final = frozenset({"home", "announcement.read", "announcement.write", "poll.read", "poll.write"})


@dataclass(frozen=True)
class Grant:
    """One role of one person: where it counts and until when (inclusive; None = no end)."""

    role: str
    municipality: str | None  # None: every municipality (admin of the installation)
    districts: frozenset[int] = field(default_factory=frozenset)
    until: date | None = None
    department: str | None = None  # 担当課: what is referred to it, its people answer


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in member of staff, or the system (`id` None, no grants)."""

    id: int | None
    name: str
    grants: tuple[Grant, ...] = ()

    def may(self, right: str, municipality: str, today: date, districts: Iterable[int] | None = None) -> bool:
        """Whether this person holds the right there, now; see `allowed`."""
        return allowed(self.grants, right, municipality, today, districts)

    def needs_second_factor(self, today: date) -> bool:
        """Whether a role of today, anywhere, publishes or reads free text."""
        held = (grant.role for grant in self.grants if grant.until is None or today <= grant.until)
        return any(needs_second_factor(role) for role in held)

    def departments(self, municipality: str, today: date) -> frozenset[str]:
        """The departments this person speaks for there today."""
        mine = (grant for grant in self.grants if grant.role == "department" and grant.municipality == municipality)
        return frozenset(g.department for g in mine if g.department and (g.until is None or today <= g.until))


SYSTEM: Final = Actor(None, "system")


def needs_second_factor(role: str) -> bool:
    """Whether a role publishes or reads free text."""
    return any(role in RIGHTS[right] for right in SECOND_FACTOR_RIGHTS)


def allowed(
    grants: Iterable[Grant], right: str, municipality: str, today: date, districts: Iterable[int] | None = None
) -> bool:
    """Whether one of the grants gives `right` in `municipality`, for all of `districts`.

    `districts` None asks whether the right is held anywhere there; an empty one means the whole city,
    which a district role never covers.
    """
    if practice.is_room(municipality) and right in practice.NOT_HERE:
        return False
    wanted = None if districts is None else frozenset(districts)
    return any(_gives(grant, right, municipality, today, wanted) for grant in grants)


def _gives(grant: Grant, right: str, municipality: str, today: date, wanted: frozenset[int] | None) -> bool:
    if grant.municipality not in (None, municipality) or grant.role not in RIGHTS.get(right, frozenset()):
        return False
    if grant.until is not None and today > grant.until:
        drafting = right in DRAFTING_RIGHTS and today <= grant.until + timedelta(days=DRAFTING_DAYS)
        if not drafting:
            return False
    if grant.role not in DISTRICT_ROLES or wanted is None:
        return True
    return bool(wanted) and wanted <= grant.districts
