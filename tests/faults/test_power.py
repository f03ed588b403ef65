"""The power goes while a sender works: whatever was not synced is gone, and still nobody is lost or mailed twice.

The control shows that the test bites: with SQLite's `synchronous=normal` people are mailed twice.
"""

import random
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.services import campaigns
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.faults.crew import crew
from tests.faults.crowd import IN_FLIGHT, Books, books, launched_to, real_clock, tier, until
from tests.faults.disk import disk_under
from tests.faults.sender import Order
from tests.sinks.smtp import Sink

S = DeliveryState
PEOPLE, CUTS = tier(1_200, 20_000), tier(3, 40)
CONTROL = tier(1_000, 20_000), tier(2, 40)


def test_a_power_cut_loses_nobody_and_mails_nobody_twice(
    sqlite_store: Store, make_desk: Callable[[Store], Desk], tmp_path: Path
) -> None:
    desk = replace(make_desk(sqlite_store), now=real_clock)
    campaign_id, found = _cut_again_and_again(desk, tmp_path, PEOPLE, CUTS)
    assert found.balanced()
    assert len(found.of(S.SENT)) + len(found.of(S.IN_DOUBT)) == PEOPLE
    assert len(found.of(S.IN_DOUBT)) <= CUTS * IN_FLIGHT
    assert campaigns.campaign(desk, campaign_id).state is CampaignState.FINISHED
    assert sqlite_store.path is not None
    with sqlite3.connect(sqlite_store.path) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_the_control_without_full_syncs_mails_people_twice(
    sqlite_store: Store, make_desk: Callable[[Store], Desk], tmp_path: Path
) -> None:
    desk = replace(make_desk(sqlite_store), now=real_clock)
    _, found = _cut_again_and_again(desk, tmp_path, *CONTROL, "synchronous=normal")
    assert len(found.twice) > 0, "dropping unsynced writes did no harm: the test above proves nothing"


def _cut_again_and_again(desk: Desk, folder: Path, people: int, cuts: int, *pragmas: str) -> tuple[int, Books]:
    """One campaign, with a power cut at random moments; its books when it is done."""
    chance = random.Random(cuts)
    disk = disk_under(desk.store, folder)
    with Sink().serving() as sink, crew(disk.env) as senders:
        campaign = launched_to(desk, people, f"{sink.url}?connections=2")  # small groups: cuts need people left
        order = Order(str(desk.store.url), campaign.id, pragmas=pragmas)
        desk.store.close()
        disk.insert()
        for at in sorted(chance.sample(range(50, people // 3), cuts)):
            sender = senders.start(order)
            until(lambda at=at, sender=sender: len(sink.taken) >= at or not senders.alive(sender))  # type: ignore[misc]
            threading.Event().wait(chance.random() * 0.02)
            senders.kill(sender)
            disk.cut()
        assert senders.run(order) == 0
        assert senders.said[max(senders.said)] == []
    return campaign.id, books(desk.store, campaign.id, sink.kept)
