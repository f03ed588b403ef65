"""A file that was damaged after its sender died: the next one says so and sends nothing from it, or all is right.

SQLite keeps no checksums, so that a letter flipped inside a text is not noticed by anybody: here it is pages,
indexes and records that break.
"""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.services import campaigns
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.faults.crew import Crew
from tests.faults.crowd import IN_FLIGHT, books, launched_to, real_clock, tier, until
from tests.faults.sender import Order
from tests.sinks.smtp import Sink

S = DeliveryState
PEOPLE = 2 * IN_FLIGHT
FLIPS, CUTS = tier(3, 300), tier(1, 60)
Damage = Callable[[Path, random.Random], None]


def test_a_damaged_file_is_told_of_and_nothing_is_sent_from_it(
    sqlite_store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    desk, path = replace(make_desk(sqlite_store), now=real_clock), sqlite_store.path
    assert path is not None
    with Sink().serving() as sink:
        campaign = launched_to(desk, PEOPLE, sink.url)
        order = Order(str(sqlite_store.url), campaign.id)
        sender = senders.start(order)
        until(lambda: len(sink.taken) > 20)
        senders.kill(sender)
        whole = _settled_down(path)
        for damage, number in _damages():
            _restored(sqlite_store, path, whole)
            damage(path, random.Random(number))
            before = len(sink.taken)
            sender = senders.start(order)
            code, told = senders.wait(sender), " ".join(senders.said[sender])
            where = f"{damage.__name__} {number}: {told}"
            if code == 1:
                assert "damaged" in told, where
                assert "backup" in told, where
                assert len(sink.taken) == before or damage in RECORDS, where
            else:
                assert (damage, code) == (flipped, 0), where
                assert books(desk.store, campaign.id, sink.kept).balanced(), where
            assert set(Counter(sink.kept).values()) == {1}, where
            sink.taken[before:] = []
        _restored(sqlite_store, path, whole)
        assert senders.run(order) == 0
    found = books(desk.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT, S.IN_DOUBT) == set(found.rows)


@pytest.mark.parametrize("table", ["ix_delivery_open", "ix_send_batch_open"])
def test_an_index_that_lost_its_entries_between_two_sends_finishes_no_campaign(
    sqlite_store: Store, make_desk: Callable[[Store], Desk], senders: Crew, table: str
) -> None:
    """Nobody died, so nobody looks: the ledger must notice by itself that there is more to do than it finds."""
    desk, path = replace(make_desk(sqlite_store), now=real_clock), sqlite_store.path
    assert path is not None
    with Sink().serving() as sink:
        campaign = launched_to(desk, 20, sink.url)
        sqlite_store.close()
        _emptied(path, table)
        sender = senders.start(Order(str(sqlite_store.url), campaign.id))
        code, told = senders.wait(sender), " ".join(senders.said[sender])
        found = campaigns.campaign(desk, campaign.id)
    assert sink.kept == []
    assert (code, found.state) == (0, CampaignState.PAUSED) or (code == 1 and "damaged" in told), told
    assert code == 1 or "contradicts itself" in found.pause_reason


def _damages() -> list[tuple[Damage, int]]:
    """What is done, and its number. A flip may meet what nobody uses; everything else must be noticed."""
    return [
        *((damage, 0) for damage in (index_emptied, table_emptied, frozen_cut, *RECORDS)),
        *((file_cut, number) for number in range(CUTS)),
        *((flipped, number) for number in range(FLIPS)),
    ]


def index_emptied(path: Path, _: random.Random) -> None:
    _emptied(path, "ix_delivery_open")


def table_emptied(path: Path, _: random.Random) -> None:
    _emptied(path, "delivery_payload")


def frozen_cut(path: Path, _: random.Random) -> None:
    _run(path, "update campaign set frozen = substr(frozen, 1, length(frozen) / 2)")


def payload_cut(path: Path, _: random.Random) -> None:
    _run(path, f"update delivery_payload set person = substr(person, 1, 7) where delivery_id = ({_QUEUED})")


def payload_gone(path: Path, _: random.Random) -> None:
    _run(path, f"delete from delivery_payload where delivery_id = ({_QUEUED})")


def text_broken(path: Path, _: random.Random) -> None:
    _run(path, f"update delivery_payload set email = cast(x'ff' as text) where delivery_id = ({_QUEUED})")


def file_cut(path: Path, chance: random.Random) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * chance.uniform(0.3, 0.97))])


def flipped(path: Path, chance: random.Random) -> None:
    """A bit in the structure of some pages: their heads and the places of their cells."""
    whole = bytearray(path.read_bytes())
    page = int.from_bytes(whole[16:18], "big")
    for _ in range(3):
        start = page * chance.randrange(1, len(whole) // page)
        cells = int.from_bytes(whole[start + 3 : start + 5], "big")
        whole[start + chance.randrange(12 + min(2 * cells, 200))] ^= 1 << chance.randrange(8)
    path.write_bytes(whole)


RECORDS = (payload_cut, payload_gone, text_broken)
"""What breaks one mail only: others may leave before it is met, and then nobody's does."""
_QUEUED = "select min(id) from delivery where state = 'queued'"


def _emptied(path: Path, name: str) -> None:
    """A table or index without an entry, as if it had been so for ever: every page by itself is right."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
        root = connection.execute("select rootpage from sqlite_master where name = ?", (name,)).fetchone()[0]
    whole = bytearray(path.read_bytes())
    page = int.from_bytes(whole[16:18], "big")
    at = page * (root - 1)
    leaf = 10 if whole[at] in (2, 10) else 13
    whole[at : at + page] = bytes([leaf, 0, 0, 0, 0, page >> 8 & 255, page & 255, 0]).ljust(page, b"\0")
    path.write_bytes(whole)


def _run(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount == 1
        connection.execute("pragma wal_checkpoint(truncate)")


def _settled_down(path: Path) -> bytes:
    """The file with its log written back; what the dead sender held, it holds still."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    return path.read_bytes()


def _restored(store: Store, path: Path, whole: bytes) -> None:
    """The file as it was, at its place."""
    store.close()
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    path.write_bytes(whole)
