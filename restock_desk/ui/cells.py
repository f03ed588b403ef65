"""How one value of a list is written and drawn: numbers to the right, states as chips, hostile characters visible."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
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


class CellDelegate(QStyledItemDelegate):
    """Draws a cell itself, with one look into the model: background, value, separator, focus."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = cast("RowsModel", index.model())
        row, column = model.row_at(index.row()), model.columns[index.column()]
        area, state = option.rect, option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if chosen or hovered:
            painter.fillRect(area, theme.color("selection" if chosen else "raised"))
        painter.setPen(theme.color("border"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        inside = area.adjusted(INSET, 0, -INSET, -1)
        if row is None:
            painter.setPen(theme.color("muted"))
            painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, "…")
            return
        value = row.values[index.column()]
        if column.kind is Kind.CHOICE and value not in (None, ""):
            draw_chip(painter, inside.adjusted(0, 0, 10, 0), str(value), option.font)
        else:
            self._text(painter, option, inside, value, column.kind, first=index.column() == 0)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.color("accent"))
            painter.drawRect(area.adjusted(0, 0, -1, -2))

    def _text(
        self, painter: QPainter, option: QStyleOptionViewItem, inside: QRect, value: object, kind: Kind, first: bool
    ) -> None:
        quiet = value is None or kind is Kind.INSTANT
        painter.setPen(theme.color("muted" if quiet and not first else "text"))
        metrics: QFontMetrics = option.fontMetrics
        text = metrics.elidedText(words(value, kind), Qt.TextElideMode.ElideRight, inside.width())
        side = Qt.AlignmentFlag.AlignRight if kind in RIGHT else Qt.AlignmentFlag.AlignLeft
        painter.drawText(inside, side | Qt.AlignmentFlag.AlignVCenter, text)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, ROW_HEIGHT)


def draw_chip(painter: QPainter, inside: QRect, state: str, font: QFont) -> None:
    """A state as a pill with its word, at the left of `inside`."""
    role = theme.state_role(state)
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.9)
    metrics = QFontMetrics(small)
    text = metrics.elidedText(theme.state_words(state), Qt.TextElideMode.ElideRight, inside.width() - 16)
    height = metrics.height() + 5
    pill = QRectF(inside.left(), inside.center().y() - height / 2 + 0.5, metrics.horizontalAdvance(text) + 18, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("neutral_soft" if role == "neutral" else f"{role}_soft"))
    painter.drawRoundedRect(pill, height / 2, height / 2)
    painter.setFont(small)
    painter.setPen(theme.color("muted" if role == "neutral" else role))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
