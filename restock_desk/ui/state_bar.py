"""A campaign's ledger as one bar that always adds up to the audience, with a legend in words and numbers."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from restock_desk.domain.campaigns import DeliveryState, Tally
from restock_desk.ui import theme

ORDER = (
    DeliveryState.SENT,
    DeliveryState.STARTED,
    DeliveryState.CLAIMED,
    DeliveryState.DEFERRED,
    DeliveryState.QUEUED,
    DeliveryState.IN_DOUBT,
    DeliveryState.FAILED,
    DeliveryState.SKIPPED,
)
ROLES = {
    DeliveryState.SENT: "good",
    DeliveryState.STARTED: "info",
    DeliveryState.CLAIMED: "info",
    DeliveryState.DEFERRED: "warn_soft",
    DeliveryState.QUEUED: "strong_border",
    DeliveryState.IN_DOUBT: "warn",
    DeliveryState.FAILED: "bad",
    DeliveryState.SKIPPED: "muted",
}


class StateBar(QWidget):
    """The bar alone. Each state is at least two pixels wide when it has one delivery, so that none is hidden."""

    def __init__(self) -> None:
        super().__init__()
        self._tally = Tally({})
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Deliveries by state")

    def show_tally(self, tally: Tally) -> None:
        self._tally = tally
        self.setAccessibleDescription(", ".join(f"{n:,} {state.value}" for state, n in tally.states.items() if n))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area = QRectF(self.rect())
        clip = QPainterPath()
        clip.addRoundedRect(area, area.height() / 2, area.height() / 2)
        painter.setClipPath(clip)
        painter.fillRect(area, theme.color("border"))
        for left, width, state in _spans(self._tally, area.width()):
            painter.fillRect(QRectF(left, 0, width, area.height()), theme.color(ROLES[state]))
        painter.end()


class StatePanel(QWidget):
    """The bar and below it each state with its number; skips by reason."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = StateBar()
        self._legend = theme.row(spacing=2 * theme.SPACE)
        self._numbers: dict[DeliveryState, QLabel] = {}
        self._handed = False
        self._reasons = theme.caption("", wrap=True)
        layout: QVBoxLayout = theme.column(self.bar, self._legend, self._reasons)
        self.setLayout(layout)

    def show_tally(self, tally: Tally, handed: bool = False) -> None:
        """`handed` = what is called sent was only handed to Batch, which decides on mails of its own."""
        self.bar.show_tally(tally)
        if handed != self._handed:
            self._handed, self._numbers = handed, {}
        told = [state for state in ORDER if tally.states.get(state)]
        if told != list(self._numbers):
            self._make_legend(told)
        for state, number in self._numbers.items():
            number.setText(f"{tally.states[state]:,}")
        skipped = ", ".join(f"{n:,} {theme.state_words(reason).lower()}" for reason, n in tally.skipped.items())
        self._reasons.setText(f"Skipped: {skipped}." if skipped else "")
        self._reasons.setVisible(bool(skipped))

    def _make_legend(self, states: list[DeliveryState]) -> None:
        """Anew only when other states have deliveries: numbers that move twice a second must not flicker."""
        theme.clear(self._legend)
        self._numbers = {state: theme.heading("") for state in states}
        for state, number in self._numbers.items():
            words = "Handed to Batch" if self._handed and state is DeliveryState.SENT else ""
            chip = theme.chip(state.value, words, _chip_role(state))
            self._legend.addLayout(theme.column(number, chip, spacing=2))
        self._legend.addStretch(1)


def _chip_role(state: DeliveryState) -> str:
    return theme.state_role(state.value)


def _spans(tally: Tally, width: float) -> list[tuple[float, float, DeliveryState]]:
    """(left, width, state) of each part: shares of the width, two pixels at the least, together exactly the width."""
    parts = [(state, tally.states.get(state, 0)) for state in ORDER if tally.states.get(state, 0)]
    total = sum(n for _, n in parts)
    if not total:
        return []
    wide = [max(2.0, width * n / total) for _, n in parts]
    scale = width / sum(wide)
    spans, left = [], 0.0
    for (state, _), share in zip(parts, wide, strict=True):
        spans.append((left, share * scale, state))
        left += share * scale
    return spans
