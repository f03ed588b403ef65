"""Send workers in the window: who lives, what the window leaves to them, and the way from a file to a server."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from restock_desk import settings
from restock_desk.domain.workers import Worker
from restock_desk.errors import Unavailable
from restock_desk.jobs import JobRunner
from restock_desk.services import campaigns, moving, workers
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.store import Store
from restock_desk.ui import sends as sends_
from restock_desk.ui.move_dialog import MoveShop
from restock_desk.ui.sends import Sends
from restock_desk.ui.window import Window
from restock_desk.ui.workers import WorkerList, WorkersAlive
from tests.builders import add_subscriber
from tests.campaigning import launched, states
from tests.postgres import Server

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORKER = Worker("mill:77:1", "mill", 77, 4, NOW, NOW, busy=3, sent=1_200, rate_per_s=41.5)
MakeWindow = Callable[[Desk], Window]


@pytest.fixture
def make_window(qtbot: QtBot, tmp_path: Path) -> Iterator[MakeWindow]:
    runner, windows = JobRunner(), list[Window]()

    def made(desk: Desk) -> Window:
        windows.append(Window(desk, runner, Settings(path=tmp_path / "desk.toml")))
        qtbot.addWidget(windows[-1])
        return windows[-1]

    yield made
    for window in windows:
        window.close()
    runner.close()


def words(widget: WorkerList) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def test_the_settings_list_the_workers_that_live(
    qtbot: QtBot, make_window: MakeWindow, make_desk: Callable[[Store], Desk], postgres_store: Store
) -> None:
    desk = make_desk(postgres_store)
    window = make_window(desk)
    window.show()
    window.open_page("settings", section="Workers")
    shown = window.findChild(WorkerList)
    assert isinstance(shown, WorkerList)
    qtbot.waitUntil(lambda: "No worker lives" in words(shown))
    workers.beat(desk, WORKER)
    shown.refresh()
    qtbot.waitUntil(lambda: "mill · 77" in words(shown))
    assert "One worker sends 41.5 mails a second." in words(shown)
    assert "3 of 4" in words(shown)


def test_the_campaigns_page_says_who_sends(
    qtbot: QtBot, make_window: MakeWindow, make_desk: Callable[[Store], Desk], postgres_store: Store
) -> None:
    desk = make_desk(postgres_store)
    window = make_window(desk)
    window.show()
    window.open_page("campaigns")
    shown = window.findChild(WorkersAlive)
    assert isinstance(shown, WorkersAlive)
    qtbot.waitUntil(lambda: shown.text() == "No worker: this window sends")
    workers.beat(desk, WORKER)
    shown.refresh()
    qtbot.waitUntil(lambda: shown.text() == "1 worker · 41.5 mails a second")
    assert "mill" in shown.toolTip()
    shown.click()
    qtbot.waitUntil(lambda: isinstance(window.findChild(WorkerList), WorkerList))


def test_on_a_file_nothing_is_said_of_workers(qtbot: QtBot, make_window: MakeWindow, desk: Desk) -> None:
    window = make_window(desk)
    window.show()
    window.open_page("campaigns")
    shown = window.findChild(WorkersAlive)
    assert isinstance(shown, WorkersAlive)
    assert not shown.isVisible()


def test_with_a_worker_alive_the_window_only_watches(
    qtbot: QtBot, make_window: MakeWindow, make_desk: Callable[[Store], Desk], postgres_store: Store
) -> None:
    desk = make_desk(postgres_store)
    campaign = launched(desk, transport="smtp://127.0.0.1:1")
    workers.beat(desk, WORKER)
    window = make_window(desk)
    seen: list[frozenset[str]] = []
    window.bridge.changed.connect(seen.append)
    sends = Sends(window)
    sends.look()
    qtbot.waitUntil(lambda: bool(seen))
    assert window.bridge.busy == []
    assert states(desk, campaign.id) == {"queued": 3}


def test_a_window_that_found_the_database_busy_at_its_start_looks_again_and_then_sends(
    qtbot: QtBot, make_window: MakeWindow, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = launched(desk)
    window = make_window(desk)
    told: list[Exception] = []
    window.bridge.failed.connect(told.append)
    really, tries = campaigns.recover, iter([Unavailable("The database desk.db is busy."), None])

    def busy_once(desk: Desk) -> int:
        error = next(tries)
        if error is not None:
            raise error
        return really(desk)

    monkeypatch.setattr(campaigns, "recover", busy_once)
    monkeypatch.setattr(sends_, "AFTER_FAILURE_MS", 1)
    sends = Sends(window)
    sends.start()
    qtbot.waitUntil(lambda: states(desk, campaign.id) == {"sent": 3})
    sends.stop()
    qtbot.waitUntil(lambda: not window.bridge.busy)
    assert [str(error) for error in told] == ["The database desk.db is busy."]


def test_a_shop_moves_to_a_server_from_the_window_and_opens_there(
    qtbot: QtBot, make_window: MakeWindow, desk: Desk, postgres: Server, tmp_path: Path
) -> None:
    postgres.run("drop database if exists window_desk with (force)")
    postgres.run("create database window_desk")
    add_subscriber(desk.store)
    window = make_window(desk)
    dialog = MoveShop(window)
    qtbot.addWidget(dialog)
    dialog.address.setText(postgres.url("window_desk"))
    dialog.go.click()
    qtbot.waitUntil(lambda: window.reopening)
    assert settings.load(tmp_path / "desk.toml").profile.database == postgres.url("window_desk")
    assert "window_desk" in moving.moved_to(desk)


def test_a_server_with_a_shop_on_it_is_refused_with_a_sentence(
    qtbot: QtBot, make_window: MakeWindow, desk: Desk, postgres_store: Store
) -> None:
    add_subscriber(postgres_store)
    window = make_window(desk)
    dialog = MoveShop(window)
    qtbot.addWidget(dialog)
    dialog.address.setText(postgres_store.url.set(drivername="postgresql").render_as_string(hide_password=False))
    dialog.go.click()
    qtbot.waitUntil(lambda: "holds a shop already" in dialog.address.said.text())
    assert dialog.go.isEnabled()
    assert not window.reopening
