"""What is wrong in a template: worst first, each with its place, why, and a quick fix; a click or F8 goes there."""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QScrollArea, QWidget

from restock_desk.domain.checks import rule
from restock_desk.domain.ignoring import Decided
from restock_desk.domain.templates import Ignored, Problem, Severity
from restock_desk.ui import theme

ICONS = {
    Severity.ERROR: ("mdi6.close-circle-outline", "bad"),
    Severity.WARNING: ("mdi6.alert-outline", "warn"),
    Severity.INFO: ("mdi6.information-outline", "info"),
}
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_ROLLER = 16
"""Pixels beside what can be rolled."""
_PLACES = {
    "source": "Source",
    "text": "Plain text",
    "subject": "Subject",
    "preheader": "Preheader",
    "sender_name": "Sender name",
    "sender_email": "Sender address",
    "reply_to": "Reply to",
    "audience": "Audience",
    "links": "Links and pictures",
}


def sentence(problem: Problem) -> str:
    """A problem with its place in front: “Line 12: …”."""
    place = _PLACES.get(problem.where, problem.where.capitalize())
    if problem.line and problem.where in ("source", "text"):
        place = f"Line {problem.line}" if problem.where == "source" else f"Plain text, line {problem.line}"
    return f"{place}: {problem.message}" if problem.where != "source" or problem.line else problem.message


def worst_first(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, errors first, then by place."""
    unique = {(p.where, p.line, p.message): p for p in problems}
    return tuple(sorted(unique.values(), key=lambda p: (_ORDER.index(p.severity), p.where, p.line)))


def summary(problems: Iterable[Problem]) -> str:
    """“2 errors, 1 warning”, or “No problems”."""
    found = [p.severity for p in problems]
    return ", ".join(number_of(s, found.count(s)) for s in _ORDER if s in found) or "No problems"


def number_of(severity: Severity, many: int) -> str:
    """“2 errors”, “1 hint”."""
    word = severity.value if severity is not Severity.INFO else "hint"
    return f"{many} {word}{'' if many == 1 else 's'}"


def counted(problems: Iterable[Problem], ignored: Sequence[Decided]) -> str:
    """The summary with how many are ignored."""
    return summary(problems) + (f" · {len(ignored)} ignored" if ignored else "")


def reason_words(decided: Ignored) -> str:
    """Who ignores a problem, and why."""
    return f"Ignored by {decided.by}: {decided.reason}" if decided.by else f"Ignored: {decided.reason}"


class ProblemsPanel(QFrame):
    """Shows problems, and why the chosen one is one; `picked` tells which one a person wants to see.

    What is ignored stands behind a line of its own, which opens by a press. `beside`: the explanation stands beside the
    list, and both are as high as there is room; else below, as high as they need. `written` says how a problem reads.
    """

    picked = Signal(object)
    fix_wanted = Signal(object)
    """A problem whose quick fix is to be made."""
    ignore_wanted = Signal(object)
    """A problem to live with from now on."""
    again_wanted = Signal(object)
    """An Ignored to take back."""

    def __init__(self, beside: bool = False, written: Callable[[Problem], str] = sentence) -> None:
        super().__init__()
        self._beside, self._written = beside, written
        self.shown: tuple[Problem, ...] = ()
        self.ignored: tuple[Decided, ...] = ()
        self._open = False
        self.setObjectName("card")
        self._list = QListWidget()
        self._list.setObjectName("dense")
        self._list.setIconSize(QSize(16, 16))
        self._list.setAccessibleName("Problems")
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemActivated.connect(self._pick)
        self._list.itemClicked.connect(self._pick)
        self._list.currentItemChanged.connect(lambda item, _: self._explain(item))
        self.detail = ProblemDetail()
        self.detail.fix.clicked.connect(lambda: self.fix_wanted.emit(self.detail.problem))
        self.detail.ignore.clicked.connect(lambda: self.ignore_wanted.emit(self.detail.problem))
        self.detail.again.clicked.connect(lambda: self.again_wanted.emit(self.detail.decided))
        self._about = _rolled(self.detail) if beside else self.detail
        arranged = theme.row if beside else theme.column
        layout = arranged(self._list, self._about, spacing=4, margin=4)
        layout.setStretch(0, 1)
        layout.setStretch(1, int(beside))
        self.setLayout(layout)
        self._about.hide()

    def show_problems(self, problems: tuple[Problem, ...], ignored: tuple[Decided, ...] = ()) -> bool:
        """Show these, already in order; the choice stays if it is there. False, and nothing moves, when nothing
        changed."""
        if problems == self.shown and ignored == self.ignored:
            return False
        chosen, self.shown, self.ignored = self.detail.problem, problems, ignored
        self._fill()
        alike = (
            p for p in problems if chosen and (p.rule, p.where, p.line) == (chosen.rule, chosen.where, chosen.line)
        )
        self.choose(next(alike, None))
        return True

    def choose(self, problem: Problem | None) -> None:
        """Show a problem's explanation, as if it had been clicked, without going there."""
        place = self.shown.index(problem) if problem in self.shown else -1
        self._list.setCurrentRow(place)
        self._explain(self._list.item(place) if place >= 0 else None)

    def open_ignored(self, on: bool) -> None:
        """Unfold what is ignored, or fold it up."""
        self._open = on
        self._fill()
        self._list.setCurrentRow(len(self.shown))
        self._list.scrollToBottom()

    def _fill(self) -> None:
        self._list.clear()
        for problem in self.shown:
            self._add(problem, None)
        if self.ignored:
            words = f"{len(self.ignored)} ignored"
            head = QListWidgetItem(theme.icon("mdi6.chevron-down" if self._open else "mdi6.chevron-right"), words)
            head.setToolTip(theme.tooltip("Hide what is ignored" if self._open else "Show what is ignored, and why"))
            self._list.addItem(head)
        for problem, decided in self.ignored if self._open else ():
            self._add(problem, decided)

    def _add(self, problem: Problem, decided: Ignored | None) -> None:
        icon = theme.icon("mdi6.eye-off-outline") if decided else theme.icon(*ICONS[problem.severity])
        item = QListWidgetItem(icon, self._written(problem))
        item.setData(Qt.ItemDataRole.UserRole, (problem, decided))
        item.setToolTip(theme.tooltip(reason_words(decided) if decided else problem.fix or problem.message))
        state = "ignored" if decided else problem.severity.value
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{state}: {self._written(problem)}")
        self._list.addItem(item)

    def _explain(self, item: QListWidgetItem | None) -> None:
        about = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        self.detail.show_problem(*(about or (None,)))
        self._about.setVisible(about is not None)
        if self._beside:
            return self._about.setMinimumWidth(self.detail.minimumSizeHint().width() + _ROLLER)
        lines = max(self._list.sizeHintForRow(0), 22) * max(1, self._list.count()) + 8
        self._list.setFixedHeight(min(130, lines))
        return self.setFixedHeight(self._list.height() + 12 + (self.detail.sizeHint().height() if about else 0))

    def _pick(self, item: QListWidgetItem) -> None:
        about = item.data(Qt.ItemDataRole.UserRole)
        if about is None:
            self.open_ignored(not self._open)
        else:
            self.picked.emit(about[0])


def _rolled(inside: QWidget) -> QScrollArea:
    """A widget that may be higher than the room for it."""
    made = QScrollArea()
    made.setWidget(inside)
    made.setWidgetResizable(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


class ProblemDetail(QWidget):
    """Why a problem is one, what was found, where the rule comes from, and what can be done about it at once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem: Problem | None = None
        self.decided: Ignored | None = None
        self.setObjectName("plain")
        self.setAccessibleName("About this problem")
        self._why = theme.label("", wrap=True)
        self._evidence = QLineEdit()
        self._evidence.setReadOnly(True)
        self._evidence.setFrame(False)
        self._evidence.setFont(theme.mono_font())
        self._evidence.setAccessibleName("What was found")
        self._reason = theme.label("", "muted", wrap=True)
        self.fix = theme.button("Fix", "mdi6.auto-fix")
        self.ignore = theme.button("Ignore…", "mdi6.eye-off-outline", "quiet", "Live with it, for a reason")
        self.again = theme.button("Show again", "mdi6.eye-outline", tip="It counts again from now on")
        self.source = theme.button("Where this comes from", "mdi6.open-in-new", "quiet")
        self.source.clicked.connect(self._open)
        self._rule = theme.caption("")
        foot = theme.row(self.fix, self.again, self.ignore, self.source, 1, self._rule, spacing=theme.SPACE)
        self.setLayout(theme.column(self._why, self._evidence, self._reason, foot, spacing=4, margin=theme.SPACE))

    def show_problem(self, problem: Problem | None, decided: Ignored | None = None) -> None:
        """Explain this one, and why it is ignored if it is; none hides the explanation."""
        self.problem, self.decided = problem, decided
        self.setVisible(problem is not None)
        if problem is None:
            return
        why = rule(problem.rule).why
        self._why.setText(" ".join(part for part in (why, problem.fix) if part))
        self._evidence.setText(problem.evidence)
        self._evidence.setCursorPosition(0)
        self._evidence.setVisible(bool(problem.evidence))
        self._reason.setText(reason_words(decided) if decided else "")
        self._reason.setVisible(decided is not None)
        self.fix.setVisible(bool(problem.operations) and decided is None)
        self.ignore.setVisible(decided is None and not rule(problem.rule).firm)
        self.again.setVisible(decided is not None)
        self.fix.setToolTip(theme.tooltip(problem.fix))
        self.source.setVisible(bool(problem.url))
        self.source.setToolTip(theme.tooltip(problem.url))
        self._rule.setText(problem.rule)

    def _open(self) -> None:
        if self.problem is not None and self.problem.url.startswith("https://"):
            QDesktopServices.openUrl(QUrl(self.problem.url))
