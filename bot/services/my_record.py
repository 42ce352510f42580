"""All that is held of one resident, for that resident: every table that knows them, as plain values.

Tables are found from the models, so that none is forgotten: whatever has a `resident_id` is in here. Sealed columns
stay out (keys, hashes); what was written in one's own inquiries is opened.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import LargeBinary, Table, select
from sqlalchemy.orm import Session

from bot.core.permissions import Actor
from bot.db import Base
from bot.models import District, Resident
from bot.now import jst
from bot.services import audit, inquiries, ledger, residents
from bot.services.context import Context

ONESELF: Final = Actor(None, "住民本人")
# What each table is called in the file; a test holds that every table with a resident is named.
NAMES: Final = {
    "resident": "登録",
    "ledger_sheet": "届けたお知らせ",
    "digest_recipient": "まとめで届けるお知らせ",
    "change_notice": "行事の変更の知らせ(まだ送っていないもの)",
    "consent_seen": "見た説明の版",
    "conversation": "会話の途中の状態",
    "data_link": "このページへのリンク",
    "deadline_reminder": "締切の前の知らせの希望",
    "inquiry": "相談",
    "inquiry_link": "相談の用紙へのリンク",
    "officer_link": "職員・役員のアカウントとの連携",
    "outbox_message": "送った返事の跡",
    "participation": "答えたアンケート",
    "practice_message": "練習で届いたもの",
    "question_asker": "答えが載ったら知らせてほしい質問",
    "reminded": "前の日の知らせを送った跡",
    "reminder": "前の日の知らせの希望",
    "resident_district": "気になる地区",
    "resident_topic": "受け取る話題",
    "role_holder": "町内会・区などの役",
    "sign_up": "行事の申し込み",
    "holder_link": "役の登録の用紙へのリンク",
    "rain_recipient": "雨の日の知らせの宛先",
    "slip_answer": "連絡票の確認",
    "round_participation": "参加した会議の回",
    "voice_pause": "声の受け付けの休み",
    "setup_progress": "はじめの設定での試し送り",
}
_HIDDEN: Final = frozenset({"municipality_id", "resident_id", "tester_id", "token_hash", "code_hash", "retry_key"})
NOT_HERE: Final = (
    "締切の前のアンケートと賛否の答えは、だれのものか分からない形で、封をしてあります。職員も読めません。",
    "締切のあとの答えと、返事はいらないと送った声は、だれのものか、もう分かりません。",
    "LINEの利用者番号は、暗号にして1つ持っています。値は、ここには出しません。",
    "LINEのトークに残っている文は、LINEの会社が持っています。LINEの画面から消せます。",
)

Row = dict[str, Any]


def tables() -> list[tuple[Table, str]]:
    """Every table that names a resident, with the column that does."""
    found = []
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            refers = any(key.target_fullname == "resident.id" for key in column.foreign_keys)
            if refers or column.name == "resident_id":
                found.append((table, column.name))
    return found


def collect(context: Context, session: Session, resident: Resident, now: datetime) -> Row:
    """Everything, ready to be written as JSON: the registration, each table's rows, inquiries with their texts."""
    places = {
        row.id: row.name
        for row in session.scalars(select(District).where(District.municipality_id == resident.municipality_id))
    }
    held = residents.held(session, context.sealer, resident)
    record: dict[str, list[Row]] = {"resident": _rows(session, Resident.__table__, "id", resident, places)}  # type: ignore[arg-type]
    for table, column in tables():
        if rows := _rows(session, table, column, resident, places):
            record[table.name] = rows
    if sheets := ledger.told_at_once(session, resident):  # other people stand on them too: only what is theirs
        record["ledger_sheet"] = [
            {"announcement_id": one.announcement_id, "variant": one.variant, "frozen_at": _plain("", one.frozen_at, {})}
            for one in sheets
        ]
    if record.get("inquiry"):
        record["inquiry"] = _inquiries(context, session, resident)
    if record.get("participation"):
        record["participation"] = [{"question": question} for question in held.polls]
    if record.get("round_participation"):
        record["round_participation"] = [{"theme": theme} for theme in held.rounds]
    return {
        "made_at": jst(now).isoformat(timespec="seconds"),
        "municipality": resident.municipality_id,
        "record": record,
        "messages_received": held.messages,
        "voices_waiting_for_an_answer": held.voices,
        "not_in_here": list(NOT_HERE),
    }


def as_table(collected: Row) -> list[tuple[str, int, str, str]]:
    """The same as rows of a table: what, which one of them, item, value."""
    lines: list[tuple[str, int, str, str]] = []
    for table, rows in collected["record"].items():
        for number, row in enumerate(rows, 1):
            lines += [(NAMES.get(table, table), number, name, _text(value)) for name, value in row.items()]
    lines.append(("届いたメッセージの跡", 1, "count", str(collected["messages_received"])))
    lines.append(("返事を待っている声", 1, "count", str(collected["voices_waiting_for_an_answer"])))
    lines += [("ここにないもの", number, "", words) for number, words in enumerate(collected["not_in_here"], 1)]
    return lines


def note_export(session: Session, municipality: str, now: datetime) -> None:
    """That somebody took their own data; not who."""
    audit.record(session, municipality, ONESELF, "resident.export", "resident:", now)


def erase(context: Context, session: Session, resident: Resident, now: datetime) -> None:
    """Erase a resident at their own wish; that it was done stands in the record, not who."""
    municipality = resident.municipality_id
    residents.erase(context, session, resident)
    audit.record(session, municipality, ONESELF, "resident.erase", "resident:", now)


def _rows(session: Session, table: Table, column: str, resident: Resident, places: dict[int, str]) -> list[Row]:
    shown = [one for one in table.columns if one.name not in _HIDDEN and not isinstance(one.type, LargeBinary)]
    if not shown:
        return []
    mine = (table.c.municipality_id == resident.municipality_id, table.c[column] == resident.id)
    found = session.execute(select(*shown).where(*mine)).mappings()
    return [{name: _plain(name, value, places) for name, value in row.items()} for row in found]


def _plain(name: str, value: Any, places: dict[int, str]) -> Any:
    if name.endswith("district_id") and value in places:
        return places[value]
    if isinstance(value, datetime):
        return jst(value).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def _inquiries(context: Context, session: Session, resident: Resident) -> list[Row]:
    return [
        {
            "number": inquiries.number(session, row),
            "category": row.category,
            "state": row.state,
            "created_at": jst(row.created_at).isoformat(timespec="seconds"),
            "contact": inquiries.unseal(context, row, row.contact) if row.contact else None,
            "letters": [
                {"by": one.writer, "at": jst(one.at).isoformat(timespec="seconds"), "text": one.text}
                for one in inquiries.letters(context, session, row)
            ],
        }
        for row in inquiries.of_resident(session, resident)
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(_text(one) for one in value)
    if isinstance(value, dict):
        return " / ".join(f"{name}: {_text(one)}" for name, one in value.items())
    return str(value)
