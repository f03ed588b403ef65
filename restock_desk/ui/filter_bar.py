"""Filters as removable chips, column · operator · value, with a small editor. What they mean is `domain.listing`'s."""

from dataclasses import replace

from PySide6.QtCore import QDate, QPoint, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QFrame, QLineEdit, QStackedWidget, QWidget
from superqt import QFlowLayout

from restock_desk.domain.listing import OPERATORS, Column, Filter, Kind, Op
from restock_desk.ui import theme
from restock_desk.ui.cells import visible

OP_WORDS = {
    Op.IS: "is",
    Op.IS_NOT: "is not",
    Op.CONTAINS: "contains",
    Op.STARTS: "starts with",
    Op.LESS: "less than",
    Op.MORE: "more than",
    Op.EMPTY: "is empty",
    Op.FILLED: "is filled",
}
_INSTANT_WORDS = {Op.LESS: "before", Op.MORE: "after"}
_NO_VALUE = (Op.EMPTY, Op.FILLED)


def op_words(op: Op, kind: Kind) -> str:
    """An operator as a person says it for that kind of column."""
    return (_INSTANT_WORDS.get(op) if kind is Kind.INSTANT else None) or OP_WORDS[op]


def filter_words(entry: Filter, columns: tuple[Column, ...]) -> str:
    """A filter as a chip shows it: Stock more than 0."""
    column = next((c for c in columns if c.name == entry.column), Column(entry.column, entry.column))
    value = theme.state_words(entry.value) if column.kind is Kind.CHOICE else visible(entry.value)
    return f"{column.title} {op_words(entry.op, column.kind)}" + ("" if entry.op in _NO_VALUE else f" {value}")


class FilterEditor(QFrame):
    """The popover: which column, how, which value. Emits `applied(Filter)`; Enter applies, Escape closes."""

    applied = Signal(object)

    def __init__(self, columns: tuple[Column, ...], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popover")
        self.setAccessibleName("Filter")
        self._columns = columns
        self.column, self.op = QComboBox(), QComboBox()
        self.text, self.choice, self.day = QLineEdit(), QComboBox(), QDateEdit(QDate.currentDate())
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("dd MMM yyyy")
        self.values = QStackedWidget()
        for widget, name in (
            (self.column, "Column"),
            (self.op, "Operator"),
            (self.text, "Value"),
            (self.choice, "Value"),
            (self.day, "Date"),
        ):
            widget.setAccessibleName(name)
            widget.setMinimumWidth(180)
        for value in (self.text, self.choice, self.day):
            self.values.addWidget(value)
        self.values.setFixedHeight(34)
        for entry in columns:
            self.column.addItem(entry.title, entry.name)
        apply = theme.button("Apply filter", kind="primary")
        apply.clicked.connect(self._apply)
        self.text.returnPressed.connect(self._apply)
        self.column.currentIndexChanged.connect(self._column_chosen)
        self.op.currentIndexChanged.connect(self._op_chosen)
        self.setLayout(
            theme.column(
                theme.caption("Show only rows where"),
                self.column,
                self.op,
                self.values,
                theme.row(1, apply),
                margin=2 * theme.SPACE,
            )
        )
        self._column_chosen()

    def edit(self, entry: Filter | None) -> None:
        """Show what is to be changed; None = a new filter."""
        if entry is not None:
            self.column.setCurrentIndex(max(0, self.column.findData(entry.column)))
            self._column_chosen()
            self.op.setCurrentIndex(max(0, self.op.findData(entry.op)))
            self.text.setText(entry.value)
            self.choice.setCurrentIndex(max(0, self.choice.findData(entry.value)))
            if (day := QDate.fromString(entry.value[:10], Qt.DateFormat.ISODate)).isValid():
                self.day.setDate(day)

    def _chosen(self) -> Column:
        return self._columns[max(0, self.column.currentIndex())]

    def _column_chosen(self) -> None:
        column = self._chosen()
        self.op.clear()
        for op in OPERATORS[column.kind]:
            self.op.addItem(op_words(op, column.kind), op)
        self.choice.clear()
        for value in ("yes", "no") if column.kind is Kind.BOOL else column.choices:
            self.choice.addItem(theme.state_words(value), value)
        by_choice = self.choice.count() > 0
        self.values.setCurrentWidget(
            self.choice if by_choice else self.day if column.kind is Kind.INSTANT else self.text
        )

    def _op_chosen(self) -> None:
        self.values.setVisible(self.op.currentData() not in _NO_VALUE)

    def _value(self) -> str:
        shown = self.values.currentWidget()
        if shown is self.choice:
            return str(self.choice.currentData())
        return self.day.date().toString(Qt.DateFormat.ISODate) if shown is self.day else self.text.text().strip()

    def _apply(self) -> None:
        op = Op(self.op.currentData())
        value = "" if op in _NO_VALUE else self._value()
        if value or op in _NO_VALUE:
            self.applied.emit(Filter(self._chosen().name, op, value))
            self.close()
        else:
            self.text.setFocus()


class FilterBar(QWidget):
    """The button that adds a filter. Its `chips` go where there is room. Emits `edited` with all filters."""

    edited = Signal(object)

    def __init__(self, columns: tuple[Column, ...]) -> None:
        super().__init__()
        self._columns = columns
        self.filters: tuple[Filter, ...] = ()
        self._add = theme.button("Filter", "mdi6.filter-variant", "quiet", "Show only some rows (Ctrl+Shift+F)")
        self._add.setAccessibleName("Add a filter")
        self._add.clicked.connect(lambda: self.open_editor(None))
        self.chips = QWidget()
        self.chips.setAccessibleName("Filters")
        self._chips = QFlowLayout()
        self._chips.setContentsMargins(0, 0, 0, 0)
        self._chips.setSpacing(6)
        self.chips.setLayout(self._chips)
        self.chips.hide()
        self.setLayout(theme.row(self._add, spacing=4))

    def set_filters(self, filters: tuple[Filter, ...]) -> None:
        """Show these without emitting."""
        self.filters = tuple(f for f in filters if any(c.name == f.column for c in self._columns))
        theme.clear(self._chips)
        for entry in self.filters:
            self._chips.addWidget(self._chip(entry))
        self.chips.setVisible(bool(self.filters))

    def open_editor(self, entry: Filter | None) -> FilterEditor:
        """Open the popover under the bar."""
        editor = FilterEditor(self._columns, self)
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.edit(entry)
        editor.applied.connect(lambda new: self._replace(entry, new))
        editor.adjustSize()
        editor.move(self.mapToGlobal(QPoint(0, self.height() + 4)))
        editor.show()
        editor.column.setFocus()
        return editor

    def _chip(self, entry: Filter) -> QWidget:
        words = filter_words(entry, self._columns)
        edit = theme.button(words, kind="chip", tip="Change this filter")
        remove = theme.tool("mdi6.close", f"Remove the filter {words}")
        edit.clicked.connect(lambda: self.open_editor(entry))
        remove.clicked.connect(lambda: self._replace(entry, None))
        made = QWidget()
        made.setLayout(theme.row(edit, remove, spacing=0))
        return made

    def _replace(self, old: Filter | None, new: Filter | None) -> None:
        kept = [
            replace(new) if f == old and new is not None else f for f in self.filters if f != old or new is not None
        ]
        if old is None and new is not None:
            kept.append(new)
        self.set_filters(tuple(kept))
        self.edited.emit(self.filters)
