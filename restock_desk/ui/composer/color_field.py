"""A colour: one of the brand's by name, or one of its own. The brand's follow when the brand changes."""

from functools import partial

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QColorDialog, QFrame, QGridLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.rich import COLOR
from restock_desk.domain.document.tree import Json
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.field import FieldEditor


def swatch(value: str, size: int = 18) -> QIcon:
    """A rounded square of that colour; a crossed one for none."""
    picture = QPixmap(QSize(size, size) * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRect(1, 1, size - 2, size - 2)
    painter.setPen(theme.color("strong_border"))
    painter.setBrush(QColor(value) if value else QColor("white"))
    painter.drawRoundedRect(box, 4, 4)
    if not value:
        painter.setPen(theme.color("bad"))
        painter.drawLine(box.bottomLeft() + QPoint(2, -2), box.topRight() + QPoint(-2, 2))
    painter.end()
    return QIcon(picture)


class ColorField(FieldEditor):
    """A button with the colour and its name; pressed, it opens the colours of the brand."""

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self._value = ""
        self.button = QPushButton()
        self.button.setStyleSheet("text-align: left;")
        self.button.setIconSize(QSize(18, 18))
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self.open)
        self.setLayout(theme.row(self.button))
        self.setFocusProxy(self.button)
        self.show_value(spec.default)

    def show_value(self, value: Json) -> None:
        self._value = str(value or "")
        shown = self.around.hex_of(self._value)
        token = self._value.startswith("$")
        words = self._value[1:].replace("-", " ").capitalize() if token else self._value or "None"
        self.button.setText(words)
        self.button.setIcon(swatch(shown))
        self.button.setAccessibleName(f"{self.spec.label}: {words}")
        self.button.setToolTip(theme.tooltip(f"{words} {shown if token else ''}"))

    def open(self) -> "ColorPopover":
        """The popover below the button."""
        made = ColorPopover(self.around, self._value, self)
        made.chosen.connect(self._chosen)
        made.move(self.button.mapToGlobal(self.button.rect().bottomLeft()) + QPoint(0, 4))
        made.show()
        return made

    def _chosen(self, value: str) -> None:
        self.show_value(value)
        self.edited.emit(None if value == self.spec.default else value)


class ColorPopover(QFrame):
    """`chosen(value)`: a token, #rrggbb, or "" for none."""

    chosen = Signal(str)
    _ACROSS = 2

    def __init__(self, around: Around, value: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popover")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Choose a colour")
        self._around = around
        grid = QGridLayout()
        grid.setSpacing(2)
        self.tokens: dict[str, QPushButton] = {}
        for at, token in enumerate(around.tokens):
            made = QPushButton(token.label)
            made.setProperty("kind", "quiet")
            made.setStyleSheet("text-align: left; padding: 4px 8px;")
            made.setIcon(swatch(token.value))
            made.setIconSize(QSize(18, 18))
            made.setAccessibleName(f"{token.label}, {token.value}")
            made.setToolTip(theme.tooltip(token.value))
            made.setCheckable(True)
            made.setChecked(token.name == value)
            made.clicked.connect(partial(self._tell, token.name))
            self.tokens[token.name] = made
            grid.addWidget(made, at // self._ACROSS, at % self._ACROSS)
        self.hex = QLineEdit("" if value.startswith("$") else value)
        self.hex.setAccessibleName("Colour as #rrggbb")
        self.hex.setPlaceholderText(around.hex_of(value) or "#rrggbb")
        self.hex.setMaxLength(7)
        self.hex.returnPressed.connect(self._typed)
        more = theme.tool("mdi6.eyedropper", "Choose any colour", "")
        more.clicked.connect(self._any)
        none = theme.button("None", kind="quiet")
        none.clicked.connect(partial(self._tell, ""))
        foot = theme.row(self.hex, more, none)
        foot.setStretch(0, 1)
        self.setLayout(
            theme.column(theme.caption("Colours of the brand"), grid, theme.rule(), foot, margin=theme.SPACE + 4)
        )
        self.setFixedWidth(264)

    def _typed(self) -> None:
        words = self.hex.text().strip().lower()
        words = words if words.startswith("#") else f"#{words}"
        if COLOR.match(words):
            self._tell(words)

    def _any(self) -> None:
        start = QColor(self._around.hex_of(self.hex.text() or self.hex.placeholderText()) or "#ffffff")
        found = QColorDialog.getColor(start, self.parentWidget(), "Choose a colour")
        if found.isValid():
            self._tell(found.name())

    def _tell(self, value: str, _checked: bool = False) -> None:
        self.chosen.emit(value)
        self.close()
