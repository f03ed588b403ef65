"""The parts of the Feedback page below its charts: figures on cards, the league table, links followed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from restock_desk.domain.feedback import LinkCount, Rate, Stats
from restock_desk.domain.metrics import DEFINITIONS
from restock_desk.ui import theme

SHOWN: tuple[tuple[str, str, str], ...] = (
    ("delivery", "Delivered", "Messages delivered without a final bounce, of all sent."),
    ("open_human", "Opened", "Messages a person opened, as far as can be told. Opens by machines are told apart."),
    ("click", "Clicked", "Messages with a click by a person on a counted link."),
    ("click_to_open", "Click to open", "Messages clicked, of those opened. May exceed 100% where images are blocked."),
    ("bounce", "Bounced", "Messages with a final bounce, of all sent."),
    ("complaint", "Complaints", "Messages reported as spam. Mailbox providers want less than 0.1%."),
    ("unsubscribe", "Unsubscribed", "Messages that led to an unsubscribe, one-click included."),
)


SENT_TIP = "Messages the mail server accepted. Attempted also counts those it refused and those in doubt."


def rate_words(rate: Rate) -> str:
    """– without a denominator; counts below 20; else a percentage."""
    if rate.rate is None:
        return "–"
    if rate.denominator < 20:
        return f"{rate.numerator:,} of {rate.denominator:,}"
    return f"{rate.rate:.2%}" if rate.rate < 0.01 else f"{rate.rate:.1%}"


COUNT_WORDS = {
    "sent": "sent",
    "delivered": "delivered",
    "opened_human": "opened by people",
    "clicked_human": "clicked by people",
    "bounced": "bounced for good",
    "complained": "reported as spam",
    "unsubscribed": "that led to an unsubscribe",
    "sent + rejected": "sent or rejected",
}


def rate_detail(rate: Rate) -> str:
    """Numerator, denominator and interval, a line each."""
    of = COUNT_WORDS.get(rate.of, rate.of)
    if rate.rate is None or rate.low is None or rate.high is None:
        return f"none {of} yet"
    words = f"{rate.numerator:,} of {rate.denominator:,} {of}"
    return words if rate.denominator < 20 else f"{words}\n95% interval {rate.low:.1%} – {rate.high:.1%}"


def rate_tip(key: str, definition: str, rate: Rate) -> str:
    """What a rate means: its definition, what is divided by what, and how sure it is."""
    numerator = DEFINITIONS[key].numerator
    above, below = COUNT_WORDS.get(numerator, numerator), COUNT_WORDS.get(rate.of, rate.of)
    parts = [definition, f"Numerator: messages {above}, {rate.numerator:,}."]
    parts.append(f"Denominator: messages {below}, {rate.denominator:,}.")
    if rate.low is not None and rate.high is not None:
        parts.append(f"With so many messages the true rate is likely between {rate.low:.2%} and {rate.high:.2%}.")
    return " ".join(parts)


class Figures(QWidget):
    """One card a rate, with its counts and interval; the definition in the tooltip.

    `keys` are rates of SHOWN; with `sent` the number of messages stands before them.
    """

    def __init__(self, keys: tuple[str, ...], sent: bool = False) -> None:
        super().__init__()
        self._keys, self._sent = keys, sent
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.SPACE + 4)
        self.setLayout(self._grid)

    def show_stats(self, stats: Stats) -> None:
        theme.clear(self._grid)
        cells = []
        if self._sent:
            attempted = f"of {stats.counts['attempted']:,} attempted\n"
            cells.append(("Sent", f"{stats.counts['sent']:,}", attempted, SENT_TIP))
        for key, name, definition in SHOWN:
            if key in self._keys:
                rate = stats.rates[key]
                if key == "delivery" and not stats.delivered_known:
                    cells.append((name, "–", "not reported yet", definition))
                    continue
                detail = rate_detail(rate)
                if key == "open_human" and (machines := stats.counts.get("opened_machine", 0)):
                    detail += f"\nand {machines:,} by machines"
                cells.append((name, rate_words(rate), detail, rate_tip(key, definition, rate)))
        for i, (name, figure, detail, tip) in enumerate(cells):
            number = theme.title(figure)
            told = theme.caption(detail)
            told.setAlignment(Qt.AlignmentFlag.AlignTop)
            told.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)  # cards begin alike
            box = theme.card(theme.caption(name), number, told, spacing=2)
            box.setToolTip(theme.tooltip(tip))
            box.setAccessibleName(f"{name}: {figure}, {detail}")
            self._grid.addWidget(box, 0, i)


class _Table(QTableWidget):
    """A small read-only table of a report; long lists live elsewhere, in `ListView`."""

    def __init__(self, name: str, headers: tuple[str, ...]) -> None:
        super().__init__(0, len(headers))
        self.setAccessibleName(name)
        self.setHorizontalHeaderLabels(list(headers))
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        first = self.horizontalHeaderItem(0)
        if first is not None:
            first.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def fill(self, rows: list[tuple[str, ...]]) -> None:
        self.setRowCount(len(rows))
        for i, row in enumerate(rows):
            for j, text in enumerate(row):
                item = QTableWidgetItem(text)
                if j:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(i, j, item)
        self.setMinimumHeight(min(12, len(rows) + 1) * 34 + 8)


class League(QWidget):
    """Campaigns (or products) side by side. A double click narrows the page to that one."""

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._ids: list[int] = []
        headers = ("Name", "Sent", "Opened", "Clicked", "Bounced", "Complaints", "Unsubscribed")
        self.table = _Table("Side by side", headers)
        self.table.setToolTip(theme.tooltip("Press Enter or double-click a line to narrow the page to it."))
        self._title = theme.heading("")
        self.table.cellActivated.connect(lambda row, _: self.picked.emit(self._ids[row]))
        self.setLayout(theme.column(self._title, self.table))

    def show_rows(self, rows: list[tuple[int, str, Stats]], by: str) -> None:
        """`by` is campaign or product."""
        self._title.setText(f"{by.capitalize()}s side by side")
        self._ids = [number for number, _, _ in rows]
        keys = ("open_human", "click", "bounce", "complaint", "unsubscribe")
        self.table.fill(
            [(name, f"{s.counts['sent']:,}", *(rate_words(s.rates[key]) for key in keys)) for _, name, s in rows]
        )


class Links(QWidget):
    """Which links of one campaign were followed, by people and by machines."""

    def __init__(self) -> None:
        super().__init__()
        self.table = _Table("Links followed", ("Link", "Messages", "People", "Machines", "Unknown"))
        self.setLayout(theme.column(self.table))

    def show_links(self, links: list[LinkCount]) -> None:
        self.table.fill([(x.url, f"{x.messages:,}", f"{x.human:,}", f"{x.machine:,}", f"{x.unknown:,}") for x in links])
