"""The time for second thoughts: until the first mail leaves, a note counts down and one button takes all back."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QProgressBar

from restock_desk.domain.campaigns import Campaign, CampaignState
from restock_desk.services.campaigns import UNDO_S
from restock_desk.ui import theme

EVERY_MS = 100
WAITING = (CampaignState.RUNNING, CampaignState.PAUSED)


class GraceNote(QFrame):
    """Shows itself while a launch can be taken back before anything leaves. `undone` carries the campaign."""

    undone = Signal(object)
    over = Signal()
    """The first mail may leave from now on."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.setObjectName("note")
        self.setAccessibleName("Until the first mail leaves")
        self._now = now
        self._campaign: Campaign | None = None
        self.words = theme.label("", wrap=True)
        self.undo = theme.button("Undo", "mdi6.undo", tip="Take the launch back; nothing is sent")
        self.undo.clicked.connect(self._undo)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Time left to undo")
        line = theme.row(self.words, self.undo, spacing=2 * theme.SPACE)
        line.setStretch(0, 1)
        self.setLayout(theme.column(line, self._bar, spacing=theme.SPACE, margin=theme.SPACE + 4))
        self._clock = QTimer(self)
        self._clock.setInterval(EVERY_MS)
        self._clock.timeout.connect(self._tick)
        self.hide()

    @property
    def left(self) -> timedelta:
        """Until the first mail may leave; nothing when it may now."""
        campaign = self._campaign
        if campaign is None or campaign.state not in WAITING or campaign.grace_until is None:
            return timedelta()
        return max(campaign.grace_until - self._now(), timedelta())

    def show_campaign(self, campaign: Campaign) -> None:
        """Count down for this campaign if its first mail has not left yet."""
        self._campaign = campaign
        if self.left:
            self.undo.setEnabled(True)
            self._tick()
            self.show()
            self._clock.start()
        else:
            self._end()

    def _tick(self) -> None:
        left = self.left.total_seconds()
        if left <= 0 or self._campaign is None or self._campaign.grace_until is None:
            self._end()
            self.over.emit()
            return
        words = first_mail_words(self._campaign, left)
        if self.words.text() != words:
            self.words.setText(words)
        short = left <= UNDO_S
        self._bar.setVisible(short)
        self._bar.setRange(0, UNDO_S * 1000)
        self._bar.setValue(round(left * 1000))

    def _end(self) -> None:
        self._clock.stop()
        self.hide()

    def _undo(self) -> None:
        if self._campaign is not None:
            self.undo.setEnabled(False)
            self.undone.emit(self._campaign)


def first_mail_words(campaign: Campaign, left_s: float) -> str:
    """When the first mail leaves, as a sentence; counting the seconds down when they are few."""
    if campaign.state is CampaignState.PAUSED:
        return f"{campaign.audience:,} mails wait. Nothing has left yet."
    if left_s <= 90 or campaign.grace_until is None:
        return f"{campaign.audience:,} mails wait. The first leaves in {math.ceil(left_s)} s."
    at = campaign.grace_until.astimezone()
    return f"{campaign.audience:,} mails wait. The first leaves at {at:%H:%M:%S}, when the stock has settled."
