"""Keeps deliveries going while the window is open: the loop itself is `services.delivery`, on a lane a route.

On a shared database with send workers alive the window only watches them.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QObject, QTimer

from restock_desk.errors import Unavailable
from restock_desk.jobs import sends_by
from restock_desk.services import campaigns, delivery, workers
from restock_desk.services.workers import Turn
from restock_desk.ui.bridge import Task

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

EVERY_MS = 1_000
AFTER_FAILURE_MS = 60_000
CHANGES = ("campaigns", "audience", "restocks", "feedback")


class Sends(QObject):
    """Looks every second which campaigns want delivering and runs each as a task; one that failed waits a minute."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._running: dict[int, Task] = {}
        self._not_before: dict[int, QDeadlineTimer] = {}
        self._watched: tuple[int, ...] = ()
        self._clock = QTimer(self)
        self._clock.setInterval(EVERY_MS)
        self._clock.timeout.connect(self.look)

    def start(self) -> None:
        """Take back what a dead process had claimed, then look for work."""
        desk, ask = self._window.desk, self._window.bridge.ask
        ask("sends.recover", lambda: campaigns.recover(desk), lambda _: self._clock.start(), self._not_recovered)

    def stop(self) -> None:
        self._clock.stop()

    def look(self) -> None:
        """Ask which campaigns are to be delivered, and which workers deliver."""
        desk = self._window.desk
        self._window.bridge.ask("sends.running", lambda: workers.turn(desk), self._found)

    def _not_recovered(self, error: Exception) -> None:
        """Nothing is sent; from a database that is only busy or away it is tried again."""
        self._window.bridge.failed.emit(error)
        if isinstance(error, Unavailable):
            QTimer.singleShot(AFTER_FAILURE_MS, self, self.start)

    def _found(self, turn: Turn) -> None:
        if turn.theirs:
            self._window.bridge.announce("campaigns")
        elif self._watched:
            self._window.bridge.announce(*CHANGES)
        self._watched = turn.theirs
        for campaign_id in turn.mine:
            wait = self._not_before.get(campaign_id)
            if campaign_id not in self._running and (wait is None or wait.hasExpired()):
                self._deliver(campaign_id, turn.routes.get(campaign_id, ""))

    def _deliver(self, campaign_id: int, route: str) -> None:
        desk = self._window.desk
        task = self._window.bridge.act(
            f"Send campaign {campaign_id}",
            lambda token, tell: delivery.deliver(desk, campaign_id, token, tell, wait=False),
            changes=CHANGES,
            lane=sends_by(route),
        )
        self._running[campaign_id] = task
        task.ended.connect(lambda: self._ended(campaign_id))
        self._window.bridge.announce("campaigns")

    def _ended(self, campaign_id: int) -> None:
        task = self._running.pop(campaign_id, None)
        if task is not None and task.state != "done":
            self._not_before[campaign_id] = QDeadlineTimer(AFTER_FAILURE_MS)
            self._window.bridge.announce(*CHANGES)
