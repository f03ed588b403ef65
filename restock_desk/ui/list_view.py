"""A browsable list: search, filters, sorting, columns, copy, export. It asks services only, a page at a time."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QModelIndex, QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QMenu, QWidget

from restock_desk.domain.listing import LISTS, Count, Filter, Listing
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.columns import ColumnChooser, restore_view, save_view
from restock_desk.ui.filter_bar import FilterBar
from restock_desk.ui.list_pile import ListPile
from restock_desk.ui.rows import DeskSource, RowsModel
from restock_desk.ui.search_field import SearchField
from restock_desk.ui.sku_rows import SkuRows
from restock_desk.ui.table import RowsTable, Take


class ListView(QWidget):
    """One list of `domain.listing.LISTS`, narrowed to `scope`. `menu` may be set to add to the context menu."""

    picked = Signal(int)
    """The id of the row that became current."""
    activated = Signal(int)
    """Enter or a double click on a row."""

    def __init__(self, desk: Desk, bridge: Bridge, noun: str, scope: tuple[tuple[str, int], ...] = ()) -> None:
        super().__init__()
        self.noun, self._desk, self._bridge = noun, desk, bridge
        self._picked: int | None = None
        self._wanted: int | None = None
        self._fresh = False
        self.menu: Callable[[QMenu, int], object] | None = None
        source = DeskSource(desk)
        made = SkuRows(source, bridge, self) if noun == "variants" else RowsModel(source, bridge, noun, self)
        self.model: RowsModel = made
        self.columns = self.model.columns
        self._build()
        self._ini = QSettings(str(desk.data_dir / "window.ini"), QSettings.Format.IniFormat)
        kept = restore_view(self._ini, noun, self.table.horizontalHeader(), LISTS[noun])
        self.table.own_widths = bool(self._ini.value(f"list/{noun}/header"))
        self.filters.set_filters(kept.filters)
        self.listing = replace(kept, scope=scope)
        self.table.show_sort(self.listing)
        self._connect()

    # -- for pages -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask again; rows are replaced where they stand."""
        self.model.show_listing(self.listing)

    def set_scope(self, scope: tuple[tuple[str, int], ...]) -> None:
        """Tie the list to another parent."""
        self._picked = None
        self._ask(replace(self.listing, scope=scope))

    def set_search(self, text: str) -> None:
        """Search as if typed."""
        self.search.setText(text)
        self.search.ask_now()

    def set_filters(self, filters: tuple[Filter, ...]) -> None:
        """Filter as if chosen."""
        self.filters.set_filters(filters)
        self._ask(replace(self.listing, filters=self.filters.filters))

    def select(self, row_id: int) -> None:
        """Make that row current as soon as it is known."""
        self._wanted = row_id
        self._try_select()

    def selected_id(self) -> int | None:
        return self._picked

    def forget_picked(self) -> None:
        """No row is chosen any more."""
        self._picked = None

    @property
    def waiting_for_row(self) -> bool:
        """Whether a row was asked for by `select` that has not come yet."""
        return self._wanted is not None

    def set_empty(
        self, icon: str, head: str, text: str, action: tuple[str, Callable[[], object]] | None = None
    ) -> None:
        """What to show while the list has no rows at all."""
        self._pile.set_empty(theme.empty_state(icon, head, text, action))

    def take_focus(self) -> None:
        """Put the focus on the rows; the first becomes current where none is."""
        self._to_rows()

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.search = SearchField(self.noun)
        self.filters = FilterBar(self.columns)
        self.counter = theme.caption()
        self.counter.setAccessibleName("Rows in the list")
        self.choose = theme.tool("mdi6.view-column-outline", "Choose columns")
        self._more = theme.tool("mdi6.dots-horizontal", "Copy and export")
        self.table = RowsTable(self.model, self.noun)
        self.take = Take(self._desk, self._bridge, self.table, self.noun)
        self._save_soon = QTimer(self)
        self._save_soon.setSingleShot(True)
        self._save_soon.setInterval(400)
        holder = QWidget()
        self._pile = ListPile(holder, self.table, self._clear)
        head = theme.row(self.search, self.filters, 1, self.counter, self.choose, self._more)
        head.setContentsMargins(12, 12, 12, 0)
        self.filters.chips.setContentsMargins(12, 0, 12, 0)
        card = QFrame()
        card.setObjectName("card")
        inside = theme.column(head, self.filters.chips, holder)
        inside.setContentsMargins(1, 1, 1, 4)
        inside.setStretch(2, 1)
        card.setLayout(inside)
        self.setLayout(theme.column(card))

    def _connect(self) -> None:
        header = self.table.horizontalHeader()
        header.sectionClicked.connect(self._sort_by)
        header.sectionMoved.connect(lambda *_: self.keep_widths())
        header.sectionResized.connect(lambda *_: self._resized())
        self._save_soon.timeout.connect(self._save)
        self.search.asked.connect(self._searched)
        self.search.left_down.connect(self._to_rows)
        self.table.entered_row = self._activate
        self.filters.edited.connect(lambda filters: self._ask(replace(self.listing, filters=filters)))
        self.model.counted.connect(self._say_count)
        self.model.arrived.connect(self._arrived)
        self.model.dataChanged.connect(lambda *_: self._row_came())
        self.table.selectionModel().currentRowChanged.connect(self._current_changed)
        self.table.doubleClicked.connect(lambda index: self._activate(index.row()))
        self.table.customContextMenuRequested.connect(self._context_menu)
        self.choose.clicked.connect(self._choose_columns)
        self._more.clicked.connect(lambda: self.take.menu(self.listing).popup(self._more.mapToGlobal(QPoint(0, 36))))
        for key, act in (
            ("Ctrl+C", self.take.copy),
            ("Ctrl+Shift+C", self.take.copy_cell),
            ("Ctrl+Shift+F", self._new_filter),
        ):
            action = QAction(self)
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(lambda _=False, act=act: act())
            self.addAction(action)

    def _context_menu(self, at: QPoint) -> None:
        menu = self.take.menu(self.listing)
        row_id = self._picked
        if self.menu is not None and row_id is not None:
            self.menu(menu, row_id)
        menu.popup(self.table.viewport().mapToGlobal(at))

    # -- asking ----------------------------------------------------------------------------------------------------

    def keep_widths(self) -> None:
        """The columns were arranged by hand: they come back as they are."""
        self.table.own_widths = True
        self._save_soon.start()

    def _resized(self) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self.keep_widths()

    def _choose_columns(self) -> None:
        chooser = ColumnChooser(self.table.horizontalHeader(), self.columns, self)
        chooser.destroyed.connect(self.keep_widths)
        chooser.show_under(self.choose)

    def _ask(self, listing: Listing) -> None:
        self.listing = listing
        self.model.show_listing(listing)
        self._save_soon.start()

    def _searched(self) -> None:
        text = self.search.text().strip()
        if text != self.listing.search:
            self._ask(replace(self.listing, search=text))

    def _sort_by(self, section: int) -> None:
        name = self.columns[section].name
        again = self.listing.sort == name
        if again and self.listing.descending:
            self._ask(replace(self.listing, sort="", descending=False))
        else:
            self._ask(replace(self.listing, sort=name, descending=again))
        self.table.show_sort(self.listing)

    def _new_filter(self) -> None:
        self.filters.open_editor(None)

    def _clear(self) -> None:
        self.search.clear()
        self.filters.set_filters(())
        self._ask(replace(self.listing, search="", filters=()))

    def _save(self) -> None:
        header = self.table.horizontalHeader() if self.table.own_widths else None
        save_view(self._ini, self.noun, header, self.listing, self.columns)

    # -- what comes back -------------------------------------------------------------------------------------------

    def _say_count(self, count: Count) -> None:
        self.counter.setText(f"{count.n:,}{'' if count.exact else '+'} {'row' if count.n == 1 else 'rows'}")
        self._pile.show_for(count, narrowed=bool(self.listing.search or self.listing.filters))
        self._try_select()

    def _arrived(self, fresh: bool) -> None:
        self._fresh = fresh
        if self.table.hasFocus():
            self._to_rows()  # they were waited for: the keys work on the first
        if fresh:
            self.table.scrollToTop()
            self._wanted = self._wanted or self._picked
        elif (
            self._wanted is None
            and self._picked is not None
            and self.model.id_at(self.table.currentIndex().row()) != self._picked
        ):
            self._wanted = self._picked
        self._try_select()

    def _try_select(self) -> None:
        if self._wanted is None or self.model.pending:
            return
        row = self.model.row_of(self._wanted)
        if row < 0 and self.model.complete and self._fresh and self._wanted == self._picked and self.model.rowCount():
            row = 0  # what was chosen is not among what was asked for: nothing unseen stays chosen
        if row >= 0:
            self._wanted, self._fresh = None, False
            self.table.selectRow(row)
            self._current_changed(self.model.index(row, 0), QModelIndex())  # another row may stand there by now
            self.table.scrollTo(self.model.index(row, 0), QAbstractItemView.ScrollHint.EnsureVisible)

    def _current_changed(self, index: QModelIndex, _: QModelIndex) -> None:
        row_id = self.model.id_at(index.row()) if index.isValid() else None
        if row_id is not None and row_id != self._picked:
            self._picked = row_id
            self.picked.emit(row_id)

    def _row_came(self) -> None:
        index = self.table.currentIndex()
        if index.isValid() and self._picked is None:
            self._current_changed(index, QModelIndex())

    def _activate(self, row: int) -> None:
        row_id = self.model.id_at(row)
        if row_id is not None:
            self.activated.emit(row_id)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.model.asked:
            self.refresh()

    def _to_rows(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.table.currentIndex().isValid() and self.model.rowCount():
            self.table.selectRow(0)
