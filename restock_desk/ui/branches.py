"""Every branch of a template in the preview: people who between them take all of them, one click through each."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from restock_desk.domain.preflight import Preflight, Way
from restock_desk.domain.templates import Draft
from restock_desk.jobs import CancelToken, ProgressFn
from restock_desk.services import preflight
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge, Task
from restock_desk.ui.preview_bar import PreviewBar

_FIND = "Find people who take every branch"
_IN_MENU = 40


class BranchStrip(QWidget):
    """A line below the preview's bar, there while it has something to say; `seek` stands elsewhere. `draft` is asked
    when the person asks; nothing runs by itself."""

    def __init__(self, desk: Desk, bridge: Bridge, bar: PreviewBar, draft: Callable[[], Draft | None]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk, self._bridge, self._bar, self._draft = desk, bridge, bar, draft
        self._task: Task | None = None
        self._events: tuple[int, ...] = ()
        self._at = -1
        self.found: Preflight | None = None
        self.seek = theme.tool("mdi6.source-branch", _FIND)
        self.before = theme.tool("mdi6.chevron-left", "Previous person of the branches")
        self.after = theme.tool("mdi6.chevron-right", "Next person of the branches")
        self.words = theme.caption("")
        self.words.setMinimumWidth(40)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.nobody = theme.chip("warn", "", "warn")
        self.all = theme.tool("mdi6.menu-down", "All branches")
        self.stop = theme.tool("mdi6.close", "Stop looking for branches")
        self._row = line = theme.row(self.before, self.after, self.words, self.nobody, self.all, self.stop, spacing=4)
        line.setStretch(2, 1)
        self.setLayout(line)
        self.seek.clicked.connect(self.look)
        self.before.clicked.connect(lambda: self.step(-1))
        self.after.clicked.connect(lambda: self.step(1))
        self.all.clicked.connect(self._menu)
        self.stop.clicked.connect(self.forget)
        bar.chosen.connect(self._chosen)
        self._show()

    def look(self) -> None:
        """Render everybody who waits for the restock of the preview, with the template as it is now."""
        self.forget()
        if not self._bar.event_ids:
            return self._say("Choose a restock first.")
        desk, events, draft = self._desk, self._bar.event_ids, self._draft()
        if draft is None:
            return None

        def work(token: CancelToken, progress: ProgressFn) -> Preflight:
            return preflight.run(desk, events, [("", draft)], token, progress)

        task = self._bridge.act(
            "Find people for every branch", work, lambda found: self._done(task, found), lane="reads",
            failed=lambda error: self._failed(task, str(error)),
        )  # fmt: skip
        self._task, self._events = task, events
        task.moved.connect(self._moved)
        return self._show()

    def step(self, by: int) -> None:
        """Show the next or previous of the people, round the end."""
        takers = self.found.cover if self.found else ()
        if takers:
            self._at = (self._at + by) % len(takers) if self._at >= 0 else (0 if by > 0 else len(takers) - 1)
            self._bar.set_person(takers[self._at].person)
            self._show()

    def forget(self) -> None:
        """What was found is true no more: the template, or the restock, is another."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        if self.found is not None or task is not None:
            self.found, self._at = None, -1
            self._show()

    def _chosen(self, _: object, event_ids: tuple[int, ...], __: object) -> None:
        if event_ids != self._events:
            self._events = event_ids
            self.forget()

    def _moved(self) -> None:
        task = self._task
        if task is not None and task.progress.total:
            self._say(f"{task.progress.done:,} of {task.progress.total:,} mails rendered …")

    def _failed(self, task: Task, words: str) -> None:
        if task is self._task:
            self._task = None
            self._show()
            self._say(words)

    def _done(self, task: Task, found: Preflight) -> None:
        if task is not self._task:
            return
        self._task, self.found = None, found
        if found.cover:
            self.step(1)
        else:
            self._show()

    def _show(self) -> None:
        found, running = self.found, self._task is not None
        takers = found.cover if found else ()
        for part in (self.before, self.after):
            part.setVisible(len(takers) > 1)
        self.all.setVisible(bool(found and found.ways))
        self.stop.setVisible(running)
        self.seek.setEnabled(not running)
        lost = len(found.untaken) if found else 0
        self.nobody.setVisible(bool(found and lost))
        self.nobody.setText(f"{lost} never taken")
        words = "Rendering everybody …" if running else ""
        if found is not None and not found.ways:
            words = found.errors[0].problem.message if found.errors else "The template has no branches."
        elif found is not None and not takers:
            words = "Nobody waits for this restock."
        elif takers and self._at >= 0:
            told = "; ".join(branch.words for branch in takers[self._at].branches)
            words = f"{self._at + 1} of {len(takers)}: {told}"
        self._say(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say(self.words.accessibleName())

    def _say(self, words: str) -> None:
        """In the room there is; the tooltip has all of it."""
        self.setVisible(bool(words) and not self.seek.isHidden())
        self.words.setAccessibleName(words)
        self.words.setToolTip(theme.tooltip(words))
        self._row.activate()  # what was shown or hidden beside it has changed its room
        room = max(self.words.width(), self.words.minimumWidth())
        self.words.setText(self.words.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room))

    def _menu(self) -> None:
        menu = QMenu(self.all)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for way in self.found.ways[:_IN_MENU] if self.found else ():
            act = QAction(theme.icon(_icon(way)), _line(way), menu)
            act.setEnabled(way.example is not None)
            act.triggered.connect(lambda _=False, way=way: self._go(way))
            menu.addAction(act)
        menu.popup(self.all.mapToGlobal(self.all.rect().bottomLeft()))

    def _go(self, way: Way) -> None:
        if way.example is not None:
            self._bar.set_person(way.example)


def _icon(way: Way) -> str:
    return "mdi6.account-outline" if way.example is not None else "mdi6.account-off-outline"


def _line(way: Way) -> str:
    words = way.branch.words if len(way.branch.words) < 70 else f"{way.branch.words[:69]}…"
    taken = f"{way.count:,}" if way.count else "nobody"
    return f"{words} (line {way.branch.line})\t{taken}".replace("&", "&&")
