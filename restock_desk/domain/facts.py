"""What is known of one message, as bits: which facts an event proves and under which names a message is counted.

State is a function of the set of events, never of their order. The arithmetic of rates is in `metrics`.
"""

import re
from datetime import datetime
from enum import IntFlag
from functools import lru_cache

from restock_desk.domain.feedback import FeedbackKind, Who

LEDGER_KINDS = ("sent", "failed", "skipped", "in_doubt", "handed_over")
"""Settled states of deliveries that enter figures; handed over = sent by its state, but not by us (see `handover`)."""

MEASURES = (
    *LEDGER_KINDS,
    "delivered",
    "bounced",
    "bounced_hard",
    "bounced_soft",
    "rejected",
    "complained",
    "unsubscribed",
    "opened",
    "opened_human",
    "opened_machine",
    "opened_unknown",
    "clicked",
    "clicked_human",
    "clicked_machine",
    "clicked_unknown",
    "opens_total",
    "clicks_total",
)
"""What the rollups hold, each a column: messages, but the last two, which are events."""


class Fact(IntFlag):
    """The bits of `delivery.seen`. Stored: never renumber."""

    DELIVERED = 1
    BOUNCED_HARD = 2
    BOUNCED_SOFT = 4
    REJECTED = 8
    COMPLAINED = 16
    UNSUBSCRIBED = 32
    OPENED_HUMAN = 64
    OPENED_MACHINE = 128
    OPENED_UNKNOWN = 256
    CLICKED_HUMAN = 512
    CLICKED_MACHINE = 1024
    CLICKED_UNKNOWN = 2048
    ORDERED = 4096


BOUNCED = Fact.BOUNCED_HARD | Fact.BOUNCED_SOFT
OPENED = Fact.OPENED_HUMAN | Fact.OPENED_MACHINE | Fact.OPENED_UNKNOWN
CLICKED = Fact.CLICKED_HUMAN | Fact.CLICKED_MACHINE | Fact.CLICKED_UNKNOWN

COUNTED_KINDS = frozenset(
    {
        FeedbackKind.DELIVERED,
        FeedbackKind.BOUNCED,
        FeedbackKind.REJECTED,
        FeedbackKind.OPENED,
        FeedbackKind.CLICKED,
        FeedbackKind.COMPLAINED,
        FeedbackKind.UNSUBSCRIBED,
    }
)
"""Kinds that enter figures. The others are kept and shown only; an order is counted by A/B tests."""

ORDER_WITHIN_S = 7 * 86_400
"""An order that comes so long after a message about what was ordered may be due to it."""

PROOF_OF_SENDING = COUNTED_KINDS - {FeedbackKind.REJECTED} | {FeedbackKind.SENT}
"""Kinds that cannot happen to a mail which never left: they settle a delivery in doubt as sent."""

_PLAIN = {
    FeedbackKind.DELIVERED: Fact.DELIVERED,
    FeedbackKind.REJECTED: Fact.REJECTED,
    FeedbackKind.COMPLAINED: Fact.COMPLAINED,
    FeedbackKind.UNSUBSCRIBED: Fact.UNSUBSCRIBED,
}
_BY_CLASS = {
    (FeedbackKind.OPENED, Who.HUMAN): Fact.OPENED_HUMAN,
    (FeedbackKind.OPENED, Who.MACHINE): Fact.OPENED_MACHINE,
    (FeedbackKind.OPENED, Who.UNKNOWN): Fact.OPENED_UNKNOWN,
    (FeedbackKind.CLICKED, Who.HUMAN): Fact.CLICKED_HUMAN,
    (FeedbackKind.CLICKED, Who.MACHINE): Fact.CLICKED_MACHINE,
    (FeedbackKind.CLICKED, Who.UNKNOWN): Fact.CLICKED_UNKNOWN,
}
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


def proved(kind: FeedbackKind, subkind: str, who: Who) -> int:
    """The bit an event sets on its message; 0 = none."""
    if kind is FeedbackKind.BOUNCED:
        return int(Fact.BOUNCED_HARD if subkind == "hard" else Fact.BOUNCED_SOFT)
    if kind is FeedbackKind.ORDERED:
        return int(Fact.ORDERED)
    fact = _PLAIN.get(kind) or _BY_CLASS.get((kind, who))
    return int(fact) if fact else 0


@lru_cache(maxsize=4096)
def counted(seen: int) -> frozenset[str]:
    """Under which measures a message with these bits is counted once.

    A bounce outweighs a delivery report, whichever came first; a hard bounce outweighs a soft one.
    """
    names: set[str] = set()
    if seen & BOUNCED:
        names |= {"bounced", "bounced_hard" if seen & Fact.BOUNCED_HARD else "bounced_soft"}
    elif seen & Fact.DELIVERED:
        names.add("delivered")
    names |= {kind.value for kind, fact in _PLAIN.items() if seen & fact and fact is not Fact.DELIVERED}
    for (kind, who), fact in _BY_CLASS.items():
        if seen & fact:
            names |= {kind.value, f"{kind.value}_{who.value}"}
    return frozenset(names)


def outcome(seen: int) -> str | None:
    """The gravest that came back, for a delivery's own line."""
    if seen & Fact.COMPLAINED:
        return "complained"
    if seen & BOUNCED:
        return "bounced"
    return "unsubscribed" if seen & Fact.UNSUBSCRIBED else None


def bounce_kind(told: str, smtp_code: str, reason: str) -> str:
    """hard or soft. A usable enhanced status decides; without one the provider's word; without that, soft."""
    found = _ENHANCED.search(smtp_code) or _ENHANCED.search(reason)
    if found and found[1] != "2":
        kind, subject, detail = found[1], int(found[2]), int(found[3])
        if kind == "4":
            return "soft"
        if subject == 1 or (subject, detail) in ((2, 1), (4, 4)):
            return "hard"
        if subject in (6, 7) or (subject, detail) in ((2, 2), (2, 3), (3, 4)):
            return "soft"
    return "hard" if told in ("hard", "permanent") else "soft"


def three_in_a_month(times: list[datetime]) -> bool:
    """Whether any three of these moments lie within thirty days."""
    ordered = sorted(times)
    return any((last - first).total_seconds() <= 30 * 86_400 for first, last in zip(ordered, ordered[2:], strict=False))


def hour_of(at: datetime) -> int:
    """Whole hours since 1970 UTC: the cohort key of the rollups."""
    return int(at.timestamp() // 3600)
