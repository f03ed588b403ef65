"""Below the composer: a line that counts its problems, and the list of them, folded away until it is asked for.

The list stands between the composer and the line, as high as a person drew it.
"""

from collections import Counter
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QSplitter, QToolButton, QWidget

from restock_desk.domain.document.tree import Document
from restock_desk.domain.ignoring import Decided
from restock_desk.domain.templates import Problem, Severity
from restock_desk.ui import theme
from restock_desk.ui.composer.editing import name_of
from restock_desk.ui.problems import ICONS, ProblemsPanel, number_of, sentence

LEAST, MOST = 84, 260
"""Pixels of the list's height."""
USUAL = 128
_LINE = 26


class Findings(QWidget):
    """Holds `main` and what stands below it. `picked(problem)` by a press or F8. `height_wanted` is the list's."""

    picked = Signal(object)
    fix_wanted = Signal(object)

    def __init__(self, main: QWidget, document: Callable[[], Document]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.height_wanted = USUAL
        self._at, self._on, self._open = -1, True, False
        self.problems = ProblemsPanel(beside=True, written=lambda problem: _sentence(problem, document()))
        self.problems.setMinimumHeight(LEAST)
        self.problems.setMaximumHeight(MOST)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setHandleWidth(8)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(main)
        self.split.addWidget(self.problems)
        self.split.setStretchFactor(0, 1)
        self.split.splitterMoved.connect(lambda *_: self._drawn())
        self._build()
        self.problems.picked.connect(self.picked)
        self.problems.fix_wanted.connect(self.fix_wanted)
        self._show()

    def show_problems(self, found: tuple[Problem, ...], ignored: tuple[Decided, ...] = ()) -> None:
        if not self.problems.show_problems(found, ignored):
            return
        self._at = -1
        many = Counter(problem.severity for problem in found)
        for severity, button in self.counts.items():
            button.setVisible(many[severity] > 0)
            button.setText(number_of(severity, many[severity]))
            button.setAccessibleName(button.text())
        self.ignored.setText(f"{len(ignored)} ignored" if ignored else "")
        self.none.setVisible(not found)
        self._open = self._open and bool(found or ignored)
        self._show()

    def step_problem(self, by: int) -> None:
        """The next problem or the one before, round the end."""
        if self.problems.shown:
            self._go((self._at + by) % len(self.problems.shown))
            self.picked.emit(self.problems.shown[self._at])

    def set_on(self, on: bool) -> None:
        """Whether there is anything of it: a source has its own list."""
        self._on = on
        self._show()

    def set_height(self, height: int) -> None:
        """As high as the list was drawn some day."""
        self.height_wanted = max(LEAST, min(height, MOST))
        self._fit()

    def _build(self) -> None:
        self.counts = {severity: self._count(severity) for severity in ICONS}
        self.none, self.ignored = theme.caption("No problems"), theme.caption("")
        self.before = theme.tool("mdi6.chevron-left", "Previous problem (Shift+F8)", "crumb")
        self.after = theme.tool("mdi6.chevron-right", "Next problem (F8)", "crumb")
        self.fold = theme.tool("mdi6.chevron-up", "Show the problems (F8)", "crumb")
        self.before.clicked.connect(lambda: self.step_problem(-1))
        self.after.clicked.connect(lambda: self.step_problem(1))
        self.fold.clicked.connect(lambda: self.open(not self._open))
        counts = theme.row(*self.counts.values(), self.none, self.ignored, 1, spacing=theme.SPACE)
        self.line = theme.plain(theme.row(counts, self.before, self.after, self.fold, spacing=4))
        self.line.setFixedHeight(_LINE)
        whole = theme.column(self.split, self.line, spacing=4)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def _count(self, severity: Severity) -> QToolButton:
        made = theme.tool(ICONS[severity][0], severity.value, "crumb")
        made.setIcon(theme.icon(*ICONS[severity]))
        made.setIconSize(QSize(16, 16))
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setToolTip(theme.tooltip("Show the first of them"))
        made.clicked.connect(lambda: self._go([problem.severity for problem in self.problems.shown].index(severity)))
        made.hide()
        return made

    def _go(self, place: int) -> None:
        """Open the list at this one."""
        self._at, self._open = place, True
        self._show()
        self.problems.choose(self.problems.shown[place])

    def open(self, on: bool = True) -> None:
        """Unfold the list, or fold it up."""
        self._open = on
        self._show()

    def _show(self) -> None:
        there = bool(self.problems.shown or self.problems.ignored)
        self.line.setVisible(self._on)
        for step in (self.before, self.after):
            step.setVisible(len(self.problems.shown) > 0)
        self.fold.setVisible(there)
        words = "Hide the problems" if self._open else "Show the problems (F8)"
        self.fold.setIcon(theme.icon("mdi6.chevron-down" if self._open else "mdi6.chevron-up"))
        self.fold.setToolTip(theme.tooltip(words))
        self.fold.setAccessibleName(words)
        appears = self._on and self._open and there
        if appears != self.problems.isVisibleTo(self):
            self.problems.setVisible(appears)
            self._fit()

    def _fit(self) -> None:
        self.split.setSizes([max(self.split.height() - self.height_wanted, 1), self.height_wanted])

    def _drawn(self) -> None:
        self.height_wanted = self.problems.height()


def _sentence(problem: Problem, document: Document) -> str:
    """With the block's name in front: a document has no lines."""
    node = document.find(problem.block) if problem.block else None
    if node is not None:
        return f"{name_of(node)}: {problem.message}"
    return problem.message if problem.where == "source" else sentence(problem)
