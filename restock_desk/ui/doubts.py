"""The list of mails in doubt, with what is known of each and the two ways to settle it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from restock_desk.domain.campaigns import Doubt
from restock_desk.ui import theme
from restock_desk.ui.cells import instant

SHOWN = 200


class DoubtList(QScrollArea):
    """One card a doubt. `settle` carries the delivery's id and "sent" or "again"."""

    settle = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName("Mails in doubt")
        self._doubts: list[Doubt] | None = None
        self._list: QVBoxLayout = theme.column(spacing=theme.SPACE)
        inside = QWidget()
        inside.setObjectName("plain")
        inside.setLayout(theme.column(self._list, 1, margin=theme.SPACE))
        self.setWidget(inside)
        self.show_doubts([])

    def show_doubts(self, doubts: list[Doubt]) -> None:
        """Show these; nothing happens when they are shown already."""
        if doubts == self._doubts:
            return
        self._doubts = doubts
        theme.clear(self._list)
        if not doubts:
            self._list.addWidget(
                theme.empty_state(
                    "mdi6.check-circle-outline",
                    "Nothing in doubt",
                    "A mail is in doubt when the connection broke after it was handed over and before the answer came. "
                    "It is never sent again by itself.",
                )
            )
        for doubt in doubts[:SHOWN]:
            self._list.addWidget(self._card(doubt))
        if len(doubts) > SHOWN:
            self._list.addWidget(theme.caption(f"… and {len(doubts) - SHOWN:,} more."))

    def _card(self, doubt: Doubt) -> QWidget:
        sent = theme.button("Assume sent", "mdi6.check")
        again = theme.button("Send again…", "mdi6.replay", tip="It may arrive twice")
        sent.clicked.connect(lambda: self.settle.emit(doubt.delivery_id, "sent"))
        again.clicked.connect(lambda: self.settle.emit(doubt.delivery_id, "again"))
        who = theme.label(doubt.email, selectable=True)
        since = theme.caption(f"since {instant(doubt.since)} · {doubt.cause}", wrap=True)
        line = QWidget()
        line.setObjectName("plain")
        line.setLayout(theme.row(theme.column(who, since, spacing=2), 1, sent, again))
        return theme.card(line, *([theme.caption(doubt.evidence)] if doubt.evidence else []))
