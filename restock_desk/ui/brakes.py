"""The kill switch in the window: a button at its lower edge, one key from everywhere, and a red bar while it holds.

The same bar says when this database is a copy that may not send.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame

from restock_desk.services import home, limits
from restock_desk.services.limits import Standing
from restock_desk.ui import theme
from restock_desk.ui.ask_reason import ReasonDialog

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

EVERY_MS = 2_000
KEYS = "Ctrl+Shift+X"


class Brakes(QFrame):
    """Looks every two seconds, because a colleague may pull the switch on another machine."""

    changed = Signal(bool)
    """True = no mail may leave."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self.setObjectName("stopped")
        self.setAccessibleName("Sending is stopped")
        self.words = theme.heading("", wrap=True)
        self.lift = theme.button("Let mail leave again…", kind="danger")
        self.confirm = theme.button("This one sends…", kind="danger")
        self.lift.clicked.connect(self.ask_to_lift)
        self.confirm.clicked.connect(self.ask_to_confirm)
        layout = theme.row(self.words, self.lift, self.confirm, spacing=2 * theme.SPACE, margin=theme.SPACE)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.hide()
        self.press = theme.button("Stop all sending", "mdi6.hand-back-left", kind="danger")
        self.press.setToolTip(theme.tooltip(f"Nobody begins a mail any more, on any machine ({KEYS})"))
        self.press.clicked.connect(self.stop)
        self._clock = QTimer(self)
        self._clock.setInterval(EVERY_MS)
        self._clock.timeout.connect(self.look)
        window.bridge.changed.connect(lambda nouns: self.look() if "limits" in nouns else None)

    def start(self) -> None:
        """Look now and from now on."""
        self.look()
        self._clock.start()

    def look(self) -> None:
        """Ask what holds."""
        desk = self._window.desk
        self._window.bridge.ask("brakes", lambda: limits.standing(desk), self._show, lambda _: None)

    def stop(self) -> None:
        """Pull the switch, at once and without a question: lifting it is what needs one."""
        desk = self._window.desk
        self._window.bridge.act("Stop all sending", lambda _t, _p: limits.stop(desk), changes=("limits", "staff"))

    def ask_to_lift(self) -> None:
        self._ask(
            "Let mail leave again", "Campaigns go on from where they were. Why may they?", "Let it leave", limits.lift
        )

    def ask_to_confirm(self) -> None:
        self._ask(
            "The database that sends",
            f"{self.words.text()} If this one sends from now on, make sure that the other does not: people would get "
            "everything twice. Why is it this one?",
            "This one sends",
            home.confirm,
        )

    def _ask(self, title: str, sentence: str, button: str, act: "limits.WithReason") -> None:
        desk, bridge = self._window.desk, self._window.bridge
        self.asking = dialog = ReasonDialog(self._window, title, sentence, button)
        dialog.accepted.connect(
            lambda: bridge.act(
                title, lambda _t, _p: act(desk, dialog.reason.text()), changes=("limits", "campaigns", "staff")
            )
        )
        dialog.open()

    def _show(self, found: Standing) -> None:
        pulled = found.stopped
        words = found.locked
        if pulled is not None:
            reason = f" “{pulled.reason}”" if pulled.reason else ""
            words = f"All sending is stopped by {pulled.by} since {pulled.at.astimezone():%d %b %H:%M}.{reason}"
        self.words.setText(words)
        self.lift.setVisible(pulled is not None)
        self.confirm.setVisible(pulled is None and bool(found.locked))
        self.press.setVisible(pulled is None)
        if self.isHidden() == bool(words):
            self.setVisible(bool(words))
            self.changed.emit(bool(words))
