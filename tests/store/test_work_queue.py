"""Jobs for send workers: written with the launch or not at all, one a batch, and made up for when one is missing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import text, update

from restock_desk.services import campaigns, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, ledger, schema, work_queue
from restock_desk.store import campaigns as stored
from tests.campaigning import DRAFT, launched, leases_end, many_waiting
from tests.fakes import FixedClock
from tests.worker.working import queued

SERVER = "smtp://127.0.0.1:1"
VERSIONS = Path(stored.__file__).parent / "migrations" / "versions"


@pytest.fixture
def shared(postgres_store: Store, make_desk: Callable[[Store], Desk]) -> Desk:
    return make_desk(postgres_store)


def jobs(store: Store) -> list[str]:
    """What the waiting jobs are about."""
    with store.reading() as u:
        query = "select queueing_lock from procrastinate_jobs where status = 'todo' order by id"
        return [str(row[0]) for row in u.connection.execute(text(query))]


def run_all(store: Store) -> None:
    """As if workers had done every job, and somehow nothing had come of it."""
    with store.unit() as u:
        u.connection.execute(text("delete from procrastinate_jobs"))
        u.commit()


def make_up(desk: Desk) -> int:
    with desk.store.unit() as u:
        made = work_queue.enqueue_due(u, desk.now())
        u.commit()
    return made


def test_a_launch_leaves_one_job_for_each_batch(shared: Desk) -> None:
    queued(shared, 1_050, SERVER)
    assert jobs(shared.store) == ["batch:1:0", "batch:1:1", "batch:1:2"]


def test_a_launch_that_is_rolled_back_leaves_no_job(shared: Desk) -> None:
    campaign = queued(shared, 3, SERVER)
    run_all(shared.store)
    with shared.store.unit() as u:
        assert work_queue.enqueue(u, campaign.id) == 1
    assert jobs(shared.store) == []


def test_jobs_wait_for_the_end_of_the_grace_period(shared: Desk) -> None:
    event_id = many_waiting(shared.store, 3)
    review = campaigns.review(shared, (event_id,), templates.create(shared, "Back", DRAFT).id)
    campaign = campaigns.launch(shared, review, SERVER, grace_s=10)
    with shared.store.reading() as u:
        due = u.connection.scalar(text("select scheduled_at from procrastinate_jobs"))
    assert due == campaign.grace_until


def test_mail_into_a_folder_of_one_machine_is_no_work_for_workers(shared: Desk) -> None:
    launched(shared)
    assert jobs(shared.store) == []
    assert make_up(shared) == 0


def test_a_batch_without_a_job_gets_one_and_only_one(shared: Desk, clock: FixedClock) -> None:
    campaign = launched(shared, transport=SERVER)
    assert make_up(shared) == 0, "it has one"
    run_all(shared.store)
    assert (make_up(shared), make_up(shared)) == (1, 0)
    run_all(shared.store)
    with shared.store.unit() as u:
        assert ledger.claim(u, campaign.id, "far:1:1", shared.now(), batch_no=0) is not None
        u.commit()
    assert make_up(shared) == 0, "somebody is at work on it"
    leases_end(shared.store, clock)
    assert make_up(shared) == 1, "that somebody is gone"


def test_a_paused_campaign_gets_no_jobs_and_a_resumed_one_does_at_once(shared: Desk) -> None:
    campaign = launched(shared, transport=SERVER)
    run_all(shared.store)
    campaigns.pause(shared, campaign.id)
    assert make_up(shared) == 0
    campaigns.resume(shared, campaign.id)
    assert jobs(shared.store) == ["batch:1:0"]


def test_a_retry_gets_its_job_when_it_is_due(shared: Desk, clock: FixedClock) -> None:
    launched(shared, transport=SERVER)
    run_all(shared.store)
    with shared.store.unit() as u:
        u.connection.execute(update(schema.send_batch).values(due_at=clock.now()))
        u.commit()
    clock.advance(-5)
    assert make_up(shared) == 0
    clock.advance(5)
    assert make_up(shared) == 1


def test_a_given_batch_is_claimed_or_none(any_desk: Desk) -> None:
    campaign = queued(any_desk, 1_050, SERVER)
    with any_desk.store.unit() as u:
        lease = ledger.claim(u, campaign.id, "a:1:1", any_desk.now(), batch_no=1)
        assert lease is not None
        assert (lease.batch_no, len(lease.rows)) == (1, 500)
        assert ledger.claim(u, campaign.id, "b:1:1", any_desk.now(), batch_no=1) is None
        assert ledger.claim(u, campaign.id, "b:1:1", any_desk.now(), batch_no=7) is None
        u.commit()


def test_the_engines_tables_are_those_of_the_locked_engine() -> None:
    frozen = (VERSIONS / "r0001_engine.postgresql.sql").read_text(encoding="utf-8")
    shipped = SchemaManager.get_schema().strip().splitlines()
    assert frozen.splitlines() == [line.rstrip() for line in shipped], "a newer engine needs a revision of its tables"
