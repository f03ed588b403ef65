"""Parts of the import dialog: the mapping of columns, the first lines, and what came of a run."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from restock_desk.domain.imports import FilePreview, ImportKind, ImportReport, Rejected
from restock_desk.services import imports
from restock_desk.ui import theme
from restock_desk.ui.bridge import Task
from restock_desk.ui.cells import visible

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

FIELDS: dict[ImportKind, tuple[str, ...]] = {
    ImportKind.PRODUCTS: (
        "sku", "title", "variant", "price", "compare_at_price", "currency", "stock", "barcode", "vendor", "type",
        "description", "url", "image_url", "handle", "status",
    ),
    ImportKind.SUBSCRIBERS: (
        "email", "custom_id", "first_name", "last_name", "locale", "timezone", "consent", "consent_at",
    ),
    ImportKind.INTERESTS: ("sku", "email", "custom_id", "created_at", "source", "units"),
    ImportKind.STOCK: ("sku", "stock", "location"),
    ImportKind.FEEDBACK: ("kind", "occurred_at", "message_id", "recipient", "reason"),
}  # fmt: skip
"""What may be mapped by hand; other fields of a recognised format are read as well."""
FIELD_WORDS = {
    "sku": "SKU",
    "url": "Page",
    "image_url": "Picture",
    "variant": "Variant name",
    "custom_id": "Customer id",
}
SHOWN_REJECTED = 500
MOST_COLUMNS = 40


class MappingTable(QWidget):
    """Our field → a column of the file. Only what somebody changes is fixed; the rest stays recognised."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * theme.SPACE)
        self.setLayout(self._grid)
        self.boxes: dict[str, QComboBox] = {}
        self._recognised: dict[str, str] = {}

    def show_mapping(self, kind: ImportKind, preview: FilePreview) -> None:
        theme.clear(self._grid)
        self.boxes.clear()
        self._recognised = dict(preview.mapping)
        fields = list(dict.fromkeys([*FIELDS[kind], *self._recognised]))
        each = (len(fields) + 2) // 3
        for place, field in enumerate(fields):
            box = QComboBox()
            box.setAccessibleName(f"Column for {field}")
            box.setMinimumWidth(110)
            box.addItem("–", "")
            for header in preview.headers[:MOST_COLUMNS]:
                box.addItem(visible(header), header)
            now = self._recognised.get(field, "")
            if now and box.findData(now) < 0:
                box.addItem(visible(now), now)
            box.setCurrentIndex(max(0, box.findData(now)))
            self.boxes[field] = box
            line, column = place % each, 3 * (place // each)
            self._grid.addWidget(theme.label(FIELD_WORDS.get(field, theme.state_words(field)), "muted"), line, column)
            self._grid.addWidget(box, line, column + 1)
        for column in (2, 5):
            self._grid.setColumnMinimumWidth(column, theme.SPACE)
        for column in (1, 4, 7):
            self._grid.setColumnStretch(column, 1)

    def changed(self) -> tuple[tuple[str, str], ...]:
        """The mapping, if somebody changed any of it; empty = as recognised."""
        now = {field: str(box.currentData() or "") for field, box in self.boxes.items()}
        if all(now[field] == self._recognised.get(field, "") for field in now):
            return ()
        return tuple((field, column) for field, column in now.items() if column)


class SampleTable(QTableWidget):
    """The first lines of the file, as they were split into columns."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("First lines of the file")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setMaximumSectionSize(280)
        self.setMinimumHeight(210)

    def show_sample(self, preview: FilePreview) -> None:
        headers = preview.headers[:MOST_COLUMNS]
        self.setColumnCount(len(headers))
        self.setRowCount(len(preview.sample))
        self.setHorizontalHeaderLabels([visible(header) for header in headers])
        for row, line in enumerate(preview.sample):
            for column, text in enumerate(line[: len(headers)]):
                self.setItem(row, column, QTableWidgetItem(visible(text)))
        self.resizeColumnsToContents()


class ReportView(QWidget):
    """Progress while it runs, then the counts and every rejected line with where and why; exportable."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self.setObjectName("plain")
        self._window = window
        self._run_id: int | None = None
        self._task: Task | None = None
        self.title = theme.heading("")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the import")
        self.note = theme.label("", "muted", wrap=True)
        self.figures: QVBoxLayout = theme.column(spacing=theme.SPACE)
        self.rejected = QTableWidget(0, 3)
        self.rejected.setAccessibleName("Rejected lines")
        self.rejected.setHorizontalHeaderLabels(["Line", "Field", "Reason"])
        self.rejected.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.rejected.setTabKeyNavigation(False)
        self.rejected.verticalHeader().hide()
        self.rejected.setShowGrid(False)
        self.rejected.setMinimumHeight(220)
        self.rejected.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.rejected.horizontalHeader().setStretchLastSection(True)
        self.save = theme.button("Save rejected lines…", "mdi6.content-save-outline")
        self.save.clicked.connect(self._save)
        whole = theme.column(
            self.title, self.bar, self.note, self.figures, self.rejected, theme.row(self.save, 1), 1,
            spacing=theme.SPACE + 4,
        )  # fmt: skip
        whole.setStretch(4, 100)  # the rejected lines take the room there is
        self.setLayout(whole)

    def start(self, words: str) -> None:
        """Show that something begins."""
        self.title.setText(words)
        self.note.setText("")
        self.bar.setRange(0, 0)
        self.bar.show()
        theme.clear(self.figures)
        self.rejected.hide()
        self.save.hide()

    def watch(self, task: Task) -> None:
        """Follow a task's progress."""
        self._task = task
        task.moved.connect(self._moved)

    def show_report(self, report: ImportReport) -> None:
        """What came of it."""
        self._run_id = report.run_id
        self.bar.hide()
        verb = "would be " if report.dry_run else ""
        self.title.setText("Nothing was written yet" if report.dry_run else "Imported")
        self.note.setText(
            "\n".join(report.notes)
            or f"{report.read:,} {'line' if report.read == 1 else 'lines'} read in "
            f"{'less than a second' if report.seconds < 1 else f'{report.seconds:,.0f} seconds'}."
        )
        figures = theme.row(spacing=2 * theme.SPACE)
        for number, words, tone in (
            (report.accepted, f"{verb}accepted", "good"),
            (report.unchanged, "unchanged", "muted"),
            (report.rejected_total, "rejected", "bad" if report.rejected_total else "muted"),
            (report.parked, "wait for their product", "warn"),
            (report.restocks, "restocks", "accent"),
        ):
            if number or words in (f"{verb}accepted", "unchanged", "rejected"):
                figures.addWidget(_figure(number, words, tone))
        figures.addStretch(1)
        self.figures.addLayout(figures)
        self._show_rejected(report.rejected, report.rejected_total)

    def _show_rejected(self, rejected: tuple[Rejected, ...], total: int) -> None:
        self.rejected.setVisible(bool(rejected))
        self.save.setVisible(bool(rejected) and self._run_id is not None)
        self.rejected.setRowCount(min(len(rejected), SHOWN_REJECTED))
        for row, entry in enumerate(rejected[:SHOWN_REJECTED]):
            for column, text in enumerate((f"{entry.line:,}", entry.field, entry.reason)):
                self.rejected.setItem(row, column, QTableWidgetItem(visible(text)))
        if total > SHOWN_REJECTED:
            self.figures.addWidget(theme.caption(f"The first {SHOWN_REJECTED:,} rejected lines are shown."))

    def _moved(self) -> None:
        if self._task is None or not self._task.active:
            return
        progress = self._task.progress
        self.bar.setRange(0, 1000 if progress.total else 0)
        if progress.total:
            self.bar.setValue(int(1000 * min(1.0, progress.done / progress.total)))
        self.note.setText(f"{progress.done:,} {progress.note}".strip())

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save rejected lines", "rejected.csv", "CSV files (*.csv)")
        run_id, desk = self._run_id, self._window.desk
        if path and run_id is not None:
            self._window.bridge.act("Save rejected lines", lambda _t, _p: imports.export_errors(desk, run_id, path))


def _figure(number: int, words: str, tone: str) -> QWidget:
    value = theme.title(f"{number:,}")
    value.setProperty("tone", tone)
    return theme.card(value, theme.caption(words), spacing=0)
