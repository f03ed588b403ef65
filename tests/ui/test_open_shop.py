"""Opening another shop from the window: tried first, its password kept apart, the settings remember it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from restock_desk import settings
from restock_desk.jobs import JobRunner
from restock_desk.services import shops
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.store import Store
from restock_desk.ui.open_shop import OpenShop
from restock_desk.ui.window import Window


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, tmp_path: Path) -> Iterator[Window]:
    runner = JobRunner()
    made = Window(desk, runner, Settings(path=tmp_path / "desk.toml"))
    qtbot.addWidget(made)
    yield made
    made.close()
    runner.close()


def test_a_file_is_tried_and_opened(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    dialog = OpenShop(window)
    qtbot.addWidget(dialog)
    dialog.name.setText("Second shop")
    dialog.address.setText(f"sqlite:///{tmp_path}/second.db")
    dialog.open_it.click()
    qtbot.waitUntil(lambda: window.reopening)
    kept = settings.load(tmp_path / "desk.toml")
    assert (kept.profile.name, kept.profile.database) == ("Second shop", f"sqlite:///{tmp_path}/second.db")
    assert not (tmp_path / "second.db").exists(), "looking makes no file"


def test_what_is_no_shop_is_not_opened(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"something else " * 300)
    dialog = OpenShop(window)
    qtbot.addWidget(dialog)
    dialog.address.setText(f"sqlite:///{tmp_path}/other.db")
    dialog.open_it.click()
    qtbot.waitUntil(lambda: "other.db" in dialog.said.text())
    assert not window.reopening
    assert not (tmp_path / "desk.toml").exists()


def test_a_password_is_parted_from_its_address() -> None:
    plain, name, password = shops.parted("postgresql://ana:s%40fe@db.example:5433/shop")
    assert plain == "postgresql://ana@db.example:5433/shop"
    assert (name, password) == ("database:ana@db.example/shop", "s@fe")


def test_a_server_is_reached_with_the_kept_password(postgres_store: Store) -> None:
    url = postgres_store.url.render_as_string(hide_password=False)
    assert shops.probe(url, lambda _: None) == (True, "It can be reached and holds a shop of this version.")
