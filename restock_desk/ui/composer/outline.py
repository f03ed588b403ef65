"""The outline: every block of the mail as a tree, moved by mouse or keys, with why some are hidden from the reader."""

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from restock_desk.domain.document.tree import Document
from restock_desk.ui import theme
from restock_desk.ui.composer.carried import carries
from restock_desk.ui.composer.outline_model import BADGES, DETAIL, OutlineModel


class Outline(QTreeView):
    """`picked(id)` when a person chooses a row, `edit_asked` on Enter or a double click, `hovered(id)`."""

    picked = Signal(str)
    edit_asked = Signal()
    hovered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = OutlineModel(self)
        self._folded: set[tuple[str, str]] = set()
        self._quiet = False
        self.setModel(self.lines)
        self.setItemDelegate(_Row(self))
        self.setAccessibleName("Outline of the mail")
        self.setObjectName("outline")
        self.setHeaderHidden(True)
        self.setIndentation(16)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(True)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.selectionModel().currentChanged.connect(self._current)
        self.doubleClicked.connect(lambda _: self.edit_asked.emit())
        self.entered.connect(self._entered)
        self.collapsed.connect(lambda index: self._fold(index, True))
        self.expanded.connect(lambda index: self._fold(index, False))

    def show_document(self, document: Document, selection: str) -> None:
        """Show this with that block under the cursor; what was folded stays folded."""
        self._quiet = True
        if self.lines.show_document(document):
            self.expandAll()
            for index in self._every():
                line = self.lines.line(index)
                if line is not None and (line.id, line.slot) in self._folded:
                    self.collapse(index)
        self._quiet = False
        self.show_selection(selection)

    def show_selection(self, id: str) -> None:
        """Put the cursor on a block without telling `picked`."""
        index = self.lines.index_of(id)
        if index == self.currentIndex():
            return
        self._quiet = True
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)
        else:
            self.selectionModel().clear()
        self._quiet = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.edit_asked.emit()
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if carries(event.mimeData()):
            event.acceptProposedAction()
        super().dragEnterEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """With no block at all: what to do about it."""
        super().paintEvent(event)
        if self.lines.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setFont(theme.small_font())
            painter.setPen(theme.color("muted"))
            room = self.viewport().rect().adjusted(16, 0, -16, 0)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, flags, "No block yet.\nPress one above, or drag it here or onto the mail.")
            painter.end()

    def dropEvent(self, event: QDropEvent) -> None:
        """The model tells what is meant; the view must not take rows away afterwards."""
        self.lines.alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        event.setDropAction(Qt.DropAction.CopyAction)
        super().dropEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming here chooses nothing by itself."""
        known, self._quiet = self.currentIndex().isValid(), True
        super().focusInEvent(event)
        if not known:
            self.selectionModel().clear()
        self._quiet = False

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit("")

    def _current(self, index: QModelIndex, _before: QModelIndex) -> None:
        line = self.lines.line(index)
        if not self._quiet and line is not None:
            self.picked.emit(line.id)

    def _entered(self, index: QModelIndex) -> None:
        line = self.lines.line(index)
        self.hovered.emit(line.id if line else "")

    def _fold(self, index: QModelIndex, folded: bool) -> None:
        line = self.lines.line(index)
        if line is not None and not self._quiet:
            (self._folded.add if folded else self._folded.discard)((line.id, line.slot))

    def _every(self) -> list[QModelIndex]:
        found: list[QModelIndex] = []
        waiting = [QModelIndex()]
        while waiting:
            above = waiting.pop()
            below = [self.lines.index(row, 0, above) for row in range(self.lines.rowCount(above))]
            found += below
            waiting += below
        return found


class _Row(QStyledItemDelegate):
    """Sign, name, quiet words, and small signs at the right. Plain text only."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, 30)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.color("accent_soft" if chosen else "raised"))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box.adjusted(0, 1, -2, -1), 6, 6)
        index.data(Qt.ItemDataRole.DecorationRole).paint(painter, QRect(box.left() + 4, box.top() + 7, 16, 16))
        right = box.right() - 8
        for name, role in index.data(BADGES):
            right -= 18
            theme.icon(name, role).paint(painter, QRect(right, box.top() + 8, 14, 14))
        room = QRect(box.left() + 26, box.top(), right - box.left() - 30, box.height())
        title, font = str(index.data(Qt.ItemDataRole.DisplayRole)), theme.bold_font() if chosen else painter.font()
        painter.setFont(font)
        painter.setPen(theme.color("accent_text" if chosen else "text"))
        letters = QFontMetrics(font)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        shown = letters.elidedText(title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, flags, shown)
        room.setLeft(room.left() + letters.horizontalAdvance(shown) + 8)
        quiet = theme.small_font()
        painter.setFont(quiet)
        painter.setPen(theme.color("muted"))
        detail = QFontMetrics(quiet).elidedText(str(index.data(DETAIL)), Qt.TextElideMode.ElideRight, room.width())
        if room.width() > 20:
            painter.drawText(room, flags, detail)
        painter.restore()
