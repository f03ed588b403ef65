"""Which columns a list shows, in which order: the chooser, and what is remembered of a list between two starts."""

import json
from dataclasses import asdict

from PySide6.QtCore import QByteArray, QPoint, QSettings, QSize, Qt
from PySide6.QtWidgets import QFrame, QHeaderView, QListWidget, QListWidgetItem, QWidget

from restock_desk.domain.listing import Column, Filter, Kind, Listing, Op
from restock_desk.ui import theme

NARROW = 90
"""No column is made narrower than this by itself."""


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
        reset = theme.button("Reset", kind="quiet")
        reset.clicked.connect(self._reset)
        self.setLayout(
            theme.column(
                theme.row(theme.heading("Columns"), 1, reset),
                self.lines,
                theme.caption("Drag to change the order."),
                margin=2 * theme.SPACE,
            )
        )

    def show_under(self, widget: QWidget) -> None:
        self.resize(260, min(520, 130 + 32 * len(self._columns)))
        self.move(widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + 4)))
        self.show()
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
    return max(column.width, round(1.12 * header.fontMetrics().horizontalAdvance(column.title)) + 28)


def fit(header: QHeaderView, columns: tuple[Column, ...], width: int) -> None:
    """Narrow or widen the text columns so that as many columns as can be are seen whole, and none is cut in half."""
    shown = [i for i in range(len(columns)) if not header.isSectionHidden(i)]
    wide = {i: _width(header, columns[i]) for i in shown}
    least = {i: max(NARROW, round(0.6 * n)) if columns[i].kind is Kind.TEXT else n for i, n in wide.items()}
    whole = shown
    while whole and sum(least[i] for i in whole) > width:
        whole = whole[:-1]
    spare = width - sum(least[i] for i in whole)
    room = sum(wide[i] - least[i] for i in whole)
    if room <= 0 or (whole == shown and spare >= room):
        return
    for i in whole:
        header.resizeSection(i, least[i] + int((wide[i] - least[i]) * spare / room))


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
