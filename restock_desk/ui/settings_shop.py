"""Settings that all who share the database agree on: the shop's names and links, and when stock counts as back."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from restock_desk.domain.restocks import AlertRule
from restock_desk.domain.shop import Shop
from restock_desk.services import shop as shops
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "The shop",
        (
            ("name", "Name", "As customers know it"),
            ("url", "Front page", "https://shop.example"),
            ("logo_url", "Logo", "Address of a picture"),
            ("postal_address", "Postal address", "Stands under every mail"),
            ("currency", "Currency", "EUR"),
            ("locale", "Language and region", "en-GB"),
            ("timezone", "Time zone", "Europe/Paris"),
        ),
    ),
    (
        "Sender",
        (
            ("sender_name", "Name", "Linen & Light"),
            ("sender_email", "Address", "hello@shop.example"),
            ("reply_to", "Replies go to", "The sender, when empty"),
            ("unsubscribe_email", "Unsubscribe by mail", "Used while no public address is set"),
        ),
    ),
    (
        "Links",
        (
            ("product_url", "Product page", "https://shop.example/products/{handle}?variant={variant_id}"),
            ("cart_url", "Cart", "https://shop.example/cart/{variant_id}:1"),
            ("wishlist_url", "Wish list", "https://shop.example/wishlist"),
            ("image_base_url", "Pictures", "In front of picture paths that are not complete"),
            ("public_url", "Public address of this desk", "Where `restock-desk serve` is reached; empty = no tracking"),
        ),
    ),
)


class _Form(QWidget):
    """Cards in a scroll area with a Save button that wakes when something was changed."""

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window", name: str, long: bool = True) -> None:
        """The button of a `long` form stays in sight below it; a short one has it right under its last card."""
        super().__init__()
        self._desk, self._bridge, self._window = desk, bridge, window
        self._shop: Shop | None = None
        self._cards: QVBoxLayout = theme.column(spacing=2 * theme.SPACE)
        inside = QWidget()
        inside.setObjectName("plain")
        inside.setMaximumWidth(820)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setAccessibleName(name)
        area.setWidget(inside)
        self.save = theme.button("Save", kind="primary")
        self.save.setEnabled(False)
        self.save.setToolTip(theme.tooltip("Nothing was changed."))
        self.save.clicked.connect(self._save)
        foot = theme.row(self.save, 1)
        inside.setLayout(theme.column(self._cards, *([] if long else [foot]), 1, spacing=2 * theme.SPACE))
        self.setLayout(theme.column(area, *([foot] if long else []), spacing=2 * theme.SPACE))

    def refresh(self) -> None:
        desk = self._desk
        if not self.save.isEnabled():
            self._bridge.ask(f"shop:{id(self)}", lambda: shops.shop(desk), self._show)

    def fill(self, shop: Shop) -> None:
        raise NotImplementedError

    def changed(self, shop: Shop) -> Shop:
        raise NotImplementedError

    def touched(self) -> None:
        """Something may have been changed by hand."""
        ready = self._shop is not None and self.changed(self._shop) != self._shop
        self.save.setEnabled(ready)
        self.save.setToolTip("" if ready else theme.tooltip("Nothing was changed."))

    def _show(self, shop: Shop) -> None:
        self._shop = None
        self.fill(shop)
        self._shop = shop
        self.touched()

    def _save(self) -> None:
        if self._shop is None:
            return
        before, after = self._shop, self.changed(self._shop)
        self._put(before, after)
        self._shop = after
        self.touched()

    def _put(self, before: Shop, after: Shop, say: bool = True) -> None:
        desk, window = self._desk, self._window

        def done(_: object) -> None:
            if say:
                again, back = (lambda: self._put(before, after, False)), (lambda: self._put(after, before, False))
                window.did("Settings saved", again, back)

        window.bridge.act("Save the shop's settings", lambda _t, _p: shops.save(desk, after), done, ("shop", "staff"))


class ShopSection(_Form):
    """Names, sender, links."""

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window, "Shop")
        self.fields: dict[str, QLineEdit] = {}
        for words, fields in GROUPS:
            form = _form()
            for name, title, hint in fields:
                line = QLineEdit()
                line.setPlaceholderText(hint)
                line.setAccessibleName(f"{words}: {title}")
                line.textChanged.connect(lambda _: self.touched())
                self.fields[name] = line
                form.addRow(_name(title), line)
            self._cards.addWidget(_card(words, form))

    def fill(self, shop: Shop) -> None:
        for name, line in self.fields.items():
            line.setText(str(getattr(shop, name)))

    def changed(self, shop: Shop) -> Shop:
        new = {name: line.text().strip() for name, line in self.fields.items()}
        return replace(shop, **new)  # type: ignore[arg-type]  # every one of these fields is text


class RuleSection(_Form):
    """When stock counts as back, and how soon a person may be mailed again."""

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window, "Alert rule", long=False)
        self.threshold, self.debounce, self.cooldown = QSpinBox(), QSpinBox(), QSpinBox()
        self.backorder = QCheckBox("Backorder counts as back in stock")
        self.publication = QCheckBox("Publishing a product that has stock counts as a restock")
        form = _form()
        for box, title, suffix, low, high in (
            (self.threshold, "Units that count as back", "", 1, 1_000_000),
            (self.debounce, "Wait before alerting", " seconds", 0, 86_400),
            (self.cooldown, "Warn support when mailed less than", " minutes ago", 0, 100_000),
        ):
            box.setRange(low, high)
            box.setSuffix(suffix)
            box.setFixedWidth(200)
            theme.with_margin(box)
            box.setAccessibleName(title)
            box.valueChanged.connect(lambda _: self.touched())
            form.addRow(_name(title), box)
        for tick in (self.backorder, self.publication):
            tick.setAccessibleName(tick.text())
            tick.toggled.connect(lambda _: self.touched())
            form.addRow(tick)
        note = theme.caption(
            "Stock that goes away again while waiting withdraws the restock: nobody is told of something that is gone.",
            wrap=True,
        )
        self._cards.addWidget(_card("When stock counts as back", form))
        self._cards.addWidget(note)

    def fill(self, shop: Shop) -> None:
        self.threshold.setValue(shop.rule.threshold)
        self.debounce.setValue(shop.rule.debounce_s)
        self.cooldown.setValue(shop.cooldown_s // 60)
        self.backorder.setChecked(shop.rule.backorder_counts)
        self.publication.setChecked(shop.rule.publication_counts)

    def changed(self, shop: Shop) -> Shop:
        rule = AlertRule(
            self.threshold.value(), self.debounce.value(), self.backorder.isChecked(), self.publication.isChecked()
        )
        kept = shop.cooldown_s if shop.cooldown_s // 60 == self.cooldown.value() else self.cooldown.value() * 60
        return replace(shop, rule=rule, cooldown_s=kept)


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(3 * theme.SPACE)
    form.setVerticalSpacing(theme.SPACE + 2)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return form


def _name(title: str) -> QWidget:
    made = theme.label(title, "muted")
    made.setMinimumSize(190, 32)
    return made


def _card(words: str, form: QFormLayout) -> QWidget:
    holder = QWidget()
    holder.setObjectName("plain")
    holder.setLayout(form)
    form.setContentsMargins(0, 0, 0, 0)
    return theme.card(theme.heading(words), holder, spacing=2 * theme.SPACE)
