"""A list of any length as Qt's table model: a window of pages over an id vector, never the whole list.

Every question has a generation; answers of older ones are dropped. Page 0 comes at once, then a count, then the ids.
"""

from array import array
from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from restock_desk.domain.listing import LISTS, Count, Kind, Listing, Row
from restock_desk.jobs import CancelToken
from restock_desk.services import listing as listings
from restock_desk.services.desk import Desk
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.cells import words
from restock_desk.ui.pages import PAGE, Pages
from restock_desk.ui.theme import tooltip

REST_MS = 40
"""Pages beside what is seen are fetched when nothing was asked for so long: painting goes first."""
FIRST_COUNT = 100_000
MISSING = "…"
LONG = 24
"""Texts longer than this have a tooltip: they may be cut in their cell."""
_TEXTS = frozenset((Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole))

Index = QModelIndex | QPersistentModelIndex


class Source(Protocol):
    """Where rows come from; called on lane threads."""

    def page(self, listing: Listing, offset: int, limit: int) -> list[Row]: ...
    def count(self, listing: Listing, cap: int | None) -> Count: ...
    def ids(self, listing: Listing, token: CancelToken) -> "array[int]": ...
    def rows(self, noun: str, ids: list[int]) -> list[Row]: ...


class DeskSource:
    """Rows of the desk's own database."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def page(self, listing: Listing, offset: int, limit: int) -> list[Row]:
        return list(listings.page(self._desk, listing, offset, limit))

    def count(self, listing: Listing, cap: int | None) -> Count:
        return listings.count(self._desk, listing, cap)

    def ids(self, listing: Listing, token: CancelToken) -> "array[int]":
        return listings.ids(self._desk, listing, token)

    def rows(self, noun: str, ids: list[int]) -> list[Row]:
        return list(listings.rows(self._desk, noun, ids))


class RowsModel(QAbstractTableModel):
    """Qt's model rules over frozen rows. Rows not here yet are None and drawn as "…"."""

    counted = Signal(object)
    arrived = Signal(bool)
    """The first page of a question is there; True = a new question, False = the same one asked again."""

    def __init__(self, source: Source, bridge: Bridge, noun: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = LISTS[noun]
        self.listing = Listing(noun)
        self.count = Count(0, exact=False)
        self.pending = True
        """Whether the first page of the newest question is still on its way."""
        self._source, self._bridge = source, bridge
        self._key = f"rows:{noun}:{id(self)}"
        self._generation = 0
        self._token = CancelToken()
        self._total = 0
        self._ids: array[int] | None = None
        self._pages = Pages()
        self._flying: set[str] = set()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._fetch_beside)

    @property
    def complete(self) -> bool:
        """Whether every id of the list is known, so that `row_of` < 0 means: not in it."""
        return self._ids is not None

    @property
    def asked(self) -> bool:
        """Whether anything was asked for yet."""
        return self._generation > 0

    def show_listing(self, listing: Listing) -> None:
        """Ask a new question. What is shown stays until its first page is there."""
        fresh = listing != self.listing or not self.asked
        self.listing = listing
        self._ask(fresh)

    def reload(self) -> None:
        """Ask the same question again, because something changed. Rows are replaced where they stand."""
        self._ask(fresh=not self.asked)

    def look(self, first: int, last: int) -> None:
        """These rows are about to be seen: what is missing of them is asked for before anything is painted."""
        if self.pending or first >= self._total:
            return  # what is shown belongs to the question before; painting after the first page asks again
        last = max(first, min(last, self._total - 1))
        self._pages.look(range(first // PAGE, last // PAGE + 1))
        self._fetch()

    def touch(self) -> None:
        """Rows may say something new: those that are seen are read again where they stand. Which rows there are stays.

        Costs a page or two, whatever the list's length: for a list that changes while it is looked at.
        """
        if self.asked and not self.pending:
            self._pages.stale = set(self._pages.held)
            self._changed(0, self._total - 1)

    def row_at(self, row: int) -> Row | None:
        """The row shown at that place; None while it is on its way (it is asked for) or when it went away."""
        if self._pages.lacks(row // PAGE):
            self.look(row, row)
        return self._pages.row(row)

    def id_at(self, row: int) -> int | None:
        """The id at that place, if known."""
        if self._ids is not None:
            return self._ids[row] if 0 <= row < len(self._ids) else None
        found = self.row_at(row) if 0 <= row < self._total else None
        return found.id if found else None

    def row_of(self, row_id: int) -> int:
        """Where that id stands; -1 when it is not (or not yet) known."""
        if self._ids is not None:
            try:
                return self._ids.index(row_id)
            except ValueError:
                return -1
        return self._pages.place_of(row_id)

    def stop(self) -> None:
        """Drop every question under way, before the model goes."""
        self._token.cancel()
        self._generation += 1
        self._rest.stop()
        self._pages.stop()
        self._flying.clear()
        for name in ("first", "count", "exact", "ids", "seen", "beside"):
            self._bridge.drop(f"{self._key}:{name}")

    # -- Qt's side -------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in _TEXTS:
            return None
        row = self.row_at(index.row())
        text = MISSING if row is None else words(row.values[index.column()], self.columns[index.column()].kind)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(text) if len(text) > LONG else None
        return text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = column.kind in (Kind.INT, Kind.MONEY, Kind.PERCENT)
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    # -- answers ---------------------------------------------------------------------------------------------------

    def _ask(self, fresh: bool) -> None:
        self.stop()
        self._token = CancelToken()
        self.pending = True
        number, question = self._generation, self.listing
        self._query("first", lambda: self._source.page(question, 0, PAGE), partial(self._first, number, fresh))

    def _query(self, name: str, fn: Callable[[], object], done: Callable[..., object]) -> None:
        self._bridge.ask(f"{self._key}:{name}", fn, done)

    def _first(self, number: int, fresh: bool, rows: list[Row]) -> None:
        if number != self._generation:
            return
        self.pending = False
        self._ids = None
        if fresh:
            self.beginResetModel()
            self._pages.restart(rows)
            self._total = len(rows)
            self.endResetModel()
        else:
            self._pages.renew(rows)
            if len(rows) < PAGE or self._total < len(rows):
                self._set_total(len(rows))
            self._changed(0, self._total - 1)
        if len(rows) < PAGE:
            self._ids = array("q", [row.id for row in rows])
        self._set_count(Count(len(rows), exact=len(rows) < PAGE))
        self.arrived.emit(fresh)
        if len(rows) < PAGE:
            return
        question, token = self.listing, self._token
        self._query("count", lambda: self._source.count(question, FIRST_COUNT), partial(self._counted, number))
        self._query("ids", lambda: self._source.ids(question, token), partial(self._vector, number))

    def _counted(self, number: int, count: Count) -> None:
        if number != self._generation or self._ids is not None:
            return
        self._set_total(count.n)
        self._set_count(count)
        if not count.exact:
            question = self.listing
            self._query("exact", lambda: self._source.count(question, None), partial(self._counted, number))

    def _vector(self, number: int, ids: "array[int]") -> None:
        if number != self._generation:
            return
        self._ids = ids
        self._set_total(len(ids))
        self._set_count(Count(len(ids)))

    def _set_total(self, total: int) -> None:
        if total > self._total:
            self.beginInsertRows(QModelIndex(), self._total, total - 1)
            self._total = total
            self.endInsertRows()
        elif total < self._total:
            self.beginRemoveRows(QModelIndex(), total, self._total - 1)
            self._total = total
            self._pages.cut(total)
            self.endRemoveRows()

    def _set_count(self, count: Count) -> None:
        self.count = count
        self.counted.emit(count)

    def _changed(self, first: int, last: int) -> None:
        if 0 <= first <= last < self._total:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    # -- pages -----------------------------------------------------------------------------------------------------

    def _fetch(self) -> None:
        if "seen" not in self._flying and (run := self._pages.next()) is not None:
            self._get("seen", run)
        self._rest.start()

    def _fetch_beside(self) -> None:
        if not self.pending and not self._flying and (run := self._pages.beside(self._total)) is not None:
            self._get("beside", run)

    def _get(self, name: str, run: range) -> None:
        self._flying.add(name)
        question, offset, limit = self.listing, run.start * PAGE, len(run) * PAGE
        ids = None if self._ids is None else self._ids[offset : offset + limit].tolist()
        fn: Callable[[], list[Row | None]]
        if ids is None:
            fn = partial(self._by_place, question, offset, limit)
        else:
            fn = partial(self._by_id, question.noun, ids)
        number = self._generation
        self._bridge.ask(
            f"{self._key}:{name}", fn, partial(self._run_came, number, name, run), partial(self._failed, name, run)
        )

    def _by_place(self, question: Listing, offset: int, limit: int) -> list[Row | None]:
        return list(self._source.page(question, offset, limit))

    def _by_id(self, noun: str, ids: list[int]) -> list[Row | None]:
        found = {row.id: row for row in self._source.rows(noun, ids)}
        return [found.get(row_id) for row_id in ids]

    def _run_came(self, generation: int, name: str, run: range, rows: list[Row | None]) -> None:
        if generation != self._generation:
            return
        self._flying.discard(name)
        self._pages.put(run, rows)
        first = run.start * PAGE
        self._changed(first, min(self._total, first + len(rows)) - 1)
        self._fetch()

    def _failed(self, name: str, run: range, error: Exception) -> None:
        """A run could not be had: it is asked for again when the list is scrolled, and others meanwhile."""
        self._flying.discard(name)
        self._pages.refuse(run)
        self._rest.stop()  # nothing beside it would come either
        self._bridge.failed.emit(error)
        if self._pages.wanted:
            self._fetch()
