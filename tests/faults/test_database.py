"""The database is locked, full, cut off or restarted while a sender works: nothing leaves without its durable row.

What starts a sender again, as a desktop or a service manager does, is the test; nobody else acts.
"""

import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.services import campaigns
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store, upgrade
from tests.faults.crew import Crew, crew
from tests.faults.crowd import IN_FLIGHT, Books, books, launched_to, real_clock, tier, until
from tests.faults.disk import disk_under
from tests.faults.sender import Order
from tests.postgres import Server, started
from tests.sinks.smtp import Sink

S = DeliveryState
CUTS, FILLS = tier(2, 20), tier(3, 50)
STEP = 50
"""Mails between two faults; each fault may also put all that are on their way in doubt."""
PEOPLE = (STEP + IN_FLIGHT) * CUTS + 1_000
"""So many that some are left for the last fault, although a sender goes on until the machine gets round to it."""


@pytest.fixture
def crashing() -> Iterator[Server]:
    """A PostgreSQL server of this test's own. Like every server of the tests it waits for no disk at a commit."""
    with started() as server:
        yield server


def sent_at_last(senders: Crew, order: Order, sender: int) -> list[str]:
    """Start one again each time one gave up, until one is content; what they told their operator."""
    pause = threading.Event()
    told = []
    for _ in range(200):
        code = senders.wait(sender)
        told += senders.said[sender]
        assert code in (0, 1), told
        if code == 0:
            return told
        pause.wait(0.1)
        sender = senders.start(order)
    raise AssertionError(f"no sender came to an end: {told[-1]}")


def settled(desk: Desk, campaign_id: int, sink: Sink, faults: int) -> Books:
    """The books of a finished campaign, of which at most one group a fault is in doubt."""
    found = books(desk.store, campaign_id, sink.kept)
    assert campaigns.campaign(desk, campaign_id).state is CampaignState.FINISHED
    assert found.balanced()
    assert len(found.of(S.SENT)) + len(found.of(S.IN_DOUBT)) == len(found.rows)
    assert len(found.of(S.IN_DOUBT)) <= faults * IN_FLIGHT
    return found


def test_nothing_leaves_while_the_database_is_locked(
    sqlite_store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    desk = replace(make_desk(sqlite_store), now=real_clock)
    assert sqlite_store.path is not None
    with Sink().serving() as sink:
        campaign = launched_to(desk, PEOPLE, sink.url)
        order = Order(str(sqlite_store.url), campaign.id, pragmas=("busy_timeout=100",))
        sender = senders.start(order)
        until(lambda: len(sink.taken) > 50)
        with closing(sqlite3.connect(sqlite_store.path, isolation_level=None, timeout=60)) as other:
            other.execute("begin immediate")
            begun = len(sink.begun)
            threading.Event().wait(1)
            assert len(sink.begun) - begun <= IN_FLIGHT
            other.execute("rollback")
        sent_at_last(senders, order, sender)
    settled(desk, campaign.id, sink, faults=1)


def test_a_cut_connection_costs_some_doubts_at_most(
    postgres: Server, postgres_store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    """Also inside a transaction: whatever the sender does at that moment is one."""
    desk = replace(make_desk(postgres_store), now=real_clock)
    name = postgres_store.url.database
    cut = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}' and pid <> pg_backend_pid()"
    with Sink().serving() as sink:
        campaign = launched_to(desk, PEOPLE, sink.url)
        order = Order(postgres_store.url.render_as_string(hide_password=False), campaign.id)
        sender = senders.start(order)
        for n in range(CUTS):
            _more(sink, senders, sender)
            postgres_store.close()
            postgres.run(cut)
            if n + 1 < CUTS and senders.wait(sender) != 0:
                sender = senders.start(order)
        sent_at_last(senders, order, sender)
    settled(desk, campaign.id, sink, CUTS)


def test_a_crash_of_postgresql_loses_nobody_and_mails_nobody_twice(
    crashing: Server, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    """Although this server is set to answer a commit before it is durable: the application asks for more."""
    crashing.run("create database desk")
    with closing(open_store(crashing.url("desk"))) as store:
        upgrade.upgrade(store)
        desk = replace(make_desk(store), now=real_clock)
        with Sink().serving() as sink:
            campaign = launched_to(desk, PEOPLE, sink.url)
            order = Order(store.url.render_as_string(hide_password=False), campaign.id)
            for _ in range(CUTS):
                sender = senders.start(order)
                _more(sink, senders, sender)
                store.close()
                crashing.stop(signal.SIGQUIT)
                crashing.start()
            sent_at_last(senders, order, sender)
        settled(desk, campaign.id, sink, CUTS)


def test_a_full_disk_stops_the_send_before_a_body_and_damages_nothing(
    sqlite_store: Store, make_desk: Callable[[Store], Desk], tmp_path: Path
) -> None:
    desk = replace(make_desk(sqlite_store), now=real_clock)
    disk = disk_under(sqlite_store, tmp_path)
    assert sqlite_store.path is not None
    people = (STEP + IN_FLIGHT) * FILLS + 100
    full_at = [STEP * n for n in range(1, FILLS + 1)]
    told: list[str] = []

    def fills(stage: str, n: int) -> None:
        if stage == "dot" and n in full_at:
            disk.fill()

    with Sink(fills).serving() as sink, crew(disk.env) as senders:
        campaign = launched_to(desk, people, sink.url)
        order = Order(str(sqlite_store.url), campaign.id)
        sqlite_store.close()
        disk.insert()
        for at in full_at:
            sender = senders.start(order)
            until(lambda at=at: len(sink.taken) > at)  # type: ignore[misc]
            threading.Event().wait(0.5)
            assert len(sink.begun) <= at + 1 + IN_FLIGHT
            disk.free()
            told += senders.said[sender] if senders.wait(sender) else []
        told += sent_at_last(senders, order, senders.start(order))
    assert len(settled(desk, campaign.id, sink, FILLS).rows) == people
    assert all("There is no room left" in words for words in told)
    with closing(sqlite3.connect(sqlite_store.path)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]


def _more(sink: Sink, senders: Crew, sender: int) -> None:
    """Wait until so many more mails were taken, or nobody sends any more."""
    enough = len(sink.taken) + STEP
    until(lambda: len(sink.taken) >= enough or not senders.alive(sender))
