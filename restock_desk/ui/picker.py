"""A button that shows what is chosen and opens a searchable list to choose something else. Knows no services."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
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

_DETAIL = Qt.ItemDataRole.UserRole + 1
_CHOICE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Choice:
    """One thing to choose. `detail` is quiet text below the title; `group` a heading above the first of its kind."""

    id: int
    title: str
    detail: str = ""
    group: str = ""


class Picker(QPushButton):
    """`asked(text)` wants choices for what was typed (empty at opening); `chosen(choice)` tells what was picked."""

    asked = Signal(str)
    chosen = Signal(object)

    def __init__(self, name: str, icon_name: str, nothing: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._nothing, self.current = name, nothing, None  # type: str, str, Choice | None
        self.setIcon(theme.icon(icon_name))
        self.setAccessibleName(name)
        self._words = ""
        self.setStyleSheet("text-align: left;")
        self.setMinimumWidth(120)
        self._frame = QFrame(self, Qt.WindowType.Popup)
        self._frame.setObjectName("popover")
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search…")
        self._search.setAccessibleName(f"Search: {name}")
        self._search.setClearButtonEnabled(True)
        self._search.installEventFilter(self)
        self._list = QListWidget()
        self._list.setAccessibleName(name)
        self._list.setItemDelegate(_TwoLines(self._list))
        self._list.itemClicked.connect(self._pick)
        self._list.itemActivated.connect(self._pick)
        self.footer = QWidget()
        self.footer.hide()
        self._frame.setLayout(theme.column(self._search, self._list, self.footer, margin=theme.SPACE))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(lambda: self.asked.emit(self._search.text().strip()))
        self._search.textChanged.connect(lambda: self._later.start(120))
        self.clicked.connect(self.open)
        self.set_current(None)

    def set_current(self, choice: Choice | None, words: str = "") -> None:
        """Show this as chosen, without telling `chosen`."""
        self.current = choice
        self._words = words or (choice.title if choice else self._nothing)
        self.setToolTip(theme.tooltip(f"{self._name}: {self._words}" + (f", {choice.detail}" if choice else "")))
        self.setAccessibleDescription(self._words)
        self._elide()

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Fill the open list."""
        self._list.clear()
        group = ""
        for choice in choices:
            if choice.group and choice.group != group:
                group = choice.group
                head = QListWidgetItem(group)
                head.setFlags(Qt.ItemFlag.NoItemFlags)
                self._list.addItem(head)
            item = QListWidgetItem(choice.title)
            item.setData(_DETAIL, choice.detail)
            item.setData(_CHOICE, choice)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{choice.title}, {choice.detail}")
            self._list.addItem(item)
            if self.current is not None and choice.id == self.current.id:
                self._list.setCurrentItem(item)
        if not choices:
            nothing = QListWidgetItem("Nothing found.")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(nothing)

    def open(self) -> None:
        """Show the list below the button and ask for its contents."""
        self._search.clear()
        self._frame.resize(max(self.width(), 380), 420)
        corner = self.mapToGlobal(QPoint(0, self.height() + 4))
        room = self.screen().availableGeometry()
        corner.setX(min(corner.x(), room.right() - self._frame.width()))
        self._frame.move(corner)
        self._frame.show()
        self._search.setFocus()
        self.asked.emit("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter in the search box move and pick in the list."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
                QApplication.sendEvent(self._list, event)
                return True
            item = self._list.currentItem()
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
                self._pick(item)
                return True
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        return QSize(220, super().sizeHint().height())

    def resizeEvent(self, event: QEvent) -> None:
        self._elide()

    def _elide(self) -> None:
        room = max(40, self.width() - 52)
        self.setText(self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room).replace("&", "&&"))

    def _pick(self, item: QListWidgetItem) -> None:
        choice = item.data(_CHOICE)
        if isinstance(choice, Choice):
            self._frame.hide()
            self.chosen.emit(choice)


class _TwoLines(QStyledItemDelegate):
    """A title with a quiet line below; headings in small letters. Plain text, cut with dots."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box, title = option.rect, str(index.data(Qt.ItemDataRole.DisplayRole))
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent_soft" if chosen else "raised"))
            if index.data(_CHOICE) is not None:
                painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), 6, 6)
        inner, left = box.adjusted(10, 6, -10, -6), Qt.AlignmentFlag.AlignLeft
        if index.data(_CHOICE) is None:
            font = theme.small_font()
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(theme.color("muted"))
            painter.drawText(inner, int(left | Qt.AlignmentFlag.AlignVCenter), title)
            painter.restore()
            return
        detail = str(index.data(_DETAIL) or "")
        painter.setPen(theme.color("accent_text" if chosen else "text"))
        where = Qt.AlignmentFlag.AlignTop if detail else Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, int(left | where), self._cut(painter, title, inner.width()))
        painter.setFont(theme.small_font())
        painter.setPen(theme.color("muted"))
        painter.drawText(inner, int(left | Qt.AlignmentFlag.AlignBottom), self._cut(painter, detail, inner.width()))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, 46 if index.data(_DETAIL) else 30)

    @staticmethod
    def _cut(painter: QPainter, text: str, width: int) -> str:
        return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
