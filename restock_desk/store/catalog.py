"""Products and variants: reading them, and taking them in from files and shops. Levels of stock are in `stock`."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from restock_desk.domain.catalog import Availability, Product, ProductDetail, ProductStatus, StockChange, Variant
from restock_desk.errors import DeskError
from restock_desk.store import bulk, schema
from restock_desk.store.catalog_in import CatalogChange, upsert_products
from restock_desk.store.database import Unit
from restock_desk.store.stock import apply_stock

__all__ = [
    "CatalogChange",
    "any_product",
    "apply_stock",
    "product",
    "product_of_variant",
    "skus",
    "twice_used",
    "upsert_products",
    "variant",
    "variant_by_sku",
]


def any_product(u: Unit) -> bool:
    """Whether there is at least one product."""
    return u.connection.scalar(select(schema.product.c.id).limit(1)) is not None


def skus(u: Unit) -> list[str]:
    """Every SKU once, in the order the variants came."""
    v = schema.variant.c
    found = u.connection.scalars(select(v.sku).where(v.sku != "").order_by(v.id))
    return list(dict.fromkeys(found))


def product(u: Unit, product_id: int) -> ProductDetail | None:
    """A product with its variants and their latest stock history; None if there is none."""
    p, v, h = schema.product, schema.variant, schema.stock_change
    row = u.connection.execute(select(p).where(p.c.id == product_id)).one_or_none()
    if row is None:
        return None
    variants = tuple(
        _variant(r) for r in u.connection.execute(select(v).where(v.c.product_id == row.id).order_by("id"))
    )
    own = select(v.c.id).where(v.c.product_id == row.id)
    lines = select(h).where(h.c.variant_id.in_(own)).order_by(h.c.at.desc(), h.c.id.desc()).limit(200)
    history = tuple(
        (line.variant_id, StockChange(line.at, line.before, line.after, line.source))
        for line in u.connection.execute(lines)
    )
    return ProductDetail(_product(row), variants, history)


def product_of_variant(u: Unit, variant_id: int) -> ProductDetail | None:
    """The product this variant belongs to; None if there is no such variant."""
    v = schema.variant.c
    id = u.connection.scalar(select(v.product_id).where(v.id == variant_id))
    return None if id is None else product(u, id)


def variant(u: Unit, variant_id: int) -> Variant | None:
    """The variant, or None."""
    v = schema.variant
    row = u.connection.execute(select(v).where(v.c.id == variant_id)).one_or_none()
    return _variant(row) if row else None


def variant_by_sku(u: Unit, sku: str) -> Variant | None:
    """The variant with this SKU, in any case of letters; None if nobody has it, DeskError if several have."""
    v = schema.variant
    key = sku.strip().casefold()
    if not key:
        return None
    rows = u.connection.execute(select(v).where(v.c.sku_key == key).limit(2)).all()
    if len(rows) > 1:
        raise DeskError(
            f"More than one variant has the SKU {sku}.", "Choose the variant in the catalog, or give each its own SKU."
        )
    return _variant(rows[0]) if rows else None


def twice_used(u: Unit, skus: Iterable[str]) -> list[str]:
    """Those of these SKUs that several variants carry and that therefore name none of them."""
    keys = {sku.strip().casefold() for sku in skus} - {""}
    carried: dict[str, list[str]] = {}
    for key, sku in bulk.rows_by(u, "select sku_key, sku from variant", "sku_key", keys):
        carried.setdefault(key, []).append(sku)
    return [min(same) for _, same in sorted(carried.items()) if len(same) > 1]


def _product(row: Row[Any]) -> Product:
    return Product(
        row.id, row.source, row.source_key, row.title, row.handle, row.description_html, row.vendor, row.type,
        tuple(row.tags), ProductStatus(row.status), row.url, row.image_url, row.updated_at,
    )  # fmt: skip


def _variant(row: Row[Any]) -> Variant:
    return Variant(
        row.id, row.product_id, row.sku, row.title, tuple((name, value) for name, value in row.options), row.barcode,
        row.price, row.compare_at_price, row.currency, row.image_url, row.url, row.stock,
        Availability(row.availability), row.oversell, row.stock_from_parent, row.waiting, row.restock_seq,
        row.updated_at,
    )  # fmt: skip
