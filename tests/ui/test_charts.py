"""Charts and figures: hover values move nothing, one thing has one colour, and a chart can be taken along."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from restock_desk.domain import metrics
from restock_desk.ui import theme
from restock_desk.ui.charts import Funnel, TimeChart, save_chart, series_color
from restock_desk.ui.figures import rate_detail, rate_tip

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def chart(qtbot: QtBot, qapp: QApplication) -> TimeChart:
    theme.apply(qapp, "light")
    made = TimeChart("Rates", "%")
    qtbot.addWidget(made)
    made.resize(600, 260)
    made.show_lines([MONDAY, MONDAY + timedelta(days=7)], {"Open rate": [40.0, None], "Click rate": [10.0, 12.5]})
    made.show()
    return made


def test_hovering_says_the_values_and_moves_nothing(qtbot: QtBot, chart: TimeChart) -> None:
    wide = chart.minimumSizeHint()
    middle = QPointF(chart.plot.sceneBoundingRect().center())
    chart._hover((middle,))
    assert chart._values.isVisible()
    assert chart.plot.rect().contains(chart._values.geometry())
    assert chart.minimumSizeHint() == wide
    assert chart.values_at(1).splitlines() == [
        "Week from 09 Mar 2026",
        "Open rate: too few to say",
        "Click rate: 12.5%",
    ]
    chart._hover((QPointF(-9, -9),))
    assert not chart._values.isVisible()


def test_the_same_figure_has_the_same_colour_everywhere(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    assert series_color("Opened") == series_color("Open rate")
    assert series_color("Clicked") == series_color("Click rate")
    assert len({series_color(name).name() for name in ("Sent", "Delivered", "Opened", "Clicked", "Bounced")}) == 5


def test_a_chart_is_taken_along_as_picture_and_data(chart: TimeChart, tmp_path: Path) -> None:
    for ending in ("png", "svg", "csv"):
        save_chart(chart, tmp_path / f"rates.{ending}")
    image = QImage(str(tmp_path / "rates.png"))
    assert (image.width(), image.height()) == (2 * chart.width(), 2 * chart.height())
    assert "<svg" in (tmp_path / "rates.svg").read_text(encoding="utf-8")
    with (tmp_path / "rates.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == ["from", "Open rate (%)", "Click rate (%)"]


def test_a_funnel_is_taken_along_too(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    funnel = Funnel("From sent to clicked")
    qtbot.addWidget(funnel)
    funnel.show_steps([("Sent", 200), ("Clicked", 50)])
    save_chart(funnel, tmp_path / "funnel.csv")
    assert (tmp_path / "funnel.csv").read_text(encoding="utf-8").splitlines()[2] == "Clicked,50,0.2500"


def test_a_chart_that_cannot_be_written_says_so(chart: TimeChart, tmp_path: Path) -> None:
    for ending in ("png", "csv"):
        with pytest.raises(OSError, match="rates"):
            save_chart(chart, tmp_path / "missing" / f"rates.{ending}")


def test_a_rate_tells_what_is_divided_by_what() -> None:
    rate = metrics.rate(30, 120, "delivered")
    assert rate_detail(rate) == "30 of 120 delivered\n95% interval 18.1% – 33.4%"
    tip = rate_tip("open_human", "Messages a person opened.", rate)
    assert "Numerator: messages opened by people, 30. Denominator: messages delivered, 120." in tip
