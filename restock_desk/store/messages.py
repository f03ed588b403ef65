"""A delivery as feedback sees and changes it: loaded and locked in bulk, written back in bulk. The ledger's own moves
are in `campaigns`."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from restock_desk.domain.addresses import fold
from restock_desk.domain.facts import hour_of, outcome
from restock_desk.domain.feedback import FeedbackKind
from restock_desk.store import bulk, schema
from restock_desk.store.database import Unit
from restock_desk.store.rollups import Moves, among


@dataclass(slots=True)
class Message:
    """One delivery. `seen` holds `domain.facts.Fact` bits; `real` False = a test, outside all figures."""

    id: int
    campaign_id: int
    subscriber_id: int
    state: str
    state_at: datetime
    started_at: datetime | None
    sent_at: datetime | None
    reason: str
    seen: int
    delivered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    real: bool
    was: tuple[object, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.was = self.now()

    def now(self) -> tuple[object, ...]:
        """All that feedback may change."""
        return self.seen, self.state, self.delivered_at, self.opened_at, self.clicked_at

    @property
    def handed_over(self) -> bool:
        """Whether it ever went onto the wire: nothing can come back from a mail that did not."""
        return self.started_at is not None or self.sent_at is not None

    @property
    def cohort(self) -> int | None:
        """The hour it was sent. Feedback may be faster than the note that it was sent: then the hour it was started."""
        at = self.sent_at or (self.started_at if self.state == "started" else None)
        return hour_of(at) if at else None

    @property
    def counts(self) -> bool:
        return self.real and self.cohort is not None

    def saw(self, kind: FeedbackKind, at: datetime) -> None:
        """Keep the first moment of a kind, in whatever order the events come."""
        if kind is FeedbackKind.DELIVERED and (self.delivered_at is None or at < self.delivered_at):
            self.delivered_at = at
        elif kind is FeedbackKind.OPENED and (self.opened_at is None or at < self.opened_at):
            self.opened_at = at
        elif kind is FeedbackKind.CLICKED and (self.clicked_at is None or at < self.clicked_at):
            self.clicked_at = at

    def settle(self, state: str, now: datetime, reason: str) -> None:
        """Leave doubt. A mail that proves sent was sent when it was started."""
        self.state, self.state_at, self.reason = state, now, reason
        if state == "sent":
            self.sent_at = self.started_at or now


def messages(u: Unit, ids: Collection[int]) -> dict[int, Message]:
    """The deliveries with these ids, by id; locked on PostgreSQL until the transaction ends, in id order."""
    if not ids:
        return {}
    d, c = schema.delivery.c, schema.campaign.c
    query = (
        select(
            *(d.id, d.campaign_id, d.subscriber_id, d.state, d.state_at, d.started_at, d.sent_at, d.reason, d.seen),
            *(d.first_delivered_at, d.first_open_at, d.first_click_at, c.origin != "test"),
        )
        .join_from(schema.delivery, schema.campaign)
        .where(among(u, d.id, ids))
        .order_by(d.id)
        .with_for_update(of=schema.delivery)
    )
    rows: Sequence[Any] = u.connection.execute(query).all()
    return {row[0]: Message(*row) for row in rows}


def addresses(u: Unit, ids: Collection[int]) -> dict[int, str]:
    """The folded address each delivery was made for."""
    if not ids:
        return {}
    p = schema.delivery_payload.c
    rows = u.connection.execute(select(p.delivery_id, p.email).where(among(u, p.delivery_id, ids)))
    return {id: fold(email) for id, email in rows}


def made(u: Unit, delivery_ids: Collection[int]) -> list[tuple[int, int, int, str]]:
    """Of these deliveries those that are there: (delivery, campaign, subscriber, folded address)."""
    d, s = schema.delivery.c, schema.subscriber.c
    query = select(d.id, d.campaign_id, d.subscriber_id, s.email_key).join_from(
        schema.delivery, schema.subscriber, d.subscriber_id == s.id
    )
    found: list[tuple[int, int, int, str]] = []
    ids = sorted(delivery_ids)
    for start in range(0, len(ids), 500):
        rows = u.connection.execute(query.where(d.id.in_(ids[start : start + 500]))).all()
        found += [(id, campaign, subscriber, key) for id, campaign, subscriber, key in rows]
    return found


def save(u: Unit, changed: Iterable[Message], moves: Moves) -> None:
    """Write back what changed, and count each message under what is known of it now."""
    rows, settled = [], []
    for message in changed:
        if message.now() == message.was:
            continue
        before, state = message.was[0], message.was[1]
        if message.counts and message.cohort is not None and isinstance(before, int):
            moves.facts(message.campaign_id, message.cohort, before, message.seen)
        first = (_us(message.delivered_at), _us(message.opened_at), _us(message.clicked_at))
        rows.append((message.seen, *first, outcome(message.seen), message.id))
        if message.state != state:
            moved = (message.state, _us(message.state_at), _us(message.sent_at), message.reason)
            settled.append((*moved, message.id))
    names = ("seen", "first_delivered_at", "first_open_at", "first_click_at", "outcome")
    bulk.update(u, "delivery", names, rows)
    bulk.update(u, "delivery", ("state", "state_at", "sent_at", "reason"), settled)


def _us(at: datetime | None) -> int | None:
    return None if at is None else schema.micros(at)
