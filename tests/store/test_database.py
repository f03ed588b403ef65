"""Reading from a server: one statement is one round trip, and a connection that died at rest is replaced unseen."""

from contextlib import ExitStack

import pytest
from sqlalchemy import text

from restock_desk.errors import Unavailable
from restock_desk.store import Store, server
from tests.postgres import Server


def test_each_question_to_a_server_is_a_transaction_of_its_own(postgres_store: Store) -> None:
    with postgres_store.reading() as u:
        first, second = (u.connection.scalar(text("select now()")) for _ in range(2))
    assert first < second
    with postgres_store.unit() as u:
        first, second = (u.connection.scalar(text("select now()")) for _ in range(2))
    assert first == second


def test_a_connection_cut_while_it_rested_is_replaced(
    postgres_store: Store, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_TRUSTED_S", 0.0)
    with postgres_store.reading() as u:
        cut = u.connection.scalar(text("select pg_backend_pid()"))
    postgres.run(f"select pg_terminate_backend({cut}, 5000)")
    with postgres_store.reading() as u:
        assert u.connection.scalar(text("select pg_backend_pid()")) != cut


def test_nothing_stays_open_after_reading(store: Store) -> None:
    with store.reading() as u:
        assert (u.connection.scalar(text("select 1")), store.open_units) == (1, 1)
    assert store.open_units == 0


def test_who_gets_no_connection_because_all_are_in_use_is_told_that_it_is_busy(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = sqlite_store._engine.pool
    monkeypatch.setattr(pool, "_timeout", 0.01)
    with ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(sqlite_store.reading())
        with pytest.raises(Unavailable, match="is busy"), sqlite_store.reading():
            pass
    assert sqlite_store.open_units == 0
