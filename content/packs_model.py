"""What a pack holds: a municipality, its districts, its desks and its entries, as plain values.

Shapes follow the files of a pack (design: knowledge as files). Nothing here reads or writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

MARKDOWN_KINDS = ("faq", "guide", "case")
TABLE_KINDS = {
    "activity": "activities.csv",
    "facility": "facilities.csv",
    "organisation": "organisations.csv",
    "grant": "grants.csv",
    "plan": "plans.csv",
    "population": "population.csv",
    "volunteer": "volunteers.csv",
    "shelter": "shelters.csv",
}
KINDS = (*MARKDOWN_KINDS, *TABLE_KINDS, "desk")
AUDIENCES = ("resident", "officer", "staff")
STATES = ("予定", "実施", "小雨決行", "中止", "順延", "変更")
LANGUAGES = ("easy-ja", "en", "pt", "vi", "zh-Hans", "zh-Hant", "tl", "es", "ko", "id", "ne", "th")
SAMPLE_MARK = "見本"
# 指定緊急避難場所 (to save one's life, by hazard) and 指定避難所 (to live in afterwards).
SHELTER_TYPES = ("emergency", "evacuation")
HAZARDS = ("flood", "landslide", "storm_surge", "earthquake", "tsunami", "fire", "inland_flood", "volcano")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from; `date` is the day the source gives for itself."""

    title: str
    url: str | None = None
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """One entry in another language. `by` is "human" or "machine" and is shown to the reader."""

    title: str
    body: str
    questions: tuple[str, ...] = ()
    by: str = "machine"


@dataclass(frozen=True, slots=True)
class Change:
    """What staff said of one date: `day` is the day that the rule (or 開始日) names, whatever became of it.

    `moved_to`, `start` and `place` replace what the activity says; a 順延 without `moved_to` has no new day yet.
    """

    day: date
    state: str
    note: str = ""
    moved_to: date | None = None
    start: time | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """When and where an activity takes place.

    `rule` is the subset of RFC 5545's RRULE that `content.recurrence` documents; without one the activity
    lasts from `starts_on` to `ends_on`. `apply_by` is a day, `apply_days` the same as days before each date.
    `state` is one of STATES and holds for every date, or for the next one only (`state_scope` "next").
    `dates` are days besides the first (a list of dates that no rule names).
    `booked` is the number of applications known: the activity is full when it reaches `capacity`.
    `sign_up` says how to: "LINE" = with a button here, numbers of people only; https://... = the organiser's own
    form, who keeps its list; "" = as `how_to_apply` says. `changes` are single dates that staff changed.
    """

    rule: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    start: time | None = None
    end: time | None = None
    place: str = ""
    place_kana: str = ""
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    audience_words: str = ""
    capacity: int | None = None
    booked: int | None = None
    apply_by: date | None = None
    apply_days: int | None = None
    how_to_apply: str = ""
    fee: str = ""
    state: str = "予定"
    state_scope: str = "all"
    state_note: str = ""
    numbered: bool = False
    organiser: str = ""
    sign_up: str = ""
    changes: tuple[Change, ...] = ()
    dates: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelter:
    """A place to flee to: `type` is one of SHELTER_TYPES, `hazards` those it is meant for, `partly` those with a
    condition (△). `other_too`: it is also the other type. `height` in metres above the sea.
    """

    type: str = "emergency"
    hazards: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    other_too: bool = False
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    height: float | None = None
    capacity: int | None = None
    associations: tuple[str, ...] = ()
    for_whom: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing the bot knows. `districts` empty means the whole municipality.

    Rows made once per district share a `family`: they are not compared with each other and are not
    counted as facts. `extra` keeps the columns of a table that have no field here, so that exporting
    gives them back. A `draft` is not published: nobody is answered with it, and it may still lack text and source.
    `imported` ones came from a list that somebody publishes: they are not compared with each other.
    """

    id: str
    kind: str
    title: str
    body: str
    source: Source
    questions: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    owner: str = ""
    contact: str | None = None
    checked_on: date | None = None
    audience: str = "resident"
    translations: Mapping[str, Translation] = field(default_factory=dict)
    sample: bool = False
    family: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    activity: Activity | None = None
    draft: bool = False
    imported: bool = False
    shelter: Shelter | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Whom to ask. A desk without a verified `phone` has None; `note` is what the bot says about it."""

    id: str
    name: str
    source: Source
    phone: str | None = None
    fax: str | None = None
    hours: str | None = None
    url: str | None = None
    district: str | None = None
    topics: tuple[str, ...] = ()
    note: str = ""
    checked_on: date | None = None
    translations: Mapping[str, Translation] = field(default_factory=dict)
    family: str | None = None


@dataclass(frozen=True, slots=True)
class District:
    """A 地区. `look_alikes` are ids of districts whose names people mix up with this one's.

    `check` says what a person of the city still has to confirm, None when nothing.
    """

    id: str
    name: str
    kana: str
    council: str
    centre: str
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    aliases: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    neighbourhood_word: str = "町内会"
    look_alikes: tuple[str, ...] = ()
    check: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Municipality:
    """The municipality itself. `contacts["desk"]` is the id of the desk for everything without its own."""

    id: str
    name: str
    code: str
    prefecture: str
    public_name: str
    contacts: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("ja",)
    response_words: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole pack. Districts keep the file's order, desks and entries are sorted by kind and id."""

    municipality: Municipality
    districts: tuple[District, ...]
    desks: tuple[Desk, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong where, and how to mend it. `line` counts from 1; 0 = the file as a whole."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}" if self.line else f"{self.file}: {self.why}"


@dataclass(frozen=True, slots=True)
class Report:
    """What `check` found. `facts` leaves out samples and rows made once per district."""

    entries: int
    facts: int
    samples: int
    districts: int
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def desk_entry(desk: Desk) -> Entry:
    """A desk as an entry, so that 「電話番号は」 finds it; never written to a file of its own."""
    return Entry(
        id=desk.id,
        kind="desk",
        title=desk.name,
        body=desk.note,
        source=desk.source,
        districts=(desk.district,) if desk.district else (),
        keywords=desk.topics,
        contact=desk.id,
        checked_on=desk.checked_on,
        translations=desk.translations,
        family=desk.family,
    )


def order(entry: Entry) -> tuple[int, str]:
    """Where an entry stands in a pack: by kind, then by id."""
    return KINDS.index(entry.kind), entry.id
