"""A page made of a list and a panel that tells about the chosen row. Space shows and hides the panel."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QSplitter, QWidget

from restock_desk.domain.listing import Count
from restock_desk.services.desk import Desk
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.list_view import ListView
from restock_desk.ui.page import Page

if TYPE_CHECKING:
    from restock_desk.ui.window import Window


class ListPage(Page):
    """Subclasses say which list, make the panel, and fill it in `show_row`."""

    rows: ClassVar[str] = ""
    panel_width: ClassVar[int] = 352

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window)
        self.list = ListView(desk, bridge, self.rows)
        self.panel = self.make_panel()
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setAccessibleName("List and details")
        self.split.addWidget(self.list)
        self.split.addWidget(self.panel)
        self.split.setStretchFactor(0, 1)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(2 * 8)
        self.split.setSizes([10_000, self.panel_width])
        self.add_body(self.split, 1)
        self.list.picked.connect(self.show_row)
        self.list.activated.connect(self._show_panel)
        self.list.model.arrived.connect(self._arrived)
        self.list.model.counted.connect(self._counted)
        toggle = QAction("Show or hide details", self)
        toggle.setShortcut(QKeySequence(Qt.Key.Key_Space))
        toggle.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        toggle.triggered.connect(lambda: self.panel.setVisible(self.panel.isHidden()))
        self.list.table.addAction(toggle)

    def make_panel(self) -> QWidget:
        """The panel at the right."""
        raise NotImplementedError

    def clear_panel(self) -> None:
        """Nothing is chosen."""
        raise NotImplementedError

    def show_row(self, row_id: int) -> None:
        """Fill the panel with that row's story."""
        raise NotImplementedError

    def refresh(self) -> None:
        self.list.refresh()
        chosen = self.list.selected_id()
        if chosen is not None:
            self.show_row(chosen)

    def focus_search(self) -> None:
        self.list.focus_search()

    def take_focus(self) -> None:
        self.list.take_focus()

    def save_state(self) -> dict[str, object]:
        return {"sizes": self.split.sizes(), "panel": self.panel.isVisibleTo(self)}

    def restore_state(self, state: dict[str, object]) -> None:
        sizes = state.get("sizes")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(n, int) and n > 0 for n in sizes):
            self.split.setSizes(sizes)
        if state.get("panel") is False:
            self.panel.hide()

    def _show_panel(self) -> None:
        self.panel.show()

    def _counted(self, count: Count) -> None:
        """No row stays shown beside a list that has none."""
        if count.exact and count.n == 0:
            self.list.forget_picked()
            self.clear_panel()

    def _arrived(self, _: bool) -> None:
        if self.list.selected_id() is None and self.list.model.rowCount() and not self.list.waiting_for_row:
            self.list.table.selectRow(0)
