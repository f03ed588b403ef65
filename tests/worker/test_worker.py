"""Send workers as processes: they deliver what is queued, and no end of one, or of the database, costs a mail."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from restock_desk.domain.campaigns import CampaignState
from restock_desk.services import campaigns, workers
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.campaigning import states
from tests.smtp_sink import Sink
from tests.worker.working import address, queued, until, worker


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


def test_a_killed_worker_costs_a_minute_at_most_and_nothing_else(shared: Desk, tmp_path: Path) -> None:
    with Sink().serving() as sink:
        campaign = queued(shared, 2_000, sink.url)
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
        assert len(doubts) <= 4 * 16
