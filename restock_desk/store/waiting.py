"""What the person behind one delivery waits for, for their own preferences page. Interests themselves: `audience`."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from restock_desk.domain.audience import ConsentState
from restock_desk.store import schema
from restock_desk.store.database import Unit


@dataclass(frozen=True)
class Waiting:
    """One alert a person still waits for, in the words of the shop."""

    interest_id: int
    product: str
    variant: str


@dataclass(frozen=True)
class Recipient:
    """The person a delivery was made for, as little of them as pages need. `out` = no more mail to them at all."""

    subscriber_id: int
    out: bool
    waiting: Sequence[Waiting]


def recipient(u: Unit, delivery_id: int) -> Recipient | None:
    """Whom a delivery was made for and what they wait for, oldest first; None if there is no such delivery."""
    d, s, i, v = schema.delivery.c, schema.subscriber.c, schema.interest.c, schema.variant.c
    person = u.connection.execute(
        select(d.subscriber_id, s.consent, s.suppressed)
        .join_from(schema.delivery, schema.subscriber, s.id == d.subscriber_id, isouter=True)
        .where(d.id == delivery_id)
    ).one_or_none()
    if person is None:
        return None
    rows = u.connection.execute(
        select(i.id, v.product_title, v.title)
        .join_from(schema.interest, schema.variant, v.id == i.variant_id)
        .where(i.subscriber_id == person.subscriber_id, i.state == "waiting")
        .order_by(i.created_at, i.id)
    )
    out = person.consent == ConsentState.UNSUBSCRIBED.value or person.suppressed is not None
    return Recipient(person.subscriber_id, out, [Waiting(*row) for row in rows])
