"""Deliveries grouped by why they were not taken, and those of one cause queued again. Reads one partial index only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text, update

from restock_desk.domain.campaigns import Cause, DeliveryState
from restock_desk.store import ledger, schema, tallies
from restock_desk.store.database import Unit
from restock_desk.store.rollups import among

S = DeliveryState
_d = schema.delivery.c
_PROBLEM = text("delivery.state in ('deferred','failed','in_doubt','skipped')")
"""As the partial index has it, letter for letter: SQLite uses it for exactly these words."""


def causes(u: Unit, campaign_id: int, limit: int = 200) -> list[Cause]:
    """The commonest first: state, masked words, how many, and the words of the newest of them as they came."""
    found = u.connection.execute(
        select(_d.state, _d.cause, func.count().label("n"), func.max(_d.id).label("example"))
        .where(_d.campaign_id == campaign_id, _PROBLEM)
        .group_by(_d.state, _d.cause)
        .order_by(func.count().desc(), _d.state, _d.cause)
        .limit(limit)
    ).all()
    query = select(_d.id, _d.reason).where(among(u, _d.id, [row.example for row in found]))
    words = {row.id: row.reason for row in u.connection.execute(query)}
    return [Cause(S(row.state), row.cause, int(row.n), row.example, words.get(row.example, "")) for row in found]


def skipped(u: Unit, campaign_id: int) -> dict[str, int]:
    """Skipped deliveries by reason, the commonest first."""
    rows = u.connection.execute(
        select(_d.cause, func.count())
        .where(_d.campaign_id == campaign_id, _PROBLEM, text("delivery.state = 'skipped'"))
        .group_by(_d.cause)
        .order_by(func.count().desc(), _d.cause)
    )
    return {reason: int(n) for reason, n in rows}


def failed(u: Unit, campaign_id: int, cause: str | None = None) -> int:
    """How many deliveries failed, of one cause or (None) of any."""
    query = select(func.count()).where(_d.campaign_id == campaign_id, _PROBLEM, text("delivery.state = 'failed'"))
    return int(u.connection.scalar(query if cause is None else query.where(_d.cause == cause)) or 0)


def requeue_failed(
    u: Unit, campaign_id: int, cause: str | None, failed_until: datetime, limit: int, now: datetime
) -> int:
    """Queue up to `limit` deliveries again that failed until that moment; how many. Repeat until 0.

    They are as new, except for their identity: the mail has the same Message-ID.
    """
    query = (
        select(_d.id, _d.batch_no, _d.started_at, _d.state_at)
        .where(_d.campaign_id == campaign_id, _PROBLEM, text("delivery.state = 'failed'"))
        .where(_d.state_at <= failed_until)
        .limit(limit)
    )
    found = u.connection.execute(query if cause is None else query.where(_d.cause == cause)).all()
    ours = tallies.hold_free(u, {(campaign_id, row.batch_no) for row in found})
    free = [row.id for row in found if (campaign_id, row.batch_no) in ours]
    done = u.connection.execute(
        update(schema.delivery)
        .where(among(u, _d.id, free), _d.state == "failed")
        .values(state="queued", state_at=now, reason="", cause="", attempts=0, due_at=None, started_at=None)
        .returning(_d.id)
    )
    ids = set(done.scalars())
    moved = [row for row in found if row.id in ids]
    batches: Sequence[int] = [row.batch_no for row in moved]
    tallies.moved(u, [(campaign_id, number) for number in batches], S.FAILED, S.QUEUED)
    ledger.count(u, campaign_id, [(S.FAILED, row.started_at or row.state_at) for row in moved], -1)
    tallies.reopen(u, campaign_id, batches)
    return len(moved)
