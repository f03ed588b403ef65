"""What a person does with a campaign: pause, resume, cancel, take back, retry what failed, settle doubts.

Everything that cannot be undone asks why; the reason is kept in the audit trail by the services.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from restock_desk.domain.campaigns import Campaign, CampaignState, Cause, DeliveryState, Standing
from restock_desk.services import campaigns, support
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.ask_reason import ask_reason
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.campaign_limits import CampaignLimits
from restock_desk.ui.cause_list import cause_words
from restock_desk.ui.cells import visible

S = CampaignState
CHANGES = ("campaigns", "audience", "restocks")


class CampaignActs(QObject):
    """Buttons and what they do, for the campaign last shown."""

    said = Signal(str)
    """One line on what was done."""

    def __init__(self, desk: Desk, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._bridge, self._window = desk, bridge, parent
        self._standing: Standing | None = None
        self.pause = theme.button("Pause", "mdi6.pause", tip="Begin no new mail; what is on the wire ends")
        self.resume = theme.button("Resume", "mdi6.play", kind="primary", tip="Go on where it stopped")
        self.cancel = theme.button("Cancel…", "mdi6.stop", kind="danger", tip="End it for good; asks why")
        self.retry = theme.button("Retry failed…", "mdi6.replay", tip="Queue everybody whose mail failed; asks why")
        self.limit = theme.button("Limits…", "mdi6.speedometer-slow", tip="How fast this one campaign may go")
        self.limit.clicked.connect(self._limit)
        self.pause.clicked.connect(lambda: self._change("Pause", campaigns.pause))
        self.resume.clicked.connect(lambda: self._change("Resume", campaigns.resume))
        self.cancel.clicked.connect(self._cancel)
        self.retry.clicked.connect(lambda: self.retry_failed(None))

    @property
    def buttons(self) -> tuple[QWidget, ...]:
        return self.limit, self.pause, self.resume, self.cancel, self.retry

    def show_standing(self, standing: Standing, undoable: bool) -> None:
        """Offer what can be done. `undoable` = the launch can be taken back, which is better than to cancel it."""
        self._standing = standing
        state, failed = standing.campaign.state, standing.tally.states[DeliveryState.FAILED]
        for button, wanted in (
            (self.limit, state in (S.RUNNING, S.PAUSED, S.PREPARING)),
            (self.pause, state is S.RUNNING and not undoable),
            (self.resume, state is S.PAUSED),
            (self.cancel, state in (S.RUNNING, S.PAUSED, S.PREPARING) and not undoable),
            (self.retry, failed > 0 and state in (S.FINISHED, S.CANCELLED)),
        ):
            if button.isHidden() is wanted:
                button.setVisible(wanted)

    def _limit(self) -> None:
        if self._standing is not None:
            self.limits = CampaignLimits(self._window, self._desk, self._bridge, self._standing.campaign)
            self.limits.open()

    def take_back(self, campaign: Campaign) -> None:
        """Undo the launch."""
        desk = self._desk
        self._bridge.act(
            f"Take back: {campaign.name}",
            lambda _token, _progress: campaigns.take_back(desk, campaign.id),
            self._taken_back,
            changes=CHANGES,
        )

    def retry_failed(self, cause: Cause | None) -> None:
        """Queue failures again after asking why: all, or those of one cause."""
        desk, standing = self._desk, self._standing
        if standing is None:
            return
        campaign = standing.campaign
        n = cause.n if cause is not None else standing.tally.states[DeliveryState.FAILED]
        what = f" because of “{visible(cause_words(cause))}”" if cause is not None else ""
        later = " The campaign is paused: they leave when it is resumed." if campaign.state is S.PAUSED else ""
        mails = "1 mail" if n == 1 else f"{n:,} mails"
        reason = ask_reason(self._window, "Retry failed mails", f"{mails} failed{what}. Queue again?{later} Say why.")
        if reason:
            self._bridge.act(
                f"Queue {mails} of {campaign.name} again",
                lambda _token, _progress: support.retry_failed(
                    desk, campaign.id, reason, None if cause is None else cause.words
                ),
                lambda moved: self.said.emit(f"{moved:,} queued again"),
                changes=("campaigns", "feedback"),
            )

    def settle(self, delivery_ids: Sequence[int], outcome: str) -> None:
        """Settle doubts after asking why."""
        if not delivery_ids:
            return
        desk, n, ids = self._desk, len(delivery_ids), tuple(delivery_ids)
        mails = "This mail" if n == 1 else f"{n:,} mails"
        verb = "is" if n == 1 else "are"
        words = f"{mails} {verb} counted as sent. Say why."
        if outcome == "again":
            words = f"{mails} {verb} sent again and may arrive twice. Say why."
        reason = ask_reason(self._window, "Settle what is in doubt", words)
        if reason:
            self._bridge.act(
                "Settle a mail in doubt" if n == 1 else f"Settle {n:,} mails in doubt",
                lambda token, progress: support.settle_all(desk, ids, outcome, reason, token, progress),
                lambda settled: self._settled(settled, n),
                changes=("campaigns", "audience", "feedback"),
            )

    def _cancel(self) -> None:
        standing = self._standing
        if standing is None:
            return
        left = standing.tally.unfinished
        words = f"It ends for good. {left:,} who were not mailed yet are skipped and keep waiting. Say why."
        reason = ask_reason(self._window, "Cancel the campaign", words, "Cancel the campaign")
        if reason:
            self._change("Cancel", lambda desk, id: campaigns.cancel(desk, id, reason))

    def _change(self, verb: str, fn: Callable[[Desk, int], object]) -> None:
        desk, standing = self._desk, self._standing
        if standing is not None:
            campaign = standing.campaign
            self._bridge.act(
                f"{verb}: {campaign.name}", lambda _token, _progress: fn(desk, campaign.id), changes=CHANGES
            )

    def _taken_back(self, begun: int) -> None:
        self.said.emit("Taken back. Nothing was sent." if not begun else f"Stopped. {begun:,} mails had left already.")

    def _settled(self, settled: int, asked: int) -> None:
        more = f"; {asked - settled:,} were not in doubt any more" if settled < asked else ""
        self.said.emit(f"{settled:,} settled{more}")
