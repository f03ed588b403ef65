"""A delivery as feedback sees and changes it: loaded and locked in bulk, written back in bulk. The ledger's own moves
are in `campaigns`."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select

from restock_desk.domain.addresses import fold
from restock_desk.domain.campaigns import DeliveryState
from restock_desk.domain.causes import cause_of
from restock_desk.domain.facts import ORDER_WITHIN_S, outcome
from restock_desk.domain.feedback import FeedbackKind
from restock_desk.store import bulk, schema, tallies
from restock_desk.store.database import Unit
from restock_desk.store.rollups import HOUR_US, Moves, among

_SELECT = """select d.id, d.campaign_id, d.subscriber_id, d.state, d.state_at, d.started_at, d.sent_at, d.reason,
    d.seen, d.first_delivered_at, d.first_open_at, d.first_click_at, c.origin <> 'test'
    from delivery d join campaign c on c.id = d.campaign_id"""


@dataclass(slots=True)
class Message:
    """One delivery. `seen` holds `domain.facts.Fact` bits; `real` False = a test, outside all figures.

    Times are microseconds since 1970, as they are stored: thousands are loaded for every batch of feedback, and few
    are looked at.
    """

    id: int
    campaign_id: int
    subscriber_id: int
    state: str
    state_us: int
    started_us: int | None
    sent_us: int | None
    reason: str
    seen: int
    delivered_us: int | None
    opened_us: int | None
    clicked_us: int | None
    real: bool
    was: tuple[object, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.was = self.now()

    def now(self) -> tuple[object, ...]:
        """All that feedback may change."""
        return self.seen, self.state, self.delivered_us, self.opened_us, self.clicked_us

    @property
    def handed_over(self) -> bool:
        """Whether it ever went onto the wire: nothing can come back from a mail that did not."""
        return self.started_us is not None or self.sent_us is not None

    @property
    def left_at(self) -> datetime | None:
        """When it was sent, or started if nobody noted that it was sent."""
        us = self.sent_us or self.started_us
        return None if us is None else schema.instant(us)

    @property
    def cohort(self) -> int | None:
        """The hour it was sent. Feedback may be faster than the note that it was sent: then the hour it was started."""
        us = self.sent_us or (self.started_us if self.state == "started" else None)
        return us // HOUR_US if us else None

    @property
    def doubt_hour(self) -> int:
        """The hour under which it is counted while it is in doubt."""
        return (self.started_us or self.state_us) // HOUR_US

    @property
    def counts(self) -> bool:
        return self.real and self.cohort is not None

    def saw(self, kind: FeedbackKind, at: datetime) -> None:
        """Keep the first moment of a kind, in whatever order the events come."""
        us = schema.micros(at)
        if kind is FeedbackKind.DELIVERED and (self.delivered_us is None or us < self.delivered_us):
            self.delivered_us = us
        elif kind is FeedbackKind.OPENED and (self.opened_us is None or us < self.opened_us):
            self.opened_us = us
        elif kind is FeedbackKind.CLICKED and (self.clicked_us is None or us < self.clicked_us):
            self.clicked_us = us

    def settle(self, state: str, now: datetime, reason: str) -> None:
        """Leave doubt. A mail that proves sent was sent when it was started."""
        self.state, self.state_us, self.reason = state, schema.micros(now), reason
        if state == "sent":
            self.sent_us = self.started_us or self.state_us


def messages(u: Unit, ids: Collection[int]) -> dict[int, Message]:
    """The deliveries with these ids, by id; locked on PostgreSQL until the transaction ends, in id order."""
    if ids and not u.sqlite:  # evidence may move a batch's counters, and a batch is locked before its deliveries
        d = schema.delivery.c
        doubtful = select(d.campaign_id, d.batch_no).where(among(u, d.id, ids), d.state == "in_doubt")
        tallies.hold(u, {(row.campaign_id, row.batch_no) for row in u.connection.execute(doubtful)})
    rows = bulk.rows_by(u, _SELECT, "d.id", ids, lock="order by d.id for update of d")
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


def ordered_after(u: Unit, sku: str, email_key: str, custom_id: str, at: datetime) -> int | None:
    """The newest message about a variant that left for somebody not too long before they ordered it."""
    d, p, s, c = schema.delivery.c, schema.delivery_payload.c, schema.subscriber.c, schema.campaign.c
    who = s.email_key == email_key if email_key else s.custom_id == custom_id
    left = func.coalesce(d.sent_at, d.started_at)
    query = (
        select(d.id, p.event_ids)
        .select_from(schema.subscriber)
        .join(schema.delivery, d.subscriber_id == s.id)
        .join(schema.delivery_payload, p.delivery_id == d.id)
        .join(schema.campaign, c.id == d.campaign_id)
        .where(who, c.origin != "test", left <= at, left >= at - timedelta(seconds=ORDER_WITHIN_S))
        .order_by(left.desc(), d.id.desc())
    )
    e = schema.restock_event.c
    for id, event_ids in u.connection.execute(query).all():
        if u.connection.scalar(select(e.id).where(e.id.in_(event_ids), e.sku == sku).limit(1)) is not None:
            return int(id)
    return None


def save(u: Unit, changed: Iterable[Message], moves: Moves) -> None:
    """Write back what changed, and count each message under what is known of it now."""
    rows, settled = [], []
    states: dict[tuple[str, str], list[int]] = defaultdict(list)
    for message in changed:
        if message.now() == message.was:
            continue
        before, state = message.was[0], message.was[1]
        if message.counts and message.cohort is not None and isinstance(before, int):
            moves.facts(message.campaign_id, message.cohort, before, message.seen)
        first = (message.delivered_us, message.opened_us, message.clicked_us)
        rows.append((message.seen, *first, outcome(message.seen), message.id))
        if message.state != state:
            cause = cause_of(message.reason) if message.state == "failed" else ""
            settled.append((message.state, message.state_us, message.sent_us, message.reason, cause, message.id))
            states[str(state), message.state].append(message.id)
    names = ("seen", "first_delivered_at", "first_open_at", "first_click_at", "outcome")
    bulk.update(u, "delivery", names, rows)
    bulk.update(u, "delivery", ("state", "state_at", "sent_at", "reason", "cause"), settled)
    d = schema.delivery.c
    for (was, now), ids in states.items():
        batches = u.connection.execute(select(d.campaign_id, d.batch_no).where(among(u, d.id, ids)))
        tallies.moved(u, [(one.campaign_id, one.batch_no) for one in batches], DeliveryState(was), DeliveryState(now))
