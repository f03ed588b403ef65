"""Restock events: written in the transaction of the stock change that caused them, with a snapshot of that moment.

A debounce only delays what is sent. Stock that goes away before an event is due withdraws it, and stock that comes back
inside that time opens the same event again: one restock, however often it flaps.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from restock_desk.domain.plain import plain
from restock_desk.domain.restocks import AlertRule, EventState, RestockEvent, StockPoint, buyable, crosses
from restock_desk.store import bulk, schema
from restock_desk.store.database import Unit
from restock_desk.store.rollups import among
from restock_desk.store.schema import micros

_COLUMNS = (
    "id", "variant_id", "product_id", "restock_seq", "occurred_at", "due_at", "before", "after", "state",
    "product_title", "sku", "snapshot",
)  # fmt: skip


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
    open_now: dict[int, RestockEvent] = {}
    for some in _rounds(changes):
        gone = [c.variant_id for c in some if buyable(c.before, rule) and not buyable(c.after, rule)]
        back = {c.variant_id: c for c in some if crosses(c.before, c.after, rule)}
        if gone:
            _withdraw(u, gone, now)
            for id in gone:
                open_now.pop(id, None)
        if back:
            open_now |= {made.variant_id: made for made in _open(u, back, now, rule)}
    return [open_now[id] for id in sorted(open_now)]


def _rounds(changes: Sequence[Crossing]) -> list[list[Crossing]]:
    """The changes in their order, split so that each round tells a variant once."""
    rounds: list[list[Crossing]] = []
    turns: dict[int, int] = {}
    for change in changes:
        turn = turns.get(change.variant_id, 0)
        turns[change.variant_id] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(change)
    return rounds


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


def _open(u: Unit, back: dict[int, Crossing], now: datetime, rule: AlertRule) -> list[RestockEvent]:
    """Write the events of these variants, or open again those whose debounce still runs."""
    withdrawn = _withdrawn(u, list(back), now)
    facts = _facts(u, list(back))
    words: dict[str, str] = {}  # a description is read once for all variants of its product
    for row in facts.values():
        if row.p_description_html not in words:
            words[row.p_description_html] = plain(row.p_description_html)
    reopened, fresh, numbers = [], [], []
    due = now + timedelta(seconds=rule.debounce_s)
    new = [id for id in sorted(facts) if id not in withdrawn]
    ids = dict(zip(new, bulk.new_ids(u, "restock_event", len(new)), strict=True))
    for id, row in sorted(facts.items()):
        change, number = back[id], row.restock_seq + 1
        then = json.dumps(snapshot(row, change.after.quantity, words[row.p_description_html]))
        if id in withdrawn:
            reopened.append((change.after.quantity, EventState.OPEN.value, then, withdrawn[id]))
            continue
        numbers.append((number, id))
        fresh.append((
            ids[id], id, row.product_id, number, micros(min(change.at, now)), micros(due), change.before.quantity,
            change.after.quantity, EventState.OPEN.value, row.p_title, row.sku, then,
        ))  # fmt: skip
    bulk.update(u, "restock_event", ("after", "state", "snapshot"), reopened)
    bulk.update(u, "variant", ("restock_seq",), numbers)
    bulk.insert(u, "restock_event", _COLUMNS, fresh)
    return events_by_id(u, [withdrawn.get(id) or ids[id] for id in sorted(facts)])


def snapshot(row: Row[Any], stock: int | None, description: str) -> dict[str, Any]:
    """What was true of a variant and its product: see restock_event.snapshot. Prices are text, exact."""
    return {
        "product": {
            "id": row.product_id, "title": row.p_title, "description": description,
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
