"""The typed errors of the house. Each carries a message that says what happened and what to do."""

from __future__ import annotations


class EntakuError(Exception):
    """The root: `message` is for people (Japanese on screens, English on the command line)."""

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInputError(EntakuError):
    """Somebody typed, sent or configured something we cannot take; the message says how to mend it."""

    status = 400


class NotAllowedError(EntakuError):
    """The signed-in person has no right to this here."""

    status = 403


class NotFoundError(EntakuError):
    """It does not exist, or not in this municipality."""

    status = 404


class ConflictError(EntakuError):
    """It was changed meanwhile, or its state does not allow this; the message says what it is now."""

    status = 409


class UnavailableError(EntakuError):
    """Something we need (disk, database, LINE) does not answer now; trying again later is right."""

    status = 503


class ConfigurationError(EntakuError):
    """The installation lacks settings; all of them are named at once, never with their values."""
