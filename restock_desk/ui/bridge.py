"""The only place where threads meet Qt: questions, actions with progress, and one broadcast of what changed.

Everything public is called on the GUI thread; functions handed in run on a lane's thread and must not touch widgets.
"""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from restock_desk.errors import Cancelled, DeskError
from restock_desk.jobs import CancelToken, JobRunner, Progress, ProgressFn
from restock_desk.ui.garbage import Collector

T = TypeVar("T")
log = logging.getLogger(__name__)


class Task(QObject):
    """One long action, as the task list shows it. `state` is waiting, running, done, failed or cancelled."""

    moved = Signal()
    """Progress or state changed; on the GUI thread, at most ten times a second."""
    ended = Signal()

    def __init__(self, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.token = CancelToken()
        self.state = "waiting"
        self.progress = Progress()
        self.error: Exception | None = None
        self._latest: Progress | None = None

    @property
    def active(self) -> bool:
        return self.state in ("waiting", "running")

    def cancel(self) -> None:
        """Ask it to stop. What it did so far is its own to keep or undo."""
        self.token.cancel()

    def report(self, progress: Progress) -> None:
        """Called on the worker's thread, as often as it likes."""
        self._latest = progress

    def look(self) -> None:
        """Take over the newest progress, on the GUI thread."""
        if self._latest is not None:
            self.progress, self._latest = self._latest, None
            self.moved.emit()

    def set_state(self, state: str) -> None:
        self.state = state
        self.moved.emit()
        if not self.active:
            self.ended.emit()


class Bridge(QObject):
    """Asks services for things off the GUI thread and brings the answers back."""

    changed = Signal(object)
    """A frozenset of nouns that a write changed."""
    failed = Signal(object)
    """An exception nobody else handles; the error surface shows it."""
    task_started = Signal(object)
    _back = Signal(object)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runner = runner
        self.tasks: list[Task] = []
        self._generation: dict[str, int] = {}
        self._closed = False
        self._back.connect(self._run_here, Qt.ConnectionType.QueuedConnection)
        self._clock = QTimer(self)
        self._clock.setInterval(100)
        self._clock.timeout.connect(self._look)
        self._collector = Collector(self)

    def ask(
        self,
        key: str,
        fn: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Answer a question on the lane `reads`. Of several with one key only the newest is answered."""
        number = self._generation.get(key, 0) + 1
        self._generation[key] = number

        def current() -> bool:
            return not self._closed and self._generation.get(key) == number

        def work() -> None:
            if not current():
                return
            try:
                value = fn()
            except Exception as error:
                self._hand_back(partial(self._answer_failed, current, failed, error))
            else:
                self._hand_back(partial(_answer, current, done, value))

        self._submit("reads", work)

    def drop(self, key: str) -> None:
        """Nobody waits for this key's answer any more."""
        self._generation[key] = self._generation.get(key, 0) + 1

    def act(
        self,
        title: str,
        fn: Callable[[CancelToken, ProgressFn], T],
        done: Callable[[T], object] | None = None,
        changes: Iterable[str] = (),
        lane: str = "writes",
        failed: Callable[[Exception], object] | None = None,
    ) -> Task:
        """Do something that takes time, shown in the task list. `changes` are broadcast once it succeeded.

        A `DeskError` goes to `failed` if given, else to the error surface; `Cancelled` shows nothing.
        """
        task = Task(title, self)
        nouns = frozenset(changes)
        self.tasks.append(task)
        self.task_started.emit(task)
        self._clock.start()

        def work() -> None:
            if task.token.cancelled:
                return self._hand_back(partial(self._ended, task, Cancelled(), failed))
            self._hand_back(partial(_begin, task))
            try:
                value = fn(task.token, task.report)
            except Exception as error:
                return self._hand_back(partial(self._ended, task, error, failed))
            return self._hand_back(partial(self._succeeded, task, value, done, nouns))

        self._submit(lane, work)
        return task

    def announce(self, *nouns: str) -> None:
        """Tell every page that these nouns changed, for writes that happen outside `act`."""
        self.changed.emit(frozenset(nouns))

    @property
    def busy(self) -> list[Task]:
        return [task for task in self.tasks if task.active]

    def close(self) -> None:
        """Ask everything to stop; answers that still come are dropped. The runner is closed by whoever made it."""
        for task in self.tasks:
            task.cancel()
        self._closed = True
        self._clock.stop()
        self._collector.stop()

    def _submit(self, lane: str, work: Callable[[], None]) -> None:
        if not self._closed:
            self.runner.run(lane, work)

    def _hand_back(self, fn: Callable[[], object]) -> None:
        if not self._closed and shiboken6.isValid(self):
            self._back.emit(fn)

    @Slot(object)
    def _run_here(self, fn: Callable[[], object]) -> None:
        if not self._closed:
            fn()

    def _answer_failed(
        self, current: Callable[[], bool], failed: Callable[[Exception], object] | None, error: Exception
    ) -> None:
        if not current() or isinstance(error, Cancelled):
            return
        if not isinstance(error, DeskError):
            log.error("A question failed", exc_info=error)
        if failed is not None and _alive(failed):
            failed(error)
        else:
            self.failed.emit(error)

    def _succeeded(self, task: Task, value: Any, done: Callable[[Any], object] | None, nouns: frozenset[str]) -> None:
        task.look()
        task.set_state("done")
        if done is not None and _alive(done):
            done(value)
        if nouns:
            self.changed.emit(nouns)

    def _ended(self, task: Task, error: Exception, failed: Callable[[Exception], object] | None) -> None:
        if isinstance(error, Cancelled):
            return task.set_state("cancelled")
        task.error = error
        task.set_state("failed")
        if not isinstance(error, DeskError):
            log.error("A task failed", exc_info=error)
        if failed is not None and _alive(failed):
            return void(failed(error))
        return self.failed.emit(error)

    def _look(self) -> None:
        busy = self.busy
        for task in busy:
            task.look()
        if not busy:
            self._clock.stop()
            self.tasks = [task for task in self.tasks if task.state == "failed"]


def void(_: object) -> None:
    """Forget a value."""


def _begin(task: Task) -> None:
    if task.state == "waiting":
        task.set_state("running")


def _answer(current: Callable[[], bool], done: Callable[[T], object], value: T) -> None:
    if current() and _alive(done):
        done(value)


def _alive(fn: Callable[..., object]) -> bool:
    """Whether the widget a callback belongs to still exists: pages and dialogs may close while a question runs."""
    while isinstance(fn, partial):
        fn = fn.func
    owner = getattr(fn, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)
