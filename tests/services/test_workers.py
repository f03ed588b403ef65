"""Who sends what: this desk or the workers; and the upkeep that keeps everything moving."""

import threading
from collections.abc import Callable

import pytest

from restock_desk.domain.campaigns import CampaignState
from restock_desk.domain.workers import Worker
from restock_desk.jobs import CancelToken, Progress
from restock_desk.services import campaigns, delivery, monitoring, templates, workers
from restock_desk.services.desk import Desk
from restock_desk.store import Store, amends, ledger
from tests.builders import NOW, restock
from tests.campaigning import DRAFT, Scripted, launched, leases_end, states
from tests.conftest import Logged
from tests.fakes import FixedClock

SERVER = "smtp://127.0.0.1:1"
WORKER = Worker("mill:77:1", "mill", 77, 4, NOW, NOW, busy=3, sent=1_200, batches=6, rate_per_s=41.5)


@pytest.fixture
def shared(postgres_store: Store, make_desk: Callable[[Store], Desk]) -> Desk:
    return make_desk(postgres_store)


def test_a_worker_that_said_nothing_for_a_while_is_gone(shared: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    workers.beat(shared, WORKER)
    (one,) = workers.alive(shared)
    assert (one.host, one.pid, one.sent, one.rate_per_s) == ("mill", 77, 1_200, 41.5)
    monkeypatch.setattr(workers, "ALIVE_S", -1)
    assert workers.alive(shared) == []


def test_a_worker_that_ends_says_goodbye(shared: Desk) -> None:
    workers.beat(shared, WORKER)
    workers.farewell(shared, WORKER.name)
    assert workers.alive(shared) == []


def test_on_a_file_there_are_no_workers_and_the_desk_sends(desk: Desk) -> None:
    campaign = launched(desk, transport=SERVER)
    assert workers.alive(desk) == []
    assert workers.turn(desk) == workers.Turn((campaign.id,), ())


def test_with_workers_alive_the_desk_keeps_its_own_folder_only(shared: Desk) -> None:
    mine = launched(shared, people=2)
    assert workers.turn(shared) == workers.Turn((mine.id,), ())
    workers.beat(shared, WORKER)
    assert workers.turn(shared) == workers.Turn((mine.id,), ())
    campaigns.cancel(shared, mine.id)
    theirs = launched_elsewhere(shared)
    assert workers.turn(shared) == workers.Turn((), (theirs,))


def test_watching_ends_with_the_campaign(shared: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WATCH_S", 0.01)
    campaign = launched(shared, people=5, transport=SERVER)
    workers.beat(shared, WORKER)
    told: list[Progress] = []
    begun = threading.Event()

    def tell(progress: Progress) -> None:
        told.append(progress)
        if not begun.is_set():
            begun.set()
            delivery.deliver(shared, campaign.id, CancelToken(), wait=False, transport=Scripted())

    report = workers.carry_out(shared, campaign.id, CancelToken(), tell)
    assert (report.state, report.sent) == (CampaignState.FINISHED, 5)
    assert (told[0].done, told[-1].done) == (0, 5)


def test_upkeep_takes_back_what_a_dead_worker_held_and_gives_it_a_job(
    shared: Desk, clock: FixedClock, expect_logs: Logged
) -> None:
    expect_logs("their sender died")
    campaign = launched(shared, people=4, transport=SERVER)
    with shared.store.unit() as u:
        lease = ledger.claim(u, campaign.id, "elsewhere:7:1", shared.now())
        assert lease is not None
        ledger.start(u, lease, [(lease.rows[0].id, "hash")], shared.now())
        u.commit()
    workers.upkeep(shared)
    assert states(shared, campaign.id) == {"claimed": 3, "started": 1}
    leases_end(shared.store, clock)
    workers.upkeep(shared)
    assert states(shared, campaign.id) == {"queued": 3, "in_doubt": 1}


def test_upkeep_calls_finished_what_is(shared: Desk) -> None:
    campaign = launched(shared, people=1, transport=SERVER)
    with shared.store.unit() as u:
        amends.skip_rest(u, campaign.id, "stock_gone", 10, shared.now())
        u.commit()
    workers.upkeep(shared)
    assert campaigns.campaign(shared, campaign.id).state is CampaignState.FINISHED


def test_delivering_one_batch_reports_that_batch_only(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=4)
    report = delivery.deliver(any_desk, campaign.id, CancelToken(), transport=Scripted(), batch_no=0)
    assert (report.sent, report.state) == (4, CampaignState.FINISHED)
    again = delivery.deliver(any_desk, campaign.id, CancelToken(), transport=Scripted(), batch_no=0)
    assert again.sent == 0


def test_the_figures_tell_what_waits_what_was_sent_and_who_works(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=6)
    lines = monitoring.metrics(any_desk).splitlines()
    assert 'restock_desk_deliveries{state="queued"} 6' in lines
    assert 'restock_desk_batches{state="open"} 1' in lines
    delivery.deliver(any_desk, campaign.id, CancelToken(), transport=Scripted(), wait=False)
    lines = monitoring.metrics(any_desk).splitlines()
    assert {'restock_desk_deliveries{state="sent"} 6', "restock_desk_up 1", "restock_desk_lag_seconds 0"} <= {*lines}
    if any_desk.store.dialect == "postgresql":
        workers.beat(any_desk, WORKER)
        lines = monitoring.metrics(any_desk).splitlines()
        assert 'restock_desk_worker_sent_total{host="mill",pid="77"} 1200' in lines
        assert "restock_desk_send_rate 41.5" in lines
    assert "@" not in "".join(lines), "no address"


def launched_elsewhere(desk: Desk) -> int:
    """A campaign through a mail server, to the people of one that was cancelled."""
    event = restock(desk.store, "TEE-M")
    review = campaigns.review(desk, (event.id,), templates.create(desk, "Other", DRAFT).id)
    return campaigns.launch(desk, review, SERVER).id
