"""Mails a second: database → render → MIME → SMTP → database by the real loop, beside others on the same server.

Run: python -m tests.benchmarks.bench_send [RECIPIENTS] [ROUNDS]. Rounds are interleaved; medians and the medians of
each round's ratios are printed. The server is Postfix's smtp-sink; a slow peer sends fewer mails.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from restock_desk.domain.shop import Shop
from restock_desk.domain.staff import Actor
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, shop, templates
from restock_desk.services.desk import Desk
from restock_desk.store import open_store, upgrade
from tests.benchmarks import peers
from tests.benchmarks.bench_render import MAIL
from tests.campaigning import many_waiting

ROOT = Path(__file__).resolve().parents[2]
SHOP = Shop(
    name="Example shop", url="https://shop.example", public_url="https://mail.shop.example",
    cart_url="https://shop.example/cart/{variant}", sender_email="alerts@shop.example", postal_address="1 Any Road",
)  # fmt: skip
"""It has a web service, so that every link of a mail is signed for its reader."""
FEWER = 10
"""A peer that is slow sends a tenth."""
_HELPER = """
import sys
from tests.benchmarks.bench_send import desk_of
from restock_desk.jobs import CancelToken
from restock_desk.services import delivery
desk = desk_of(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
delivery.deliver(desk, int(sys.argv[2]), CancelToken(), wait=False)
print("done", flush=True)
"""


def desk_of(url: str) -> Desk:
    """A desk of this process on a database."""
    pid = os.getpid()
    start = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19]
    host = f"{socket.gethostname()}:{pid}:{start}"
    folder = Path(url.removeprefix("sqlite:///")).parent
    return Desk(open_store(url), Actor("bench"), lambda: datetime.now(UTC), lambda _: "word", folder, "outbox:x", host)


@contextmanager
def launched(address: str, people: int) -> Iterator[tuple[Desk, int, str]]:
    """A launched campaign on a fresh SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/desk.db"
        desk = desk_of(url)
        upgrade.prepare(desk.store)
        shop.save(desk, SHOP)
        event_id = many_waiting(desk.store, people)
        review = campaigns.review(desk, (event_id,), templates.create(desk, "Back", MAIL).id)
        yield desk, campaigns.launch(desk, review, address).id, url
        desk.store.close()


@contextmanager
def campaign(address: str, people: int) -> Iterator[tuple[Desk, int, str]]:
    """The same, and at the end all of it was sent."""
    with launched(address, people) as (desk, campaign_id, url):
        yield desk, campaign_id, url
        report = delivery.deliver(desk, campaign_id, CancelToken(), wait=False)
        tally = campaigns.tally(desk, campaign_id)
        assert tally.states[delivery.S.SENT] == people, report


def ours(port: int, people: int) -> float:
    """One process."""
    with campaign(f"smtp://127.0.0.1:{port}", people) as (desk, campaign_id, _):
        began = time.perf_counter()
        delivery.deliver(desk, campaign_id, CancelToken(), wait=False)
        return people / (time.perf_counter() - began)


def ours_twice(port: int, people: int) -> float:
    """Two processes on one SQLite file."""
    with campaign(f"smtp://127.0.0.1:{port}", people) as (_, campaign_id, url):
        command = [sys.executable, "-c", _HELPER, url, str(campaign_id)]
        both = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
            for _ in range(2)
        ]
        for one in both:
            assert one.stdout is not None
            one.stdout.readline()
        began = time.perf_counter()
        for one in both:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        for one in both:
            assert one.stdout is not None
            one.stdout.readline()
        seconds = time.perf_counter() - began
        for one in both:
            one.communicate()
        return people / seconds


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Postfix's smtp-sink on a free port of loopback."""
    tool = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    if not Path(tool).exists():
        sys.exit("smtp-sink is missing: apt-get install postfix (it need not run).")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    sink = subprocess.Popen([tool, *user, f"127.0.0.1:{port}", "1000"])
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            CancelToken().wait(0.05)
        yield port
    finally:
        sink.terminate()
        sink.wait()


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    peers.install()
    ways: dict[str, tuple[Callable[[int, int], float], int]] = {
        "ours, one process": (ours, people),
        "smtp-source": (peers.smtp_source, people),
        "ours, two processes": (ours_twice, people),
        "nodemailer, pool of 8": (peers.nodemailer, people // FEWER),
        "aiosmtplib, 8 connections": (peers.aiosmtplib, people // FEWER),
        "EmailMessage and smtplib": (peers.plain, people // FEWER),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    with smtp_sink() as port:
        for number in range(rounds):
            for name, (way, mails) in ways.items():
                rates[name].append(way(port, mails))
            print(f"round {number + 1}: " + ", ".join(f"{name} {found[-1]:,.0f}/s" for name, found in rates.items()))
    print(f"\n{people:,} recipients, {rounds} rounds, load {os.getloadavg()[0]:.1f}")
    for name, found in rates.items():
        to_source = statistics.median(a / b for a, b in zip(found, rates["smtp-source"], strict=True))
        to_node = statistics.median(a / b for a, b in zip(found, rates["nodemailer, pool of 8"], strict=True))
        middle = statistics.median(found)
        print(f"{name:28} {middle:8,.0f}/s   {to_source:5.2f} × smtp-source   {to_node:6.2f} × nodemailer")


if __name__ == "__main__":
    main()
