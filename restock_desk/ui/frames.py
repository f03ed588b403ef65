"""What changed in the browser engine on the screen at once. Qt holds a new frame back for 5 ms, in case more come.

A widget of its size told again draws what waits; that is all there is to ask for. It costs a tenth of a millisecond.
"""

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtQuick import QSGRendererInterface
from PySide6.QtQuickWidgets import QQuickWidget
from PySide6.QtWidgets import QWidget

_EVERY_MS, _TIMES = 2, 14
"""A changed mail is laid out and painted within that time; later frames come by themselves."""


class Frames(QObject):
    """Hurries the frames of a web view that are drawn without a graphics card; others are left alone. GUI thread."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._left = 0
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setInterval(_EVERY_MS)
        self._clock.timeout.connect(self._draw)

    def hurry(self) -> None:
        """Something changed in the page just now."""
        self._left = _TIMES
        self._clock.start()

    def _draw(self) -> None:
        self._left -= 1
        surface = self._view.findChild(QQuickWidget)
        if surface is None or self._left <= 0 or not _in_software(surface):
            self._clock.stop()
            return
        QCoreApplication.sendEvent(surface, QResizeEvent(surface.size(), surface.size()))


def _in_software(surface: QQuickWidget) -> bool:
    api = surface.quickWindow().rendererInterface().graphicsApi()
    return api == QSGRendererInterface.GraphicsApi.Software
