"""Whoever objects during a send gets nothing that had not begun a second later, however slow the server is."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.jobs import CancelToken
from restock_desk.services import audience, campaigns, delivery
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.faults.crowd import books, launched_to, real_clock, tier, until
from tests.sinks.smtp import Later, Sink

S = DeliveryState
OBJECTIONS = tier(50, 1_000)
PACE_S, SLOW_S = 0.3, 4.0
"""How long the server takes for each mail, so that a group lasts for seconds; and until when after the objections."""
WITHIN_S, LOADED_S = 1.0, 1.0
"""The promise, and what a machine that does much else may be late by."""


@pytest.mark.parametrize(("kind", "how"), [("sqlite_store", "unsubscribe"), ("postgres_store", "suppress")])
def test_nothing_begins_a_second_after_somebody_objected(
    request: pytest.FixtureRequest, make_desk: Callable[[Store], Desk], kind: str, how: str
) -> None:
    store = request.getfixturevalue(kind)
    desk = replace(make_desk(store), now=real_clock)
    object_ = audience.unsubscribe if how == "unsubscribe" else audience.suppress
    objected: dict[str, float] = {}
    slow, slow_until = Later("250 2.0.0 OK", PACE_S), [float("inf")]
    token = CancelToken()
    with (
        Sink(lambda at, _: slow if at == "dot" and time.monotonic() < slow_until[0] else None).serving() as sink,
        ThreadPoolExecutor(1) as pool,
    ):
        campaign = launched_to(desk, OBJECTIONS + 60, sink.url)
        sending = pool.submit(delivery.deliver, desk, campaign.id, token, wait=False)
        until(lambda: len(sink.begun) > 2)
        begun = {email for email, _ in sink.begun}
        for email, row in books(store, campaign.id, []).rows.items():
            if email not in begun and len(objected) < OBJECTIONS:
                object_(desk, row.subscriber_id, "They asked for it.")
                objected[email] = time.monotonic()
        slow_until[0] = time.monotonic() + SLOW_S
        sending.result()
    found = books(store, campaign.id, sink.kept)
    late = {email: at - objected[email] for email, at in sink.begun if email in objected and at > objected[email]}
    assert found.balanced()
    assert {email: s for email, s in late.items() if s > WITHIN_S + LOADED_S} == {}
    assert found.of(S.SENT, S.SKIPPED) == set(found.rows)
    assert len(found.of(S.SKIPPED) & set(objected)) > 0, "nobody objected in time: the test proves nothing"
    assert campaigns.campaign(desk, campaign.id).state is CampaignState.FINISHED


def test_what_was_asked_to_stop_ends_its_mails_and_begins_no_other(
    sqlite_store: Store, make_desk: Callable[[Store], Desk]
) -> None:
    """Quitting waits for the answers to what is on the wire; the rest is as if it had never been touched."""
    desk = replace(make_desk(sqlite_store), now=real_clock)
    answers = threading.Event()
    token = CancelToken()
    with (
        Sink(lambda stage, n: Later("250 2.0.0 OK", until=answers) if stage == "dot" else None).serving() as sink,
        ThreadPoolExecutor(1) as pool,
    ):
        campaign = launched_to(desk, 400, sink.url)
        sending = pool.submit(delivery.deliver, desk, campaign.id, token, wait=False)
        until(lambda: len(sink.taken) > 0)
        token.cancel()
        answers.set()
        sending.result()
    found = books(sqlite_store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.taken)
    assert found.of(S.SENT, S.QUEUED, S.DEFERRED) == set(found.rows)
    assert len(found.of(S.QUEUED)) > 0
