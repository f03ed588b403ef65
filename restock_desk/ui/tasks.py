"""The task list: a button in the status bar that says what runs, and its popover with progress, cancel and errors."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QProgressBar, QScrollArea, QToolButton, QVBoxLayout, QWidget

from restock_desk.ui import surface, theme
from restock_desk.ui.bridge import Bridge, Task


class TaskLine(QWidget):
    """One task: its title, how far it is, and Cancel or what went wrong."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task
        self._title = theme.label(task.title)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(f"Progress of {task.title}")
        self._note = theme.caption(wrap=True)
        self._stop = theme.tool("mdi6.close", f"Cancel {task.title}")
        self._copy = theme.tool("mdi6.content-copy", "Copy details")
        self._stop.clicked.connect(self._stopped)
        self._copy.clicked.connect(self._copied)
        self.setLayout(
            theme.column(theme.row(self._title, 1, self._copy, self._stop), self._bar, self._note, spacing=4, margin=4)
        )
        task.moved.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        task = self._task
        progress = task.progress
        self._bar.setRange(0, 1000 if progress.total or not task.active else 0)
        share = progress.done / progress.total if progress.total else float(task.state == "done")
        self._bar.setValue(int(1000 * min(1.0, share)))
        self._bar.setVisible(task.active)
        self._copy.setVisible(task.state == "failed")
        self._stop.setEnabled(not (task.active and task.token.cancelled))
        self._note.setText(self._words())

    def _words(self) -> str:
        task, progress = self._task, self._task.progress
        if task.error is not None:
            return " ".join(surface.sentence(task.error)).strip()
        if task.active and task.token.cancelled:
            return "Stopping…"
        if task.state != "running":
            return {"waiting": "Waiting for its turn", "done": "Done", "cancelled": "Stopped"}.get(task.state, "")
        of = f" of {progress.total:,}" if progress.total else ""
        return f"{progress.done:,}{of} {progress.note}".strip() if progress.done or of else progress.note or "Working…"

    def _stopped(self) -> None:
        if self._task.active:
            self._task.cancel()
            self.show_state()
        else:
            self.hide()
            self.deleteLater()

    def _copied(self) -> None:
        if self._task.error is not None:
            QGuiApplication.clipboard().setText(surface.details(self._task.error))


class TaskList(QToolButton):
    """Lives in the status bar. Finished tasks stay in the popover until it was closed; failed ones until dismissed."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self.setProperty("kind", "quiet")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setAccessibleName("Tasks")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setIcon(theme.icon("mdi6.progress-clock"))
        self._lines: dict[Task, TaskLine] = {}
        self._popover = QFrame(self, Qt.WindowType.Popup)
        self._popover.setObjectName("popover")
        self._popover.setAccessibleName("Task list")
        self._inside = QVBoxLayout()
        self._inside.setContentsMargins(4, 4, 4, 4)
        holder = QWidget()
        holder.setObjectName("plain")
        self._none = theme.caption("Nothing runs.")
        holder.setLayout(theme.column(self._none, self._inside, 1))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(holder)
        area.setAccessibleName("Tasks")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._popover.setLayout(theme.column(theme.heading("Tasks"), area, margin=2 * theme.SPACE))
        self.clicked.connect(self.toggle)
        bridge.task_started.connect(self._added)
        self._say()

    def toggle(self) -> None:
        """Show or hide the popover above the button."""
        if self._popover.isVisible():
            self._popover.hide()
            return
        self._tidy()
        self._popover.resize(380, 320)
        corner = self.mapToGlobal(QPoint(self.width() - 380, -328))
        self._popover.move(corner)
        self._popover.show()

    def lines(self) -> list[TaskLine]:
        return list(self._lines.values())

    def _added(self, task: Task) -> None:
        line = TaskLine(task)
        self._lines[task] = line
        self._inside.insertWidget(0, line)
        line.destroyed.connect(lambda: self._lines.pop(task, None))
        task.moved.connect(self._say)
        self._say()

    def _tidy(self) -> None:
        for task, line in list(self._lines.items()):
            if task.state in ("done", "cancelled"):
                self._lines.pop(task)
                line.deleteLater()
        self._none.setVisible(not self._lines)

    def _say(self) -> None:
        busy = self._bridge.busy
        failed = sum(task.state == "failed" for task in self._lines)
        self.setIcon(
            theme.icon("mdi6.progress-clock" if busy else "mdi6.alert-circle-outline" if failed else "mdi6.check")
        )
        if busy:
            first = busy[0]
            share = f" · {first.progress.done / first.progress.total:.0%}" if first.progress.total else ""
            self.setText(first.title + share + (f" and {len(busy) - 1} more" if len(busy) > 1 else ""))
        else:
            self.setText(f"{failed} failed" if failed else "No tasks")
        self._none.setVisible(not self._lines)
