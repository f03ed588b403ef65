"""The table of a list, and taking rows out of it: copy as text, copy a cell, export as a CSV file."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QMenu, QTableView

from restock_desk.domain.listing import Column, Listing, Row
from restock_desk.errors import DeskError
from restock_desk.services import listing as listings
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.cells import ROW_HEIGHT, CellDelegate
from restock_desk.ui.columns import fit
from restock_desk.ui.rows import RowsModel
from restock_desk.ui.sku_rows import SkuRows

MOST_COPIED = 5_000


class RowsTable(QTableView):
    """A table that never measures its content: fixed row height, no word wrap, rows chosen whole."""

    def __init__(self, model: RowsModel, noun: str) -> None:
        super().__init__()
        self.rows = model
        self.own_widths = False  # somebody has set the columns' widths
        self._fit_soon = QTimer(self)
        self._fit_soon.setSingleShot(True)
        self._fit_soon.timeout.connect(self.fit)
        self.entered_row: Callable[[int], object] = lambda _: None
        self.setModel(model)
        self.setItemDelegate(CellDelegate(self))
        self.setAccessibleName(f"List of {noun}")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.setDragEnabled(noun == "variants")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalScrollBar().valueChanged.connect(self._look)
        lines = self.verticalHeader()
        lines.setSectionResizeMode(lines.ResizeMode.Fixed)
        lines.setDefaultSectionSize(ROW_HEIGHT)
        lines.hide()
        head = self.horizontalHeader()
        head.setSectionsMovable(True)
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setStretchLastSection(True)
        head.setFixedHeight(36)
        head.setAccessibleName("Columns")
        head.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def fit(self) -> None:
        """Give the columns the room there is, until somebody has set their widths."""
        if not self.own_widths and self.isVisible():
            fit(self.horizontalHeader(), self.rows.columns, self.viewport().width())

    def show_sort(self, listing: Listing) -> None:
        """The arrow in the header of the column the rows are sorted by."""
        section = next((i for i, c in enumerate(self.rows.columns) if c.name == listing.sort), -1)
        down = Qt.SortOrder.DescendingOrder if listing.descending else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicatorShown(section >= 0)
        self.horizontalHeader().setSortIndicator(section, down)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_soon.start()

    def selected_rows(self) -> list[int]:
        """Row numbers of the selection, in order; cut a little above what may be copied."""
        found: set[int] = set()
        selection = self.selectionModel().selection()
        for number in range(selection.size()):
            span = selection.at(number)
            if len(found) <= MOST_COPIED:
                found.update(range(span.top(), min(span.bottom(), span.top() + MOST_COPIED) + 1))
        return sorted(found)

    def shown_columns(self) -> list[tuple[int, Column]]:
        """The columns as a person sees them, left to right, each with its place in a row's values."""
        head = self.horizontalHeader()
        order = (head.logicalIndex(place) for place in range(head.count()))
        return [(i, self.rows.columns[i]) for i in order if not head.isSectionHidden(i)]

    def show_column(self, name: str, on: bool) -> None:
        """For one that says something only now and then."""
        self.setColumnHidden([column.name for column in self.rows.columns].index(name), not on)

    def _look(self, first: int) -> None:
        """Have what is scrolled to fetched before it is painted."""
        self.rows.look(first, first + self.viewport().height() // ROW_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As usual, but called from Python: the interpreter is then held for all cells at once. Otherwise each cell
        would wait for it anew while another thread reads."""
        super().paintEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.entered_row(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)


class Take:
    """Copies and exports what a table shows, in its column order."""

    def __init__(self, desk: Desk, bridge: Bridge, table: RowsTable, noun: str) -> None:
        self._desk, self._bridge, self._table, self._noun = desk, bridge, table, noun

    def copy(self, fmt: str = "tsv", then: Callable[[], object] = lambda: None) -> None:
        """Put the selected rows on the clipboard with a header line, and as what else the list knows them.

        At most MOST_COPIED: a file is better then.
        """
        numbers = self._table.selected_rows()
        if len(numbers) > MOST_COPIED:
            words = f"Copying is for up to {MOST_COPIED:,} rows."
            self._bridge.failed.emit(DeskError(words, "Export the list as a CSV file instead."))
            return
        ids = [row_id for n in numbers if (row_id := self._table.rows.id_at(n)) is not None]
        if not ids:
            return
        shown = self._table.shown_columns()

        def fetch() -> tuple[Sequence[Row], str]:
            rows = listings.rows(self._desk, self._noun, ids)
            cut = [Row(r.id, tuple(r.values[i] for i, _ in shown)) for r in rows]
            return rows, listings.as_text(tuple(c for _, c in shown), cut, fmt)

        def put(found: tuple[Sequence[Row], str]) -> None:
            QGuiApplication.clipboard().setMimeData(_carried(self._table.rows, *found))
            then()

        self._bridge.ask(f"copy:{self._noun}", fetch, put)

    def copy_cell(self) -> None:
        """Put the current cell's text on the clipboard."""
        index = self._table.currentIndex()
        if index.isValid():
            QGuiApplication.clipboard().setText(str(self._table.rows.data(index)))

    def menu(self, listing: Listing) -> QMenu:
        """A menu of all this, gone when it closes."""
        made = QMenu(self._table)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.addAction("Copy rows\tCtrl+C", self.copy)
        made.addAction("Copy rows as CSV", lambda: self.copy("csv"))
        made.addAction("Copy cell\tCtrl+Shift+C", self.copy_cell)
        made.addSeparator()
        made.addAction(theme.icon("mdi6.tray-arrow-down"), "Export as CSV…", lambda: self.export(listing))
        return made

    def export(self, listing: Listing, path: str = "") -> None:
        """Write all rows of `listing` to a CSV file as a task; asks where when no path is given."""
        if not path:
            path, _ = QFileDialog.getSaveFileName(
                self._table, "Export as CSV", f"{self._noun}.csv", "CSV files (*.csv)"
            )
        if path:
            names = tuple(c.name for _, c in self._table.shown_columns())
            self._bridge.act(
                f"Export {self._noun}",
                lambda token, tell: listings.export_csv(self._desk, listing, Path(path), names, token, tell),
            )


def _carried(model: RowsModel, rows: Sequence[Row], text: str) -> QMimeData:
    """What the clipboard gets: the text, and of variants also the SKUs."""
    if isinstance(model, SkuRows):
        return model.carried(rows, text)
    made = QMimeData()
    made.setText(text)
    return made
