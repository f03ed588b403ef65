"""The versions of a template: who saved which when, what changed between two, and bringing an old one back."""

import re
from collections.abc import Sequence
from itertools import zip_longest

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from restock_desk.domain.templates import TemplateKind, TemplateVersion
from restock_desk.services import templates
from restock_desk.services.desk import Desk
from restock_desk.services.readers import Whom
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer.version_diff import BlockDiff
from restock_desk.ui.segments import Segment, Segments

DiffLine = tuple[str, str]
"""A tag and a line: field = the name of what follows, + added, - removed, @ lines left out, else the same."""

_FIELD_WORDS = {"source": "Source", "text": "Plain text", "kind": "Language", "sender_email": "Sender address"}
_HOW = (
    Segment("blocks", "Blocks", "What changed block by block, with both pictures"),
    Segment("lines", "Lines", "What changed in the text of the document"),
)
_LOOKS = {
    "+": ("good_soft", "good"),
    "-": ("bad_soft", "bad"),
    "@": ("raised", "muted"),
    "field": ("accent_soft", "accent_text"),
}


class HistoryDialog(QDialog):
    """Choose a version at the left, see what it changed at the right. `restored(version)` after bringing one back."""

    restored = Signal(object)

    def __init__(
        self, desk: Desk, bridge: Bridge, template_id: int, name: str, parent: QWidget, whom: Whom | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._bridge, self._template = desk, bridge, template_id
        self.blocks = BlockDiff(desk, bridge, whom or Whom())
        self.how = Segments("How it is compared", _HOW, "blocks")
        self._versions: list[TemplateVersion] = []
        self._lines: Sequence[DiffLine] = ()
        self.setWindowTitle("Versions")
        self.resize(1160, 720)
        self.list = QListWidget()
        self.list.setAccessibleName("Versions")
        self.list.setMinimumWidth(250)
        self.against = QComboBox()
        self.against.setAccessibleName("Compare with")
        self.against.setMinimumWidth(130)
        self.side = theme.tool("mdi6.view-split-vertical", "Side by side")
        self.side.setCheckable(True)
        self.count = theme.caption("")
        self.left, self.right = _diff_view("What changed"), _diff_view("The newer version")
        self.left.verticalScrollBar().valueChanged.connect(self.right.verticalScrollBar().setValue)
        self.right.verticalScrollBar().valueChanged.connect(self.left.verticalScrollBar().setValue)
        self.restore = theme.button("Restore as a new version", "mdi6.restore", "primary")
        close = theme.button("Close")
        self._build(name, close)
        self.list.currentRowChanged.connect(self._version_chosen)
        self.against.currentIndexChanged.connect(self._compare)
        self.side.toggled.connect(self._draw)
        self.how.chosen.connect(lambda _: self._compare())
        self.restore.clicked.connect(self._restore)
        close.clicked.connect(self.reject)
        bridge.ask("versions", lambda: templates.versions(desk, template_id), self._found)

    def _build(self, name: str, close: QWidget) -> None:
        self.against_words = theme.label("Compared with", "muted")
        pair = QSplitter(Qt.Orientation.Horizontal)
        pair.addWidget(self.left)
        pair.addWidget(self.right)
        top = theme.row(self.against_words, self.against, self.count, 1, self.how, self.side)
        self.views = QStackedWidget()
        self.views.addWidget(pair)
        self.views.addWidget(self.blocks)
        shown = QWidget()
        beside_list = theme.column(top, self.views)
        beside_list.setStretch(1, 1)
        beside_list.setContentsMargins(theme.SPACE, 0, 0, 0)
        shown.setLayout(beside_list)
        whole = QSplitter(Qt.Orientation.Horizontal)
        whole.addWidget(self.list)
        whole.addWidget(shown)
        whole.setStretchFactor(1, 1)
        note = theme.caption("Every save is kept. Restoring writes a new version; nothing is ever overwritten.")
        layout = theme.column(theme.heading(f"Versions of {name}"), whole, theme.row(note, 1, close, self.restore))
        layout.setContentsMargins(*(2 * theme.SPACE,) * 4)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _found(self, versions: Sequence[TemplateVersion]) -> None:
        self._versions = sorted(versions, key=lambda v: v.number, reverse=True)
        self.list.clear()
        for version in self._versions:
            when = version.saved_at.astimezone().strftime("%d %b %Y, %H:%M")
            words = f"Version {version.number}" + (f" · {version.label}" if version.label else "")
            item = QListWidgetItem(f"{words}\n{when} · {version.author}")
            self.list.addItem(item)
        if self._versions:
            self.list.setCurrentRow(0)

    def _version_chosen(self, row: int) -> None:
        if not 0 <= row < len(self._versions):
            return
        chosen = self._versions[row]
        self.restore.setEnabled(row > 0)
        self.restore.setToolTip("" if row > 0 else theme.tooltip("This is the newest version already."))
        self.against.blockSignals(True)
        self.against.clear()
        for version in self._versions:
            if version.id != chosen.id:
                self.against.addItem(f"Version {version.number}", version.id)
        before = next((n for n in range(self.against.count()) if self._number(n) < chosen.number), 0)
        self.against.setCurrentIndex(before)
        self.against.blockSignals(False)
        self._compare()

    def _number(self, row: int) -> int:
        return next(v.number for v in self._versions if v.id == self.against.itemData(row))

    def _compare(self) -> None:
        row = self.list.currentRow()
        alone = self.against.count() == 0
        for part in (self.against, self.side, self.against_words):
            part.setVisible(not alone)
        self.views.setCurrentIndex(0)
        self.how.hide()
        if alone or row < 0:
            self._lines = _whole(self._versions[row]) if row >= 0 else ()
            self.count.setText("This is the only version.")
            return self._draw()
        pair = sorted((self._versions[row], self._by_id(self.against.currentData())), key=lambda v: v.number)
        self.how.setVisible(all(version.draft.kind is TemplateKind.DOCUMENT for version in pair))
        if not self.how.isHidden() and self.how.value == "blocks" and self.blocks.show_pair(*pair):
            changes = len(self.blocks.changes)
            self.count.setText("The same in every block." if not changes else _counted(changes))
            self.side.hide()
            self.views.setCurrentWidget(self.blocks)
            return None
        first, second = pair[0].id, pair[1].id
        return self._bridge.ask("compare", lambda: templates.compare(self._desk, first, second), self._compared)

    def _by_id(self, version_id: int) -> TemplateVersion:
        return next(v for v in self._versions if v.id == version_id)

    def _compared(self, lines: Sequence[DiffLine]) -> None:
        self._lines = lines
        added, removed = (sum(1 for tag, _ in lines if tag == sign) for sign in "+-")
        same = "The same in every field."
        self.count.setText(f"+{added}  −{removed} lines" if added or removed else same)
        self._draw()

    def _draw(self) -> None:
        self.right.setVisible(self.side.isChecked())
        if self.side.isChecked():
            pairs = beside(self._lines)
            draw(self.left, [a for a, _ in pairs])
            draw(self.right, [b for _, b in pairs])
        else:
            draw(self.left, self._lines)

    def _restore(self) -> None:
        version = self._versions[self.list.currentRow()]
        desk = self._desk
        self._bridge.act(
            f"Restore version {version.number}",
            lambda _token, _progress: templates.restore(desk, version.id),
            self._restored,
            changes=("templates",),
        )

    def _restored(self, version: TemplateVersion) -> None:
        self.restored.emit(version)
        self.accept()


def _counted(changes: int) -> str:
    return "1 change" if changes == 1 else f"{changes} changes"


def _whole(version: TemplateVersion) -> list[DiffLine]:
    """One version by itself, as lines nothing happened to."""
    draft = version.draft
    fields = (("subject", draft.subject), ("preheader", draft.preheader), ("source", draft.source))
    return [line for name, text in fields if text for line in (("field", name), *((" ", x) for x in text.splitlines()))]


def beside(lines: Sequence[DiffLine]) -> list[tuple[DiffLine, DiffLine]]:
    """A unified diff as pairs: removed lines face the added ones that follow them; an empty tag fills the gaps."""
    pairs: list[tuple[DiffLine, DiffLine]] = []
    gone: list[DiffLine] = []
    come: list[DiffLine] = []

    def flush() -> None:
        pairs.extend(zip_longest(gone, come, fillvalue=("", "")))
        gone.clear()
        come.clear()

    for line in lines:
        if line[0] == "-":
            if come:
                flush()
            gone.append(line)
        elif line[0] == "+":
            come.append(line)
        else:
            flush()
            pairs.append((line, line))
    flush()
    return pairs


def draw(view: QPlainTextEdit, lines: Sequence[DiffLine]) -> None:
    """Fill a view with a diff: colour and sign both tell what happened to a line."""
    view.clear()
    cursor = QTextCursor(view.document())
    cursor.beginEditBlock()
    for number, (tag, words) in enumerate(lines):
        back, front = _LOOKS.get(tag, ("surface", "text"))
        block, letters = QTextBlockFormat(), QTextCharFormat()
        block.setBackground(theme.color(back))
        letters.setForeground(QColor(theme.color(front)))
        if number:
            cursor.insertBlock()
        cursor.setBlockFormat(block)
        cursor.insertText(_line(tag, words), letters)
    cursor.endEditBlock()
    view.moveCursor(QTextCursor.MoveOperation.Start)


def _line(tag: str, words: str) -> str:
    """A line with its sign in front; headings and gaps in words."""
    if tag == "field":
        return _FIELD_WORDS.get(words, words.replace("_", " ").capitalize())
    if tag == "@":
        found = re.search(r"\+(\d+)", words)
        return f"  ⋯ line {found.group(1)}" if found else "  ⋯"
    return f"{ {'+': '+', '-': '−'}.get(tag, ' ') } {words}"


def _diff_view(name: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setReadOnly(True)
    made.setFont(theme.mono_font())
    made.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    made.setAccessibleName(name)
    return made
