"""A server that is slow, or answers nothing at all, holds up its own campaign and nobody else's."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.services import campaigns
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.conftest import Logged
from tests.fakes import FixedClock
from tests.faults.crew import Crew
from tests.faults.crowd import CONNECTIONS, LONG, books, carried_on, impatient, launched_to, paced, real_clock, tier
from tests.faults.sender import Order
from tests.sinks.smtp import Answer, Later, Sink

S = DeliveryState
PEOPLE = tier(100, 3_000)
TIMED = tier(100, 1_500)
ROUTES = 4
SHARE, SLACK = 0.9, 0.1
"""Of their rate alone the other routes keep so much, less what two measurements on one machine differ by."""


def test_a_tarpit_on_one_of_four_routes_leaves_the_others_alone(
    store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    desk = replace(make_desk(store), now=real_clock)
    gives_up = threading.Event()

    def tarpit(stage: str, _: int) -> Answer:
        return Later("220 sink.example ESMTP", until=gives_up) if stage == "greeting" else None

    before = _seconds(senders, desk, "B", [paced() for _ in range(ROUTES - 1)]) if LONG else 0.0
    with Sink(tarpit).serving() as slow:
        stuck = launched_to(desk, PEOPLE, slow.url, sku="SLOW")
        url = store.url.render_as_string(hide_password=False)
        sender = senders.start(Order(url, stuck.id))
        during = _seconds(senders, desk, "D", [paced() for _ in range(ROUTES - 1)])
        assert slow.taken == []
        assert campaigns.campaign(desk, stuck.id).state is CampaignState.RUNNING
        gives_up.set()
        assert senders.wait(sender) == 0
    found = books(store, stuck.id, slow.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)
    assert not LONG or before / during >= SHARE - SLACK


def test_a_server_that_answers_byte_by_byte_gets_each_mail_once(
    store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    desk = replace(make_desk(store), now=real_clock)
    drips = {
        "greeting": "220 sink.example ESMTP", "mail": "250 OK", "rcpt": "250 OK", "data": "354 go on", "dot": "250 OK",
    }  # fmt: skip

    def dripping(stage: str, n: int) -> Answer:
        return Later(drips[stage], byte_s=0.01) if stage in drips and n < 3 else None

    sink = Sink(dripping, ("8BITMIME", "PIPELINING"), receive_buffer=4_096, reading_pause_s=0.002)
    with sink.serving():
        campaign = launched_to(desk, PEOPLE, sink.url)
        assert senders.run(Order(store.url.render_as_string(hide_password=False), campaign.id)) == 0
    found = books(store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)


def test_a_server_that_forgets_what_was_sent_ahead_gets_each_mail_once(
    desk: Desk, clock: FixedClock, expect_logs: Logged
) -> None:
    """It offers PIPELINING and throws away what came before its answer to a final dot, as some do. After the first
    answers that never come, nothing is sent ahead to it any more."""
    expect_logs("answered out of step")
    sink = Sink(offers=("8BITMIME", "PIPELINING"), loses_what_follows_a_dot=True)
    with sink.serving(), impatient(sink, 1) as transport:
        campaign = launched_to(desk, PEOPLE, sink.url)
        assert carried_on(desk, clock, campaign.id, transport).state is CampaignState.FINISHED
    found = books(desk.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)
    assert sink.connections <= 4 * CONNECTIONS + PEOPLE // 100, "beside those that end after a hundred mails"


def test_nobody_speaks_before_the_answer_to_a_server_that_does_not_offer_it(
    sqlite_store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    desk = replace(make_desk(sqlite_store), now=real_clock)
    with Sink(offers=("8BITMIME",)).serving() as sink:
        campaign = launched_to(desk, PEOPLE, sink.url)
        assert senders.run(Order(str(sqlite_store.url), campaign.id)) == 0
    assert len(sink.kept) == PEOPLE
    assert sink.ahead == 0


def _seconds(senders: Crew, desk: Desk, name: str, sinks: list[Sink]) -> float:
    """How long so many campaigns take, at once, each on a route of its own."""
    url = desk.store.url.render_as_string(hide_password=False)
    with ExitStack() as stack:
        for sink in sinks:
            stack.enter_context(sink.serving())
        made = [launched_to(desk, TIMED, sink.url, sku=f"{name}-{n}") for n, sink in enumerate(sinks)]
        start = time.monotonic()
        ends = [senders.start(Order(url, campaign.id)) for campaign in made]
        assert {senders.wait(end) for end in ends} == {0}
        seconds = time.monotonic() - start
    for sink, campaign in zip(sinks, made, strict=True):
        found = books(desk.store, campaign.id, sink.kept)
        assert found.balanced()
        assert found.of(S.SENT) == set(found.rows)
    return seconds
