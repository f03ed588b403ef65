"""Short ways to tell stock and products to a store in tests, and to look at what came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, func, select

from restock_desk.domain.catalog import ProductIn, StockIn, VariantIn
from restock_desk.domain.imports import Rejected
from restock_desk.domain.restocks import AlertRule, RestockEvent, StockResult
from restock_desk.store import Store, catalog, restocks, schema
from restock_desk.store.catalog import CatalogChange
from tests.builders import NOW

RULE = AlertRule()


def later(seconds: float) -> datetime:
    """So many seconds after the tests' NOW."""
    return NOW + timedelta(seconds=seconds)


def level(quantity: int | None, sku: str = "TEE-M", **more: Any) -> StockIn:
    return StockIn(quantity, sku=sku, **more)


def tell(
    store: Store, *levels: StockIn, at: datetime = NOW, rule: AlertRule = RULE
) -> tuple[list[StockResult], list[Rejected]]:
    """Apply levels in one transaction at a time."""
    with store.unit() as u:
        found = catalog.apply_stock(u, levels, at, rule, "test")
        u.commit()
    return found


def bring(store: Store, *products: ProductIn, at: datetime = NOW, rule: AlertRule = RULE) -> CatalogChange:
    """Take products in, in one transaction at a time."""
    with store.unit() as u:
        change = catalog.upsert_products(u, products, at, rule)
        u.commit()
    return change


def shirt(*variants: VariantIn, key: str = "shirt", title: str = "Shirt", **more: Any) -> ProductIn:
    """A product as a file tells it."""
    return ProductIn("file", key, title, handle=more.pop("handle", key), variants=variants, **more)


def size(name: str = "M", stock: int | None = 0, sku: str = "", **more: Any) -> VariantIn:
    """A variant as a file tells it."""
    return VariantIn(name, sku=sku or f"TEE-{name}", title=name, options=(("Size", name),), stock=stock, **more)


def events(store: Store) -> list[RestockEvent]:
    """All events, newest first."""
    with store.reading() as u:
        return restocks.events(u, 1_000)


def held(store: Store, sku: str = "TEE-M") -> int | None:
    """The stock held for a SKU."""
    with store.reading() as u:
        found = catalog.variant_by_sku(u, sku)
    assert found is not None
    return found.stock


def history(store: Store, sku: str = "TEE-M") -> list[tuple[int | None, int | None]]:
    """(before, after) of every line of a variant's history, in the order written."""
    c, v = schema.stock_change.c, schema.variant.c
    with store.reading() as u:
        query = select(c.before, c.after).join_from(schema.stock_change, schema.variant, v.id == c.variant_id)
        rows: Sequence[Any] = u.connection.execute(query.where(v.sku == sku).order_by(c.id)).all()
    return [(row.before, row.after) for row in rows]


def rows(store: Store, table: Table) -> int:
    """How many rows a table holds."""
    with store.reading() as u:
        return int(u.connection.scalar(select(func.count()).select_from(table)) or 0)
