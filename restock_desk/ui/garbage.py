"""Python's cycle collector, kept on the GUI thread while the window lives.

A collection started by a worker thread may free Qt objects there, and Qt aborts the process for it.
"""

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 500


class Collector(QObject):
    """Takes over from the automatic collector until `stop`. Several may live at once; the last one hands back."""

    _living = 0

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        Collector._living += 1
        self._stopped = False
        gc.disable()
        self._clock = QTimer(self)
        self._clock.timeout.connect(self.look)
        self._clock.start(EVERY_MS)

    def look(self) -> None:
        """Collect what has grown over Python's own thresholds, the oldest generation that did."""
        grown = [
            number for number, (n, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)) if n > most
        ]
        if grown:
            gc.collect(grown[-1])

    def stop(self) -> None:
        """Give the collector back, once."""
        if not self._stopped:
            self._stopped = True
            self._clock.stop()
            Collector._living -= 1
            if not Collector._living:
                gc.enable()
