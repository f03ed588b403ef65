"""The whole audience rendered: how far it is, then what is wrong for how many, each with a way to an example."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from restock_desk.domain.audience import Subscriber
from restock_desk.domain.preflight import Group, Preflight
from restock_desk.domain.templates import Severity
from restock_desk.jobs import CancelToken, ProgressFn
from restock_desk.services import preflight
from restock_desk.services.desk import Desk
from restock_desk.services.preflight import Drafts
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge, Task

Work = Callable[[CancelToken, ProgressFn], Preflight]
SHOWN = 60
"""Groups that are listed; more of them say nothing more."""
_ICONS = {
    Severity.ERROR: ("mdi6.alert-circle", "bad"),
    Severity.WARNING: ("mdi6.alert", "warn"),
    Severity.INFO: ("mdi6.information-outline", "info"),
}


class AudienceReport(QWidget):
    """Checks when told to; `found` is the result, None until there is one."""

    done = Signal(object)
    """The Preflight."""
    example = Signal(int, str)
    """A subscriber whose mail is to be shown, and the name of its edition."""
    stopped = Signal(str)
    """There is no result: why, as a sentence."""

    def __init__(self, desk: Desk, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._desk, self._bridge = desk, bridge
        self._task: Task | None = None
        self._asked: Callable[[], object] = lambda: None
        self.found: Preflight | None = None
        self.head = theme.heading("The whole audience")
        self.note = theme.caption("", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the check")
        self.stop_button = theme.button("Stop", kind="quiet")
        self.stop_button.setAccessibleName("Stop checking the audience")
        self.stop_button.clicked.connect(self.stop)
        self.again = theme.button("Check again", "mdi6.refresh", "quiet")
        self.again.clicked.connect(lambda: self._asked())
        self._list: QVBoxLayout = theme.column(spacing=theme.SPACE)
        top = theme.row(self.head, 1, self.again, self.stop_button)
        self.setLayout(theme.column(top, self.bar, self.note, self._list))
        for part in (self.bar, self.stop_button, self.again):
            part.hide()

    def check(self, event_ids: tuple[int, ...], drafts: Callable[[], Drafts]) -> None:
        """Render everybody who waits for these restocks. `drafts` is asked on a lane's thread."""
        desk = self._desk
        self.run(lambda token, progress: preflight.run(desk, event_ids, drafts(), token, progress))

    def run(self, work: Work) -> None:
        """Show what comes of `work`, which is done on a lane's thread."""
        self.stop()
        self.found = None
        theme.clear(self._list)
        desk = self._desk
        self._asked = lambda: self.run(work)
        self.note.setText("Rendering everybody who would get it …")
        self.bar.setRange(0, 0)
        for part, seen in ((self.bar, True), (self.stop_button, True), (self.again, False)):
            part.setVisible(seen)
        task = self._bridge.act(
            "Check the whole audience",
            lambda token, progress: _with_people(desk, work(token, progress)),
            lambda result: self._finished(task, *result),
            lane="reads",
            failed=lambda error: self._failed(task, str(error)),
        )
        self._task = task
        task.moved.connect(self._moved)

    def stop(self) -> None:
        """Whatever runs is not wanted any more."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            self._ended("Stopped. Nothing is known of the whole audience.")

    def _moved(self) -> None:
        task = self._task
        if task is None or task is not self.sender():
            return
        progress = task.progress
        if progress.total:
            self.bar.setRange(0, progress.total)
            self.bar.setValue(progress.done)
            self.note.setText(f"{progress.done:,} of {progress.total:,} mails rendered")

    def _failed(self, task: Task, words: str) -> None:
        if task is self._task:
            self._task = None
            self._ended(words)

    def _ended(self, words: str) -> None:
        self.bar.hide()
        self.stop_button.hide()
        self.again.show()
        self.note.setText(words)
        self.stopped.emit(words)

    def _finished(self, task: Task, found: Preflight, people: list[Subscriber]) -> None:
        if task is not self._task:
            return
        self._task, self.found = None, found
        for part in (self.bar, self.stop_button, self.again):
            part.hide()
        self.note.setText(summary(found))
        names = {person.id: _name(person) for person in people}
        for group in found.groups[:SHOWN]:
            self._list.addWidget(self._line(group, names.get(group.example, "")))
        if len(found.groups) > SHOWN:
            self._list.addWidget(theme.caption(f"And {len(found.groups) - SHOWN} more kinds of problems."))
        if found.untaken:
            self._list.addWidget(_untaken(found))
        self.done.emit(found)

    def _line(self, group: Group, name: str) -> QWidget:
        problem = group.problem
        icon_name, role = _ICONS[problem.severity]
        icon = theme.label()
        icon.setPixmap(theme.icon(icon_name, role).pixmap(QSize(18, 18)))
        icon.setAccessibleName(problem.severity.value)
        number = theme.label(f"{group.count:,}", role)
        number.setFont(theme.bold_font())
        number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        number.setMinimumWidth(64)
        place = f"{problem.where}, line {problem.line}" if problem.line else problem.where
        told = " · ".join(part for part in (group.variant, place, f"such as {name}" if name else "") if part)
        words = theme.column(theme.label(problem.message, wrap=True), theme.caption(told, wrap=True), spacing=0)
        look = theme.button("Show", "mdi6.eye-outline", "quiet", "Show this person's mail")
        look.setAccessibleName(f"Show an example: {problem.message}")
        look.clicked.connect(lambda: self.example.emit(group.example, group.variant))
        look.setVisible(bool(group.example))
        line = QWidget()
        line.setObjectName("plain")
        made = theme.row(icon, number, words, look, spacing=theme.SPACE)
        made.setStretch(2, 1)
        line.setLayout(made)
        return line


class Folded(QWidget):
    """A sentence with a number, and its lines on demand. `about` names the button."""

    def __init__(self, words: str, about: str, lines: Sequence[QWidget]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.more = theme.button("Which?", kind="quiet")
        self.more.setAccessibleName(about)
        self.lines = QWidget()
        self.lines.setObjectName("plain")
        self.lines.setLayout(theme.column(*lines, spacing=2))
        self.lines.hide()
        self.more.clicked.connect(lambda: self.lines.setVisible(not self.lines.isVisible()))
        head = theme.row(theme.label(words, "muted", wrap=True), self.more)
        head.setStretch(0, 1)
        self.setLayout(theme.column(head, self.lines, spacing=2))


def _untaken(found: Preflight) -> Folded:
    """How many branches nobody takes, and which on demand: of one restock alone there are always some."""
    n = len(found.untaken)
    words = "1 branch of the template is" if n == 1 else f"{n} branches of the template are"
    told = [
        theme.caption(f"{branch.words}  ({branch.where}, line {branch.line})", wrap=True)
        for branch in found.untaken[:SHOWN]
    ]
    return Folded(f"{words} taken by nobody.", "Show the branches nobody takes", told)


class AudienceDialog(QDialog):
    """The report beside a template that is being written; stays open while examples are looked at."""

    def __init__(self, report: AudienceReport, about: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.report = report
        self.setWindowTitle("Check the audience")
        self.resize(640, 520)
        inside = QWidget()
        inside.setObjectName("plain")
        inside.setLayout(theme.column(theme.card(report), 1))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setAccessibleName("What is wrong with the mails")
        scroll.setWidget(inside)
        close = theme.button("Close")
        close.clicked.connect(self.reject)
        layout = theme.column(
            theme.label(about, "muted", wrap=True), scroll, theme.row(1, close), margin=3 * theme.SPACE
        )
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.finished.connect(lambda _: report.stop())


def summary(found: Preflight) -> str:
    """One sentence on what came of it."""
    took = f"{found.renders:,} mails rendered in {found.seconds:.1f} s"
    if not found.complete:
        return f"{took}, then given up, since so much was wrong."
    if not found.groups and not found.ignored:
        return f"{took}. Nothing is wrong with any of them."
    errors, warnings = len(found.errors), len(found.warnings)
    kinds = [f"{n} {word if n == 1 else word + 's'}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    told = f"{took}: {' and '.join(kinds)}" if kinds else took
    return f"{told}; {len(found.ignored)} ignored with a reason." if found.ignored else f"{told}."


def _with_people(desk: Desk, found: Preflight) -> tuple[Preflight, list[Subscriber]]:
    return found, preflight.people(desk, [group.example for group in found.groups[:SHOWN]])


def _name(person: Subscriber) -> str:
    return f"{person.first_name} {person.last_name}".strip() or person.email
