"""`entaku doctor`: names every missing or wrong setting, looks at what must be there, tests LINE's token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import click
from sqlalchemy import select

from bot import embeddings
from bot.commands.doctor_grown import look_at_engine, look_at_processes
from bot.commands.finding import Finding
from bot.core.practice import is_room
from bot.errors import ConfigurationError, EntakuError, UnavailableError
from bot.line.client import LineClient, Outcome
from bot.models import Channel, Municipality, Staff
from bot.services import schema
from bot.services.channels import read_channel
from bot.services.context import Context, open_context
from bot.settings import Settings, load_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--running", is_flag=True, help="Only database, Redis and processes: a health check.")
def command(as_json: bool, running: bool) -> None:
    """Name every missing or wrong setting; test LINE's token where there is one."""
    findings = list(examine(only_running=running))
    if as_json:
        click.echo(
            json.dumps(
                {"ok": all(f.ok for f in findings), "findings": [asdict(f) for f in findings]}, ensure_ascii=False
            )
        )
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.ok else 'MEND'} {finding.what}{'' if finding.ok else ': ' + finding.mend}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


def examine(*, only_running: bool = False) -> Iterator[Finding]:
    """Everything the doctor looks at; stops early where the rest cannot be looked at."""
    try:
        settings = load_settings()
    except ConfigurationError as error:
        for line in error.message.splitlines()[1:]:
            yield Finding("settings", ok=False, mend=line.strip())
        return
    yield Finding("settings", ok=True)
    try:
        context = open_context(settings)
    except EntakuError as error:
        yield Finding("keys", ok=False, mend=error.message)
        return
    yield Finding("keys", ok=True)
    yield from _look(settings, context, only_running=only_running)


def _look(settings: Settings, context: Context, *, only_running: bool) -> Iterator[Finding]:
    if not context.database.alive():
        yield Finding("database", ok=False, mend="It does not answer; check ENTAKU_DATABASE_URL and that it runs.")
        return
    have, want = schema.revision(context.database), schema.head()
    yield Finding("tables", have == want, f"They are at {have or 'nothing'}, {want} is needed: entaku db upgrade")
    if have != want:
        return
    yield from look_at_engine(settings, context.broker)
    yield from look_at_processes(context, must_run=only_running)
    if not only_running:
        yield from _look_at_cities(settings, context)


def _look_at_cities(settings: Settings, context: Context) -> Iterator[Finding]:
    same = settings.keystore_url == settings.database_url
    yield Finding("key store", not same, "ENTAKU_KEYSTORE_URL must be another database than ENTAKU_DATABASE_URL.")
    with context.database.read() as session:
        cities = [city for city in session.scalars(select(Municipality.id)) if not is_room(city)]
        channels = set(session.scalars(select(Channel.municipality_id)))
        admins = session.scalar(select(Staff.id).where(Staff.active).limit(1))
    yield Finding("municipalities", bool(cities), "None yet: entaku setup-code and the console, or entaku pack load")
    yield Finding("staff", admins is not None, "Nobody can sign in yet: entaku setup-code, or entaku admin create")
    yield _look_at_model(settings)
    client = LineClient(settings.line_api, settings.line_api_data)
    for city in cities:
        if city not in channels:
            yield Finding(f"{city}: LINE channel", ok=False, mend=f"Not connected: entaku channel add {city}")
            continue
        yield from _look_at_line(context, client, city)


def _look_at_model(settings: Settings) -> Finding:
    """One question to the model that understands questions; without it the bot answers by words alone."""
    encoder = embeddings.choose(settings.embeddings, settings.embeddings_secret.get_secret_value())
    if encoder is None:
        return Finding("model: off, answering by words alone (ENTAKU_EMBEDDINGS)", ok=True)
    try:
        encoder.questions(["ごみの日はいつ"])
    except UnavailableError as error:
        return Finding(f"model: {encoder.name}, answering by words alone", ok=False, mend=error.message)
    return Finding(f"model: {encoder.name}", ok=True)


def _look_at_line(context: Context, client: LineClient, city: str) -> Iterator[Finding]:
    with context.database.read() as session:
        try:
            channel = read_channel(session, context.sealer, city)
        except EntakuError as error:
            yield Finding(f"{city}: LINE channel", ok=False, mend=error.message)
            return
    info = client.call("GET", "/v2/bot/info", channel.token)
    if info.outcome is not Outcome.ACCEPTED:
        word = "LINE refuses it; issue a new one and run entaku channel add again"
        yield Finding(f"{city}: access token", ok=False, mend=word if info.status else "LINE does not answer")
        return
    yield Finding(f"{city}: access token", ok=True)
    named = info.data.get("userId") if isinstance(info.data, dict) else None
    yield Finding(f"{city}: bot user id", named == channel.bot_user_id, "Another bot's: entaku channel add again")
    hook = client.call("GET", "/v2/bot/channel/webhook/endpoint", channel.token)
    endpoint = hook.data.get("endpoint") if isinstance(hook.data, dict) else None
    active = bool(hook.data.get("active")) if isinstance(hook.data, dict) else False
    want = f"{context.settings.public_url}line/{city}"
    right = active and (endpoint == want or context.settings.demo)
    yield Finding(f"{city}: webhook", right, f"Set {want} in LINE's console and switch on Use webhook and redelivery.")
