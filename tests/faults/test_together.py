"""Several senders and desktops at once, double clicks, and a sender that was frozen: one wave, one claim a row."""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select, update

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, ledger, schema
from tests.campaigning import DRAFT, interest_states
from tests.conftest import Logged
from tests.faults.crew import Crew
from tests.faults.crowd import IN_FLIGHT, books, crowd, launched_to, real_clock, tier, until
from tests.faults.sender import Order
from tests.sinks.smtp import Later, Sink

S = DeliveryState
PEOPLE = {"sqlite": tier(2_000, 20_000), "postgresql": tier(500, 20_000)}
CLICKS = tier(10, 100)
DESKTOPS, WORKERS = 2, 4


def test_mautic_2215_4_workers_2_desktops_and_all_their_double_clicks_make_one_wave(
    store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    """mautic#2215, #3669, #9880, #11763, #8802; SinergiaCRM#438; gophish#1242, #1073; magento2#17631; Mailtrain#761."""
    desk = replace(make_desk(store), now=real_clock)
    people = PEOPLE[store.dialect]
    event_id = crowd(store, people)
    template_id = templates.create(desk, "Back", DRAFT).id
    url = store.url.render_as_string(hide_password=False)
    with Sink().serving() as sink:
        clicking = Order(url, 0, (event_id,), template_id, sink.url, CLICKS // DESKTOPS)
        desktops = [senders.start(clicking) for _ in range(DESKTOPS)]
        until(lambda: _campaigns(store) > 0)
        workers = [senders.start(Order(url, campaign=1)) for _ in range(WORKERS)]
        assert {senders.wait(pid) for pid in desktops + workers} == {0}
        delivery.deliver(desk, 1, CancelToken(), wait=False)
    words = [words for pid in desktops for words in senders.said[pid]]
    found = books(store, 1, sink.kept)

    assert words.count("launched") == 1
    assert len(words) == CLICKS, "each click was answered"
    assert all("refused: Nobody" in word for word in words if word != "launched")
    assert _campaigns(store) == 1
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)
    assert len(found.rows) == people
    assert campaigns.campaign(desk, 1).state is CampaignState.FINISHED
    assert set(interest_states(store)) == {"notified"}


def test_a_sender_that_was_frozen_cannot_settle_what_others_took_over(
    store: Store, make_desk: Callable[[Store], Desk], expect_logs: Logged, senders: Crew
) -> None:
    expect_logs("their sender died")
    desk = replace(make_desk(store), now=real_clock)
    people = 3 * IN_FLIGHT
    goes_on = threading.Event()

    def answers(stage: str, n: int) -> Later | None:
        """From some mail on it keeps everybody waiting, so that the sender is frozen outside of a transaction."""
        return Later("250 2.0.0 OK at last", until=goes_on) if stage == "dot" and n >= 40 else None

    with Sink(answers).serving() as sink:
        campaign = launched_to(desk, people, sink.url)
        frozen = senders.start(Order(store.url.render_as_string(hide_password=False), campaign.id))
        until(lambda: len(sink.taken) > 40)
        _settles(lambda: len(sink.taken))
        os.kill(frozen, signal.SIGSTOP)
        _leases_end(store)
        campaigns.recover(desk)
        before = books(store, campaign.id, sink.kept).of(S.IN_DOUBT)
        goes_on.set()
        delivery.deliver(desk, campaign.id, CancelToken(), wait=False)
        assert campaigns.campaign(desk, campaign.id).state is CampaignState.FINISHED
        os.kill(frozen, signal.SIGCONT)
        assert senders.wait(frozen) == 0
    found = books(store, campaign.id, sink.kept)
    assert found.balanced()
    assert 0 < len(before) <= IN_FLIGHT
    assert found.of(S.IN_DOUBT) == before, "only evidence or a person settles a doubt"
    assert found.of(S.SENT) == set(found.rows) - before


def test_a_clock_five_minutes_ahead_mails_nobody_twice(
    store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    desk = replace(make_desk(store), now=real_clock)
    people = tier(300, 5_000)
    url = store.url.render_as_string(hide_password=False)
    with Sink().serving() as sink:
        campaign = launched_to(desk, people, sink.url)
        first = senders.start(Order(url, campaign.id))
        until(lambda: len(sink.taken) > 20)
        ahead = senders.start(Order(url, campaign.id, ahead_s=300))
        assert {senders.wait(first), senders.wait(ahead)} == {0}
        _leases_end(store)
        assert senders.run(Order(url, campaign.id)) == 0
    found = books(store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT, S.IN_DOUBT) == set(found.rows)
    assert campaigns.campaign(desk, campaign.id).state is CampaignState.FINISHED


def test_listmonk_905_a_lease_that_ends_frees_its_rows_without_a_person(
    store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    """listmonk#905, #1433: 1,000 of 200,000, and "running" for ever."""
    desk = replace(make_desk(store), now=real_clock)
    with Sink().serving() as sink:
        campaign = launched_to(desk, 200, sink.url)
        order = Order(store.url.render_as_string(hide_password=False), campaign.id)
        sender = senders.start(order)
        until(lambda: len(sink.taken) > 20)
        senders.kill(sender)
        _owned_elsewhere(store)
        assert senders.run(order) == 0
        assert campaigns.campaign(desk, campaign.id).state is CampaignState.RUNNING, "somebody may be at work on it"
        _leases_end(store)
        assert senders.run(order) == 0
    found = books(store, campaign.id, sink.kept)
    assert found.balanced()
    assert len(found.of(S.IN_DOUBT)) <= IN_FLIGHT
    assert campaigns.campaign(desk, campaign.id).state is CampaignState.FINISHED


def test_a_sender_frozen_inside_a_transaction_holds_its_rows_no_longer_than_a_lease(postgres_store: Store) -> None:
    """PostgreSQL ends the transaction then. (On SQLite, one machine, an operator has to end the process.)"""
    with postgres_store.reading() as u:
        held = u.connection.exec_driver_sql("show idle_in_transaction_session_timeout").scalar_one()
    assert held == f"{ledger.LEASE_S}s"


def _settles(count: Callable[[], int]) -> None:
    """Wait until nothing has moved for half a second."""
    pause, seen = threading.Event(), -1
    while seen != (seen := count()):
        pause.wait(0.5)


def _campaigns(store: Store) -> int:
    with store.reading() as u:
        return int(u.connection.scalar(select(func.count()).select_from(schema.campaign)) or 0)


def _leases_end(store: Store) -> None:
    """As if their time had passed: by our clock, and by a server's, which no test can move."""
    with store.unit() as u:
        b = schema.send_batch
        u.connection.execute(update(b).where(b.c.state == 1).values(lease_until=real_clock() - timedelta(minutes=10)))
        u.commit()


def _owned_elsewhere(store: Store) -> None:
    """As if the sender had worked on another machine, of whose end nobody here can know."""
    with store.unit() as u:
        b = schema.send_batch
        u.connection.execute(update(b).where(b.c.state == 1).values(owner="elsewhere:1:1"))
        u.commit()
