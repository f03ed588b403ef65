"""What counts as a restock, and the record of one with everything that was true at that moment."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from restock_desk.domain.catalog import Availability, ProductStatus


class EventState(StrEnum):
    OPEN = "open"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class RestockEvent:
    """A variant became buyable. `snapshot` holds product, variant, prices, links and stock of that moment (JSON).

    `due_at` is when the debounce ends: before it nothing is sent because of the event.
    """

    id: int
    variant_id: int
    occurred_at: datetime
    due_at: datetime
    before: int | None
    after: int | None
    state: EventState
    snapshot: dict[str, Any]


@dataclass(frozen=True)
class StockPoint:
    """Stock of one variant at one moment, as the 0→n rule sees it. `known` False = never seen before (baseline)."""

    quantity: int | None
    availability: Availability
    status: ProductStatus
    oversell: bool = False
    known: bool = True


@dataclass(frozen=True)
class AlertRule:
    """When stock counts as back. `threshold` in units, `debounce_s` in seconds."""

    threshold: int = 1
    debounce_s: int = 60
    backorder_counts: bool = False
    publication_counts: bool = False


def buyable(point: StockPoint, rule: AlertRule) -> bool:
    """Whether a shopper can buy this now."""
    if point.status not in (ProductStatus.ACTIVE, ProductStatus.UNKNOWN):
        return False
    if point.quantity is not None and point.quantity >= rule.threshold:
        return True
    if rule.backorder_counts and (point.oversell or point.availability is Availability.BACKORDER):
        return True
    return point.quantity is None and point.availability is Availability.IN_STOCK


def crosses(before: StockPoint, after: StockPoint, rule: AlertRule) -> bool:
    """Whether the change from `before` to `after` is a restock: not buyable → buyable, on knowledge of both sides.

    A first sight is a baseline. A level that was unknown (None without an availability) proves nothing. Publication of
    a product that had stock already counts only where the rule says so.
    """
    if not before.known or buyable(before, rule) or not buyable(after, rule):
        return False
    if before.quantity is None and after.quantity is not None and before.availability is not Availability.OUT_OF_STOCK:
        return False
    if before.quantity is None and before.availability is Availability.UNKNOWN:
        return False
    published = StockPoint(before.quantity, before.availability, after.status, before.oversell)
    return rule.publication_counts or not buyable(published, rule)


@dataclass(frozen=True)
class StockResult:
    """What one stock change did: the level before and after, and the event it caused, if any.

    `line` is where a file told it, 0 elsewhere.
    """

    variant_id: int
    sku: str
    before: int | None
    after: int | None
    event: RestockEvent | None = None
    line: int = 0
