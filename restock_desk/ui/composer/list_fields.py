"""Fields of several things: entries one below another, what a product shows, and tables."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.rich import plain
from restock_desk.domain.document.tree import Json
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.field import FieldEditor, words_of

Make = Callable[[FieldSpec, Around], FieldEditor]


class ListField(FieldEditor):
    """Entries as small cards with their own fields; up, down, remove, add."""

    WIDE = True

    def __init__(self, spec: FieldSpec, around: Around, make: Make, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self._make = make
        self._values: list[Any] = []
        self._cards: list[list[FieldEditor]] = []
        self._column = theme.column(spacing=6)
        self.add = theme.button(f"Add {_one(spec.label)}", "mdi6.plus", "quiet")
        self.add.clicked.connect(self._add)
        self.setLayout(theme.column(self._column, theme.row(self.add, 1), spacing=4))

    def show_value(self, value: Json) -> None:
        values = list(value) if isinstance(value, tuple) else []
        if len(values) != len(self._cards):
            self._values = values
            self._build()
        self._values = values
        for at, editors in enumerate(self._cards):
            for item, editor in zip(self.spec.items, editors, strict=True):
                editor.show_value(self._part(at, item))

    def _part(self, at: int, item: FieldSpec) -> Json:
        value = self._values[at]
        if not item.name:
            return value  # type: ignore[no-any-return]  # JSON
        found = value.get(item.name) if isinstance(value, Mapping) else None
        return item.default if found is None else found

    def _build(self) -> None:
        theme.clear(self._column)
        self._cards = []
        for at in range(len(self._values)):
            editors = [self._make(item, self.around) for item in self.spec.items]
            for item, editor in zip(self.spec.items, editors, strict=True):
                editor.edited.connect(partial(self._edited, at, item))
            self._cards.append(editors)
            self._column.addWidget(self._card(at, editors))

    def _card(self, at: int, editors: list[FieldEditor]) -> QWidget:
        tools = []
        for icon, words, act in (
            ("mdi6.arrow-up", "Move up", partial(self._move, at, -1)),
            ("mdi6.arrow-down", "Move down", partial(self._move, at, 1)),
            ("mdi6.close", "Remove", partial(self._remove, at)),
        ):
            made = theme.tool(icon, f"{words}: {_one(self.spec.label)} {at + 1}")
            made.setStyleSheet("padding: 2px; min-height: 14px;")
            made.clicked.connect(lambda _=False, act=act: act())
            tools.append(made)
        head = theme.row(theme.caption(f"{_one(self.spec.label).capitalize()} {at + 1}"), 1, *tools, spacing=0)
        card = QFrame()
        card.setObjectName("entry")
        card.setLayout(theme.column(head, *editors, spacing=4, margin=theme.SPACE))
        return card

    def _edited(self, at: int, item: FieldSpec, value: Json) -> None:
        if item.name:
            entry = dict(self._values[at]) if isinstance(self._values[at], Mapping) else {}
            entry.pop(item.name, None)
            self._values[at] = entry if value is None else {**entry, item.name: value}
        else:
            self._values[at] = value if value is not None else item.default
        self._tell()

    def _add(self) -> None:
        first = self.spec.items[0]
        self._values.append({} if first.name else first.default)
        self._build()
        self.show_value(tuple(self._values))
        self._tell()
        self._cards[-1][0].focus_first()

    def _remove(self, at: int) -> None:
        del self._values[at]
        self._build()
        self.show_value(tuple(self._values))
        self._tell()

    def _move(self, at: int, by: int) -> None:
        if 0 <= at + by < len(self._values):
            self._values[at], self._values[at + by] = self._values[at + by], self._values[at]
            self.show_value(tuple(self._values))
            self._tell()

    def _tell(self) -> None:
        self.edited.emit(tuple(self._values))


class PartsField(FieldEditor):
    """What a product shows and in which order: ticked, and dragged up or down."""

    WIDE = True

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self.list = QListWidget()
        self.list.setAccessibleName(spec.label)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(28 * len(spec.choices) + 6)
        self.setLayout(theme.row(self.list))
        self.setFocusProxy(self.list)
        self.list.itemChanged.connect(lambda _: self._tell())
        self.list.model().rowsMoved.connect(lambda *_: self._tell())

    def show_value(self, value: Json) -> None:
        shown = [str(one) for one in value] if isinstance(value, tuple) else []
        if shown == self.value and self.list.count():
            return
        self.list.blockSignals(True)
        self.list.clear()
        for name in (*shown, *(one for one in self.spec.choices if one not in shown)):
            item = QListWidgetItem(words_of(name))
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name in shown else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)

    @property
    def value(self) -> list[str]:
        """The parts that are ticked, in their order."""
        every = [self.list.item(row) for row in range(self.list.count())]
        return [str(i.data(Qt.ItemDataRole.UserRole)) for i in every if i.checkState() == Qt.CheckState.Checked]

    def _tell(self) -> None:
        made = tuple(self.value)
        self.edited.emit(None if made == self.spec.default else made)


class TableField(FieldEditor):
    """The cells as a grid; the one under the cursor is written in the field below."""

    WIDE = True

    def __init__(self, spec: FieldSpec, around: Around, make: Make, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self._rows: list[list[Json]] = []
        self.grid = QTableWidget()
        self.grid.setAccessibleName(spec.label)
        self.grid.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.grid.horizontalHeader().hide()
        self.grid.verticalHeader().hide()
        self.grid.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.grid.setFixedHeight(132)
        self.cell = make(FieldSpec("", "rich", "Words of the cell", ()), around)
        tools = []
        for icon, words, act in (
            ("mdi6.table-row-plus-after", "Add a row", partial(self._resize, 1, 0)),
            ("mdi6.table-row-remove", "Remove the last row", partial(self._resize, -1, 0)),
            ("mdi6.table-column-plus-after", "Add a column", partial(self._resize, 0, 1)),
            ("mdi6.table-column-remove", "Remove the last column", partial(self._resize, 0, -1)),
        ):
            made = theme.tool(icon, words)
            made.clicked.connect(lambda _=False, act=act: act())
            tools.append(made)
        self.setLayout(theme.column(self.grid, theme.row(*tools, 1, spacing=0), self.cell, spacing=4))
        self.setFocusProxy(self.grid)
        self.grid.currentCellChanged.connect(lambda *_: self._show_cell())
        self.grid.cellDoubleClicked.connect(lambda *_: self.cell.focus_first())
        self.cell.edited.connect(self._cell_edited)

    def show_value(self, value: Json) -> None:
        rows = [list(row) if isinstance(row, tuple) else [] for row in value] if isinstance(value, tuple) else []
        at = max(self.grid.currentRow(), 0), max(self.grid.currentColumn(), 0)
        self._rows = rows
        width = max((len(row) for row in rows), default=0)
        self.grid.blockSignals(True)
        self.grid.setRowCount(len(rows))
        self.grid.setColumnCount(width)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                self.grid.setItem(row, column, QTableWidgetItem(plain(cell)))
        self.grid.setCurrentCell(*at)
        self.grid.blockSignals(False)
        self._show_cell()

    def _show_cell(self) -> None:
        row, column = self.grid.currentRow(), self.grid.currentColumn()
        there = 0 <= row < len(self._rows) and 0 <= column < len(self._rows[row])
        self.cell.setEnabled(there)
        self.cell.show_value(self._rows[row][column] if there else ())

    def _cell_edited(self, value: Json) -> None:
        row, column = self.grid.currentRow(), self.grid.currentColumn()
        self._rows[row][column] = value or ()
        self._tell()

    def _resize(self, rows: int, columns: int) -> None:
        width = max((len(row) for row in self._rows), default=1)
        if rows > 0:
            self._rows.append([()] * width)
        elif rows < 0 and len(self._rows) > 1:
            self._rows.pop()
        if columns > 0:
            self._rows = [[*row, ()] for row in self._rows]
        elif columns < 0 and width > 1:
            self._rows = [row[: width - 1] for row in self._rows]
        self._tell()

    def _tell(self) -> None:
        self.edited.emit(tuple(tuple(row) for row in self._rows))


def _one(label: str) -> str:
    """Links → link, Entries → entry, SKUs → SKU."""
    word = label if label.isupper() or label == "SKUs" else label.lower()
    word = "client" if word == "target clients" else word
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
