"""A block as a small drawing of where its parts stand, for tiles and lists. Nothing is rendered: it costs nothing."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPainterPath, QPixmap

from restock_desk.domain.document import kinds
from restock_desk.domain.document.tree import Node
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around

_HEIGHTS = {
    "heading": 7.0, "text": 13.0, "image": 20.0, "button": 10.0, "divider": 5.0, "spacer": 4.0, "product": 34.0,
    "productGrid": 26.0, "video": 20.0, "table": 16.0, "list": 14.0, "footer": 9.0, "menu": 7.0, "code": 12.0,
}  # fmt: skip
_LINES = {"text": (1.0, 0.9, 0.55), "list": (0.8, 0.7, 0.75), "footer": (0.7, 0.5), "recap": (0.9,), "menu": (0.8,)}
_GAP = 4.0


def drawing(node: Node, size: QSize, around: Around) -> QPixmap:
    """The block on a sheet of paper of this size, in the colours it names."""
    ratio = QGuiApplication.primaryScreen().devicePixelRatio()
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    sheet = QRectF(0.5, 0.5, size.width() - 1, size.height() - 1)
    shape = QPainterPath()
    shape.addRoundedRect(sheet, 5, 5)
    back = QColor(around.hex_of(node.get("style.background")) or around.hex_of("$surface") or "#ffffff")
    painter.fillPath(shape, back)
    painter.setClipPath(shape)
    Sketch(painter, QColor("#ffffff" if back.lightnessF() < 0.5 else "#1b1f27"), around).rows(node, sheet)
    painter.setClipping(False)
    painter.setPen(theme.color("border"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(shape)
    painter.end()
    return made


class Sketch:
    """Draws onto one sheet; `ink` can be read on it."""

    def __init__(self, painter: QPainter, ink: QColor, around: Around) -> None:
        self._painter, self._around = painter, around
        self._soft = QColor(ink)
        self._soft.setAlphaF(0.28)
        self._strong = QColor(ink)
        self._strong.setAlphaF(0.6)

    def rows(self, node: Node, sheet: QRectF) -> None:
        """A row in the middle of the sheet: its columns beside one another, scaled down where it is higher."""
        columns = node.children("columns") or (node,)
        widths = kinds.column_widths(node) or (100.0,)
        stacks = [[child for child in column.walk() if not child.slots][:12] for column in columns]
        tallest = max((_height(stack) for stack in stacks), default=0.0) or 1.0
        room = sheet.adjusted(7, 6, -7, -6)
        scale = min(1.0, room.height() / tallest)
        left = room.left()
        for stack, share in zip(stacks, widths, strict=True):
            width = room.width() * share / 100
            top = room.top() + (room.height() - _height(stack) * scale) / 2
            for block in stack:
                height = _HEIGHTS.get(block.type, 9.0) * scale
                self._block(block, QRectF(left + 1, top, max(width - 4, 4), height))
                top += height + _GAP * scale
            left += width

    def _block(self, node: Node, box: QRectF) -> None:
        if node.type == "heading":
            return self._bars(box, (0.7,), self._strong)
        if node.type in _LINES:
            return self._bars(box, _LINES[node.type], self._soft)
        if node.type == "button":
            fill = QColor(self._around.hex_of(node.get("style.background") or "$brand") or "#3a57d0")
            return self._box(QRectF(box.center().x() - box.width() / 4, box.top(), box.width() / 2, box.height()), fill)
        if node.type == "divider":
            return self._box(QRectF(box.left(), box.center().y(), box.width(), 1), self._soft)
        if node.type == "product":
            self._box(box.adjusted(0, 0, 0, -box.height() * 0.4), self._soft)
            return self._bars(box.adjusted(0, box.height() * 0.68, 0, 0), (0.8, 0.4), self._strong)
        if node.type != "spacer":
            self._box(box, self._soft)
        return None

    def _bars(self, box: QRectF, lengths: tuple[float, ...], color: QColor) -> None:
        step = box.height() / len(lengths)
        for at, length in enumerate(lengths):
            bar = QRectF(box.left(), box.top() + at * step, box.width() * length, min(step * 0.6, 4.5))
            self._box(bar, color)

    def _box(self, box: QRectF, color: QColor) -> None:
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(color)
        self._painter.drawRoundedRect(box, 1.5, 1.5)


def _height(stack: list[Node]) -> float:
    return sum(_HEIGHTS.get(block.type, 9.0) for block in stack) + _GAP * max(len(stack) - 1, 0)
