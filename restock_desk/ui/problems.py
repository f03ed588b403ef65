"""What is wrong in a template: worst first, each with its place, why, and a quick fix; a click or F8 goes there."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from restock_desk.domain.checks import rule
from restock_desk.domain.templates import Problem, Severity
from restock_desk.ui import theme

ICONS = {
    Severity.ERROR: ("mdi6.close-circle-outline", "bad"),
    Severity.WARNING: ("mdi6.alert-outline", "warn"),
    Severity.INFO: ("mdi6.information-outline", "info"),
}
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_PLACES = {
    "source": "Source",
    "text": "Plain text",
    "subject": "Subject",
    "preheader": "Preheader",
    "sender_name": "Sender name",
    "sender_email": "Sender address",
    "reply_to": "Reply to",
    "audience": "Audience",
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
    counts = [(found.count(s), s.value if s is not Severity.INFO else "hint") for s in _ORDER]
    return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts if n) or "No problems"


class ProblemsPanel(QFrame):
    """Shows problems, and why the chosen one is one; `picked` tells which one a person wants to see."""

    picked = Signal(object)
    fix_wanted = Signal(object)
    """A problem whose quick fix is to be made."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: tuple[Problem, ...] = ()
        self.setObjectName("card")
        self._list = QListWidget()
        self._list.setAccessibleName("Problems")
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemActivated.connect(self._pick)
        self._list.itemClicked.connect(self._pick)
        self._list.currentItemChanged.connect(lambda item, _: self._explain(item))
        self.detail = ProblemDetail()
        self.detail.fix.clicked.connect(lambda: self.fix_wanted.emit(self.detail.problem))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self._list, 1)
        layout.addWidget(self.detail)
        self.detail.hide()

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show these, already in order; the choice stays if it is there. Nothing moves when nothing changed."""
        if problems == self.shown:
            return
        chosen, self.shown = self.detail.problem, problems
        self._list.clear()
        for problem in problems:
            item = QListWidgetItem(theme.icon(*ICONS[problem.severity]), sentence(problem))
            item.setData(Qt.ItemDataRole.UserRole, problem)
            item.setToolTip(theme.tooltip(problem.fix or problem.message))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{problem.severity.value}: {sentence(problem)}")
            self._list.addItem(item)
        alike = (
            p for p in problems if chosen and (p.rule, p.where, p.line) == (chosen.rule, chosen.where, chosen.line)
        )
        self.choose(next(alike, None))

    def choose(self, problem: Problem | None) -> None:
        """Show a problem's explanation, as if it had been clicked, without going there."""
        place = self.shown.index(problem) if problem in self.shown else -1
        self._list.setCurrentRow(place)
        self._explain(self._list.item(place) if place >= 0 else None)

    def _explain(self, item: QListWidgetItem | None) -> None:
        self.detail.show_problem(item.data(Qt.ItemDataRole.UserRole) if item is not None else None)
        lines = 22 * max(1, len(self.shown)) + 12
        self._list.setFixedHeight(min(130, lines))
        self.setFixedHeight(self._list.height() + 12 + (self.detail.sizeHint().height() if item is not None else 0))

    def _pick(self, item: QListWidgetItem) -> None:
        self.picked.emit(item.data(Qt.ItemDataRole.UserRole))


class ProblemDetail(QWidget):
    """Why a problem is one, what was found, where the rule comes from, and what can be done about it at once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem: Problem | None = None
        self.setObjectName("plain")
        self.setAccessibleName("About this problem")
        self._why = theme.label("", wrap=True)
        self._evidence = QLineEdit()
        self._evidence.setReadOnly(True)
        self._evidence.setFrame(False)
        self._evidence.setFont(theme.mono_font())
        self._evidence.setAccessibleName("What was found")
        self.fix = theme.button("Quick fix", "mdi6.auto-fix")
        self.source = theme.button("Where this comes from", "mdi6.open-in-new", "quiet")
        self.source.clicked.connect(self._open)
        self._rule = theme.caption("")
        foot = theme.row(self.fix, self.source, 1, self._rule, spacing=theme.SPACE)
        self.setLayout(theme.column(self._why, self._evidence, foot, spacing=4, margin=theme.SPACE))

    def show_problem(self, problem: Problem | None) -> None:
        """Explain this one; none hides the explanation."""
        self.problem = problem
        self.setVisible(problem is not None)
        if problem is None:
            return
        why = rule(problem.rule).why
        self._why.setText(" ".join(part for part in (why, problem.fix) if part))
        self._evidence.setText(problem.evidence)
        self._evidence.setCursorPosition(0)
        self._evidence.setVisible(bool(problem.evidence))
        self.fix.setVisible(bool(problem.operations))
        self.fix.setToolTip(theme.tooltip(problem.fix))
        self.source.setVisible(bool(problem.url))
        self.source.setToolTip(theme.tooltip(problem.url))
        self._rule.setText(problem.rule)

    def _open(self) -> None:
        if self.problem is not None and self.problem.url.startswith("https://"):
            QDesktopServices.openUrl(QUrl(self.problem.url))
