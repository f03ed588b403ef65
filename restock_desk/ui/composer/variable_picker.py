"""The list of variables with their live values: searched, picked, or dragged into a text."""

import json
from collections.abc import Sequence

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around, Variable, label_of

RUNS = "application/x-restock-runs+json"
_VARIABLE = Qt.ItemDataRole.UserRole


class VariablePopover(QFrame):
    """`picked(path)`. Arrow keys walk the list while the search has the cursor; rows can be dragged into a text."""

    picked = Signal(str)

    def __init__(self, around: Around, types: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popover")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Choose a variable")
        self._variables = [one for one in around.variables if not types or one.type in types]
        self.search = QLineEdit()
        self.search.setAccessibleName("Search variables")
        self.search.setPlaceholderText("Search variables and values")
        self.search.addAction(theme.icon("mdi6.magnify"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.installEventFilter(self)
        self.list = _Draggable()
        self.list.setAccessibleName("Variables")
        self.list.setItemDelegate(_Row(self.list))
        self.list.setDragEnabled(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        note = theme.caption("Values are those of the person in the preview.")
        whole = theme.column(self.search, self.list, note, margin=theme.SPACE)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.setFixedSize(380, 400)
        self.search.textChanged.connect(self._fill)
        self.list.itemClicked.connect(self._pick)
        self.list.itemActivated.connect(self._pick)
        self._fill("")

    def open_at(self, point: QPoint) -> None:
        """Below a point of the screen, but inside it."""
        screen = QApplication.screenAt(point) or QApplication.primaryScreen()
        room = screen.availableGeometry()
        x = min(max(room.left(), point.x()), room.right() - self.width())
        y = point.y() if point.y() + self.height() <= room.bottom() else max(room.top(), point.y() - self.height() - 40)
        self.move(x, y)
        self.show()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                QApplication.sendEvent(self.list, event)
                self._skip(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.currentItem() is not None:
                self._pick(self.list.currentItem())
                return True
        return False

    def _fill(self, words: str) -> None:
        asked = words.strip().casefold()
        found = [v for v in self._variables if asked in f"{v.label} {v.path} {v.doc} {v.value}".casefold()]
        self.list.clear()
        group = ""
        for one in found:
            if one.group != group:
                group = one.group
                head = QListWidgetItem(group)
                head.setFlags(Qt.ItemFlag.NoItemFlags)
                self.list.addItem(head)
            item = QListWidgetItem(one.label)
            item.setData(_VARIABLE, one)
            item.setToolTip(theme.tooltip(f"{one.path}: {one.doc}"))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{one.label}, {one.value or 'no value'}")
            self.list.addItem(item)
            if self.list.currentItem() is None:
                self.list.setCurrentItem(item)
        if not found:
            nothing = QListWidgetItem("No variable of that name.")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)

    def _skip(self, by: int) -> None:
        """Headings are no choice."""
        row = self.list.currentRow()
        while 0 <= row < self.list.count() and not self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled:
            row += by
        if 0 <= row < self.list.count():
            self.list.setCurrentRow(row)

    def _pick(self, item: QListWidgetItem) -> None:
        one = item.data(_VARIABLE)
        if isinstance(one, Variable):
            self.picked.emit(one.path)
            self.close()


class VariablePicker(QPushButton):
    """A button that names the variable and opens the list. `picked(path)`."""

    picked = Signal(str)

    def __init__(self, around: Around, types: Sequence[str] = (), nothing: str = "Choose a variable") -> None:
        super().__init__()
        self._around, self._types, self._nothing = around, tuple(types), nothing
        self.setStyleSheet("text-align: left;")
        self.setIcon(theme.icon("mdi6.code-braces"))
        self.clicked.connect(self.open)
        self.show_path("")

    def show_path(self, path: str) -> None:
        self.path = path
        words = label_of(path) if path else self._nothing
        self.setText(words)
        self.setAccessibleName(f"Variable: {words}")
        self.setToolTip(theme.tooltip(path))

    def open(self) -> None:
        self.opened().open_at(self.mapToGlobal(self.rect().bottomLeft()) + QPoint(0, 4))

    def opened(self) -> VariablePopover:
        made = VariablePopover(self._around, self._types, self)
        made.picked.connect(self._picked)
        return made

    def _picked(self, path: str) -> None:
        self.show_path(path)
        self.picked.emit(path)


class _Draggable(QListWidget):
    """Rows carry the variable as a run."""

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        made = QMimeData()
        found = [item.data(_VARIABLE) for item in items]
        runs = [{"v": one.path} for one in found if isinstance(one, Variable)]
        made.setData(RUNS, QByteArray(json.dumps(runs).encode()))
        made.setText(" ".join(f"{{{{ {run['v']} }}}}" for run in runs))
        return made


class _Row(QStyledItemDelegate):
    """Name at the left, value at the right; a heading where a group begins."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, 30)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        box = option.rect
        state = option.state
        one = index.data(_VARIABLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(one, Variable) and state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent_soft" if state & QStyle.StateFlag.State_Selected else "raised"))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), 6, 6)
        inside = box.adjusted(10, 0, -10, 0)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        title = str(index.data(Qt.ItemDataRole.DisplayRole))
        if not isinstance(one, Variable):
            painter.setFont(theme.small_font())
            painter.setPen(theme.color("muted"))
            painter.drawText(inside, flags | Qt.AlignmentFlag.AlignBottom, title)
            painter.restore()
            return
        painter.setPen(theme.color("text"))
        painter.drawText(inside, flags, title)
        used = QFontMetrics(painter.font()).horizontalAdvance(title) + 16
        painter.setPen(theme.color("muted" if one.value else "warn"))
        room = inside.width() - used
        value = " ".join((one.value or "nothing here").split())
        words = QFontMetrics(painter.font()).elidedText(value, Qt.TextElideMode.ElideRight, room)
        painter.drawText(inside, flags | Qt.AlignmentFlag.AlignRight, words)
        painter.restore()
