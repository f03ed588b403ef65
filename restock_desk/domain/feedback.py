"""What came back: the normalised event, and the names of the counts and rates. The arithmetic is in `metrics`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class FeedbackKind(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    OPENED = "opened"
    CLICKED = "clicked"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    ORDERED = "ordered"
    OTHER = "other"


class Who(StrEnum):
    """Who opened or clicked, as far as can be told."""

    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class FeedbackEvent:
    """One thing that happened to one message. `key` is unique within `source`; `delivery_id` None = not attributed.

    `token` is one of our signed tokens, resolved by services; `subkind` is hard, soft, suppressed, … by kind. An order
    names a `sku` and who bought it: `recipient`, or `custom_id`; which message that was about is found out.
    """

    source: str
    key: str
    kind: FeedbackKind
    occurred_at: datetime | None
    delivery_id: int | None = None
    token: str = ""
    message_id: str = ""
    recipient: str = ""
    subkind: str = ""
    who: Who = Who.UNKNOWN
    link: int | None = None
    url: str = ""
    reason: str = ""
    smtp_code: str = ""
    user_agent: str = ""
    ip: str = ""
    sku: str = ""
    custom_id: str = ""
    line: int = 0


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did: `accepted` new, `unchanged` known already, `unattributed` kept without effect."""

    accepted: int = 0
    unchanged: int = 0
    unattributed: int = 0


@dataclass(frozen=True)
class Rate:
    """`rate` is None where the denominator is 0. `of` names the denominator. `low`, `high`: 95 % Wilson interval."""

    numerator: int
    denominator: int
    of: str
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Stats:
    """Counts and rates by the names of the metrics page; `delivered_known` False = rates fall back to "of sent"."""

    counts: dict[str, int]
    rates: dict[str, Rate]
    delivered_known: bool = True
    as_of: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Series:
    """Values over time: `at` bucket starts (aware UTC), one list of counts per name, same length.

    A bucket is an hour, day or week (from Monday) of `timezone`, and holds the messages sent in it.
    """

    at: tuple[datetime, ...]
    bucket: str
    counts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    timezone: str = "UTC"
    delivered_known: bool = True


@dataclass(frozen=True)
class LinkCount:
    """How often one link of a template was followed: messages with a human click, and all clicks by class."""

    link: int
    url: str
    messages: int
    human: int
    machine: int
    unknown: int


@dataclass(frozen=True)
class ReportQuestion:
    """What a chart asks: cohort range by the time messages were sent (aware UTC, whole hours), optional narrowing.

    `bucket` is hour, day or week; `timezone` says where days begin.
    """

    since: datetime | None = None
    until: datetime | None = None
    campaign_id: int | None = None
    template_id: int | None = None
    product_id: int | None = None
    bucket: str = "day"
    timezone: str = "UTC"
