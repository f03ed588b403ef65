"""The catalog: every variant with its stock and who waits; one product's story; setting stock; importing."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from restock_desk.domain.catalog import ProductDetail, Variant
from restock_desk.services import catalog
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.cells import instant, words
from restock_desk.ui.detail import Detail, lines
from restock_desk.ui.list_page import ListPage
from restock_desk.ui.stock_dialog import StockDialog

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

SHOWN = 30


class CatalogPage(ListPage):
    title: ClassVar[str] = "Catalog"
    icon: ClassVar[str] = "mdi6.tag-multiple-outline"
    purpose: ClassVar[str] = "Every product and variant, what is in stock, and how many people wait."
    nouns: ClassVar[frozenset[str]] = frozenset({"catalog"})
    rows: ClassVar[str] = "variants"

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window)
        self._detail: ProductDetail | None = None
        self._variant: Variant | None = None
        stock = theme.button("Set stock…", "mdi6.package-variant-plus")
        stock.clicked.connect(self.set_stock)
        bring = theme.button("Import products…", "mdi6.tray-arrow-up", kind="primary")
        bring.clicked.connect(lambda: window.import_file("products"))
        self.add_action_widget(stock)
        self.add_action_widget(bring)
        self.list.menu = self._menu
        self.list.set_empty(
            "mdi6.tag-multiple-outline",
            "No products yet",
            "Import a product file from Shopify, WooCommerce, Magento or any CSV, or open the sample shop.",
            ("Import products…", lambda: window.import_file("products")),
        )

    def open(self, **target: object) -> None:
        """`variant=7` selects that variant."""
        if isinstance(variant := target.get("variant"), int):
            self.list.select(variant)
            self.show_row(variant)

    def make_panel(self) -> QWidget:
        self.detail = Detail("mdi6.tag-outline", "Choose a variant to see its product, its stock and who waits.")
        return self.detail

    def clear_panel(self) -> None:
        self.detail.clear()

    def show_row(self, row_id: int) -> None:
        self.bridge.ask("catalog.detail", lambda: (row_id, catalog.product_of_variant(self.desk, row_id)), self._show)

    def set_stock(self) -> None:
        """Ask how many of the chosen variant are there."""
        chosen = self._variant
        StockDialog(self.shell, chosen.sku if chosen else "", chosen.stock if chosen else None).open()

    def copy_products(self) -> None:
        """The chosen rows on the clipboard, as Ctrl+C does, and what can be done with them."""
        words = "Ctrl+V puts them into an e-mail behind the selected block, or into a spreadsheet."
        self.list.take.copy(then=lambda: self.shell.toast.say(words))

    def _show(self, found: tuple[int, ProductDetail]) -> None:
        row_id, detail = found
        variant = next((v for v in detail.variants if v.id == row_id), detail.variants[0])
        self._detail, self._variant = detail, variant
        product, panel = detail.product, self.detail
        subtitle = " · ".join(part for part in (variant.title, product.vendor, product.type) if part)
        chips = [theme.chip(variant.availability.value), theme.chip(product.status.value)]
        panel.start(product.title, subtitle, chips, product.title, variant.image_url or product.image_url)
        change = theme.button("Set stock…", "mdi6.package-variant-plus")
        change.clicked.connect(self.set_stock)
        copy = theme.button("Copy SKU", "mdi6.content-copy", "quiet")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(variant.sku))
        panel.buttons(change, copy)
        panel.facts(
            (
                ("SKU", variant.sku or "–"),
                ("Price", _money(variant.price, variant.currency)),
                ("Compare at", _money(variant.compare_at_price, variant.currency)),
                ("In stock", "Not tracked" if variant.stock is None else words(variant.stock)),
                ("Waiting", words(variant.waiting)),
                *(((name, value)) for name, value in variant.options),
                ("Barcode", variant.barcode or "–"),
                ("Page", variant.url or product.url or "–"),
                ("From", f"{product.source} · {product.source_key}"),
                ("Updated", instant(variant.updated_at)),
            )
        )
        self._show_others(detail)
        self._show_history(detail, variant)
        panel.end()

    def _show_others(self, detail: ProductDetail) -> None:
        if len(detail.variants) > 1:
            rows = [(v.title or v.sku, words(v.stock), words(v.waiting)) for v in detail.variants[:SHOWN]]
            more = len(detail.variants) - SHOWN
            extra = [theme.caption(f"… and {more:,} more")] if more > 0 else []
            self.detail.section(
                f"All {len(detail.variants):,} variants",
                lines(("Variant", "Stock", "Waiting"), rows, frozenset({1, 2})),
                *extra,
            )

    def _show_history(self, detail: ProductDetail, variant: Variant) -> None:
        changes = [change for owner, change in detail.history if owner == variant.id][:SHOWN]
        if changes:
            rows = [(instant(c.at), f"{words(c.before)} → {words(c.after)}", c.source) for c in changes]
            self.detail.section("Stock history", lines(("When", "Stock", "From"), rows, frozenset({1})))

    def _menu(self, menu: QMenu, row_id: int) -> None:
        menu.addSeparator()
        menu.addAction(theme.icon("mdi6.content-copy"), "Copy as products for an e-mail", self.copy_products)
        menu.addAction(theme.icon("mdi6.package-variant-plus"), "Set stock…", self.set_stock)


def _money(amount: Decimal | None, currency: str) -> str:
    return "–" if amount is None else f"{words(amount)} {currency}".strip()
