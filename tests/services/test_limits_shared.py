"""Limits that hold in sum: four workers at once, each with its own connections, on both databases."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from restock_desk.domain import limits as rules
from restock_desk.domain.campaigns import Campaign, CampaignState
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.domain.limits import Limits, RouteLimit
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, feedback, limits, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store
from tests.campaigning import ACCEPTED, DRAFT, Scripted, many_waiting, states
from tests.conftest import Logged
from tests.fakes import FixedClock

WORKERS = 4
REFUSED = Receipt(Handed.FAILED, "550", "550 5.1.1 no such user")


def many(desk: Desk, people: int) -> Campaign:
    """A live campaign to so many people."""
    event_id = many_waiting(desk.store, people)
    review = campaigns.review(desk, (event_id,), templates.create(desk, "Back", DRAFT).id)
    return campaigns.launch(desk, review)


def together(desk: Desk, campaign: Campaign, answer: Callable[[Envelope], Receipt], wait: bool = False) -> int:
    """Four workers deliver one campaign, each through a store of its own; how many mails they were handed in all."""
    url = desk.store.url.render_as_string(hide_password=False)
    transports = [Scripted(answer, batch=20) for _ in range(WORKERS)]
    begin, failed = threading.Barrier(WORKERS), []

    def work(number: int) -> None:
        store: Store = open_store(url)
        own = replace(desk, store=store, host=f"host{number}:1:1")
        try:
            begin.wait()
            delivery.deliver(own, campaign.id, CancelToken(), wait=wait, transport=transports[number])
        except Exception as error:
            failed.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    return sum(len(transport.taken) for transport in transports)


def test_four_workers_keep_to_one_rate(any_desk: Desk) -> None:
    desk = replace(any_desk, now=lambda: datetime.now(UTC))
    limits.save(desk, Limits(routes={rules.route(desk.transport): RouteLimit(rate_per_s=300)}, late_h=0))
    campaign = many(desk, 900)
    began = time.monotonic()
    assert together(desk, campaign, lambda _: ACCEPTED, wait=True) == 900
    took = time.monotonic() - began
    assert took >= (900 - 300 * rules.BURST_S - 1) / 300
    assert states(desk, campaign.id) == {"sent": 900}


def test_four_workers_keep_to_one_cap_hour_after_hour(any_desk: Desk, clock: FixedClock) -> None:
    limits.save(any_desk, Limits(campaign_per_hour=250))
    campaign = many(any_desk, 900)
    for expected in (250, 250, 250, 150):
        assert together(any_desk, campaign, lambda _: ACCEPTED) == expected
        clock.advance(3_600)
    assert campaigns.campaign(any_desk, campaign.id).state is CampaignState.FINISHED


def test_four_workers_stop_at_once_when_one_is_told_to(any_desk: Desk) -> None:
    campaign, count, stopped = many(any_desk, 900), iter(range(10_000)), []

    def pulls(_: Envelope) -> Receipt:
        if next(count) == 100:
            limits.stop(any_desk, "Stop.")
            stopped.append(next(count))
        return ACCEPTED

    taken = together(any_desk, campaign, pulls)
    assert 100 < taken <= stopped[0] + WORKERS * 20
    assert together(any_desk, campaign, lambda _: ACCEPTED) == 0
    assert states(any_desk, campaign.id) == {"sent": taken, "queued": 900 - taken}


def test_four_workers_count_failures_in_a_row_together(any_desk: Desk, expect_logs: Logged) -> None:
    expect_logs("pauses by itself")
    campaign = many(any_desk, 900)
    taken = together(any_desk, campaign, lambda _: REFUSED)
    assert campaigns.campaign(any_desk, campaign.id).state is CampaignState.PAUSED
    assert taken <= WORKERS * 20 * 2


def test_workers_under_limits_and_feedback_never_stand_in_each_others_way(any_desk: Desk) -> None:
    """Every kind of row is written by everybody at once: an unlucky order would be a deadlock on a server."""
    desk = replace(any_desk, now=lambda: datetime.now(UTC))
    rate = RouteLimit(rate_per_s=3_000)
    brakes = replace(rules.Breakers(), hard=0, hard_first=0, doubts=0)
    limits.save(desk, Limits({rules.route(desk.transport): rate}, 100_000, breakers=brakes, late_h=0))
    campaign = many(desk, 900)
    count, lock = iter(range(10_000)), threading.Lock()
    done, handed = threading.Event(), []

    def mixed(envelope: Envelope) -> Receipt:
        with lock:
            number = next(count)
            handed.append(1 + int(envelope.recipient.partition("@")[0][1:]))
        if number % 7 == 0:
            return REFUSED
        return Receipt(Handed.IN_DOUBT, "", "reset") if number % 50 == 0 else ACCEPTED

    def hears() -> None:
        while not done.wait(0.002):
            events = [
                FeedbackEvent("esp", f"{id}", FeedbackKind.DELIVERED, desk.now(), delivery_id=id) for id in handed[-60:]
            ]
            feedback.ingest(desk, events)

    listener = threading.Thread(target=hears)
    listener.start()
    try:
        assert together(desk, campaign, mixed, wait=True) == 900
    finally:
        done.set()
        listener.join()
    assert campaigns.campaign(desk, campaign.id).state is CampaignState.FINISHED
