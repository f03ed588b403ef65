"""Setting the stock of one variant by hand, with Undo. Whether that is a restock is decided by the services."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QSpinBox, QWidget

from restock_desk.domain.restocks import StockResult
from restock_desk.services import catalog
from restock_desk.ui import theme
from restock_desk.ui.sku_field import SkuField

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

CHANGES = ("catalog", "restocks")


class StockDialog(QDialog):
    """Which SKU, how many. Pressing the button starts the change and closes the dialog."""

    def __init__(
        self, window: "Window", sku: str = "", stock: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent or window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Set stock")
        self.setMinimumWidth(460)
        self.sku, self.quantity, self.location = SkuField(window, sku), QSpinBox(), QLineEdit()
        theme.with_margin(self.quantity)
        self.quantity.setRange(-1_000_000, 100_000_000)
        self.quantity.setValue(max(0, stock or 0))
        self.quantity.setGroupSeparatorShown(True)
        self.location.setPlaceholderText("All locations")
        form = QFormLayout()
        form.setVerticalSpacing(theme.SPACE)
        form.setHorizontalSpacing(3 * theme.SPACE)
        for words, widget in (("SKU", self.sku), ("Units in stock", self.quantity), ("Location", self.location)):
            widget.setAccessibleName(words)
            name = theme.label(words, "muted")
            name.setMinimumHeight(32)
            form.addRow(name, widget)
        self.set = theme.button("Set stock", kind="primary")
        self.set.setDefault(True)
        self.set.clicked.connect(self._set)
        leave = theme.button("Cancel")
        leave.clicked.connect(self.reject)
        note = theme.caption(
            "When this brings a sold-out variant back, a restock event is made. Nothing is sent before you review it.",
            wrap=True,
        )
        self.setLayout(
            theme.column(form, note, theme.row(1, leave, self.set), spacing=2 * theme.SPACE, margin=3 * theme.SPACE)
        )
        (self.quantity if sku else self.sku).setFocus()
        self.quantity.selectAll()

    def _set(self) -> None:
        sku = self.sku.sku
        if not sku:
            self.sku.setFocus()
            return
        set_stock(self._window, sku, self.quantity.value(), self.location.text().strip())
        self.accept()


def set_stock(window: "Window", sku: str, quantity: int, location: str = "", announce: bool = True) -> None:
    """Set it as a task; says what happened, with Undo where the level before is known."""

    def done(result: StockResult) -> None:
        if not announce:
            window.toast.say(f"Stock of {sku} is {quantity:,} again")
        elif result.before is None:
            window.toast.say(f"Stock of {sku} set to {quantity:,}")
        else:
            before = result.before
            words = f"Stock of {sku} set to {quantity:,}" + (": a restock" if result.event else "")
            window.did(
                words,
                lambda: set_stock(window, sku, quantity, location, announce=False),
                lambda: set_stock(window, sku, before, location, announce=False),
            )

    window.bridge.act(
        f"Set stock of {sku}",
        lambda _token, _tell: catalog.set_stock(window.desk, sku, quantity, location),
        done,
        CHANGES,
    )
