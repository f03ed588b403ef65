"""Stock levels: what a shop tells of them, applied to variants, with history and the restock events they cause.

A level without a location is the variant's total and replaces the levels of locations; with locations the total is
their sum. Unknown (None) is never 0. An observation older than the one held becomes history only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from restock_desk.domain.catalog import Availability, ProductStatus, StockIn
from restock_desk.domain.imports import Rejected
from restock_desk.domain.restocks import AlertRule, StockPoint, StockResult
from restock_desk.store import bulk, schema
from restock_desk.store.database import Unit
from restock_desk.store.restocks import Crossing, record_crossings
from restock_desk.store.rollups import among
from restock_desk.store.schema import micros

HISTORY = ("variant_id", "at", "before", "after", "source")


@dataclass(frozen=True)
class Target:
    """A variant that a level is about, as it is held now."""

    id: int
    sku: str
    point: StockPoint
    observed_at: datetime | None


def apply_stock(
    u: Unit, levels: Sequence[StockIn], now: datetime, rule: AlertRule, source: str
) -> tuple[list[StockResult], list[Rejected]]:
    """Apply levels in their order. Second value: those that fit no variant, or more than one."""
    found, rejected = _targets(u, levels)
    results, crossings = [], []
    held = _held(u, {id for ids in found.values() for id in ids})
    for number, level in enumerate(levels):
        for variant_id in found.get(number, ()):
            before = held[variant_id]
            at = level.observed_at or now
            after = _apply(u, before, level, at, source)
            held[variant_id] = after
            if after.point != before.point:
                crossings.append(Crossing(variant_id, before.point, after.point, at))
            results.append(StockResult(variant_id, before.sku, before.point.quantity, after.point.quantity))
    events = {}
    for change in crossings:  # one by one: a file may tell the same variant twice
        for made in record_crossings(u, [change], now, rule):
            events[made.variant_id] = made
    told = [StockResult(r.variant_id, r.sku, r.before, r.after, events.pop(r.variant_id, None)) for r in results[::-1]]
    return told[::-1], rejected


def point(row: Any) -> StockPoint:
    """A variant's row (with its product's status as `status`) as the restock rule sees it."""
    status = ProductStatus(row.status)
    return StockPoint(row.stock, Availability(row.availability), status, row.oversell)


def told_availability(quantity: int | None, told: Availability, held: Availability) -> Availability:
    """What to hold of availability: as told, else as the quantity says, else as before."""
    if told is not Availability.UNKNOWN:
        return told
    if quantity is None:
        return held
    return Availability.IN_STOCK if quantity > 0 else Availability.OUT_OF_STOCK


def _apply(u: Unit, held: Target, level: StockIn, at: datetime, source: str) -> Target:
    if held.observed_at is not None and at < held.observed_at and not level.location:
        _remember(u, held.id, at, None, level.quantity, source)
        return held
    if level.location and not _levelled(u, held.id, level, at):
        _remember(u, held.id, at, None, level.quantity, source)
        return held
    quantity = level.quantity
    if level.location:
        table = schema.stock_level
        total = select(func.sum(table.c.quantity)).where(table.c.variant_id == held.id)
        quantity = u.connection.scalar(total)
        quantity = None if quantity is None else int(quantity)
    availability = told_availability(quantity, level.availability, held.point.availability)
    after = StockPoint(quantity, availability, held.point.status, held.point.oversell)
    v = schema.variant
    if not level.location:
        u.connection.execute(delete(schema.stock_level).where(schema.stock_level.c.variant_id == held.id))
    if after != held.point:
        values = {"stock": quantity, "availability": availability.value, "stock_observed_at": at, "updated_at": at}
        u.connection.execute(update(v).where(v.c.id == held.id).values(values))
        bulk.insert(
            u, "stock_change", HISTORY, [(held.id, micros(at), held.point.quantity, quantity, source)]
        )  # fmt: skip
    elif held.observed_at is None or at > held.observed_at:
        u.connection.execute(update(v).where(v.c.id == held.id).values(stock_observed_at=at))
    newest = at if held.observed_at is None else max(at, held.observed_at)
    return Target(held.id, held.sku, after, newest)


def _levelled(u: Unit, variant_id: int, level: StockIn, at: datetime) -> bool:
    """Keep a location's own level; False if a newer one is held."""
    t = schema.stock_level
    here = (t.c.variant_id == variant_id, t.c.location == level.location)
    held = u.connection.execute(select(t.c.observed_at).where(*here)).one_or_none()
    values = {"quantity": level.quantity, "observed_at": at}
    if held is None:
        u.connection.execute(t.insert().values(variant_id=variant_id, location=level.location, **values))
        return True
    if at < held.observed_at:
        return False
    u.connection.execute(update(t).where(*here).values(values))
    return True


def _remember(
    u: Unit, variant_id: int, at: datetime, before: int | None, after: int | None, source: str
) -> None:  # fmt: skip
    """A line of history for an observation that came late; once, however often it comes."""
    t = schema.stock_change.c
    same = select(t.id).where(t.variant_id == variant_id, t.at == at, t.after.is_not_distinct_from(after)).limit(1)
    if u.connection.scalar(same) is None:
        bulk.insert(u, "stock_change", HISTORY, [(variant_id, micros(at), before, after, source)])


def _held(u: Unit, ids: Iterable[int]) -> dict[int, Target]:
    v, p = schema.variant, schema.product
    query = (
        select(v.c.id, v.c.sku, v.c.stock, v.c.availability, v.c.oversell, v.c.stock_observed_at, p.c.status)
        .join(p, p.c.id == v.c.product_id)
        .where(among(u, v.c.id, list(ids)))
        .order_by(v.c.id)
        .with_for_update(of=v)
    )
    return {r.id: Target(r.id, r.sku, point(r), r.stock_observed_at) for r in u.connection.execute(query)}


def _targets(u: Unit, levels: Sequence[StockIn]) -> tuple[dict[int, list[int]], list[Rejected]]:
    """The variants each level (by its place) is about. A pool shared through the parent is set for all its variants."""
    by_sku = _grouped(u, "sku_key", {level.sku.strip().casefold() for level in levels if level.sku.strip()})
    by_item = _grouped(u, "inventory_item_id", {x.inventory_item_id for x in levels if x.inventory_item_id})
    by_handle = by_handles(u, {level.handle for level in levels if level.handle})
    found: dict[int, list[int]] = {}
    rejected = []
    for number, level in enumerate(levels):
        sku = level.sku.strip()
        if sku:
            hits, field, name = by_sku.get(sku.casefold(), []), "sku", f"SKU {sku}"
        elif level.inventory_item_id:
            hits, field, name = by_item.get(level.inventory_item_id, []), "inventory_item_id", "inventory item"
        else:
            hits, field, name = _of_handle(by_handle.get(level.handle, []), level), "handle", f"product {level.handle}"
        if len(hits) > 1 and sku:
            rejected.append(Rejected(level.line, field, f"The {name} belongs to {len(hits)} variants."))
        elif not hits:
            rejected.append(Rejected(level.line, field, f"There is no variant with the {name}."))
        else:
            found[number] = _pool(u, hits)
    return found, rejected


def _grouped(u: Unit, column: str, keys: set[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for key, id in bulk.rows_by(u, f"select {column}, id from variant", column, keys):
        found.setdefault(key, []).append(id)
    return found


def by_handles(u: Unit, handles: set[str]) -> dict[str, list[tuple[int, tuple[tuple[str, str], ...], bool]]]:
    """Variants by their product's handle: (id, options, stock from parent)."""
    if not handles:
        return {}
    v, p = schema.variant.c, schema.product.c
    listed = list(handles)
    query = select(p.handle, v.id, v.options, v.stock_from_parent).join_from(schema.product, schema.variant)
    found: dict[str, list[tuple[int, tuple[tuple[str, str], ...], bool]]] = {}
    for handle, id, options, shared in u.connection.execute(query.where(p.handle.in_(listed)).order_by(v.id)):
        found.setdefault(handle, []).append((id, tuple((n, value) for n, value in options), shared))
    return found


def chosen(options: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Option values for comparing; their names are written differently from file to file."""
    return tuple(value.strip().casefold() for _, value in options)


def _of_handle(variants: list[tuple[int, tuple[tuple[str, str], ...], bool]], level: StockIn) -> list[int]:
    if level.options or len(variants) == 1:
        fits = [id for id, options, _ in variants if chosen(options) == chosen(level.options)]
        return fits or ([variants[0][0]] if len(variants) == 1 and not variants[0][1] else [])
    return [id for id, _, shared in variants if shared]


def _pool(u: Unit, ids: list[int]) -> list[int]:
    v = schema.variant
    shared = select(v.c.product_id).where(among(u, v.c.id, ids), v.c.stock_from_parent.is_(True))
    together = select(v.c.id).where(v.c.product_id.in_(shared), v.c.stock_from_parent.is_(True))
    return sorted({*ids, *u.connection.scalars(together)})
