"""Residents' own forms on a real database: pages without LINE, links as the chat gives them."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.models import Inquiry, Resident
from bot.now import real_now
from bot.services import inquiries, inquiry_links
from bot.services.context import Context
from handlers import console, public

TEXT = "今泉の公園の街灯が切れています。夜、暗くて困っています。"


class Counter:
    """The city's forms in a browser without JavaScript."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.app = Flask("public", static_folder=None)
        console.register(self.app, context)
        public.register(self.app, context)
        self.client = self.app.test_client()

    def resident(self, name: str = "a", city: str = "fuji", language: str = "ja") -> int:
        """Somebody in LINE."""
        row = Resident(
            municipality_id=city,
            line_id=self.context.sealer.seal_id("U" + name * 32, city),
            language=language,
            followed_at=real_now(),
        )
        with self.context.database.write() as session:
            session.add(row)
            session.flush()
            return row.id

    def link(
        self, resident_id: int | None, city: str = "fuji", language: str = "ja", at: datetime | None = None
    ) -> str:
        """The path of a fresh form, as the chat gives it."""
        token = inquiry_links.new_token()
        with self.context.database.write() as session:
            moment = at or self.context.clock()
            inquiry_links.add_form(session, city, token, resident_id, language, moment, 24)
        return f"/m/{city}/inquiry/{token}"

    def answer_link(self, inquiry_id: int, city: str = "fuji", keeps: timedelta = timedelta(days=30)) -> str:
        """The path where an answer is read."""
        token = inquiry_links.new_token()
        with self.context.database.write() as session:
            inquiry_links.add_answer(session, city, token, inquiry_id, "ja", self.context.clock(), keeps)
        return f"/m/{city}/inquiry/answer/{token}"

    def post(self, path: str, step: str = "send", client: FlaskClient | None = None, **values: Any) -> TestResponse:
        """Press a button of the form."""
        data = {"category": "road", "text": TEXT, "contact": "", "district": "", "step": step} | values
        return (client or self.client).post(path, data=data)

    def token(self, path: str) -> str:
        """The token of a page's form."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(path).text)
        assert found is not None
        return found.group(1)

    def sent(self, resident_id: int | None = None, **values: Any) -> Inquiry:
        """An inquiry that came through the form."""
        path = self.link(resident_id)
        assert self.post(path, **values).status_code == 303
        with self.context.database.read() as session:
            link = inquiry_links.find(session, "fuji", "form", path.rsplit("/", 1)[1])
            assert link is not None
            return inquiries.get(session, "fuji", link.inquiry_id or 0)

    def row(self, inquiry_id: int, city: str = "fuji") -> Inquiry:
        with self.context.database.read() as session:
            return inquiries.get(session, city, inquiry_id)


def seen(page: TestResponse) -> str:
    """What a page says, without its tags."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))
