"""The mails in doubt of a campaign, what is known of the chosen one, and the two ways to settle one or several."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from restock_desk.domain.campaigns import Evidence
from restock_desk.services import support
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.beside import Beside
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.cells import instant, way_out
from restock_desk.ui.detail import Detail
from restock_desk.ui.list_view import ListView

ALL = 5_000
"""How many can be settled at once from here."""


class DoubtList(QWidget):
    """A list of any length, oldest first, several of which can be chosen; evidence beside it."""

    settle = Signal(object, str)
    """The ids of deliveries, and "sent" or "again"."""

    def __init__(self, desk: Desk, bridge: Bridge) -> None:
        super().__init__()
        self._desk, self._bridge = desk, bridge
        self._count = -1
        self.list = ListView(desk, bridge, "doubts", (("campaign_id", 0),))
        self.list.set_empty(
            "mdi6.check-circle-outline",
            "Nothing in doubt",
            "A mail is in doubt when the connection broke after it was handed over and before the answer came. "
            "It is never sent again by itself.",
        )
        self.list.search.setMinimumWidth(100)
        for told_elsewhere in (self.list.counter, self.list.choose):
            told_elsewhere.hide()
        self.list.picked.connect(self._ask)
        self.list.model.arrived.connect(lambda _: self._arrived())
        self.list.table.selectionModel().selectionChanged.connect(lambda *_: self._show_buttons())
        self.sent = theme.button("Assume sent…", tip="It is counted as sent; the person is told no more")
        self.again = theme.button("Send again…", tip="It is queued once more and may arrive twice")
        self.sent.clicked.connect(lambda: self.settle.emit(self.chosen, "sent"))
        self.again.clicked.connect(lambda: self.settle.emit(self.chosen, "again"))
        self.panel = self._panel()
        split = Beside("Doubts and evidence", self.list, self.panel, (1, 1))
        self.setLayout(theme.column(split))
        self.panel.hide()

    @property
    def chosen(self) -> list[int]:
        """The deliveries that are selected, as far as their rows are known."""
        model, rows = self.list.model, self.list.table.selected_rows()[:ALL]
        return [found for row in rows if (found := model.id_at(row)) is not None]

    def show_campaign(self, campaign_id: int) -> None:
        """Show that campaign's doubts from now on."""
        self._count = -1
        self.panel.hide()
        self.list.set_scope((("campaign_id", campaign_id),))

    def show_count(self, n: int) -> None:
        """There are so many now; the list is asked again when that is another number."""
        if n != self._count:
            self._count = n
            self.list.refresh()

    def _panel(self) -> QWidget:
        self._facts = Detail("mdi6.help-circle-outline", "Choose a mail to see what is known of it.")
        self._facts.setMinimumWidth(260)
        made = QWidget()
        made.setObjectName("plain")
        whole = theme.column(self._facts, theme.row(self.sent, self.again, 1))
        whole.setStretch(0, 1)
        made.setLayout(whole)
        made.setMinimumWidth(270)
        return made

    def _arrived(self) -> None:
        if not self.list.model.rowCount():
            self.panel.hide()
        elif self.list.selected_id() is None and not self.list.waiting_for_row:
            self.list.table.selectRow(0)
        self._show_buttons()

    def _ask(self, delivery_id: int) -> None:
        desk = self._desk
        self._bridge.ask("campaigns.evidence", lambda: support.evidence(desk, delivery_id), self._show)

    def _show(self, known: Evidence) -> None:
        mail = known.delivery
        back = "\n".join(f"{instant(at)}: {words}" for at, words in known.came_back)
        self._facts.start("What is known", f"Handed over {instant(mail.started_at)} to {way_out(known.through)}")
        self._facts.facts(
            (
                ("Cause", mail.reason or "Nothing was said."),
                ("Last answer", mail.receipt or "None"),
                ("Attempts", str(mail.attempts)),
                ("Came back", back or "Nothing yet"),
            )
        )
        copy = theme.button("Copy Message-ID", "mdi6.content-copy", tip=f"{known.message_id}, for the server's log")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(known.message_id))
        self._facts.buttons(copy)
        self._facts.end()
        self.panel.show()
        self._show_buttons()

    def _show_buttons(self) -> None:
        n = len(self.chosen)
        for button, verb in ((self.sent, "Assume sent…"), (self.again, "Send again…")):
            words = verb if n <= 1 else {"Assume sent…": f"Assume {n:,} sent…"}.get(verb, f"Send {n:,} again…")
            button.setText(words)
            button.setAccessibleName(words)
            button.setEnabled(n > 0)
