"""Importing a template of another make: choose a file, read the report, create it as a document or as source."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QDialog,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QRadioButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from restock_desk.domain.document.imported import Note, Notes, Outcome, told
from restock_desk.domain.templates import Draft
from restock_desk.errors import DeskError
from restock_desk.services import template_imports
from restock_desk.services.desk import Desk
from restock_desk.services.template_imports import TakenIn
from restock_desk.ui import cells, theme
from restock_desk.ui.bridge import Bridge

_FILES = "Templates (*.mjml *.html *.htm *.json);;All files (*)"
_COLUMNS = ("Line", "Outcome", "What", "What became of it")
_LOOKS = {
    Outcome.TRANSLATED: ("Translated", "mdi6.check", "good"),
    Outcome.KEPT: ("Kept as it was", "mdi6.code-tags", "muted"),
    Outcome.LOST: ("Lost", "mdi6.alert-outline", "warn"),
}


class NotesTable(QTableWidget):
    """The report of an import, a row for each thing."""

    def __init__(self) -> None:
        super().__init__(0, len(_COLUMNS))
        self.setHorizontalHeaderLabels(_COLUMNS)
        self.setAccessibleName("What the import did")
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setWordWrap(True)
        self.setShowGrid(False)
        head = self.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for at, width in enumerate((56, 150, 230)):
            self.setColumnWidth(at, width)
        head.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)

    def show_notes(self, notes: Notes) -> None:
        self.setRowCount(len(notes))
        for row, note in enumerate(notes):
            for column, item in enumerate(_row(note)):
                item.setToolTip(theme.tooltip(note.words))
                self.setItem(row, column, item)
        self.resizeRowsToContents()


class TemplateImportDialog(QDialog):
    """`created(name, draft)` when the person wants it. GUI thread only."""

    created = Signal(str, object)

    def __init__(self, parent: QWidget, desk: Desk, bridge: Bridge, path: str = "") -> None:
        super().__init__(parent)
        self._desk, self._bridge = desk, bridge
        self._taken: TakenIn | None = None
        self.setWindowTitle("Import a template")
        self.resize(860, 560)
        self._build_file()
        self.summary = theme.label("", wrap=True)
        self.notes = NotesTable()
        self.middle = QStackedWidget()
        self.middle.addWidget(
            theme.empty_state(
                "mdi6.file-import-outline",
                "Choose a file",
                "MJML, HTML or a document. Merge tags of other systems become variables; you see what changed.",
                ("Choose file…", self.choose),
            )
        )
        report = QWidget()
        report.setObjectName("plain")
        report.setLayout(theme.column(self.summary, self.notes, spacing=theme.SPACE))
        self.middle.addWidget(report)
        self._build_foot()
        lines = (theme.heading("Import a template"), self._file, self.middle, self._foot)
        self.setLayout(theme.column(*lines, spacing=12, margin=3 * theme.SPACE))
        self._judge()
        if path:
            self.load(path)

    @property
    def draft(self) -> Draft | None:
        """What would be created."""
        if self._taken is None:
            return None
        source = self._taken.source
        return source if source is not None and self.as_source.isChecked() else self._taken.document

    def choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose a template", "", _FILES)
        if path:
            self.load(path)

    def load(self, path: str) -> None:
        """Read a file; the report follows."""
        self.path.setText(path)
        self._taken = None
        self.status.setText("Reading…")
        self._judge()
        desk = self._desk
        self._bridge.ask(
            f"template-import:{id(self)}", lambda: template_imports.read(desk, Path(path)), self._show, self._failed
        )

    def _build_file(self) -> None:
        self.path = QLineEdit()
        self.path.setReadOnly(True)
        self.path.setPlaceholderText("No file chosen")
        self.path.setAccessibleName("File")
        pick = theme.button("Choose file…", "mdi6.folder-open-outline")
        pick.clicked.connect(self.choose)
        self._file = QWidget()
        self._file.setObjectName("plain")
        self._file.setLayout(theme.row(theme.label("File"), self.path, pick))

    def _build_foot(self) -> None:
        self.called, self.name = theme.label("Name"), QLineEdit()
        self.name.setAccessibleName("Name of the template")
        self.name.setPlaceholderText("Name of the template")
        self.name.textChanged.connect(lambda _: self._judge())
        self.as_document, self.as_source = QRadioButton("As a document of blocks"), QRadioButton("As source")
        self.as_document.setChecked(True)
        self.as_document.setToolTip(
            theme.tooltip("To be edited block by block; what no block can hold is kept as HTML.")
        )
        self.as_source.setToolTip(theme.tooltip("The file's own text, its merge tags translated."))
        self._ways = QButtonGroup(self)
        for way in (self.as_document, self.as_source):
            self._ways.addButton(way)
        self.status = theme.caption("", wrap=True)
        self.go_on = theme.button("Create", "mdi6.plus", "primary")
        self.go_on.setDefault(True)
        self.go_on.clicked.connect(self._create)
        leave = theme.button("Cancel")
        leave.setAutoDefault(False)
        leave.clicked.connect(self.reject)
        self._foot = QWidget()
        self._foot.setObjectName("plain")
        self._foot.setLayout(
            theme.column(
                theme.row(self.called, self.name, self.as_document, self.as_source, spacing=12),
                theme.row(self.status, 1, leave, self.go_on),
                spacing=12,
            )
        )

    def _show(self, taken: TakenIn) -> None:
        self._taken = taken
        self.status.setText("")
        self.name.setText(taken.name)
        self.as_source.setEnabled(taken.source is not None)
        if taken.source is None:
            self.as_document.setChecked(True)
        words = told(taken.notes)
        self.summary.setText(f"{words[:1].upper()}{words[1:]}." if taken.notes else "Everything came over as it was.")
        self.notes.show_notes(taken.notes)
        self.middle.setCurrentIndex(1)
        self._judge()
        self.name.setFocus()

    def _failed(self, error: Exception) -> None:
        self._taken = None
        self.middle.setCurrentIndex(0)
        known = isinstance(error, DeskError)
        self.status.setText(f"{error.message} {error.hint}".strip() if isinstance(error, DeskError) else "")
        self._judge()
        if not known:
            self._bridge.failed.emit(error)

    def _judge(self) -> None:
        ready = self._taken is not None and bool(self.name.text().strip())
        self.go_on.setEnabled(ready)
        self.go_on.setToolTip("" if ready else theme.tooltip("Choose a file and a name first."))
        for part in (self.called, self.name, self.as_document, self.as_source):
            part.setVisible(self._taken is not None)

    def _create(self) -> None:
        draft = self.draft
        if draft is not None:
            self.created.emit(self.name.text().strip(), draft)
            self.accept()


def _row(note: Note) -> list[QTableWidgetItem]:
    words, icon, tone = _LOOKS[note.outcome]
    often = f" ({note.count} times)" if note.count > 1 else ""
    found = [
        QTableWidgetItem(str(note.line) if note.line else ""),
        QTableWidgetItem(theme.icon(icon, tone), words),
        QTableWidgetItem(cells.visible(note.what)),
        QTableWidgetItem(f"{note.words}{often}"),
    ]
    mono = QFont(theme.mono_font())
    found[2].setFont(mono)
    return found
