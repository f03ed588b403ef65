"""What each kind of record does when it comes in: one function per kind, on one chunk, in the caller's transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from restock_desk.domain.imports import ImportKind, Rejected
from restock_desk.domain.restocks import AlertRule
from restock_desk.services.feedback import resolve
from restock_desk.store import Unit, audience, catalog, feedback
from restock_desk.store.shop import token_key


@dataclass
class Outcome:
    """Rows of the file that one chunk brought in, by fate."""

    accepted: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    parked: int = 0
    restocks: int = 0
    twice_used: list[str] = field(default_factory=list)
    """SKUs of the chunk that several variants carry."""


@dataclass(frozen=True)
class Circumstances:
    """What is the same for a whole import. `index` False = the search index is rebuilt at the end."""

    now: datetime
    rule: AlertRule
    source: str
    index: bool = True


Intake = Callable[[Unit, Sequence[Any], Circumstances], Outcome]


def products(u: Unit, records: Sequence[Any], about: Circumstances) -> Outcome:
    change = catalog.upsert_products(u, records, about.now, about.rule)
    audience.unpark(u, change.variant_ids, about.now)
    skus = {variant.sku for record in records for variant in record.variants}
    done = Outcome(restocks=len(change.events), twice_used=catalog.twice_used(u, skus))
    for record, changed in zip(records, change.changed, strict=True):
        done.accepted += record.rows if changed else 0
        done.unchanged += 0 if changed else record.rows
    return done


def subscribers(u: Unit, records: Sequence[Any], about: Circumstances) -> Outcome:
    change = audience.upsert_subscribers(u, records, about.now, about.index)
    accepted = sum(1 for changed in change.changed if changed)
    rejected = len(change.rejected)
    return Outcome(accepted, len(records) - accepted - rejected, change.rejected)


def interests(u: Unit, records: Sequence[Any], about: Circumstances) -> Outcome:
    change = audience.add_interests(u, records, about.now)
    return Outcome(change.new + change.parked, change.unchanged, change.rejected, change.parked)


def stock(u: Unit, records: Sequence[Any], about: Circumstances) -> Outcome:
    results, rejected = catalog.apply_stock(u, records, about.now, about.rule, about.source)
    first = {one.line: one for one in reversed(rejected)}  # a row may tell several levels and has one fate
    moved = {one.line for one in results if one.before != one.after or one.event} - first.keys()
    rows = {record.line for record in records}
    events = {one.event.id for one in results if one.event}
    refused = sorted(first.values(), key=lambda one: one.line)
    return Outcome(len(moved), len(rows) - len(first) - len(moved), refused, restocks=len(events))


def events(u: Unit, records: Sequence[Any], about: Circumstances) -> Outcome:
    key = token_key(u)
    report = feedback.ingest(u, resolve(u, records, key), about.now)
    return Outcome(len(records) - report.unchanged, report.unchanged)


INTAKES: dict[ImportKind, Intake] = {
    ImportKind.PRODUCTS: products,
    ImportKind.SUBSCRIBERS: subscribers,
    ImportKind.INTERESTS: interests,
    ImportKind.STOCK: stock,
    ImportKind.FEEDBACK: events,
}
