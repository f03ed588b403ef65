"""The Campaigns page: every send on the left, one of them on the right, and the launch of a new one."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QDeadlineTimer, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter

from restock_desk.domain.campaigns import Campaign
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.campaign_detail import CampaignDetail
from restock_desk.ui.list_view import ListView
from restock_desk.ui.page import Page
from restock_desk.ui.review import ReviewSheet
from restock_desk.ui.workers import WorkersAlive

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

LIST_MS = 2_000


class CampaignsPage(Page):
    """List on the left, one campaign on the right; its numbers move while it runs."""

    title: ClassVar[str] = "Campaigns"
    icon: ClassVar[str] = "mdi6.send-outline"
    purpose: ClassVar[str] = "Every alert sent: how far it is, who got it, who did not and why."
    nouns: ClassVar[frozenset[str]] = frozenset({"campaigns"})

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window)
        self.sheet: ReviewSheet | None = None
        self._list_pause = QDeadlineTimer(0)
        self.workers = WorkersAlive(desk, bridge)
        self.workers.clicked.connect(lambda: self.shell.open_page("settings", section="Workers"))
        self.add_action_widget(self.workers)
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
        self.list.search.setMinimumWidth(100)
        self.detail = CampaignDetail(desk, bridge)
        self.detail.person_wanted.connect(self.open_person)
        self.detail.moved.connect(self._moved)
        self.detail.acts.said.connect(window.toast.say)
        self.list.picked.connect(self.detail.show_campaign)
        self.list.model.arrived.connect(lambda _: self._arrived())
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setAccessibleName("List and campaign")
        self.split.addWidget(self.list)
        self.split.addWidget(self.detail)
        self.split.setStretchFactor(0, 2)
        self.split.setStretchFactor(1, 3)
        self.split.setSizes([380, 690])
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(2 * theme.SPACE)
        self.add_body(self.split, 1)

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

    def save_state(self) -> dict[str, object]:
        return {"sizes": self.split.sizes()}

    def restore_state(self, state: dict[str, object]) -> None:
        sizes = state.get("sizes")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(n, int) and n > 0 for n in sizes):
            self.split.setSizes(sizes)

    def hideEvent(self, event: QHideEvent) -> None:
        """Gone to another page while a launch can still be undone: the offer goes along."""
        super().hideEvent(event)
        self.workers.watch(False)
        left, campaign = self.detail.grace.left.total_seconds(), self.detail.campaign
        if left > 0 and campaign is not None and self.shell.isVisible():
            words = f"{campaign.audience:,} mails wait to be sent"
            self.shell.toast.say(words, ("Undo", lambda: self.detail.acts.take_back(campaign)), left)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.workers.watch(True)
        if self.detail.grace.left:
            self.shell.toast.hide()

    def _arrived(self) -> None:
        """The newest is shown when nothing was chosen; a shop without any has no room for one."""
        narrowed = bool(self.list.listing.search or self.list.listing.filters)
        self.detail.setVisible(narrowed or self.list.model.rowCount() > 0)
        if self.list.selected_id() is None and self.list.model.rowCount() and not self.list.waiting_for_row:
            self.list.table.selectRow(0)

    def _moved(self) -> None:
        """The list's numbers move with the campaign that is looked at."""
        if self._list_pause.hasExpired():
            self._list_pause.setRemainingTime(LIST_MS)
            self.list.model.touch()

    def _launched(self, campaign: Campaign) -> None:
        self.open(campaign=campaign.id)
