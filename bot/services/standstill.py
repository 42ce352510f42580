"""Why an announcement did not go (or does not go yet): one sentence, with what to do. For its page and for the list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import quiet_hours
from bot.core.moments import moment_of
from bot.models import Announcement, AnnouncementBatch
from bot.services import announcement_checks, schedules
from bot.services.batches import waits_for_morning

SOON: Final = timedelta(minutes=10)  # the clock looks every few seconds; later than this it does not look
AGAIN: Final = 3  # attempts after which a batch is said to be tried again and again
_FAILED: Final = ("dead", "unknown", "stopped")
# state -> before what was said of it, instead when nothing was said, what to do
_ENDED: Final = {
    "returned": ("書いた人に戻っています。", "", "直して、もう一度承認に出してください。"),
    "refused": (
        "", "送る時に止まりました。",
        "わけをなくして(送る時、届ける人、アンケートの締切など)、もう一度承認に出してください。",
    ),
    "stopped": (
        "", "途中で止まりました。", "わけがなくなったら、このお知らせのページで、残りの人だけに続きを送れます。"
    ),
    "cancelled": ("取りやめました。", "", "もう一度送るときは、新しく書いてください。"),
}  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """Why it stands still. `stuck`: somebody must do something; else it only waits. Sentences end with 。"""

    why: str
    mend: str
    stuck: bool = True


def reasons(session: Session, rows: Collection[Announcement], now: datetime) -> dict[int, Reason]:
    """By id, those of these that did not go, or not to everybody; one that went, or will, is not there."""
    batches = _batches(session, [row.id for row in rows if row.state in ("sending", "sent", "stopped")])
    found = {row.id: _of(session, row, batches.get(row.id, {}), now) for row in rows}
    return {number: reason for number, reason in found.items() if reason is not None}


def reason(session: Session, row: Announcement, now: datetime) -> Reason | None:
    """The same for one."""
    return reasons(session, [row], now).get(row.id)


def _of(session: Session, row: Announcement, batches: dict[str, str], now: datetime) -> Reason | None:
    if row.state == "draft":
        return _draft(row, now)
    if row.state == "submitted":
        return _submitted(session, row, now)
    if row.state == "scheduled":
        return _scheduled(session, row, now)
    if row.state in _ENDED:
        return _ended(row, batches)
    if row.state == "sending" and row.accepted < row.recipients and waits_for_morning(row, now):
        morning = moment_of(quiet_hours.earliest(now, row.urgency))
        why = f"夜になる前に送り終わらなかったため、まだ届いていない人には{morning}に送ります。"
        return Reason(why, "そのままで送られます。", stuck=False)
    return _going(batches)


def _ended(row: Announcement, batches: dict[str, str]) -> Reason:
    if row.resumes_at is not None:
        mend = f"{moment_of(row.resumes_at)}に、残りの人へ続きを送ります。"
        return Reason(f"途中で止まりました。{_said(row)}", mend, stuck=False)
    lead, otherwise, mend = _ENDED[row.state]
    said = _said(row) or next(iter(batches.values()), "") or otherwise
    return Reason(f"{lead}{said}", mend, stuck=row.state != "cancelled")


def _draft(row: Announcement, now: datetime) -> Reason | None:
    if row.send_at is None or row.send_at > now:
        return None
    return Reason(
        f"送る予定の{moment_of(row.send_at)}を過ぎましたが、まだ承認に出していません。",
        "送る時を直して、承認に出してください。",
    )


def _submitted(session: Session, row: Announcement, now: datetime) -> Reason:
    if stop := announcement_checks.election_stop(session, row, row.send_at or now):
        return Reason(stop, "送る時を選挙のあとに直して、もう一度承認に出してください。")
    if row.send_at is not None and row.send_at <= now:
        return Reason(
            f"送る予定の{moment_of(row.send_at)}を過ぎても承認されていないため、送っていません。",
            "承認できる人に頼むか、送る時を直して、もう一度承認に出してください。",
        )
    since = f"{moment_of(row.submitted_at)}から" if row.submitted_at else ""
    return Reason(f"{since}承認を待っています。", "書いた人とは別の人が、内容を確かめて承認します。", stuck=False)


def _scheduled(session: Session, row: Announcement, now: datetime) -> Reason | None:
    if row.held_until is not None and row.held_until > now:
        until = moment_of(row.held_until)
        return Reason(f"{until}まで、取り消せるように待っています。", "そのままで送られます。", stuck=False)
    if stop := announcement_checks.election_stop(session, row, row.send_at or now):
        return Reason(stop, "取り消して、送る時を選挙のあとに直してください。")
    goes = schedules.send_time(row, now)
    if goes > now:
        moved = schedules.note(row, now)
        return Reason(moved, "そのままで送られます。", stuck=False) if moved else None
    if row.send_at is None or now - row.send_at < SOON:
        return None
    return Reason(
        f"送る時({moment_of(row.send_at)})を過ぎましたが、送る仕事が動いていません。",
        "「動きの確認」を見て、管理者に知らせてください。動きだすと、決めてあった時間までは遅れても送ります。",
    )


def _going(batches: dict[str, str]) -> Reason | None:
    """A send under way or over: what LINE refused, did not answer, or is asked again and again."""
    if "dead" in batches:
        mend = "もう届いた人には、送り直しません。わけは、このお知らせのページの記録にあります。"
        return Reason(f"一部の人には、LINEに断られて届いていません。{batches['dead']}", mend)
    if "unknown" in batches:
        mend = "二重にならないよう、もう送りません。大事なことは、地区だよりや電話でも伝えてください。"
        return Reason("一部の人には、届いたかどうか分かりません。LINEから返事がありませんでした。", mend)
    if "trying" in batches:
        mend = "そのままで、LINEが受け取るまでくり返します。長く続くときは、「動きの確認」を見てください。"
        return Reason(f"LINEが受け取らないため、くり返し試しています({batches['trying']})。", mend)
    return None


def _batches(session: Session, ids: Collection[int]) -> dict[int, dict[str, str]]:
    """By announcement: the failed states among its batches, and `trying`, with the first error of each."""
    if not ids:
        return {}
    batch = AnnouncementBatch
    tried = (batch.state.in_(("waiting", "trying"))) & (batch.attempts >= AGAIN)
    query = (
        select(batch.announcement_id, batch.state, func.min(batch.error))
        .where(batch.announcement_id.in_(ids), batch.state.in_(_FAILED) | tried)
        .group_by(batch.announcement_id, batch.state)
    )
    found: dict[int, dict[str, str]] = {}
    for announcement_id, state, error in session.execute(query):
        name = state if state in _FAILED else "trying"
        found.setdefault(announcement_id, {})[name] = error or "LINE"
    return found


def _said(row: Announcement) -> str:
    text = (row.comment or "").strip()
    return text if not text or text.endswith(("。", "?", "？", "!", "！", ")", "）")) else f"{text}。"
