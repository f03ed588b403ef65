"""Charts: lines over time with hover values, a funnel, and how to take a chart along (PNG, SVG, CSV).

pyqtgraph is imported when the first chart is made, not at start. Its titles are HTML inside: every name is escaped.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPaintDevice, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from restock_desk.domain.cells import guarded
from restock_desk.ui import theme

_HUES = {
    "Sent": 0, "Opened": 1, "Open rate": 1, "Clicked": 2, "Click rate": 2, "Bounced": 3, "Delivered": 5,
    "Unsubscribe rate": 7,
}  # fmt: skip


def series_color(name: str) -> QColor:
    """The colour of one figure: the same thing has the same colour in every chart."""
    hues = theme.series_colors()
    return hues[_HUES.get(name, 4) % len(hues)]


class Chart(QWidget):
    """What can be looked at and taken along."""

    name = ""

    def rows(self) -> list[list[str]]:
        """The data as rows with a header, as exported."""
        raise NotImplementedError


class TimeChart(Chart):
    """Named values over time: bars of counts, one before the other, or points of percentages joined by a line.

    `unit` is "" or "%". A gap (None) has no point: the line goes from the last known value to the next.
    """

    def __init__(self, name: str, unit: str = "", bars: bool = False) -> None:
        super().__init__()
        self._bars = bars
        import pyqtgraph

        self._pg: Any = pyqtgraph
        pyqtgraph.setConfigOptions(antialias=True)
        self.name, self.unit = name, unit
        self.setAccessibleName(name)
        self.at: list[datetime] = []
        self.lines: dict[str, list[float | None]] = {}
        self.plot = pyqtgraph.PlotWidget(axisItems={"bottom": pyqtgraph.DateAxisItem(utcOffset=0)})
        self.plot.setAccessibleName(name)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)
        self._legend = theme.row(spacing=2 * theme.SPACE)
        layout: QVBoxLayout = theme.column(theme.row(self._legend, 1), self.plot)
        self.setLayout(layout)
        self._values = theme.label("")  # floats over the plot: no hover moves what stands around it
        self._values.setParent(self.plot)
        self._values.setObjectName("popover")
        self._values.setContentsMargins(10, 8, 10, 8)
        self._values.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._values.hide()
        self._cursor = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._watch = pyqtgraph.SignalProxy(self.plot.scene().sigMouseMoved, rateLimit=60, slot=self._hover)
        self.setMinimumHeight(220)
        self.setMaximumHeight(300)  # the plot alone would ask for more than a small screen has

    def show_lines(self, at: Sequence[datetime], lines: Mapping[str, Sequence[float | None]]) -> None:
        """Draw these lines; `at` are bucket starts, each line has as many values."""
        self.at, self.lines = list(at), {name: list(values) for name, values in lines.items()}
        self.redraw()

    def redraw(self) -> None:
        """Draw again, in the colours of the scheme in use."""
        self._dress()
        self.plot.clear()
        theme.clear(self._legend)
        x = [moment.timestamp() for moment in self.at]
        step = min((b - a for a, b in pairwise(x)), default=86_400.0)
        for number, (name, values) in enumerate(self.lines.items()):
            colour = series_color(name)
            if self._bars:
                self._draw_bars(x, values, colour, step * (0.8 - 0.16 * number))
            else:
                self._draw_points(x, values, colour)
            self._legend.addWidget(_Key(name, colour))
        if x:
            self.plot.setXRange(x[0] - step, x[-1] + step, padding=0.01)
        self._legend.addStretch(1)
        top = max((v for values in self.lines.values() for v in values if v is not None), default=1.0)
        self.plot.setYRange(0, max(top * 1.08, 1e-9), padding=0)
        self.plot.addItem(self._cursor, ignoreBounds=True)
        self._cursor.hide()

    def _draw_bars(self, x: list[float], values: list[float | None], colour: QColor, width: float) -> None:
        heights = [value or 0.0 for value in values]
        bars = self._pg.BarGraphItem(x=x, height=heights, width=width, brush=colour, pen=None)
        self.plot.addItem(bars)

    def _draw_points(self, x: list[float], values: list[float | None], colour: QColor) -> None:
        known = [(at, value) for at, value in zip(x, values, strict=True) if value is not None]
        curve = self.plot.plot([at for at, _ in known], [value for _, value in known])
        curve.setPen(self._pg.mkPen(colour, width=2))
        if len(known) <= 60:
            curve.setSymbol("o")
            curve.setSymbolSize(6)
            curve.setSymbolBrush(colour)
            curve.setSymbolPen(None)

    def rows(self) -> list[list[str]]:
        """The data as rows with a header, as exported."""
        head = ["from", *(f"{name} ({self.unit})" if self.unit else name for name in self.lines)]
        body = [
            [moment.isoformat(), *("" if values[i] is None else f"{values[i]:g}" for values in self.lines.values())]
            for i, moment in enumerate(self.at)
        ]
        return [head, *body]

    def _dress(self) -> None:
        self.plot.setBackground(theme.color("surface"))
        quiet, line = theme.color("muted"), theme.color("border")
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setTextPen(quiet)
            axis.setPen(line)
            axis.setTickFont(theme.small_font())
        left = self.plot.getAxis("left")
        left.setWidth(52)
        left.tickStrings = lambda values, scale, spacing: [f"{value:,g}{self.unit}" for value in values]
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self._cursor.setPen(self._pg.mkPen(quiet, width=1, style=Qt.PenStyle.DashLine))

    def leaveEvent(self, event: QEvent) -> None:
        self._no_hover()
        super().leaveEvent(event)

    def _no_hover(self) -> None:
        self._cursor.hide()
        self._values.hide()

    def _hover(self, event: tuple[QPointF]) -> None:
        if not self.at or not self.plot.sceneBoundingRect().contains(event[0]):
            return self._no_hover()
        x = self.plot.getPlotItem().vb.mapSceneToView(event[0]).x()
        index = min(range(len(self.at)), key=lambda i: abs(self.at[i].timestamp() - x))
        self._cursor.setPos(self.at[index].timestamp())
        self._cursor.show()
        self._values.setText(self.values_at(index))
        self._values.adjustSize()
        at = self.plot.mapFromScene(event[0])
        right = at.x() + 16
        if right + self._values.width() > self.plot.width():
            right = max(0, at.x() - 16 - self._values.width())
        self._values.move(right, max(0, min(at.y() - 12, self.plot.height() - self._values.height())))
        self._values.show()
        return None

    def values_at(self, index: int) -> str:
        """What hovering over that bucket says: when it began, and each line's value."""
        gaps = [(b - a).total_seconds() for a, b in pairwise(self.at)]
        hours = bool(gaps) and min(gaps) < 86_400
        week = bool(gaps) and min(gaps) >= 7 * 86_400
        when = f"{self.at[index]:%d %b %Y, %H:%M} UTC" if hours else f"{self.at[index]:%d %b %Y}"
        parts = [f"Week from {when}" if week else when]
        for name, values in self.lines.items():
            value = values[index]
            told = "too few to say" if value is None else f"{value:,.1f}%" if self.unit else f"{value:,.0f}"
            parts.append(f"{name}: {told}")
        return "\n".join(parts)


ENDINGS = (".png", ".svg", ".csv")


def save_chart(chart: Chart, path: Path) -> None:
    """Write a chart to a file by its ending: .png (twice the size), .svg or .csv. OSError where that fails."""
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([guarded(cell) for cell in row] for row in chart.rows())
        return
    from PySide6.QtSvg import QSvgGenerator

    size = chart.size()
    if path.suffix.lower() == ".svg":
        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setSize(size)
        generator.setViewBox(chart.rect())
        generator.setResolution(chart.logicalDpiX())
        generator.setTitle(chart.name)
        _paint(chart, generator)
        written = path.is_file()
    else:
        image = QImage(size * 2, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(2)
        image.fill(theme.color("surface"))
        _paint(chart, image)
        written = image.save(str(path))
    if not written:
        raise OSError(f"{path.name} was not written")


def _paint(chart: Chart, device: QPaintDevice) -> None:
    """The whole chart by Qt itself: pyqtgraph's SVG exporter fails on Qt 6.11 and later."""
    painter = QPainter(device)
    chart.render(painter, QPoint(0, 0))
    painter.end()


class _Key(QWidget):
    """One line of a legend: a dot in the line's colour and its name."""

    def __init__(self, name: str, colour: QColor) -> None:
        super().__init__()
        self._colour = colour
        self.setObjectName("plain")
        words = theme.caption(name)
        words.setContentsMargins(14, 0, 0, 0)
        self.setLayout(theme.row(words))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawEllipse(QRectF(1, self.height() / 2 - 4, 8, 8))
        painter.end()


class Funnel(Chart):
    """Bars below one another, each with its name, its count and its share of the first."""

    ROW, BAR, NAME = 34, 18, 110

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.steps: list[tuple[str, int]] = []
        self.setAccessibleName(name)

    def show_steps(self, steps: list[tuple[str, int]]) -> None:
        """Draw these (name, count) steps, the widest first."""
        self.steps = steps
        self.setAccessibleDescription(", ".join(f"{name} {n:,}" for name, n in steps))
        self.setMinimumHeight(self.ROW * len(steps))
        self.updateGeometry()
        self.update()

    def rows(self) -> list[list[str]]:
        """The data as rows with a header, as exported."""
        first = self.steps[0][1] if self.steps else 0
        body = [[name, str(n), f"{n / first:.4f}" if first else ""] for name, n in self.steps]
        return [["step", "messages", "share of the first"], *body]

    def sizeHint(self) -> QSize:
        return QSize(320, self.ROW * max(1, len(self.steps)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = max((n for _, n in self.steps), default=0) or 1
        base = self.steps[0][1] if self.steps else 0
        room = max(40.0, self.width() - self.NAME - 130.0)
        for i, (name, n) in enumerate(self.steps):
            top = i * self.ROW + (self.ROW - self.BAR) / 2
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(QRectF(0, i * self.ROW, self.NAME, self.ROW), Qt.AlignmentFlag.AlignVCenter, name)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(QRectF(self.NAME, top, room, self.BAR), 4, 4)
            painter.setBrush(series_color(name))
            painter.drawRoundedRect(QRectF(self.NAME, top, max(2.0 if n else 0.0, room * n / most), self.BAR), 4, 4)
            share = f"{n:,}  ·  {n / base:.1%}" if base and i else f"{n:,}"
            painter.setPen(theme.color("muted"))
            painter.drawText(
                QRectF(self.NAME + room + 10, i * self.ROW, 120, self.ROW), Qt.AlignmentFlag.AlignVCenter, share
            )
        painter.end()
