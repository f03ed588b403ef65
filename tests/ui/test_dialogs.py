"""Every dialog and popover: named for screen readers, reachable by keyboard, and Enter does what it says."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from restock_desk.domain.handover import Receipt
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, JobRunner
from restock_desk.services import audience, delivery
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.ui import theme
from restock_desk.ui.ask_reason import ReasonDialog
from restock_desk.ui.catalog import CatalogPage
from restock_desk.ui.columns import ColumnChooser
from restock_desk.ui.person_acts import InterestDialog
from restock_desk.ui.pictures import Scene
from restock_desk.ui.stock_dialog import StockDialog
from restock_desk.ui.window import Window
from tests.campaigning import ACCEPTED, Scripted, launched
from tests.ui.dialogs import dialogs
from tests.ui.walk import controls, nameless

CALLED = (
    "import", "import-file", "import-dry-run", "set-stock", "add-interest", "open-shop", "guide", "quick-open",
    "columns", "filter", "filtered", "nothing-matches", "tasks", "problem", "message", "resend", "reason", "versions",
    "new-template", "template-list", "template-import", "template-import-report",
    "settings-alert-rule", "settings-brand", "settings-sending", "settings-web-service",
    "settings-appearance", "settings-database", "settings-imports", "settings-audit-trail",
)  # fmt: skip
PICTURED = {"mail-as-sent", "template-problem", "audience-report", "branches"}
"""These start the browser engine; tests of their own look at them."""


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A campaign was sent to three people."""
    return sent(desk)


@pytest.fixture(scope="module")
def lasting_shop(lasting_desk: Desk) -> Desk:
    return sent(lasting_desk)


def sent(desk: Desk) -> Desk:
    campaign = launched(desk, transport="outbox:scripted")
    delivery.deliver(desk, campaign.id, CancelToken(), transport=Scripted(_accepted), wait=False)
    return desk


def _accepted(_: object) -> Receipt:
    return ACCEPTED


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, shop: Desk, runner: JobRunner) -> Iterator[Window]:
    theme.apply(qapp, "light")
    made = Window(shop, runner, Settings())
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    yield made
    made.tasks.close()
    made.close()


@pytest.fixture(scope="module")
def scenes(lasting_shop: Desk) -> dict[str, Scene]:
    return dict(dialogs(lasting_shop))


@pytest.fixture
def shared(lasting_window: Window, scenes: dict[str, Scene]) -> Iterator[Window]:
    """A window for all scenes, each of which opens something over it; afterwards it is closed."""
    yield lasting_window
    for shown in QApplication.topLevelWidgets():
        if shown is not lasting_window and shown.isVisible():
            shown.close()


def test_every_scene_is_tried(scenes: dict[str, Scene]) -> None:
    assert set(scenes) == {*CALLED, *PICTURED}


@pytest.mark.parametrize("name", CALLED)
def test_every_control_of_a_dialog_has_a_name_and_can_be_reached(
    qtbot: QtBot, shared: Window, scenes: dict[str, Scene], name: str
) -> None:
    shown = scenes[name](shared) or shared
    _settle(qtbot, shared)
    assert nameless(shown) == []
    assert [part.accessibleName() for part in controls(shown) if _is_out_of_reach(part)] == []
    guessing = [x.text() for x in shown.findChildren(QLabel) if x.text() and x.textFormat() != Qt.TextFormat.PlainText]
    assert guessing == []


@pytest.mark.parametrize("name", ["set-stock", "add-interest", "open-shop", "resend", "reason", "new-template"])
def test_enter_means_the_coloured_button(qtbot: QtBot, shared: Window, scenes: dict[str, Scene], name: str) -> None:
    dialog = scenes[name](shared)
    assert isinstance(dialog, QDialog)
    _settle(qtbot, shared)
    chosen = [press for press in dialog.findChildren(QPushButton) if press.isDefault()]
    assert [press.property("kind") for press in chosen] == ["primary"]
    dialog.close()


def test_enter_without_a_reason_neither_acts_nor_closes(qtbot: QtBot, window: Window) -> None:
    dialog = ReasonDialog(window, "Suppress", "Nobody will be able to mail this address.", "Suppress")
    qtbot.addWidget(dialog)
    dialog.open()
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    assert dialog.isVisible()
    QTest.keyClicks(dialog.reason, "asked by phone")
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted


def test_a_part_of_a_name_offers_its_sku(qtbot: QtBot, window: Window) -> None:
    dialog = StockDialog(window)
    dialog.open()
    dialog.sku.setFocus()
    QTest.keyClicks(dialog.sku, "TEE")
    qtbot.waitUntil(lambda: dialog.sku._offers.rowCount() == 1)
    offer = dialog.sku._offers.stringList()[0]
    assert offer.startswith("TEE-M — ")
    dialog.sku.setText(offer)
    assert dialog.sku.sku == "TEE-M"
    dialog.close()


def test_an_interest_is_added_by_its_sku(qtbot: QtBot, window: Window, shop: Desk) -> None:
    someone = audience.find(shop, "p0@example.com")
    window.open_page("audience", person=someone.id)
    page: object = window.page("audience")
    person = page.person  # type: ignore[attr-defined]  # the audience page's panel
    qtbot.waitUntil(lambda: person._person is not None)
    person._add.click()
    dialog = person.findChild(InterestDialog)
    QTest.keyClicks(dialog.sku, "TEE-M")
    dialog.add.click()
    qtbot.waitUntil(lambda: window.toast.text == "Waits for TEE-M now")


def test_a_column_moves_by_keyboard(qtbot: QtBot, window: Window) -> None:
    window.open_page("catalog")
    page = window.page("catalog")
    assert isinstance(page, CatalogPage)
    header = page.list.table.horizontalHeader()
    chooser = ColumnChooser(header, page.list.columns, page.list)
    chooser.show_under(page.list)
    chooser._move(1)
    assert [header.logicalIndex(place) for place in (0, 1)] == [1, 0]
    assert chooser.lines.currentRow() == 1
    chooser.close()


def test_escape_dismisses_a_problem(qtbot: QtBot, window: Window) -> None:
    window.open_page("catalog")
    window.activateWindow()
    window.bridge.failed.emit(DeskError("The file is gone.", "Choose another."))
    assert window.problem.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.problem.isVisible()


def test_no_details_stay_beside_a_list_without_rows(qtbot: QtBot, window: Window) -> None:
    window.open_page("catalog")
    page = window.page("catalog")
    assert isinstance(page, CatalogPage)
    qtbot.waitUntil(lambda: _says(page.detail, "SKU"))
    page.list.set_search("no such thing")
    qtbot.waitUntil(lambda: _says(page.detail, "Nothing chosen"))
    assert page.list.selected_id() is None
    page.list.set_search("")
    qtbot.waitUntil(lambda: _says(page.detail, "SKU"))


def test_templates_open_by_keyboard_alone(qtbot: QtBot, window: Window) -> None:
    window.open_page("templates")
    page: object = window.page("templates")
    rows = page.list  # type: ignore[attr-defined]  # the templates page
    qtbot.waitUntil(lambda: rows.model.rowCount() == 1)
    window.open_page("templates")
    assert rows.table.currentIndex().row() == 0


def _is_out_of_reach(part: QWidget) -> bool:
    """Whether no key leads there. Scroll areas, progress and the palette's hits need none of their own."""
    led = part.accessibleName() == "Found" or isinstance(part, (QScrollArea, QProgressBar))
    grouped = isinstance(part, QAbstractButton) and part.group() is not None  # arrows go from one to the next
    ready = part.isVisible() and part.isEnabled()
    return ready and not led and not grouped and part.focusPolicy() == Qt.FocusPolicy.NoFocus


def _says(root: QWidget, words: str) -> bool:
    return any(label.text() == words and label.isVisible() for label in root.findChildren(QLabel))


def _settle(qtbot: QtBot, window: Window) -> None:
    """Until the lanes have done what was asked of them."""
    futures = [window.bridge.runner.run(lane, lambda: None) for lane in ("reads", "writes")]
    qtbot.waitUntil(lambda: all(future.done() for future in futures))
    qtbot.wait(60)
