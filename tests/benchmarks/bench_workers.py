"""Two worker processes against one, to a mail server that takes 40 ms for each mail.

Two connections a process, so that waiting and not this machine's cores is the limit. A PostgreSQL of its own, as the
tests start it. Run: python -m tests.benchmarks.bench_workers [RECIPIENTS]. The rounds are interleaved.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.domain.staff import Actor
from restock_desk.services import campaigns, workers
from restock_desk.services.desk import Desk
from restock_desk.store import open_store, upgrade
from tests.postgres import Server, started
from tests.worker.working import address, queued, until, worker

ROUNDS = 3
GOAL = 1.6
SINK = [sys.executable, "-m", "tests.sinks.smtp", "--forgets", "--dot-after-s", "0.04"]


def rate(server: Server, name: str, port: int, processes: int, people: int) -> float:
    """Mails a second from the launch until the campaign is finished, with so many processes waiting for it."""
    server.run(f"create database {name}")
    store = open_store(server.url(name))
    upgrade.upgrade(store)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        desk = Desk(store, Actor("bench"), lambda: datetime.now(UTC), lambda _: None, Path(folder), "", "bench:1:1")
        for _ in range(processes):
            stack.enter_context(worker(address(desk), Path(folder), "--metrics", "off", "--slots", "2"))
        until(lambda: len(workers.alive(desk)) == processes)
        campaign = queued(desk, people, f"smtp://127.0.0.1:{port}?connections=1")
        began = time.perf_counter()
        until(lambda: campaigns.campaign(desk, campaign.id).state is CampaignState.FINISHED, 600)
        seconds = time.perf_counter() - began
        assert campaigns.tally(desk, campaign.id).states[DeliveryState.SENT] == people
    store.close()
    return people / seconds


def main() -> int:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1_600
    found: list[tuple[float, float]] = []
    with started() as server, subprocess.Popen(
        SINK, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as sink:  # fmt: skip
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        for number in range(ROUNDS):
            one, two = (rate(server, f"bench_{number}_{n}", port, n, people) for n in (1, 2))
            found.append((one, two))
            print(f"round {number + 1}: one {one:,.1f}/s, two {two:,.1f}/s, ratio {two / one:.2f}", flush=True)
        sink.kill()
    ratio = statistics.median(two / one for one, two in found)
    one, two = (statistics.median(column) for column in zip(*found, strict=True))
    print(f"{people:,} recipients, median of {ROUNDS}: one {one:,.1f}/s, two {two:,.1f}/s, ratio {ratio:.2f}")
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    raise SystemExit(main())
