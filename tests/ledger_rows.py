"""Campaigns with sent deliveries, written as rows: for tests of what comes back, without sending anything."""

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import Table, func, select

from restock_desk.domain.facts import MEASURES, hour_of
from restock_desk.store import Store, Unit, schema, tallies
from restock_desk.store.feedback import ledger_moved

SENT = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


def sent_campaign(
    store: Store,
    people: int = 1,
    sent_at: datetime = SENT,
    origin: str = "launch",
    state: str = "sent",
    to: int | None = None,
    template_id: int = 1,
    event_ids: tuple[int, ...] = (),
) -> list[int]:
    """A campaign whose deliveries are all in `state`, in the rollups too; the deliveries' ids.

    `to` is a subscriber who gets its one message; else everybody is new.
    """
    with store.unit() as u:
        campaign_id = _insert(
            u, schema.campaign, name="Back in stock", state="finished", origin=origin, template_id=template_id,
            version_id=1, frozen={}, transport="outbox:none", audience=people, created_at=sent_at,
        )  # fmt: skip
        for event_id in event_ids:
            u.connection.execute(schema.campaign_event.insert().values(campaign_id=campaign_id, event_id=event_id))
        ids = [_deliver(u, campaign_id, number, sent_at, state, to) for number in range(people)]
        tallies.recount(u, campaign_id)
        if origin != "test" and state in ("sent", "failed", "skipped", "in_doubt"):
            ledger_moved(u, campaign_id, state, hour_of(sent_at), people)
        u.commit()
    return ids


def restocked(store: Store, product_id: int, title: str, variant_id: int | None = None) -> int:
    """A restock event of a product's variant (default: of the product's own number); its id."""
    with store.unit() as u:
        id = _insert(
            u, schema.restock_event, variant_id=variant_id or product_id, product_id=product_id, restock_seq=1,
            occurred_at=SENT, due_at=SENT, state="open", product_title=title, sku=f"SKU-{product_id}", snapshot={},
        )  # fmt: skip
        u.commit()
    return id


def address(store: Store, delivery_id: int) -> str:
    with store.reading() as u:
        p = schema.delivery_payload.c
        return str(u.connection.scalar(select(p.email).where(p.delivery_id == delivery_id)))


def delivery(store: Store, delivery_id: int) -> dict[str, object]:
    """The ledger row as it is."""
    with store.reading() as u:
        table = schema.delivery
        return dict(u.connection.execute(select(table).where(table.c.id == delivery_id)).one()._mapping)


def person_of(store: Store, delivery_id: int) -> dict[str, object]:
    """The subscriber a delivery was for."""
    with store.reading() as u:
        s, d = schema.subscriber, schema.delivery
        query = select(s).join(d, d.c.subscriber_id == s.c.id).where(d.c.id == delivery_id)
        return dict(u.connection.execute(query).one()._mapping)


def rollups(store: Store) -> dict[str, set[tuple[object, ...]]]:
    """All rows of the rollups that hold anything."""
    with store.reading() as u:
        return {
            table.name: {
                tuple(row) for row in u.connection.execute(select(table)) if any(row[len(table.primary_key) :])
            }
            for table in (schema.rollup_hour, schema.rollup_all, schema.rollup_link)
        }


def _deliver(u: Unit, campaign_id: int, number: int, at: datetime, state: str, to: int | None) -> int:
    email = f"person{number}-{campaign_id}@example.com"
    if to is None:
        person = {"email": email, "email_key": email, "created_at": at, "updated_at": at, "consent": "subscribed"}
        to = _insert(u, schema.subscriber, **person)
    else:
        email = str(u.connection.scalar(select(schema.subscriber.c.email).where(schema.subscriber.c.id == to)))
    id = _insert(
        u, schema.delivery, campaign_id=campaign_id, subscriber_id=to, batch_no=0, state=state, state_at=at,
        started_at=None if state == "queued" else at, sent_at=at if state == "sent" else None,
    )  # fmt: skip
    payload = {"delivery_id": id, "email": email, "person": {}, "event_ids": [], "interests": []}
    u.connection.execute(schema.delivery_payload.insert().values(payload))
    return id


def _insert(u: Unit, table: Table, **values: object) -> int:
    made = u.connection.execute(table.insert().values(**values)).inserted_primary_key
    assert made is not None
    return int(made[0])


def measured(store: Store) -> Counter[str]:
    """Every measure over all campaigns."""
    with store.reading() as u:
        row = u.connection.execute(select(*(func.sum(schema.rollup_all.c[name]) for name in MEASURES))).one()
    return Counter({name: int(n or 0) for name, n in zip(MEASURES, row, strict=True)})
