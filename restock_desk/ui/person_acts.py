"""What support can do for a person: consent, suppression, interests; each with Undo where it can be taken back."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from restock_desk.domain.audience import ConsentState, Interest, Subscriber
from restock_desk.services import audience
from restock_desk.ui import theme
from restock_desk.ui.ask_reason import ask_reason
from restock_desk.ui.sku_field import SkuField

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

CHANGES = ("audience", "staff")


class InterestDialog(QDialog):
    """Which variant somebody waits for. `sku` holds it."""

    def __init__(self, window: "Window", parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Add interest")
        self.setMinimumWidth(460)
        self.sku = SkuField(window)
        self.add = theme.button("Add interest", kind="primary")
        self.add.setEnabled(False)
        self.add.clicked.connect(self.accept)
        self.sku.textChanged.connect(lambda _: self.add.setEnabled(bool(self.sku.sku)))
        leave = theme.button("Cancel")
        leave.clicked.connect(self.reject)
        words = theme.label("This person is told when that variant comes back.", "muted", wrap=True)
        foot = theme.row(1, leave, self.add)
        head = theme.heading("Add interest")
        self.setLayout(theme.column(head, words, self.sku, foot, spacing=12, margin=3 * theme.SPACE))
        self.add.setDefault(True)
        self.sku.setFocus()


class PersonActs:
    """Starts the actions on the window's bridge; pages refresh by the broadcast."""

    def __init__(self, window: "Window") -> None:
        self._window = window

    def toggle_consent(self, parent: QWidget, someone: Subscriber) -> None:
        """Unsubscribe, or subscribe again; asks for a reason."""
        if someone.consent is ConsentState.UNSUBSCRIBED:
            words = "This person said no before. Subscribe them again only if they asked for it."
            reason = ask_reason(parent, "Subscribe again", words, "Subscribe again")
            if reason:
                self._resubscribe(someone.id, reason)
            return
        reason = ask_reason(parent, "Unsubscribe", "This person gets no alerts any more.", "Unsubscribe")
        if reason:
            self._unsubscribe(someone.id, reason)

    def toggle_suppression(self, parent: QWidget, someone: Subscriber) -> None:
        """Suppress the address, or lift the suppression; asks for a reason."""
        if someone.suppressed:
            words = f"Nobody may mail this address now ({someone.suppressed.value.replace('_', ' ')})."
            reason = ask_reason(parent, "Lift suppression", words, "Lift suppression")
            if reason:
                self._unsuppress(someone.id, reason)
            return
        reason = ask_reason(parent, "Suppress", "Nobody will be able to mail this address.", "Suppress")
        if reason:
            self._suppress(someone.id, reason)

    def ask_interest(self, parent: QWidget, someone: Subscriber) -> None:
        """Ask for the variant this person waits for."""
        asked = InterestDialog(self._window, parent)
        asked.accepted.connect(lambda: self.add_interest(someone.id, asked.sku.sku))
        asked.open()

    def add_interest(self, subscriber_id: int, sku: str) -> None:
        """This person waits for that variant from now on."""
        desk, window = self._window.desk, self._window
        window.bridge.act(
            f"Add interest in {sku}",
            lambda _token, _tell: audience.add_interest(desk, subscriber_id, sku),
            lambda _: window.toast.say(f"Waits for {sku} now"),
            (*CHANGES, "catalog", "restocks"),
        )

    def cancel_interest(self, interest: Interest, sku: str) -> None:
        """This person no longer waits for that variant."""
        desk, window = self._window.desk, self._window

        def cancel(say: bool) -> None:
            def done(_: object) -> None:
                if say:
                    undo = lambda: self.add_interest(interest.subscriber_id, sku)  # noqa: E731
                    window.did("Interest cancelled", lambda: cancel(False), undo)

            window.bridge.act(
                "Cancel an interest",
                lambda _token, _tell: audience.cancel_interest(desk, interest.id),
                done,
                (*CHANGES, "catalog", "restocks"),
            )

        cancel(True)

    def _unsubscribe(self, subscriber_id: int, reason: str) -> None:
        desk, toast = self._window.desk, self._window.toast
        self._window.bridge.act(
            "Unsubscribe a person",
            lambda _token, _tell: audience.unsubscribe(desk, subscriber_id, reason),
            lambda _: toast.say("Unsubscribed", ("Undo", lambda: self._resubscribe(subscriber_id, "Undone"))),
            CHANGES,
        )

    def _resubscribe(self, subscriber_id: int, reason: str) -> None:
        desk, toast = self._window.desk, self._window.toast
        self._window.bridge.act(
            "Subscribe a person again",
            lambda _token, _tell: audience.resubscribe(desk, subscriber_id, reason),
            lambda _: toast.say("Subscribed again"),
            CHANGES,
        )

    def _suppress(self, subscriber_id: int, reason: str, say: bool = True) -> None:
        desk, window = self._window.desk, self._window

        def done(_: object) -> None:
            if say:
                window.did(
                    "Address suppressed",
                    lambda: self._suppress(subscriber_id, reason, False),
                    lambda: self._unsuppress(subscriber_id, f"Undone: {reason}", False),
                )

        act = window.bridge.act
        act("Suppress an address", lambda _t, _p: audience.suppress(desk, subscriber_id, reason), done, CHANGES)

    def _unsuppress(self, subscriber_id: int, reason: str, say: bool = True) -> None:
        desk, window = self._window.desk, self._window

        def done(_: object) -> None:
            if say:
                window.did(
                    "Suppression lifted",
                    lambda: self._unsuppress(subscriber_id, reason, False),
                    lambda: self._suppress(subscriber_id, f"Undone: {reason}", False),
                )

        act = window.bridge.act
        act("Lift a suppression", lambda _t, _p: audience.unsuppress(desk, subscriber_id, reason), done, CHANGES)
