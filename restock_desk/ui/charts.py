"""Charts: lines over time with hover values, a funnel, and how to take a chart along (PNG, SVG, CSV).

pyqtgraph is imported when the first chart is made, not at start. Its titles are HTML inside: every name is escaped.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from restock_desk.ui import theme


class TimeChart(QWidget):
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
        self._values = theme.caption("")
        layout: QVBoxLayout = theme.column(theme.row(self._legend, 1, self._values), self.plot)
        self.setLayout(layout)
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
        for number, ((name, values), colour) in enumerate(zip(self.lines.items(), theme.series_colors(), strict=False)):
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

    def write(self, path: Path) -> None:
        """Write the chart to a file by its ending: .png (twice the size), .svg or .csv."""
        if path.suffix.lower() == ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(self.rows())
        elif path.suffix.lower() == ".svg":
            self._write_svg(path)
        else:
            image = self.grab().toImage()
            image.scaledToWidth(image.width() * 2, Qt.TransformationMode.SmoothTransformation).save(str(path))

    def _write_svg(self, path: Path) -> None:
        """A picture of the whole chart by Qt's own SVG painter: pyqtgraph's exporter fails on Qt 6.11 and later."""
        from PySide6.QtSvg import QSvgGenerator

        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setSize(self.size())
        generator.setViewBox(self.rect())
        generator.setResolution(self.logicalDpiX())
        generator.setTitle(self.name)
        painter = QPainter(generator)
        self.render(painter, self.rect().topLeft())
        painter.end()

    def _dress(self) -> None:
        self.plot.setBackground(theme.color("surface"))
        quiet, line = theme.color("muted"), theme.color("border")
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setTextPen(quiet)
            axis.setPen(line)
            axis.setTickFont(theme.small_font())
        self.plot.getAxis("left").setWidth(52)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self.plot.getAxis("left").setLabel(self.unit or None)
        self._cursor.setPen(self._pg.mkPen(quiet, width=1, style=Qt.PenStyle.DashLine))

    def _hover(self, event: tuple[QPointF]) -> None:
        if not self.at or not self.plot.sceneBoundingRect().contains(event[0]):
            self._cursor.hide()
            self._values.setText("")
            return
        x = self.plot.getPlotItem().vb.mapSceneToView(event[0]).x()
        index = min(range(len(self.at)), key=lambda i: abs(self.at[i].timestamp() - x))
        self._cursor.setPos(self.at[index].timestamp())
        self._cursor.show()
        parts = [f"{self.at[index]:%d %b %Y %H:%M} UTC"]
        for name, values in self.lines.items():
            value = values[index]
            parts.append(f"{name} {'–' if value is None else f'{value:,.1f}%' if self.unit else f'{value:,.0f}'}")
        self._values.setText("   ".join(parts))


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


class Funnel(QWidget):
    """Bars below one another, each with its name, its count and its share of the first."""

    ROW, BAR, NAME = 34, 18, 110

    def __init__(self, name: str) -> None:
        super().__init__()
        self.steps: list[tuple[str, int]] = []
        self.setAccessibleName(name)

    def show_steps(self, steps: list[tuple[str, int]]) -> None:
        """Draw these (name, count) steps, the widest first."""
        self.steps = steps
        self.setAccessibleDescription(", ".join(f"{name} {n:,}" for name, n in steps))
        self.setMinimumHeight(self.ROW * len(steps))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, self.ROW * max(1, len(self.steps)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = max((n for _, n in self.steps), default=0) or 1
        base = self.steps[0][1] if self.steps else 0
        room = max(40.0, self.width() - self.NAME - 130.0)
        for i, ((name, n), colour) in enumerate(zip(self.steps, theme.series_colors(), strict=False)):
            top = i * self.ROW + (self.ROW - self.BAR) / 2
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(QRectF(0, i * self.ROW, self.NAME, self.ROW), Qt.AlignmentFlag.AlignVCenter, name)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(QRectF(self.NAME, top, room, self.BAR), 4, 4)
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(self.NAME, top, max(2.0 if n else 0.0, room * n / most), self.BAR), 4, 4)
            share = f"{n:,}  ·  {n / base:.1%}" if base and i else f"{n:,}"
            painter.setPen(theme.color("muted"))
            painter.drawText(
                QRectF(self.NAME + room + 10, i * self.ROW, 120, self.ROW), Qt.AlignmentFlag.AlignVCenter, share
            )
        painter.end()
