"""Rows for tests, each with everything a test does not care about filled in. Written to the tables."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from restock_desk.domain.audience import ConsentState, Subscriber, SuppressionReason
from restock_desk.domain.catalog import Availability, Variant
from restock_desk.domain.restocks import EventState, RestockEvent
from restock_desk.store import Store, schema, search
from restock_desk.store.database import Unit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def add_product(
    store: Store, sku: str = "TEE-M", stock: int | None = 0, price: str | None = "19.90", **kw: Any
) -> Variant:
    """A product with one variant; the variant. Keywords are columns of product or of variant (prefix `variant_`)."""
    now = kw.pop("now", NOW)
    own = {name.removeprefix("variant_"): kw.pop(name) for name in list(kw) if name.startswith("variant_")}
    columns = {
        "source": "test", "source_key": f"p-{sku}", "handle": sku.lower(), "title": f"Product {sku}",
        "description_html": "<p>Soft cotton.</p>", "vendor": "Loom & Co", "type": "Shirt", "tags": ["cotton"],
        "status": "active", "url": f"https://shop.example/products/{sku.lower()}",
        "image_url": f"https://shop.example/images/{sku.lower()}.png", "extras": {},
        "created_at": now, "updated_at": now,
    } | kw  # fmt: skip
    with store.unit() as u:
        product_id = _insert(u, schema.product, columns)
        values: dict[str, Any] = {
            "product_id": product_id, "source_key": f"v-{sku}", "sku": sku, "sku_key": sku.casefold(), "title": "M",
            "options": [["Size", "M"]], "price": None if price is None else Decimal(price), "currency": "EUR",
            "stock": stock, "availability": _availability(stock), "oversell": False, "stock_from_parent": False,
            "product_title": columns["title"], "updated_at": now, "stock_observed_at": now,
        } | own  # fmt: skip
        variant_id = _insert(u, schema.variant, values)
        search.index_variants(u, [variant_id])
        u.commit()
    return Variant(
        id=variant_id, product_id=product_id, sku=sku, title=values["title"], options=(("Size", "M"),),
        price=values["price"], currency=values["currency"], stock=values["stock"],
        availability=Availability(values["availability"]), updated_at=now,
    )  # fmt: skip


def add_subscriber(store: Store, email: str = "ana@example.com", **kw: Any) -> Subscriber:
    """A person who consented to nothing and objected to nothing. Keywords are columns of subscriber."""
    now = kw.pop("now", NOW)
    columns = _person(email, now, kw)
    with store.unit() as u:
        subscriber_id = _insert(u, schema.subscriber, columns)
        if columns.get("suppressed"):
            _insert(
                u, schema.suppression,
                {"email_key": columns["email_key"], "reason": columns["suppressed"], "at": now, "source": "test"},
            )  # fmt: skip
        search.index_subscribers(u, [subscriber_id])
        u.commit()
    suppressed = columns.get("suppressed")
    return Subscriber(
        id=subscriber_id, email=email, email_key=columns["email_key"], custom_id=columns.get("custom_id") or "",
        first_name=columns["first_name"], last_name=columns["last_name"], locale=columns["locale"],
        timezone=columns.get("timezone", ""), attributes=columns.get("attributes") or {},
        consent=ConsentState(columns["consent"]), consent_confirmed=columns.get("consent_confirmed", True),
        consent_at=columns.get("consent_at"), suppressed=SuppressionReason(suppressed) if suppressed else None,
        created_at=now, updated_at=now,
    )  # fmt: skip


def add_waiting(store: Store, variant_id: int, people: Sequence[dict[str, Any]]) -> None:
    """Such people, by their columns of subscriber, who all wait for this variant: written together, in this order."""
    if not people:
        return
    rows = [_person(one["email"], NOW, one) for one in people]
    s, v = schema.subscriber, schema.variant
    with store.unit() as u:
        u.connection.execute(s.insert(), rows)
        keys = [row["email_key"] for row in rows]
        ids = list(u.connection.scalars(select(s.c.id).where(s.c.email_key.in_(keys)).order_by(s.c.id)))
        search.index_subscribers(u, ids)
        waits = {"variant_id": variant_id, "state": "waiting", "created_at": NOW, "source": "widget"}
        u.connection.execute(schema.interest.insert(), [{"subscriber_id": id, **waits} for id in ids])
        u.connection.execute(update(v).where(v.c.id == variant_id).values(waiting=v.c.waiting + len(ids)))
        u.commit()


def add_interest(store: Store, subscriber_id: int, variant_id: int, **kw: Any) -> int:
    """This person waits for this variant; the interest's id."""
    columns = {
        "subscriber_id": subscriber_id, "variant_id": variant_id, "state": "waiting", "created_at": NOW,
        "source": "widget",
    } | kw  # fmt: skip
    with store.unit() as u:
        interest_id = _insert(u, schema.interest, columns)
        if columns["state"] == "waiting":
            table = schema.variant
            u.connection.execute(update(table).where(table.c.id == variant_id).values(waiting=table.c.waiting + 1))
        u.commit()
    return interest_id


def restock(store: Store, sku: str = "TEE-M", qty: int = 5, now: datetime = NOW, **kw: Any) -> RestockEvent:
    """Stock of this SKU arrived: the level, its history and the event with its snapshot, due at once."""
    v, p = schema.variant, schema.product
    with store.unit() as u:
        query = select(v, p.c.title.label("p_title"), p.c.vendor, p.c.url.label("p_url"), p.c.handle, p.c.type,
                       p.c.image_url.label("p_image")).join(p, p.c.id == v.c.product_id)  # fmt: skip
        row = u.connection.execute(query.where(v.c.sku_key == sku.casefold())).one()
        number = row.restock_seq + 1
        change = {"stock": qty, "availability": "in_stock", "restock_seq": number, "updated_at": now}
        u.connection.execute(update(v).where(v.c.id == row.id).values(change))
        _insert(u, schema.stock_change,
                {"variant_id": row.id, "at": now, "before": row.stock, "after": qty, "source": "test"})  # fmt: skip
        price = None if row.price is None else f"{row.price:.2f}"
        snapshot = {
            "product": {"id": row.product_id, "title": row.p_title, "description": "Soft cotton.", "vendor": row.vendor,
                        "url": row.p_url, "image_url": row.p_image, "handle": row.handle, "type": row.type},
            "variant": {"id": row.id, "sku": row.sku, "title": row.title, "options": row.options, "price": price,
                        "compare_at_price": None, "currency": row.currency, "stock": qty, "image_url": row.image_url,
                        "url": row.url},
        }  # fmt: skip
        columns = {
            "variant_id": row.id, "product_id": row.product_id, "restock_seq": number, "occurred_at": now,
            "due_at": now, "before": row.stock, "after": qty, "state": "open", "product_title": row.p_title,
            "sku": row.sku, "snapshot": snapshot,
        } | kw  # fmt: skip
        event_id = _insert(u, schema.restock_event, columns)
        u.commit()
    return RestockEvent(
        id=event_id, variant_id=row.id, occurred_at=columns["occurred_at"], due_at=columns["due_at"],
        before=row.stock, after=qty, state=EventState(columns["state"]), snapshot=snapshot,
    )  # fmt: skip


def _person(email: str, now: datetime, more: dict[str, Any]) -> dict[str, Any]:
    """The columns of somebody who consented to nothing and objected to nothing, but for what is given."""
    return {
        "email": email, "email_key": email.casefold(), "first_name": "Ana", "last_name": "Silva", "locale": "en",
        "consent": "unstated", "created_at": now, "updated_at": now,
    } | {name: getattr(value, "value", value) for name, value in more.items()}  # fmt: skip


def _insert(u: Unit, table: Any, columns: dict[str, Any]) -> int:
    result = u.connection.execute(table.insert().values(columns))
    key = result.inserted_primary_key
    return int(key[0]) if key and "id" in table.c else 0


def _availability(stock: int | None) -> str:
    if stock is None:
        return "unknown"
    return "in_stock" if stock > 0 else "out_of_stock"
