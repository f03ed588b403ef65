"""Browsing 1,000,000 subscribers in SQLite without a window: jumps, searches, the vector of ids. Goals beside figures.

`python tests/benchmarks/bench_browse.py [FOLDER]` keeps the database in FOLDER for the next run. Figures of another
machine compare by their ratio to the control: the primary key lookup of 200 rows through the bare sqlite3 module.
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

sys.path.insert(0, str(Path(__file__).parents[2]))

from restock_desk.domain.listing import Listing
from restock_desk.store import Store, listing, open_store, search, upgrade
from restock_desk.store.schema import micros

ROWS = int(os.environ.get("RESTOCK_DESK_BENCH_ROWS", "1000000"))
FIRST = ("ana", "boris", "carla", "dimitri", "elif", "farid", "greta", "hugo", "ines", "jonas", "mateo", "zoe", "wren")
LAST = ("silva", "lindqvist", "okafor", "petrov", "dubois", "tanaka", "novak", "rossi", "garcia", "kowalski", "zhang")
SEARCHES = {
    "rare": [f"{n}@exam" for n in range(123_456, 163_456, 2_000)],
    "frequent": ["garcia", "kowal", "exam", "com", "ana", "sil", "example.com", "petrov", "rossi", "zhang"],
    "none": [f"qqx{n}" for n in range(20)],
    "digits": [str(n) for n in range(9_900, 9_920)],
    "2 letters": ["zh", "an", "go", "qq", "ma", "z", "q", "9"],
}


def fill(store: Store) -> None:
    random, now = Random(7), micros(datetime(2026, 3, 1, tzinfo=UTC))
    assert store.path is not None
    columns = "email, email_key, custom_id, first_name, last_name, locale, consent, created_at, updated_at"
    with closing(sqlite3.connect(store.path)) as connection:
        for start in range(0, ROWS, 50_000):
            rows = []
            for n in range(start, min(start + 50_000, ROWS)):
                first, last = random.choice(FIRST), random.choice(LAST)
                email = f"{first}.{last}{n}@example.{random.choice(('com', 'net', 'org'))}"
                at = now - random.randrange(10**14)
                rows.append((email, email, f"c-{n}", first.title(), last.title(), "en", "subscribed", at, at))
            connection.executemany(f"insert into subscriber ({columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            connection.commit()


def timed(fn: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    fn()
    return (time.perf_counter() - start) * 1_000


def told(what: str, figures: list[float], goal: float, control: float) -> None:
    """One line: median, 95th percentile, goal, and the median as a multiple of the control."""
    p50, p95 = statistics.median(figures), sorted(figures)[min(len(figures) - 1, int(len(figures) * 0.95))]
    mark = "ok" if p95 <= goal else "SLOW"
    print(f"{what:38} p50 {p50:8.1f} ms   p95 {p95:8.1f} ms   goal p95 {goal:6.0f} ms  {mark:4}  x{p50 / control:7.1f}")


def control(store: Store, random: Random) -> float:
    assert store.path is not None
    with closing(sqlite3.connect(store.path)) as connection:

        def fetch() -> None:
            ids = ",".join(str(random.randrange(1, ROWS)) for _ in range(200))
            connection.execute(f"select * from subscriber where id in ({ids})").fetchall()

        return statistics.median(timed(fetch) for _ in range(30))


def browse(store: Store) -> None:
    random = Random(3)
    base = control(store, random)
    size = store.path.stat().st_size >> 20 if store.path else 0
    print(f"control: 200 rows by primary key {base:.2f} ms; {ROWS:,} rows, {size} MB")
    with store.reading() as u:

        def jump(asked: Listing) -> None:
            listing.page(u, asked, random.randrange(ROWS), 200)

        def search_for(asked: Listing) -> None:
            """What the window asks for after a key stroke: the first page and the count up to 10,000."""
            listing.page(u, asked, 0, 200)
            listing.count(u, asked, 10_000)

        def vector(asked: Listing) -> None:
            listing.ids(u, asked, lambda: False)

        def figures(fn: Callable[[Listing], None], asked: list[Listing]) -> list[float]:
            return [timed(partial(fn, one)) for one in asked]

        for sort in ("", "created_at", "last_name"):
            told(f"jump, by {sort or 'e-mail'}", figures(jump, [Listing("subscribers", sort=sort)] * 60), 40, base)
        for kind, words in SEARCHES.items():
            for sort in ("", "created_at"):
                asked = [Listing("subscribers", word, sort=sort) for word in words * 2]
                told(f"{kind}, by {sort or 'e-mail'}, page and count", figures(search_for, asked), 100, base)
        asked = [Listing("subscribers", sort=sort) for sort in ("", "created_at")]
        told("vector of all ids", figures(vector, asked), 1_000, base)


def main() -> None:
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as temporary:
        store = open_store(f"sqlite:///{(given or Path(temporary)) / f'browse-{ROWS}.db'}")
        fresh = upgrade.state(store).kind == "empty"
        upgrade.prepare(store)
        if fresh:
            print(f"rows written in {timed(lambda: fill(store)) / 1_000:.1f} s")

            def index() -> None:
                with store.unit() as u:
                    search.rebuild(u, "subscriber")
                    u.commit()

            print(f"search index built in {timed(index) / 1_000:.1f} s")
        browse(store)
        store.close()


if __name__ == "__main__":
    main()
