"""Which columns a list shows, in which order: the chooser, and what is remembered of a list between two starts."""

import json
from dataclasses import asdict
from functools import partial

from PySide6.QtCore import QByteArray, QPoint, QSettings, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHeaderView, QListWidget, QListWidgetItem, QWidget

from restock_desk.domain.listing import Column, Filter, Kind, Listing, Op
from restock_desk.ui import theme

INSET, ARROW = 12, 14
NARROW = 90
"""No column is made narrower than this by itself."""
RIGID = frozenset({"sku"})
"""Columns of text that mean nothing when their end is missing."""


class ColumnChooser(QFrame):
    """A popover: tick what to see, drag to reorder; Alt+Up and Alt+Down move a line by keyboard."""

    def __init__(self, header: QHeaderView, columns: tuple[Column, ...], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popover")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Columns")
        self._header, self._columns = header, columns
        self.lines = QListWidget()
        self.lines.setAccessibleName("Columns")
        self.lines.setDragDropMode(QListWidget.DragDropMode.InternalMove)
        for place in range(header.count()):
            section = header.logicalIndex(place)
            line = QListWidgetItem(columns[section].title)
            line.setData(Qt.ItemDataRole.UserRole, section)
            line.setSizeHint(QSize(0, 32))
            hidden = header.isSectionHidden(section)
            line.setCheckState(Qt.CheckState.Unchecked if hidden else Qt.CheckState.Checked)
            self.lines.addItem(line)
        self.lines.itemChanged.connect(self._ticked)
        self.lines.model().rowsMoved.connect(self._reordered)
        for keys, step in (("Alt+Up", -1), ("Alt+Down", 1)):
            QShortcut(QKeySequence(keys), self, partial(self._move, step))
        reset = theme.button("Reset", kind="quiet")
        reset.clicked.connect(self._reset)
        self.setLayout(
            theme.column(
                theme.row(theme.heading("Columns"), 1, reset),
                self.lines,
                theme.caption("Drag, or Alt+Up and Alt+Down, to change the order."),
                margin=2 * theme.SPACE,
            )
        )

    def show_under(self, widget: QWidget) -> None:
        self.resize(300, min(560, 130 + 32 * len(self._columns)))
        self.move(widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + 4)))
        self.show()
        self.lines.setCurrentRow(0)
        self.lines.setFocus()

    def _ticked(self, line: QListWidgetItem) -> None:
        shown = sum(not self._header.isSectionHidden(i) for i in range(self._header.count()))
        hide = line.checkState() != Qt.CheckState.Checked
        if hide and shown == 1:
            line.setCheckState(Qt.CheckState.Checked)
            return
        self._header.setSectionHidden(int(line.data(Qt.ItemDataRole.UserRole)), hide)

    def _reordered(self) -> None:
        for place in range(self.lines.count()):
            section = int(self.lines.item(place).data(Qt.ItemDataRole.UserRole))
            self._header.moveSection(self._header.visualIndex(section), place)

    def _move(self, step: int) -> None:
        """The current line goes one place up or down, and its column with it."""
        place = self.lines.currentRow()
        if place >= 0 and 0 <= place + step < self.lines.count():
            self.lines.insertItem(place + step, self.lines.takeItem(place))
            self.lines.setCurrentRow(place + step)
            self._reordered()

    def _reset(self) -> None:
        default_columns(self._header, self._columns)
        self.close()


def default_columns(header: QHeaderView, columns: tuple[Column, ...]) -> None:
    """Widths, order and visibility as the list declares them."""
    for section, column in enumerate(columns):
        header.moveSection(header.visualIndex(section), section)
        header.setSectionHidden(section, not column.shown)
        header.resizeSection(section, _width(header, column))


def _width(header: QHeaderView, column: Column) -> int:
    """As declared, or what the title needs."""
    return max(column.width, _least(header, column))


def _least(header: QHeaderView, column: Column) -> int:
    """What the title needs, in its bold letters and with the arrow of a sorted column."""
    font = QFont(header.font())
    font.setWeight(QFont.Weight.DemiBold)
    return QFontMetrics(font).horizontalAdvance(column.title) + 2 * INSET + ARROW


def fit(header: QHeaderView, columns: tuple[Column, ...], width: int) -> None:
    """Narrow or widen the text columns so that as many columns as can be are seen whole, and none is cut in half."""
    shown = [i for i in range(len(columns)) if not header.isSectionHidden(i)]
    wide = {i: _width(header, columns[i]) for i in shown}
    least = {
        i: n
        if columns[i].kind is not Kind.TEXT or columns[i].name in RIGID
        else max(NARROW, round(0.7 * n), _least(header, columns[i]))
        for i, n in wide.items()
    }
    whole = shown
    while whole and sum(least[i] for i in whole) > width:
        whole = whole[:-1]
    spare = width - sum(least[i] for i in whole)
    room = sum(wide[i] - least[i] for i in whole)
    share = min(1.0, spare / room) if room > 0 and whole == shown else spare / room if room > 0 else 0.0
    for i in shown:
        header.resizeSection(i, least[i] + int((wide[i] - least[i]) * share) if i in whole else wide[i])


def save_view(
    ini: QSettings, noun: str, header: QHeaderView | None, listing: Listing, columns: tuple[Column, ...]
) -> None:
    """Remember sort and filters of a list, and its columns where `header` is given. A search is of the moment."""
    ini.setValue(f"list/{noun}/columns", ",".join(c.name for c in columns))
    if header is not None:
        ini.setValue(f"list/{noun}/header", bytes(header.saveState().toBase64().data()).decode())
    ini.setValue(
        f"list/{noun}/question",
        json.dumps(
            {
                "sort": listing.sort,
                "descending": listing.descending,
                "filters": [asdict(f) for f in listing.filters],
            }
        ),
    )


def restore_view(ini: QSettings, noun: str, header: QHeaderView, columns: tuple[Column, ...]) -> Listing:
    """What was remembered, or the defaults where there is nothing or the list has other columns now."""
    default_columns(header, columns)
    names = {c.name for c in columns}
    if str(ini.value(f"list/{noun}/columns", "")) != ",".join(c.name for c in columns):
        return Listing(noun)
    if kept_header := str(ini.value(f"list/{noun}/header", "")):
        header.restoreState(QByteArray.fromBase64(kept_header.encode()))
    try:
        kept = json.loads(str(ini.value(f"list/{noun}/question", "{}")))
        filters = tuple(Filter(f["column"], Op(f["op"]), str(f["value"])) for f in kept.get("filters", []))
        sort = str(kept.get("sort", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Listing(noun)
    return Listing(
        noun,
        filters=tuple(f for f in filters if f.column in names),
        sort=sort if sort in names else "",
        descending=bool(kept.get("descending")),
    )
