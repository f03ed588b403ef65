"""The window's frames while it sends at full rate from its own thread: how late the GUI thread comes round.

Run: python tests/benchmarks/bench_frames.py [RECIPIENTS]. The Campaigns page shows the campaign that is being sent;
a timer of 4 ms tells how much later than that it came. Beside it: the same window doing nothing. Postfix's smtp-sink.
"""

import os
import statistics
import sys
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer

from restock_desk.jobs import JobRunner
from restock_desk.services import campaigns
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.ui import start, theme
from restock_desk.ui.window import Window
from tests.benchmarks.bench_send import launched, smtp_sink

TICK_MS = 4
GOAL_MS = 16
IDLE_S = 5.0


class Beat(QObject):
    """How late the GUI thread was at each tick, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self.late, self._last = [], time.perf_counter()
        self._timer.start()

    def stop(self) -> list[float]:
        self._timer.stop()
        return self.late

    def _tick(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, (now - self._last) * 1000 - TICK_MS))
        self._last = now


def during(beat: Beat, over: threading.Event) -> list[float]:
    """The lateness of every tick until `over` is set."""
    loop, ask = QEventLoop(), QTimer()
    ask.setInterval(50)
    ask.timeout.connect(lambda: loop.quit() if over.is_set() else None)
    beat.start()
    ask.start()
    loop.exec()
    ask.stop()
    return beat.stop()


def after(seconds: float) -> threading.Event:
    over = threading.Event()
    threading.Timer(seconds, over.set).start()
    return over


def finished(desk: Desk, campaign_id: int) -> threading.Event:
    """Set once all of it is sent; asked on a thread of its own, as another process would."""
    over, pause = threading.Event(), threading.Event()

    def watch() -> None:
        while campaigns.tally(desk, campaign_id).unfinished:
            pause.wait(0.5)
        over.set()

    threading.Thread(target=watch, daemon=True).start()
    return over


def told(late: list[float]) -> str:
    ordered = sorted(late)
    p99 = ordered[int(len(ordered) * 0.99)]
    return f"median {statistics.median(ordered):.1f}, p99 {p99:.1f}, max {ordered[-1]:.1f} ms ({len(ordered)} ticks)"


def main() -> int:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    app = start.make_app()
    theme.apply(app, "light")
    runner = JobRunner()
    with smtp_sink() as port, launched(f"smtp://127.0.0.1:{port}?connections=8", people) as (desk, campaign_id, _):
        campaigns.pause(desk, campaign_id)
        window = Window(desk, runner, Settings())
        window.resize(1280, 800)
        window.show()
        window.start()
        window.open_page("campaigns", campaign_id=campaign_id)
        beat = Beat()
        during(beat, after(3))
        idle = during(beat, after(IDLE_S))
        campaigns.resume(desk, campaign_id)
        began = time.perf_counter()
        busy = during(beat, finished(desk, campaign_id))
        rate = people / (time.perf_counter() - began)
        window.close()
        runner.close()
    print(f"{people:,} recipients, {rate:,.0f}/s from the window, load {os.getloadavg()[0]:.1f}")
    print(f"doing nothing: {told(idle)}")
    print(f"sending:       {told(busy)} (goal p99 {GOAL_MS})")
    return 0 if sorted(busy)[int(len(busy) * 0.99)] <= GOAL_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
