"""How one value of a list is written and drawn: numbers to the right, states as chips, hostile characters visible."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from restock_desk.domain.listing import Kind
from restock_desk.ui import theme

if TYPE_CHECKING:
    from restock_desk.ui.rows import RowsModel

ROW_HEIGHT = 32
INSET = 12
LONGEST = 300
RIGHT = frozenset({Kind.INT, Kind.MONEY, Kind.PERCENT})
_AT_LEFT = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value
_AT_RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value
_SELECTED, _HOVERED = QStyle.StateFlag.State_Selected.value, QStyle.StateFlag.State_MouseOver.value
_LIT, _FOCUSED = _SELECTED | _HOVERED, QStyle.StateFlag.State_HasFocus.value
_VISIBLE = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    **dict.fromkeys((0x0A, 0x0D, 0x2028, 0x2029), "⏎"),
    0x09: " ",
    0x7F: "␡",
    **{code: f"‹U+{code:04X}›" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0x200B, 0x2010))},
    0xFEFF: "‹U+FEFF›",
}


def visible(text: str) -> str:
    """Text as it may stand on one line: control and direction characters visible, line ends folded, length capped."""
    return text[:LONGEST].translate(_VISIBLE) + ("…" if len(text) > LONGEST else "")


def instant(at: datetime | None) -> str:
    """A time in this machine's zone, as a person reads it."""
    return "–" if at is None else f"{at.astimezone():%d %b %Y, %H:%M}"


def way_out(transport: str) -> str:
    """How mail leaves, as a person says it; of a server its address."""
    if not transport.startswith("outbox:"):
        return transport
    folder = transport.removeprefix("outbox:")
    return "the sample shop’s past" if folder == "sample" else f"the outbox folder {folder}"


def words(value: object, kind: Kind = Kind.TEXT) -> str:
    """A value as text for a cell, a label or a copy."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if kind is Kind.PERCENT and isinstance(value, (int, float, Decimal)):
        return f"{value:.1%}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if value == round(value, 2) else f"{value:,}"
    if isinstance(value, int):
        return f"{value:,}"
    if kind is Kind.CHOICE:
        return theme.state_words(str(value))
    return visible(str(value))


class _Advances(dict[str, int]):
    """How wide each character of a font is, measured when it is first met."""

    def __init__(self, metrics: QFontMetrics) -> None:
        super().__init__()
        self._metrics = metrics

    def __missing__(self, char: str) -> int:
        width = self[char] = self._metrics.horizontalAdvance(char)
        return width


class CellDelegate(QStyledItemDelegate):
    """Draws a cell itself, with one look into the model: background, value, separator, focus.

    A page of cells is drawn for every step of scrolling, so it costs as few calls into Qt as it can.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._font = QFont()
        self._advances = _Advances(QFontMetrics(self._font))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model, place = cast("RowsModel", index.model()), index.column()
        row, area, state = model.row_at(index.row()), option.rect, option.state.value
        if state & _LIT:
            painter.fillRect(area, theme.color("selection" if state & _SELECTED else "raised"))
        painter.setPen(theme.color("border"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if row is None:
            painter.setPen(theme.color("muted"))
            painter.drawText(area.left() + INSET, area.center().y(), "…")
            return
        inside = area.adjusted(INSET, 0, -INSET, -1)
        value, kind = row.values[place], model.columns[place].kind
        if kind is Kind.CHOICE and value not in (None, ""):
            draw_chip(painter, inside.adjusted(0, 0, 10, 0), str(value), option.font)
        else:
            quiet = place > 0 and (value is None or kind is Kind.INSTANT)
            painter.setPen(theme.color("muted" if quiet else "text"))
            painter.drawText(inside, _AT_RIGHT if kind in RIGHT else _AT_LEFT, self._cut(option, value, kind, inside))
        if state & _FOCUSED:
            painter.setPen(theme.color("accent"))
            painter.drawRect(area.adjusted(0, 0, -1, -2))

    def _cut(self, option: QStyleOptionViewItem, value: object, kind: Kind, inside: QRect) -> str:
        """The value's words, with "…" where there is no room. Most fit, which adding up their letters tells."""
        text, room, font = words(value, kind), inside.width(), option.font
        if font != self._font:
            self._font, self._advances = QFont(font), _Advances(QFontMetrics(font))
        if (text.isascii() or len(text) == 1) and sum(map(self._advances.__getitem__, text)) < room:
            return text
        return option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, ROW_HEIGHT)


def draw_chip(painter: QPainter, inside: QRect, state: str, font: QFont) -> None:
    """A state as a pill with its word, at the left of `inside`."""
    role = theme.state_role(state)
    text, width, height, small = _chip(state, font, inside.width())
    pill = QRectF(inside.left(), inside.center().y() - height / 2 + 0.5, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("neutral_soft" if role == "neutral" else f"{role}_soft"))
    painter.drawRoundedRect(pill, height / 2, height / 2)
    painter.setFont(small)
    painter.setPen(theme.color("muted" if role == "neutral" else role))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


_chips: dict[tuple[str, str, int], tuple[str, int, int, QFont]] = {}


def _chip(state: str, font: QFont, room: int) -> tuple[str, int, int, QFont]:
    """A pill's word as it fits, its width and height, and its font: measured once for a state and a width."""
    key = (state, font.key(), room)
    if key not in _chips:
        if len(_chips) > 1_000:
            _chips.clear()
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.9)
        metrics = QFontMetrics(small)
        text = metrics.elidedText(theme.state_words(state), Qt.TextElideMode.ElideRight, room - 16)
        _chips[key] = text, metrics.horizontalAdvance(text) + 18, metrics.height() + 5, small
    return _chips[key]
