"""Products that a mail shows beside what restocked, with a snapshot of now. Only what can be bought."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from restock_desk.domain.audience import InterestState
from restock_desk.domain.catalog import Availability
from restock_desk.domain.plain import plain
from restock_desk.domain.restocks import EventState, RestockEvent
from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.restocks import snapshot

_V, _P, _I = schema.variant.c, schema.product.c, schema.interest.c
_NAMED = (_P.title, _P.description_html, _P.vendor, _P.url, _P.image_url, _P.handle, _P.type)


def by_sku(u: Unit, skus: Sequence[str], now: datetime) -> tuple[RestockEvent, ...]:
    """The variants with these SKUs, in this order; one that is gone is left out, one that is sold out is not."""
    keys = [sku.casefold() for sku in skus]
    found = {row.sku_key: row for row in reversed(_rows(u, _all().where(_V.sku_key.in_(keys)).order_by(_V.id)))}
    return tuple(_event(found[key], now) for key in keys if key in found)


def related(u: Unit, variant_ids: Sequence[int], limit: int, now: datetime) -> tuple[RestockEvent, ...]:
    """Other products of the same type, then of the same maker: one variant each, the newest products first."""
    own = _rows(u, _all().where(_V.id.in_(list(variant_ids))))
    if not own:
        return ()
    types, makers = {row.p_type for row in own} - {""}, {row.p_vendor for row in own} - {""}
    products = {row.product_id for row in own}
    found: dict[int, Row[Any]] = {}
    for test in (_P.type.in_(types) if types else None, _P.vendor.in_(makers) if makers else None):
        if test is not None and len(found) < limit:
            query = _buyable().where(test, _P.id.not_in(products)).order_by(_P.id.desc(), _V.id).limit(limit * 8)
            for row in _rows(u, query):
                found.setdefault(row.product_id, row)
    return tuple(_event(row, now) for row in list(found.values())[:limit])


def bestsellers(u: Unit, limit: int, now: datetime) -> tuple[RestockEvent, ...]:
    """What was most asked for and can be bought now, one variant a product. Sales are not known here; wishes are."""
    asked = (
        select(_I.variant_id, func.count().label("people"))
        .where(_I.state.in_([InterestState.WAITING.value, InterestState.NOTIFIED.value]))
        .group_by(_I.variant_id)
        .subquery()
    )
    query = _buyable().join(asked, asked.c.variant_id == _V.id).order_by(asked.c.people.desc(), _V.id).limit(limit * 4)
    found: dict[int, Row[Any]] = {}
    for row in _rows(u, query):
        found.setdefault(row.product_id, row)
    return tuple(_event(row, now) for row in list(found.values())[:limit])


def _all() -> Select[Any]:
    named = (column.label(f"p_{column.name}") for column in _NAMED)
    return select(schema.variant, *named).join(schema.product, _P.id == _V.product_id)


def _buyable() -> Select[Any]:
    available: ColumnElement[bool] = _V.availability == Availability.IN_STOCK.value
    return _all().where(available)


def _rows(u: Unit, query: Select[Any]) -> list[Row[Any]]:
    return list(u.connection.execute(query))


def _event(row: Row[Any], now: datetime) -> RestockEvent:
    then = snapshot(row, row.stock, plain(row.p_description_html))
    return RestockEvent(0, row.id, now, now, None, row.stock, EventState.OPEN, then)
