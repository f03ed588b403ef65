"""Bringing a file in: choose it, check how it is read, see what a dry run says, then import as a task."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QStackedWidget,
    QWidget,
)

from restock_desk.domain.imports import FilePreview, ImportKind, ImportReport, ReadOptions
from restock_desk.errors import DeskError
from restock_desk.services import imports
from restock_desk.ui import theme
from restock_desk.ui.bridge import Task
from restock_desk.ui.import_parts import MappingTable, ReportView, SampleTable

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

WORDS = {
    ImportKind.PRODUCTS: "products",
    ImportKind.SUBSCRIBERS: "people",
    ImportKind.INTERESTS: "interests",
    ImportKind.STOCK: "stock levels",
    ImportKind.FEEDBACK: "feedback",
}
FORMATS = ("", "shopify", "shopify-new", "woocommerce", "magento", "mailchimp", "klaviyo", "generic")
CHANGES = ("catalog", "audience", "restocks", "feedback", "staff")
FILES = "Tables (*.csv *.tsv *.txt *.jsonl *.json);;All files (*)"


class ImportDialog(QDialog):
    """Three things below one another: the file, how it is read, what would happen. Nothing is written before Import."""

    def __init__(self, window: "Window", kind: str, path: str = "") -> None:
        super().__init__(window)
        self._window = window
        self._preview: FilePreview | None = None
        self._task: Task | None = None
        self.setWindowTitle("Import")
        self.resize(900, 680)
        self._build_file(ImportKind(kind))
        self._build_reading()
        self.report = ReportView(window)
        self.middle = QStackedWidget()
        self.middle.addWidget(
            theme.empty_state(
                "mdi6.file-upload-outline",
                "Choose a file",
                "CSV, TSV or JSON lines. You see how it is read and what would change before anything is written.",
                ("Choose file…", self.choose),
            )
        )
        self.middle.addWidget(self._reading)
        self.middle.addWidget(self.report)
        self._build_foot()
        self.setLayout(
            theme.column(self._file_card, self.middle, self._foot, spacing=2 * theme.SPACE, margin=3 * theme.SPACE)
        )
        self._judge()
        if path:
            self.load(path)

    # -- building --------------------------------------------------------------------------------------------------

    def _build_file(self, kind: ImportKind) -> None:
        self.kind, self.path = QComboBox(), QLineEdit()
        self.kind.setAccessibleName("What the file holds")
        for value, words in WORDS.items():
            self.kind.addItem(words.capitalize(), value)
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self.kind.currentIndexChanged.connect(lambda _: self._inspect())
        self.path.setReadOnly(True)
        self.path.setPlaceholderText("No file chosen")
        self.path.setAccessibleName("File")
        pick = theme.button("Choose file…", "mdi6.folder-open-outline")
        pick.clicked.connect(self.choose)
        line = theme.row(theme.label("Import"), self.kind, theme.label("from"), self.path, pick)
        holder = QWidget()
        holder.setObjectName("plain")
        holder.setLayout(line)
        self._file_card = theme.card(holder)

    def _build_picks(self) -> QHBoxLayout:
        self.format, self.delimiter, self.encoding = QComboBox(), QComboBox(), QLineEdit()
        self.header = QCheckBox("First line holds names")
        self.header.setChecked(True)
        for name in FORMATS:
            self.format.addItem(name or "Recognised", name)
        for words, value in (("Recognised", ""), ("Comma", ","), ("Semicolon", ";"), ("Tab", "\t"), ("Pipe", "|")):
            self.delimiter.addItem(words, value)
        self.encoding.setPlaceholderText("Recognised")
        self.encoding.setMaximumWidth(110)
        again = theme.button("Read again", "mdi6.refresh", "quiet", "Read the file with these settings")
        again.clicked.connect(self._inspect)
        picks = theme.row(spacing=theme.SPACE)
        for words, widget in (("Format", self.format), ("Delimiter", self.delimiter), ("Encoding", self.encoding)):
            widget.setAccessibleName(words)
            picks.addWidget(theme.label(words, "muted"))
            picks.addWidget(widget)
        picks.addWidget(self.header)
        picks.addStretch(1)
        picks.addWidget(again)
        for box in (self.format, self.delimiter):
            box.activated.connect(lambda _: self._inspect())
        self.header.clicked.connect(lambda _: self._inspect())
        return picks

    def _build_reading(self) -> None:
        picks = self._build_picks()
        self.state = QComboBox()
        self.state.setAccessibleName("What these people are")
        for words, value in (
            ("People are: as the file says", ""),
            ("People are: subscribed", "subscribed"),
            ("People are: unsubscribed", "unsubscribed"),
            ("People are: cleaned", "cleaned"),
        ):
            self.state.addItem(words, value)
        self.state.activated.connect(lambda _: self._inspect())
        self.found = theme.label("")
        self.notes = theme.caption("", wrap=True)
        self.mapping, self.sample = MappingTable(), SampleTable()
        inside = QWidget()
        inside.setObjectName("plain")
        inside.setLayout(
            theme.column(
                theme.row(self.found, 1, self.state),
                picks,
                self.notes,
                theme.heading("Columns"),
                self.mapping,
                theme.heading("First lines"),
                self.sample,
                spacing=theme.SPACE + 4,
            )
        )
        inside.setContentsMargins(0, 0, theme.SPACE, 0)  # beside the scroll bar
        self._reading = QScrollArea()
        self._reading.setWidgetResizable(True)
        self._reading.setFrameShape(QScrollArea.Shape.NoFrame)
        self._reading.setAccessibleName("How the file is read")
        self._reading.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._reading.setWidget(inside)

    def _build_foot(self) -> None:
        self.try_it = theme.button("Dry run", "mdi6.test-tube", tip="Reads the whole file and writes nothing")
        self.go = theme.button("Import", "mdi6.tray-arrow-up", kind="primary")
        self.back = theme.button("Back", kind="quiet")
        close = theme.button("Close")
        self.try_it.clicked.connect(partial(self._run, True))
        self.go.clicked.connect(partial(self._run, False))
        self.back.clicked.connect(self._to_reading)
        close.clicked.connect(self.reject)
        self.status = theme.caption("")
        self._foot = QWidget()
        self._foot.setObjectName("plain")
        self._foot.setLayout(theme.row(self.back, self.status, 1, close, self.try_it, self.go))

    # -- reading ---------------------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Ask for a file."""
        path, _ = QFileDialog.getOpenFileName(self, "Choose a file to import", "", FILES)
        if path:
            self.load(path)

    def load(self, path: str) -> None:
        """Look into a file: its format, its columns, its first lines."""
        self.path.setText(path)
        self._inspect()

    def chosen_kind(self) -> ImportKind:
        return ImportKind(self.kind.currentData())

    def options(self) -> ReadOptions:
        """How the file is to be read, as the fields say. Only columns somebody changed are fixed."""
        return ReadOptions(
            format=str(self.format.currentData() or ""),
            header=self.header.isChecked(),
            columns=self.mapping.changed(),
            encoding=self.encoding.text().strip(),
            delimiter=str(self.delimiter.currentData() or ""),
            state=str(self.state.currentData() or "") if self.chosen_kind() is ImportKind.SUBSCRIBERS else "",
        )

    def _inspect(self) -> None:
        if not self.path.text():
            return
        desk, path, kind, options = self._window.desk, Path(self.path.text()), self.chosen_kind(), self.options()
        if self._preview is not None and self._preview.path != str(path):
            options = replace(options, columns=())
        self.status.setText("Reading…")
        self._window.bridge.ask(
            f"import:{id(self)}", lambda: imports.inspect(desk, path, kind, options), self._show, self._failed
        )

    def _show(self, preview: FilePreview) -> None:
        self._preview = preview
        self.status.setText("")
        tab = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "pipe"}.get(preview.delimiter, preview.delimiter)
        kind = "a generic file" if preview.format == "generic" else f"a {preview.format} file"
        self.found.setText(f"Read as {kind} in {preview.encoding.upper()}, separated by {tab or 'lines'}.")
        self.notes.setText("\n".join(preview.notes))
        self.notes.setVisible(bool(preview.notes))
        self.mapping.show_mapping(self.chosen_kind(), preview)
        self.sample.show_sample(preview)
        self._to_reading()

    def _failed(self, error: Exception) -> None:
        self.status.setText("")
        self._preview = None
        self.middle.setCurrentIndex(0)
        self._judge()
        if isinstance(error, DeskError):
            self.status.setText(f"{error.message} {error.hint}".strip())
        else:
            self._window.problem.show_error(error)

    def _to_reading(self) -> None:
        self.middle.setCurrentIndex(1)
        self.go.setVisible(True)
        self._judge()

    def _judge(self) -> None:
        busy = self._task is not None and self._task.active
        ready = self._preview is not None and not busy
        self.back.setVisible(self.middle.currentIndex() == 2 and not busy)
        self.go.setEnabled(ready)
        self.try_it.setEnabled(ready)
        why = "" if ready else theme.tooltip("It is running." if busy else "Choose a file first.")
        self.go.setToolTip(why)
        self.try_it.setVisible(self.middle.currentIndex() != 2)
        self.state.setVisible(self.chosen_kind() is ImportKind.SUBSCRIBERS)
        self.go.setText(f"Import {WORDS[self.chosen_kind()]}")
        self.go.setAccessibleName(self.go.text())

    # -- running ---------------------------------------------------------------------------------------------------

    def _run(self, dry: bool) -> None:
        desk, path, kind, options = self._window.desk, Path(self.path.text()), self.chosen_kind(), self.options()
        words = f"{'Dry run of' if dry else 'Import'} {path.name}"
        self.report.start(words)
        self.middle.setCurrentIndex(2)
        self._task = self._window.bridge.act(
            words,
            lambda token, tell: imports.run(desk, path, kind, options, dry, token, tell),
            self._done,
            () if dry else CHANGES,
            lane="reads" if dry else "writes",
            failed=self._run_failed,
        )
        self.report.watch(self._task)
        self._task.ended.connect(self._judge)
        self._judge()

    def _done(self, report: ImportReport) -> None:
        self.report.show_report(report)
        if not report.dry_run:
            self.go.setVisible(False)
            self._window.toast.say(f"{WORDS[report.kind].capitalize()}: {report.accepted:,} imported")
        self._judge()

    def _run_failed(self, error: Exception) -> None:
        self._to_reading()
        self.status.setText(str(error) if isinstance(error, DeskError) else "")
        if not isinstance(error, DeskError):
            self._window.problem.show_error(error)
