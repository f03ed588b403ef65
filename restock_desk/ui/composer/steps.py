"""The list of what was done, newest first: a press on a step goes back or forward to it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from restock_desk.ui import theme
from restock_desk.ui.composer.editing import Editing


class StepList(QWidget):
    def __init__(self, editing: Editing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._editing = editing
        self.undo = theme.button("Undo", "mdi6.undo", tip="Ctrl+Z")
        self.redo = theme.button("Redo", "mdi6.redo", tip="Ctrl+Shift+Z")
        self.undo.clicked.connect(editing.undo)
        self.redo.clicked.connect(editing.redo)
        self.list = QListWidget()
        self.list.setAccessibleName("What was done")
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)
        note = theme.caption("Since this template was opened. Saved versions are under Versions.", wrap=True)
        whole = theme.column(theme.row(self.undo, self.redo, 1), self.list, note)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        editing.settled.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Steps that were taken back stand above, quieter; the present one is marked."""
        history = self._editing.history
        self.undo.setEnabled(bool(history.done))
        self.redo.setEnabled(bool(history.undone))
        if not self.isVisible():
            return
        self.list.clear()
        count = len(history.done)
        for at, step in enumerate(history.undone):
            self._add(step.label, step.at.astimezone().strftime("%H:%M:%S"), count + len(history.undone) - at, True)
        for at in range(count, 0, -1):
            step = history.done[at - 1]
            self._add(step.label, step.at.astimezone().strftime("%H:%M:%S"), at, False)
        self._add("As opened", "", 0, False)
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) == count:
                self.list.setCurrentRow(row)

    def showEvent(self, event: object) -> None:
        self.refresh()

    def _add(self, label: str, when: str, number: int, gone: bool) -> None:
        item = QListWidgetItem(f"{label}   {when}".rstrip())
        item.setData(Qt.ItemDataRole.UserRole, number)
        item.setIcon(theme.icon("mdi6.redo-variant" if gone else "mdi6.circle-small"))
        item.setForeground(QColor(theme.color("muted" if gone else "text")))
        self.list.addItem(item)

    def _go(self, item: QListWidgetItem) -> None:
        self._editing.go_to_step(int(item.data(Qt.ItemDataRole.UserRole)))
