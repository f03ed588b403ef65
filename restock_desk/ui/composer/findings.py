"""The strip below the composer: how many problems there are, the list of them, and F8 from one to the next."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from restock_desk.domain.ignoring import Decided
from restock_desk.domain.templates import Problem
from restock_desk.ui import theme
from restock_desk.ui.problems import ProblemsPanel, counted


class Findings(QWidget):
    """`picked(problem)` by a press or F8."""

    picked = Signal(object)
    fix_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.problems = ProblemsPanel()
        self.counts = theme.button("No problems", "mdi6.check-circle-outline", "quiet", "Problems (F8: next)")
        self._at = -1
        self.setLayout(theme.column(self.problems, theme.row(self.counts, 1), spacing=4))
        self.problems.hide()
        self.problems.picked.connect(self.picked)
        self.problems.fix_wanted.connect(self.fix_wanted)
        self.counts.clicked.connect(lambda: self.problems.setVisible(self.problems.isHidden()))

    def show_problems(self, found: tuple[Problem, ...], ignored: tuple[Decided, ...] = ()) -> None:
        if not self.problems.show_problems(found, ignored):
            return
        self._at = -1
        self.counts.setText(counted(found, ignored))
        self.counts.setIcon(theme.icon("mdi6.alert-outline" if found else "mdi6.check-circle-outline"))
        if not found and not ignored:
            self.problems.hide()

    def step_problem(self, by: int) -> None:
        """The next problem or the one before, round the end."""
        found = self.problems.shown
        if found:
            self.problems.show()
            self._at = (self._at + by) % len(found)
            self.problems.choose(found[self._at])
            self.picked.emit(found[self._at])
