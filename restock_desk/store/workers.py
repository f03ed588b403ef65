"""Which send workers live: each writes its row every few seconds, and a row that grows old is a worker that is gone."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from restock_desk.domain.workers import Worker
from restock_desk.store import schema
from restock_desk.store.clock import at_clock, read_clock
from restock_desk.store.database import Unit

_w = schema.worker.c


def beat(u: Unit, worker: Worker, now: datetime) -> None:
    """Write down that this worker lives, with its figures. Its own times are not read: both go by the leases' clock."""
    at = read_clock(u, now)
    values = {
        "seen_at": at, "busy": worker.busy, "n_sent": worker.sent, "n_batches": worker.batches,
        "n_errors": worker.errors, "n_reconnects": worker.reconnects, "rate_per_s": worker.rate_per_s,
    }  # fmt: skip
    done = u.connection.execute(update(schema.worker).where(_w.name == worker.name).values(values))
    if not done.rowcount:
        fixed = {"name": worker.name, "host": worker.host, "pid": worker.pid, "slots": worker.slots, "since": at}
        u.connection.execute(insert(schema.worker).values(fixed | values))


def alive(u: Unit, within_s: float, now: datetime) -> list[Worker]:
    """Workers seen within so many seconds, by host and process."""
    query = select(schema.worker).where(_w.seen_at >= at_clock(u, now, -within_s)).order_by(_w.host, _w.pid)
    return [
        Worker(
            row.name, row.host, row.pid, row.slots, row.since, row.seen_at, row.busy, row.n_sent, row.n_batches,
            row.n_errors, row.n_reconnects, row.rate_per_s,
        )
        for row in u.connection.execute(query)
    ]  # fmt: skip


def forget(u: Unit, name: str) -> None:
    """This worker has ended."""
    u.connection.execute(delete(schema.worker).where(_w.name == name))


def forget_gone(u: Unit, after: timedelta, now: datetime) -> None:
    """Remove the rows of workers that were not seen for so long."""
    u.connection.execute(delete(schema.worker).where(_w.seen_at < at_clock(u, now, -after.total_seconds())))
