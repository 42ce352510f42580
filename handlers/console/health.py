"""What is stuck, and the acts that mend it."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from bot.now import real_now
from bot.services import alerts, health, machine
from handlers.console.access import context, now, person, right


@right("health.read")
def overview(municipality: str) -> str:
    """Alerts, parked events, what LINE refused, signs of life."""
    with context().database.read() as db:
        seen = {
            "alerts": health.alerts(db, municipality),
            "parked": health.parked(db, municipality),
            "undelivered": health.undelivered(db, municipality),
            "batches": health.stuck_batches(db, municipality),
            "heartbeats": health.heartbeats(db),
            "stopped": alerts.clock_dead(db, real_now()),
            "late": {row.name for row in alerts.late_jobs(db, real_now())},
            "channel": health.channel(db, municipality),
            "machine": machine.look(db, context().settings, municipality, real_now()),
        }
    return render_template("console/health.html", now=now(), real_now=real_now(), **seen)


@right("health.mend")
def retry(municipality: str, event_id: int) -> Response:
    """Let a parked event wait again; the sweep wakes its source within a second."""
    with context().database.write() as db:
        health.retry(db, municipality, event_id, person().actor, now())
    return _back(municipality)


@right("health.mend")
def drop(municipality: str, event_id: int) -> Response:
    """Give a parked event up."""
    with context().database.write() as db:
        health.drop(db, municipality, event_id, person().actor, now())
    return _back(municipality)


@right("health.mend")
def clear(municipality: str, alert_id: int) -> Response:
    """Somebody has seen to an alert."""
    with context().database.write() as db:
        health.clear_alert(db, municipality, alert_id, person().actor, now())
    return _back(municipality)


def _back(municipality: str) -> Response:
    return redirect(url_for("console.health", municipality=municipality))
