"""A campaign of 1,000,000 people: its figures, its log, its causes, and the window's frames while it is sent.

RESTOCK_DESK_BENCH_ROWS for another size, RESTOCK_DESK_BENCH_DB to keep the database for the next run. It is sent to a
transport that accepts at once: mails are claimed, made and settled by the real loop on its lane, as fast as it can.
Controls: the same window while nothing is sent, and while another page is shown.
"""

import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from restock_desk.domain.listing import Filter, Listing, Op
from restock_desk.domain.staff import Actor
from restock_desk.jobs import CancelToken, JobRunner
from restock_desk.services import campaigns, delivery, listing, templates
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.store import open_store, search, tallies, upgrade
from restock_desk.ui import start, theme
from restock_desk.ui.campaigns import CampaignsPage
from restock_desk.ui.window import Window
from tests.campaigning import DRAFT, Scripted, many_waiting

ROWS = int(os.environ.get("RESTOCK_DESK_BENCH_ROWS", "1000000"))
TROUBLE = ROWS // 10
SECONDS = 30


def told(what: str, values: list[float], goal: str = "") -> None:
    """One line: median, 99th percentile, worst."""
    values.sort()
    p99 = values[min(len(values) - 1, int(len(values) * 0.99))]
    print(f"{what:<52} median {statistics.median(values):7.1f}   p99 {p99:7.1f}   worst {values[-1]:7.1f} ms  {goal}")


def timed(what: str, fn: Callable[[], object], goal: str = "", times: int = 15) -> None:
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        fn()
        taken.append((time.perf_counter() - begin) * 1_000)
    told(what, taken, goal)


def launch(desk: Desk) -> None:
    """So many wait, and the campaign to them is live."""
    begin = time.perf_counter()
    event_id = many_waiting(desk.store, ROWS)
    with desk.store.unit() as u:
        search.rebuild(u, "subscriber")
        u.commit()
    people = time.perf_counter() - begin
    review = campaigns.review(desk, (event_id,), templates.create(desk, "Back", DRAFT).id)
    begin = time.perf_counter()
    campaign = campaigns.launch(desk, review)
    print(f"{campaign.audience:,} people made in {people:.0f} s, queued in {time.perf_counter() - begin:.0f} s")


def trouble(desk: Desk) -> None:
    """A tenth failed for one of a few causes."""
    assert desk.store.path is not None
    causes = [f"550 5.{n}.1 …: refused for reason number {'abcdefgh'[n]}" for n in range(8)]
    with closing(sqlite3.connect(desk.store.path)) as connection:
        last = connection.execute("select max(id) from delivery").fetchone()[0]
        connection.executemany(
            "update delivery set state = 'failed', cause = ?, reason = ? where id = ?",
            ((causes[n % 8], f"{causes[n % 8]} {n}", last - n) for n in range(TROUBLE)),
        )
        connection.commit()
    with desk.store.unit() as u:
        tallies.recount(u, 1)
        u.commit()


def figures(desk: Desk) -> None:
    with desk.store.reading() as u:
        timed("a look: campaign, states, next due", partial(campaigns.standing, desk, 1), "goal 5")
        timed("control: states counted from the rows", partial(tallies.counted, u, 1), times=3)
        timed("all counters compared with all rows", lambda: tallies.wrong(u), times=1)
    timed(f"{TROUBLE:,} failures grouped by cause", partial(campaigns.causes, desk, 1))


def log(desk: Desk) -> None:
    random, scope = Random(3), (("campaign_id", 1),)
    failed = Filter("state", Op.IS, "failed")
    cause = Filter("cause", Op.IS, campaigns.causes(desk, 1)[0].words)

    def page(offset: int = 0, **more: object) -> object:
        return listing.page(desk, Listing("deliveries", scope=scope, **more), offset, 200)  # type: ignore[arg-type]

    timed("log: first page", page)
    timed("log: a page anywhere", lambda: page(random.randrange(ROWS - 200)), times=30)
    timed("log: one address searched", lambda: page(search=f"p{random.randrange(ROWS)}@exam"))
    timed("log: first page of the failed", lambda: page(filters=(failed,)))
    timed("log: first page of one cause", lambda: page(filters=(failed, cause)))
    timed("log: first page by time sent", lambda: page(sort="sent_at", descending=True), times=3)


class Frames:
    """How late a timer of 4 ms comes: what a frame would have waited for."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._last = time.perf_counter()
        self.clock = QTimer()
        self.clock.setInterval(4)
        self.clock.timeout.connect(self._tick)
        self.clock.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, (now - self._last) * 1000 - 4))
        self._last = now

    def taken(self) -> list[float]:
        found, self.late, self._last = self.late, [], time.perf_counter()
        return found


def window(desk: Desk) -> None:
    app = start.make_app()
    theme.apply(app, "light")
    sys.setswitchinterval(start.SWITCH_S)
    runner = JobRunner()
    shown = Window(desk, runner, Settings())
    shown.resize(1280, 800)
    shown.show()
    shown.open_page("campaigns", campaign=1)
    page = shown.page("campaigns")
    assert isinstance(page, CampaignsPage)
    run(app, 5)
    frames, token = Frames(), CancelToken()
    run(app, 10)
    told("frames late while nothing is sent", frames.taken())
    before = campaigns.tally(desk, 1).begun
    sending = runner.run(
        "sends", lambda: delivery.deliver(desk, 1, token, wait=False, transport=Scripted(url="outbox:none", batch=16))
    )
    began = time.perf_counter()
    run(app, SECONDS)
    told("frames late while it is sent at full rate", frames.taken(), "goal p99 16")
    rate = (campaigns.tally(desk, 1).begun - before) / (time.perf_counter() - began)
    print(f"{'sent meanwhile':<52} {rate:,.0f} per second; shown: {page.detail.figures.rate.words[0]}")
    shown.open_page("settings")
    run(app, 5)
    frames.taken()
    run(app, SECONDS // 2)
    told("frames late while it is sent, another page shown", frames.taken())
    token.cancel()
    while not sending.done():
        app.processEvents()
    sending.result()
    shown.close()
    runner.close()


def run(app: QApplication, seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        app.processEvents()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = os.environ.get("RESTOCK_DESK_BENCH_DB")
        store = open_store(f"sqlite:///{kept or folder + '/desk.db'}")
        upgrade.prepare(store)
        desk = Desk(
            store, Actor("bench"), lambda: datetime.now(UTC), lambda _: None, Path(folder), f"outbox:{folder}", "b:1:1"
        )
        if not listing.page(desk, Listing("campaigns"), 0, 1):
            launch(desk)
            trouble(desk)
        figures(desk)
        log(desk)
        window(desk)
        store.close()


if __name__ == "__main__":
    main()
