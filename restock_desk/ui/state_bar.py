"""A campaign's ledger as one bar that always adds up to the audience, and its legend: each state with its number.

A click on a part or on an entry of the legend asks for the deliveries in that state.
"""

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QToolTip, QWidget

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
MEANINGS = {
    DeliveryState.SENT: "The next mail server accepted it.",
    DeliveryState.STARTED: "Written down durably and on the wire now.",
    DeliveryState.CLAIMED: "A sender took it; nothing has left yet.",
    DeliveryState.DEFERRED: "The server said “later”; it is tried again with growing pauses, for a day at most.",
    DeliveryState.QUEUED: "Waits for its turn.",
    DeliveryState.IN_DOUBT: "The connection broke after it was handed over and before the answer came.",
    DeliveryState.FAILED: "The server said “never”, or the mail could not be made.",
    DeliveryState.SKIPPED: "Not sent, with a reason.",
}
INSET, DOT = 4, 9
LEAST, GAP = 4.0, 1.0
"""Pixels: each state with one delivery can be seen and pressed; the parts are told apart without their colours."""


class StateBar(QWidget):
    """The bar alone."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._tally = Tally({})
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Deliveries by state")

    def show_tally(self, tally: Tally) -> None:
        if tally.states != self._tally.states:
            self._tally = tally
            self.setAccessibleDescription(", ".join(f"{n:,} {state.value}" for state, n in tally.states.items() if n))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 14)

    def state_at(self, x: float) -> DeliveryState | None:
        """Which state's part is there."""
        for left, width, state in spans(self._tally, self.width()):
            if left <= x < left + width:
                return state
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area = QRectF(self.rect())
        clip = QPainterPath()
        clip.addRoundedRect(area, area.height() / 2, area.height() / 2)
        painter.setClipPath(clip)
        parts = spans(self._tally, area.width())
        painter.fillRect(area, theme.color("surface" if parts else "border"))
        for left, width, state in parts:
            gap = GAP if left + width < area.width() - 0.5 else 0.0
            painter.fillRect(QRectF(left, 0, width - gap, area.height()), theme.color(ROLES[state]))
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        state = self.state_at(event.position().x())
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.pos()) and state is not None:
            self.picked.emit(state)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            state = self.state_at(event.pos().x())
            if state is not None:
                QToolTip.showText(event.globalPos(), theme.tooltip(_told(state, self._tally)), self)
                return True
        return super().event(event)


class LegendEntry(QAbstractButton):
    """A state with its number. As wide as the whole audience's number, so that nothing moves while it counts up."""

    def __init__(self, state: DeliveryState) -> None:
        super().__init__()
        self.state = state
        self.words = theme.state_words(state.value)
        self._number, self._widest = "", ""
        self.setAccessibleName(self.words)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._big, self._small = theme.bold_font(), theme.small_font()

    def show_tally(self, tally: Tally) -> None:
        number, widest = f"{tally.states.get(self.state, 0):,}", f"{tally.audience:,}"
        if number != self._number:
            self._number = number
            self.setAccessibleName(f"{self.words}: {number}")
            self.setToolTip(theme.tooltip(f"{_told(self.state, tally)} Press to see them."))
            self.update()
        if len(widest) != len(self._widest):
            self._widest = widest
            if (parent := self.parentWidget()) is not None:
                parent.updateGeometry()

    def sizeHint(self) -> QSize:
        big, small = QFontMetrics(self._big), QFontMetrics(self._small)
        words = small.horizontalAdvance(self.words) + DOT + 5
        return QSize(
            max(words, big.horizontalAdvance(self._widest)) + 2 * INSET + 10, big.height() + small.height() + 9
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection" if self.isChecked() else "raised"))
            painter.drawRoundedRect(area, 7, 7)
        if self.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 7, 7)
        big, small = QFontMetrics(self._big), QFontMetrics(self._small)
        painter.setFont(self._big)
        painter.setPen(theme.color("text"))
        painter.drawText(INSET, 4 + big.ascent(), self._number)
        painter.setFont(self._small)
        base = 5 + big.height() + small.ascent()
        painter.setPen(theme.color("muted"))
        painter.drawText(INSET + DOT + 5, base, self.words)
        middle = base - small.xHeight() / 2
        painter.setPen(theme.color("strong_border"))
        painter.setBrush(theme.color(ROLES[self.state]))
        painter.drawEllipse(QRectF(INSET, middle - DOT / 2, DOT, DOT))
        painter.end()


class Legend(QWidget):
    """Entries beside one another, on as many lines as they need; a hidden one leaves no gap."""

    def __init__(self, entries: list[LegendEntry]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._entries = entries
        for entry in entries:
            entry.setParent(self)
            entry.hide()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_only(self, told: set[DeliveryState]) -> None:
        """These states from now on."""
        for entry in self._entries:
            entry.setVisible(entry.state in told)
        self.updateGeometry()
        self._place(self.width())

    def heightForWidth(self, width: int) -> int:
        return self._place(width, move=False)

    def sizeHint(self) -> QSize:
        shown = [entry.sizeHint() for entry in self._entries if not entry.isHidden()]
        return QSize(sum(size.width() for size in shown), self.heightForWidth(max(self.width(), 200)))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(max(self.width(), 200)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place(self.width())

    def _place(self, width: int, move: bool = True) -> int:
        """Put the entries where they belong; the height they take."""
        x = y = line = 0
        for entry in self._entries:
            if entry.isHidden():
                continue
            size = entry.sizeHint()
            if x and x + size.width() > width:
                x, y, line = 0, y + line + 2, 0
            if move:
                entry.setGeometry(QRect(QPoint(x, y), size))
            x, line = x + size.width() + 2, max(line, size.height())
        return y + line


class StatePanel(QWidget):
    """The bar and below it each state with its number."""

    picked = Signal(object)
    """A DeliveryState whose deliveries are asked for, or None for everybody."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = StateBar()
        self.entries = {state: LegendEntry(state) for state in ORDER}
        self._legend = Legend(list(self.entries.values()))
        self.bar.picked.connect(self.picked)
        for state, entry in self.entries.items():
            entry.clicked.connect(lambda checked, state=state: self.picked.emit(state if checked else None))
        self.setLayout(theme.column(self.bar, self._legend, spacing=6))

    def show_tally(self, tally: Tally, fresh: bool = False, handed: bool = False) -> None:
        """`fresh` = of another campaign. A state that was seen once stays: what comes and goes cannot be read.
        `handed` = what is called sent was only handed to Batch, which decides on mails of its own."""
        self.bar.show_tally(tally)
        for state, entry in self.entries.items():
            entry.words = (
                "Handed to Batch" if handed and state is DeliveryState.SENT else theme.state_words(state.value)
            )
            entry.show_tally(tally)
        kept = set() if fresh else {state for state, entry in self.entries.items() if not entry.isHidden()}
        told = {state for state in ORDER if tally.states.get(state, 0)} | kept
        if fresh or told != kept:
            self._legend.show_only(told)

    def mark(self, shown: DeliveryState | None) -> None:
        """Which state's deliveries the log shows."""
        for state, entry in self.entries.items():
            entry.setChecked(state is shown)


def _told(state: DeliveryState, tally: Tally) -> str:
    n, of = tally.states.get(state, 0), tally.audience
    share = f", {n / of:.1%} of {of:,}" if of else ""
    why = ""
    if state is DeliveryState.SKIPPED and tally.skipped:
        why = " " + ", ".join(f"{n:,} {theme.state_words(reason).lower()}" for reason, n in tally.skipped.items()) + "."
    return f"{theme.state_words(state.value)}: {n:,}{share}. {MEANINGS[state]}{why}"


def spans(tally: Tally, width: float) -> list[tuple[float, float, DeliveryState]]:
    """(left, width, state) of each part: shares of the width, a few pixels at the least, together exactly the width."""
    parts = [(state, tally.states.get(state, 0)) for state in ORDER if tally.states.get(state, 0)]
    total = sum(n for _, n in parts)
    if not total:
        return []
    wide = [max(LEAST, width * n / total) for _, n in parts]
    over = sum(wide) - width
    large = sum(one for one in wide if one > 2 * LEAST)
    found, left = [], 0.0
    for (state, _), share in zip(parts, wide, strict=True):
        own = share
        if not large:
            own *= width / sum(wide)
        elif share > 2 * LEAST:
            own -= over * share / large
        found.append((left, own, state))
        left += own
    return found
