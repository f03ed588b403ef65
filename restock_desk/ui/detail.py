"""The panel beside a list that tells everything about the chosen row: title, chips, facts, actions, sections."""

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from restock_desk.services import sample
from restock_desk.ui import theme
from restock_desk.ui.cells import visible

TILE = 64


class Detail(QFrame):
    """Filled anew for each row, top to bottom; `start` empties it."""

    def __init__(self, icon: str, nothing: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setMinimumWidth(320)
        self._icon, self._nothing = icon, nothing
        self._lines: QVBoxLayout = theme.column(spacing=2 * theme.SPACE, margin=2 * theme.SPACE + 4)
        inside = QWidget()
        inside.setObjectName("plain")
        inside.setLayout(self._lines)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName("Details")
        self.area.setWidget(inside)
        self.area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self.setLayout(theme.column(self.area, margin=1))
        self.clear()

    def clear(self) -> None:
        """Say that nothing is chosen."""
        theme.clear(self._lines)
        self._lines.addWidget(theme.empty_state(self._icon, "Nothing chosen", self._nothing))

    def start(
        self, name: str, subtitle: str = "", chips: Iterable[QLabel] = (), tile: str = "", image_url: str = ""
    ) -> None:
        """Begin anew with a title. `tile` gives two letters where the picture of `image_url` does not ship with us."""
        theme.clear(self._lines)
        words: list[QWidget] = [theme.heading(visible(name), wrap=True)]
        if subtitle:
            words.append(theme.label(visible(subtitle), "muted", wrap=True))
        head = theme.row(spacing=2 * theme.SPACE)
        if tile:
            head.addWidget(_tile(tile, image_url), alignment=Qt.AlignmentFlag.AlignTop)
        head.addLayout(theme.column(*words, spacing=2), 1)
        self._lines.addLayout(head)
        pills = list(chips)
        if pills:
            self._lines.addLayout(theme.row(*pills, 1, spacing=6))

    def buttons(self, *buttons: QWidget) -> None:
        """A line of buttons."""
        self._lines.addLayout(theme.row(*buttons, 1))

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Names and values, one a line."""
        self._lines.addWidget(facts(pairs))

    def section(self, name: str, *parts: QWidget) -> None:
        """A titled part."""
        self._lines.addWidget(theme.rule())
        self._lines.addLayout(theme.column(theme.heading(name), *parts, spacing=theme.SPACE))

    def add(self, part: QWidget) -> None:
        self._lines.addWidget(part)

    def end(self) -> None:
        """Nothing follows: what is there stays at the top."""
        self._lines.addStretch(1)


def facts(pairs: Iterable[tuple[str, str]]) -> QWidget:
    """Names and their values, one a line; the values can be selected and copied."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(2 * theme.SPACE)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, 84)
    for line, (name, value) in enumerate(pairs):
        words = theme.label(visible(value), wrap=True, selectable=True)
        words.setAccessibleName(name)
        grid.addWidget(theme.label(name, "muted"), line, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(words, line, 1)
    made = QWidget()
    made.setObjectName("plain")
    made.setLayout(grid)
    return made


def lines(headers: tuple[str, ...], rows: Iterable[tuple[str, ...]], right: frozenset[int] = frozenset()) -> QWidget:
    """A small table of plain labels, for a few rows; columns in `right` hold numbers."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(2 * theme.SPACE)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    for place, (number, row) in enumerate(enumerate([headers, *rows])):
        for column, text in enumerate(row):
            cell = theme.caption(text) if number == 0 else theme.label(visible(text), wrap=column == 0)
            side = Qt.AlignmentFlag.AlignRight if column in right else Qt.AlignmentFlag.AlignLeft
            cell.setAlignment(side | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(cell, place, column)
    made = QWidget()
    made.setObjectName("plain")
    made.setLayout(grid)
    return made


def _tile(letters: str, image_url: str) -> QLabel:
    """The sample shop's own picture, or letters: no picture is fetched from anywhere."""
    made = theme.heading(visible(letters[:2]).upper())
    made.setObjectName("tile")
    made.setFixedSize(QSize(TILE, TILE))
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    found = sample.picture(image_url) if image_url else None
    image = QImage.fromData(found) if found else QImage()
    if not image.isNull():
        made.setPixmap(_rounded(image, made.devicePixelRatioF()))
        made.setAccessibleName("Picture of the product")
    return made


def _rounded(image: QImage, ratio: float) -> QPixmap:
    side = round(TILE * ratio)
    filled = image.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, side, side), 0.18 * side, 0.18 * side)
    painter.setClipPath(path)
    painter.drawImage((side - filled.width()) // 2, (side - filled.height()) // 2, filled)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
