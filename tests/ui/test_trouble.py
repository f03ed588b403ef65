"""A shop that cannot be opened: the window says why and what can be done, and changes nothing by itself."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from restock_desk import app
from restock_desk.errors import DeskError
from restock_desk.ui import trouble
from restock_desk.ui.trouble import Trouble


def test_it_says_what_is_wrong_and_offers_the_ways_out(qtbot: QtBot) -> None:
    dialog = Trouble(DeskError("The file shop.db is damaged.", "Restore a backup."), can_upgrade=False)
    qtbot.addWidget(dialog)
    dialog.show()
    words = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"The file shop.db is damaged.", "Restore a backup."} <= words
    buttons = {b.text(): b for b in dialog.findChildren(QPushButton)}
    assert not buttons["Upgrade it"].isVisible()
    buttons["Try again"].click()
    assert dialog.answer == "again"


def test_leaving_it_raises_the_error_and_the_file_keeps_every_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "shop.db"
    damaged.write_bytes(b"this is no database, " * 400)
    before = damaged.read_bytes()
    monkeypatch.setattr(trouble, "ask", lambda error, can_upgrade: ("quit", ""))
    with pytest.raises(DeskError, match=r"shop\.db"):
        app.open_desk(f"sqlite:///{damaged}")
    assert damaged.read_bytes() == before


def test_another_file_can_be_chosen_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.db").write_bytes(b"no database " * 400)
    other = f"sqlite:///{tmp_path}/other.db"
    monkeypatch.setattr(trouble, "ask", lambda error, can_upgrade: ("other", other))
    desk = app.open_desk(f"sqlite:///{tmp_path}/bad.db")
    assert desk.store.name == "other.db"
    desk.store.close()
