"""Two parts beside one another where there is room, one below the other where there is not."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from restock_desk.ui import theme

NARROW = 540


class Beside(QSplitter):
    """`shares` are the parts' widths; the direction follows the room there is."""

    def __init__(self, name: str, first: QWidget, second: QWidget, shares: tuple[int, int]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName(name)
        self.addWidget(first)
        self.addWidget(second)
        self.setStretchFactor(0, shares[0])
        self.setStretchFactor(1, shares[1])
        self.setSizes([n * 100 for n in shares])
        self.setChildrenCollapsible(False)
        self.setHandleWidth(2 * theme.SPACE)
        self.setMinimumWidth(320)

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = self.width() >= NARROW
        self.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        super().resizeEvent(event)
