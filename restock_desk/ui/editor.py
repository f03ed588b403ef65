"""The code editor: line numbers, colours, problems at their line, completion, finding. Knows text, not templates."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from restock_desk.domain.templates import Problem, Severity
from restock_desk.ui import theme
from restock_desk.ui.completion import Completer, Live
from restock_desk.ui.highlighter import Highlighter

SEVERITY_ROLES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "info"}
_INDENT = "  "
_PAIRS = {"(": ")", "[": "]", "{": "}"}


class CodeEditor(QPlainTextEdit):
    """Edits a source. `edited` is told once per change, after the colours are right."""

    edited = Signal()
    place_changed = Signal(int, int)
    """Line and column of the cursor, from 1."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFont(theme.mono_font())
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabStopDistance(QFontMetrics(self.font()).horizontalAdvance(" ") * len(_INDENT))
        self.problems: tuple[Problem, ...] = ()
        self._found: list[QTextEdit.ExtraSelection] = []
        self._quiet = False
        self._text = ""
        self._gutter = _Gutter(self)
        self.highlighter = Highlighter(self.document())
        self._completer = Completer(self, self._complete)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._scroll_gutter)
        self.cursorPositionChanged.connect(self._cursor_moved)
        self.textChanged.connect(self._changed)
        self._make_room()
        self._cursor_moved()

    def set_text(self, text: str) -> None:
        """Replace everything without telling `edited` and without a way to undo it."""
        self._quiet = True
        self.setPlainText(text)
        self._text = text
        self._quiet = False

    def replace_text(self, text: str) -> None:
        """Replace everything as one step that can be undone."""
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)

    def replace_parts(self, parts: Sequence[tuple[int, str, str]]) -> None:
        """Replace (start, before, after) each, the last first, as one step that can be undone."""
        _replace(QTextCursor(self.document()), self.toPlainText(), parts)

    def set_live(self, live: Sequence[Live]) -> None:
        """What completion offers."""
        self._completer.live = live

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Underline these and mark their lines; earlier ones go."""
        shown = tuple(problems)
        if shown != self.problems:
            self.problems = shown
            self._paint_extras()
            self._gutter.update()

    def show_found(self, found: list[QTextEdit.ExtraSelection]) -> None:
        """Mark what the find bar found."""
        self._found = found
        self._paint_extras()

    def go_to(self, line: int, column: int = 1) -> None:
        """Put the cursor at that line (from 1) and make it visible in the middle."""
        block = self.document().findBlockByNumber(max(0, min(line, self.blockCount()) - 1))
        cursor = QTextCursor(block)
        cursor.movePosition(cursor.MoveOperation.Right, cursor.MoveMode.MoveAnchor, min(column - 1, block.length() - 1))
        self.setTextCursor(cursor)
        self.centerCursor()
        self.setFocus()

    def next_problem(self, step: int = 1) -> Problem | None:
        """Go to the next problem below the cursor, round the end; None if there is none with a line."""
        lines = sorted({p.line for p in self.problems if p.line})
        if not lines:
            return None
        here = self.textCursor().blockNumber() + 1
        below = [n for n in lines if n > here] if step > 0 else [n for n in reversed(lines) if n < here]
        line = (below or (lines if step > 0 else lines[::-1]))[0]
        self.go_to(line)
        return next(p for p in self.problems if p.line == line)

    def offer(self) -> None:
        """Open the list of what may be typed here."""
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        self._completer.offer(before, self.toPlainText() if "{" in before else "", self.cursorRect())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_completer"):
            self.highlighter.recolor()
            self._paint_extras()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, ctrl = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._completer.takes(key):
            return event.accept()
        if ctrl and key == Qt.Key.Key_Space:
            return self.offer()
        if ctrl and key == Qt.Key.Key_Slash:
            return self._toggle_comment()
        if key == Qt.Key.Key_Tab and not ctrl:
            return self._indent(1)
        if key == Qt.Key.Key_Backtab:
            return self._indent(-1)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not ctrl:
            return self._new_line()
        super().keyPressEvent(event)
        if (event.text() and event.text().isprintable()) or (key == Qt.Key.Key_Backspace and self._completer.open):
            return self.offer()
        if key not in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._completer.close()
        return None

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            inside = self.viewport().mapFrom(self, event.pos())
            line = self.cursorForPosition(inside).blockNumber() + 1
            words = "\n".join(p.message for p in self.problems if p.line == line)
            QToolTip.showText(event.globalPos(), theme.tooltip(words), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inside = self.contentsRect()
        self._gutter.setGeometry(QRect(inside.left(), inside.top(), self._gutter.room(), inside.height()))

    def _changed(self) -> None:
        text = self.toPlainText()
        if text != self._text:  # formats set by the highlighter arrive here too
            self._text = text
            if not self._quiet:
                self.edited.emit()

    def _cursor_moved(self) -> None:
        cursor = self.textCursor()
        self._paint_extras()
        self.place_changed.emit(cursor.blockNumber() + 1, cursor.positionInBlock() + 1)

    def _make_room(self) -> None:
        self.setViewportMargins(self._gutter.room(), 0, 0, 0)

    def _scroll_gutter(self, rect: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())

    def _complete(self, typed: int, text: str) -> None:
        cursor = self.textCursor()
        cursor.movePosition(cursor.MoveOperation.Left, cursor.MoveMode.KeepAnchor, typed)
        line = cursor.block().text()
        start = min(cursor.position(), cursor.anchor()) - cursor.block().position()
        opener, rest = line[max(0, start - 2) : start], line[start + typed :]
        gap = "" if line[:start].endswith((" ", "|", "| ")) or opener not in ("{{", "{%") else " "
        closing = "" if "}}" in rest or "{{" not in line[:start] or "%}" in text else " }}"
        if line[:start].rfind("{%") > line[:start].rfind("{{"):
            closing = ""
            text = text.replace(" %}", "", 1) if rest.lstrip().startswith("%}") else text
        goal = text.find("$")
        cursor.insertText(gap + text.replace("$", "", 1) + closing)
        if goal >= 0:
            cursor.movePosition(cursor.MoveOperation.Left, cursor.MoveMode.MoveAnchor, len(text) - 1 - goal)
            self.setTextCursor(cursor)

    def _new_line(self) -> None:
        cursor = self.textCursor()
        line = cursor.block().text()[: cursor.positionInBlock()]
        cursor.insertText("\n" + line[: len(line) - len(line.lstrip())])
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def _indent(self, step: int) -> None:
        cursor = self.textCursor()
        if step > 0 and not cursor.hasSelection():
            return cursor.insertText(_INDENT)
        for line in self._lines(cursor):
            if step > 0:
                line.insertText(_INDENT)
            else:
                here = line.block().text()
                for _ in range(min(len(_INDENT), len(here) - len(here.lstrip(" ")))):
                    line.deleteChar()
        return None

    def _lines(self, cursor: QTextCursor) -> Iterable[QTextCursor]:
        """A cursor at the beginning of each selected line; all edits through them are one undo step."""
        document = self.document()
        first = document.findBlock(cursor.selectionStart()).blockNumber()
        last = document.findBlock(cursor.selectionEnd()).blockNumber()
        cursor.beginEditBlock()
        for number in range(first, last + 1):
            yield QTextCursor(document.findBlockByNumber(number))
        cursor.endEditBlock()

    def _toggle_comment(self) -> None:
        for line in self._lines(self.textCursor()):
            text = line.block().text()
            bare = text.strip()
            if bare.startswith("{#") and bare.endswith("#}"):
                new = text.replace("{# ", "", 1).replace(" #}", "", 1)
            else:
                new = text.replace(bare, f"{{# {bare} #}}", 1) if bare else text
            line.select(QTextCursor.SelectionType.LineUnderCursor)
            line.insertText(new)

    def _paint_extras(self) -> None:
        current = QTextEdit.ExtraSelection()
        current.format.setBackground(theme.color("raised"))
        current.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        current.cursor = self.textCursor()
        current.cursor.clearSelection()
        found = [current, *self._found]
        found += [self._underline(p) for p in self.problems if 0 < p.line <= self.blockCount()]
        self.setExtraSelections(found + self._brackets())

    def _underline(self, problem: Problem) -> QTextEdit.ExtraSelection:
        block = self.document().findBlockByNumber(problem.line - 1)
        text = block.text()
        wave = QTextCharFormat()
        wave.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        wave.setUnderlineColor(theme.color(SEVERITY_ROLES[problem.severity]))
        return self._stretch(block.position() + len(text) - len(text.lstrip()), block.position() + len(text), wave)

    def _brackets(self) -> list[QTextEdit.ExtraSelection]:
        """The bracket left of the cursor and its partner, on one line."""
        cursor = self.textCursor()
        text, at = cursor.block().text(), cursor.positionInBlock()
        partner = _partner(text, at - 1) if 0 < at <= len(text) else -1
        if partner < 0:
            return []
        mark = QTextCharFormat()
        mark.setBackground(theme.color("strong_border"))
        base = cursor.block().position()
        return [self._stretch(base + n, base + n + 1, mark) for n in (at - 1, partner)]

    def _stretch(self, start: int, end: int, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        made.format = look
        made.cursor = QTextCursor(self.document())
        made.cursor.setPosition(start)
        made.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return made


class _Gutter(QWidget):
    """Line numbers, and a dot where there is a problem."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def room(self) -> int:
        digits = max(3, len(str(self._editor.blockCount())))
        return 26 + QFontMetrics(self._editor.font()).horizontalAdvance("9") * digits

    def sizeHint(self) -> QSize:
        return QSize(self.room(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("surface"))
        painter.setFont(self._editor.font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        worst = _worst_by_line(self._editor.problems)
        here = self._editor.textCursor().blockNumber()
        block = self._editor.firstVisibleBlock()
        top = self._editor.blockBoundingGeometry(block).translated(self._editor.contentOffset()).top()
        while block.isValid() and top <= event.rect().bottom():
            height, number = self._editor.blockBoundingRect(block).height(), block.blockNumber()
            if block.isVisible() and top + height >= event.rect().top():
                painter.setPen(theme.color("text" if number == here else "muted"))
                box = QRect(0, round(top), self.width() - 12, round(height))
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number + 1))
                if number + 1 in worst:
                    _dot(painter, QPoint(8, round(top + height / 2)), theme.color(worst[number + 1]))
            top, block = top + height, block.next()
        painter.end()


def _replace(cursor: QTextCursor, text: str, parts: Sequence[tuple[int, str, str]]) -> None:
    cursor.beginEditBlock()
    for start, before, after in parts:
        cursor.setPosition(_units(text[:start]))
        cursor.setPosition(_units(text[: start + len(before)]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(after)
    cursor.endEditBlock()


def _units(text: str) -> int:
    """How long Qt takes a text to be: it counts in halves of some characters."""
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def _worst_by_line(problems: Iterable[Problem]) -> dict[int, str]:
    order = (Severity.INFO, Severity.WARNING, Severity.ERROR)
    return {p.line: SEVERITY_ROLES[p.severity] for p in sorted(problems, key=lambda p: order.index(p.severity))}


def _dot(painter: QPainter, at: QPoint, color: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(at, 4, 4)


def _partner(text: str, at: int) -> int:
    """Where the bracket at `at` is closed or opened; -1 if nowhere on this line or if it is no bracket."""
    here = text[at]
    closing = {v: k for k, v in _PAIRS.items()}
    if here not in _PAIRS and here not in closing:
        return -1
    step = 1 if here in _PAIRS else -1
    other, depth = _PAIRS.get(here) or closing[here], 0
    while 0 <= at < len(text):
        depth += (text[at] == here) - (text[at] == other)
        if depth == 0:
            return at
        at += step
    return -1
