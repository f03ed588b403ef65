"""The Feedback page: what came back of what was sent, as figures, charts, links followed and a league table."""

from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QMenu, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from restock_desk.domain.feedback import LinkCount, ReportQuestion, Series, Stats
from restock_desk.domain.listing import Listing
from restock_desk.errors import DeskError
from restock_desk.services import feedback, listing, templates
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.cells import instant
from restock_desk.ui.charts import ENDINGS, Chart, Funnel, TimeChart, save_chart
from restock_desk.ui.figures import Figures, League, Links
from restock_desk.ui.list_view import ListView
from restock_desk.ui.page import Page

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

RANGES: tuple[tuple[str, int, str], ...] = (
    ("Last 24 hours", 1, "hour"),
    ("Last 7 days", 7, "day"),
    ("Last 30 days", 30, "day"),
    ("Last 90 days", 90, "week"),
    ("Last 12 months", 365, "week"),
    ("All time", 0, "week"),
)
COUNTS = {"sent": "Sent", "opened_human": "Opened", "clicked_human": "Clicked", "bounced": "Bounced"}
MOST_CHOICES = 200
"""So many campaigns and products can be picked: the newest, and those mailed about most."""
Answer = tuple[Stats, Series, list[tuple[int, str, Stats]], list[LinkCount]]
Choices = tuple[list[tuple[int, str]], list[tuple[int, str]], list[tuple[int, str]]]


class FeedbackPage(Page):
    """Range and narrowing on top; every figure below is of the messages sent in that range."""

    title: ClassVar[str] = "Feedback"
    icon: ClassVar[str] = "mdi6.chart-line"
    purpose: ClassVar[str] = "What came back: opens, clicks, bounces, complaints, unsubscribes."
    nouns: ClassVar[frozenset[str]] = frozenset({"feedback", "campaigns"})

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window)
        self._pickers()
        self.figures = Figures(("delivery", "open_human", "click"), sent=True)
        self.further = Figures(("click_to_open", "bounce", "complaint", "unsubscribe"))
        self.funnel = Funnel("From sent to clicked")
        self.league, self.links = League(), Links()
        self.league.picked.connect(self._narrow_to)
        self._charts: tuple[TimeChart, TimeChart] | None = None
        self._chart_box: QVBoxLayout = theme.column(spacing=2 * theme.SPACE)
        self._note = theme.caption("", wrap=True)
        tabs = QTabWidget()
        tabs.setAccessibleName("Feedback views")
        tabs.addTab(self._overview(), "Overview")
        self.events = ListView(desk, bridge, "feedback")
        tabs.addTab(self.events, "Every event")
        self.add_body(theme.row(self.range, self.campaign, self.template, self.product, 1, self._save))
        self.add_body(tabs, 1)

    def open(self, **target: object) -> None:
        """Show one campaign: `campaign=7`."""
        self.invalidate()
        wanted = target.get("campaign")
        if wanted is not None:
            index = self.campaign.findData(wanted)
            if index < 0:
                self.campaign.addItem(f"Campaign {wanted}", wanted)
                index = self.campaign.count() - 1
            self.campaign.setCurrentIndex(index)

    def refresh(self) -> None:
        question, desk = self.question(), self.desk

        def answer() -> Answer:
            by = _compared_by(question)
            links = feedback.links(desk, question.campaign_id) if question.campaign_id is not None else []
            return (
                feedback.stats(desk, question),
                feedback.series(desk, question),
                feedback.league(desk, question, by),
                links,
            )

        self.bridge.ask("feedback.report", answer, self._show)
        self.bridge.ask("feedback.choices", self._choices, self._show_choices)
        self.events.refresh()

    def question(self) -> ReportQuestion:
        """What the pickers say."""
        _, days, bucket = RANGES[self.range.currentIndex()]
        now = self.desk.now()
        since = (now - timedelta(days=days)).astimezone(UTC) if days else None
        campaign, template, product = (box.currentData() for box in (self.campaign, self.template, self.product))
        return ReportQuestion(since, now, campaign, template, product, bucket)

    def changed_scheme(self) -> None:
        """Draw the charts in the new colours."""
        for chart in self._charts or ():
            chart.redraw()

    def _pickers(self) -> None:
        self.range, self.campaign, self.template, self.product = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        for name, _, _ in RANGES:
            self.range.addItem(name)
        self.range.setCurrentIndex(3)
        self.campaign.addItem("All campaigns", None)
        self.template.addItem("All templates", None)
        self.product.addItem("All products", None)
        for box, name, width in (
            (self.range, "Time range", 140),
            (self.campaign, "Campaign", 200),
            (self.template, "Template", 150),
            (self.product, "Product", 150),
        ):
            box.setAccessibleName(name)
            box.setToolTip(theme.tooltip(name))
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumWidth(width)
            box.currentIndexChanged.connect(self.invalidate)
        self._save = theme.button("Save chart…", "mdi6.download-outline", tip="As a picture (PNG, SVG) or data (CSV)")
        self._save.clicked.connect(self._choose_chart)

    def _overview(self) -> QWidget:
        inside = QWidget()
        inside.setObjectName("plain")
        funnel = theme.card(theme.heading("From sent to clicked"), self.funnel)
        lower = theme.row(theme.card(self.league), spacing=2 * theme.SPACE)
        self._links_card = theme.card(theme.heading("Links followed"), self.links)
        self._links_card.hide()
        lower.addWidget(self._links_card)
        self._told = QWidget()
        self._told.setObjectName("plain")
        self._told.setLayout(
            theme.column(
                self.figures, self._chart_box, self.further, self._note, funnel, lower, 1, spacing=2 * theme.SPACE
            )
        )
        self._nothing = theme.empty_state(
            "mdi6.chart-line",
            "Nothing to chart yet",
            "No mail was sent in this time. What people do with your alerts appears here, from the first mail on.",
            ("New send…", lambda: self.shell.open_page("campaigns", review=None)),
        )
        self._nothing.hide()
        inside.setLayout(theme.column(self._told, self._nothing))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setAccessibleName("Overview")
        scroll.setWidget(inside)
        return scroll

    def _show(self, answer: Answer) -> None:
        stats, series, league, links = answer
        anything = any(stats.counts.get(name) for name in ("attempted", "sent", "rejected"))
        self._told.setVisible(anything)
        self._nothing.setVisible(not anything)
        self.figures.show_stats(stats)
        self.further.show_stats(stats)
        self._note.setText(
            "  ".join((f"As of {instant(stats.as_of)}. Days are counted in UTC." if stats.as_of else "", *stats.notes))
        )
        c = stats.counts
        steps = [("Sent", c["sent"]), ("Delivered", c["delivered"]), ("Opened", c["opened_human"])]
        self.funnel.show_steps([*steps, ("Clicked", c["clicked_human"])])
        counts, rates = self._made_charts()
        counts.show_lines(series.at, {COUNTS[k]: series.counts[k] for k in COUNTS if k in series.counts})
        rates.show_lines(series.at, _rate_lines(series, stats.delivered_known))
        self.league.show_rows(league, _compared_by(self.question()))
        self._links_card.setVisible(bool(links))
        self.links.show_links(links)

    def _made_charts(self) -> tuple[TimeChart, TimeChart]:
        if self._charts is None:
            self._charts = (TimeChart("Messages by the time they were sent", bars=True), TimeChart("Rates", "%"))
            parts = [theme.card(theme.heading(chart.name), chart) for chart in self._charts]
            self._chart_box.addLayout(theme.row(*parts, spacing=2 * theme.SPACE))
        return self._charts

    def _choices(self) -> Choices:
        rows = listing.page(self.desk, Listing("campaigns", sort="created_at", descending=True), 0, MOST_CHOICES)
        found = [(template.id, template.name) for template in templates.templates(self.desk)]
        mailed = feedback.league(self.desk, ReportQuestion(None, self.desk.now()), "product", MOST_CHOICES)
        products = sorted(((number, name) for number, name, _ in mailed), key=lambda entry: entry[1].casefold())
        return [(row.id, str(row.values[0])) for row in rows], found, products

    def _show_choices(self, choices: Choices) -> None:
        for box, entries in zip((self.campaign, self.template, self.product), choices, strict=True):
            kept = box.currentData()
            box.blockSignals(True)
            while box.count() > 1:
                box.removeItem(1)
            for number, name in entries:
                box.addItem(name, number)
            box.setCurrentIndex(max(0, box.findData(kept)))
            box.blockSignals(False)

    def _narrow_to(self, row_id: int) -> None:
        box = self.campaign if _compared_by(self.question()) == "campaign" else self.product
        box.setCurrentIndex(max(0, box.findData(row_id)))

    def _choose_chart(self) -> None:
        menu = QMenu(self._save)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for chart in (*self._made_charts(), self.funnel):
            menu.addAction(f"{chart.name}…", partial(self._save_chart, chart))
        menu.popup(self._save.mapToGlobal(self._save.rect().bottomLeft()))

    def _save_chart(self, chart: Chart) -> None:
        kinds = ("PNG picture (*.png)", "SVG picture (*.svg)", "CSV data (*.csv)")
        name, chosen = QFileDialog.getSaveFileName(self, "Save chart", f"{chart.name}.png", ";;".join(kinds))
        if not name:
            return
        path = Path(name)
        ending = chosen.rpartition("*")[2].rstrip(")") or ".png"
        if path.suffix.lower() not in ENDINGS or (path.suffix.lower() == ".png" and ending != ".png"):
            path = path.with_suffix(ending)
        try:
            save_chart(chart, path)
        except OSError:
            self.bridge.failed.emit(DeskError(f"The file {path.name} cannot be written.", "Check the folder."))
            return
        self.shell.toast.say(f"Saved as {path.name}")


def _compared_by(question: ReportQuestion) -> str:
    """What the league compares: campaigns, or the products of one campaign."""
    return "campaign" if question.campaign_id is None else "product"


def _rate_lines(series: Series, delivered_known: bool) -> dict[str, list[float | None]]:
    """Percentages per bucket; a bucket with fewer than 20 messages is a gap: too few to draw a rate from."""
    of = series.counts.get("delivered" if delivered_known else "sent", ())
    lines: dict[str, list[float | None]] = {}
    for key, name in (
        ("opened_human", "Open rate"),
        ("clicked_human", "Click rate"),
        ("unsubscribed", "Unsubscribe rate"),
    ):
        values = series.counts.get(key, ())
        lines[name] = [100 * v / n if n >= 20 else None for v, n in zip(values, of, strict=False)]
    return lines
