"""A picker of mail programs: a tick for each, or for some of what it runs on. The names come from client support."""

from fnmatch import fnmatchcase

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from restock_desk.services import mail_programs
from restock_desk.ui import theme

_ID = Qt.ItemDataRole.UserRole
_ON, _OFF = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class MailPrograms(QWidget):
    """`changed` when a person ticks something."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName("Mail programs")
        self.tree.setFixedHeight(236)
        self.words = theme.caption("", wrap=True)
        for family in mail_programs.families():
            top = QTreeWidgetItem(self.tree, [family.name])
            top.setData(0, _ID, family.pattern)
            top.setFlags(top.flags() | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsAutoTristate)
            for client, where in family.kinds:
                line = QTreeWidgetItem(top, [where[:1].upper() + where[1:]])
                line.setData(0, _ID, client)
                line.setCheckState(0, _OFF)
        self._told = QTimer(self)  # a tick of a whole family is one for each of its kinds
        self._told.setSingleShot(True)
        self._told.timeout.connect(self._ticked)
        self.tree.itemChanged.connect(lambda *_: self._told.start())
        self.setLayout(theme.column(self.tree, self.words, spacing=4))
        self._say()

    @property
    def patterns(self) -> tuple[str, ...]:
        """What is ticked: `gmail.*` for all of one, else each by itself."""
        found: list[str] = []
        for top in self._tops():
            lines = _below(top)
            on = [str(line.data(0, _ID)) for line in lines if line.checkState(0) is _ON]
            found += [str(top.data(0, _ID))] if len(on) == len(lines) else on
        return tuple(found)

    def show_patterns(self, patterns: tuple[str, ...]) -> None:
        """Tick these, without telling."""
        if patterns == self.patterns:
            return
        self.tree.blockSignals(True)
        for top in self._tops():
            for line in _below(top):
                on = any(fnmatchcase(str(line.data(0, _ID)), pattern) for pattern in patterns)
                line.setCheckState(0, _ON if on else _OFF)
        self.tree.blockSignals(False)
        self.tree.viewport().update()
        self._say()

    def _tops(self) -> list[QTreeWidgetItem]:
        found = (self.tree.topLevelItem(at) for at in range(self.tree.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _ticked(self) -> None:
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        names = [top.text(0) for top in self._tops() if top.checkState(0) is not _OFF]
        self.words.setText(", ".join(names) if names else "None is chosen.")


def _below(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(at) for at in range(item.childCount()))
    return [line for line in found if line is not None]
