"""What forms share: the CSRF token, reading fields with errors by field, and kept forms."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from flask import request
from flask_wtf.csrf import generate_csrf, validate_csrf
from werkzeug.datastructures import MultiDict
from wtforms.validators import ValidationError  # type: ignore[import-untyped]

from bot.errors import BadInputError
from bot.now import JST

TOKEN_FIELD = "csrf_token"  # noqa: S105  a field's name
RESTORE = "restore"  # value of `act` when a kept form is opened again
MAX_KEPT = 100_000
YEARS = range(1900, 3000)  # a date outside was mistyped; nothing can be worked out at the calendar's very ends


def token() -> str:
    """The token for this session's forms."""
    return str(generate_csrf())


def check_token() -> None:
    """Raise BadInputError unless the form was made for this session."""
    try:
        validate_csrf(request.form.get(TOKEN_FIELD))
    except ValidationError:
        raise BadInputError(
            "ページを開いたままの時間が長かったため、受け取れませんでした。前のページに戻り、もう一度押してください。"
        ) from None


@dataclass
class Fields:
    """A posted form being read: values as typed, and what has to be mended, by field."""

    form: MultiDict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def posted(cls) -> Fields:
        return cls(request.form)

    @classmethod
    def of(cls, values: Mapping[str, str | Iterable[str]]) -> Fields:
        """A form that shows what is stored."""
        return cls(
            MultiDict({name: value if isinstance(value, str) else list(value) for name, value in values.items()})
        )

    def value(self, name: str) -> str:
        """What stands in the field."""
        return self.form.get(name, "")

    def checked(self, name: str, value: str | int) -> bool:
        """Whether this box or choice is taken."""
        return str(value) in self.form.getlist(name)

    def text(self, name: str, label: str, *, most: int, required: bool = True) -> str:
        """One text without surrounding space and with plain line ends."""
        value = self.form.get(name, "").replace("\r\n", "\n").strip()
        if required and not value:
            self.errors[name] = f"{label}を入れてください。"
        elif len(value) > most:
            self.errors[name] = (
                f"{label}は{most}文字までです(いま{len(value)}文字)。{len(value) - most}文字減らしてください。"
            )
        return value

    def one_of(self, name: str, label: str, values: Iterable[str]) -> str:
        """One of these words."""
        value = self.form.get(name, "")
        if value not in set(values):
            self.errors[name] = f"{label}を選んでください。"
        return value

    def numbers(self, name: str) -> tuple[int, ...]:
        """The checked boxes' numbers; anything else that was sent is left out."""
        given = (value for value in self.form.getlist(name) if value.isascii() and value.isdigit())
        return tuple(int(value) for value in given if len(value) < 18)

    def day(self, name: str, label: str, *, required: bool = True) -> date | None:
        """A date."""
        value = self.form.get(name, "").strip()
        if not value and not required:
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.errors[name] = f"{label}を選んでください(例: 2026-12-06)。"
            return None
        if day.year not in YEARS:
            self.errors[name] = f"{label}の年を確かめてください(例: 2026-12-06)。"
            return None
        return day

    def moment(self, name: str, label: str) -> datetime | None:
        """A date and a time of day as people in Japan read them: fields `name`_date and `name`_time."""
        day = self.day(f"{name}_date", f"{label}の日")
        try:
            clock = time.fromisoformat(self.form.get(f"{name}_time", "").strip())
        except ValueError:
            self.errors[f"{name}_time"] = f"{label}の時刻を選んでください(例: 09:00)。"
            return None
        return None if day is None else datetime.combine(day, clock.replace(tzinfo=None), JST)


def restoring() -> bool:
    """Whether a kept form is being opened again: shown, not carried out."""
    return request.form.get("act") == RESTORE


def pack() -> str:
    """The posted form as text, to be carried through a sign-in; empty when it is too long or from elsewhere."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return ""
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name not in {TOKEN_FIELD, "password"}]
    kept = json.dumps(pairs, ensure_ascii=False)
    return kept if len(kept) <= MAX_KEPT else ""


def unpack(kept: str, *, whole: bool = False) -> list[tuple[str, str]]:
    """The fields of a kept form; [] for anything that is not one. `whole`: with its act, to be carried out."""
    left_out = {TOKEN_FIELD} if whole else {TOKEN_FIELD, "act"}
    try:
        pairs = json.loads(kept)
        return [(str(name), str(value)) for name, value in pairs if name not in left_out]
    except (ValueError, TypeError):
        return []


def as_they_stand(errors: Mapping[str, str], form: str) -> list[tuple[str, str]]:
    """Errors by field in the order in which the drawn form has the fields; what belongs to none of them first."""
    return sorted(errors.items(), key=lambda error: form.find(f' id="{error[0]}"'))
