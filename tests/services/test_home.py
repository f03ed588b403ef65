"""The clone guard: copies and restored backups stay silent until a manager confirms; moves and servers just work."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from restock_desk.domain.staff import Actor
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, home, staff
from restock_desk.services.desk import Desk
from restock_desk.services.limits import BEAT_S
from restock_desk.store import Store, open_store
from restock_desk.store import home as stored
from restock_desk.store import shop as shop_
from restock_desk.store.database import Unit
from tests.campaigning import Scripted, launched, states
from tests.fakes import FixedClock
from tests.postgres import Server

OpenCopy = Callable[[Path], Desk]


@pytest.fixture
def here(desk: Desk, tmp_path: Path) -> Desk:
    """A desk on a machine that has a name and a memory."""
    return on(desk, "laptop", tmp_path)


@pytest.fixture
def opened(here: Desk) -> Iterator[OpenCopy]:
    """Opens another file on the same machine."""
    stores: list[Store] = []

    def open_(path: Path) -> Desk:
        stores.append(open_store(f"sqlite:///{path}"))
        return replace(here, store=stores[-1])

    yield open_
    for store in stores:
        store.close()


def on(desk: Desk, machine: str, tmp_path: Path) -> Desk:
    folder = tmp_path / f"state-{machine}"
    folder.mkdir(exist_ok=True)
    return replace(desk, machine=machine, state_dir=folder)


def send(desk: Desk, campaign_id: int) -> Scripted:
    transport = Scripted()
    delivery.deliver(desk, campaign_id, CancelToken(), wait=False, transport=transport)
    return transport


def refused(desk: Desk, campaign_id: int, words: str) -> None:
    transport = Scripted()
    with pytest.raises(DeskError, match=words) as told:
        delivery.deliver(desk, campaign_id, CancelToken(), wait=False, transport=transport)
    assert "clone confirm" in told.value.hint
    assert transport.taken == []


def path_of(desk: Desk) -> Path:
    assert desk.store.path is not None
    return desk.store.path


def copied(desk: Desk, to: Path) -> Path:
    """A whole copy, as a person makes one."""
    desk.store.close()
    to.parent.mkdir(parents=True, exist_ok=True)
    for end in ("", "-wal", "-shm"):
        part = Path(f"{path_of(desk)}{end}")
        if part.exists():
            shutil.copyfile(part, f"{to}{end}")
    return to


def test_a_database_sends_from_where_it_first_sent(here: Desk) -> None:
    campaign = launched(here)
    assert len(send(here, campaign.id).taken) == 3
    assert home.place(here).home == str(path_of(here).resolve())


def test_a_copy_on_the_same_machine_sends_nothing(here: Desk, opened: OpenCopy, tmp_path: Path) -> None:
    first = launched(here)
    send(here, first.id)
    second = launched(here, sku="HAT")
    copy = opened(copied(here, tmp_path / "copy" / "desk.db"))
    refused(copy, second.id, "This database is a copy: it last sent from")
    assert len(send(here, second.id).taken) == 3


def test_a_copy_on_another_machine_sends_nothing_though_its_path_is_the_same(here: Desk, tmp_path: Path) -> None:
    send(here, launched(here).id)
    second = launched(here, sku="HAT")
    kept = copied(here, tmp_path / "carried.db")
    shutil.move(path_of(here), tmp_path / "away.db")  # a file of its own, at the path it had
    shutil.copyfile(kept, path_of(here))
    refused(on(here, "desktop", tmp_path), second.id, "is a copy")


def test_a_file_that_was_moved_or_a_host_that_was_renamed_sends_on(
    here: Desk, opened: OpenCopy, tmp_path: Path
) -> None:
    send(here, launched(here).id)
    second, third = launched(here, sku="HAT"), launched(here, sku="CAP")
    here.store.close()
    moved = path_of(here).rename(tmp_path / "moved.db")
    after = opened(moved)
    assert len(send(after, second.id).taken) == 3
    renamed = on(after, "new-name", tmp_path)
    assert len(send(renamed, third.id).taken) == 3


def test_a_manager_confirms_a_move_to_another_machine_and_the_trail_says_so(
    here: Desk, opened: OpenCopy, tmp_path: Path
) -> None:
    send(here, launched(here).id)
    second = launched(here, sku="HAT")
    new = on(opened(copied(here, tmp_path / "new" / "desk.db")), "desktop", tmp_path)
    refused(new, second.id, "is a copy")
    with pytest.raises(DeskError, match="manager"):
        home.confirm(replace(new, actor=Actor("sam", "support")), "New computer.")
    with pytest.raises(DeskError, match="reason"):
        home.confirm(new, " ")
    assert home.confirm(new, "New computer.").why == ""
    assert len(send(new, second.id).taken) == 3
    assert [entry.reason for entry in staff.entries(new) if entry.action == "database confirmed"] == ["New computer."]


def test_a_backup_from_the_morning_does_not_send_the_morning_again(
    here: Desk, opened: OpenCopy, clock: FixedClock, tmp_path: Path
) -> None:
    send(here, launched(here, sku="CAP").id)
    morning = launched(here)
    backup = copied(here, tmp_path / "backup.db")
    clock.advance(BEAT_S)
    assert len(send(here, morning.id).taken) == 3
    here.store.close()
    for end in ("-wal", "-shm"):
        Path(f"{path_of(here)}{end}").unlink(missing_ok=True)
    shutil.copyfile(backup, path_of(here))
    restored = opened(path_of(here))
    assert states(restored, morning.id) == {"queued": 3}
    refused(restored, morning.id, "restored from a backup")
    home.confirm(restored, "The disk was broken; nobody was mailed since.")
    assert len(send(restored, morning.id).taken) == 3


def test_a_copy_made_while_it_sends_is_found_out_before_its_next_claim(here: Desk, clock: FixedClock) -> None:
    campaign = launched(here, people=3)
    transport = Scripted()
    delivery.deliver(here, campaign.id, CancelToken(), wait=False, transport=transport)
    with here.store.reading() as u:
        uuid = shop_.instance_uuid(u)
    assert here.state_dir is not None
    first = int((here.state_dir / f"pulse-{uuid}").read_text(encoding="ascii"))
    clock.advance(BEAT_S)
    delivery.deliver(here, launched(here, sku="HAT").id, CancelToken(), wait=False, transport=transport)
    assert int((here.state_dir / f"pulse-{uuid}").read_text(encoding="ascii")) > first


def test_the_sample_shop_is_free_to_be_copied(here: Desk, opened: OpenCopy, tmp_path: Path) -> None:
    with here.store.unit() as u:
        shop_.mark_sample(u)
        u.commit()
    send(here, launched(here).id)
    second = launched(here, sku="HAT")
    copy = opened(copied(here, tmp_path / "copy.db"))
    assert len(send(copy, second.id).taken) == 3


def test_many_hosts_share_a_server_and_a_restored_dump_of_it_stays_silent(
    postgres: Server, postgres_store: Store, make_desk: Callable[[Store], Desk], tmp_path: Path
) -> None:
    desk = make_desk(postgres_store)
    hosts = [on(desk, name, tmp_path) for name in ("shop", "office", "worker")]
    for number, host in enumerate(hosts):
        assert len(send(host, launched(host, sku=f"SKU{number}").id).taken) == 3
    waiting = launched(desk, sku="HAT")
    postgres_store.close()
    source = postgres_store.url.database
    postgres.run(f"create database {source}_copy template {source}")
    copy = open_store(postgres.url(f"{source}_copy"))
    try:
        refused(replace(hosts[0], store=copy), waiting.id, "is a copy")
        home.confirm(replace(hosts[0], store=copy), "The old server is gone.")
        assert len(send(replace(hosts[1], store=copy), waiting.id).taken) == 3
    finally:
        copy.close()
        postgres.run(f"drop database {source}_copy with (force)")


def test_looking_writes_nothing(here: Desk, opened: OpenCopy, tmp_path: Path) -> None:
    assert home.place(here).why == ""
    assert campaigns.running(here) == []
    send(here, launched(here).id)
    copy = opened(copied(here, tmp_path / "copy.db"))
    assert home.place(copy).why == home.place(copy).why != ""


def test_another_sender_of_this_machine_that_begins_meanwhile_makes_nothing_look_older(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two slots of a worker, or two routes of a window, begin at the same moment."""
    home.guard(here)
    really, others = stored.home, iter([home.guard])

    def read_slowly(u: Unit) -> tuple[dict[str, Any] | None, int]:
        found = really(u)
        for other in others:
            other(here)
        return found

    monkeypatch.setattr(stored, "home", read_slowly)
    assert home.place(here).why == ""
    assert home.place(here).why == ""
