"""A link or a picture: an address, one of the special links made for each reader, or a variable."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QStackedWidget, QWidget

from restock_desk.domain.document.fields import LINKS, FieldSpec
from restock_desk.domain.document.tree import Json
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around, label_of
from restock_desk.ui.composer.carried import unpacked
from restock_desk.ui.composer.field import FieldEditor
from restock_desk.ui.composer.variable_picker import VariablePicker

_LINK_WORDS = {
    "product": "Product page", "cart": "Cart with the product", "wishlist": "Wish list", "unsubscribe": "Unsubscribe",
    "preferences": "Preferences", "browser": "This mail in a browser",
}  # fmt: skip
_PICTURES = ("product.image_url", "variant.image_url", "shop.logo_url")


class UrlField(FieldEditor):
    """What it leads to as a choice, and below it the address where one is typed."""

    WIDE = True

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self._picture = spec.type == "image"
        self.choice = QComboBox()
        self.choice.setAccessibleName(f"{spec.label}: what it is")
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.choice.addItem(theme.icon("mdi6.web"), "Web address", "")
        if self._picture:
            for path in _PICTURES:
                self.choice.addItem(theme.icon("mdi6.image-outline"), label_of(path), {"v": path})
        else:
            for name in LINKS:
                self.choice.addItem(theme.icon("mdi6.link-variant"), _LINK_WORDS[name], {"link": name})
        self.choice.addItem(theme.icon("mdi6.code-braces"), "Variable…", "variable")
        self.address = QLineEdit()
        self.address.setAccessibleName(f"{spec.label}: web address")
        self.address.setPlaceholderText("https://…" + (" (address of a picture)" if self._picture else ""))
        self.address.setMaxLength(2000)
        self.variable = VariablePicker(around, ("url", "image"), "Choose a variable")
        self.variable.picked.connect(lambda path: self._tell({"v": path}))
        self.parts = QStackedWidget()
        self.parts.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for part in (self.address, self.variable):
            self.parts.addWidget(part)
        self.setLayout(theme.column(self.choice, self.parts, spacing=4))
        self.setFocusProxy(self.choice)
        self.setAcceptDrops(self._picture)
        self.choice.activated.connect(lambda _: self._chosen(self.choice.currentData()))
        self.address.textEdited.connect(lambda words: self._tell(words.strip() or None))

    def show_value(self, value: Json) -> None:
        if isinstance(value, Mapping):
            known = next((n for n in range(self.choice.count()) if self.choice.itemData(n) == _bare(value)), -1)
            self.choice.setCurrentIndex(known if known >= 0 else self.choice.count() - 1)
            self.parts.setVisible(known < 0)
            self.parts.setCurrentWidget(self.variable)
            self.variable.show_path(str(value.get("v", "")))
            return
        self.choice.setCurrentIndex(0)
        self.parts.show()
        self.parts.setCurrentWidget(self.address)
        if self.address.text().strip() != str(value or ""):
            self.address.setText(str(value or ""))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _web_address(event) or _file(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        address, file = _web_address(event), _file(event)
        if address:
            self._tell(address)
            self.show_value(address)
        elif file and self.around.host is not None:
            self.around.host(file, self._tell)

    def _chosen(self, data: Any) -> None:
        if isinstance(data, Mapping):
            self.show_value(dict(data))
            return self._tell(dict(data))
        self.parts.show()
        self.parts.setCurrentWidget(self.variable if data else self.address)
        if data:
            return self.variable.open()
        self.address.setFocus()
        return self._tell(self.address.text().strip() or None)

    def _tell(self, value: Json) -> None:
        self.edited.emit(value)


def _bare(value: Mapping[str, Json]) -> dict[str, Json]:
    return {key: part for key, part in value.items() if key in ("v", "link")}


def _web_address(event: QDropEvent) -> str:
    """The first web address of a drop."""
    urls = event.mimeData().urls()
    return next((url.toString() for url in urls if url.scheme() in ("http", "https")), "")


def _file(event: QDropEvent) -> str:
    """The first picture's file of a drop."""
    found = unpacked(event.mimeData())
    return found.file if found is not None else ""
