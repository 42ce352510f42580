"""Keeps the rich menus at LINE as they should be: makes changed ones, links residents to that of their language.

Every step can be repeated: a menu is made when its digest differs from the stored one, a link when the
resident's row says another menu. LINE allows 100 new menus an hour and 2,000 links a second.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import select

from bot.line.client import LineClient, Outcome
from bot.models import Alert, Channel
from bot.now import real_now
from bot.services import alerts, rich_menus
from bot.services.channels import ChannelBook
from bot.services.context import Context
from bot.services.rich_menus import Menu

log = structlog.get_logger(__name__)

LINKS_A_RUN: Final = 200
WAIT_AFTER_FAILURE: Final = timedelta(minutes=10)
ALERT: Final = "menu"
NOT_MADE = "LINEの画面の下のメニューを作れませんでした。10分ごとに、もう一度ためします。"


def keep(context: Context, channels: ChannelBook, client: LineClient) -> None:
    """One run over all municipalities with a channel."""
    with context.database.read() as session:
        municipalities = list(session.scalars(select(Channel.municipality_id).order_by(Channel.municipality_id)))
    for municipality in municipalities:
        Keeper(context, client, municipality, channels.get(municipality).token).run()


class Keeper:
    """The menus of one municipality."""

    def __init__(self, context: Context, client: LineClient, municipality: str, token: str) -> None:
        self._context, self._client = context, client
        self._municipality, self._token = municipality, token

    def run(self) -> None:
        """Make what is missing or changed, then link. Stops at the first refusal; the next run goes on."""
        with self._context.database.read() as session:
            needed = rich_menus.needed(session, self._municipality)
            at_line = rich_menus.digests(session, self._municipality)
        changed = [language for language in needed if at_line.get(language) != self._wanted(language).digest]
        if all(self._made(language) for language in changed):
            self._link()

    def _wanted(self, language: str) -> Menu:
        return rich_menus.wanted(self._municipality, language, self._context.sealer)

    def _made(self, language: str) -> bool:
        menu = self._wanted(language)
        if not self._may_try():
            return False
        line_menu_id = self._make(menu)
        if line_menu_id is None:
            with self._context.database.write() as session:
                alerts.raise_alert(session, self._municipality, ALERT, NOT_MADE, real_now())
            log.warning("menu.not_made", municipality=self._municipality, language=language)
            return False
        with self._context.database.write(durable=True) as session:
            before = rich_menus.remember(session, self._municipality, menu, line_menu_id, self._context.clock())
            alerts.clear_alert(session, self._municipality, ALERT)
        log.info("menu.made", municipality=self._municipality, language=language)
        if before is not None:
            self._client.call("DELETE", f"/v2/bot/richmenu/{before}", self._token)
        return True

    def _may_try(self) -> bool:
        query = select(Alert.last_at).where(Alert.municipality_id == self._municipality, Alert.kind == ALERT)
        with self._context.database.read() as session:
            last = session.scalar(query)
        return last is None or real_now() - last > WAIT_AFTER_FAILURE

    def _make(self, menu: Menu) -> str | None:
        """Create, add the picture, make it the default when it is Japanese. None when LINE refused a step."""
        created = self._client.call("POST", "/v2/bot/richmenu", self._token, menu.body)
        if created.outcome is not Outcome.ACCEPTED or not isinstance(created.data, dict):
            return None
        line_menu_id = str(created.data.get("richMenuId", ""))
        path = f"/v2/bot/richmenu/{line_menu_id}/content"
        done = self._client.upload(path, self._token, menu.picture, "image/png").outcome is Outcome.ACCEPTED
        if done and menu.language == rich_menus.DEFAULT:
            default = self._client.call("POST", f"/v2/bot/user/all/richmenu/{line_menu_id}", self._token)
            done = default.outcome is Outcome.ACCEPTED
        if not done:  # a half-made menu would count against LINE's 1,000
            self._client.call("DELETE", f"/v2/bot/richmenu/{line_menu_id}", self._token)
            return None
        return line_menu_id

    def _link(self) -> None:
        with self._context.database.read() as session:
            waiting = [
                (row.id, row.line_id, menu)
                for row, menu in rich_menus.to_link(session, self._municipality, LINKS_A_RUN)
            ]
            if not waiting:
                return
            ids = {
                language: row.line_menu_id
                for language in (*rich_menus.LANGUAGES, rich_menus.OFFICER)
                if (row := rich_menus.made(session, self._municipality, language))
            }
        for resident_id, sealed, language in waiting:
            user = self._context.sealer.open_id(sealed, self._municipality)
            path = f"/v2/bot/user/{user}/richmenu"
            if language not in ids:
                continue  # linked since this run began: its menu is made by the next one
            if language == rich_menus.DEFAULT:
                answer = self._client.call("DELETE", path, self._token)
            else:
                answer = self._client.call("POST", f"{path}/{ids[language]}", self._token)
            if answer.outcome is Outcome.REFUSED:
                # This one has left or blocked; trying each run would only trouble LINE.
                log.warning("menu.not_linked", resident=resident_id, status=answer.status)
            elif answer.outcome is not Outcome.ACCEPTED:
                return
            with self._context.database.write() as session:
                rich_menus.linked(session, resident_id, language)
