"""The list of what is wrong in a template: worst first, each with its place; a click or F8 goes there."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

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
    """Shows problems; `picked` tells which one a person wants to see."""

    picked = Signal(object)

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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self._list)

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show these, already in order; keeps the list untouched when nothing changed."""
        if problems == self.shown:
            return
        self.shown = problems
        self._list.clear()
        for problem in problems:
            words = sentence(problem) + (f"\n{problem.fix}" if problem.fix else "")
            item = QListWidgetItem(theme.icon(*ICONS[problem.severity]), words)
            item.setData(Qt.ItemDataRole.UserRole, problem)
            item.setToolTip(theme.tooltip(problem.fix or problem.message))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{problem.severity.value}: {sentence(problem)}")
            self._list.addItem(item)
        lines = sum(2 if problem.fix else 1 for problem in problems)
        self.setFixedHeight(min(150, 14 + 16 * len(problems) + 20 * max(1, lines)))

    def _pick(self, item: QListWidgetItem) -> None:
        self.picked.emit(item.data(Qt.ItemDataRole.UserRole))
