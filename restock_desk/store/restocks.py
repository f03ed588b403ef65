"""Restock events: written in the transaction of the stock change that caused them, with a snapshot of that moment.

A debounce only delays what is sent. Stock that goes away before an event is due withdraws it, and stock that comes back
inside that time opens the same event again: one restock, however often it flaps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from restock_desk.domain.plain import plain
from restock_desk.domain.restocks import AlertRule, EventState, RestockEvent, StockPoint, buyable, crosses
from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.rollups import among


@dataclass(frozen=True)
class Crossing:
    """One variant's stock before and after a change that is already written in this transaction."""

    variant_id: int
    before: StockPoint
    after: StockPoint
    at: datetime


def record_crossings(u: Unit, changes: Sequence[Crossing], now: datetime, rule: AlertRule) -> list[RestockEvent]:
    """Write, open again or withdraw events for these changes; the events that are open because of them.

    The variants' rows must be locked by the caller (any writing unit on SQLite). An old observation is dated as such,
    but the debounce always runs from `now`.
    """
    gone = [c.variant_id for c in changes if buyable(c.before, rule) and not buyable(c.after, rule)]
    back = {c.variant_id: c for c in changes if crosses(c.before, c.after, rule)}
    if gone:
        _withdraw(u, gone, now)
    if not back:
        return []
    reopened = _withdrawn(u, list(back), now)
    facts = _facts(u, list(back))
    return [_write(u, back[id], facts[id], reopened.get(id), now, rule) for id in sorted(back) if id in facts]


def event(u: Unit, event_id: int) -> RestockEvent | None:
    """The event, or None."""
    e = schema.restock_event
    row = u.connection.execute(select(e).where(e.c.id == event_id)).one_or_none()
    return _event(row) if row else None


def events(u: Unit, limit: int = 20) -> list[RestockEvent]:
    """The newest events, newest first, withdrawn ones too."""
    e = schema.restock_event
    query = select(e).order_by(e.c.occurred_at.desc(), e.c.id.desc()).limit(limit)
    return [_event(row) for row in u.connection.execute(query)]


def events_by_id(u: Unit, ids: Sequence[int]) -> list[RestockEvent]:
    """The events with these ids, in this order; missing ones dropped."""
    e = schema.restock_event
    found = {row.id: _event(row) for row in u.connection.execute(select(e).where(among(u, e.c.id, ids)))}
    return [found[id] for id in ids if id in found]


def events_of_variants(u: Unit, variant_ids: Sequence[int], limit: int = 100) -> list[RestockEvent]:
    """The newest events of these variants, newest first."""
    e = schema.restock_event
    query = select(e).where(among(u, e.c.variant_id, variant_ids))
    return [_event(row) for row in u.connection.execute(query.order_by(e.c.occurred_at.desc(), e.c.id).limit(limit))]


def _withdraw(u: Unit, variant_ids: list[int], now: datetime) -> None:
    e = schema.restock_event
    u.connection.execute(
        update(e)
        .where(among(u, e.c.variant_id, variant_ids), e.c.state == EventState.OPEN.value, e.c.due_at > now)
        .values(state=EventState.WITHDRAWN.value)
    )


def _withdrawn(u: Unit, variant_ids: list[int], now: datetime) -> dict[int, int]:
    """The event of each variant that was withdrawn and whose debounce still runs."""
    e = schema.restock_event.c
    query = select(e.variant_id, e.id).where(
        among(u, e.variant_id, variant_ids), e.state == EventState.WITHDRAWN.value, e.due_at > now
    )
    return {row.variant_id: row.id for row in u.connection.execute(query.order_by(e.id))}


def _facts(u: Unit, variant_ids: list[int]) -> dict[int, Row[Any]]:
    v, p = schema.variant, schema.product
    named = (p.c.title, p.c.description_html, p.c.vendor, p.c.url, p.c.image_url, p.c.handle, p.c.type)
    query = select(v, *(column.label(f"p_{column.name}") for column in named)).join(p, p.c.id == v.c.product_id)
    return {row.id: row for row in u.connection.execute(query.where(among(u, v.c.id, variant_ids)))}


def _write(
    u: Unit, change: Crossing, row: Row[Any], reopened: int | None, now: datetime, rule: AlertRule
) -> RestockEvent:
    e, v = schema.restock_event, schema.variant
    due = now + timedelta(seconds=rule.debounce_s)
    values: dict[str, Any] = {
        "after": change.after.quantity,
        "state": EventState.OPEN.value,
        "snapshot": snapshot(row, change.after.quantity),
    }
    if reopened is not None:
        u.connection.execute(update(e).where(e.c.id == reopened).values(values))
        return _event(u.connection.execute(select(e).where(e.c.id == reopened)).one())
    number = row.restock_seq + 1
    u.connection.execute(update(v).where(v.c.id == row.id).values(restock_seq=number))
    values |= {
        "variant_id": row.id, "product_id": row.product_id, "restock_seq": number, "occurred_at": min(change.at, now),
        "due_at": due, "before": change.before.quantity, "product_title": row.p_title, "sku": row.sku,
    }  # fmt: skip
    key = u.connection.execute(e.insert().values(values)).inserted_primary_key
    return RestockEvent(
        int(key[0]) if key else 0, row.id, values["occurred_at"], due, change.before.quantity, change.after.quantity,
        EventState.OPEN, values["snapshot"],
    )  # fmt: skip


def snapshot(row: Row[Any], stock: int | None) -> dict[str, Any]:
    """What was true of a variant and its product: see restock_event.snapshot. Prices are text, exact."""
    return {
        "product": {
            "id": row.product_id, "title": row.p_title, "description": plain(row.p_description_html),
            "vendor": row.p_vendor, "url": row.p_url, "image_url": row.p_image_url, "handle": row.p_handle,
            "type": row.p_type,
        },
        "variant": {
            "id": row.id, "sku": row.sku, "title": row.title, "options": [list(pair) for pair in row.options],
            "price": _price(row.price), "compare_at_price": _price(row.compare_at_price), "currency": row.currency,
            "stock": stock, "image_url": row.image_url, "url": row.url,
        },
    }  # fmt: skip


def _price(amount: Any) -> str | None:
    if amount is None:
        return None
    text = f"{amount:f}"
    return f"{amount:.2f}" if len(text.partition(".")[2]) < 2 else text


def _event(row: Row[Any]) -> RestockEvent:
    return RestockEvent(
        row.id, row.variant_id, row.occurred_at, row.due_at, row.before, row.after, EventState(row.state),
        dict(row.snapshot),
    )  # fmt: skip
