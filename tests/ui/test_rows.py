"""The rows model: whole lists by pages, newest question wins, nothing held that is not needed."""

from functools import partial

from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from restock_desk.domain.listing import Listing
from restock_desk.errors import DeskError
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.cells import CellDelegate
from restock_desk.ui.pages import KEPT_PAGES, PAGE, QUEUE
from restock_desk.ui.rows import MISSING, RowsModel
from tests.ui.rows_source import Numbers
from tests.ui.standstill import beating

WHOLE = Listing("subscribers")


def shown(model: RowsModel, row: int) -> str:
    return str(model.data(model.index(row, 0)))


def here(model: RowsModel, row: int) -> bool:
    return model.row_at(row) is not None


def loaded(qtbot: QtBot, bridge: Bridge, total: int) -> tuple[RowsModel, Numbers]:
    source = Numbers(total)
    model = RowsModel(source, bridge, "subscribers")
    model.show_listing(WHOLE)
    qtbot.waitUntil(lambda: model.count.exact and model.rowCount() == total)
    return model, source


def test_a_short_list_needs_one_question_only(qtbot: QtBot, bridge: Bridge) -> None:
    model, source = loaded(qtbot, bridge, 3)
    assert [shown(model, n) for n in range(3)] == [f"person{n}@example.com" for n in (1, 2, 3)]
    assert source.asked == [("page", 0)]
    model.stop()


def test_a_row_far_away_is_dots_first_and_then_itself(qtbot: QtBot, bridge: Bridge) -> None:
    model, _ = loaded(qtbot, bridge, 100_000)
    assert shown(model, 77_777) == MISSING
    qtbot.waitUntil(lambda: shown(model, 77_777) == "person77778@example.com")
    model.stop()


def test_no_more_than_the_kept_pages_are_held(qtbot: QtBot, bridge: Bridge) -> None:
    model, _ = loaded(qtbot, bridge, 40_000)
    for page in range(0, 200, 2):
        qtbot.waitUntil(partial(here, model, page * PAGE))
    assert len(model._pages.held) <= KEPT_PAGES
    model.stop()


def test_only_where_the_scroll_bar_stopped_is_fetched(qtbot: QtBot, bridge: Bridge) -> None:
    model, source = loaded(qtbot, bridge, 100_000)
    source.gate.clear()
    source.asked.clear()
    for row in range(1_000, 99_000, 1_000):
        model.row_at(row)
    source.gate.set()
    qtbot.waitUntil(lambda: model.row_at(98_000) is not None)
    qtbot.waitUntil(lambda: not model._flying)
    assert len(source.asked) <= QUEUE + 4
    model.stop()


def test_a_jump_across_two_pages_asks_once_and_fetches_ahead_afterwards(qtbot: QtBot, bridge: Bridge) -> None:
    model, source = loaded(qtbot, bridge, 100_000)
    qtbot.waitUntil(lambda: model.complete)  # pages are asked for by their ids from here on
    source.asked.clear()
    edge = 500 * PAGE
    model.look(edge - 10, edge + 10)
    qtbot.waitUntil(lambda: here(model, edge - 10) and here(model, edge + 10))
    assert source.asked == [("rows", edge - PAGE + 1)]
    qtbot.waitUntil(lambda: 502 in model._pages.held and 497 in model._pages.held)
    assert len(source.asked) == 3
    model.stop()


def test_a_page_that_could_not_be_had_holds_up_no_other(qtbot: QtBot, bridge: Bridge) -> None:
    model, source = loaded(qtbot, bridge, 100_000)
    told: list[Exception] = []
    bridge.failed.connect(told.append)
    source.broken = DeskError("The server is gone.", "Try again.")
    model.row_at(50_000)
    qtbot.waitUntil(lambda: bool(told))
    source.broken = None
    model.row_at(70_000)
    qtbot.waitUntil(lambda: here(model, 70_000))
    model.row_at(50_000)
    qtbot.waitUntil(lambda: here(model, 50_000))
    assert [str(error) for error in told] == ["The server is gone. Try again."]
    model.stop()


def test_an_answer_to_an_old_question_is_dropped(qtbot: QtBot, bridge: Bridge) -> None:
    source = Numbers(1_000)
    model = RowsModel(source, bridge, "subscribers")
    source.gate.clear()
    model.show_listing(Listing("subscribers", search="1"))
    model.show_listing(Listing("subscribers", search="999"))
    source.gate.set()
    qtbot.waitUntil(lambda: model.rowCount() == 1)
    assert shown(model, 0) == "person999@example.com"
    model.stop()


def test_scrolling_while_a_new_question_is_under_way_mixes_no_rows_of_the_old_one(qtbot: QtBot, bridge: Bridge) -> None:
    model, source = loaded(qtbot, bridge, 100_000)
    source.gate.clear()
    model.show_listing(Listing("subscribers", descending=True))
    model.row_at(50_000)
    source.gate.set()
    qtbot.waitUntil(lambda: model.complete and model.row_at(0) is not None and not model._flying)
    qtbot.waitUntil(lambda: shown(model, 50_000) != MISSING)
    assert shown(model, 50_000) == "person50000@example.com"
    model.stop()


def test_a_wish_beyond_a_list_that_shrank_is_never_asked(qtbot: QtBot, bridge: Bridge) -> None:
    model, source = loaded(qtbot, bridge, 100_000)
    source.gate.clear()
    model.row_at(90_000)
    model.row_at(99_000)
    model._set_total(300)
    source.asked.clear()
    source.gate.set()
    qtbot.waitUntil(lambda: not model._flying)
    assert all(first <= 90_001 for kind, first in source.asked if kind == "rows")
    assert model._pages.wanted == []
    model.stop()


def test_asking_again_keeps_rows_where_they_stand(qtbot: QtBot, bridge: Bridge) -> None:
    model, source = loaded(qtbot, bridge, 5_000)
    qtbot.waitUntil(lambda: model.row_at(3_000) is not None)
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    source.total = 5_001
    model.reload()
    qtbot.waitUntil(lambda: model.rowCount() == 5_001)
    assert shown(model, 3_000) == "person3001@example.com"
    assert not resets
    model.stop()


def test_a_person_is_found_again_after_sorting(qtbot: QtBot, bridge: Bridge) -> None:
    model, _ = loaded(qtbot, bridge, 5_000)
    model.show_listing(Listing("subscribers", descending=True))
    qtbot.waitUntil(lambda: model.row_of(1) == 4_999)
    assert model.id_at(4_999) == 1
    model.stop()


def test_a_row_that_went_away_is_shown_as_missing(qtbot: QtBot, bridge: Bridge) -> None:
    model, source = loaded(qtbot, bridge, 1_000)
    source.total = 900
    model.row_at(950)
    qtbot.waitUntil(lambda: 950 // PAGE in model._pages.held)
    assert shown(model, 950) == MISSING
    qtbot.waitUntil(lambda: shown(model, 850) == "person851@example.com")
    model.stop()


def test_jumping_and_searching_in_200_000_rows_never_holds_the_window(qtbot: QtBot, bridge: Bridge) -> None:
    model, source = loaded(qtbot, bridge, 200_000)
    source.know("12", "123", "1234")
    view = QTableView()
    view.setItemDelegate(CellDelegate(view))
    view.setModel(model)
    qtbot.addWidget(view)
    view.resize(1000, 800)
    view.show()
    with beating() as gaps:
        for step in range(40):
            row = step * 4_999
            view.verticalScrollBar().setValue(row)
            qtbot.waitUntil(partial(here, model, row))
        for search in ("12", "123", "1234", ""):
            model.show_listing(Listing("subscribers", search=search))
            qtbot.waitUntil(lambda: not model.pending and model.count.exact)
    longest = sorted(gaps)[-3]  # two are left to a machine that does other things as well
    assert longest < 0.25, f"the window stood still for {longest * 1000:.0f} ms"
    model.stop()
