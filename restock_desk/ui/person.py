"""Everything about one person: consent and suppression, what they wait for, what was and was not sent, and why."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QTabWidget, QWidget

from restock_desk.domain.audience import ConsentState, Interest, InterestState, TimelineEntry
from restock_desk.domain.campaigns import Delivery
from restock_desk.services import audience
from restock_desk.ui import person_acts, theme
from restock_desk.ui.cells import instant, visible
from restock_desk.ui.mail_view import MailView
from restock_desk.ui.resend_dialog import ResendDialog
from restock_desk.ui.story import Story, StoryList

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

ICONS = {
    "interest": ("mdi6.bell-plus-outline", "accent_text"),
    "restock": ("mdi6.package-variant-closed-check", "info"),
    "delivery": ("mdi6.email-fast-outline", "muted"),
    "sent": ("mdi6.email-check-outline", "good"),
    "opened": ("mdi6.email-open-outline", "good"),
    "clicked": ("mdi6.cursor-default-click-outline", "good"),
    "ordered": ("mdi6.cart-check", "good"),
    "bounced": ("mdi6.email-remove-outline", "bad"),
    "complained": ("mdi6.alert-octagon-outline", "bad"),
    "unsubscribed": ("mdi6.bell-off-outline", "warn"),
    "consent": ("mdi6.checkbox-marked-circle-outline", "muted"),
    "suppression": ("mdi6.cancel", "bad"),
    "note": ("mdi6.note-text-outline", "muted"),
}


class PersonPanel(QFrame):
    """Shows one person; asks again when told that something changed."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self.setObjectName("card")
        self.setMinimumWidth(380)
        self._window = window
        self._person: audience.Person | None = None
        self.acts = person_acts.PersonActs(window)
        self._build_head()
        self._build_tabs()
        self._nobody = theme.empty_state(
            "mdi6.account-outline", "Nobody chosen", "Choose a person to see their whole story."
        )
        self._body = QWidget()
        self._body.setObjectName("plain")
        self._body.setLayout(theme.column(self._head, self._story, spacing=theme.SPACE))
        self._body.hide()
        self.setLayout(theme.column(self._nobody, self._body, margin=2 * theme.SPACE))

    def show_person(self, subscriber_id: int) -> None:
        """Ask for that person and show them."""
        desk = self._window.desk
        self._window.bridge.ask("person", lambda: audience.person(desk, subscriber_id), self._show)

    def clear(self) -> None:
        """Say that nobody is chosen."""
        self._person = None
        self._body.hide()
        self._nobody.show()

    def refresh(self) -> None:
        if self._person is not None:
            self.show_person(self._person.subscriber.id)

    # -- building --------------------------------------------------------------------------------------------------

    def _build_head(self) -> None:
        self._name = theme.heading("", wrap=True)
        self._mail = theme.label("", "muted", selectable=True)
        self._mail.setAccessibleName("E-mail")
        self._chips = theme.row(spacing=6)
        self._facts = theme.caption("", wrap=True)
        self._add = theme.button("Add interest…", "mdi6.bell-plus-outline")
        self._consent = theme.button("Unsubscribe…")
        self._suppress = theme.button("Suppress…")
        self._add.clicked.connect(self._add_interest)
        self._consent.clicked.connect(self._toggle_consent)
        self._suppress.clicked.connect(self._toggle_suppression)
        self._head = QWidget()
        self._head.setObjectName("plain")
        self._head.setLayout(
            theme.column(
                theme.column(self._name, self._mail, spacing=2),
                self._chips,
                self._facts,
                theme.row(self._add, self._consent, self._suppress, 1),
                spacing=theme.SPACE,
            )
        )

    def _build_tabs(self) -> None:
        self.timeline = StoryList("Timeline", "Nothing has happened with this person yet.")
        self.waits = StoryList("Waits for", "This person waits for nothing. Add an interest above.")
        self.mails = StoryList("Mails", "No mail was written to this person yet.")
        self.consents = StoryList("Consent", "Nothing is on record about consent.")
        self._view = _act("View mail", "mdi6.email-outline", self._view_mail)
        self._again = _act("Send again…", "mdi6.email-sync-outline", self._send_again)
        self._why = _act("Why not sent?", "mdi6.help-circle-outline", self._why_not)
        self._stop = _act("Cancel interest", "mdi6.bell-cancel-outline", self._cancel_interest)
        self._tabs = QTabWidget()
        self._tabs.setAccessibleName("Parts of the story")
        self._tabs.setDocumentMode(True)
        for stories, words in (
            (self.timeline, "Timeline"),
            (self.waits, "Waits"),
            (self.mails, "Mails"),
            (self.consents, "Consent"),
        ):
            self._tabs.addTab(stories, words)
            stories.selectionModel().currentChanged.connect(lambda *_: self._judge())
            stories.doubleClicked.connect(lambda *_: self._view_mail())
        self._tabs.currentChanged.connect(lambda _: self._judge())
        self._foot = QWidget()
        self._foot.setObjectName("plain")
        self._foot.setLayout(theme.row(self._view, self._again, self._why, self._stop, 1))
        self._story = QWidget()
        self._story.setObjectName("plain")
        self._story.setLayout(theme.column(self._tabs, self._foot))

    # -- showing ---------------------------------------------------------------------------------------------------

    def _show(self, person: "audience.Person") -> None:
        self._person = person
        someone = person.subscriber
        self._nobody.hide()
        self._body.show()
        name = f"{someone.first_name} {someone.last_name}".strip()
        self._name.setText(visible(name or someone.email))
        self._mail.setText(visible(someone.email))
        theme.clear(self._chips)
        for pill in _pills(person):
            self._chips.addWidget(pill)
        self._chips.addStretch(1)
        facts = [
            f"Customer {someone.custom_id}" if someone.custom_id else "",
            someone.locale,
            someone.timezone,
            f"since {instant(someone.created_at)}" if someone.created_at else "",
            *(f"{key}: {value}" for key, value in list(someone.attributes.items())[:4]),
        ]
        self._facts.setText(visible(" · ".join(fact for fact in facts if fact)))
        out = someone.consent is ConsentState.UNSUBSCRIBED
        _rename(self._consent, "Subscribe again…" if out else "Unsubscribe…")
        _rename(self._suppress, "Lift suppression…" if someone.suppressed else "Suppress…")
        self.timeline.show_stories([_entry(entry) for entry in person.timeline])
        if self.timeline.chosen() is None:
            self.timeline.choose_first(lambda key: isinstance(key, TimelineEntry) and key.delivery_id is not None)
        self.waits.show_stories([_wait(*line) for line in person.interests])
        names = person.campaign_names
        self.mails.show_stories(
            [_mail(one, names.get(one.campaign_id, ""), person.editions.get(one.id, "")) for one in person.deliveries]
        )
        self.consents.show_stories(
            [
                Story("mdi6.checkbox-marked-circle-outline", theme.state_words(c.state.value), c.wording or c.source,
                      instant(c.at))
                for c in person.consents
            ]
        )  # fmt: skip
        for place, stories in enumerate((self.timeline, self.waits, self.mails, self.consents)):
            word = ("Timeline", "Waits", "Mails", "Consent")[place]
            self._tabs.setTabText(place, f"{word}  {len(stories):,}" if place in (1, 2) else word)
        self._judge()

    def _judge(self) -> None:
        """Which actions fit the chosen line; the others say why not."""
        delivery, event, interest = self._delivery_id(), self._event_id(), self._interest()
        for press, ready, why in (
            (self._view, delivery is not None, "Choose a mail in the timeline or under Mails."),
            (self._again, delivery is not None, "Choose a mail in the timeline or under Mails."),
            (self._why, event is not None or delivery is not None, "Choose a restock or a mail."),
            (self._stop, interest is not None, "Choose something this person waits for."),
        ):
            press.setEnabled(ready)
            press.setToolTip("" if ready else theme.tooltip(why))
        waiting = self._tabs.currentWidget() is self.waits
        self._stop.setVisible(waiting)
        for press in (self._view, self._again, self._why):
            press.setVisible(not waiting)
        self._foot.setVisible(self._tabs.currentWidget() is not self.consents)

    def _chosen(self) -> object:
        stories = self._tabs.currentWidget()
        line = stories.chosen() if isinstance(stories, StoryList) else None
        return line.key if line else None

    def _delivery_id(self) -> int | None:
        key = self._chosen()
        return key.id if isinstance(key, Delivery) else key.delivery_id if isinstance(key, TimelineEntry) else None

    def _event_id(self) -> int | None:
        key = self._chosen()
        return key.event_id if isinstance(key, TimelineEntry) else None

    def _interest(self) -> Interest | None:
        key = self._chosen()
        return key if isinstance(key, Interest) and key.state is InterestState.WAITING else None

    # -- acting ----------------------------------------------------------------------------------------------------

    def _view_mail(self) -> None:
        if (delivery := self._delivery_id()) is not None:
            MailView(self._window.desk, self._window.bridge, delivery, self).open()

    def _send_again(self) -> None:
        if (delivery := self._delivery_id()) is not None and self._person is not None:
            ResendDialog(self._window, delivery, self._person.subscriber.email, self).open()

    def _why_not(self) -> None:
        event = self._event_id()
        if self._person is None:
            return
        if event is None:
            key = self._chosen()
            words = key.reason if isinstance(key, Delivery) else ""
            self._window.toast.say(f"Kept with this mail: {visible(words)}" if words else "Nothing stopped this mail.")
            return
        desk, someone = self._window.desk, self._person.subscriber.id
        self._window.bridge.ask("person.why", lambda: audience.why_not(desk, someone, event), self._window.toast.say)

    def _toggle_consent(self) -> None:
        if self._person is not None:
            self.acts.toggle_consent(self, self._person.subscriber)

    def _toggle_suppression(self) -> None:
        if self._person is not None:
            self.acts.toggle_suppression(self, self._person.subscriber)

    def _add_interest(self) -> None:
        if self._person is None:
            return
        self.acts.ask_interest(self, self._person.subscriber)

    def _cancel_interest(self) -> None:
        interest = self._interest()
        if interest is not None and self._person is not None:
            sku = next((sku for i, _, _, sku in self._person.interests if i.id == interest.id), "")
            self.acts.cancel_interest(interest, sku)


def _act(words: str, icon: str, fn: object) -> QPushButton:
    made = theme.button(words, icon)
    made.clicked.connect(lambda: fn())  # type: ignore[operator]  # a bound method
    return made


def _rename(press: QPushButton, words: str) -> None:
    press.setText(words)
    press.setAccessibleName(words)


def _pills(person: "audience.Person") -> list[QLabel]:
    someone = person.subscriber
    undated = someone.consent is ConsentState.PENDING and someone.consent_confirmed
    made = [theme.chip("subscribed", "Subscribed, no date known") if undated else theme.chip(someone.consent.value)]
    if not someone.consent_confirmed:
        made.append(theme.chip("pending", "Not confirmed"))
    if someone.suppressed:
        made.append(theme.chip(someone.suppressed.value, f"Suppressed: {theme.state_words(someone.suppressed)}", "bad"))
    waiting = sum(i.state is InterestState.WAITING for i, *_ in person.interests)
    words = f"Waits for {waiting:,}" if waiting else "Waits for nothing"
    return [*made, theme.chip("waiting", words, "info" if waiting else "neutral")]


def _entry(entry: TimelineEntry) -> Story:
    icon, role = ICONS.get(entry.kind, ICONS["note"])
    return Story(icon, entry.title, entry.detail, instant(entry.at), role=role, key=entry)


def _wait(interest: Interest, product: str, variant: str, sku: str) -> Story:
    title = " · ".join(part for part in (product, variant) if part)
    detail = " · ".join(part for part in (sku, interest.source) if part)
    return Story("mdi6.bell-outline", title, detail, instant(interest.created_at), interest.state.value, key=interest)


def _mail(delivery: Delivery, campaign: str, edition: str) -> Story:
    when = delivery.sent_at or delivery.started_at or delivery.due_at
    seen = "clicked" if delivery.first_click_at else "opened" if delivery.first_open_at else ""
    detail = " · ".join(part for part in (f"Delivery {delivery.id}", edition, seen, delivery.reason) if part)
    words = campaign or f"Campaign {delivery.campaign_id}"
    return Story("mdi6.email-outline", words, detail, instant(when), delivery.state.value, key=delivery)
