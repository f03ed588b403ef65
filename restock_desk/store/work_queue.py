"""Jobs for send workers: one for each batch of a campaign, put into the engine's tables in the caller's transaction.

PostgreSQL only; on SQLite there is no engine and nothing happens here. A job is a reminder, never the truth: whoever
runs it claims the batch in the ledger first, so that a job too many does nothing and `enqueue_due` makes up for one
too few. The engine's tables are its own; we read them, and write through it.
"""

from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from restock_desk.errors import DeskError
from restock_desk.store import schema
from restock_desk.store.clock import clock
from restock_desk.store.database import Store, Unit

if TYPE_CHECKING:
    from procrastinate import PsycopgConnector

QUEUE, TASK = "sends", "send_batch"
MOST_AT_ONCE = 10_000
_HASHED = 8
"""Bytes of an address in its queue's name: a server's names have 63 bytes at most."""
_WITHOUT_JOB = """not exists (select 1 from procrastinate_jobs j
  where j.status = 'todo' and j.queueing_lock = 'batch:' || b.campaign_id || ':' || b.batch_no)"""
_HERE = "c.transport not like 'outbox:%' and c.origin <> 'resend'"
"""An outbox is a folder of whoever launched, and support waits for a mail it sends again: no worker's work at once."""

_OF_CAMPAIGN = f"""select b.campaign_id, b.batch_no, c.grace_until, c.transport
from send_batch b join campaign c on c.id = b.campaign_id
where b.campaign_id = :campaign and b.state < 2 and {_HERE} and {_WITHOUT_JOB} order by b.batch_no"""

_DUE = f"""select b.campaign_id, b.batch_no, cast(null as bigint) as grace_until, c.transport
from send_batch b join campaign c on c.id = b.campaign_id
where c.state = 'running' and (c.grace_until is null or c.grace_until <= :now) and c.transport not like 'outbox:%'
  and not exists (select 1 from setting where key = 'moved_to')
  and b.state < 2 and ((b.state = 0 and (b.due_at is null or b.due_at <= :now))
    or (b.state = 1 and b.lease_until <= {{clock}})) and {_WITHOUT_JOB}
  and not exists (select 1 from procrastinate_jobs j join procrastinate_workers w on w.id = j.worker_id
    where j.status = 'doing' and j.queueing_lock = 'batch:' || b.campaign_id || ':' || b.batch_no
      and w.last_heartbeat > now() - interval '30 s')
order by b.campaign_id, b.batch_no limit {MOST_AT_ONCE}"""


def queue_of(transport: str) -> str:
    """The queue of the server or account by which this transport's mail leaves: a slow one holds up its own only."""
    return f"{QUEUE}:{blake2b(transport.partition('?')[0].encode(), digest_size=_HASHED).hexdigest()}"


def queues(u: Unit) -> set[str]:
    """The queues that hold jobs now, waiting or at work."""
    query = "select distinct queue_name from procrastinate_jobs where status in ('todo','doing') and task_name = :task"
    return set(u.connection.scalars(text(query), {"task": TASK}))


def enqueue(u: Unit, campaign_id: int) -> int:
    """A job for each open batch of a campaign that has none, due when its grace period ends; how many."""
    return 0 if u.sqlite else _enqueue(u, _OF_CAMPAIGN, {"campaign": campaign_id})


def enqueue_due(u: Unit, now: datetime) -> int:
    """A job for whatever could be claimed now and has none: retries that are due, leases that ended, campaigns that
    were resumed, jobs that were lost. How many."""
    return 0 if u.sqlite else _enqueue(u, _DUE.format(clock=clock(u)), {"now": schema.micros(now)})


def counts(u: Unit) -> dict[str, int]:
    """Jobs by the engine's status."""
    if u.sqlite:
        return {}
    rows = u.connection.execute(text("select cast(status as text), count(*) from procrastinate_jobs group by status"))
    return {str(status): int(n) for status, n in rows}


def forget_ended(u: Unit, after_hours: int) -> int:
    """Remove jobs that ended so long ago, however they ended; how many. What succeeded is removed at once."""
    if u.sqlite:
        return 0
    return u.connection.execute(
        text(
            """delete from procrastinate_jobs j where j.status not in ('todo','doing') and not exists (
              select 1 from procrastinate_events e
              where e.job_id = j.id and e.at > now() - make_interval(hours => :h))"""
        ),
        {"h": after_hours},
    ).rowcount


def connector(store: Store) -> "PsycopgConnector":
    """How the engine of a worker reaches the store's database: by watched connections of its own, few of them."""
    from procrastinate import PsycopgConnector

    from restock_desk.store.lifeline import WatchedAsync

    lifeline = store.lifeline
    if lifeline is None:
        raise DeskError("Send workers need a shared PostgreSQL.", "On SQLite the window and `send` deliver themselves.")

    async def watch(connection: WatchedAsync) -> None:
        lifeline.watch(connection)

    options = {**lifeline.options, "application_name": "restock-desk worker"}
    return PsycopgConnector(
        conninfo=options.pop("conninfo", ""),
        kwargs=options,
        connection_class=WatchedAsync,
        configure=watch,
        min_size=1,
        max_size=6,
        timeout=8,
        reconnect_timeout=8,
    )


def _enqueue(u: Unit, query: str, values: dict[str, Any]) -> int:
    try:
        from procrastinate import App, SyncPsycopgConnector
        from procrastinate.jobs import Job
    except ImportError:  # a desktop without the part for servers: a worker finds the batches by itself, a little later
        return 0
    # One at a time: two that saw the same batch without a job would both make one, and the second would fail.
    u.connection.execute(text("select pg_advisory_xact_lock(hashtext('restock-desk.enqueue'))"))
    jobs = [
        Job(
            id=None,
            queue=queue_of(row.transport),
            lock=None,
            queueing_lock=f"batch:{row.campaign_id}:{row.batch_no}",
            task_name=TASK,
            task_kwargs={"campaign_id": row.campaign_id, "batch_no": row.batch_no},
            scheduled_at=None if row.grace_until is None else schema.instant(row.grace_until),
        )
        for row in u.connection.execute(text(query), values)
    ]
    if jobs:
        app = App(connector=SyncPsycopgConnector())
        app.job_manager.batch_defer_jobs(jobs=jobs, connection=u.connection.connection.driver_connection)
    return len(jobs)
