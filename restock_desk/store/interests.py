"""Who waits for which variant. `variant.waiting` counts the waiting ones exactly, in the same transaction.

A sign-up for a variant nobody knows yet is parked and comes in when its product does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from restock_desk.domain.addresses import fold, parse
from restock_desk.domain.audience import Interest, InterestIn, InterestState, SubscriberIn
from restock_desk.domain.imports import Rejected
from restock_desk.store import bulk, schema
from restock_desk.store.audience_in import upsert_subscribers
from restock_desk.store.database import Unit
from restock_desk.store.people import wait
from restock_desk.store.rollups import among, listed
from restock_desk.store.schema import micros
from restock_desk.store.stock import by_handles, chosen

_LOCK = 0x5244494E
_NOBODY = "There is no customer with the id {}."
_COLUMNS = ("subscriber_id", "variant_id", "units", "created_at", "source", "wording")
_WAITING, _CANCELLED, _NOTIFIED = InterestState.WAITING, InterestState.CANCELLED, InterestState.NOTIFIED


@dataclass
class InterestChange:
    """What a batch of sign-ups did. `fates` says of each, in order: new, unchanged, parked or rejected."""

    new: int = 0
    unchanged: int = 0
    parked: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    fates: list[str] = field(default_factory=list)
    ambiguous: set[int] = field(default_factory=set)
    """Places of those whose words fit several variants."""


def add_interests(u: Unit, told: Sequence[InterestIn], now: datetime, index: bool = True) -> InterestChange:
    """Store sign-ups. Unknown people with an address are created; unknown variants park the sign-up.

    Told again, nothing changes; a later, dated sign-up by somebody already alerted makes them wait again.
    """
    bulk.lock(u, _LOCK)
    change = InterestChange(fates=[""] * len(told))
    variants = _variants(u, told, change)
    people = _people(u, told, now, change, index)
    parking, wanted = [], {}
    for place, fate in enumerate(change.fates):
        if fate:
            continue
        if place not in variants:
            parking.append(place)
        else:
            wanted[place] = (variants[place], people[place])
    _park(u, [(place, told[place]) for place in parking], now, change)
    _store(u, told, wanted, now, change)
    counts = Counter(change.fates)
    change.new, change.unchanged, change.parked = counts["new"], counts["unchanged"], counts["parked"]
    return change


def unpark(u: Unit, variant_ids: Sequence[int], now: datetime) -> InterestChange:
    """Bring in the sign-ups that waited for these variants to become known. One that fits several waits on."""
    v, p, t = schema.variant.c, schema.product.c, schema.parked_interest
    if u.connection.scalar(select(t.c.id).limit(1)) is None:
        return InterestChange()
    known = select(v.sku_key, p.handle).join_from(schema.variant, schema.product).where(among(u, v.id, variant_ids))
    keys: set[str] = set()
    for sku_key, handle in u.connection.execute(known):
        keys |= {sku_key, f"handle:{handle}"}
    found = bulk.rows_by(u, "select id, data from parked_interest", "sku_key", keys - {""})
    if not found:
        return InterestChange()
    rows = u.connection.execute(select(t).where(among(u, t.c.id, [id for id, _ in found])).order_by(t.c.id)).all()
    u.connection.execute(t.delete().where(among(u, t.c.id, [row.id for row in rows])))
    told = [_unpacked(row) for row in rows]
    dated = [replace(one, created_at=one.created_at or row.at) for one, row in zip(told, rows, strict=True)]
    change = add_interests(u, dated, now)
    still = [rows[place] for place in sorted(change.ambiguous)]
    if still:
        u.connection.execute(t.insert(), [{"sku_key": r.sku_key, "data": r.data, "at": r.at} for r in still])
    return change


def interests_of(u: Unit, subscriber_id: int) -> list[Interest]:
    """Everything this person ever waited for, newest first."""
    i = schema.interest
    query = select(i).where(i.c.subscriber_id == subscriber_id).order_by(i.c.created_at.desc(), i.c.id.desc())
    return [wait(row) for row in u.connection.execute(query)]


def interest(u: Unit, interest_id: int) -> Interest | None:
    """The interest, or None."""
    i = schema.interest
    row = u.connection.execute(select(i).where(i.c.id == interest_id)).one_or_none()
    return wait(row) if row else None


def cancel_interest(u: Unit, interest_id: int, now: datetime) -> bool:
    """Stop waiting. False if nobody waited."""
    return bool(_move(u, [interest_id], _CANCELLED, None))


def mark_notified(u: Unit, event_ids: Mapping[int, int]) -> int:
    """Answer interests: interest id → the restock event that answered it. How many were still waiting."""
    moved = 0
    by_event: dict[int, list[int]] = {}
    for interest_id, event_id in event_ids.items():
        by_event.setdefault(event_id, []).append(interest_id)
    for event_id, ids in sorted(by_event.items()):
        moved += _move(u, ids, _NOTIFIED, event_id)
    return moved


def _move(u: Unit, ids: list[int], state: InterestState, event_id: int | None) -> int:
    those, listing = listed(u, ids)
    if not u.sqlite:  # in one order, so that two writers never wait for each other in a ring
        query = f"select id from interest where id {those} and state = ? order by id for update"
        _, listing = listed(u, [id for (id,) in u.run(query, listing, _WAITING.value)])
    rows = u.run(
        f"""update interest set state = ?, notified_event_id = coalesce(?, notified_event_id)
        where id {those} and state = ? returning variant_id""",
        state.value, event_id, listing, _WAITING.value,
    ).all()  # fmt: skip
    _count(u, {variant: -n for variant, n in Counter(row.variant_id for row in rows).items()})
    return len(rows)


def _count(u: Unit, moved: Mapping[int, int]) -> None:
    """Move `variant.waiting`; in id order, so that writers never wait for each other in a ring."""
    rows = [(n, id) for id, n in sorted(moved.items()) if n]
    if rows:
        u.run_many("update variant set waiting = waiting + ? where id = ?", rows)


def _variants(u: Unit, told: Sequence[InterestIn], change: InterestChange) -> dict[int, int]:
    """The variant each sign-up (by place) is about; ambiguous ones are rejected, unknown ones left out."""
    skus: dict[str, list[int]] = {}
    wanted = {one.sku.strip().casefold() for one in told if one.sku.strip()}
    for key, id in bulk.rows_by(u, "select sku_key, id from variant", "sku_key", wanted):
        skus.setdefault(key, []).append(id)
    handles = by_handles(u, {one.handle for one in told if one.handle and not one.sku.strip()})
    found = {}
    for place, one in enumerate(told):
        if one.sku.strip():
            hits, words = skus.get(one.sku.strip().casefold(), []), f"The SKU {one.sku} belongs"
        else:
            mine = handles.get(one.handle, [])
            fits = [id for id, options, _ in mine if chosen(options) == chosen(one.options)]
            hits, words = fits or [id for id, _, _ in mine][: len(mine) == 1], f"The product {one.handle} belongs"
        if len(hits) > 1:
            _reject(change, place, one, "sku", f"{words} to {len(hits)} variants.")
            change.ambiguous.add(place)
        elif hits:
            found[place] = hits[0]
        elif not one.sku.strip() and not one.handle:
            _reject(change, place, one, "sku", "The line does not say which variant.")
    return found


def _people(
    u: Unit, told: Sequence[InterestIn], now: datetime, change: InterestChange, index: bool
) -> dict[int, int]:  # fmt: skip
    """The person of each sign-up (by place), created where only the address is known."""
    customs = {one.custom_id for one in told if one.custom_id}
    by_custom: dict[str, int] = dict(bulk.rows_by(u, "select custom_id, id from subscriber", "custom_id", customs))
    keys = {fold(one.email) for one in told if one.email}
    by_key: dict[str, int] = dict(bulk.rows_by(u, "select email_key, id from subscriber", "email_key", keys))
    found, fresh, borrowed = {}, {}, []
    makers: dict[str, int] = {}  # the first place that tells a new customer id together with an address
    for place, one in enumerate(told):
        custom = "" if one.custom_id in by_custom else one.custom_id
        id = by_key.get(fold(one.email)) if one.email else by_custom.get(one.custom_id)
        if id is not None and not (one.email and custom):
            found[place] = id
        elif not one.email:
            if custom in makers:
                borrowed.append(place)
            else:
                _reject(change, place, one, "custom_id", _NOBODY.format(one.custom_id))
        elif not change.fates[place]:
            fresh[place] = one
            if custom:
                makers.setdefault(custom, place)
    if fresh:
        made = [
            SubscriberIn(one.email, one.custom_id if makers.get(one.custom_id) == place else "", line=one.line)
            for place, one in fresh.items()
        ]
        people = upsert_subscribers(u, made, now, index)
        bad = {rejected.line: rejected for rejected in people.rejected}
        for (place, one), went in zip(fresh.items(), people.changed, strict=True):
            if went is None:
                why = bad.get(one.line)
                _reject(change, place, one, why.field if why else "email", why.reason if why else "Not usable.")
            else:
                found[place] = people.by_key[parse(one.email)[1]]
    known: dict[str, int] = dict(
        bulk.rows_by(u, "select custom_id, id from subscriber", "custom_id", {told[p].custom_id for p in borrowed})
    )
    for place in borrowed:
        if told[place].custom_id in known:
            found[place] = known[told[place].custom_id]
        else:
            _reject(change, place, told[place], "custom_id", _NOBODY.format(told[place].custom_id))
    return found


def _reject(change: InterestChange, place: int, one: InterestIn, field: str, reason: str) -> None:
    if not change.fates[place]:
        change.fates[place] = "rejected"
        change.rejected.append(Rejected(one.line, field, reason, ",".join((one.custom_id or one.email, one.sku))))


def _park(u: Unit, waiting: list[tuple[int, InterestIn]], now: datetime, change: InterestChange) -> None:
    if not waiting:
        return
    keys = {_parking_key(one) for _, one in waiting}
    held = bulk.rows_by(u, "select id, sku_key from parked_interest", "sku_key", keys)
    t = schema.parked_interest
    rows = u.connection.execute(select(t).where(among(u, t.c.id, [id for id, _ in held])))
    known = {_same(_unpacked(row)) for row in rows}
    fresh = []
    for place, one in waiting:
        change.fates[place] = "unchanged" if _same(one) in known else "parked"
        if _same(one) not in known:
            known.add(_same(one))
            data = asdict(one) | {"created_at": one.created_at.isoformat() if one.created_at else None}
            fresh.append({"sku_key": _parking_key(one), "data": data, "at": now})
    if fresh:
        u.connection.execute(t.insert(), fresh)


def _parking_key(one: InterestIn) -> str:
    return one.sku.strip().casefold() or f"handle:{one.handle}"


def _same(one: InterestIn) -> InterestIn:
    return replace(one, line=0, email=fold(one.email) if one.email else "", sku=one.sku.strip().casefold())


def _unpacked(row: Row[Any]) -> InterestIn:
    data = dict(row.data)
    at = data.pop("created_at")
    options = tuple((name, value) for name, value in data.pop("options"))
    return InterestIn(**data, options=options, created_at=datetime.fromisoformat(at) if at else None)


def _store(
    u: Unit, told: Sequence[InterestIn], wanted: Mapping[int, tuple[int, int]], now: datetime, change: InterestChange
) -> None:
    if not wanted:
        return
    held = _held(u, {person for _, person in wanted.values()})
    rows: dict[tuple[int, int], tuple[Any, ...]] = {}
    again: dict[tuple[int, int], InterestIn] = {}
    for place, pair in wanted.items():
        one = told[place]
        row = held.get(pair)
        if row is None and pair not in rows:
            at = one.created_at or now
            rows[pair] = (pair[1], pair[0], max(1, one.units), micros(at), one.source, one.wording)
            change.fates[place] = "new"
        elif row is not None and pair not in again and _asks_again(row, one):
            again[pair] = one
            change.fates[place] = "new"
        else:
            change.fates[place] = "unchanged"
    bulk.insert(u, "interest", _COLUMNS, sorted(rows.values()))
    i = schema.interest
    for pair, one in again.items():
        values = {"state": _WAITING.value, "created_at": one.created_at, "notified_event_id": None, "ordered_at": None,
                  "source": one.source, "units": max(1, one.units)}  # fmt: skip
        u.connection.execute(update(i).where(i.c.id == held[pair].id).values(values))
    _count(u, Counter(variant for variant, _ in [*rows, *again]))


def _held(u: Unit, people: Iterable[int]) -> dict[tuple[int, int], Any]:
    i, e = schema.interest, schema.restock_event
    answered = func.coalesce(e.c.occurred_at, i.c.created_at).label("since")
    query = (
        select(i.c.id, i.c.variant_id, i.c.subscriber_id, i.c.state, i.c.created_at, answered)
        .join(e, e.c.id == i.c.notified_event_id, isouter=True)
        .where(among(u, i.c.subscriber_id, list(people)))
    )
    return {(row.variant_id, row.subscriber_id): row for row in u.connection.execute(query)}


def _asks_again(row: Any, one: InterestIn) -> bool:
    if row.state == _WAITING.value or one.created_at is None:
        return False
    return bool(one.created_at > max(row.since, row.created_at))
