"""A text to be read, not written: the code editor's look, finding, wrapping, copying. Knows text, not mails."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from restock_desk.ui import theme
from restock_desk.ui.editor import CodeEditor
from restock_desk.ui.find_bar import FindBar


class Reading(QWidget):
    """`plain` texts are not coloured as HTML and fold their lines."""

    def __init__(self, name: str, plain: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = CodeEditor(name)
        self.editor.setReadOnly(True)
        self.find_bar = FindBar(self.editor, replaces=False)
        self.note = theme.caption("")
        self.search = theme.tool("mdi6.magnify", f"Find in: {name} (Ctrl+F)")
        self.wrap = theme.tool("mdi6.wrap", "Fold long lines into the view")
        self.wrap.setCheckable(True)
        self.copy = theme.tool("mdi6.content-copy", f"Copy: {name}")
        self._parts = theme.row(self.note, 1, self.search, self.wrap, self.copy, spacing=2)
        self._parts.setContentsMargins(theme.SPACE, 2, 2, 2)
        whole = theme.column(self._parts, theme.rule(), self.find_bar, self.editor, spacing=0)
        whole.setStretch(3, 1)
        self.setLayout(whole)
        self.setFocusProxy(self.editor)
        self.search.clicked.connect(self.find_bar.start)
        self.copy.clicked.connect(self.copy_all)
        self.wrap.toggled.connect(self._fold)
        self.wrap.setChecked(plain)
        if plain:
            self.editor.highlighter.stop()

    def add_tool(self, tool: QWidget) -> None:
        """One more button beside the others."""
        self._parts.addWidget(tool)

    @property
    def text(self) -> str:
        return self.editor.toPlainText()

    def show_text(self, text: str, note: str = "") -> None:
        """Show this; the place that was scrolled to, the selection and what was found stay where they can."""
        self.note.setText(note)
        if self.text == text:
            return
        place, across = self.editor.verticalScrollBar().value(), self.editor.horizontalScrollBar().value()
        cursor = self.editor.textCursor()
        anchor, at = cursor.anchor(), cursor.position()
        self.editor.set_text(text)
        last = self.editor.document().characterCount() - 1
        cursor = self.editor.textCursor()
        cursor.setPosition(min(anchor, last))
        cursor.setPosition(min(at, last), cursor.MoveMode.KeepAnchor)
        self.editor.setTextCursor(cursor)
        self.editor.verticalScrollBar().setValue(place)
        self.editor.horizontalScrollBar().setValue(across)
        self.find_bar.refresh()

    def start_find(self) -> None:
        """Ctrl+F."""
        self.find_bar.start()

    def copy_all(self) -> None:
        """The whole text into the clipboard."""
        QGuiApplication.clipboard().setText(self.text)
        self.note.setText("Copied.")

    def _fold(self, on: bool) -> None:
        modes = self.editor.LineWrapMode
        self.editor.setLineWrapMode(modes.WidgetWidth if on else modes.NoWrap)
