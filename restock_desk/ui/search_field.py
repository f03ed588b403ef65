"""The search line of a list: Down goes to the rows, Escape empties it, typing is waited for before it asks."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from restock_desk.ui import theme

DEBOUNCE_MS = 150


class SearchField(QLineEdit):
    """Emits `asked` 150 ms after the last key, or at once when it was emptied."""

    asked = Signal()
    left_down = Signal()

    def __init__(self, noun: str) -> None:
        super().__init__()
        self.setPlaceholderText(f"Search {noun}")
        self.setAccessibleName(f"Search {noun}")
        self.setClearButtonEnabled(True)
        self.addAction(theme.icon("mdi6.magnify"), QLineEdit.ActionPosition.LeadingPosition)
        self.setMinimumWidth(220)
        self.setMaximumWidth(360)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setInterval(DEBOUNCE_MS)
        self._clock.timeout.connect(self.asked)
        self.textEdited.connect(lambda _: self._clock.start())
        self.textChanged.connect(lambda text: None if text else self.ask_now())

    def ask_now(self) -> None:
        """Do not wait for more keys."""
        self._clock.stop()
        self.asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.left_down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
