"""The send workers that live now, as a compact list or in a few words; and where there can be none, why, and how that
changes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from restock_desk.domain.workers import Worker
from restock_desk.services import workers
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.detail import lines
from restock_desk.ui.move_dialog import MoveShop

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

EVERY_MS = 3_000
COMMAND = "restock-desk worker --db URL"
HEADS = ("Worker", "Busy", "Mails a second", "Sent", "Errors", "Since")


class WorkerList(QWidget):
    """Looks anew every few seconds while it is seen. On a SQLite file it only explains."""

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__()
        self._desk, self._bridge = desk, bridge
        self.shared = desk.store.dialect != "sqlite"
        self._found: list[Worker] | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(EVERY_MS)
        self._clock.timeout.connect(self.refresh)
        self.said = theme.label("", "muted", wrap=True)
        self._list: QVBoxLayout = theme.column(spacing=theme.SPACE)
        command = QLineEdit(COMMAND)
        command.setReadOnly(True)
        command.setFont(theme.mono_font())
        command.setAccessibleName("Command that starts a send worker")
        command.setVisible(self.shared)
        move = theme.button("Move this shop to a server…", "mdi6.database-arrow-right")
        move.clicked.connect(lambda: MoveShop(window).open())
        move.setVisible(not self.shared)
        holder = QWidget()
        holder.setObjectName("plain")
        holder.setLayout(self._list)
        card = theme.card(theme.heading("Send workers"), self.said, holder, command, move, spacing=theme.SPACE + 4)
        self.setLayout(theme.column(card, 1))
        self.setMaximumWidth(820)
        if not self.shared:
            self.said.setText(
                "This shop is a file of this machine, and its mail is sent by this window while it is open. On a "
                "PostgreSQL server the team shares, workers send day and night, on as many machines as you like."
            )

    def refresh(self) -> None:
        """Ask who lives."""
        if self.shared:
            desk = self._desk
            self._bridge.ask("workers.alive", lambda: workers.alive(desk), self.show_workers)

    def show_workers(self, found: list[Worker]) -> None:
        """Show these; nothing happens when they are shown already."""
        if found == self._found:
            return
        self._found = found
        theme.clear(self._list)
        if not found:
            self.said.setText("No worker lives: mail is sent by this window while it is open. Start one with:")
            return
        rate = sum(one.rate_per_s for one in found)
        words = "One worker sends" if len(found) == 1 else f"{len(found)} workers send"
        self.said.setText(f"{words} {rate:,.1f} mails a second.")
        self._list.addWidget(lines(HEADS, [_line(one) for one in found], right=frozenset({1, 2, 3, 4})))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()


def _line(one: Worker) -> tuple[str, ...]:
    since = one.since.astimezone().strftime("%d %b, %H:%M")
    busy = f"{one.busy} of {one.slots}"
    return (f"{one.host} · {one.pid}", busy, f"{one.rate_per_s:,.1f}", f"{one.sent:,}", f"{one.errors:,}", since)


class WorkersAlive(QPushButton):
    """Who sends, in a few words beside a page's title; on a file nothing, there it is this window. Opens the list."""

    def __init__(self, desk: Desk, bridge: Bridge) -> None:
        super().__init__()
        self._desk, self._bridge = desk, bridge
        self._shared = desk.store.dialect != "sqlite"
        self._clock = QTimer(self)
        self._clock.setInterval(EVERY_MS)
        self._clock.timeout.connect(self.refresh)
        self.setProperty("kind", "quiet")
        self.setAccessibleName("Send workers")
        self.setIconSize(QSize(20, 16))
        self.setVisible(False)

    def refresh(self) -> None:
        """Ask who lives."""
        if self._shared:
            desk = self._desk
            self._bridge.ask("workers.beside", lambda: workers.alive(desk), self.show_workers)

    def show_workers(self, found: list[Worker]) -> None:
        """Say how many there are and how fast they send."""
        rate = sum(one.rate_per_s for one in found)
        many = "1 worker" if len(found) == 1 else f"{len(found)} workers"
        words = f"{many} · {rate:,.1f} mails a second" if found else "No worker: this window sends"
        if words == self.text():
            return
        self.setText(words)
        self.setAccessibleName(f"Send workers: {words}")
        self.setIcon(theme.icon("mdi6.server-network" if found else "mdi6.server-network-off"))
        hosts = ", ".join(dict.fromkeys(one.host for one in found))
        tip = f"They send from {hosts}." if found else "Mail leaves while it is open. Workers send day and night."
        self.setToolTip(theme.tooltip(f"{tip} Click for the list."))

    def watch(self, seen: bool) -> None:
        """Look every few seconds, or not."""
        if not self._shared:
            return
        self.setVisible(True)
        if seen:
            self._clock.start()
            self.refresh()
        else:
            self._clock.stop()
