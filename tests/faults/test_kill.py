"""A sender that is killed at random moments: nobody is lost, nobody is mailed twice, every unknown one is in doubt."""

import os
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
from subprocess import PIPE

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
QUICK = [("sqlite", 5_000, 20), ("postgresql", 1_200, 5)]
LONG = [("sqlite", 50_000, 200), ("postgresql", 50_000, 200)]
CASES = LONG if os.environ.get("RESTOCK_DESK_FAULTS") == "long" else QUICK
"""`make faults` runs the long ones; every other run the quick ones."""


@pytest.mark.parametrize(("kind", "people", "kills"), CASES)
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
        command = [sys.executable, "-m", "tests.faults.sender", url, str(campaign.id)]
        with subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as senders:
            for at in sorted(chance.sample(range(10, people - 300), kills)):
                _kill_after(senders, sink, at, chance)
            _started(senders)
            _ended(senders)
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


def _started(senders: subprocess.Popen[str]) -> int:
    """Have another sender started; its process number."""
    assert senders.stdin is not None
    assert senders.stdout is not None
    senders.stdin.write("go\n")
    senders.stdin.flush()
    return int(senders.stdout.readline())


def _ended(senders: subprocess.Popen[str]) -> None:
    assert senders.stdout is not None
    assert senders.stdout.readline() == "ended\n"


def _kill_after(senders: subprocess.Popen[str], sink: Sink, at: int, chance: random.Random) -> None:
    """Let one send until the sink has taken `at` mails, and a random moment longer."""
    sender = _started(senders)
    tick = threading.Event()
    for _ in range(10_000):
        if len(sink.taken) >= at:
            break
        tick.wait(0.002)
    tick.wait(chance.random() * 0.02)
    os.kill(sender, signal.SIGKILL)
    _ended(senders)
