"""What LINE carries of an inquiry: its receipt number, a link, or a short text that anybody might read."""

from __future__ import annotations

from bot.core import postback
from bot.line.render import Card, Open, Tap
from bot.models import Inquiry
from bot.services.context import Context
from content.phrases import phrases

Message = Card


def received(context: Context, row: Inquiry, number: str) -> Message:
    """The receipt."""
    say = phrases(row.language).say
    body = say("inquiry.received_body", days=context.settings.inquiry_promise_days)
    return Card(
        say("inquiry.received", number=number),
        (body,),
        choices=(_tap(context, row, say("inquiry.status"), "inquiry.list"),),
    )


def answered(context: Context, row: Inquiry, number: str, url: str, days: int) -> Message:
    """There is an answer, to be read on our page."""
    say = phrases(row.language).say
    return Card(
        say("inquiry.answered", number=number),
        (say("inquiry.answered_body", days=days),),
        buttons=(Open(say("inquiry.read"), url), _resolved(context, row)),
    )


def said(context: Context, row: Inquiry, number: str, url: str, name: str, text: str) -> Message:
    """A short answer of a person, named as such."""
    say = phrases(row.language).say
    return Card(
        say("inquiry.said", number=number),
        (text,),
        heading=say("inquiry.by_person", name=name),
        notes=(say("inquiry.said_note"),),
        buttons=(Open(say("inquiry.write_more"), url), _resolved(context, row)),
    )


def _resolved(context: Context, row: Inquiry) -> Tap:
    return _tap(context, row, phrases(row.language).say("inquiry.resolved_button"), "inquiry.resolve", i=row.id)


def _tap(context: Context, row: Inquiry, label: str, action: str, **fields: int) -> Tap:
    key = next(context.sealer.signing_keys("postback"))
    return Tap(label, postback.encode(action, fields, row.municipality_id, key), label)
