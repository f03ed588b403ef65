"""Python's cycle collector, kept on the GUI thread while the window lives.

A collection started by a worker thread may free Qt objects there, and Qt aborts the process for it.
"""

import gc

from PySide6.QtCore import QDeadlineTimer, QObject, QTimer

EVERY_MS = 500
FULL_EVERY_MS = 60_000
"""A full collection walks everything that lives and may take 50 ms: seldom, and never what was there at the start."""


class Collector(QObject):
    """Takes over from the automatic collector until `stop`. Several may live at once; the last one hands back."""

    _living = 0

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        Collector._living += 1
        self._stopped = False
        gc.disable()
        if Collector._living == 1:
            gc.freeze()
        self._full = QDeadlineTimer(FULL_EVERY_MS)
        self._clock = QTimer(self)
        self._clock.timeout.connect(self.look)
        self._clock.start(EVERY_MS)

    def look(self) -> None:
        """Collect what has grown over Python's own thresholds, the oldest generation that did."""
        counts = zip(gc.get_count(), gc.get_threshold(), strict=True)
        grown = [number for number, (n, most) in enumerate(counts) if n > most]
        if grown[-1:] == [2] and not self._full.hasExpired():
            grown = [1]
        if grown:
            gc.collect(grown[-1])
        if grown[-1:] == [2]:
            self._full.setRemainingTime(FULL_EVERY_MS)

    def stop(self) -> None:
        """Give the collector back, once."""
        if not self._stopped:
            self._stopped = True
            self._clock.stop()
            Collector._living -= 1
            if not Collector._living:
                gc.unfreeze()
                gc.enable()
