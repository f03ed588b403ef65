"""How the window looks: light and dark, icons, spacing, and the small parts every page is made of.

Labels made here show plain text only: a name such as `<img src=…>` stays what somebody typed.
"""

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from restock_desk.ui import colors, sheet
from restock_desk.ui.colors import SERIES_DARK, SERIES_LIGHT, STATE_ROLES, color, is_dark

STATE_WORDS = {"html": "HTML", "mjml": "MJML", "undated": "Subscribed, no date", "never": "Never subscribed"}
"""States whose name is not simply their words."""

__all__ = [
    "SPACE", "apply", "bold_font", "button", "caption", "card", "chip", "clear", "color", "column", "empty_state",
    "heading", "icon", "is_dark", "label", "mono_font", "row", "rule", "series_colors", "small_font",
    "state_role", "state_words", "title", "tool", "tooltip", "with_margin",
]  # fmt: skip

SPACE = 8
"""All distances are multiples of this many pixels."""


def apply(app: QApplication, scheme: str = "system") -> None:
    """Dress the application in `light`, `dark` or what the system says (light where it says nothing)."""
    hints = app.styleHints()
    dark = scheme == "dark" or (scheme == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
    colors.use(colors.DARK if dark else colors.LIGHT)
    dress = sheet.text()
    if app.styleSheet() == dress:
        return  # so it looks already, and to say it again would dress every widget anew
    app.setPalette(colors.palette())
    app.setStyleSheet(dress)


def series_colors() -> list[QColor]:
    """Colours for the lines and bars of charts, in order; told apart by colour-blind people as well."""
    return [QColor(name) for name in (SERIES_DARK if is_dark() else SERIES_LIGHT)]


def state_role(state: str) -> str:
    """The role of a state's chip: good, warn, bad, info or neutral."""
    return STATE_ROLES.get(state, "neutral")


def state_words(state: str) -> str:
    """A state's name as a person reads it: in_doubt → In doubt."""
    return STATE_WORDS.get(state) or state.replace("_", " ").capitalize()


class _Glyph(QIconEngine):
    """An icon drawn when it is shown, in the colour its role has then: a change of scheme needs nothing else."""

    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name, self._role = name, role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        role = "strong_border" if mode == QIcon.Mode.Disabled else self._role
        if state == QIcon.State.On and role == "muted":
            role = "accent_text"
        side = min(rect.width(), rect.height())  # a wider rectangle leaves room between a button's icon and its words
        if side <= 0:
            return  # nothing is laid out yet
        square = QRect(rect.left(), rect.top() + (rect.height() - side) // 2, side, side)
        painter.drawPixmap(
            square.topLeft(), _drawn(self._name, color(role), side, painter.device().devicePixelRatioF())
        )

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        if made.isNull():
            return made
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _Glyph(self._name, self._role)


def _drawn(name: str, tone: QColor, side: int, ratio: float) -> QPixmap:
    """An icon's picture, kept: lists paint the same few again and again."""
    import qtawesome

    key, made = f"{name} {tone.name()} {side} {ratio}", QPixmap()
    if not QPixmapCache.find(key, made):
        made = QPixmap(QSize(side, side) * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        qtawesome.icon(name, color=tone).paint(painter, QRect(0, 0, side, side))
        painter.end()
        QPixmapCache.insert(key, made)
    return made


def icon(name: str, role: str = "muted") -> QIcon:
    """A qtawesome icon such as mdi6.tag-outline in the colour of `role`. Drawn lazily."""
    return QIcon(_Glyph(name, role))


def _font(scale: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QApplication.font()
    font.setPointSizeF(max(7.0, font.pointSizeF() * scale))
    font.setWeight(weight)
    return font


def small_font() -> QFont:
    return _font(0.9)


def bold_font() -> QFont:
    return _font(1.0, QFont.Weight.DemiBold)


def mono_font() -> QFont:
    """A fixed-width font of the usual size."""
    font = QFont("monospace")
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPointSizeF(QApplication.font().pointSizeF())
    return font


def label(text: str = "", tone: str = "", wrap: bool = False, selectable: bool = False) -> QLabel:
    """A label of plain text. `tone` is muted, accent, good, warn or bad."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setWordWrap(wrap)
    if tone:
        made.setProperty("tone", tone)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        made.setAccessibleName(text or "Text")
    return made


def title(text: str) -> QLabel:
    """The title of a page."""
    made = label(text)
    made.setFont(_font(1.6, QFont.Weight.DemiBold))
    return made


def heading(text: str, wrap: bool = False) -> QLabel:
    """The title of a part of a page."""
    made = label(text, wrap=wrap)
    made.setFont(_font(1.15, QFont.Weight.DemiBold))
    return made


def caption(text: str = "", wrap: bool = False) -> QLabel:
    """Small, quiet text."""
    made = label(text, "muted", wrap)
    made.setFont(small_font())
    return made


def chip(state: str, words: str = "", role: str = "") -> QLabel:
    """A state as a small coloured pill with its word."""
    made = label(words or state_words(state))
    made.setFont(_font(0.88, QFont.Weight.Medium))
    made.setProperty("chip", role or state_role(state))
    made.setSizePolicy(made.sizePolicy().Policy.Maximum, made.sizePolicy().Policy.Maximum)
    return made


def button(text: str, icon_name: str = "", kind: str = "", tip: str = "") -> QPushButton:
    """A push button. `kind` is primary, danger, quiet or nothing. Ampersands are doubled: no data makes shortcuts."""
    made = QPushButton(text.replace("&", "&&"))
    made.setAccessibleName(text)
    if kind:
        made.setProperty("kind", kind)
    if icon_name:
        made.setIcon(icon(icon_name, {"primary": "on_accent", "danger": "bad"}.get(kind, "muted")))
        made.setIconSize(QSize(20, 16))
    if tip:
        made.setToolTip(tooltip(tip))
    return made


def tool(icon_name: str, name: str, kind: str = "quiet") -> QToolButton:
    """An icon button; `name` is read aloud and shown as its tooltip."""
    made = QToolButton()
    made.setIcon(icon(icon_name))
    made.setAccessibleName(name)
    made.setToolTip(tooltip(name))
    made.setProperty("kind", kind)
    made.setIconSize(QSize(18, 18))
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return made


def with_margin(box: QAbstractSpinBox) -> None:
    """A number box's text away from its border: its style has no say in that."""
    box.lineEdit().setTextMargins(SPACE, 0, 0, 0)


def tooltip(text: str) -> str:
    """Text made safe for a tooltip, which has no plain mode: escaped, in a paragraph that wraps."""
    return f"<p>{escape(text)}</p>" if text else ""


def rule() -> QFrame:
    """A thin horizontal line."""
    made = QFrame()
    made.setObjectName("rule")
    made.setFixedHeight(1)
    return made


def card(*children: QWidget, spacing: int = SPACE) -> QFrame:
    """A rounded surface with the children below one another."""
    made = QFrame()
    made.setObjectName("card")
    layout = column(*children, spacing=spacing, margin=2 * SPACE)
    made.setLayout(layout)
    return made


def column(*children: "QWidget | QLayout | int", spacing: int = SPACE, margin: int = 0) -> QVBoxLayout:
    """Children below one another; an int is a stretch."""
    layout = QVBoxLayout()
    _fill(layout, children, spacing, margin)
    return layout


def row(*children: "QWidget | QLayout | int", spacing: int = SPACE, margin: int = 0) -> QHBoxLayout:
    """Children beside one another; an int is a stretch."""
    layout = QHBoxLayout()
    _fill(layout, children, spacing, margin)
    return layout


def _fill(
    layout: QVBoxLayout | QHBoxLayout, children: tuple["QWidget | QLayout | int", ...], gap: int, edge: int
) -> None:
    layout.setSpacing(gap)
    layout.setContentsMargins(edge, edge, edge, edge)
    for child in children:
        if isinstance(child, QWidget):
            layout.addWidget(child)
        elif isinstance(child, QLayout):
            layout.addLayout(child)
        else:
            layout.addStretch(child)


def plain(layout: QLayout) -> QWidget:
    """A layout as a widget without a look of its own."""
    made = QWidget()
    made.setObjectName("plain")
    made.setLayout(layout)
    return made


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and delete its widgets soon."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def empty_state(
    icon_name: str,
    heading_text: str,
    text: str,
    action: tuple[str, Callable[[], object]] | None = None,
    width: int = 280,
) -> QWidget:
    """What a page shows instead of nothing: a picture, a sentence at least so wide, and what to do."""
    picture = QLabel()
    picture.setPixmap(icon(icon_name, "accent_text").pixmap(QSize(48, 48)))
    picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
    head, words = heading(heading_text), label(text, "muted", wrap=True)
    for part in (head, words):
        part.setAlignment(Qt.AlignmentFlag.AlignCenter)
    words.setMaximumWidth(420)
    words.setMinimumWidth(width)
    parts: list[QWidget | QLayout | int] = [1, picture, head, row(1, words, 1)]
    if action is not None:
        press = button(action[0], kind="primary")
        press.clicked.connect(lambda: action[1]())
        parts.append(row(1, press, 1))
    made = QWidget()
    made.setObjectName("plain")
    made.setLayout(column(*parts, 2, margin=3 * SPACE, spacing=SPACE + 4))
    return made
