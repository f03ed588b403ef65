"""A sender that is killed at random moments: nobody is lost, nobody is mailed twice, every unknown one is in doubt."""

import random
import signal
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.services import campaigns
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.campaigning import interest_states
from tests.faults.crew import Crew
from tests.faults.crowd import IN_FLIGHT, LONG, books, launched_to, real_clock, until
from tests.faults.sender import Order
from tests.sinks.smtp import RESET, Sink

S = DeliveryState
CASES = (
    [("sqlite_store", 50_000, 200), ("postgres_store", 50_000, 200)]
    if LONG
    else [("sqlite_store", 2_500, 10), ("postgres_store", 1_200, 5)]
)
RESETS = 0.003
"""The share of mails after whose end the server resets the connection, without a word on whether it has them."""


@pytest.mark.parametrize(("kind", "people", "kills"), CASES)
def test_a_killed_sender_loses_nobody_and_mails_nobody_twice(
    request: pytest.FixtureRequest,
    make_desk: Callable[[Store], Desk],
    kind: str,
    people: int,
    kills: int,
    senders: Crew,
) -> None:
    store = request.getfixturevalue(kind)
    desk = replace(make_desk(store), now=real_clock)
    chance = random.Random(kills)
    resets = {n for n in range(people) if chance.random() < RESETS}
    with Sink(lambda stage, n: RESET if stage == "dot" and n in resets else None).serving() as sink:
        campaign = launched_to(desk, people, sink.url)
        order = Order(store.url.render_as_string(hide_password=False), campaign.id)
        made = sum(_killed_soon(senders, order, sink, chance) for _ in range(kills))
        assert senders.run(order) == 0
    found = books(store, campaign.id, sink.kept)

    assert campaigns.campaign(desk, campaign.id).state is CampaignState.FINISHED
    assert found.balanced()
    assert made > kills // 2, "so much was in doubt that nothing was left to send"
    doubts = found.of(S.IN_DOUBT)
    assert len(found.of(S.SENT)) + len(doubts) == len(found.rows) == people
    assert 0 < len(doubts) <= kills * IN_FLIGHT + len(resets)
    assert len(campaigns.doubts(desk, campaign.id)) == min(len(doubts), 1_000), "each doubt is shown to staff"
    assert interest_states(store).count("waiting") == len(doubts)


def _killed_soon(senders: Crew, order: Order, sink: Sink, chance: random.Random) -> bool:
    """Let one send until the sink has taken some mails more, and a random moment longer. False: it ended before."""
    enough = len(sink.taken) + chance.randint(1, 80)
    sender = senders.start(order)
    until(lambda: len(sink.taken) >= enough or not senders.alive(sender))
    threading.Event().wait(chance.random() * 0.02)
    senders.kill(sender)
    return senders.codes[sender] == -signal.SIGKILL
