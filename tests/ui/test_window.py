"""The window as a whole: pages, names for screen readers, undo, errors, what it remembers."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from restock_desk.domain.listing import Filter, Op
from restock_desk.errors import DeskError
from restock_desk.services import audience, catalog, restocks
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.audience import AudiencePage
from restock_desk.ui.catalog import CatalogPage
from restock_desk.ui.import_dialog import ImportDialog
from restock_desk.ui.list_view import ListView
from restock_desk.ui.quick_open import QuickOpen
from restock_desk.ui.restocks import RestocksPage
from restock_desk.ui.stock_dialog import set_stock
from restock_desk.ui.window import PAGES, Window
from tests.builders import add_interest, add_product, add_subscriber
from tests.fakes import FixedClock
from tests.ui.conftest import MakeWindow
from tests.ui.walk import controls, nameless


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A sold-out shirt that Ana and Bob wait for, and a hat in stock."""
    return stocked(desk)


@pytest.fixture(scope="module")
def lasting_shop(lasting_desk: Desk) -> Desk:
    return stocked(lasting_desk)


def stocked(desk: Desk) -> Desk:
    shirt = add_product(desk.store, "TEE-M", stock=0)
    add_product(desk.store, "HAT", stock=9)
    for email in ("ana@example.com", "bob@example.com"):
        add_interest(desk.store, add_subscriber(desk.store, email).id, shirt.id)
    return desk


def skus(page: CatalogPage) -> list[object]:
    rows = (page.list.model.row_at(n) for n in range(page.list.model.rowCount()))
    return [row.values[2] for row in rows if row is not None]


@pytest.mark.parametrize("name", list(PAGES))
def test_every_control_has_a_name_and_can_be_reached_and_every_label_is_plain_text(
    qtbot: QtBot, lasting_window: Window, lasting_shop: Desk, name: str
) -> None:
    window = lasting_window
    window.open_page(name)
    qtbot.wait(300)
    assert nameless(window) == []
    unreachable = [
        type(widget).__name__
        for widget in controls(window.page(name))
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() == Qt.FocusPolicy.NoFocus
    ]
    assert unreachable == []
    guessing = [
        label.text()
        for label in window.page(name).findChildren(QLabel)
        if label.text() and label.textFormat() is not Qt.TextFormat.PlainText
    ]
    assert guessing == []


def test_ctrl_and_a_number_goes_to_a_page(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    window.open_page("catalog")
    window.commands.trigger("Audience")
    assert window.current == "audience"


def test_an_empty_shop_says_what_to_do(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    window.open_page("catalog")
    page = window.page("catalog")
    assert isinstance(page, CatalogPage)
    qtbot.waitUntil(lambda: any(x.text() == "No products yet" and x.isVisible() for x in page.findChildren(QLabel)))


def test_searching_and_filtering_happen_in_the_database(qtbot: QtBot, make_window: MakeWindow, shop: Desk) -> None:
    window = make_window()
    window.open_page("catalog")
    page = window.page("catalog")
    assert isinstance(page, CatalogPage)
    qtbot.waitUntil(lambda: page.list.counter.text() == "2 rows")
    page.list.search.setFocus()
    QTest.keyClicks(page.list.search, "hat")
    qtbot.waitUntil(lambda: page.list.counter.text() == "1 row")
    page.list.set_search("")
    page.list.set_filters((Filter("stock", Op.IS, "0"),))
    qtbot.waitUntil(lambda: skus(page) == ["TEE-M"])


def test_setting_stock_makes_a_restock_and_can_be_undone(qtbot: QtBot, make_window: MakeWindow, shop: Desk) -> None:
    window = make_window()
    set_stock(window, "TEE-M", 5)
    qtbot.waitUntil(lambda: "a restock" in window.toast.text)
    assert [event.after for event in restocks.latest(shop)] == [5]
    assert window.undo_stack.undoText() == "Stock of TEE-M set to 5: a restock"
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: "again" in window.toast.text)
    variant = catalog.set_stock(shop, "TEE-M", 0)
    assert variant.before == 0


def test_a_person_is_shown_whole_and_an_interest_can_be_cancelled_and_taken_back(
    qtbot: QtBot, make_window: MakeWindow, shop: Desk, clock: FixedClock
) -> None:
    window = make_window()
    ana = audience.find(shop, "ana@example.com")
    window.open_page("audience", person=ana.id)
    page = window.page("audience")
    assert isinstance(page, AudiencePage)
    qtbot.waitUntil(lambda: len(page.person.waits) == 1)
    interest = page.person.waits.story_at(0)
    assert interest.state == "waiting"
    page.person._tabs.setCurrentWidget(page.person.waits)
    page.person.waits.setCurrentIndex(page.person.waits.model().index(0, 0))
    page.person._stop.click()
    qtbot.waitUntil(lambda: page.person.waits.story_at(0).state == "cancelled")
    assert window.toast.text == "Interest cancelled"
    clock.advance(60)
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: page.person.waits.story_at(0).state == "waiting")


def test_a_restock_shows_who_waits(qtbot: QtBot, make_window: MakeWindow, shop: Desk) -> None:
    catalog.set_stock(shop, "TEE-M", 3)
    event = restocks.latest(shop)[0]
    window = make_window()
    window.open_page("restocks", event=event.id)
    page = window.page("restocks")
    assert isinstance(page, RestocksPage)
    qtbot.waitUntil(lambda: any("of 2 who wait" in label.text() for label in page.detail.findChildren(QLabel)))


def test_a_file_is_looked_at_tried_and_imported(
    qtbot: QtBot, make_window: MakeWindow, desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("custom_id,email,first_name\n1,ana@example.com,Ana\n2,nobody,Bob\n", encoding="utf-8")
    window = make_window()
    dialog = ImportDialog(window, "subscribers", str(path))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(dialog.go.isEnabled)
    assert nameless(dialog) == []
    dialog.try_it.click()
    qtbot.waitUntil(lambda: dialog.report.title.text() == "Nothing was written yet")
    assert dialog.report.rejected.rowCount() == 1
    with pytest.raises(DeskError):
        audience.find(desk, "ana@example.com")
    dialog.go.click()
    qtbot.waitUntil(lambda: dialog.report.title.text() == "Imported")
    assert audience.find(desk, "ana@example.com").first_name == "Ana"


def test_anything_opens_by_a_few_letters(qtbot: QtBot, make_window: MakeWindow, shop: Desk) -> None:
    window = make_window()
    window.open_page("catalog")
    palette = QuickOpen(window)
    qtbot.addWidget(palette)
    palette.show_palette()
    palette.text.setText("@ana")
    QTest.keyClick(palette.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.current == "audience")


def test_an_error_is_shown_once_and_its_details_can_be_copied(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    window.bridge.failed.emit(DeskError("The file is gone.", "Choose another."))
    assert window.problem.text == "The file is gone. Choose another."
    window.problem.copy_details()
    assert "The file is gone." in QGuiApplication.clipboard().text()


def test_the_window_comes_back_as_it_was_left(qtbot: QtBot, make_window: MakeWindow, shop: Desk) -> None:
    first = make_window()
    first.start()
    first.open_page("catalog")
    page = first.page("catalog")
    assert isinstance(page, CatalogPage)
    page.list.table.horizontalHeader().resizeSection(0, 333)
    page.list.table.horizontalHeader().setSectionHidden(1, True)
    page.list._sort_by(2)
    page.list.keep_widths()
    page.list._save()
    first.open_page("restocks")
    first.close()
    second = make_window()
    second.start()
    assert second.current == "restocks"
    again = second.page("catalog")
    assert isinstance(again, CatalogPage)
    assert again.list.table.columnWidth(0) == 333
    assert again.list.table.isColumnHidden(1)
    assert again.list.listing.sort == "sku"


def test_closing_asks_long_work_to_stop(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    stopped = threading.Event()

    def work(token: object, _tell: object) -> None:
        if token.wait(20):  # type: ignore[attr-defined]  # a CancelToken
            stopped.set()

    window.bridge.act("Long", work)
    qtbot.waitUntil(lambda: bool(window.bridge.busy) and window.bridge.busy[0].state == "running")
    window.close()
    assert stopped.wait(5)


def test_dark_and_light_can_be_chosen_while_it_runs(
    qtbot: QtBot, make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("restock_desk.settings.save", lambda _: None)
    window = make_window()
    window.set_theme("dark")
    assert theme.is_dark()
    window.set_theme("light")
    assert not theme.is_dark()


def test_a_list_asks_by_itself_when_it_is_first_shown(qtbot: QtBot, make_window: MakeWindow, shop: Desk) -> None:
    window = make_window()
    view = ListView(shop, window.bridge, "subscribers")
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: view.counter.text() == "2 rows")


def test_no_column_is_cut_in_half_at_the_start(qtbot: QtBot, make_window: MakeWindow, shop: Desk) -> None:
    window = make_window()
    window.open_page("catalog")
    page = window.page("catalog")
    assert isinstance(page, CatalogPage)
    qtbot.waitUntil(lambda: page.list.counter.text() == "2 rows")
    header, right = page.list.table.horizontalHeader(), page.list.table.viewport().width()
    ends = [header.sectionViewportPosition(i) + header.sectionSize(i) for i in range(header.count())]
    assert any(0 <= right - end <= 20 for end in ends)
