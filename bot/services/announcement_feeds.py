"""Announcements for machines: RSS 2.0 of the newest, iCalendar (RFC 5545) of those that tell of a date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from icalendar import Calendar, Event

from bot.models import Announcement
from bot.services.announcement_archive import Dated
from bot.services.announcement_card import particulars_of
from bot.services.announcement_print import page_url

ATOM = "http://www.w3.org/2005/Atom"
PRODUCT = "-//Entaku//Announcements//JA"
LASTS = timedelta(hours=1)  # of a date whose end is not said
_NOT_XML = {code: None for code in range(32) if code not in (9, 10, 13)}


@dataclass(frozen=True)
class Channel:
    """Whose feed it is. `home` is the installation's own address, ending with /; `sample` marks every title."""

    home: str
    municipality: str
    name: str
    own: str  # the feed's own address
    sample: bool

    def title(self, row: Announcement) -> str:
        """Its title; a sample city's says so."""
        return f"{row.title}(見本)" if self.sample and "見本" not in row.title else row.title


def rss(channel: Channel, rows: Iterable[tuple[Announcement, list[str]]], now: datetime) -> bytes:
    """The feed, newest first. Each row with the names of its districts, which become its categories."""
    ET.register_namespace("atom", ATOM)
    root = ET.Element("rss", version="2.0")
    feed = ET.SubElement(root, "channel")
    mark = "(見本)" if channel.sample and "見本" not in channel.name else ""
    _add(feed, "title", f"{channel.name}{mark} 地区のお知らせ")
    _add(feed, "link", f"{channel.home}m/{channel.municipality}/announcements")
    _add(feed, "description", "地区のまちづくり協議会などからのお知らせです。")
    _add(feed, "language", "ja")
    _add(feed, "lastBuildDate", format_datetime(now.astimezone(UTC), usegmt=True))
    ET.SubElement(feed, f"{{{ATOM}}}link", href=channel.own, rel="self", type="application/rss+xml")
    for row, districts in rows:
        item = ET.SubElement(feed, "item")
        _add(item, "title", channel.title(row))
        _add(item, "link", page_url(channel.home, row))
        _add(item, "guid", page_url(channel.home, row))
        _add(item, "pubDate", format_datetime((row.frozen_at or row.created_at).astimezone(UTC), usegmt=True))
        _add(item, "description", _text(row))
        for name in (row.sender, *districts):
            _add(item, "category", name)
    written: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{written}'.encode()


def calendar(channel: Channel, dates: Iterable[Dated]) -> bytes:
    """One VEVENT an announcement; it keeps its UID, and STATUS says when it was called off."""
    found = Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", f"{channel.name} 地区のお知らせ")
    for one in dates:
        found.add_component(_event(channel, one))
    found.add_missing_timezones()
    return bytes(found.to_ical())


def _event(channel: Channel, one: Dated) -> Event:
    row, event = one.row, Event()
    stamp = row.frozen_at or row.created_at
    host = urlsplit(channel.home).hostname or "entaku"
    event.add("uid", f"{row.municipality_id}.announcement.{row.id}@{host}")
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", 1 if one.called_off else 0)
    event.add("status", "CANCELLED" if one.called_off else "CONFIRMED")
    event.add("summary", channel.title(row))
    event.add("dtstart", one.at or one.day)
    event.add("dtend", one.at + LASTS if one.at else one.day + timedelta(days=1))
    if place := (row.particulars or {}).get("place"):
        event.add("location", place)
    event.add("description", _text(row))
    event.add("url", page_url(channel.home, row))
    return event


def _text(row: Announcement) -> str:
    return "\n".join((row.body, *(f"{label}: {words}" for label, words in particulars_of(row))))


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text.translate(_NOT_XML)
