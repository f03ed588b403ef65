"""An audience in a narrow panel: how many get the alert, and why others do not: each reason a bar with its number."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from restock_desk.domain.audience import EXCLUSION_WORDS, AudienceReport, Exclusion
from restock_desk.ui import theme


class AudienceBars(QWidget):
    """Grows downwards with the number of reasons; nothing is shown for a reason nobody falls under."""

    def __init__(self, report: AudienceReport) -> None:
        super().__init__()
        self.setObjectName("plain")
        units = "Stock is not tracked." if report.units is None else f"{report.units:,} units can be bought now."
        head = theme.row(
            theme.title(f"{report.eligible:,}"),
            theme.label(f"of {report.waiting:,} who wait would get the alert.", wrap=True),
            spacing=theme.SPACE,
        )
        head.setStretch(1, 1)
        layout = theme.column(head, theme.caption(units), spacing=theme.SPACE)
        told = [(reason, report.excluded.get(reason, 0)) for reason in Exclusion if report.excluded.get(reason, 0)]
        if told:
            layout.addSpacing(theme.SPACE)
        for reason, n in told:
            number = theme.label(f"{n:,}")
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            layout.addLayout(theme.row(theme.label(EXCLUSION_WORDS[reason], "muted"), 1, number))
            layout.addWidget(_Bar(n, report.waiting))
        if not told:
            layout.addWidget(theme.caption("Nobody is left out."))
        self.setLayout(layout)


class _Bar(QWidget):
    def __init__(self, n: int, of: int) -> None:
        super().__init__()
        self._share = min(1.0, n / of) if of else 0.0
        self.setFixedHeight(6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(theme.color("neutral_soft"))
        painter.drawRoundedRect(whole, 3, 3)
        whole.setWidth(max(6.0, whole.width() * self._share))
        painter.setBrush(theme.color("warn"))
        painter.drawRoundedRect(whole, 3, 3)
        painter.end()
