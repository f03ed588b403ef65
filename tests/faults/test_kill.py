"""A sender that is killed at random moments: nobody is lost, nobody is mailed twice, every unknown one is in doubt."""

import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.services import campaigns, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.campaigning import DRAFT, interest_states, many_waiting
from tests.conftest import Logged
from tests.smtp_sink import Sink

ROOT = Path(__file__).parent.parent.parent
S = DeliveryState
IN_FLIGHT = 16


@pytest.mark.parametrize(("kind", "people", "kills"), [("sqlite", 5_000, 20), ("postgresql", 1_200, 5)])
def test_a_killed_sender_loses_nobody_and_mails_nobody_twice(
    request: pytest.FixtureRequest,
    make_desk: Callable[[Store], Desk],
    expect_logs: Logged,
    kind: str,
    people: int,
    kills: int,
) -> None:
    expect_logs("their sender died")
    store = request.getfixturevalue("sqlite_store" if kind == "sqlite" else "postgres_store")
    desk = replace(make_desk(store), now=lambda: datetime.now(UTC))
    chance = random.Random(kills)
    event_id = many_waiting(store, people)
    review = campaigns.review(desk, (event_id,), templates.create(desk, "Back", DRAFT).id)
    with Sink().serving() as sink:
        campaign = campaigns.launch(desk, review, sink.url)
        url = store.url.render_as_string(hide_password=False)
        for number in range(kills):
            _run_and_kill(url, campaign.id, sink, people * (number + 1) // (kills + 1), chance)
        _run(url, campaign.id).wait(timeout=60)
    taken = Counter(recipient for recipient, _ in sink.taken)
    counts = campaigns.tally(desk, campaign.id).states
    doubts = {doubt.email for doubt in campaigns.doubts(desk, campaign.id)}
    everybody = {f"p{number}@example.com" for number in range(people)}

    assert campaigns.campaign(desk, campaign.id).state is CampaignState.FINISHED
    assert [email for email, n in taken.items() if n > 1] == [], "mailed twice"
    assert everybody - set(taken) <= doubts, "neither mailed nor in doubt"
    assert counts[S.SENT] + counts[S.IN_DOUBT] == sum(counts.values()) == people
    assert len(doubts) == counts[S.IN_DOUBT] <= kills * IN_FLIGHT
    assert len(doubts) > 0, "the kills hit nothing: the test proves nothing"
    assert interest_states(store).count("waiting") == counts[S.IN_DOUBT]


def _run(url: str, campaign_id: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.faults.sender", url, str(campaign_id)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def _run_and_kill(url: str, campaign_id: int, sink: Sink, at: int, chance: random.Random) -> None:
    """Let it send until the sink has taken `at` mails, and a random moment longer."""
    sender = _run(url, campaign_id)
    tick = threading.Event()
    while len(sink.taken) < at and sender.poll() is None:
        tick.wait(0.002)
    tick.wait(chance.random() * 0.02)
    sender.send_signal(signal.SIGKILL)
    sender.wait(timeout=10)
