"""What an A/B test lays down beside its shares: what it is judged by, how long is waited, which difference matters."""

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QSpinBox, QWidget

from restock_desk.domain.editions import WAITS_H, Experiment
from restock_desk.ui import theme

NOUNS = {"clicked": "clicks", "ordered": "orders"}
"""What a test may be judged by, in words."""


class ExperimentRules(QWidget):
    """`laid_down` is what somebody chose: hours, difference as a part of 1, metric."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.judged = QComboBox()
        self.judged.setAccessibleName("What the test is judged by")
        for metric, words in NOUNS.items():
            self.judged.addItem(words, metric)
        self.hours = QSpinBox()
        self.hours.setRange(1, 24 * 60)
        self.hours.setSuffix(" hours")
        self.hours.setAccessibleName("Hours to wait after the last mail")
        self.relevant = QDoubleSpinBox()
        self.relevant.setRange(0.1, 50)
        self.relevant.setSingleStep(0.5)
        self.relevant.setDecimals(1)
        self.relevant.setSuffix(" points")
        self.relevant.setAccessibleName("Smallest difference that matters")
        for box in (self.hours, self.relevant):
            theme.with_margin(box)
        self.judged.activated.connect(lambda _: self.hours.setValue(WAITS_H[self.judged.currentData()]))
        first = theme.row(
            theme.label("Judged by the"), self.judged, theme.label("until"), self.hours,
            theme.label("after the last mail."), 1,
        )  # fmt: skip
        second = theme.row(theme.label("Less than"), self.relevant, theme.label("does not matter."), 1)
        self.orders = theme.caption(
            "Your shop tells of orders at the web service (POST /feedback) or in a file; an order within seven days of "
            "the mail about its product counts.",
            wrap=True,
        )
        self.judged.currentIndexChanged.connect(lambda _: self._explain())
        self.setLayout(theme.column(first, self.orders, second))
        self._explain()

    @property
    def laid_down(self) -> tuple[float, float, str]:
        return self.hours.value(), self.relevant.value() / 100, self.judged.currentData()

    def show_rules(self, plan: Experiment | None, fixed: bool) -> None:
        """`fixed`: mails of the test left, nothing can be changed."""
        for control in (self.judged, self.hours, self.relevant):
            control.setEnabled(not fixed)
        if plan is not None:
            self.judged.setCurrentIndex(self.judged.findData(plan.metric))
            self.hours.setValue(round(plan.horizon_s / 3600))
            self.relevant.setValue(plan.relevant * 100)

    def _explain(self) -> None:
        self.orders.setVisible(self.judged.currentData() == "ordered")
