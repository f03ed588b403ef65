"""How many mails may be started now: the one seam for whoever sends, with what limits and brakes remember (one row a
campaign in `brake`, one a transport in `allowance`).

`grant` runs first in the transaction that marks mails started. Rows are locked in the order campaign, brake,
allowance, and all of them before deliveries and rollups: keep it, or PostgreSQL meets deadlocks. A campaign without
limits that does well is read only.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, literal_column, select, true, update
from sqlalchemy.dialects import sqlite

from restock_desk.domain import limits as rules
from restock_desk.domain.campaigns import DeliveryState
from restock_desk.domain.limits import KEEP_S, Counts, Limits, RouteLimit
from restock_desk.domain.staff import AuditEntry
from restock_desk.store import schema, staff
from restock_desk.store.database import Unit
from restock_desk.store.ledger import Result
from restock_desk.store.limits import KEY, Stop, stopped_words
from restock_desk.store.shop import shop

_c, _k, _a, _i, _r = (
    schema.campaign.c, schema.brake.c, schema.allowance.c, schema.instance.c, schema.rollup_hour.c,
)  # fmt: skip
_REMEMBER = timedelta(minutes=1)
"""How exactly it is remembered when a campaign last went on: a write a minute, not one a group."""
_AT_REQUEST = ("resend", "test")
"""Origins of mails that a person asked for one by one: no quiet, and never late."""


@dataclass(frozen=True)
class Grant:
    """How many mails may be started now. If none: why, and after how many seconds it is worth asking again.

    `going` False = let the leases go: it takes longer than is worth keeping them. `over` = the campaign does not run.
    """

    n: int
    wait_s: float = 0.0
    why: str = ""
    going: bool = True
    over: bool = False
    paused: bool = False
    """This call paused the campaign, and `why` is written down as its reason."""
    meters: "tuple[_Meter, ...]" = ()


def woken(u: Unit, campaign_id: int) -> None:
    """A person lets a campaign run (again): what speaks against it now, they know. In the transaction that does it."""
    found = u.connection.execute(_STANDING, {"id": campaign_id}).first()
    if found is None:
        return
    judged = _counts(found)
    released = {"hard": judged.hard, "complaints": judged.complained, "doubts": judged.doubts}
    if judged.approved:
        released["grown"] = max(judged.audience - judged.approved, 0)
    _put(
        u, campaign_id,
        {"hold_until": None, "hold_why": "", "expected_at": None, "in_a_row": 0, "worst": 0, "released": released},
    )  # fmt: skip


def note(u: Unit, campaign_id: int, results: Sequence[Result]) -> None:
    """Remember how mails ended, for the brakes. Before `ledger.settle` writes the same results, in its transaction.

    Faults of the transport itself are not counted: the loop stops for those. Nothing is written while all goes well.
    """
    told = [result for result in results if not result.ours and result.state is not DeliveryState.DEFERRED]
    if not told:
        return
    taken = [result.state is DeliveryState.SENT for result in told]
    if all(taken):
        u.connection.execute(_CALM, {"at": campaign_id})
        return
    _put(u, campaign_id, {})
    row = u.connection.execute(
        select(_k.in_a_row, _k.worst, _k.doubts).where(_k.campaign_id == campaign_id).with_for_update()
    ).one()
    in_a_row, worst = rules.run_of(taken, row.in_a_row)
    doubts = row.doubts + sum(result.state is DeliveryState.IN_DOUBT for result in told)
    words = next(result.reason for result in reversed(told) if result.state is not DeliveryState.SENT)
    values = {"in_a_row": in_a_row, "worst": max(worst, row.worst), "doubts": doubts, "refusal": words[:300]}
    u.connection.execute(update(schema.brake).where(_k.campaign_id == campaign_id).values(values))


def grant(
    u: Unit, campaign_id: int, want: int, now: datetime, results: Sequence[Result] = (), own_clock: bool = False
) -> Grant:
    """How many of `want` mails may be started now (0 = only tell whether to go on). The first call in the transaction
    that starts them.

    `results` are those the same transaction settles afterwards. Rates go by the server's clock on PostgreSQL, unless
    `own_clock`. A brake that pulls pauses the campaign in this transaction. Commit whatever is granted.
    """
    found = u.connection.execute(_STANDING, {"id": campaign_id}).first()
    if found is not None and (found.in_a_row or any(result.state is not DeliveryState.SENT for result in results)):
        note(u, campaign_id, results)
        found = u.connection.execute(_STANDING, {"id": campaign_id}).first()
    if found is None or found.state != "running":
        return Grant(0, why="The campaign does not run.", going=False, over=True)
    if found.stopped_at is not None:
        return Grant(0, KEEP_S, stopped_words(Stop(found.stopped_at, found.stopped_by, found.stop_reason)), False)
    if not want:
        return Grant(0)
    set_ = rules.from_json(found.limits)
    asked = found.origin in _AT_REQUEST
    why = "" if asked else _late(found, set_, now)
    trip = rules.tripped(set_.breakers, _counts(found, results), found.released or {})
    if why or trip:
        return _pause(u, campaign_id, why or (trip.words if trip else ""), now)
    zone = ZoneInfo("UTC")
    name = rules.route(found.transport)
    mine = set_.routes.get(name, RouteLimit())
    if set_.quiet or mine.warm_up:
        zone = rules.zone(shop(u).timezone)
    until = None if asked else rules.quiet_until(set_.quiet, now, zone)
    if until is not None:
        return _hold(u, found, until, f"Quiet hours until {until.astimezone(zone):%H:%M}.")
    per_hour = found.per_hour if found.per_hour is not None else set_.campaign_per_hour
    meters = []
    if found.rate_limit_per_s or per_hour or mine.rate_per_s or mine.warm_up:  # its row is locked before the route's
        meters.append(_of_campaign(u, found, per_hour, now, zone, own_clock))
    if mine.rate_per_s or mine.warm_up:
        meters.append(_of_route(u, name, mine, now, zone, own_clock))
    return _metered(u, found, meters, want, now)


def give_back(u: Unit, grant: Grant, n: int) -> None:
    """Of what was granted in this transaction, `n` mails were not started: hours and days count them no more."""
    for meter in grant.meters if n > 0 else ():
        meter.used -= n
        meter.write(u)


@dataclass
class _Meter:
    """A rate and a cap with what was used of them, in a row that is locked. `period` is an hour's or a day's number."""

    kind: "_Kind"
    key: Any
    tick: int
    next_at: datetime | None
    period: int
    used: int
    rate_per_s: float | None
    cap: int | None
    ends_in_s: float
    words: str

    def room(self, want: int) -> tuple[int, float, str]:
        """How many may start; else seconds to wait, and why."""
        if self.cap is not None and self.used >= self.cap:
            return 0, self.ends_in_s, self.words
        n = want if self.cap is None else min(want, self.cap - self.used)
        if self.rate_per_s is None:
            return n, 0.0, ""
        n, _, wait_s = rules.spend(_us(self.next_at), self.tick, self.rate_per_s, n)
        return n, wait_s, "" if n else f"At most {self.rate_per_s:g} mails a second."

    def take(self, u: Unit, n: int) -> None:
        if self.rate_per_s is not None:
            _, even, _ = rules.spend(_us(self.next_at), self.tick, self.rate_per_s, n)
            self.next_at = schema.instant(even)
        self.used += n
        self.write(u)

    def write(self, u: Unit) -> None:
        told = {"at": self.key, "v_next": self.next_at, "v_period": self.period, "v_used": self.used}
        u.connection.execute(self.kind.take, told)


def _of_campaign(u: Unit, found: Any, per_hour: int | None, now: datetime, zone: ZoneInfo, own_clock: bool) -> _Meter:
    if found.brake_of is None:
        _put(u, found.id, {})
    row = u.connection.execute(_BRAKE.locked(u, own_clock), {"at": found.id}).one()
    period, used = rules.window(row.period, row.used, int(now.timestamp() // 3600))
    ends = datetime.fromtimestamp((period + 1) * 3600, UTC)
    words = f"The cap of {per_hour or 0:,} mails an hour is used up until {ends.astimezone(zone):%H:%M}."
    return _Meter(
        _BRAKE, found.id, _tick(row, now), row.next_at, period, used, found.rate_limit_per_s, per_hour,
        (ends - now).total_seconds(), words,
    )  # fmt: skip


def _of_route(u: Unit, name: str, mine: RouteLimit, now: datetime, zone: ZoneInfo, own_clock: bool) -> _Meter:
    query = _ALLOWANCE.locked(u, own_clock)
    row = u.connection.execute(query, {"at": name}).first()
    if row is None:
        _insert_new(u, schema.allowance, {"route": name})
        row = u.connection.execute(query, {"at": name}).one()
    today, ends = rules.day_of(now, zone)
    period, used = rules.window(row.period, row.used, today.toordinal())
    cap = mine.warm_up.cap(today) if mine.warm_up else None
    words = f"The warm-up's {cap or 0:,} mails of this day are used up until {ends.astimezone(zone):%d %b %H:%M}."
    return _Meter(
        _ALLOWANCE, name, _tick(row, now), row.next_at, period, used, mine.rate_per_s, cap,
        (ends - now).total_seconds(), words,
    )  # fmt: skip


def _metered(u: Unit, found: Any, meters: Sequence[_Meter], want: int, now: datetime) -> Grant:
    """As much as every meter has room for; written to all of them, or to none."""
    n, wait_s, why = want, 0.0, ""
    for meter in meters:
        here, wait, words = meter.room(want)
        n = min(n, here)
        if not here and wait >= wait_s:
            wait_s, why = wait, words
    if not n:
        if wait_s > KEEP_S:
            return _hold(u, found, now + timedelta(seconds=wait_s), why)
        return Grant(0, wait_s, why)
    for meter in meters:
        meter.take(u, n)
    if found.expected_at is None or abs(now - found.expected_at) > _REMEMBER:
        _put(u, found.id, {"expected_at": now})
    return Grant(n, meters=tuple(meters))


def _hold(u: Unit, found: Any, until: datetime, why: str) -> Grant:
    """Nobody claims from this campaign before `until`."""
    _put(u, found.id, {"hold_until": until, "hold_why": why, "expected_at": until})
    return Grant(0, KEEP_S, why, going=False)


def _late(found: Any, set_: Limits, now: datetime) -> str:
    """Why a person should look first: it could have gone on hours ago, and stock alerts age."""
    planned = found.expected_at
    if found.brake_of is None:
        planned = max((at for at in (found.grace_until, found.started_at) if at is not None), default=None)
    if planned is None or not set_.late_h or now - planned <= timedelta(hours=set_.late_h):
        return ""
    hours = (now - planned).total_seconds() / 3600
    return f"It is {hours:,.0f} hours late: nothing was sent since {planned:%d %b %H:%M} UTC. Resume it, or cancel it."


def _pause(u: Unit, campaign_id: int, why: str, now: datetime) -> Grant:
    done = u.connection.execute(
        update(schema.campaign)
        .where(_c.id == campaign_id, _c.state == "running")
        .values(state="paused", pause_reason=why[:500])
    )
    if done.rowcount:
        staff.record(u, AuditEntry(now, "Restock Desk", "campaign paused by itself", f"campaign {campaign_id}", why))
    return Grant(0, why=why, going=False, over=True, paused=bool(done.rowcount))


def _counts(found: Any, results: Sequence[Result] = ()) -> Counts:
    """What the brakes judge by, with the results that are not in the figures yet."""
    new = Counter(result.state.value for result in results)
    return Counts(
        audience=found.audience,
        approved=found.approved,
        sent=int(found.sent or 0) + new["sent"],
        failed=int(found.failed or 0) + new["failed"],
        hard=int(found.hard or 0),
        complained=int(found.complained or 0),
        doubts=min(int(found.doubts or 0), int(found.in_doubt or 0) + new["in_doubt"]),
        in_a_row=int(found.worst or 0),
        refusal=found.refusal or "",
    )


def _put(u: Unit, campaign_id: int, values: dict[str, Any]) -> None:
    """Write columns of the campaign's brake, making the row if need be."""
    if values:
        done = u.connection.execute(update(schema.brake).where(_k.campaign_id == campaign_id).values(values))
        if done.rowcount:
            return
    _insert_new(u, schema.brake, {"campaign_id": campaign_id})
    if values:
        u.connection.execute(update(schema.brake).where(_k.campaign_id == campaign_id).values(values))


def _insert_new(u: Unit, table: Any, values: dict[str, Any]) -> None:
    if u.sqlite:
        u.connection.execute(sqlite.insert(table).values(values).on_conflict_do_nothing())
        return
    from sqlalchemy.dialects import postgresql  # a shop in a file never needs it, and it takes long to load

    u.connection.execute(postgresql.insert(table).values(values).on_conflict_do_nothing())


class _Kind:
    """The statements on one kind of meter's rows, made once: composing them anew would cost more than running them."""

    def __init__(self, table: Table, key: ColumnElement[Any], period: ColumnElement[Any]) -> None:
        query = select(table.c.next_at, period.label("period"), table.c.used).where(key == bindparam("at"))
        clock = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"
        self._here = query.add_columns(literal_column("null").label("tick")).with_for_update()
        self._there = query.add_columns(literal_column(clock).label("tick")).with_for_update()
        new: dict[Any, Any] = {
            table.c.next_at: bindparam("v_next"),
            period: bindparam("v_period"),
            table.c.used: bindparam("v_used"),
        }
        self.take = update(table).where(key == bindparam("at")).values(new)

    def locked(self, u: Unit, own_clock: bool) -> Select[Any]:
        """The row, locked; `tick` is the server's clock where there is a server."""
        return self._here if u.sqlite or own_clock else self._there


_BRAKE = _Kind(schema.brake, _k.campaign_id, _k.hour)
_ALLOWANCE = _Kind(schema.allowance, _a.route, _a.day)
_CALM = update(schema.brake).where(_k.campaign_id == bindparam("at"), _k.in_a_row > 0).values(in_a_row=0)
"""A row of failures ends."""


def _tick(row: Any, now: datetime) -> int:
    return schema.micros(now) if row.tick is None else int(row.tick)


def _us(at: datetime | None) -> int | None:
    return None if at is None else schema.micros(at)


def _standing() -> Select[Any]:
    one = select(_i.stopped_at, _i.stopped_by, _i.stop_reason).order_by(_i.id).limit(1).subquery()
    names = {"sent": "sent", "failed": "failed", "in_doubt": "in_doubt", "bounced_hard": "hard",
             "complained": "complained"}  # fmt: skip
    sums = (
        select(*(func.sum(_r[name]).label(word) for name, word in names.items()))
        .where(_r.campaign_id == bindparam("id"))
        .subquery()
    )
    told = select(schema.setting.c.value).where(schema.setting.c.key == KEY).scalar_subquery().label("limits")
    joined = (
        schema.campaign.outerjoin(schema.brake, _k.campaign_id == _c.id).outerjoin(one, true()).outerjoin(sums, true())
    )
    return (
        select(
            *(_c.id, _c.state, _c.origin, _c.audience, _c.approved, _c.rate_limit_per_s, _c.per_hour, _c.transport),
            *(_c.grace_until, _c.started_at, _k.campaign_id.label("brake_of"), _k.expected_at, _k.worst, _k.refusal),
            _k.in_a_row,
            *(_k.doubts, _k.released, one.c.stopped_at, one.c.stopped_by, one.c.stop_reason, *sums.c, told),
        )
        .select_from(joined)
        .where(_c.id == bindparam("id"))
    )


_STANDING = _standing()
"""All a grant judges by, in one question. A constant: it is compiled once."""
