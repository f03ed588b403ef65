"""The Campaigns page: every send with its ledger, what happens right now, and what staff do about single mails."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QDeadlineTimer, Qt, QTimer
from PySide6.QtWidgets import QSplitter, QTabWidget, QWidget

from restock_desk.domain.campaigns import Campaign, CampaignState, DeliveryState, Doubt, Tally
from restock_desk.domain.handover import hands_over
from restock_desk.services import campaigns, support
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.ask_reason import ask_reason
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.cells import instant, way_out
from restock_desk.ui.doubts import DoubtList
from restock_desk.ui.list_view import ListView
from restock_desk.ui.page import Page
from restock_desk.ui.review import GRACE_S, ReviewSheet
from restock_desk.ui.state_bar import StatePanel

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

LOG_EVERY_MS = 3_000
LIVE = (CampaignState.PREPARING, CampaignState.RUNNING)


class CampaignsPage(Page):
    """List on the left, one campaign on the right; its numbers move while it runs."""

    title: ClassVar[str] = "Campaigns"
    icon: ClassVar[str] = "mdi6.send-outline"
    purpose: ClassVar[str] = "Every alert sent: how far it is, who got it, who did not and why."
    nouns: ClassVar[frozenset[str]] = frozenset({"campaigns"})

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window)
        self.sheet: ReviewSheet | None = None
        new = theme.button(
            "New send…", "mdi6.send", kind="primary", tip="Choose a restock and a template, review, send"
        )
        new.clicked.connect(lambda: self.review())
        self.add_action_widget(new)
        self.list = ListView(desk, bridge, "campaigns")
        self.list.set_empty(
            "mdi6.send-outline",
            "Nothing was sent yet",
            "Every alert you send stands here, with who got it, who did not and why.",
            ("New send…", self.review),
        )
        self.detail = CampaignDetail(desk, bridge, self)
        self.list.picked.connect(self.detail.show_campaign)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.list)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 4)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(2 * theme.SPACE)
        self.add_body(split, 1)

    def open(self, **target: object) -> None:
        """Show one campaign (`campaign=7`) or start a review (`review=EVENT_ID`)."""
        if isinstance(campaign := target.get("campaign"), int):
            self.list.select(campaign)
            self.detail.show_campaign(campaign)
        if "review" in target:
            event, template = target.get("review"), target.get("template")
            self.review(event if isinstance(event, int) else None, template if isinstance(template, int) else None)

    def take_focus(self) -> None:
        self.list.take_focus()

    def focus_search(self) -> None:
        self.list.focus_search()

    def refresh(self) -> None:
        self.list.refresh()
        self.detail.refresh()

    def review(self, event_id: int | None = None, template_id: int | None = None) -> None:
        """Open the review sheet."""
        if self.sheet is not None:
            self.sheet.deleteLater()
        self.sheet = ReviewSheet(self.desk, self.bridge, self, self._launched, event_id, template_id)
        self.sheet.open()

    def open_person(self, subscriber_id: int) -> None:
        """Go to that person's page."""
        self.shell.open_page("audience", person=subscriber_id)

    def _launched(self, campaign: Campaign) -> None:
        desk = self.desk
        self.open(campaign=campaign.id)

        def take_back() -> None:
            self.bridge.act(
                f"Take back: {campaign.name}",
                lambda _token, _progress: campaigns.cancel(desk, campaign.id, "Taken back."),
                changes=("campaigns", "audience", "restocks"),
            )

        self.shell.toast.say(f"{campaign.audience:,} mails wait to be sent", ("Undo", take_back), GRACE_S)


class CampaignDetail(QWidget):
    """One campaign: state, bar, actions, per-person log, doubts."""

    def __init__(self, desk: Desk, bridge: Bridge, page: CampaignsPage) -> None:
        super().__init__()
        self.desk, self.bridge, self.page = desk, bridge, page
        self.campaign: Campaign | None = None
        self._campaign_id: int | None = None
        self._seen: tuple[float, int] | None = None
        self.panel = StatePanel()
        self._name, self._about = theme.heading("", wrap=True), theme.caption("", wrap=True)
        self._chip_place = theme.row()
        self._pace = theme.caption("")
        self._why = theme.label("", "warn", wrap=True)
        self._build_actions()
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Campaign details")
        self.doubts = DoubtList()
        self.doubts.settle.connect(self._settle)
        self._log: ListView | None = None
        head = QWidget()
        head.setObjectName("plain")
        line = theme.row(self._name, self._chip_place)
        line.setStretch(0, 1)
        head.setLayout(line)
        acts = QWidget()
        acts.setObjectName("plain")
        acts.setLayout(theme.row(self.pause, self.resume, self.cancel, self.retry, 1, self._pace))
        self.full = QWidget()
        self.full.setObjectName("plain")
        card = theme.card(head, self._about, self._why, self.panel, acts, spacing=theme.SPACE + 4)
        self.full.setLayout(theme.column(card, self.tabs, spacing=2 * theme.SPACE))
        self.empty = theme.empty_state(
            "mdi6.send-outline",
            "No campaign chosen",
            "Pick a campaign on the left to see who got it, or start a new send.",
            ("New send…", page.review),
        )
        self.setLayout(theme.column(self.full, self.empty))
        self.full.hide()
        self._logged: dict[DeliveryState, int] = {}
        self._pause_log = QDeadlineTimer(0)
        self._timer = QTimer(self)
        self._timer.setInterval(500)
        self._timer.timeout.connect(self._tick)

    def show_campaign(self, campaign_id: int) -> None:
        """Show that campaign from now on."""
        if self._campaign_id == campaign_id:
            return self._ask(campaign_id)
        self._seen = None
        self._campaign_id = campaign_id
        self._make_log(campaign_id)
        return self._ask(campaign_id)

    def refresh(self) -> None:
        """Ask again for what is shown."""
        if self._campaign_id is not None:
            self._ask(self._campaign_id)
            if self._log is not None:
                self._log.refresh()

    def _build_actions(self) -> None:
        self.pause = theme.button("Pause", "mdi6.pause", tip="Stop claiming; what is on the wire ends")
        self.resume = theme.button("Resume", "mdi6.play", kind="primary")
        self.cancel = theme.button("Cancel", "mdi6.stop", kind="danger", tip="Whoever was not mailed yet is skipped")
        self.retry = theme.button("Retry failed…", "mdi6.replay")
        for button, fn in (
            (self.pause, campaigns.pause),
            (self.resume, campaigns.resume),
            (self.cancel, campaigns.cancel),
        ):
            words = button.text()
            button.clicked.connect(lambda _=False, fn=fn, words=words: self._change(words, fn))
        self.retry.clicked.connect(self._retry)

    def _change(self, words: str, fn: object) -> None:
        desk, campaign = self.desk, self.campaign
        if campaign is not None and callable(fn):
            self.bridge.act(
                f"{words}: {campaign.name}", lambda token, progress: fn(desk, campaign.id), changes=("campaigns",)
            )

    def _retry(self) -> None:
        desk, campaign = self.desk, self.campaign
        reason = ask_reason(self, "Retry failed mails", "Everybody whose mail failed is queued again. Why?")
        if campaign is not None and reason:
            self.bridge.act(
                f"Queue the failed of {campaign.name}",
                lambda token, progress: support.retry_failed(desk, campaign.id, reason),
                changes=("campaigns",),
            )

    def _settle(self, delivery_id: int, outcome: str) -> None:
        desk = self.desk
        again = "It is sent again and may arrive twice." if outcome == "again" else "It is counted as sent."
        reason = ask_reason(self, "Settle a mail in doubt", f"{again} Why?")
        if reason:
            self.bridge.act(
                "Settle a mail in doubt",
                lambda token, progress: support.settle(desk, delivery_id, outcome, reason),
                changes=("campaigns", "audience"),
            )

    def _make_log(self, campaign_id: int) -> None:
        self.tabs.clear()
        if self._log is not None:
            self._log.deleteLater()
        self._log = ListView(self.desk, self.bridge, "deliveries", (("campaign_id", campaign_id),))
        self._log.activated.connect(self._open_person)
        self.tabs.addTab(self._log, "Everybody")
        self.tabs.addTab(self.doubts, "In doubt")

    def _open_person(self, delivery_id: int) -> None:
        desk = self.desk
        self.bridge.ask(
            "campaigns.who",
            lambda: support.delivery(desk, delivery_id).subscriber_id,
            self.page.open_person,
        )

    def _ask(self, campaign_id: int) -> None:
        desk = self.desk
        self.bridge.ask(
            "campaigns.detail",
            lambda: (
                campaigns.campaign(desk, campaign_id),
                campaigns.tally(desk, campaign_id),
                campaigns.doubts(desk, campaign_id),
            ),
            self._show,
        )

    def _tick(self) -> None:
        if self.isVisible() and self._campaign_id is not None:
            self._ask(self._campaign_id)

    def _show(self, found: tuple[Campaign, Tally, list[Doubt]]) -> None:
        before, (campaign, tally, doubts) = self.campaign, found
        self.campaign = campaign
        self.empty.hide()
        self.full.show()
        self._name.setText(campaign.name)
        if before is None or (before.id, before.state) != (campaign.id, campaign.state):
            theme.clear(self._chip_place)
            self._chip_place.addWidget(theme.chip(campaign.state.value))
        self._about.setText(
            f"{campaign.template_name} · through {way_out(campaign.transport)} · "
            f"launched {instant(campaign.created_at)}"
            f"{' by ' + campaign.created_by if campaign.created_by else ''}"
        )
        self._why.setText(campaign.pause_reason or self._waits(campaign))
        self._why.setVisible(bool(self._why.text()))
        self.panel.show_tally(tally, hands_over(campaign.transport))
        self.doubts.show_doubts(doubts)
        self.tabs.setTabText(1, f"In doubt ({len(doubts)})" if doubts else "In doubt")
        self._show_actions(campaign, tally)
        self._show_pace(campaign, tally)
        if campaign.state in LIVE:
            self._timer.start()
            self._follow(tally)
        else:
            self._timer.stop()
            if before is not None and before.id == campaign.id and before.state in LIVE:
                self.bridge.announce("campaigns", "feedback")

    def _follow(self, tally: Tally) -> None:
        """Keep the log in step with a campaign that runs, now and then: a list that jumps cannot be read."""
        if self._log is not None and tally.states != self._logged and self._pause_log.hasExpired():
            self._logged = tally.states
            self._pause_log.setRemainingTime(LOG_EVERY_MS)
            self._log.refresh()

    def _waits(self, campaign: Campaign) -> str:
        """Why a live campaign does not move yet."""
        until = campaign.grace_until
        if campaign.state not in LIVE or until is None or until <= self.desk.now():
            return ""
        return f"The first mail leaves at {until.astimezone():%H:%M:%S}. Until then Cancel takes everything back."

    def _show_actions(self, campaign: Campaign, tally: Tally) -> None:
        self.pause.setVisible(campaign.state in LIVE)
        self.resume.setVisible(campaign.state is CampaignState.PAUSED)
        self.cancel.setVisible(campaign.state in (*LIVE, CampaignState.PAUSED))
        failed = next((n for state, n in tally.states.items() if state.value == "failed"), 0)
        self.retry.setVisible(bool(failed) and campaign.state not in LIVE)

    def _show_pace(self, campaign: Campaign, tally: Tally) -> None:
        """Mails per second since the last look, and about how long the rest takes."""
        now, left = self.desk.now().timestamp(), tally.unfinished
        done = tally.audience - left
        words = ""
        if campaign.state in LIVE and self._seen is not None and done > self._seen[1] and now > self._seen[0]:
            rate = (done - self._seen[1]) / (now - self._seen[0])
            rest = int(left / rate) if rate else 0
            words = f"{rate:,.0f} per second · about {rest // 60} min {rest % 60} s left" if left else ""
        self._seen = (now, done)
        self._pace.setText(words)
