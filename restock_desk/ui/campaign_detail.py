"""One campaign: how far, how fast, until when; who got it, who did not and why; what can be done about it.

It looks twice a second while something moves. A look costs a millisecond and changes only what is different.
"""

from PySide6.QtCore import QDeadlineTimer, QTimer, Signal
from PySide6.QtWidgets import QFrame, QTabWidget, QWidget

from restock_desk.domain.campaigns import Campaign, CampaignState, Cause, DeliveryState, Standing
from restock_desk.domain.handover import hands_over
from restock_desk.domain.listing import Filter, Op
from restock_desk.services import campaigns, support
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.campaign_acts import CampaignActs
from restock_desk.ui.campaign_figures import Figures
from restock_desk.ui.cause_list import CauseList
from restock_desk.ui.cells import instant, visible, way_out
from restock_desk.ui.doubts import DoubtList
from restock_desk.ui.experiment import CampaignTest
from restock_desk.ui.grace import GraceNote
from restock_desk.ui.list_view import ListView
from restock_desk.ui.state_bar import StatePanel

LIVE = (CampaignState.PREPARING, CampaignState.RUNNING)
LOOK_MS, IDLE_MS = 500, 3_000
CAUSES_MS, LOG_MS = 1_500, 2_000
FEW = 20_000
"""A narrowed log of up to so many rows is asked for anew while a campaign runs; in others rows change in place."""
PROBLEMS = (DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.IN_DOUBT, DeliveryState.SKIPPED)
LOG, CAUSES, DOUBTS, TEST = range(4)


class CampaignDetail(QWidget):
    """The right side of the Campaigns page."""

    person_wanted = Signal(int)
    """The subscriber of a delivery that was opened."""
    moved = Signal()
    """The campaign's numbers are different from the look before."""

    def __init__(self, desk: Desk, bridge: Bridge) -> None:
        super().__init__()
        self.desk, self.bridge = desk, bridge
        self.standing: Standing | None = None
        self._campaign_id: int | None = None
        self._problems: tuple[int, ...] = ()
        self._logged: dict[DeliveryState, int] = {}
        self._log_pause, self._causes_pause = QDeadlineTimer(0), QDeadlineTimer(0)
        self.panel, self.figures, self.causes = StatePanel(), Figures(), CauseList()
        self.grace = GraceNote(desk.now)
        self.acts = CampaignActs(desk, bridge, self)
        self.log = ListView(desk, bridge, "deliveries", (("campaign_id", 0),))
        self.doubts = DoubtList(desk, bridge)
        self._name, self._about = theme.heading("", wrap=True), theme.caption("", wrap=True)
        self._chip_place = theme.row()
        self._why = theme.label("", wrap=True)
        self._stopped = QFrame()
        self._stopped.setObjectName("warning")
        self._stopped.setLayout(theme.column(self._why, margin=theme.SPACE + 2))
        self._build()
        self._connect()

    @property
    def campaign(self) -> Campaign | None:
        return self.standing.campaign if self.standing is not None else None

    def show_campaign(self, campaign_id: int) -> None:
        """Show that campaign from now on."""
        if self._campaign_id != campaign_id:
            self._campaign_id, self.standing = campaign_id, None
            self._problems, self._logged = (), {}
            self._causes_pause.setRemainingTime(0)
            self._log_pause.setRemainingTime(LOG_MS)
            self.log.set_search("")
            self.log.set_filters(())
            self.log.set_scope((("campaign_id", campaign_id),))
            self.doubts.show_campaign(campaign_id)
            self._mark()
        self._look()

    def refresh(self) -> None:
        """Ask again for what is shown."""
        if self._campaign_id is not None:
            self._problems, self._logged = (), {}
            self._look()
            self.log.refresh()
            self.test.show_campaign(self._campaign_id, True)

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        line = theme.row(self._name, self._chip_place, *self.acts.buttons)
        line.setStretch(0, 1)
        head = QWidget()
        head.setObjectName("plain")
        head.setLayout(theme.column(line, self._about, spacing=2))
        parts = (head, self.grace, self._stopped, self.figures, self.panel)
        card = theme.card(*parts, spacing=theme.SPACE + 2)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Campaign details")
        self.test = CampaignTest(self.desk, self.bridge)
        for tab, words in (
            (self.log, "Everybody"),
            (self.causes, "Causes"),
            (self.doubts, "In doubt"),
            (self.test, "Test"),
        ):
            self.tabs.addTab(tab, words)
        self.tabs.setTabVisible(TEST, False)
        self.full = QWidget()
        self.full.setObjectName("plain")
        whole = theme.column(card, self.tabs, spacing=theme.SPACE + 4)
        whole.setStretch(1, 1)
        self.full.setLayout(whole)
        self.empty = theme.empty_state(
            "mdi6.send-outline",
            "No campaign chosen",
            "Pick a campaign on the left to see who got it, who did not and why.",
        )
        self.setLayout(theme.column(self.full, self.empty))
        self.full.hide()
        self._clock = QTimer(self)
        self._clock.setInterval(IDLE_MS)

    def _connect(self) -> None:
        self._clock.timeout.connect(self._tick)
        self._clock.start()
        self.panel.picked.connect(self._show_state)
        self.causes.shown.connect(self._show_cause)
        self.causes.retried.connect(self.acts.retry_failed)
        self.causes.retried_all.connect(lambda: self.acts.retry_failed(None))
        self.doubts.settle.connect(self.acts.settle)
        self.grace.undone.connect(self.acts.take_back)
        self.grace.over.connect(self._look)
        self.test.tested.connect(self._show_tested)
        self.log.activated.connect(self._open_person)
        self.log.filters.edited.connect(lambda _: self._mark())
        self.log.model.arrived.connect(lambda _: self._mark())
        self.doubts.list.activated.connect(self._open_person)

    def _show_tested(self, tested: bool) -> None:
        self.tabs.setTabVisible(TEST, tested)
        self.log.table.show_column("arm", tested)

    def _tick(self) -> None:
        if self.isVisible():
            self._look()

    # -- looking ---------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        desk, campaign_id = self.desk, self._campaign_id
        if campaign_id is not None:
            self.bridge.ask("campaigns.standing", lambda: campaigns.standing(desk, campaign_id), self._show)

    def _show(self, standing: Standing) -> None:
        before, campaign = self.standing, standing.campaign
        if campaign.id != self._campaign_id:
            return
        self.standing = standing
        fresh = before is None
        if before is None or before.campaign != campaign:
            self._show_campaign(campaign)
        self.grace.show_campaign(campaign)
        self.figures.show_standing(standing, self.desk.now())
        self.panel.show_tally(standing.tally, fresh, hands_over(campaign.transport))
        self.acts.show_standing(standing, undoable=bool(self.grace.left))
        doubtful = standing.tally.states[DeliveryState.IN_DOUBT]
        self.doubts.show_count(doubtful)
        self._name_tab(DOUBTS, "In doubt", doubtful)
        self._name_tab(LOG, "Everybody", standing.tally.audience)
        self._clock.setInterval(LOOK_MS if campaign.state in LIVE else IDLE_MS)
        if not fresh and before is not None and before.tally.states != standing.tally.states:
            self.moved.emit()
        self._ask_causes(standing)
        self._follow(standing)
        self.test.show_campaign(campaign.id, fresh)
        if before is not None and before.campaign.state in LIVE and campaign.state not in LIVE:
            self.log.refresh()
            self.bridge.announce("campaigns", "feedback")

    def _show_campaign(self, campaign: Campaign) -> None:
        self.empty.hide()
        self.full.show()
        self._name.setText(visible(campaign.name))
        theme.clear(self._chip_place)
        self._chip_place.addWidget(theme.chip(campaign.state.value))
        by = f" by {campaign.created_by}" if campaign.created_by else ""
        paused, why = campaign.state is CampaignState.PAUSED, campaign.pause_reason
        ended = f" · {why}" if why and not paused else ""
        words = f"{campaign.template_name} · through {way_out(campaign.transport)} · {instant(campaign.created_at)}"
        self._about.setText(visible(words + by + ended))
        held = campaign.state in LIVE and campaign.hold_until is not None and campaign.hold_until > self.desk.now()
        self._why.setText(visible(campaign.hold_why if held else why))
        self._stopped.setVisible(held or (paused and bool(why)))

    def _name_tab(self, place: int, words: str, n: int) -> None:
        text = f"{words} ({n:,})" if n else words
        if self.tabs.tabText(place) != text:
            self.tabs.setTabText(place, text)

    def _ask_causes(self, standing: Standing) -> None:
        """Grouped anew when a problem came or went, and not more often than somebody can read."""
        problems = tuple(standing.tally.states[state] for state in PROBLEMS)
        if problems == self._problems or not self._causes_pause.hasExpired():
            return
        fresh, self._problems = not self._problems, problems
        self._causes_pause.setRemainingTime(CAUSES_MS)
        desk, campaign_id = self.desk, standing.campaign.id

        def show(found: list[Cause]) -> None:
            if campaign_id == self._campaign_id:
                self.causes.show_causes(found, fresh)
                self._name_tab(CAUSES, "Causes", len(found))

        self.bridge.ask("campaigns.causes", lambda: campaigns.causes(desk, campaign_id), show)

    def _follow(self, standing: Standing) -> None:
        """Keep the log in step, now and then and without moving what somebody reads."""
        if standing.tally.states == self._logged or not self._log_pause.hasExpired() or not self.log.isVisible():
            return
        narrowed = bool(self.log.listing.filters or self.log.listing.sort)
        self._logged = standing.tally.states
        self._log_pause.setRemainingTime(LOG_MS)
        if narrowed and self.log.model.rowCount() <= FEW:
            self.log.refresh()
        else:
            self.log.model.touch()

    # -- going on from here ----------------------------------------------------------------------------------------

    def _show_state(self, state: DeliveryState | None) -> None:
        """List the deliveries in one state, or everybody's."""
        self.tabs.setCurrentIndex(LOG)
        self.log.set_filters(() if state is None else (Filter("state", Op.IS, state.value),))
        self._mark()

    def _show_cause(self, cause: Cause) -> None:
        self.tabs.setCurrentIndex(LOG)
        by_cause = (Filter("cause", Op.IS, cause.words),) if cause.words else (Filter("cause", Op.EMPTY),)
        self.log.set_filters((Filter("state", Op.IS, cause.state.value), *by_cause))
        self._mark()

    def _mark(self) -> None:
        """Show in the legend which state the log is narrowed to."""
        by_state = [one.value for one in self.log.listing.filters if one.column == "state" and one.op is Op.IS]
        self.panel.mark(DeliveryState(by_state[0]) if len(by_state) == 1 else None)

    def _open_person(self, delivery_id: int) -> None:
        desk = self.desk
        self.bridge.ask(
            "campaigns.who", lambda: support.delivery(desk, delivery_id).subscriber_id, self.person_wanted.emit
        )
