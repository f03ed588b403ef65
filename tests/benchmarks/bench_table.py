"""The subscriber list at 1,000,000 rows in SQLite: jump to painted rows, search, and how long the window stands still.

Every jump is taken beside a control: the same page read by the store alone. Only the ratios travel between machines.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from sqlalchemy import text

from restock_desk.domain.listing import Listing
from restock_desk.domain.staff import Actor
from restock_desk.jobs import JobRunner
from restock_desk.services import listing as listings
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store, search, upgrade
from restock_desk.ui import start, theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.list_view import ListView

ROWS = int(os.environ.get("RESTOCK_DESK_BENCH_ROWS", "1000000"))
NAMES = ("ana", "boris", "carla", "dimitri", "elif", "farid", "greta", "hugo", "ines", "jonas")
FAMILIES = ("silva", "lindqvist", "okafor", "petrov", "dubois", "tanaka", "novak", "rossi", "haddad", "murphy")


def fill(store: Store) -> None:
    """So many people, in one statement a chunk, then the search index as after an import."""
    random = Random(7)
    now = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1_000_000)
    insert = text(
        "insert into subscriber (id, email, email_key, custom_id, first_name, last_name, consent, created_at,"
        " updated_at) values (:id, :email, :email, :custom, :first, :last, 'subscribed', :at, :at)"
    )
    with store.unit() as u:
        search.drop(u, "subscriber")
        u.commit()
    for first in range(1, ROWS + 1, 50_000):
        rows = []
        for n in range(first, min(ROWS + 1, first + 50_000)):
            name, family = random.choice(NAMES), random.choice(FAMILIES)
            rows.append(
                {"id": n, "email": f"{name}.{family}{n}@mail{n % 97}.example", "custom": f"C{n}", "first": name,
                 "last": family, "at": now + n * 1_000_000}
            )  # fmt: skip
        with store.unit() as u:
            u.connection.execute(insert, rows)
            u.commit()
    with store.unit() as u:
        search.rebuild(u, "subscriber")
        u.commit()


class Painted(QObject):
    """Counts the paints of a viewport."""

    def __init__(self) -> None:
        super().__init__()
        self.n = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.n += event.type() == QEvent.Type.Paint
        return False


class Stall:
    """The longest time between two ticks of a 5 ms timer."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._last = time.perf_counter()
        self.clock = QTimer()
        self.clock.timeout.connect(self._tick)
        self.clock.start(5)

    def reset(self) -> None:
        self.worst, self._last = 0.0, time.perf_counter()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.worst = max(self.worst, now - self._last)
        self._last = now


def until(app: QApplication, ready: Callable[[], bool], seconds: float = 60) -> float:
    begin = time.perf_counter()
    while not ready():
        app.processEvents()
        if time.perf_counter() - begin > seconds:
            raise TimeoutError
    return (time.perf_counter() - begin) * 1000


def told(name: str, values: list[float], goal: float) -> None:
    values.sort()
    p95 = values[int(len(values) * 0.95)]
    print(f"{name:<34} median {statistics.median(values):7.1f} ms   p95 {p95:7.1f} ms   goal {goal:.0f} ms")


def main() -> None:
    """On a database made for the purpose, or on the one named in the environment."""
    with tempfile.TemporaryDirectory() as folder:
        kept = os.environ.get("RESTOCK_DESK_BENCH_DB")
        store = open_store(f"sqlite:///{kept or folder + '/desk.db'}")
        upgrade.prepare(store)
        if not kept:
            begin = time.perf_counter()
            fill(store)
            print(f"{ROWS:,} subscribers made and indexed in {time.perf_counter() - begin:.0f} s")
        desk = Desk(
            store, Actor("bench"), lambda: datetime.now(UTC), lambda _: None, Path(folder), f"outbox:{folder}", "b:1:1"
        )
        measure(desk)
        store.close()


def measure(desk: Desk) -> None:
    app = start.make_app()
    theme.apply(app, "light")
    runner = JobRunner()
    bridge = Bridge(runner)
    view = ListView(desk, bridge, "subscribers")
    view.resize(1096, 760)
    stall = Stall()
    idle = time.perf_counter() + 2
    until(app, lambda: time.perf_counter() > idle)
    print(f"{'control: longest stall doing nothing':<34} {stall.worst * 1000:.0f} ms")
    stall.reset()
    begin = time.perf_counter()
    view.show()
    until(app, lambda: view.model.rowCount() > 0)
    print(f"{'first rows':<34} {(time.perf_counter() - begin) * 1000:.0f} ms")
    until(app, lambda: view.model.rowCount() == ROWS and view.model._ids is not None)
    print(f"{'whole order known':<34} {(time.perf_counter() - begin) * 1000:.0f} ms")
    print(f"{'longest stall meanwhile':<34} {stall.worst * 1000:.0f} ms   goal 50 ms")
    jumps(app, desk, view, stall)
    searches(app, view, stall)
    view.model.stop()
    bridge.close()
    runner.close()


def there(view: ListView, row: int) -> bool:
    """Whether what is seen from `row` on has come."""
    return all(view.model.row_at(n) is not None for n in (row, row + 20))


def jumps(app: QApplication, desk: Desk, view: ListView, stall: Stall) -> None:
    painted, random = Painted(), Random(3)
    view.table.viewport().installEventFilter(painted)
    taken, alone, came = [], [], [0]
    view.model.dataChanged.connect(lambda *_: came.__setitem__(0, painted.n))
    worst = 0.0
    for _ in range(200):
        stall.reset()
        row = random.randrange(ROWS - 40)
        begin = time.perf_counter()
        view.table.verticalScrollBar().setValue(row)
        until(app, partial(there, view, row))
        until(app, lambda: painted.n > came[0])
        taken.append((time.perf_counter() - begin) * 1000)
        worst = max(worst, stall.worst)
        begin = time.perf_counter()
        listings.page(desk, Listing("subscribers"), random.randrange(ROWS - 200), 200)
        alone.append((time.perf_counter() - begin) * 1000)
    told("jump to painted rows", taken, 50)
    told("control: page by offset, no window", alone, 50)
    print(f"{'longest stall while jumping':<34} {worst * 1000:.0f} ms   goal 50 ms")


def searches(app: QApplication, view: ListView, stall: Stall) -> None:
    """From the question to the painted first rows; the next word waits until everything of the one before is known."""
    painted, random = Painted(), Random(5)
    view.table.viewport().installEventFilter(painted)
    stall.reset()
    words = [f"{random.choice(FAMILIES)}{random.randrange(1000, 9999)}" for _ in range(20)]
    words += [str(random.randrange(100_000, 999_999)) for _ in range(20)] + ["ilv", "okafor", "mail42", "ana.s", "tan"]
    groups = {
        "search": words,
        "search, a tenth of all rows": [*(name for name in NAMES if len(name) > 2), *FAMILIES],
        "search, one or two letters": ["j", "jo", "an", "mu", "z", "qq", "c", "9", "he", "si"] * 2,
    }
    arrived: list[bool] = []
    view.model.arrived.connect(arrived.append)
    for name, group in groups.items():
        taken = []
        for word in group:
            arrived.clear()
            begin = time.perf_counter()
            view.set_search(word)
            until(app, lambda: bool(arrived))
            so_far = painted.n
            until(app, lambda n=so_far: painted.n > n)  # type: ignore[misc]  # called at once
            taken.append((time.perf_counter() - begin) * 1000)
            until(app, lambda: view.model.complete)
        told(f"{name} to painted rows", taken, 100)
    print(f"{'longest stall while searching':<34} {stall.worst * 1000:.0f} ms   goal 50 ms")


if __name__ == "__main__":
    main()
