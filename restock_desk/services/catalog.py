"""Products for whoever looks at them, and stock set by hand."""

from restock_desk.domain.catalog import ProductDetail, StockIn
from restock_desk.domain.restocks import StockResult
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.services.desk import Desk
from restock_desk.store import catalog, staff
from restock_desk.store.shop import shop

_MOST = 2**31 - 1


def product(desk: Desk, product_id: int) -> ProductDetail:
    """A product with its variants and stock history."""
    with desk.store.reading() as u:
        found = catalog.product(u, product_id)
    return _there(found)


def product_of_variant(desk: Desk, variant_id: int) -> ProductDetail:
    """The product this variant belongs to."""
    with desk.store.reading() as u:
        found = catalog.product_of_variant(u, variant_id)
    return _there(found)


def set_stock(desk: Desk, sku: str, quantity: int, location: str = "") -> StockResult:
    """Set a variant's stock; a true 0→n crossing writes its restock event in the same transaction."""
    if abs(quantity) > _MOST:
        raise DeskError(f"{quantity:,} is no stock level.", f"Write a whole number up to {_MOST:,}.")
    now = desk.now()
    with desk.store.unit() as u:
        held = catalog.variant_by_sku(u, sku)
        if held is None:
            raise DeskError(f"There is no variant with the SKU {sku}.", "Look it up in the catalog.")
        level = StockIn(quantity, sku=held.sku, location=location, observed_at=now)
        results, _ = catalog.apply_stock(u, [level], now, shop(u).rule, f"set by {desk.actor.name}")
        result = next(one for one in results if one.variant_id == held.id)
        told: dict[str, object] = {"before": result.before, "after": result.after, "location": location}
        staff.record(u, AuditEntry(now, desk.actor.name, "stock.set", f"variant {held.id}", "", told))
        u.commit()
    return result


def _there(found: ProductDetail | None) -> ProductDetail:
    if found is None:
        raise DeskError("This product is not there any more.", "Look at the catalog again.")
    return found
