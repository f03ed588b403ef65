"""Settings that all who share the database agree on: the shop's names and links, and when stock counts as back."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QLineEdit, QSpinBox

from restock_desk.domain import mail_programs
from restock_desk.domain.restocks import AlertRule
from restock_desk.domain.shop import Shop
from restock_desk.services import shop as shops
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.mail_programs import MailPrograms
from restock_desk.ui.settings_form import SettingsForm, form_card, form_layout, name_label

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


class ShopSection(SettingsForm[Shop]):
    """Names, sender, links."""

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window, "Shop", shops.shop, shops.save)
        self.fields: dict[str, QLineEdit] = {}
        for words, fields in GROUPS:
            form = form_layout()
            for name, title, hint in fields:
                line = QLineEdit()
                line.setPlaceholderText(hint)
                line.setAccessibleName(f"{words}: {title}")
                line.textChanged.connect(lambda _: self.touched())
                self.fields[name] = line
                form.addRow(name_label(title), line)
            self._cards.addWidget(form_card(words, form))
        self.programs = MailPrograms()
        self.programs.changed.connect(self.touched)
        about = theme.caption("Checks weigh what these cannot show. A document may name others.", wrap=True)
        self._cards.addWidget(theme.card(theme.heading("Mail programs of your readers"), about, self.programs))

    def fill(self, shop: Shop) -> None:
        self.programs.show_patterns(mail_programs.patterns(shop.mail_programs))
        for name, line in self.fields.items():
            line.setText(str(getattr(shop, name)))

    def changed(self, shop: Shop) -> Shop:
        new = {name: line.text().strip() for name, line in self.fields.items()}
        chosen = self.programs.patterns
        if not chosen:
            raise ValueError("Choose at least one mail program.")
        shop = replace(shop, mail_programs=mail_programs.spelled(chosen))
        return replace(shop, **new)  # type: ignore[arg-type]  # every one of these fields is text


class RuleSection(SettingsForm[Shop]):
    """When stock counts as back, and how soon a person may be mailed again."""

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window, "Alert rule", shops.shop, shops.save, long=False)
        self.threshold, self.debounce, self.cooldown = QSpinBox(), QSpinBox(), QSpinBox()
        self.backorder = QCheckBox("Backorder counts as back in stock")
        self.publication = QCheckBox("Publishing a product that has stock counts as a restock")
        form = form_layout()
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
            form.addRow(name_label(title), box)
        for tick in (self.backorder, self.publication):
            tick.setAccessibleName(tick.text())
            tick.toggled.connect(lambda _: self.touched())
            form.addRow(tick)
        note = theme.caption(
            "Stock that goes away again while waiting withdraws the restock: nobody is told of something that is gone.",
            wrap=True,
        )
        self._cards.addWidget(form_card("When stock counts as back", form))
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
