"""A shop moves to another database and back, row for row; the old place keeps everything but sends no more."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from restock_desk.domain.campaigns import CampaignState
from restock_desk.domain.listing import Listing
from restock_desk.errors import Cancelled, DeskError, Unavailable
from restock_desk.jobs import CancelToken, Progress
from restock_desk.services import campaigns, delivery, health, listing, moving, sample, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, ledger, open_store, schema, transfer
from tests.builders import add_subscriber
from tests.campaigning import DRAFT, Scripted, launched, states, waiting_shop
from tests.postgres import Server

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def elsewhere(postgres: Server) -> str:
    """The address of an empty database on a server."""
    postgres.run("drop database if exists moved_desk with (force)")
    postgres.run("create database moved_desk")
    return postgres.url("moved_desk")


def rows_of(store: Store) -> Rows:
    """Every row of a shop, but for the mark of a move, and where it sends from."""
    with store.reading() as u:
        return {
            table.name: [
                tuple(row)
                for row in u.connection.execute(
                    select(*(c for c in table.c if c.name != "home")).order_by(*table.primary_key)
                )
                if not (table.name == "setting" and row[0] == "moved_to")
            ]
            for table in transfer.TABLES
        }


def raw_rows(store: Store) -> Rows:
    """The same as the file holds it: texts of JSON, numbers of times."""
    found: Rows = {}
    with store.reading() as u:
        for table in transfer.TABLES:
            names = ", ".join(c.name for c in table.c if c.name != "home")
            keys = ", ".join(c.name for c in table.primary_key)
            rows = u.connection.exec_driver_sql(f"select {names} from {table.name} order by {keys}")
            found[table.name] = [tuple(row) for row in rows if not (table.name == "setting" and row[0] == "moved_to")]
    return found


def test_a_shop_with_history_moves_to_a_server_and_back_row_for_row(
    desk: Desk, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "PEOPLE", 300)
    sample.build(desk)
    told: list[Progress] = []
    moved = moving.move(desk, elsewhere, progress=told.append)
    assert moved.tables["delivery"] > 100
    assert moved.tables["feedback_event"] > 100
    assert told[-1].done == told[-1].total == moved.rows
    back = f"sqlite:///{tmp_path / 'back.db'}"
    with closing(open_store(elsewhere)) as server, closing(open_store(back)) as file:
        assert rows_of(server) == rows_of(desk.store)
        there = replace(desk, store=server)
        assert health.check(there) == []
        assert listing.count(there, Listing("subscribers", search="example.com")).n > 30
        moving.move(there, back)
        assert {name: n for name, n in raw_rows(file).items() if n != raw_rows(desk.store)[name]}.keys() <= {"audit"}
        assert len(rows_of(file)["audit"]) == len(rows_of(server)["audit"])
        assert health.check(replace(desk, store=file)) == []


def test_at_the_new_place_numbers_go_on_where_they_stood_and_sending_works(desk: Desk, elsewhere: str) -> None:
    campaign = launched(desk, people=6)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    waiting = launched_again(desk)
    moving.move(desk, elsewhere)
    with closing(open_store(elsewhere)) as store:
        there = replace(desk, store=store)
        last = max(row[0] for row in rows_of(store)["subscriber"])
        assert add_subscriber(store, "new@example.com").id == last + 1
        transport = Scripted()
        delivery.deliver(there, waiting, CancelToken(), wait=False, transport=transport)
        assert len(transport.taken) == 3
        assert campaigns.campaign(there, waiting).state is CampaignState.FINISHED


def test_the_old_place_sends_no_more_until_the_move_is_taken_back(desk: Desk, elsewhere: str) -> None:
    campaign = launched(desk, people=3)
    review = campaigns.review(desk, campaign.event_ids, campaign.template_id)
    moving.move(desk, elsewhere)
    transport = Scripted()
    with pytest.raises(DeskError, match="was moved to"):
        delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    with pytest.raises(DeskError, match="was moved to"):
        campaigns.launch(desk, review)
    with desk.store.unit() as u:
        assert ledger.claim(u, campaign.id, "late:1:1", desk.now()) is None, "not even one that asked before"
    assert campaigns.running(desk) == []
    assert any("moved to" in sentence for _, right, sentence in health.doctor(desk) if not right)
    with pytest.raises(DeskError, match="reason"):
        moving.take_back(desk, " ")
    moving.take_back(desk, "The server was given up.")
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert states(desk, campaign.id) == {"sent": 3}
    assert transport.taken


def test_a_database_that_holds_a_shop_is_not_written_to(desk: Desk, elsewhere: str) -> None:
    add_subscriber(desk.store)
    moving.move(desk, elsewhere)
    with closing(open_store(elsewhere)) as store:
        before = rows_of(store)
        moving.take_back(desk, "Once more.")
        with pytest.raises(DeskError, match="holds a shop already"):
            moving.move(desk, elsewhere)
        assert rows_of(store) == before
    assert moving.moved_to(desk) == "", "a move that did not happen stops nothing"


def test_a_move_that_is_stopped_leaves_nothing_behind_and_can_be_done_again(desk: Desk, elsewhere: str) -> None:
    launched(desk, people=6)
    token = CancelToken()
    with pytest.raises(Cancelled):
        moving.move(desk, elsewhere, token, lambda progress: token.cancel() if progress.done > 10 else None)
    assert moving.moved_to(desk) == ""
    with closing(open_store(elsewhere)) as store:
        assert sum(len(rows) for name, rows in rows_of(store).items() if name != "instance") == 0
        moving.move(desk, elsewhere)
        assert rows_of(store) == rows_of(desk.store)


def test_nothing_moves_while_mail_is_being_sent(desk: Desk, elsewhere: str) -> None:
    campaign = launched(desk, people=6)
    with desk.store.unit() as u:
        assert ledger.claim(u, campaign.id, "elsewhere:1:1", desk.now()) is not None
        u.commit()
    with pytest.raises(DeskError, match="being sent"):
        moving.move(desk, elsewhere)
    assert moving.moved_to(desk) == ""


def test_a_value_the_server_cannot_hold_is_named_and_nothing_is_copied(desk: Desk, elsewhere: str) -> None:
    add_subscriber(desk.store, first_name="A\0na")
    with pytest.raises(DeskError, match="table subscriber does not fit"):
        moving.move(desk, elsewhere)
    with closing(open_store(elsewhere)) as store:
        assert rows_of(store)["subscriber"] == []


def test_a_server_that_is_not_there_changes_nothing(desk: Desk) -> None:
    with pytest.raises(Unavailable):
        moving.move(desk, "postgresql://nobody@127.0.0.1:1/none")
    assert moving.moved_to(desk) == ""


def launched_again(desk: Desk) -> int:
    """A second campaign, about another product, that nobody has delivered yet."""
    with desk.store.unit() as u:
        u.connection.execute(schema.subscriber.delete().where(schema.subscriber.c.email.like("p_@example.com")))
        u.commit()
    event_id = waiting_shop(desk.store, 3, "MUG-1")
    template = templates.create(desk, "Again", DRAFT)
    return campaigns.launch(desk, campaigns.review(desk, (event_id,), template.id)).id


def test_a_shared_shop_moves_to_another_server(
    postgres_store: Store, make_desk: Callable[[Store], Desk], elsewhere: str
) -> None:
    desk = make_desk(postgres_store)
    launched(desk, people=3)
    moving.move(desk, elsewhere)
    with closing(open_store(elsewhere)) as store:
        assert rows_of(store) == rows_of(postgres_store)
