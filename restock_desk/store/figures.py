"""Counts for monitoring: of what waits from the ledger's open rows, of what is settled from the rollups."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from restock_desk.domain.facts import LEDGER_KINDS
from restock_desk.store import schema, work_queue
from restock_desk.store.clock import clock
from restock_desk.store.database import Unit

_OPEN = ("queued", "claimed", "started", "deferred")
_BATCHES = """select
  sum(case when b.state = 0 and (b.due_at is null or b.due_at <= :now) then 1 else 0 end) as open,
  sum(case when b.state = 0 and b.due_at > :now then 1 else 0 end) as waiting,
  sum(case when b.state = 1 and b.lease_until > {clock} then 1 else 0 end) as leased,
  sum(case when b.state = 1 and b.lease_until <= {clock} then 1 else 0 end) as overdue,
  min(case when (b.state = 0 and (b.due_at is null or b.due_at <= :now)) or (b.state = 1 and b.lease_until <= {clock})
    then coalesce(b.due_at, c.grace_until, c.started_at, c.created_at) end) as oldest
from send_batch b join campaign c on c.id = b.campaign_id
where c.state = 'running' and (c.grace_until is null or c.grace_until <= :now) and b.state < 2"""


@dataclass(frozen=True)
class Snapshot:
    """`lag_s` is 0 when nothing waits that could be sent."""

    deliveries: dict[str, int]
    campaigns: dict[str, int]
    batches: dict[str, int]
    jobs: dict[str, int]
    lag_s: float


def snapshot(u: Unit, now: datetime) -> Snapshot:
    """Everything at one moment."""
    d, c, r = schema.delivery.c, schema.campaign.c, schema.rollup_all.c
    opened = select(d.state, func.count()).where(text("state in ('queued','claimed','started','deferred')"))
    waiting = {state: int(n) for state, n in u.connection.execute(opened.group_by(d.state))}
    settled = u.connection.execute(select(*(func.coalesce(func.sum(r[kind]), 0) for kind in LEDGER_KINDS))).one()
    states = u.connection.execute(select(c.state, func.count()).group_by(c.state))
    row = u.connection.execute(text(_BATCHES.format(clock=clock(u))), {"now": schema.micros(now)}).one()
    return Snapshot(
        deliveries=dict.fromkeys(_OPEN, 0) | waiting | dict(zip(LEDGER_KINDS, map(int, settled), strict=True)),
        campaigns={state: int(n) for state, n in states},
        batches={name: int(getattr(row, name) or 0) for name in ("open", "waiting", "leased", "overdue")},
        jobs=work_queue.counts(u),
        lag_s=0.0 if row.oldest is None else max(0.0, (now - schema.instant(int(row.oldest))).total_seconds()),
    )
