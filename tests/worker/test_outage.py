"""The database goes away under a working worker: it goes on by itself, and nobody is lost, doubled or in doubt."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from restock_desk.domain.campaigns import CampaignState
from restock_desk.services import campaigns, workers
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store, upgrade
from tests.campaigning import states
from tests.postgres import Server, started
from tests.sinks.smtp import Sink
from tests.worker.proxy import Proxy
from tests.worker.working import address, queued, until, worker

PEOPLE, RATE = 3_000, 200


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL that a test may stop."""
    with started() as server:
        yield server


@pytest.fixture
def shared(server: Server, make_desk: Callable[[Store], Desk]) -> Iterator[Desk]:
    """A desk on that server, by the real clock."""
    server.run("create database shop")
    store = open_store(server.url("shop"))
    upgrade.upgrade(store)
    yield replace(make_desk(store), now=lambda: datetime.now(UTC))
    store.close()


@pytest.mark.slow
def test_a_restarted_database_costs_half_a_minute_and_nothing_else(
    server: Server, shared: Desk, tmp_path: Path
) -> None:
    with Sink().serving() as sink, worker(address(shared), tmp_path):
        campaign = queued(shared, PEOPLE, f"{sink.url}?connections=2", RATE)
        until(lambda: len(sink.taken) > 500)
        server.stop()
        threading.Event().wait(5)
        before = len(sink.taken)
        server.start()
        assert until(lambda: len(sink.taken) > before + 100) < 30
        until(lambda: campaigns.campaign(shared, campaign.id).state is CampaignState.FINISHED)
        assert states(shared, campaign.id) == {"sent": PEOPLE}
        assert set(Counter(recipient for recipient, _ in sink.taken).values()) == {1}
        until(lambda: workers.alive(shared)[0].reconnects > 0)


@pytest.mark.slow
def test_a_silent_network_costs_no_more_than_its_silence(server: Server, shared: Desk, tmp_path: Path) -> None:
    with Sink().serving() as sink, Proxy(server.port).serving() as proxy:
        behind = address(shared).replace(f":{server.port}/", f":{proxy.port}/")
        with worker(behind, tmp_path):
            campaign = queued(shared, PEOPLE, f"{sink.url}?connections=2", RATE)
            until(lambda: len(sink.taken) > 500)
            proxy.silence()
            threading.Event().wait(18)
            before = len(sink.taken)
            proxy.pass_on()
            assert until(lambda: len(sink.taken) > before + 100) < 30
            until(lambda: campaigns.campaign(shared, campaign.id).state is CampaignState.FINISHED)
        assert max(Counter(recipient for recipient, _ in sink.taken).values()) == 1
        doubts = len(campaigns.doubts(shared, campaign.id))
        assert states(shared, campaign.id) == {"sent": PEOPLE - doubts} | ({"in_doubt": doubts} if doubts else {})
        assert doubts <= 2 * 2 * 40, "at most what was started when the answer to that was lost"
