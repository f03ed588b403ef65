"""Send workers as processes: they deliver what is queued, and no end of one, or of the database, costs a mail."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from restock_desk.domain.campaigns import CampaignState
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, workers
from restock_desk.services.desk import Desk
from restock_desk.store import Store, schema
from restock_desk.worker import listen, run
from tests.campaigning import states
from tests.faults.crowd import launched_to
from tests.sinks.smtp import Later, Sink
from tests.worker.working import address, queued, until, worker

RATE = 200
"""Mails a second where a campaign must last until somebody is killed, and end soon on any machine."""


@pytest.fixture
def shared(postgres_store: Store, make_desk: Callable[[Store], Desk]) -> Desk:
    """A desk on a shared database, by the real clock."""
    return replace(make_desk(postgres_store), now=lambda: datetime.now(UTC))


def finished(desk: Desk, campaign_id: int) -> Callable[[], bool]:
    return lambda: campaigns.campaign(desk, campaign_id).state is CampaignState.FINISHED


def test_a_worker_delivers_what_is_launched_elsewhere_and_says_that_it_lives(shared: Desk, tmp_path: Path) -> None:
    with Sink().serving() as sink, worker(address(shared), tmp_path) as process:
        until(lambda: bool(workers.alive(shared)))
        campaign = queued(shared, 1_000, sink.url)
        assert workers.turn(shared) == workers.Turn((), (campaign.id,))
        until(finished(shared, campaign.id))
        assert [one.pid for one in workers.alive(shared)] == [process.pid]
        assert set(Counter(recipient for recipient, _ in sink.taken).values()) == {1}
        assert states(shared, campaign.id) == {"sent": 1_000}
    assert process.returncode == 0
    assert workers.alive(shared) == [], "it said goodbye"


@pytest.mark.slow
def test_a_killed_worker_costs_a_minute_at_most_and_nothing_else(shared: Desk, tmp_path: Path) -> None:
    with Sink().serving() as sink:
        campaign = queued(shared, 2_000, f"{sink.url}?connections=2", RATE)
        with worker(address(shared), tmp_path) as process:
            until(lambda: len(sink.taken) > 300)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        with worker(address(shared), tmp_path):
            took = until(finished(shared, campaign.id), 70)
        counted = Counter(recipient for recipient, _ in sink.taken)
        doubts = {doubt.email for doubt in campaigns.doubts(shared, campaign.id)}
        assert took < 60
        assert max(counted.values()) == 1
        assert {f"p{number}@example.com" for number in range(2_000)} - set(counted) <= doubts
        assert len(doubts) <= 2 * 2 * 40, "two groups of each of two slots"


def test_a_tarpit_on_one_route_leaves_the_others_of_a_worker_alone(shared: Desk, tmp_path: Path) -> None:
    """Its batches would hold every slot there is, if slots were not each route's own."""
    over = threading.Event()
    stuck = Later("220 sink.example ESMTP", until=over)
    with (
        Sink(lambda stage, _: stuck if stage == "greeting" else None).serving() as tarpit,
        Sink().serving() as sink,
        worker(address(shared), tmp_path, "--slots", "2", "--metrics", "off"),
    ):
        slow = launched_to(shared, 1_000, tarpit.url, sku="MUG")
        until(lambda: tarpit.connections > 0)
        quick = launched_to(shared, 1_000, sink.url, sku="CUP")
        until(finished(shared, quick.id))
        assert tarpit.taken == []
        assert states(shared, quick.id) == {"sent": 1_000}
        over.set()
        until(finished(shared, slow.id))
    assert states(shared, slow.id) == {"sent": 1_000}
    assert set(Counter(recipient for recipient, _ in [*sink.taken, *tarpit.taken]).values()) == {1}


@pytest.mark.slow
def test_beside_a_tarpit_the_others_keep_nine_tenths_of_their_rate(shared: Desk, tmp_path: Path) -> None:
    """Less a tenth for what two measurements differ by; the server takes its time, so that it is the limit."""
    over = threading.Event()
    stuck, slow = Later("220 sink.example ESMTP", until=over), Later("250 2.0.0 OK", 0.1)
    with (
        Sink(lambda stage, _: stuck if stage == "greeting" else None).serving() as tarpit,
        Sink(lambda stage, _: slow if stage == "dot" else None).serving() as sink,
        worker(address(shared), tmp_path, "--slots", "2", "--metrics", "off"),
    ):
        until(lambda: bool(workers.alive(shared)))
        alone = launched_to(shared, 1_000, f"{sink.url}?connections=2", sku="CUP")
        before = until(finished(shared, alone.id))
        launched_to(shared, 1_000, tarpit.url, sku="MUG")
        until(lambda: tarpit.connections > 0)
        beside = launched_to(shared, 1_000, f"{sink.url}?connections=2", sku="HAT")
        during = until(finished(shared, beside.id))
        over.set()
    assert before / during >= 0.9 - 0.1


def test_a_process_that_dies_is_replaced(shared: Desk, tmp_path: Path) -> None:
    with worker(address(shared), tmp_path, "--metrics", "off", "--processes", "2") as parent:
        until(lambda: len(workers.alive(shared)) == 2)
        first = {one.pid for one in workers.alive(shared)}
        assert parent.pid not in first
        os.kill(min(first), signal.SIGKILL)
        until(lambda: len({one.pid for one in workers.alive(shared)} - first) == 1)
    assert parent.returncode == 0
    assert {one.pid for one in workers.alive(shared)} <= {min(first)}, "the others said goodbye"


def test_a_campaign_that_no_worker_can_send_is_paused_and_says_why(shared: Desk, tmp_path: Path) -> None:
    campaign = queued(shared, 3, "smtp://127.0.0.1:25")
    with shared.store.unit() as u:
        u.connection.execute(schema.campaign.update().values(transport="pigeon:loft"))
        u.commit()
    with worker(address(shared), tmp_path):
        until(lambda: campaigns.campaign(shared, campaign.id).state is CampaignState.PAUSED)
    assert "cannot be read" in campaigns.campaign(shared, campaign.id).pause_reason


def test_figures_and_health_are_answered_on_a_port_of_its_own(shared: Desk) -> None:
    with listen.serving(shared, "127.0.0.1:0") as port, httpx.Client(trust_env=False) as client:
        here = f"http://127.0.0.1:{port}"
        assert "restock_desk_up 1" in client.get(f"{here}/metrics").text
        assert client.get(f"{here}/healthz").status_code == 200
        assert client.get(f"{here}/else").status_code == 404
        with pytest.raises(DeskError, match="cannot listen"), listen.serving(shared, f"127.0.0.1:{port}"):
            pass
    with pytest.raises(DeskError, match="no address"), listen.serving(shared, "nonsense"):
        pass


def test_on_a_file_there_is_nothing_for_a_worker(desk: Desk) -> None:
    with pytest.raises(DeskError, match="need a shared PostgreSQL"):
        run(desk, "", 1, 1, "", CancelToken())


def test_processes_end_when_the_one_that_started_them_is_gone(shared: Desk, tmp_path: Path) -> None:
    with worker(address(shared), tmp_path, "--metrics", "off", "--processes", "2") as parent:
        until(lambda: len(workers.alive(shared)) == 2)
        os.kill(parent.pid, signal.SIGKILL)
        until(lambda: workers.alive(shared) == [], 15)
