"""A first file of 1,000,000 people into SQLite, beside the `.import` of the sqlite3 shell into a bare table.

Both take the same file in turns in one run, each import in a process of its own, so that its peak of memory is its own.
The rate leaves out the search index and the indexes that sort lists, which are built after it; the whole time is
printed, too. The same file again must change nothing.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

from restock_desk.domain.imports import ImportKind, ReadOptions
from restock_desk.domain.staff import Actor
from restock_desk.services import imports
from restock_desk.services.desk import Desk
from restock_desk.store import open_store, upgrade

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("RESTOCK_DESK_BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("RESTOCK_DESK_BENCH_ROUNDS", "3"))
WORDS = ("subscribed", "subscribed", "subscribed", "pending", "never", "unsubscribed")
NAMES = ("Ana", "Ben", "Carla", "Dimitri", "Elif", "Farid", "Greta", "Hugo", "Inês", "Jonas")


def write(path: Path) -> None:
    chance = Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("custom_id,email,first_name,locale,consent\n")
        for n in range(ROWS):
            name, number = chance.choice(NAMES), chance.randrange(10**9)
            word = chance.choice(WORDS)
            file.write(f"c{n},{name.lower().replace('ê', 'e')}.{number}.{n}@example.com,{name},en-GB,{word}\n")


def bare(folder: Path, path: Path) -> float:
    """Seconds of the shell's own import."""
    target = folder / "bare.db"
    target.unlink(missing_ok=True)
    script = f"create table t (a, b, c, d, e);\n.mode csv\n.import {path} t\n"
    began = time.perf_counter()
    subprocess.run(["sqlite3", str(target)], input=script, text=True, check=True)
    return time.perf_counter() - began


def ours(path: Path, database: Path) -> None:
    """In a process of its own: import, and print the figures as JSON."""
    store = open_store(f"sqlite:///{database}")
    upgrade.prepare(store)
    desk = Desk(
        store=store, actor=Actor("bench"), now=lambda: datetime.now(UTC), secret=lambda _: None,
        data_dir=database.parent, transport=f"outbox:{database.parent}/outbox", host="here:1:1",
    )  # fmt: skip
    began = time.perf_counter()
    report = imports.run(desk, path, ImportKind.SUBSCRIBERS, ReadOptions())
    whole = time.perf_counter() - began
    store.close()
    told = {"seconds": report.seconds, "whole": whole, "accepted": report.accepted, "unchanged": report.unchanged}
    print(json.dumps(told | {"peak": peak()}))


def peak() -> float:
    """The largest resident set of this process so far, in MB."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def child(path: Path, database: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, str(path), str(database)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-import-"))
    try:
        path = folder / "people.csv"
        write(path)
        shell, first, again = [], [], []
        for number in range(ROUNDS):
            for old in folder.glob("desk.db*"):
                old.unlink()
            shell.append(bare(folder, path))
            first.append(child(path, folder / "desk.db"))
            if number == 0:
                again.append(child(path, folder / "desk.db"))
            one = first[-1]
            print(f"round {number + 1}: .import {shell[-1]:.2f} s, ours {one['seconds']:.2f} s, ", end="")
            print(f"with all indexes {one['whole']:.1f} s, peak {one['peak']:.0f} MB", flush=True)
        ratio = statistics.median(a / b["seconds"] for a, b in zip(shell, first, strict=True))
        took, whole = (statistics.median(one[name] for one in first) for name in ("seconds", "whole"))
        most, same = max(one["peak"] for one in first), again[0]
        print(f"{ROWS:,} people, {path.stat().st_size / 1e6:.0f} MB, medians of {ROUNDS} rounds in turns")
        print(f"rate: {ROWS / took:,.0f} rows/s, {ratio:.2f} x the rate of .import   (goal: at least 0.25)")
        print(f"with the search index and the sorting ones: {whole:.1f} s   (no goal)")
        print(f"peak memory: {most:.0f} MB   (goal: below 300)")
        print(f"the same file again: {same['seconds']:.1f} s, peak {same['peak']:.0f} MB   (goal: below 60 s)")
        print(f"of it changed: {same['accepted']:,.0f}, unchanged: {same['unchanged']:,.0f}   (goal: 0 changed)")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        ours(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        main()
