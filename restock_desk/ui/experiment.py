"""How an A/B test did: a line for each variant, what may be said of it, and who may decide when."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from restock_desk.domain.verdicts import Finding
from restock_desk.services.experiments import ArmFigures, Standing
from restock_desk.ui import theme
from restock_desk.ui.cells import instant
from restock_desk.ui.detail import lines

HEADS = ("Variant", "Planned", "People", "Sent", "Delivered", "Clicked", "Of sent")
_TONES = {Finding.BETTER: "good", Finding.WORSE: "bad", Finding.SPLIT_BROKEN: "bad", Finding.RUNNING: "muted"}


class TestPanel(QWidget):
    """`ended` and `decided(arm)` are wishes; whoever shows the panel carries them out."""

    __test__ = False  # none of pytest's
    ended = Signal()
    decided = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._holder = theme.column(spacing=theme.SPACE)
        self.end = theme.button("End the test", "mdi6.flag-checkered", tip="Campaigns from now on take no part in it")
        self.end.clicked.connect(self.ended)
        self._choices = theme.row()
        self.setLayout(theme.column(self._holder, theme.row(self._choices, 1, self.end), 1))
        self.setMaximumWidth(720)

    def show_standing(self, standing: Standing | None, deciding: bool) -> None:
        """`deciding` = the variants are still there to choose from."""
        theme.clear(self._holder)
        theme.clear(self._choices)
        open_ = standing is not None and standing.experiment.ended_at is None
        self.end.setVisible(deciding and open_ and standing is not None and bool(standing.campaigns))
        if standing is None:
            return
        if not standing.campaigns:
            self._holder.addWidget(theme.label("Nothing was sent in this test yet.", "muted", wrap=True))
            return
        told = any(one.counts.delivered for one in standing.arms)
        rows = [_line(one, not standing.running, told) for one in standing.arms]
        self._holder.addWidget(lines(HEADS, rows, right=frozenset(range(1, 7))))
        self._holder.addWidget(theme.label(_state(standing), "muted", wrap=True))
        for verdict in standing.verdicts if not standing.running else ():
            for words in verdict.warnings:
                self._holder.addWidget(theme.label(words, "warn", wrap=True))
            self._holder.addWidget(theme.label(verdict.sentence, _TONES.get(verdict.finding, ""), wrap=True))
        if deciding and not open_:
            for arm, one in enumerate(standing.arms):
                use = theme.button(f"Use {one.name}", kind="quiet", tip=f"Everybody gets {one.name} from now on")
                use.clicked.connect(lambda _=False, arm=arm: self.decided.emit(arm))
                self._choices.addWidget(use)


def _line(one: ArmFigures, rates: bool, told: bool) -> tuple[str, ...]:
    """Rates only when the test is over: before, nobody may stop it for the sake of one. `told` = deliveries are."""
    counts = one.counts
    rate = f"{counts.clicked / counts.sent:.1%}" if rates and counts.sent else "–"
    delivered = f"{counts.delivered:,}" if told else "–"
    clicked = f"{counts.clicked:,}" if rates else "–"
    return one.name, f"{one.share:.0%}", f"{counts.assigned:,}", f"{counts.sent:,}", delivered, clicked, rate


def _state(standing: Standing) -> str:
    n = len(standing.campaigns)
    of = f"{n} campaign" if n == 1 else f"{n} campaigns"
    doubt = sum(one.counts.in_doubt for one in standing.arms)
    listed = f" {doubt:,} in doubt are counted as sent and not clicked." if doubt else ""
    hours = standing.experiment.horizon_s / 3600
    if standing.experiment.ended_at is None:
        return (
            f"{of} so far. Clicks are shown after somebody ended the test and {hours:.0f} hours more, so that nobody "
            f"stops it for the sake of a number.{listed}"
        )
    if standing.running and standing.closes_at is not None:
        return f"{of}. Ended; there is a verdict from {instant(standing.closes_at)} on.{listed}"
    return f"{of}, clicks of people until {instant(standing.closes_at)}.{listed}" if standing.closes_at else f"{of}."
