"""What a list shows in its middle: the table, or why there is nothing to see and what to do about it."""

from collections.abc import Callable

from PySide6.QtWidgets import QStackedLayout, QWidget

from restock_desk.domain.listing import Count
from restock_desk.ui import theme

TABLE, EMPTY, NO_MATCH = range(3)


class ListPile(QStackedLayout):
    """The table; nothing at all; nothing that matches. One of them is seen."""

    def __init__(self, holder: QWidget, table: QWidget, clear: Callable[[], object]) -> None:
        """`holder` gets the layout from the start: without a widget it would show a window of its own."""
        super().__init__(holder)
        self.addWidget(table)
        self.addWidget(theme.empty_state("mdi6.tray", "Nothing here yet", "There are no rows in this list."))
        self.addWidget(
            theme.empty_state(
                "mdi6.magnify-close",
                "Nothing matches",
                "No row matches the search and filters.",
                ("Clear search and filters", clear),
            )
        )

    def set_empty(self, made: QWidget) -> None:
        """What to show while the list has no rows at all."""
        old = self.widget(EMPTY)
        self.insertWidget(EMPTY, made)
        if old is not None:
            self.removeWidget(old)
            old.deleteLater()

    def show_for(self, count: Count, narrowed: bool) -> None:
        """Show what fits so many rows."""
        nothing = count.exact and count.n == 0
        self.setCurrentIndex(TABLE if not nothing else NO_MATCH if narrowed else EMPTY)
