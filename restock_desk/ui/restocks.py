"""Restocks: every time something became buyable again, what was true then, who waits now, and what to do about it."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QWidget

from restock_desk.domain.audience import AudienceReport
from restock_desk.domain.restocks import EventState, RestockEvent
from restock_desk.services import restocks
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.cells import instant, words
from restock_desk.ui.detail import Detail
from restock_desk.ui.exclusions import AudienceBars
from restock_desk.ui.list_page import ListPage
from restock_desk.ui.stock_dialog import StockDialog

if TYPE_CHECKING:
    from restock_desk.ui.window import Window


class RestocksPage(ListPage):
    title: ClassVar[str] = "Restocks"
    icon: ClassVar[str] = "mdi6.package-variant-closed-check"
    purpose: ClassVar[str] = "What came back into stock, who waits for it, and the alert you can send."
    nouns: ClassVar[frozenset[str]] = frozenset({"restocks", "audience", "campaigns"})
    rows: ClassVar[str] = "restocks"
    panel_width: ClassVar[int] = 400

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window)
        stock = theme.button("Set stock…", "mdi6.package-variant-plus")
        stock.clicked.connect(lambda: StockDialog(window).open())
        bring = theme.button("Import stock…", "mdi6.tray-arrow-up", kind="primary")
        bring.clicked.connect(lambda: window.import_file("stock"))
        self.add_action_widget(stock)
        self.add_action_widget(bring)
        self.list.activated.connect(self._review)
        self.list.set_empty(
            "mdi6.package-variant-closed-check",
            "Nothing came back yet",
            "A restock appears here when the stock of a sold-out variant rises. Set or import stock to see one.",
            ("Set stock…", lambda: StockDialog(window).open()),
        )

    def open(self, **target: object) -> None:
        """`event=7` selects that event."""
        if isinstance(event := target.get("event"), int):
            self.list.select(event)
            self.show_row(event)

    def make_panel(self) -> QWidget:
        self.detail = Detail("mdi6.package-variant", "Choose a restock to see what came back and who waits for it.")
        return self.detail

    def clear_panel(self) -> None:
        self.detail.clear()

    def show_row(self, row_id: int) -> None:
        desk = self.desk
        self.bridge.ask(
            "restocks.detail",
            lambda: (restocks.event(desk, row_id), restocks.audience(desk, (row_id,))),
            self._show,
        )

    def _show(self, found: tuple[RestockEvent, AudienceReport]) -> None:
        event, audience = found
        product, variant = event.snapshot.get("product", {}), event.snapshot.get("variant", {})
        panel = self.detail
        name = str(product.get("title") or "A product that went away")
        subtitle = " · ".join(str(part) for part in (variant.get("title"), variant.get("sku")) if part)
        picture = str(variant.get("image_url") or product.get("image_url") or "")
        panel.start(name, subtitle, [theme.chip(event.state.value)], name, picture)
        self._show_actions(event, audience)
        panel.facts(
            (
                ("Came back", instant(event.occurred_at)),
                ("Stock", f"{words(event.before)} → {words(event.after)}"),
                ("Price then", f"{variant.get('price') or '–'} {variant.get('currency') or ''}".strip()),
                ("Vendor", str(product.get("vendor") or "–")),
                ("Page", str(variant.get("url") or product.get("url") or "–")),
                *((str(k), str(v)) for k, v in variant.get("options") or []),
            )
        )
        panel.section("Audience", AudienceBars(audience))
        if product.get("description"):
            panel.section("Description then", theme.label(str(product["description"])[:600], "muted", wrap=True))
        panel.end()

    def _show_actions(self, event: RestockEvent, audience: AudienceReport) -> None:
        review = theme.button("Review and send…", "mdi6.send-outline", kind="primary")
        look = theme.button("Preview with this event", "mdi6.eye-outline")
        review.clicked.connect(lambda: self._review(event.id))
        look.clicked.connect(lambda: self.shell.open_page("templates", event_id=event.id))
        why = ""
        if event.state is EventState.WITHDRAWN:
            why = "The stock went away again before the alert was due, so nothing is sent."
        elif not audience.eligible:
            why = "Nobody who waits for this may be mailed about it now."
        review.setEnabled(not why)
        if why:
            review.setToolTip(theme.tooltip(why))
        self.detail.buttons(review, look)
        if why:
            self.detail.add(theme.caption(why, wrap=True))

    def _review(self, event_id: int) -> None:
        self.shell.open_page("campaigns", review=event_id)
