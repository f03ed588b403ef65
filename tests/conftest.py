"""The strict harness and the databases of all tests. Importing this needs no Qt: its fixtures are in tests/ui.

Warnings are errors (pyproject.toml); a log record of WARNING or above, a thread or a unit left open fails the test.
Store tests run on SQLite and on a real PostgreSQL, started by `tests.postgres`, once a session.
"""

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot
from sqlalchemy import Dialect

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", '--host-resolver-rules="MAP * ~NOTFOUND"')
if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 2_000_000_000:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")  # a database a test: memory does not wait for disks
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

from restock_desk.domain.staff import Actor
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store, upgrade
from tests.fakes import FixedClock
from tests.postgres import Server, started

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = count(1)
_first: dict[str, tuple[Dialect, Any]] = {}
PATIENCE_MS = 30_000
"""So long the window's tests wait for what is to come. No test has less: whoever need not wait loses nothing."""
for _wait in (QtBot.waitSignal, QtBot.waitCallback, QtBot.waitExposed, QtBot.waitActive):
    _wait.__kwdefaults__ = {**(_wait.__kwdefaults__ or {}), "timeout": PATIENCE_MS}
settings.register_profile(  # in CI a red run can be run again and is red again; no machine is too slow for a property
    "desk",
    max_examples=100 if os.environ.get("RESTOCK_DESK_FAULTS") == "long" else 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("desk")


def _wait_until(
    self: QtBot,
    callback: Callable[[], bool | None],
    *,
    timeout: int = PATIENCE_MS,
    _wait_until: Callable[..., None] = QtBot.waitUntil,
) -> None:
    """Wait until it is so. What cannot be looked at yet (no row, no page, an empty answer) is not so yet."""

    def is_so() -> bool | None:
        try:
            return callback()
        except (LookupError, ValueError, AttributeError) as error:
            raise AssertionError(f"not even at the end: {error!r}") from error

    _wait_until(self, is_so, timeout=timeout)


QtBot.waitUntil = _wait_until  # type: ignore[method-assign]


def pytest_xdist_auto_num_workers() -> int:
    """Half as many processes again as there are cores: much of this suite waits, for other processes and for time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + max(1, cores // 2)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits most begins first, so that no process is still at it when the others are done."""
    long = {"faults", "journeys", "worker"}
    items.sort(key=lambda item: long.isdisjoint(item.path.parts))


class _Keeper(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.WARNING)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


class Logged:
    """What was logged at WARNING or above; a test allows what it expects: ``expect_logs("database is busy")``."""

    def __init__(self) -> None:
        self.records: list[logging.LogRecord] = []
        self.allowed: list[str] = []
        self.handler = _Keeper(self.records)

    def __call__(self, *parts: str) -> None:
        self.allowed += parts

    @property
    def unexpected(self) -> list[str]:
        messages = [f"{r.levelname} {r.name}: {r.getMessage()}" for r in self.records]
        return [m for m in messages if not any(part in m for part in self.allowed)]


@pytest.fixture(autouse=True)
def expect_logs() -> Iterator[Logged]:
    logged = Logged()
    handler = logged.handler
    logging.getLogger().addHandler(handler)
    yield logged
    logging.getLogger().removeHandler(handler)
    if logged.unexpected:
        pytest.fail("Unexpected log records:\n" + "\n".join(logged.unexpected))


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and not t.daemon]
    for thread in left:
        thread.join(timeout=2)
    names = [t.name for t in left if t.is_alive()]
    if names:
        pytest.fail(f"Threads were left running: {names}")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing a test does touches the settings or data of whoever runs it."""
    home = tmp_path_factory.getbasetemp() / f"home-{next(_numbers)}"
    monkeypatch.setenv("RESTOCK_DESK_DATA", str(home / "data"))
    monkeypatch.setenv("RESTOCK_DESK_CONFIG", str(home / "config"))
    monkeypatch.delenv("RESTOCK_DESK_SECRETS_FILE", raising=False)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    store = open_store(f"sqlite:///{path}")
    upgrade.prepare(store)
    store.close()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A private PostgreSQL server; `server.url("name")` addresses a database of it."""
    with started() as server:
        yield server


@pytest.fixture(scope="session")
def _postgres_template(postgres: Server) -> str:
    postgres.run("create database template_desk")
    store = open_store(postgres.url("template_desk"))
    upgrade.upgrade(store)
    store.close()
    return "template_desk"


def _new_sqlite(template: Path, folder: Path) -> Store:
    path = folder / "desk.db"
    shutil.copyfile(template, path)
    return _practised(open_store(f"sqlite:///{path}"))


def _practised(store: Store) -> Store:
    """The store, with every statement that another one of its kind has composed before: elsewhere a process has one
    store and composes each once, here it would be once a test."""
    for name, engine in (("unit", store._engine), ("reading", store._reader)):
        kind = f"{store.dialect} {name}"
        if kind not in _first:
            with getattr(store, name)():
                _first[kind] = engine.dialect, {}
        engine.dialect, engine._compiled_cache = _first[kind]
    return store


def _closed(store: Store) -> None:
    """Close it. What a thread still reads for a window that is closed ends by itself; what does not was forgotten."""
    tick = threading.Event()
    for _ in range(2_000):
        if not store.open_units:
            break
        tick.wait(0.01)
    left = store.open_units
    store.close()
    assert left == 0, f"{left} units were left open"


@pytest.fixture(scope="module")
def lasting_desk(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk on a shop that the tests of a module share, for what takes long to build upon one. Its time stands."""
    folder = tmp_path_factory.mktemp("lasting")
    store = _new_sqlite(_sqlite_template, folder)
    yield desk_on(store, FixedClock(NOON), folder)
    _closed(store)


@pytest.fixture
def sqlite_store(_sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty shop in a SQLite file of its own."""
    store = _new_sqlite(_sqlite_template, tmp_path)
    yield store
    _closed(store)


@pytest.fixture
def postgres_store(postgres: Server, _postgres_template: str) -> Iterator[Store]:
    """An empty shop in a PostgreSQL database of its own."""
    name = f"desk_{next(_numbers)}"
    store = _practised(open_store(postgres.create(name, _postgres_template)))
    yield store
    _closed(store)
    postgres.run(f"drop database {name} with (force)")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty shop, once on each kind of database."""
    found = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "postgres_store")
    assert isinstance(found, Store)
    return found


@pytest.fixture
def clock() -> FixedClock:
    """Stands at 2026-03-01 12:00 UTC until the test moves it."""
    return FixedClock(NOON)


def desk_on(store: Store, clock: FixedClock, folder: Path) -> Desk:
    """The headless application on that shop."""
    return Desk(
        store=store,
        actor=Actor("tester"),
        now=clock.now,
        secret=lambda _: None,
        data_dir=folder,
        transport=f"outbox:{folder}/outbox",
        host="here:1:1",
    )


@pytest.fixture
def make_desk(tmp_path: Path, clock: FixedClock) -> Callable[[Store], Desk]:
    return partial(desk_on, clock=clock, folder=tmp_path)


@pytest.fixture
def desk(sqlite_store: Store, make_desk: Callable[[Store], Desk]) -> Desk:
    """The headless application on an empty SQLite shop, at a fixed time."""
    return make_desk(sqlite_store)


@pytest.fixture
def any_desk(store: Store, make_desk: Callable[[Store], Desk]) -> Desk:
    """The headless application on each kind of database."""
    return make_desk(store)


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real files from real shops that stands beside the checkout."""
    beside = Path(__file__).parent.parent.parent / "shared" / "real"
    return Path(os.environ.get("RESTOCK_DESK_REAL") or beside)
