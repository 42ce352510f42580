"""The month's messages: LINE's plans, what is kept for emergencies, when many who leave are a warning. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.core.small_numbers import LEAST

TENTH: Final = 10  # kept: one message in ten, 20 of the free plan's 200
BLOCK_PERCENT: Final = 3
MOST_PERCENT: Final = 50
LEFT_WITHIN: Final = timedelta(hours=48)  # who leaves this soon after a send is counted to it
RATED_FROM: Final = 50  # recipients; a share of fewer people says nothing
# May be sent out of what is kept for emergencies.
URGENT: Final = frozenset({"emergency", "cancellation"})
# LINE公式アカウントの料金プラン (since June 2023): free messages a month -> name
PLANS: Final = {200: "コミュニケーションプラン", 5_000: "ライトプラン", 30_000: "スタンダードプラン"}


@dataclass(frozen=True)
class Blocks:
    """Who left within two days of a send, in numbers. `left` and `percent` None: too small to be told."""

    recipients: int
    left: int | None
    percent: float | None
    warning: bool


def reserve(limit: int | None, settled: int | None) -> int:
    """Messages kept for emergencies: what the municipality settled, else a tenth; never more than there are."""
    if limit is None:
        return 0
    return min(limit, -(-limit // TENTH) if settled is None else settled)


def plan(limit: int | None) -> str:
    """What LINE sells with so many messages; another number is a plan with messages bought in addition."""
    if limit is None:
        return "上限なし"
    return PLANS.get(limit) or (f"{PLANS[30_000]}(追加あり)" if limit > 30_000 else "ほかのプラン")


def blocks(recipients: int, left: int, percent: int) -> Blocks:
    """The share that left. Between one and four, or of a small send: not told."""
    if recipients < RATED_FROM or 0 < left < LEAST:
        return Blocks(recipients, None, None, warning=False)
    share = 100 * left / recipients
    return Blocks(recipients, left, share, warning=left >= LEAST and share >= percent)
