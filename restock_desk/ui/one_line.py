"""A label of plain text on one line: what does not fit ends in three dots, and the whole is its tooltip."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from restock_desk.ui import theme


class OneLine(QLabel):
    """Takes whatever width it is given and asks for none."""

    def __init__(self, like: QLabel) -> None:
        """With the font and tone of `like`, one of the theme's labels."""
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(QFont(like.font()))
        self.setProperty("tone", like.property("tone"))

    def say(self, text: str) -> None:
        """Show this."""
        if text != self.text():
            self.setText(text)
            self.setToolTip(theme.tooltip(text))

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.setFont(self.font())
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        painter.end()
