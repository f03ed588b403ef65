"""Stock levels: what a shop tells of them, applied to variants, with history and the restock events they cause.

A level without a location is the variant's total and replaces the levels of locations; with locations the total is
their sum. Unknown (None) is never 0. An observation older than the one held becomes history only.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

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
    batch = _Batch(_held(u, {id for ids in found.values() for id in ids}), source)
    batch.load(u)
    results = [
        batch.apply(variant_id, level, level.observed_at or now)
        for number, level in enumerate(levels)
        for variant_id in found.get(number, ())
    ]
    batch.write(u)
    events = {made.variant_id: made for made in record_crossings(u, batch.crossings, now, rule)}
    for place in range(len(results) - 1, -1, -1):  # an event is told with the last change of its variant
        made = events.pop(results[place].variant_id, None)
        if made is not None:
            results[place] = replace(results[place], event=made)
    return results, rejected


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


class _Batch:
    """Levels of one transaction, applied in memory to what is held and written at the end, table by table."""

    def __init__(self, held: dict[int, Target], source: str) -> None:
        self._before, self._held, self._source = dict(held), held, source
        self._places: dict[int, dict[str, tuple[int | None, datetime]]] = {}
        self._told: dict[tuple[int, str], None] = {}
        self._cleared: set[int] = set()
        self._moved: set[int] = set()
        self._history: list[tuple[int, datetime, int | None, int | None, bool]] = []
        self.crossings: list[Crossing] = []

    def load(self, u: Unit) -> None:
        """What each location of these variants holds."""
        t = schema.stock_level.c
        query = select(t.variant_id, t.location, t.quantity, t.observed_at)
        for id, place, quantity, at in u.connection.execute(query.where(among(u, t.variant_id, list(self._held)))):
            self._places.setdefault(id, {})[place] = (quantity, at)

    def apply(self, variant_id: int, level: StockIn, at: datetime) -> StockResult:
        """What one level does to one variant. One that comes late is remembered, and nothing else."""
        held = self._held[variant_id]
        places = self._places.setdefault(variant_id, {})
        newer = places[level.location][1] if level.location in places else None
        if newer is None and not (level.location and places):  # against the total, where no location was told yet
            newer = held.observed_at
        if newer is not None and at < newer:
            self._history.append((variant_id, at, None, level.quantity, True))
            return StockResult(variant_id, held.sku, held.point.quantity, held.point.quantity, line=level.line)
        quantity = level.quantity
        if level.location:
            places[level.location] = (level.quantity, at)
            self._told[variant_id, level.location] = None
            known = [n for n, _ in places.values() if n is not None]
            quantity = sum(known) if known else None
        elif places:
            places.clear()
            self._cleared.add(variant_id)
        availability = told_availability(quantity, level.availability, held.point.availability)
        after = StockPoint(quantity, availability, held.point.status, held.point.oversell)
        if after != held.point:
            self._moved.add(variant_id)
            self._history.append((variant_id, at, held.point.quantity, quantity, False))
            self.crossings.append(Crossing(variant_id, held.point, after, at))
        newest = at if held.observed_at is None else max(at, held.observed_at)
        self._held[variant_id] = Target(held.id, held.sku, after, newest)
        return StockResult(variant_id, held.sku, held.point.quantity, quantity, line=level.line)

    def write(self, u: Unit) -> None:
        """Put everything into the tables, in id order."""
        moved, seen = [], []
        for id, held in sorted(self._held.items()):
            at = None if held.observed_at is None else micros(held.observed_at)
            if id in self._moved:
                moved.append((held.point.quantity, held.point.availability.value, at, at, id))
            elif held.observed_at != self._before[id].observed_at:
                seen.append((at, id))
        bulk.update(u, "variant", ("stock", "availability", "stock_observed_at", "updated_at"), moved)
        bulk.update(u, "variant", ("stock_observed_at",), seen)
        self._write_places(u)
        bulk.insert(u, "stock_change", HISTORY, self._lines(u))

    def _write_places(self, u: Unit) -> None:
        t = schema.stock_level
        if self._cleared:
            u.connection.execute(delete(t).where(among(u, t.c.variant_id, sorted(self._cleared))))
        rows = [
            (id, place, self._places[id][place][0], micros(self._places[id][place][1]))
            for id, place in sorted(self._told)
            if place in self._places[id]
        ]
        if rows:
            marks = ", ".join(("?" if u.sqlite else "%s",) * 4)
            u.connection.exec_driver_sql(
                f"insert into stock_level (variant_id, location, quantity, observed_at) values ({marks}) "
                "on conflict (variant_id, location) do update set quantity = excluded.quantity, "
                "observed_at = excluded.observed_at",
                rows,
            )

    def _lines(self, u: Unit) -> list[tuple[Any, ...]]:
        """Lines of history; one for an observation that came late only once, however often it comes."""
        late = {id for id, *_, is_late in self._history if is_late}
        known = set(bulk.rows_by(u, 'select variant_id, "at", "after" from stock_change', "variant_id", late))
        lines = []
        for id, at, before, after, is_late in self._history:
            mark = (id, micros(at), after)
            if not is_late or mark not in known:
                known.add(mark)
                lines.append((id, micros(at), before, after, self._source))
        return lines


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
            found[number] = hits
    pools = _pools(u, {id for hits in found.values() for id in hits})
    return {number: _widened(hits, pools) for number, hits in found.items()}, rejected


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


def _pools(u: Unit, ids: Collection[int]) -> dict[int, list[int]]:
    """All variants of each pool shared through a parent, by each of those among `ids`."""
    v = schema.variant.c
    query = select(v.product_id, v.id).where(v.stock_from_parent.is_(True))
    mine = u.connection.execute(query.where(among(u, v.id, list(ids)))).all()
    together: dict[int, list[int]] = {}
    for product_id, id in u.connection.execute(query.where(among(u, v.product_id, {row.product_id for row in mine}))):
        together.setdefault(product_id, []).append(id)
    return {id: together[product_id] for product_id, id in mine}


def _widened(hits: list[int], pools: dict[int, list[int]]) -> list[int]:
    return hits if not pools else sorted({*hits, *(id for hit in hits for id in pools.get(hit, ()))})
