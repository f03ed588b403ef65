"""The kill switch, pulled at random moments of a send: no mail begins two seconds later, whoever dies meanwhile."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.services import campaigns, limits
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.faults.crew import Crew
from tests.faults.crowd import IN_FLIGHT, books, launched_to, real_clock, tier, until
from tests.faults.sender import Order
from tests.sinks.smtp import Later, Sink

S = DeliveryState
TRIALS = {"sqlite_store": tier(2, 100), "postgres_store": tier(2, 100)}
PACE_S = 0.3
"""How long the server takes for each mail, so that a group lasts for seconds."""
A_TRIAL = 60
"""Mails that may leave in one trial, on any machine."""
WITHIN_S, LOADED_S = 2.0, 1.0
"""The promise, and what a machine that does much else may be late by."""
LOOKED_S = 0.7
"""How long a sender that was started while the switch is pulled is watched."""


@pytest.mark.parametrize("kind", list(TRIALS))
def test_no_mail_begins_two_seconds_after_the_switch_was_pulled_nor_after_a_kill(
    request: pytest.FixtureRequest, make_desk: Callable[[Store], Desk], senders: Crew, kind: str
) -> None:
    store, trials = request.getfixturevalue(kind), TRIALS[kind]
    desk = replace(make_desk(store), now=real_clock)
    chance, pause = random.Random(trials), threading.Event()
    slow = Later("250 2.0.0 OK", PACE_S)
    pulled: list[tuple[float, float]] = []
    paced = [True]
    with Sink(lambda stage, _: slow if stage == "dot" and paced[0] else None).serving() as sink:
        campaign = launched_to(desk, trials * (A_TRIAL + IN_FLIGHT), sink.url)
        order = Order(store.url.render_as_string(hide_password=False), campaign.id, wait=True)
        for _ in range(trials):
            enough = len(sink.begun) + chance.randint(1, 20)
            sender = senders.start(order)
            until(lambda enough=enough: len(sink.begun) >= enough)  # type: ignore[misc]
            pause.wait(chance.random() * PACE_S)
            limits.stop(desk, "Something is wrong.")
            at = time.monotonic()
            pause.wait(chance.choice((0, WITHIN_S + LOADED_S + LOOKED_S)))
            senders.kill(sender)
            again = senders.start(order)
            pause.wait(max(at + WITHIN_S + LOADED_S - time.monotonic(), 0) + LOOKED_S)
            assert senders.alive(again), "it waits for the switch to be lifted"
            assert limits.stopped(desk) is not None
            senders.kill(again)
            pulled.append((at, time.monotonic()))
            limits.lift(desk, "It was nothing.")
        paced[0] = False
        assert senders.run(order) == 0
        moments = [moment for _, moment in sink.begun]
    late = [moment - at for at, lifted in pulled for moment in moments if at + WITHIN_S + LOADED_S < moment < lifted]
    found = books(store, campaign.id, sink.kept)
    assert late == []
    assert found.balanced()
    assert len(found.of(S.IN_DOUBT)) <= trials * IN_FLIGHT
    assert found.of(S.SENT, S.IN_DOUBT) == set(found.rows)
    assert campaigns.campaign(desk, campaign.id).state is CampaignState.FINISHED
