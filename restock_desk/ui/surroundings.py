"""What other machines say of a mail before it is sent: its links and pictures, and its sender's domain.

On demand, or by itself where mail would leave this machine.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from restock_desk.domain.campaigns import Review
from restock_desk.domain.templates import Problem, Severity
from restock_desk.services import outside
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge, Task
from restock_desk.ui.problems import sentence


class Surroundings(QWidget):
    """`found` are the problems, None until somebody looked; `done` when they are there."""

    done = Signal()

    def __init__(self, desk: Desk, bridge: Bridge, review: Review, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._desk, self._bridge, self._review = desk, bridge, review
        self._task: Task | None = None
        self.found: tuple[Problem, ...] | None = None
        self.look = theme.button("Look", "mdi6.link-variant", "quiet", "Ask for each link and picture once")
        self.look.setAccessibleName("Look at links, pictures and the sender's domain")
        self.look.clicked.connect(self.start)
        self.note = theme.caption("Not looked at yet.", wrap=True)
        self._lines: QVBoxLayout = theme.column(spacing=4)
        top = theme.row(theme.heading("Links, pictures, sender"), 1, self.look)
        self.setLayout(theme.column(top, self.note, self._lines, spacing=4))
        bridge.ask("review.outside", lambda: outside.is_due(desk), self._due)

    @property
    def asks(self) -> bool:
        """Whether something was found that a person must say may be."""
        return any(problem.severity is Severity.WARNING for problem in self.found or ())

    def start(self) -> None:
        """Ask the other machines."""
        desk, review = self._desk, self._review
        self.look.setEnabled(False)
        self.note.setText("Asking for each link and picture …")
        self._task = self._bridge.act(
            "Look at links and pictures",
            lambda _token, _progress: outside.look_around(desk, review),
            self._show,
            lane="reads",
            failed=lambda error: self.note.setText(str(error)),
        )

    def stop(self) -> None:
        """Nobody waits for it any more."""
        if self._task is not None:
            self._task.cancel()

    def _due(self, due: bool) -> None:
        if due and self.found is None:
            self.start()

    def _show(self, found: tuple[Problem, ...]) -> None:
        self.found = found
        self.look.setEnabled(True)
        theme.clear(self._lines)
        self.note.setText("" if found else "Everything answers.")
        self.note.setVisible(not found)
        for problem in found:
            self._lines.addWidget(theme.label(sentence(problem), "warn", wrap=True))
            if problem.evidence:
                self._lines.addWidget(theme.caption(problem.evidence, wrap=True))
        self.done.emit()
