"""The two panels beside the mail. Where there is no room for both, one stands at a time, and a button changes them."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from restock_desk.ui import theme

_HANDLES = 24
"""Pixels between three panels."""


class Sides(QObject):
    """`press` shows `left` instead of `right`; it is seen only while there is no room for both. GUI thread only."""

    def __init__(self, left: QWidget, right: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self._left, self._right = left, right
        self._on, self._alone, self._narrow = False, False, False
        self.press = theme.tool("mdi6.view-grid-plus-outline", "Blocks and outline instead of the properties (F9)")
        self.press.setCheckable(True)
        self.press.setShortcut(QKeySequence("F9"))
        self.press.toggled.connect(self._lay)

    def set_on(self, on: bool) -> None:
        """A document is open, or none."""
        self._on = on
        self._lay()

    def set_alone(self, alone: bool) -> None:
        """The mail alone is wanted, or its panels as well."""
        self._alone = alone
        self._lay()

    def fit(self, room: int, mail: int) -> None:
        """So many pixels there are for all three, of which the mail needs `mail`."""
        narrow = room < self._left.minimumSizeHint().width() + self._right.minimumWidth() + mail + _HANDLES
        if narrow != self._narrow:
            self._narrow = narrow
            self._lay()

    def show_properties(self) -> None:
        """What was asked for stands at the right."""
        self.press.setChecked(False)

    def _lay(self) -> None:
        shown = self._on and not self._alone
        self._left.setVisible(shown and (not self._narrow or self.press.isChecked()))
        self._right.setVisible(shown and not (self._narrow and self.press.isChecked()))
        self.press.setVisible(shown and self._narrow)
