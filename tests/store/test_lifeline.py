"""A network that went silent is noticed; a statement that is only slow is left alone."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from restock_desk.errors import Unavailable
from restock_desk.store import Store, lifeline, open_store
from tests.conftest import Logged
from tests.worker.proxy import Proxy


@pytest.fixture
def proxy(postgres_store: Store) -> Iterator[Proxy]:
    """Stands between a store and the server."""
    assert postgres_store.url.port is not None
    with Proxy(postgres_store.url.port).serving() as proxy:
        yield proxy


@pytest.fixture
def far(postgres_store: Store, proxy: Proxy) -> Iterator[Store]:
    """The same database behind the proxy."""
    store = open_store(postgres_store.url.set(port=proxy.port).render_as_string(hide_password=False))
    yield store
    store.close()


@pytest.fixture(params=[pytest.param(1, marks=pytest.mark.slow), 4])
def times_faster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How much sooner than in earnest a network counts as silent. A connection is waited for by 2 s at least."""
    for name, value in (("QUIET_S", lifeline.QUIET_S), ("LOOK_S", lifeline.LOOK_S), ("TRIAL_S", lifeline.TRIAL_S)):
        least = 2 if name == "TRIAL_S" else 0
        monkeypatch.setattr(lifeline, name, max(value / request.param, least))
    return int(request.param)


def test_its_waits_add_up_to_less_than_fifteen_seconds() -> None:
    assert lifeline.QUIET_S + lifeline.LOOK_S + lifeline.TRIAL_S + 2 < 15


def test_a_silent_network_is_noticed_within_fifteen_seconds(
    times_faster: int, far: Store, proxy: Proxy, expect_logs: Logged
) -> None:
    expect_logs("does not answer")
    _ask(far)

    def tried_s() -> float:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="cannot be reached"):
            _ask(far)
        return time.monotonic() - began

    proxy.silence()
    assert tried_s() < 15
    assert far.lifeline is not None
    assert far.lifeline.cuts == 1
    assert tried_s() < 15, "nor does a new connection hang"
    proxy.pass_on()
    with far.reading() as u:
        assert u.connection.scalar(text("select 2")) == 2


def test_a_slow_statement_is_not_cut_off(times_faster: int, far: Store) -> None:
    with far.reading() as u:
        assert u.connection.scalar(text(f"select 7 from pg_sleep({6 / times_faster})")) == 7
    assert far.lifeline is not None
    assert far.lifeline.cuts == 0


def _ask(store: Store) -> None:
    with store.unit() as u:
        u.connection.execute(text("select 1"))
