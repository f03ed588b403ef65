"""Help: the sheet of shortcuts and the user guide that ships with the application. Shows our own files only."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QUrl
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QSplitter, QTextBrowser

from restock_desk.bundle import resource
from restock_desk.ui import theme

if TYPE_CHECKING:
    from restock_desk.ui.window import Window


class _Reader(QTextBrowser):
    """Loads nothing by itself: no file, no network."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return None


class Guide(QDialog):
    """Contents at the left, the page at the right; the first page is the sheet of shortcuts."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self.setWindowTitle("Guide and shortcuts")
        self.resize(860, 640)
        self._pages = [("Keyboard shortcuts", _sheet(window.commands.sheet())), *_bundled()]
        self.contents, self.reader = QListWidget(), _Reader()
        self.contents.setAccessibleName("Contents of the guide")
        self.reader.setAccessibleName("Guide")
        self.reader.setOpenLinks(False)
        self.reader.document().setDocumentMargin(2 * theme.SPACE)
        for name, _ in self._pages:
            line = QListWidgetItem(name)
            line.setSizeHint(QSize(0, 34))
            self.contents.addItem(line)
        self.contents.currentRowChanged.connect(self._show_page)
        self.contents.setCurrentRow(0)
        split = QSplitter()
        split.addWidget(self.contents)
        split.addWidget(self.reader)
        split.setSizes([220, 640])
        split.setHandleWidth(2 * theme.SPACE)
        close = theme.button("Close")
        close.clicked.connect(self.accept)
        self.setLayout(theme.column(split, theme.row(1, close), margin=2 * theme.SPACE, spacing=2 * theme.SPACE))

    def _show_page(self, row: int) -> None:
        words = self._pages[row][1]
        if row:
            self.reader.setMarkdown(words)
        else:
            self.reader.setHtml(words)


def _sheet(groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str:
    """The sheet as HTML: a table a group, keys at the right of what they do."""
    parts = ["<h1>Keyboard shortcuts</h1>"]
    for name, entries in groups:
        lines = (
            f"<tr><td width='330'>{escape(words)}</td><td><b>{escape(keys)}</b></td></tr>" for words, keys in entries
        )
        parts.append(f"<h3>{escape(name)}</h3><table cellspacing='0' cellpadding='4'>{''.join(lines)}</table>")
    return "".join(parts)


def _bundled() -> list[tuple[str, str]]:
    found = []
    for path in sorted(resource("guide").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        first = next((line for line in text.splitlines() if line.startswith("# ")), f"# {path.stem}")
        found.append((first[2:].strip(), text))
    return found
