"""How an A/B test did: a line for each variant, what may be said of it, and who may decide when."""

from PySide6.QtCore import QDeadlineTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from restock_desk.domain.editions import arm_name
from restock_desk.domain.verdicts import Finding
from restock_desk.services import experiments
from restock_desk.services.desk import Desk
from restock_desk.services.experiments import ArmFigures, Standing
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.cells import instant
from restock_desk.ui.detail import lines
from restock_desk.ui.experiment_rules import NOUNS

EVERY_MS = 10_000
HEADS = ("Variant", "Planned", "People", "Sent", "Delivered")
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
        metric = standing.experiment.metric
        rows = [_line(one, metric, not standing.running, told) for one in standing.arms]
        heads = (*HEADS, *(name.capitalize() for name in _shown(metric)), "Of sent")
        self._holder.addWidget(lines(heads, rows, right=frozenset(range(1, len(heads)))))
        self._holder.addWidget(theme.label(_state(standing), "muted", wrap=True))
        if not standing.running:
            self._holder.addWidget(theme.caption(_harm(standing), wrap=True))
        for words in _cautions(standing):
            self._holder.addWidget(theme.label(words, "warn", wrap=True))
        for verdict in standing.verdicts if not standing.running else ():
            for words in verdict.warnings:
                self._holder.addWidget(theme.label(words, "warn", wrap=True))
            named = verdict.sentence.startswith(f"{verdict.arm} ") or len(standing.arms) < 3
            words = verdict.sentence if named else f"{verdict.arm}: {verdict.sentence}"
            self._holder.addWidget(theme.label(words, _TONES.get(verdict.finding, ""), wrap=True))
        if deciding and not open_:
            for arm, one in enumerate(standing.arms):
                use = theme.button(f"Use {one.name}", kind="quiet", tip=f"Everybody gets {one.name} from now on")
                use.clicked.connect(lambda _=False, arm=arm: self.decided.emit(arm))
                self._choices.addWidget(use)


class CampaignTest(QWidget):
    """The test that a campaign takes part in. What became of it is counted only while somebody looks."""

    tested = Signal(bool)
    """Whether the campaign takes part in one: most do not."""

    def __init__(self, desk: Desk, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk, self._bridge = desk, bridge
        self._campaign_id = 0
        self._pause = QDeadlineTimer(0)
        self.panel = TestPanel()
        self.setLayout(theme.column(theme.card(self.panel), 1))

    def show_campaign(self, campaign_id: int, fresh: bool) -> None:
        """Show that one's; looked at again now and then, and at once if it is `fresh`."""
        desk, self._campaign_id = self._desk, campaign_id
        if fresh:
            self._pause.setRemainingTime(0)
            self._bridge.ask("campaigns.tested", lambda: experiments.is_tested(desk, campaign_id), self.tested.emit)
        self._look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._pause.setRemainingTime(0)
        self._look()

    def _look(self) -> None:
        if not self.isVisible() or not self._pause.hasExpired():
            return
        self._pause.setRemainingTime(EVERY_MS)
        desk, campaign_id = self._desk, self._campaign_id

        def show(found: Standing | None) -> None:
            if campaign_id == self._campaign_id:
                self.panel.show_standing(found, deciding=False)

        self._bridge.ask("campaigns.test", lambda: experiments.of_campaign(desk, campaign_id), show)


def _shown(metric: str) -> tuple[str, ...]:
    """Clicks always; orders where the test is about them: few shops tell of any."""
    return ("clicked",) if metric == "clicked" else ("clicked", metric)


def _line(one: ArmFigures, metric: str, rates: bool, told: bool) -> tuple[str, ...]:
    """Rates only when the test is over: before, nobody may stop it for the sake of one. `told` = deliveries are."""
    counts = one.counts
    rate = f"{getattr(counts, metric) / counts.sent:.1%}" if rates and counts.sent else "–"
    delivered = f"{counts.delivered:,}" if told else "–"
    hits = (f"{getattr(counts, name):,}" if rates else "–" for name in _shown(metric))
    return one.name, f"{one.share:.0%}", f"{counts.assigned:,}", f"{counts.sent:,}", delivered, *hits, rate


def _cautions(standing: Standing) -> list[str]:
    """What makes its figures doubtful."""
    return ["An edition was changed while the test went on: the figures speak of both."] if standing.changed else []


def _harm(standing: Standing) -> str:
    """Rates over what was delivered, and what went wrong, arm by arm."""
    told = []
    for one in standing.arms:
        counts = one.counts
        hits = getattr(counts, standing.experiment.metric)
        word = standing.experiment.metric
        rate = f"{hits / counts.delivered:.1%} of delivered {word}, " if counts.delivered else ""
        told.append(
            f"{one.name}: {rate}{counts.complained:,} complained, {counts.unsubscribed:,} unsubscribed, "
            f"{counts.bounced_hard:,} bounced for good"
        )
    return " · ".join(told)


def _state(standing: Standing) -> str:
    n = len(standing.campaigns)
    of = f"{n} campaign" if n == 1 else f"{n} campaigns"
    doubt = sum(one.counts.in_doubt for one in standing.arms)
    metric = standing.experiment.metric
    listed = f" {doubt:,} in doubt are counted as sent and not {metric}." if doubt else ""
    hours, hits = standing.experiment.horizon_s / 3600, NOUNS[metric]
    if standing.experiment.ended_at is None:
        return (
            f"{of} so far. {hits.capitalize()} are shown after somebody ended the test and {hours:.0f} hours more, "
            f"so that nobody stops it for the sake of a number.{listed}"
        )
    if standing.leaving:
        return f"{of}. Ended, and some mails of it are still to leave; there is a verdict {hours:.0f} hours after them."
    if standing.running and standing.closes_at is not None:
        return f"{of}. Ended; there is a verdict from {instant(standing.closes_at)} on.{listed}"
    if standing.experiment.decided_at is not None and standing.experiment.chosen is not None:
        name, by = arm_name(standing.experiment.chosen), standing.experiment.decided_by
        return f"{of}. {name} was chosen by {by} on {instant(standing.experiment.decided_at)}.{listed}"
    return f"{of}, {hits} of people until {instant(standing.closes_at)}.{listed}" if standing.closes_at else f"{of}."
