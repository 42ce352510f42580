"""An activity's fields: shown as stored, read as posted. Errors name the field and the mend."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Final

from bot.models import Entry
from bot.services import activity_editing, entry_editing
from bot.services.sign_ups import IN_LINE
from content.packs_model import Activity, Source
from content.packs_model import Entry as Content
from content.recurrence import parse
from content.series_rules import days_in_words
from handlers.console import entry_fields, rule_fields
from handlers.console.access import person, place
from handlers.console.entry_fields import EASY, LIMITS
from handlers.console.forms import Fields

REPEATS: Final = {"once": "1回だけ(何日か続くものも)"} | rule_fields.REPEATS
KEPT: Final = "kept"  # a rule or a list of days that the fields cannot say: it stays as it is
SIGN_UPS: Final = {
    "none": ("いりません", "だれでも、当日そのまま来られます。"),
    "line": ("LINEで受け付ける", "ボタンで人数だけを聞きます。名前は聞きません。定員になると、待つ人の列ができます。"),
    "url": ("主催者の申し込みページ", "https:// から始まるアドレスを案内します。"),
    "other": ("電話や窓口など", "申し込み方を書きます。"),
}
FREE: Final = "申込不要"
MOST: Final = {"place": 60, "words": 80, "capacity": 10_000}


def blank() -> Content:
    """A new activity with nothing in it."""
    return replace(entry_editing.blank("activity"), activity=Activity())


def shown(content: Content) -> Fields:
    """An activity as the form shows it."""
    activity = content.activity or Activity()
    text, bring = activity_editing.taken_apart(content.body)
    easy = content.translations.get(EASY)
    ids = {district.key: str(district.id) for district in place().districts}
    values: dict[str, str | list[str]] = {
        "title": content.title, "body": text, "bring": bring, "audience_words": activity.audience_words,
        "organiser": activity.organiser, "place": activity.place, "address": activity.address, "facility": "",
        "fee": activity.fee, "contact": content.contact or "", "source_title": content.source.title,
        "capacity": str(activity.capacity or ""), "apply_days": str(activity.apply_days or ""),
        "apply_by": _day(_last_day(activity)), "first": _day(activity.starts_on), "last": _day(activity.ends_on),
        "start": _time(activity.start), "end": _time(activity.end),
        "questions": "\n".join(content.questions), "districts": [ids[k] for k in content.districts if k in ids],
        "easy_title": easy.title if easy else "", "easy_body": easy.body if easy else "",
        "repeat": "once", "weekday": "SU", "month_day": "1", "every": "1",
    }  # fmt: skip
    return Fields.of(values | _repeat(activity) | _sign_up(activity))


def _last_day(activity: Activity) -> date | None:
    """Until when one can apply for an activity that is held once, also when it is said in days before."""
    if activity.rule is None and activity.starts_on and activity.apply_days:
        return activity.starts_on - timedelta(days=activity.apply_days)
    return activity.apply_by


def _repeat(activity: Activity) -> dict[str, str | list[str]]:
    if activity.rule:
        return rule_fields.shown(activity.rule) or {"repeat": KEPT}
    return {"repeat": KEPT} if activity.dates else {}


def _sign_up(activity: Activity) -> dict[str, str | list[str]]:
    if activity.sign_up == IN_LINE:
        return {"sign_up": "line"}
    if activity.sign_up:
        return {"sign_up": "url", "sign_up_url": activity.sign_up}
    how = activity.how_to_apply
    return {"sign_up": "other", "how": how} if how and how != FREE else {"sign_up": "none"}


def kept_in_words(activity: Activity | None) -> str:
    """What KEPT keeps; empty when the fields can say it."""
    if activity is None or _repeat(activity).get("repeat") != KEPT:
        return ""
    return rule_in_words(activity) or f"日を並べたもの({len(activity.dates) + 1}日)"


def rule_in_words(activity: Activity | None) -> str:
    """毎月 第1日曜日; empty without a rule."""
    return days_in_words(parse(activity.rule)) if activity and activity.rule else ""


def read(fields: Fields, base: Content, places: Sequence[Entry], today: date) -> Content:
    """The posted form on top of what is stored; what is to be mended stands in `fields.errors`."""
    keys = {district.id: district.key for district in place().districts}
    title = fields.text("title", "行事の名前", most=LIMITS["title"])
    bring = " ".join(fields.text("bring", "持ち物", most=LIMITS["short"], required=False).split())
    text = fields.text("body", "どんな行事か", most=LIMITS["body"] - len(bring) - 10, required=False)
    body = activity_editing.with_bringing(text, bring)
    organiser = fields.text("organiser", "主催", most=MOST["words"], required=False)
    source = fields.text("source_title", "出典", most=LIMITS["short"], required=False) or organiser
    districts = tuple(keys[number] for number in fields.numbers("districts") if number in keys)
    if not districts and not person().may("activity.write", place().id, ()):
        fields.errors["districts"] = "あなたの地区を、1つ以上選んでください。市全体の行事は、市の担当が加えます。"
    activity = _activity(fields, base.activity or Activity(), places, today)
    return replace(
        base,
        title=title,
        body=body,
        activity=replace(activity, organiser=organiser),
        districts=districts,
        contact=fields.value("contact") if fields.value("contact") in dict(entry_fields.desks()) else None,
        questions=entry_fields.lines(fields, "questions", "聞き方"),
        source=base.source if source == base.source.title else Source(source),
        checked_on=today,
        translations=entry_fields.translations(fields, base, (title, body)),
    )


def _activity(fields: Fields, base: Activity, places: Sequence[Entry], today: date) -> Activity:
    activity = _where(fields, _applying(fields, _days(fields, base, today)), places)
    return replace(
        activity,
        audience_words=fields.text("audience_words", "だれが来られるか", most=MOST["words"], required=False),
        fee=fields.text("fee", "料金", most=MOST["words"], required=False),
    )


def _days(fields: Fields, base: Activity, today: date) -> Activity:
    kind = fields.one_of("repeat", "いつ", [*REPEATS, KEPT])
    first = fields.day("first", "日" if kind == "once" else "始めの日", required=kind == "once")
    last = fields.day("last", "終わりの日", required=False)
    start, end = _clock(fields, "start", "始まる時刻"), _clock(fields, "end", "終わる時刻")
    if first and last and last < first:
        fields.errors["last"] = "終わりの日が、始めの日より前です。終わりの日を直してください。"
    if last is None and kind == "once" and first and first < today and first != base.starts_on:
        fields.errors["first"] = "もう過ぎた日です。これからの日を選んでください。"
    if end and not start and "start" not in fields.errors:
        fields.errors["start"] = "始まる時刻も入れてください。"
    one_day = kind != "once" or last is None or last == first
    if one_day and start and end and end <= start:
        fields.errors["end"] = "終わる時刻が、始まる時刻より前です。どちらかを直してください。"
    days: Mapping[str, object] = {"starts_on": first, "ends_on": last, "rule": None, "dates": ()}
    if kind == KEPT:
        days = {}
    elif kind in rule_fields.REPEATS:
        rule = rule_fields.read(fields, kind)
        days = {**days, "rule": rule if not {"weekdays", "nths", "weekday", "month_day"} & set(fields.errors) else None}
        if "INTERVAL" in rule and first is None:
            fields.errors["first"] = "2週ごとのときは、始めの日を入れてください。その週から数えます。"
    return replace(base, start=start, end=end, numbered=base.numbered and kind != "once", **days)  # type: ignore[arg-type]


def _applying(fields: Fields, base: Activity) -> Activity:
    kind = fields.one_of("sign_up", "申し込み", SIGN_UPS)
    how = fields.text("how", "申し込み方", most=MOST["words"], required=kind == "other")
    url = fields.text("sign_up_url", "申し込みページ", most=LIMITS["url"], required=kind == "url")
    if kind == "url" and url and not re.fullmatch(r"https://[^\s]+", url):
        fields.errors["sign_up_url"] = "申し込みページは、https:// から始まるアドレスを入れてください。"
    once = base.rule is None
    by = fields.day("apply_by", "申し込みの締切", required=False) if once else base.apply_by
    before = None if once else _number(fields, "apply_days", "何日前まで", 366)
    if once and base.starts_on and by and by > (base.ends_on or base.starts_on):
        fields.errors["apply_by"] = "申し込みの締切が、行事の日よりあとです。締切を直してください。"
    capacity = _number(fields, "capacity", "定員", MOST["capacity"])
    words = {"none": FREE, "line": "LINEの「参加する」ボタン", "url": "申し込みページから", "other": how}
    return replace(
        base,
        capacity=capacity if kind != "none" else None,
        apply_by=by if kind != "none" and not before else None,
        apply_days=before if kind != "none" else None,
        how_to_apply=words.get(kind, ""),
        sign_up={"line": IN_LINE, "url": url}.get(kind, ""),
    )


def _where(fields: Fields, base: Activity, places: Sequence[Entry]) -> Activity:
    """A place of the list gives name, address and point; what is typed beside it is put after its name."""
    typed = fields.text("place", "場所", most=MOST["place"], required=False)
    address = fields.text("address", "住所", most=MOST["words"], required=False)
    chosen = next((row for row in places if str(row.id) == fields.value("facility")), None)
    if chosen is None and (typed, address) == (base.place, base.address):
        return base
    if chosen is None:
        return replace(base, place=typed, address=address, lat=None, lon=None, place_kana="")
    name = chosen.title if not typed or typed in chosen.title or typed == base.place else f"{chosen.title} {typed}"
    known: Mapping[str, object] = chosen.data.get("shelter") or {}
    extra: Mapping[str, str] = chosen.data.get("extra") or {}
    return replace(
        base,
        place=name[: MOST["place"]],
        address=str(known.get("address") or extra.get("住所") or address),
        place_kana="",
        lat=_degrees(known.get("lat") or extra.get("緯度")),
        lon=_degrees(known.get("lon") or extra.get("経度")),
    )


def _degrees(value: object) -> float | None:
    try:
        return float(str(value)) if value else None
    except ValueError:
        return None


def _clock(fields: Fields, name: str, label: str) -> time | None:
    value = fields.value(name).strip()
    try:
        return time.fromisoformat(value).replace(tzinfo=None, second=0, microsecond=0) if value else None
    except ValueError:
        fields.errors[name] = f"{label}を選んでください(例: 09:00)。"
        return None


def _number(fields: Fields, name: str, label: str, most: int) -> int | None:
    value = fields.value(name).strip()
    if not value:
        return None
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII) or not 1 <= int(value) <= most:
        fields.errors[name] = f"{label}は、1から{most:,}までの数で入れてください。空でもかまいません。"
        return None
    return int(value)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _time(value: time | None) -> str:
    return f"{value:%H:%M}" if value else ""
