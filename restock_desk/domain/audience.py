"""People, their consent, their suppression, and what they wait for; who may get an alert, and why not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ConsentState(StrEnum):
    SUBSCRIBED = "subscribed"
    PENDING = "pending"
    NEVER = "never"
    UNSUBSCRIBED = "unsubscribed"
    UNSTATED = "unstated"


class SuppressionReason(StrEnum):
    UNSUBSCRIBE = "unsubscribe"
    COMPLAINT = "complaint"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"
    ERASED = "erased"
    MANUAL = "manual"
    IMPORT = "import"


class InterestState(StrEnum):
    WAITING = "waiting"
    NOTIFIED = "notified"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Subscriber:
    """A person. `email` is as typed, `email_key` folded for matching; `consent_confirmed` False = not confirmed yet.

    `suppressed` is the reason nobody may mail this address, or None.
    """

    id: int
    email: str
    email_key: str
    custom_id: str = ""
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    timezone: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    consent: ConsentState = ConsentState.UNSTATED
    consent_confirmed: bool = True
    consent_at: datetime | None = None
    consent_source: str = ""
    suppressed: SuppressionReason | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Interest:
    """One promised mail: this person asked to be told about this variant. The newest state is kept, never deleted."""

    id: int
    subscriber_id: int
    variant_id: int
    created_at: datetime
    source: str = ""
    units: int = 1
    state: InterestState = InterestState.WAITING
    notified_event_id: int | None = None


@dataclass(frozen=True)
class ConsentEvent:
    """One statement about consent, kept for ever: what, when, from where, with which words."""

    at: datetime | None
    state: ConsentState
    source: str
    wording: str = ""


@dataclass(frozen=True)
class SubscriberIn:
    """A person as a file tells them. `consent` UNSTATED = the file says nothing. `line` is where it stood."""

    email: str
    custom_id: str = ""
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    timezone: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    consent: ConsentState = ConsentState.UNSTATED
    consent_at: datetime | None = None
    consent_source: str = ""
    suppressed: SuppressionReason | None = None
    line: int = 0


@dataclass(frozen=True)
class PlainPeople:
    """Many people of a file whose cells need no work. `columns` are fields of SubscriberIn, all of them text.

    One stands on each line from `line` on. An `email` is ASCII and is matched by its lower case.
    """

    line: int
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def people(self) -> Iterator[SubscriberIn]:
        """The same people one by one."""
        for line, row in enumerate(self.rows, self.line):
            told: dict[str, Any] = dict(zip(self.columns, row, strict=True))
            told["consent"] = ConsentState(told.get("consent", ConsentState.UNSTATED))
            yield SubscriberIn(**told, line=line)


@dataclass(frozen=True)
class InterestIn:
    """A sign-up as told: the person (`email` or `custom_id`), the variant (`sku`, else handle + options)."""

    sku: str
    email: str = ""
    custom_id: str = ""
    handle: str = ""
    options: tuple[tuple[str, str], ...] = ()
    units: int = 1
    created_at: datetime | None = None
    source: str = ""
    wording: str = ""
    line: int = 0


class Exclusion(StrEnum):
    """Why somebody who waits gets no mail. The order is the order of precedence: the first that holds is told."""

    ERASED = "erased"
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
    NO_CONSENT = "no_consent"
    NO_ADDRESS = "no_address"
    ALREADY_ALERTED = "already_alerted"
    BOUGHT = "bought"
    DUPLICATE_ADDRESS = "duplicate_address"
    NOT_WAITING = "not_waiting"
    STOCK_GONE = "stock_gone"


EXCLUSION_WORDS: dict[Exclusion, str] = {
    Exclusion.ERASED: "Erased on request",
    Exclusion.SUPPRESSED: "Suppressed address",
    Exclusion.UNSUBSCRIBED: "Unsubscribed",
    Exclusion.NO_CONSENT: "No consent",
    Exclusion.NO_ADDRESS: "No usable address",
    Exclusion.ALREADY_ALERTED: "Already alerted for this restock",
    Exclusion.BOUGHT: "Bought it already",
    Exclusion.DUPLICATE_ADDRESS: "Same address as another person",
    Exclusion.NOT_WAITING: "No longer waiting",
    Exclusion.STOCK_GONE: "Out of stock again",
}


def barred(consent: ConsentState, confirmed: bool, suppressed: SuppressionReason | None) -> Exclusion | None:
    """Why this person may not be mailed at all, or None.

    A request to be told is the promise of one mail and stands by itself: it needs no newsletter consent. It ends with
    an explicit "no": unsubscribed, never consented, or a sign-up that was not confirmed. See decisions/0004.
    """
    if suppressed is SuppressionReason.ERASED:
        return Exclusion.ERASED
    if suppressed is not None and suppressed is not SuppressionReason.UNSUBSCRIBE:
        return Exclusion.SUPPRESSED
    if suppressed is SuppressionReason.UNSUBSCRIBE or consent is ConsentState.UNSUBSCRIBED:
        return Exclusion.UNSUBSCRIBED
    if consent is ConsentState.NEVER or (consent is ConsentState.PENDING and not confirmed):
        return Exclusion.NO_CONSENT
    return None


@dataclass(frozen=True)
class AudienceReport:
    """Who waits for some restock events: everybody counted once, as eligible or under one exclusion."""

    event_ids: tuple[int, ...]
    waiting: int
    eligible: int
    excluded: dict[Exclusion, int]
    units: int | None = None
    """Units that can be bought now over the events' variants; None where a variant's stock is not tracked."""


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a person's story, newest first on screen. `kind` is an icon's name: interest, restock, delivery,
    sent, opened, clicked, ordered, bounced, complained, unsubscribed, consent, suppression, note."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    delivery_id: int | None = None
    event_id: int | None = None
