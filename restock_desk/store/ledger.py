"""The ledger's moves: claim, start, settle, put back, recover. Durable before the network, guarded by state and fence.

Every move names the state it comes from and checks how many rows it moved; a late zombie moves none (`LeaseLost`).
Predicates of partial indexes are literal, because SQLite uses such an index only then.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import func, select, text, update

from restock_desk.domain.campaigns import LEGAL_MOVES, DeliveryState
from restock_desk.domain.causes import cause_of
from restock_desk.domain.facts import LEDGER_KINDS, hour_of
from restock_desk.domain.handover import HANDED_OVER
from restock_desk.store import evidence, schema, tallies
from restock_desk.store.clock import at_clock, clock
from restock_desk.store.database import Unit, damaged
from restock_desk.store.interests import mark_notified
from restock_desk.store.rollups import Moves, among

LEASE_S = 30
S = DeliveryState
_b, _d = schema.send_batch.c, schema.delivery.c


@dataclass(frozen=True)
class Row:
    """One claimed delivery with all a render needs beside the campaign's frozen parts."""

    id: int
    subscriber_id: int
    attempts: int
    started_at: datetime | None
    email: str
    person: dict[str, Any]
    event_ids: tuple[int, ...]
    interests: tuple[dict[str, Any], ...]
    arm: int = 0
    """Of the campaign's test, from 0."""

    def with_events(self, event_ids: tuple[int, ...]) -> "Row":
        """The same row with fewer restocks to tell of."""
        return replace(self, event_ids=event_ids)

    def begun(self, at: datetime) -> "Row":
        """The same row, whose mail was first made then."""
        return self if self.started_at else replace(self, started_at=at)


@dataclass(frozen=True)
class Lease:
    """The right to move one batch's rows, until somebody else's fence is higher."""

    campaign_id: int
    batch_no: int
    fence: int
    owner: str
    rows: tuple[Row, ...] = ()


class LeaseLost(Exception):
    """Somebody else holds the batch now. Nothing was written; whoever meets this lets go of it."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(f"batch {lease.batch_no}")
        self.lease = lease


class Result(NamedTuple):
    """Where one row goes. `told` are the interests that are answered by it, by event: only for `sent`."""

    id: int
    subscriber_id: int
    state: DeliveryState
    reason: str = ""
    receipt: str = ""
    due_at: datetime | None = None
    started_at: datetime | None = None
    forget_start: bool = False
    unbegun: bool = False
    """Deferred without having been tried: it counts as no attempt."""
    ours: bool = False
    """Deferred for a fault of the transport: it speaks against nobody's mail."""
    told: tuple[tuple[int, int], ...] = ()
    """Pairs of event and interest."""


_CLAIM = """update send_batch
set state = 1, fence = fence + 1, owner = :owner, lease_until = {clock} + :lease, due_at = null
where campaign_id = :campaign and batch_no = (
  select b.batch_no from send_batch b where b.campaign_id = :campaign and b.state < 2 {which}
    and ((b.state = 0 and (b.due_at is null or b.due_at <= :now)) or (b.state = 1 and b.lease_until <= {clock}))
    and exists (select 1 from campaign c where c.id = :campaign and c.state = 'running'
      and (c.grace_until is null or c.grace_until <= :now))
    and not exists (select 1 from setting where key = 'moved_to')
    and not exists (select 1 from brake k where k.campaign_id = :campaign and k.hold_until > :now)
    and not exists (select 1 from instance i where i.stopped_at is not null)
  order by b.batch_no limit 1 {lock})
returning batch_no, fence"""
_IN_BATCH = "delivery.campaign_id = :campaign and delivery.batch_no = :batch"


def claim(u: Unit, campaign_id: int, owner: str, now: datetime, batch_no: int | None = None) -> Lease | None:
    """Lease the next batch of a running campaign (or this one) and mark its queued and due rows claimed. None =
    nothing to do now, or the shop was moved elsewhere.

    What an expired lease left behind is taken back first: claimed → queued, started → in doubt.
    """
    lock = "" if u.sqlite else "for update of b skip locked"
    which = "" if batch_no is None else "and b.batch_no = :batch"
    values = {"campaign": campaign_id, "owner": owner, "now": schema.micros(now), "lease": LEASE_S * 1_000_000}
    found = u.connection.execute(
        text(_CLAIM.format(lock=lock, which=which, clock=clock(u))),
        values if batch_no is None else values | {"batch": batch_no},
    ).first()
    if found is None:
        return None
    batch_no, fence = int(found[0]), int(found[1])
    _doubt(u, _take_back(u, campaign_id, batch_no, now, "The sender stopped before the answer came."), now)
    here = {"campaign": campaign_id, "batch": batch_no, "now": schema.micros(now), "fence": fence}
    due = u.connection.execute(
        text(f"""update delivery set state = 'queued', due_at = null, state_at = :now
            where {_IN_BATCH} and state in ('queued','claimed','started','deferred')
            and state = 'deferred' and due_at <= :now"""),
        here,
    ).rowcount
    taken = u.connection.execute(
        text(f"""update delivery set state = 'claimed', fence = :fence, state_at = :now
            where {_IN_BATCH} and state in ('queued','claimed','started','deferred') and state = 'queued'"""),
        here,
    ).rowcount
    tallies.shift(u, campaign_id, batch_no, {S.DEFERRED: -due, S.QUEUED: due - taken, S.CLAIMED: taken})
    rows = _rows(u, campaign_id, batch_no, fence)
    if len(rows) != taken:
        raise damaged(f"what batch {batch_no} of campaign {campaign_id} is to say is not all there")
    return Lease(campaign_id, batch_no, fence, owner, rows)


def renew(u: Unit, lease: Lease, now: datetime) -> None:
    """Prolong the lease. Raises LeaseLost."""
    until = ("? + ?", schema.micros(now)) if u.sqlite else (f"{clock(u)} + ?",)
    done = u.run(
        f"""update send_batch set lease_until = {until[0]} where campaign_id = ? and batch_no = ? and fence = ?
        and state < 2 and state = 1 and owner = ?""",
        *until[1:], LEASE_S * 1_000_000, lease.campaign_id, lease.batch_no, lease.fence, lease.owner,
    )  # fmt: skip
    if done.rowcount != 1:
        raise LeaseLost(lease)


def start(
    u: Unit, lease: Lease, hashes: Sequence[tuple[int, str]], now: datetime, made_at: datetime | None = None
) -> None:
    """Mark claimed rows started, with the hash of what is about to leave. Commit before the first body byte.

    A row keeps when its mail was first made: the mail's date, so that every attempt has the same bytes.
    """
    _move(
        u, lease, S.CLAIMED, S.STARTED,
        "attempts = attempts + 1, started_at = coalesce(started_at, ?), message_hash = ?, reason = '', cause = ''",
        [(id, (schema.micros(made_at or now), digest)) for id, digest in hashes], now,
    )  # fmt: skip


def skip(u: Unit, lease: Lease, reasons: Sequence[tuple[int, str]], now: datetime) -> None:
    """Claimed rows the re-check found a reason against."""
    rows = [(id, (why, why)) for id, why in reasons]
    _move(u, lease, S.CLAIMED, S.SKIPPED, "reason = ?, cause = ?", rows, now)
    count(u, lease.campaign_id, [(S.SKIPPED, now)] * len(reasons))


def fail(u: Unit, lease: Lease, reasons: Sequence[tuple[int, str]], now: datetime) -> None:
    """Claimed rows whose mail cannot be made: nothing left, so it is definite."""
    rows = [(id, (why, cause_of(why))) for id, why in reasons]
    _move(u, lease, S.CLAIMED, S.FAILED, "reason = ?, cause = ?, started_at = null", rows, now)
    count(u, lease.campaign_id, [(S.FAILED, now)] * len(reasons))


def settle(u: Unit, lease: Lease, results: Sequence[Result], now: datetime) -> None:
    """Write down how started rows ended, with the interests they answered and the figures, in the caller's
    transaction. Raises LeaseLost if any of them is not ours any more."""
    for state in (S.SENT, S.DEFERRED, S.FAILED, S.IN_DOUBT):
        mine = [result for result in results if result.state is state]
        values = "reason = ?, cause = ?, receipt = ?, due_at = ?, sent_at = ?"
        if state is S.DEFERRED:
            values += ", started_at = case when ? = 1 then null else started_at end, attempts = attempts - ?"
        rows: list[tuple[int, tuple[Any, ...]]] = []
        for result in mine:
            due = None if result.due_at is None else schema.micros(result.due_at)
            sent = schema.micros(now) if state is S.SENT else None
            more = (int(result.forget_start), int(result.unbegun)) if state is S.DEFERRED else ()
            cause = "" if state is S.SENT else cause_of(result.reason)
            rows.append((result.id, (result.reason, cause, result.receipt, due, sent, *more)))
        _move(u, lease, S.STARTED, state, values, rows, now)
    count(
        u, lease.campaign_id,
        [(kind_of(r.state, r.receipt), now if r.state is S.SENT else r.started_at or now)
         for r in results if r.state is not S.DEFERRED],
    )  # fmt: skip
    mark_notified(u, {i: e for result in results if result.state is S.SENT for e, i in result.told})
    evidence.look_back(u, [result.id for result in results if result.state is S.IN_DOUBT], now)


def release(u: Unit, lease: Lease, now: datetime) -> None:
    """Give the batch back: claimed rows that nothing left of are queued again (or skipped, in a cancelled campaign),
    and the batch is done or waits for its next due row. Raises LeaseLost."""
    renew(u, lease, now)
    _back_to_queue(u, lease.campaign_id, lease.batch_no, now)
    close(u, lease.campaign_id, lease.batch_no)


def close(u: Unit, campaign_id: int, batch_no: int) -> None:
    """Set a batch that nobody works on to done, open or waiting, by what its rows say."""
    rows = u.connection.execute(
        select(_d.state, func.count(), func.min(_d.due_at))
        .where(_d.campaign_id == campaign_id, _d.batch_no == batch_no)
        .where(text("delivery.state in ('queued','claimed','started','deferred')"))
        .group_by(_d.state)
    ).all()
    waits = {state: due for state, _, due in rows}
    due_at = waits.get("deferred") if "queued" not in waits else None
    u.connection.execute(
        update(schema.send_batch)
        .where(_b.campaign_id == campaign_id, _b.batch_no == batch_no)
        .values(state=0 if waits else 2, owner=None, lease_until=None, due_at=due_at)
    )


def owners(u: Unit) -> list[str]:
    """Who holds leases now."""
    query = select(_b.owner).where(text("send_batch.state < 2"), _b.state == 1, _b.owner.is_not(None)).distinct()
    return list(u.connection.scalars(query))


def leased(u: Unit, now: datetime) -> int:
    """How many batches somebody is at work on now."""
    query = select(func.count()).select_from(schema.send_batch).where(text("send_batch.state < 2"), _b.state == 1)
    return int(u.connection.scalar(query.where(_b.lease_until > at_clock(u, now))) or 0)


def recover(u: Unit, dead: Sequence[str], now: datetime) -> int:
    """Take back the batches of dead owners at once, and all whose lease ended. How many rows are in doubt by it."""
    lost = (_b.lease_until <= at_clock(u, now)) | _b.owner.in_(dead)
    query = select(_b.campaign_id, _b.batch_no).where(text("send_batch.state < 2"), _b.state == 1, lost)
    lost_rows: list[_Lost] = []
    for campaign_id, batch_no in u.connection.execute(query.with_for_update(skip_locked=True)).all():
        u.connection.execute(
            update(schema.send_batch)
            .where(_b.campaign_id == campaign_id, _b.batch_no == batch_no)
            .values(fence=_b.fence + 1)
        )
        lost_rows += _take_back(u, campaign_id, batch_no, now, "The sender died before the answer came.")
        close(u, campaign_id, batch_no)
    return _doubt(u, lost_rows, now)


def next_due(u: Unit, campaign_id: int) -> datetime | None:
    """When something can be claimed next: the end of grace or of a hold, a deferred batch, or the end of a lease."""
    grace = u.connection.scalar(select(schema.campaign.c.grace_until).where(schema.campaign.c.id == campaign_id))
    ends = _b.lease_until if u.sqlite else None  # of the server's clock nobody here knows when it will be
    hold = u.connection.scalar(select(schema.brake.c.hold_until).where(schema.brake.c.campaign_id == campaign_id))
    at = u.connection.scalar(
        select(func.min(func.coalesce(_b.due_at, ends))).where(
            _b.campaign_id == campaign_id, text("send_batch.state < 2")
        )
    )
    due = at if at is None or isinstance(at, datetime) else schema.instant(int(at))
    return max((one for one in (grace, hold, due) if one is not None), default=None)


def kind_of(state: DeliveryState, receipt: str) -> str:
    """Under which name a delivery is counted: what somebody else decides on was handed over, not sent."""
    return HANDED_OVER if state is S.SENT and receipt.startswith(HANDED_OVER) else state.value


def count(u: Unit, campaign_id: int, settled: Iterable[tuple[str, datetime]], sign: int = 1) -> None:
    """Move the figures along: rows in a settled state now (sign -1: no longer), each with when it counts."""
    moves = Moves()
    for (kind, hour), n in Counter((str(state), hour_of(at)) for state, at in settled).items():
        if kind in LEDGER_KINDS:
            moves.add(campaign_id, hour, kind, sign * n)
    moves.apply(u)


def _move(
    u: Unit,
    lease: Lease,
    before: DeliveryState,
    after: DeliveryState,
    values: str,
    rows: Sequence[tuple[int, tuple[Any, ...]]],
    now: datetime,
) -> None:
    """Many rows at once, straight to the driver. `values` has a `?` for each of a row's own values, in their order."""
    assert after in LEGAL_MOVES[before], f"{before} -> {after}"
    if not rows:
        return
    tallies.shift(u, lease.campaign_id, lease.batch_no, {before: -len(rows), after: len(rows)})
    at, sets = schema.micros(now), f"update delivery set state = '{after.value}', state_at = ?"
    where = f"state = '{before.value}' and fence = ?"
    if u.sqlite:  # one statement for all, its rows in one value: half the work of one for each
        names = iter(range(1, 100))
        own = re.sub(r"\?", lambda _: f"(j.value ->> {next(names)})", values)
        statement = f"{sets}, {own} from json_each(?) j where delivery.id = j.value ->> 0 and {where}"
        told = orjson.dumps([(id, *more) for id, more in rows]).decode()
        moved = u.run(statement, at, told, lease.fence).rowcount
    else:
        statement = f"{sets}, {values} where id = ? and {where}"
        moved = u.run_many(statement, [(at, *own, id, lease.fence) for id, own in rows])
    if moved != len(rows):
        raise LeaseLost(lease)


_Lost = tuple[int, int, datetime]
"""A delivery that is in doubt now: its id, its campaign, when it was started."""


def _take_back(u: Unit, campaign_id: int, batch_no: int, now: datetime, cause: str) -> list[_Lost]:
    """Rows of a lease that is over: what was claimed is queued again, what was started is in doubt. Hand those to
    `_doubt`, all at once: figures are moved in one order, else two writers could wait for each other."""
    _back_to_queue(u, campaign_id, batch_no, now)
    here = (_d.campaign_id == campaign_id, _d.batch_no == batch_no)
    opened = text("delivery.state in ('queued','claimed','started','deferred')")
    started = u.connection.execute(select(_d.id, _d.started_at).where(*here, opened, _d.state == "started")).all()
    if started:
        u.connection.execute(
            update(schema.delivery)
            .where(among(u, _d.id, [row.id for row in started]), _d.state == "started")
            .values(state="in_doubt", reason=cause, cause=cause, state_at=now)
        )
        tallies.shift(u, campaign_id, batch_no, {S.STARTED: -len(started), S.IN_DOUBT: len(started)})
    return [(row.id, campaign_id, row.started_at or now) for row in started]


def _doubt(u: Unit, lost: Sequence[_Lost], now: datetime) -> int:
    """Count deliveries that came into doubt, and settle those of which something came back already. How many stay."""
    moves = Moves()
    for _, campaign_id, at in lost:
        moves.add(campaign_id, hour_of(at), S.IN_DOUBT.value)
    moves.apply(u)
    return len(lost) - evidence.look_back(u, [id for id, _, _ in lost], now)


def _back_to_queue(u: Unit, campaign_id: int, batch_no: int, now: datetime) -> None:
    done = u.connection.execute(
        text(f"""update delivery set state = 'queued', state_at = :now where {_IN_BATCH}
            and state in ('queued','claimed','started','deferred') and state = 'claimed'"""),
        {"campaign": campaign_id, "batch": batch_no, "now": schema.micros(now)},
    )
    tallies.shift(u, campaign_id, batch_no, {S.CLAIMED: -done.rowcount, S.QUEUED: done.rowcount})


_CLAIMED = """select d.id, d.subscriber_id, d.attempts, d.started_at, p.email, p.person, p.event_ids, p.interests,
  d.arm
from delivery d join delivery_payload p on p.delivery_id = d.id
where d.campaign_id = ? and d.batch_no = ? and d.fence = ?
and d.state in ('queued','claimed','started','deferred') and d.state = 'claimed' order by d.id"""


def _rows(u: Unit, campaign_id: int, batch_no: int, fence: int) -> tuple[Row, ...]:
    read = orjson.loads if u.sqlite else _read_already
    found: list[Any] = list(u.run(_CLAIMED, campaign_id, batch_no, fence).all())
    try:
        return tuple(
            Row(
                id, subscriber_id, attempts, None if started is None else schema.instant(started), email,
                read(person) or {}, tuple(read(event_ids) or ()), _interests(read(interests)), arm,
            )
            for id, subscriber_id, attempts, started, email, person, event_ids, interests, arm in found
        )  # fmt: skip
    except (ValueError, TypeError, KeyError) as error:
        raise damaged(f"what batch {batch_no} of campaign {campaign_id} is to say cannot be read") from error


def _interests(told: Any) -> tuple[dict[str, Any], ...]:
    """KeyError or TypeError for what nobody wrote so."""
    found = tuple(told or ())
    for one in found:
        one["id"], one["variant_id"]
    return found


def _read_already(value: Any) -> Any:
    return value
