"""Find and replace in an editor: a bar that opens with Ctrl+F, marks every hit, and goes from one to the next."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QLineEdit, QTextEdit, QWidget

from restock_desk.ui import theme
from restock_desk.ui.editor import CodeEditor

_MOST_MARKS = 500


class FindBar(QWidget):
    """Hidden until `start`; Escape hides it and gives the cursor back."""

    def __init__(self, editor: CodeEditor, parent: QWidget | None = None, replaces: bool = True) -> None:
        super().__init__(parent)
        self._editor = editor
        self.words, self.other = QLineEdit(), QLineEdit()
        for box, name in ((self.words, "Find"), (self.other, "Replace with")):
            box.setPlaceholderText(name)
            box.setAccessibleName(name)
        self.words.addAction(theme.icon("mdi6.magnify"), QLineEdit.ActionPosition.LeadingPosition)
        self.count = theme.caption()
        back, on = theme.tool("mdi6.chevron-up", "Previous hit"), theme.tool("mdi6.chevron-down", "Next hit")
        self.case = theme.tool("mdi6.format-letter-case", "Capital letters matter")
        self.case.setCheckable(True)
        one, every = theme.button("Replace", kind="quiet"), theme.button("All", kind="quiet", tip="Replace every hit")
        close = theme.tool("mdi6.close", "Close the find bar")
        row = theme.row(self.words, self.count, self.case, back, on, self.other, one, every, close, spacing=4)
        row.setStretch(0, 3)
        row.setStretch(5, 2)
        self.setLayout(row)
        for part in (self.other, one, every):
            part.setVisible(replaces)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._mark)
        self.words.textChanged.connect(lambda: self._later.start(60))
        self.case.toggled.connect(self._mark)
        self.words.returnPressed.connect(self.next)
        self.other.returnPressed.connect(self.replace)
        on.clicked.connect(self.next)
        back.clicked.connect(self.previous)
        one.clicked.connect(self.replace)
        every.clicked.connect(self.replace_all)
        close.clicked.connect(self.stop)
        self.hide()

    def start(self) -> None:
        """Open with the selected words, ready to type."""
        selected = self._editor.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self.words.setText(selected)
        self.show()
        self.words.setFocus()
        self.words.selectAll()
        self._mark()

    def stop(self) -> None:
        self.hide()
        self._editor.show_found([])
        self._editor.setFocus()

    def refresh(self) -> None:
        """The text changed: mark the hits in the new one."""
        self._mark()

    def next(self) -> None:
        self._go(QTextDocument.FindFlag(0))

    def previous(self) -> None:
        self._go(QTextDocument.FindFlag.FindBackward)

    def replace(self) -> None:
        """Replace the selected hit and go to the next."""
        cursor = self._editor.textCursor()
        same = cursor.selectedText() if self.case.isChecked() else cursor.selectedText().lower()
        if same and same == (self.words.text() if self.case.isChecked() else self.words.text().lower()):
            cursor.insertText(self.other.text())
        self.next()
        self._mark()

    def replace_all(self) -> None:
        """Replace every hit as one undo step."""
        hits = self._hits(1_000_000)
        if hits:
            whole = QTextCursor(self._editor.document())
            whole.beginEditBlock()
            for hit in reversed(hits):
                hit.insertText(self.other.text())
            whole.endEditBlock()
        self._mark()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            return self.stop()
        return super().keyPressEvent(event)

    def _flags(self) -> QTextDocument.FindFlag:
        return QTextDocument.FindFlag.FindCaseSensitively if self.case.isChecked() else QTextDocument.FindFlag(0)

    def _go(self, direction: QTextDocument.FindFlag) -> None:
        words = self.words.text()
        if words and not self._editor.find(words, self._flags() | direction):
            ends = QTextCursor.MoveOperation
            self._editor.moveCursor(ends.End if direction else ends.Start)
            self._editor.find(words, self._flags() | direction)

    def _hits(self, most: int) -> list[QTextCursor]:
        words, document = self.words.text(), self._editor.document()
        found: list[QTextCursor] = []
        at = document.find(words, 0, self._flags()) if words else QTextCursor()
        while not at.isNull() and len(found) < most:
            found.append(at)
            at = document.find(words, at, self._flags())
        return found

    def _mark(self) -> None:
        if not self.isVisible():
            return
        hits, marks = self._hits(_MOST_MARKS), []
        look = QTextCharFormat()
        look.setBackground(theme.color("warn_soft"))
        for hit in hits:
            mark = QTextEdit.ExtraSelection()
            mark.cursor, mark.format = hit, look
            marks.append(mark)
        self._editor.show_found(marks)
        more = "+" if len(hits) == _MOST_MARKS else ""
        self.count.setText(f"{len(hits)}{more} found" if self.words.text() else "")
