"""A line for the SKU of a variant: while it is typed, the variants that match are offered with their names."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, QTimer
from PySide6.QtWidgets import QCompleter, QLineEdit

from restock_desk.domain.listing import LISTS, Listing
from restock_desk.services import listing as listings
from restock_desk.ui.cells import visible

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

OFFERED = 12
SEPARATOR = " — "


class SkuField(QLineEdit):
    """GUI thread only; asks the database on the bridge a moment after the last key."""

    def __init__(self, window: "Window", sku: str = "") -> None:
        super().__init__(sku)
        self.setAccessibleName("SKU")
        self.setPlaceholderText("SKU or a part of the product’s name")
        self._window = window
        self._offers = QStringListModel(self)
        completer = QCompleter(self._offers, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        picked = completer.activated[str]  # type: ignore[index]  # the overload that tells the text
        picked.connect(self._chosen, Qt.ConnectionType.QueuedConnection)  # after Qt wrote the whole offer
        self.setCompleter(completer)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(150)
        self._soon.timeout.connect(self._ask)
        self.textEdited.connect(lambda _: self._soon.start())

    @property
    def sku(self) -> str:
        """What stands in the line, without the name of a chosen offer."""
        return self.text().partition(SEPARATOR)[0].strip()

    def _chosen(self, offer: str) -> None:
        self.setText(offer.partition(SEPARATOR)[0])

    def _ask(self) -> None:
        text, desk = self.sku, self._window.desk
        if len(text) < 2:
            return
        places = {column.name: i for i, column in enumerate(LISTS["variants"])}

        def found() -> list[str]:
            rows = listings.page(desk, Listing("variants", search=text), 0, OFFERED)
            told = [[str(row.values[places[name]] or "") for name in ("sku", "product", "variant")] for row in rows]
            return [
                sku + SEPARATOR + visible(" · ".join(part for part in (product, variant) if part))
                for sku, product, variant in told
                if sku
            ]

        self._window.bridge.ask("sku", found, self._show)

    def _show(self, offers: list[str]) -> None:
        self._offers.setStringList(offers)
        completer = self.completer()
        if offers and self.hasFocus() and completer is not None:
            completer.complete()
