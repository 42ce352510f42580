"""A row of an event list (families A to E) -> an activity."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Final

from content.formats import clocks_in, days_in, open_bodies, patterns_in
from content.formats.clocks_in import Clocks, plain
from content.formats.days_in import Days
from content.formats.ours_in import Ours
from content.formats.rows_in import MAX_EXTRA, OWN_KEY, City, Ident, Row, hashed, head_count
from content.packs_model import SAMPLE_MARK, Activity, Entry
from content.recurrence import check

KEPT_DAYS: Final = timedelta(days=31)  # an activity is answered about so long after its last day
_TEXTS: Final = (
    "kana", "english", "nickname", "subtitle", "category", "keywords", "when_note", "fee_basic", "free", "contact",
    "phone", "phone_inner", "mail", "form", "contact_note", "post_code", "co_organiser", "area_code", "town_id",
    "address_prefecture", "address_city", "address_town", "address_rest", "building", "access", "parking",
    "apply_from", "apply_time", "url", "picture", "picture_licence", "remarks", "conditions", "summary", "pattern",
)  # fmt: skip
_CALLED_OFF: Final = re.compile(
    r"[【\[(（《]\s*(?:開催)?(?P<marked>中止|延期|順延)[^】\])）》]{0,10}[】\])）》]"
    r"|(?P<said>中止|延期|順延)(?:と(?:なりました|いたしました|します|いたします)|に(?:なりました|いたします|します)"
    r"|(?:いた)?し(?:ました|ます)|が決定|決定|のお知らせ)"
)
_IF: Final = re.compile(r"雨天|荒天|悪天候|場合|とき|ことが|可能性|警報|小雨|台風|の際|おそれ")
_STATES: Final = {
    "中止": "中止",
    "延期": "順延",
    "順延": "順延",
    "変更": "変更",
    "実施": "実施",
    "小雨決行": "小雨決行",
}
_ENGLISH_STATES: Final = {
    "cancelled": "中止",
    "canceled": "中止",
    "postponed": "順延",
    "eventcancelled": "中止",
    "eventpostponed": "順延",
}
_UNTIL: Final = re.compile(r"まで|〆切|締切|締め切り|必着|期限")
_FREE: Final = {"無料": "無料", "free": "無料"}


def read(row: Row, city: City) -> tuple[Entry, Ident] | None:
    """The activity of a row; None after noting why it is refused."""
    title = row.title()
    days = _days(row, city.today)
    start, end, session_note = _times(row, days)
    if row.refused:
        return None
    ours = Ours.of(row)
    activity = _activity(row, city, days, start, end)
    if not ours.has("rule"):
        activity = _repeated(row, activity, days)
    activity = ours.activity(activity)
    activity, odd = _mended(row, activity)
    notes = [*_time_notes(row, days), *session_note, *odd]
    if why := check(activity) if activity.starts_on or activity.rule else None:
        row.refuse("ends_on", f"日時が読めません({why})。直してください")
        return None
    extra = row.keep(*_TEXTS) | row.others() | row.publisher(city)
    outside = row.outside_id()
    if outside and not OWN_KEY.fullmatch(outside):
        extra["NO"] = outside
    if row.value("capacity") and activity.capacity is None:
        extra["定員"] = row.text("capacity")[:MAX_EXTRA]
    extra |= {"日時の文": "\n".join(dict.fromkeys(notes))[:MAX_EXTRA]} if notes else {}
    if days.first is None and days.last is not None:
        extra["始まりの日"] = "不明"
    extra |= {name: text for name, text in _place_extra(row, activity).items() if text}
    said = row.text("body")
    body = open_bodies.activity(said, extra, title)
    if body != said and said:
        extra["説明"] = said[:MAX_EXTRA]
    last = _last_day(activity)
    entry = Entry(
        id="", imported=True, kind="activity", title=title, body=body, source=city.source, districts=row.district(city),
        valid_to=last + KEPT_DAYS if last else None, checked_on=city.today, sample=SAMPLE_MARK in title,
        extra=dict(sorted(extra.items())), activity=activity,
    )  # fmt: skip
    entry = ours.entry(entry)
    where = str(activity.starts_on or activity.rule or row.text("starts_on"))
    return entry, Ident(outside, hashed(title), hashed(where))


def _days(row: Row, today: date) -> Days:
    """The days of 開始日 and 終了日 (or of one free text); refused when a day does not exist or none is said."""
    first = _day_cell(row, "starts_on", today)
    if first.first is None and first.last is None and first.rule is None and not first.wrong:
        elsewhere = _days_elsewhere(row, today)
        first = elsewhere or first
    last = _day_cell(row, "ends_on", today)
    if last.wrong or first.wrong:
        return first
    said = row.text("starts_on") or row.text("when_note") or row.text("pattern") or row.other("日時の文")
    if not said and first.first is None and last.first is None and not row.text("entaku_rule"):
        row.refuse("starts_on", f"{row.column('starts_on')}がありません。日を書いてください(例: 2026-12-06)")
        return first
    if last.first is None and last.last is None:
        return first
    end = last.last or last.first
    if first.first is None:
        return replace(first, last=end)
    if end is not None and end < first.first:
        row.refuse("ends_on", f"終了日({end})が開始日({first.first})より前です。どちらかを直してください")
    return replace(first, last=end)


def _day_cell(row: Row, name: str, today: date) -> Days:
    text = row.text(name)
    if not text:
        return Days()
    found = days_in.read(text, today)
    if found.wrong:
        row.refuse(name, f"「{found.wrong[:40]}」という日はありません。直してください(例: 2026-12-06)")
    for why in found.notes:
        row.warn(name, why)
    return found


def _days_elsewhere(row: Row, today: date) -> Days | None:
    """Days that stand in the columns of times or notes, where 開催日 only says 「8・9月の試合日程」."""
    for name in ("start", "when_note", "pattern"):
        text = row.text(name)
        if not text:
            continue
        found = days_in.read(text, today)
        if (found.first or found.last or found.rule) and not found.wrong:
            row.warn("starts_on", f"{row.column('starts_on')}に日がないので、{row.column(name)}から読みました")
            for why in found.notes:
                row.warn(name, why)
            return found
    return None


def _times(row: Row, days: Days) -> tuple[time | None, time | None, list[str]]:
    """Start and end of the day; what could not be told as one span stays as text, and is said."""
    started, ended = _clock_cell(row, "start", days), _clock_cell(row, "end", days)
    if started.start is None and days.words_of_time:
        started = clocks_in.read(days.words_of_time.replace("\n", " "))
    notes = []
    start, end = started.start, ended.end or ended.start or started.end
    if len(started.sessions) > 1 and not _all_alike(started):
        said = _sessions(row)
        row.warn("start", f"1日に何回かあります。{_plain(start)}からと取り込み、回ごとの時刻は文に残しました")
        notes.append(said)
        last = (ended.sessions or ((None, None),))[-1]
        end = last[1] or last[0] or (ended.start if len(ended.sessions) < 2 else None)
    elif len(started.sessions) > 1:
        end = ended.end or ended.start
    return start, end, notes


def _all_alike(clocks: Clocks) -> bool:
    """8月15日 午後6時、8月16日 午後6時: the same time on several days."""
    return len(set(clocks.sessions)) == 1


def _sessions(row: Row) -> str:
    parts = [part for name in ("start", "end") if (part := row.value(name))]
    return "時間: " + " 〜 ".join(" ".join(part.split()) for part in parts)


def _plain(clock: time | None) -> str:
    return f"{clock:%H:%M}" if clock else ""


def _clock_cell(row: Row, name: str, days: Days) -> Clocks:
    text = row.text(name)
    if not text:
        return Clocks()
    found = clocks_in.read(text)
    if name == "start" and days.words_of_time and days_in.read(text, date.min.replace(year=2000)).first:
        return clocks_in.read(days.words_of_time.replace("\n", " "))
    if found.wrong:
        row.warn(name, f"「{found.wrong[:30]}」という時刻はありません。時刻なしで取り込みました")
    elif found.rest:
        row.warn(name, f"「{' '.join(text.split())[:60]}」は読みきれない所があるので、文のまま残しました")
    if found.odd:
        row.warn(name, found.odd)
    return found


def _time_notes(row: Row, days: Days) -> list[str]:
    """The words about days and times that are more than days and times."""
    notes = []
    said = " ".join(row.text("starts_on").split())
    undated = days.first is None and days.last is None and days.rule is None
    if said and (days.rest or undated or days.open_end):
        notes.append(f"日時: {said}")
        if undated and not row.text("entaku_rule"):
            row.warn(
                "starts_on", f"「{said[:60]}」から日が読めないので、文のまま残しました。日が決まったら書いてください"
            )
        elif days.rest:
            row.warn("starts_on", f"「{days.rest[:60]}」は、文のまま残しました")
        elif days.open_end:
            row.warn("starts_on", "終わりの日がないので、始まりの日だけの行事にしました。元の文も残しました")
    for name, head in (("start", "開始"), ("end", "終了")):
        text = row.value(name)
        if text and clocks_in.read(text).rest:
            notes.append(f"{head}: {' '.join(text.split())}")
    return notes


def _activity(row: Row, city: City, days: Days, start: time | None, end: time | None) -> Activity:
    first, last = days.first, days.last
    if first is None and last is not None:
        first = min(city.today, last)
        row.warn("starts_on", f"始まりの日がないので、取り込んだ日({first})からとしました")
    lat, lon = row.point()
    state, note = _state(row)
    return Activity(
        rule=days.rule, starts_on=first, ends_on=last if last != first else None, dates=days.more, start=start, end=end,
        place=_place(row), address=_address(row), lat=lat, lon=lon, audience_words=row.value("audience_words")[:200],
        capacity=_capacity(row), apply_by=_apply_by(row, first, city.today), how_to_apply=_how(row), fee=_fee(row),
        state=state, state_note=note, organiser=row.value("organiser")[:200],
    )  # fmt: skip


def _repeated(row: Row, activity: Activity, days: Days) -> Activity:
    """A note that names repeated days and nothing else (毎週水曜日) makes a list of days of a span of time."""
    if activity.rule or activity.dates:
        return _with_first(activity)
    for name in ("pattern", "when_note"):
        text = row.value(name)
        named = patterns_in.rule(text) if text else None
        if named and (activity.ends_on or days.first is None):
            row.warn(name, f"「{text[:40]}」から、くり返しの行事として取り込みました")
            return _with_first(replace(activity, rule=named))
        if text and not named and name == "when_note" and re.search(r"毎週|毎月|第\s*[1-5１-５]|隔週", text):
            row.warn(name, f"「{' '.join(text.split())[:60]}」は、くり返しとして読みきれないので、文のまま残しました")
    return activity


def _with_first(activity: Activity) -> Activity:
    """Every other week counts from a first day; without one the days stay words."""
    if activity.rule and "INTERVAL" in activity.rule and activity.starts_on is None:
        return replace(activity, rule=None)
    return activity


def _mended(row: Row, activity: Activity) -> tuple[Activity, list[str]]:
    """An end before its start on one day, and an end without a start: left out, said, and kept as text."""
    if activity.end is None:
        return activity, []
    one_day = activity.rule is not None or activity.ends_on in {None, activity.starts_on}
    if activity.start is None:
        why = "開始時間がないので、終了時間は文のまま残しました"
    elif one_day and activity.end <= activity.start:
        span = f"終了時間({activity.end:%H:%M})が開始時間({activity.start:%H:%M})より前"
        why = f"{span}なので、終了時間は文のまま残しました"
    else:
        return activity, []
    row.warn("end", why)
    text = f"終了: {activity.end:%H:%M}"
    return replace(activity, end=None), [text]


def _place(row: Row) -> str:
    place = row.value("place") or row.value("facility") or row.value("meeting")
    return re.sub(r"\s*\n\s*", " ", place)[:200]


def _place_extra(row: Row, activity: Activity) -> dict[str, str]:
    """The other names of places: what is shown is one."""
    extra = {}
    for name, column in (("facility", "開催施設"), ("meeting", "集合場所")):
        text = row.value(name)
        if text and re.sub(r"\s*\n\s*", " ", text)[:200] != activity.place:
            extra[column] = text[:MAX_EXTRA]
    return extra


def _address(row: Row) -> str:
    if said := row.value("address"):
        return said[:300]
    return "".join(row.value(name) for name in ("address_prefecture", "address_city", "address_town", "address_rest"))[
        :300
    ]


def _capacity(row: Row) -> int | None:
    text = row.value("capacity")
    if not text:
        return None
    found = head_count(text)
    if found is None and not re.search(r"制限なし|なし|無制限|定員なし", text):
        row.warn("capacity", f"「{' '.join(text.split())[:40]}」は人数として読めないので、文のまま残しました")
    return found


def _fee(row: Row) -> str:
    text = row.value("fee") or row.value("fee_basic")
    if re.fullmatch(r"\d{1,7}円?", words := plain(text)):  # a number alone, as spreadsheets keep a price
        yen = int(words.removesuffix("円"))
        text = text if yen and "円" in text else f"{yen:,}円" if yen else "無料"
    if not text and row.value("free"):
        text = row.value("free")
    return _FREE.get(text.casefold(), text)[:300]


def _how(row: Row) -> str:
    parts = [row.value("how_to_apply"), row.value("apply_span")]
    return "\n".join(dict.fromkeys(part for part in parts if part))[:500]


def _apply_by(row: Row, first: date | None, today: date) -> date | None:
    """The last day to apply, before or on the first day of the activity where the text has no year."""
    for name in ("apply_by", "apply_span"):
        text = row.value(name)
        if not text:
            continue
        found = days_in.read(text, first or today)
        last = found.last or (found.first if name == "apply_by" or _UNTIL.search(text) else None)
        if last is not None:
            return last
        if name == "apply_by":
            row.warn(name, f"「{' '.join(text.split())[:40]}」は日として読めないので、文のまま残しました")
    return None


def _state(row: Row) -> tuple[str, str]:
    """What 状態 says, else what the name or the text clearly says: never 雨天中止, which is a condition."""
    said = row.value("status")
    known = next((state for word, state in _STATES.items() if word in said), _ENGLISH_STATES.get(said.casefold(), ""))
    if known:
        return known, ""
    if any("小雨決行" in row.text(name) for name in ("conditions", "when_note", "remarks")):
        return "小雨決行", ""
    for name in ("title", "remarks", "when_note", "body", "summary"):
        for sentence in re.split(r"[。\n]", row.text(name)):
            found = _CALLED_OFF.search(sentence)
            if found and not _IF.search(sentence):
                state = _STATES[found["marked"] or found["said"]]
                row.warn(name, f"文に「{found[0][:20]}」とあるので、状態を「{state}」としました")
                return state, "" if name == "title" else sentence.strip()[:200]
    return "予定", ""


def _last_day(activity: Activity) -> date | None:
    if activity.rule:
        return activity.ends_on
    days = [day for day in (activity.starts_on, activity.ends_on, *activity.dates) if day]
    return max(days, default=None)
