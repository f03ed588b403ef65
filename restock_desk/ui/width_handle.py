"""The grip beside the picture of a mail: dragged, or moved with the arrow keys, it makes the mail wider or narrower."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from restock_desk.ui import theme
from restock_desk.ui.preview import Preview

NARROWEST, WIDEST, STEP = 240, 1200, 10
WIDTH = 14


class WidthHandle(QWidget):
    """Stands at the right edge of the mail. `dragged(css pixels)` while it moves."""

    dragged = Signal(int)

    def __init__(self, engine: Preview) -> None:
        super().__init__(engine)
        self._engine = engine
        self._held = False
        engine.margin = WIDTH
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(theme.tooltip("Drag to change the width; arrow keys change it by ten pixels."))
        self.setAccessibleName("Width of the mail")
        engine.zoomed.connect(self._follow)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = event.button() == Qt.MouseButton.LeftButton
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held:
            middle = self._engine.width() / 2
            half = self._engine.mapFromGlobal(event.globalPosition().toPoint()).x() - WIDTH / 2 - middle
            most = self._engine.width() - 2 * WIDTH
            self._tell(min(round(2 * half), most))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = False
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Left: -STEP, Qt.Key.Key_Right: STEP}.get(Qt.Key(event.key()))
        if by is None:
            return super().keyPressEvent(event)
        return self._tell(self._engine.css_width + by)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent" if self._held or self.hasFocus() else "strong_border"))
        painter.drawRoundedRect(QRectF(WIDTH / 2 - 2, self.height() / 2 - 24, 4, 48), 2, 2)
        painter.end()

    def _tell(self, css_width: int) -> None:
        self.dragged.emit(max(NARROWEST, min(WIDEST, css_width)))

    def _follow(self) -> None:
        shown = self._engine.view.geometry()
        self.setGeometry(shown.right() + 1, shown.top(), WIDTH, shown.height())
        self.raise_()
