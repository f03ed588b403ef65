"""The brand kit that documents are dressed in: colours by day and by night, fonts, sizes, button, links, address."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QWidget,
)

from restock_desk.domain import brand as kits
from restock_desk.domain.brand import Brand, Shade, Social, Typeface
from restock_desk.errors import DeskError
from restock_desk.services import dressing
from restock_desk.services.desk import Desk
from restock_desk.services.dressing import Kit
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.settings_form import SettingsForm, form_card, form_layout, name_label

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

_COLORS = {
    "brand": "Brand", "on_brand": "Text on brand", "accent": "Accent", "on_accent": "Text on accent", "text": "Text",
    "muted": "Quiet text", "background": "Background", "surface": "Sheet", "link": "Links", "border": "Lines",
}  # fmt: skip
_STACKS = (
    kits.DEFAULT.body.stack, "Arial, Helvetica, sans-serif", "Verdana, Geneva, sans-serif",
    "'Trebuchet MS', Tahoma, sans-serif", "Georgia, 'Times New Roman', serif", "'Palatino Linotype', Palatino, serif",
    kits.DEFAULT.mono.stack,
)  # fmt: skip
_NETWORKS = {"x": "X", "tiktok": "TikTok", "youtube": "YouTube", "linkedin": "LinkedIn", "github": "GitHub"}
_SIZES = (
    ("scale.0", "Largest heading", 8, 96), ("scale.1", "Heading", 8, 96), ("scale.2", "Small heading", 8, 96),
    ("button_radius", "Round corners of buttons", 0, 60), ("button_padding.0", "Button, above and below", 0, 60),
    ("button_padding.1", "Button, left and right", 0, 80), ("picture_radius", "Round corners of pictures", 0, 60),
)  # fmt: skip


class ColorField(QWidget):
    """A colour as #rrggbb, with a swatch that opens the system's picker."""

    changed = Signal()

    def __init__(self, name: str, optional: bool = False) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.line, self._swatch, self._optional = QLineEdit(), QToolButton(), optional
        self.line.setMaxLength(7)
        self.line.setFixedWidth(112)
        self.line.setAccessibleName(name)
        self.line.setPlaceholderText("as by day" if optional else "#1f5c4d")
        self._swatch.setAccessibleName(f"{name}: choose")
        self._swatch.setToolTip(theme.tooltip("Choose a colour"))
        self._swatch.setIconSize(QSize(22, 22))
        self._swatch.clicked.connect(self._pick)
        self.line.textChanged.connect(self._shown)
        self.setLayout(theme.row(self._swatch, self.line, 1, spacing=6))

    @property
    def value(self) -> str:
        """In lower case. ValueError with a sentence when it is no colour."""
        found = self.line.text().strip().lower()
        if not (found == "" and self._optional) and not _is_color(found):
            raise ValueError(f"“{found or 'nothing'}” is no colour. Write it as #1f5c4d.")
        return found

    def _shown(self, text: str) -> None:
        made = QPixmap(44, 44)
        made.fill(QColor(0, 0, 0, 0))
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("strong_border"))
        painter.setBrush(QColor(text.strip()) if _is_color(text.strip().lower()) else QColor(0, 0, 0, 0))
        painter.drawRoundedRect(2, 2, 40, 40, 8, 8)
        painter.end()
        self._swatch.setIcon(QIcon(made))
        self.changed.emit()

    def _pick(self) -> None:
        found = QColorDialog.getColor(QColor(self.line.text() or "#ffffff"), self, self.line.accessibleName())
        if found.isValid():
            self.line.setText(found.name())


class BrandSection(SettingsForm[Kit]):
    """Everything about the shop's looks that documents name by tokens."""

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window, "Brand", dressing.kit, dressing.save_kit)
        self.colors: dict[tuple[str, bool], ColorField] = {}
        self.fonts: dict[str, tuple[QComboBox, QLineEdit]] = {}
        self.sizes: dict[str, QSpinBox] = {}
        self.lines: dict[str, QLineEdit] = {}
        self.weight, self.raw_html = QComboBox(), QCheckBox("Authors may write HTML that is sent as it is")
        for card in (self._color_card, self._font_card, self._size_card, self._social_card, self._words_card):
            self._cards.addWidget(card())

    def fill(self, kit: Kit) -> None:
        brand = kit.brand
        for (name, dark), field in self.colors.items():
            shade: Shade = getattr(brand, name)
            field.line.setText(shade.dark if dark else shade.light)
        for name, (stack, url) in self.fonts.items():
            face: Typeface = getattr(brand, name)
            stack.setCurrentText(face.stack)
            url.setText(face.url)
        for name, box in self.sizes.items():
            field_, _, at = name.partition(".")
            found: Any = getattr(brand, field_)
            box.setValue(found[int(at)] if at else found)
        self.weight.setCurrentText(brand.button_weight)
        links = {one.network: one.href for one in brand.social}
        for name, line in self.lines.items():
            line.setText(links.get(name, "") if name in kits.NETWORKS else str(getattr(brand, name)))
        self.raw_html.setChecked(kit.raw_html)

    def changed(self, kit: Kit) -> Kit:
        new: dict[str, Any] = {}
        for name in _COLORS:
            new[name] = Shade(self.colors[name, False].value, self.colors[name, True].value)
        for name, (stack, url) in self.fonts.items():
            new[name] = Typeface(stack.currentText().strip(), url.text().strip())
        sizes = {name: box.value() for name, box in self.sizes.items()}
        new |= {name: sizes[name] for name in ("button_radius", "picture_radius")}
        new["scale"] = (sizes["scale.0"], sizes["scale.1"], sizes["scale.2"])
        new["button_padding"] = (sizes["button_padding.0"], sizes["button_padding.1"])
        new["button_weight"] = self.weight.currentText()
        labels = {one.network: one.label for one in kit.brand.social}
        links = ((name, self.lines[name].text().strip()) for name in kits.NETWORKS)
        new["social"] = tuple(Social(name, href, labels.get(name, "")) for name, href in links if href)
        new |= {name: self.lines[name].text().strip() for name in ("logo_dark_url", "address", "legal")}
        made: Brand = replace(kit.brand, **new)
        try:
            return Kit(kits.checked(made), self.raw_html.isChecked())
        except DeskError as error:
            raise ValueError(f"{error.message} {error.hint}") from error

    def _color_card(self) -> QWidget:
        form = form_layout()
        for name, title in _COLORS.items():
            pair = []
            for dark in (False, True):
                field = ColorField(f"{title} {'by night' if dark else 'by day'}", optional=dark)
                field.changed.connect(self.touched)
                self.colors[name, dark] = field
                pair.append(field)
            form.addRow(name_label(title), theme.plain(theme.row(*pair, 1, spacing=2 * theme.SPACE)))
        heads = [theme.caption(words) for words in ("By day", "By night (dark mode)")]
        for head in heads:
            head.setFixedWidth(161)
        form.insertRow(0, "", theme.plain(theme.row(*heads, 1, spacing=2 * theme.SPACE)))
        return form_card("Colours", form)

    def _font_card(self) -> QWidget:
        form = form_layout()
        for name, title in (("body", "Text"), ("heading", "Headings"), ("mono", "Codes")):
            stack, url = QComboBox(), QLineEdit()
            stack.setEditable(True)
            stack.addItems(_STACKS)
            stack.setAccessibleName(f"Font of {title.lower()}")
            stack.setMinimumWidth(200)
            url.setPlaceholderText("https://… of a web font's style sheet, or nothing")
            url.setAccessibleName(f"Web font of {title.lower()}")
            stack.currentTextChanged.connect(lambda _: self.touched())
            url.textChanged.connect(lambda _: self.touched())
            self.fonts[name] = stack, url
            form.addRow(name_label(title), stack)
            form.addRow(name_label(""), url)
        return form_card("Fonts", form)

    def _size_card(self) -> QWidget:
        form = form_layout()
        for name, title, low, high in _SIZES:
            box = QSpinBox()
            box.setRange(low, high)
            box.setSuffix(" px")
            box.setFixedWidth(140)
            theme.with_margin(box)
            box.setAccessibleName(title)
            box.valueChanged.connect(lambda _: self.touched())
            self.sizes[name] = box
            form.addRow(name_label(title), box)
        self.weight.addItems(["400", "500", "600", "700", "800"])
        self.weight.setFixedWidth(140)
        self.weight.setAccessibleName("Weight of buttons")
        self.weight.currentTextChanged.connect(lambda _: self.touched())
        form.addRow(name_label("Weight of buttons"), self.weight)
        return form_card("Sizes and shapes", form)

    def _social_card(self) -> QWidget:
        rows = ((name, _NETWORKS.get(name, name.title()), "https://…") for name in kits.NETWORKS)
        return form_card("Social links", self._form(rows))

    def _words_card(self) -> QWidget:
        rows = (
            ("address", "Postal address", "The shop's own, when empty"),
            ("legal", "Legal line", "Such as a company number; stands in every footer"),
            ("logo_dark_url", "Logo in dark mode", "Address of a picture; the logo itself is under Shop"),
        )
        form = self._form(rows)
        self.raw_html.setToolTip(theme.tooltip("Off: HTML blocks lose scripts, forms, styles and whatever else runs."))
        self.raw_html.toggled.connect(lambda _: self.touched())
        form.addRow(self.raw_html)
        return form_card("Footer, logo and rights", form)

    def _form(self, rows: Iterable[tuple[str, str, str]]) -> QFormLayout:
        form = form_layout()
        for name, title, hint in rows:
            line = QLineEdit()
            line.setPlaceholderText(hint)
            line.setAccessibleName(title)
            line.textChanged.connect(lambda _: self.touched())
            self.lines[name] = line
            form.addRow(name_label(title), line)
        return form


def _is_color(text: str) -> bool:
    return len(text) == 7 and text[0] == "#" and all(letter in "0123456789abcdef" for letter in text[1:])
