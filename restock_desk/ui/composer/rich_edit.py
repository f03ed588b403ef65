"""The text field of the composer: words with marks, variables as chips. It is read as runs, never as HTML."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QKeyCombination, QMimeData, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QTextEdit, QToolTip, QWidget

from restock_desk.domain.document.tree import Json, freeze
from restock_desk.ui import theme
from restock_desk.ui.composer import pasted, rich_text
from restock_desk.ui.composer.around import Around, label_of
from restock_desk.ui.composer.rich_text import CHIP, OBJECT
from restock_desk.ui.composer.variable_picker import RUNS

_MOST_LINES = 14


class RichEdit(QTextEdit):
    """`edited(runs)` on a change by a person; `variable_asked` after `{{`; `chip_asked(position)` when one is pressed.

    `plain`: no marks and no links. `one_line`: Enter does nothing. Undo belongs to the document, not to this field.
    """

    edited = Signal(object)
    variable_asked = Signal()
    link_asked = Signal()
    chip_asked = Signal(int)

    def __init__(
        self, name: str, around: Around, plain: bool = False, one_line: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.plain, self.one_line = plain, one_line
        self._around, self._quiet = around, False
        self._known: tuple[Json, ...] = ()
        self.setAccessibleName(name)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setAcceptRichText(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._chips = _Chip(self)
        self.document().setDocumentMargin(4)
        self.document().documentLayout().registerHandler(CHIP, self._chips)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self.textChanged.connect(self._changed)
        self._fit()

    @property
    def runs(self) -> tuple[Json, ...]:
        """What is written, in its one form."""
        return rich_text.read(self.document())

    def show_runs(self, runs: Json) -> None:
        """Show these without telling `edited`; the cursor stays where it can."""
        if runs == self._known and runs == self.runs:
            return
        at = self.textCursor().position()
        self._quiet = True
        rich_text.fill(self.document(), runs)
        self._quiet = False
        self._known = self.runs
        cursor = self.textCursor()
        cursor.setPosition(min(at, self.document().characterCount() - 1))
        self.setTextCursor(cursor)

    def insert_variable(self, path: str) -> None:
        """A chip where the cursor is, in the look of the text around."""
        self.insert_runs(
            freeze([{"v": path, **({} if self.plain else rich_text.style_of(self.textCursor().charFormat()))}])
        )

    def insert_runs(self, runs: Json) -> None:
        """Runs in the place of what is selected, as one change."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        rich_text.insert(cursor, runs)
        cursor.endEditBlock()
        self.setTextCursor(cursor)

    def chip_at(self, position: int) -> dict[str, object] | None:
        """The variable behind the position, if one stands there."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
        return rich_text.run_of(cursor.charFormat()) if cursor.selectedText() == OBJECT else None

    def change_chip(self, position: int, run: dict[str, object]) -> None:
        """The chip at the position with another run: fallback and filters."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
        style = rich_text.style_of(cursor.charFormat())
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        rich_text.insert(cursor, freeze([{**run, **style}]))
        cursor.endEditBlock()

    def restyle(self, change: Callable[[QTextCharFormat], None]) -> None:
        """Change the look of what is selected, piece by piece, or of what is typed next."""
        cursor = self.textCursor()
        if not cursor.hasSelection():
            look = self.currentCharFormat()
            change(look)
            rich_text.dress(look)
            return self.setCurrentCharFormat(look)
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        cursor.beginEditBlock()
        for at in range(start, end):
            letter = QTextCursor(self.document())
            letter.setPosition(at)
            letter.setPosition(at + 1, QTextCursor.MoveMode.KeepAnchor)
            look = letter.charFormat()
            change(look)
            rich_text.dress(look)
            letter.setCharFormat(look)
        cursor.endEditBlock()
        return None

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        return pasted.copied(rich_text.read_between(self.document(), cursor.selectionStart(), cursor.selectionEnd()))

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasFormat(RUNS) or source.hasText() or source.hasHtml()

    def insertFromMimeData(self, source: QMimeData) -> None:
        runs = pasted.runs_in(source, self.plain)
        if self.one_line:
            runs = freeze([_one_line(run) for run in runs])  # type: ignore[assignment]  # a list freezes to a tuple
        self.insert_runs(runs)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.one_line and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
            return
        if self._asks_for_link(event):
            self.link_asked.emit()
            return
        super().keyPressEvent(event)
        if event.text() == "{":
            self._braces()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        position = self._chip_under(event.position().toPoint())
        if position is not None and not self.textCursor().hasSelection():
            self.chip_asked.emit(position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over = self._chip_under(event.position().toPoint()) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.IBeamCursor)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            position = self._chip_under(self.viewport().mapFrom(self, event.pos()))
            run = self.chip_at(position) if position is not None else None
            QToolTip.showText(event.globalPos(), theme.tooltip(self._told(run)) if run else "", self)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._asks_for_link(event):
            event.accept()  # elsewhere in the window the same keys open anything
            return True
        return super().event(event)

    def _asks_for_link(self, event: QKeyEvent) -> bool:
        return not self.plain and event.keyCombination() == QKeyCombination(
            Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_K
        )

    def _told(self, run: dict[str, object]) -> str:
        path = str(run["v"])
        known = self._around.variable(path)
        value = known.value if known else ""
        return f"{path}: {value or 'nothing for this person'}"

    def _braces(self) -> None:
        cursor = self.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, 2)
        if cursor.selectedText() == "{{":
            cursor.removeSelectedText()
            self.variable_asked.emit()

    def _chip_under(self, point: QPoint) -> int | None:
        """The position of the chip under a point of the viewport."""
        layout = self.document().documentLayout()
        offset = QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        at = layout.hitTest(QPointF(point) + offset, Qt.HitTestAccuracy.ExactHit)
        for position in (at, at - 1):
            if position >= 0 and self.chip_at(position) is not None:
                cursor = QTextCursor(self.document())
                cursor.setPosition(position)
                left = self.cursorRect(cursor).left()
                cursor.setPosition(position + 1)
                right = self.cursorRect(cursor).left()
                if left <= point.x() <= right or right <= point.x() <= left:
                    return position
        return None

    def _changed(self) -> None:
        if self._quiet:
            return
        runs = self.runs
        if runs != self._known:
            self._known = runs
            self.edited.emit(runs)

    def _fit(self) -> None:
        """As high as its text, up to a limit."""
        line = QFontMetricsF(self.font()).lineSpacing()
        least = line * (1 if self.plain else 3) + 10
        most = line * _MOST_LINES + 10
        high = min(max(self.document().size().height() + 2, least), most)
        self.setFixedHeight(round(high) + 2 * self.frameWidth() + 8)


class _Chip(QPyTextObject):
    """Draws a variable as a rounded label with its name, and what stands for it where it is missing."""

    def __init__(self, edit: RichEdit) -> None:
        super().__init__(edit)
        self._edit = edit

    def intrinsicSize(self, _document: QTextDocument, _position: int, look: QTextFormat) -> QSizeF:
        letters = QFontMetricsF(self._edit.font())
        return QSizeF(letters.horizontalAdvance(_words(look)) + 14, letters.height() + 2)

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, _document: QTextDocument, _position: int, look: QTextFormat
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_soft"))
        box = QRectF(rect)
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 5, 5)
        font = self._edit.font()
        letters = look.toCharFormat()
        font.setBold(letters.fontWeight() >= 600)
        font.setItalic(letters.fontItalic())
        painter.setFont(font)
        painter.setPen(theme.color("accent_text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _words(look))
        painter.restore()


def _words(look: QTextFormat) -> str:
    run = rich_text.run_of(look.toCharFormat()) or {"v": "?"}
    fallback = str(run.get("fallback") or "")
    return label_of(str(run["v"])) + (f" / {fallback[:20]}" if fallback else "")


def _one_line(run: Json) -> Json:
    from collections.abc import Mapping

    assert isinstance(run, Mapping)
    return {**run, "t": " ".join(str(run["t"]).split("\n"))} if "t" in run else run
