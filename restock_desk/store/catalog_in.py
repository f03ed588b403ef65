"""Taking products in: what is new, what changed, and the restocks that follow, in one transaction.

A blank is "not told" and never erases. Variants that a file does not mention stay. A first sight is a baseline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, tuple_, update

from restock_desk.domain.catalog import Availability, ProductIn, ProductStatus, VariantIn
from restock_desk.domain.restocks import AlertRule, RestockEvent, StockPoint
from restock_desk.store import bulk, schema, search
from restock_desk.store.database import Unit
from restock_desk.store.restocks import Crossing, record_crossings
from restock_desk.store.rollups import among
from restock_desk.store.schema import micros
from restock_desk.store.stock import HISTORY, told_availability

_LOCK = 0x52445052
_p, _v = schema.product, schema.variant
# Made once: to build a statement anew for each row costs ten times the row itself.
_ADD_PRODUCT, _ADD_VARIANT = _p.insert(), _v.insert()
_PRODUCT = select(_p).where(_p.c.id == bindparam("which"))
_CHANGE_PRODUCT = update(_p).where(_p.c.id == bindparam("which"))
_CHANGE_VARIANT = update(_v).where(_v.c.id == bindparam("which"))
_DROP_LEVELS = schema.stock_level.delete().where(schema.stock_level.c.variant_id == bindparam("which"))


@dataclass
class CatalogChange:
    """What a batch of products did. `changed` says it of each product, in the order given."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    variant_ids: list[int] = field(default_factory=list)
    events: list[RestockEvent] = field(default_factory=list)
    changed: list[bool] = field(default_factory=list)


def upsert_products(u: Unit, products: Sequence[ProductIn], now: datetime, rule: AlertRule) -> CatalogChange:
    """Store products with their variants and stock. Search rows are kept in step."""
    bulk.lock(u, _LOCK)
    batch = _Batch(u, now)
    change = CatalogChange()
    held = _held_products(u, products)
    variants = _held_variants(u, [row.id for row in held.values()])
    for told in products:
        key = (told.source, told.source_key)
        row = held.get(key)
        if row is None:
            product_id, touched = batch.add_product(told), True
            held[key] = row = u.connection.execute(_PRODUCT, {"which": product_id}).one()
            change.new += 1
        else:
            touched = batch.change_product(row, told)
        own = variants.setdefault(row.id, {})
        fresh = [batch.take(row, told, variant, own) for variant in told.variants]
        if touched and row.id not in batch.new_products:  # the file may tell this product again
            held[key] = u.connection.execute(_PRODUCT, {"which": row.id}).one()
        if key not in batch.seen:
            batch.seen.add(key)
            grown = any(fresh)
            change.updated += (touched or grown) and product_is_held(row, batch)
            change.unchanged += not touched and not grown
        change.changed.append(touched or any(fresh))
    change.variant_ids = batch.finish()
    change.events = record_crossings(u, batch.crossings, now, rule)
    return change


def product_is_held(row: Row[Any], batch: "_Batch") -> bool:
    """Whether the product was there before this batch."""
    return row.id not in batch.new_products


class _Batch:
    """Writes of one transaction. Rows are written as they come; history and search rows once, at the end."""

    def __init__(self, u: Unit, now: datetime) -> None:
        self._u, self._now = u, now
        self._touched: set[int] = set()
        self._history: list[tuple[Any, ...]] = []
        self.crossings: list[Crossing] = []
        self.new_products: set[int] = set()
        self.seen: set[tuple[str, str]] = set()

    def add_product(self, told: ProductIn) -> int:
        values = _product_values(told) | {
            "source": told.source, "source_key": told.source_key, "created_at": self._now, "updated_at": self._now,
        }  # fmt: skip
        key = self._u.connection.execute(_ADD_PRODUCT, values).inserted_primary_key
        id = int(key[0]) if key else 0
        self.new_products.add(id)
        return id

    def change_product(self, row: Row[Any], told: ProductIn) -> bool:
        values = _product_values(told)
        if told.status is ProductStatus.UNKNOWN:
            values.pop("status")
        differing = {
            name: value for name, value in values.items() if value not in ("", [], {}) and value != getattr(row, name)
        }
        if not differing:
            return False
        v = schema.variant
        self._u.connection.execute(_CHANGE_PRODUCT, differing | {"updated_at": self._now, "which": row.id})
        if "title" in differing or "vendor" in differing:
            self._u.connection.execute(
                update(v).where(v.c.product_id == row.id).values(product_title=values["title"] or row.title)
            )
            self._touched.update(self._u.connection.scalars(select(v.c.id).where(v.c.product_id == row.id)))
        return True

    def take(self, row: Row[Any], product: ProductIn, told: VariantIn, own: dict[str, Any]) -> bool:
        """Store one variant; whether anything changed."""
        title = product.title or row.title
        held = own.get(told.source_key)
        if held is None:
            own[told.source_key] = self._add_variant(row.id, told, title)
            return True
        return self._change_variant(row, product, held, told, own)

    def _add_variant(self, product_id: int, told: VariantIn, title: str) -> Mapping[str, Any]:
        values = _variant_values(told) | {
            "product_id": product_id, "source_key": told.source_key, "product_title": title, "stock": told.stock,
            "availability": told_availability(told.stock, told.availability, Availability.UNKNOWN).value,
            "stock_observed_at": self._now, "updated_at": self._now,
        }  # fmt: skip
        key = self._u.connection.execute(_ADD_VARIANT, values).inserted_primary_key
        id = int(key[0]) if key else 0
        self._touched.add(id)
        if told.stock is not None:
            self._history.append((id, micros(self._now), None, told.stock, "import"))
        return values | {"id": id}

    def _change_variant(
        self, row: Row[Any], product: ProductIn, held: Mapping[str, Any], told: VariantIn, own: dict[str, Any]
    ) -> bool:
        values = _variant_values(told)
        if told.price is None:
            values.pop("price"), values.pop("compare_at_price")
        values = {name: value for name, value in values.items() if value not in ("", []) and value != held[name]}
        before, after = self._points(row, product, held, told)
        if after.quantity != before.quantity or after.availability is not before.availability:
            values |= {
                "stock": after.quantity,
                "availability": after.availability.value,
                "stock_observed_at": self._now,
            }
            self._history.append((held["id"], micros(self._now), before.quantity, after.quantity, "import"))
            self._u.connection.execute(_DROP_LEVELS, {"which": held["id"]})
        if after != before:
            self.crossings.append(Crossing(held["id"], before, after, self._now))
        if not values:
            return False
        self._u.connection.execute(_CHANGE_VARIANT, values | {"updated_at": self._now, "which": held["id"]})
        if values.keys() & {"title", "sku", "barcode"}:
            self._touched.add(held["id"])
        own[told.source_key] = dict(held) | values
        return True

    def _points(
        self, row: Row[Any], product: ProductIn, held: Mapping[str, Any], told: VariantIn
    ) -> tuple[StockPoint, StockPoint]:
        was = ProductStatus(row.status)
        status = was if product.status is ProductStatus.UNKNOWN else product.status
        availability = Availability(held["availability"])
        before = StockPoint(held["stock"], availability, was, held["oversell"])
        if told.stock is None and told.availability is Availability.UNKNOWN:
            return before, StockPoint(held["stock"], availability, status, told.oversell)
        known = told_availability(told.stock, told.availability, availability)
        stock = told.stock
        if stock is None and known is availability:
            stock = held["stock"]  # nothing new was told: the level stays
        return before, StockPoint(stock, known, status, told.oversell)

    def finish(self) -> list[int]:
        """Write what was kept for the end; the ids of variants whose texts are new or changed."""
        bulk.insert(self._u, "stock_change", HISTORY, self._history)
        touched = sorted(self._touched)
        search.index_variants(self._u, touched)
        return touched


def _product_values(told: ProductIn) -> dict[str, Any]:
    return {
        "handle": told.handle, "title": told.title, "description_html": told.description_html, "vendor": told.vendor,
        "type": told.type, "tags": list(told.tags), "status": told.status.value, "url": told.url,
        "image_url": told.image_url, "extras": told.extras,
    }  # fmt: skip


def _variant_values(told: VariantIn) -> dict[str, Any]:
    return {
        "sku": told.sku.strip(), "sku_key": told.sku.strip().casefold(), "title": told.title,
        "options": [list(pair) for pair in told.options], "barcode": told.barcode, "price": told.price,
        "compare_at_price": told.compare_at_price, "currency": told.currency, "image_url": told.image_url,
        "url": told.url, "inventory_item_id": told.inventory_item_id, "oversell": told.oversell,
        "stock_from_parent": told.stock_from_parent,
    }  # fmt: skip


def _held_products(u: Unit, products: Sequence[ProductIn]) -> dict[tuple[str, str], Row[Any]]:
    p = schema.product
    found: dict[tuple[str, str], Row[Any]] = {}
    keys = list({(told.source, told.source_key) for told in products})
    for start in range(0, len(keys), 400):
        some = tuple_(p.c.source, p.c.source_key).in_(keys[start : start + 400])
        rows = u.connection.execute(select(p).where(some).order_by(p.c.id).with_for_update())
        found |= {(row.source, row.source_key): row for row in rows}
    return found


def _held_variants(u: Unit, product_ids: list[int]) -> dict[int, dict[str, Any]]:
    v = schema.variant
    found: dict[int, dict[str, Any]] = {}
    query = select(v).where(among(u, v.c.product_id, product_ids)).order_by(v.c.id).with_for_update()
    for row in u.connection.execute(query):
        found.setdefault(row.product_id, {})[row.source_key] = row._mapping
    return found
