"""Mails a second: database → render → SMTP → database by the real loop, against a plain smtplib loop, same sink.

Run: python -m tests.benchmarks.bench_send [RECIPIENTS]. Rounds are interleaved; the median and the ratio are printed.
"""

import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from restock_desk.domain.staff import Actor
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, templates
from restock_desk.services.desk import Desk
from restock_desk.store import open_store, upgrade
from tests.campaigning import DRAFT, many_waiting

ROUNDS = 3
SINK = "from tests.smtp_sink import Sink\nimport sys\nwith Sink().serving() as s:\n print(s.port, flush=True)\n input()"


def ours(folder: Path, port: int, people: int) -> float:
    """Mails a second of one whole send on SQLite."""
    store = open_store(f"sqlite:///{folder}/desk.db")
    upgrade.prepare(store)
    desk = Desk(store, Actor("bench"), lambda: datetime.now(UTC), lambda _: None, folder, "outbox:x", "bench:1:1")
    event_id = many_waiting(store, people)
    review = campaigns.review(desk, (event_id,), templates.create(desk, "Back", DRAFT).id)
    campaign = campaigns.launch(desk, review, f"smtp://127.0.0.1:{port}")
    began = time.perf_counter()
    report = delivery.deliver(desk, campaign.id, CancelToken(), wait=False)
    seconds = time.perf_counter() - began
    assert report.sent == people
    store.close()
    return people / seconds


def plain(port: int, people: int) -> float:
    """The usual way: EmailMessage and smtplib on one connection, no ledger."""
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in range(people):
            mail = EmailMessage()
            mail["From"], mail["To"] = "alerts@shop.example", f"p{number}@example.com"
            mail["Subject"] = "Product TEE-M is back"
            mail.set_content("Hi, it is back.")
            mail.add_alternative(f"<html><body><p>Hi p{number}, it is back.</p></body></html>", subtype="html")
            server.send_message(mail)
    return people / (time.perf_counter() - began)


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    results: list[tuple[float, float]] = []
    with subprocess.Popen([sys.executable, "-c", SINK], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sink:
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                results.append((ours(Path(folder), port, people), plain(port, people)))
        sink.kill()
    us, them = (statistics.median(column) for column in zip(*results, strict=True))
    ratio = statistics.median(a / b for a, b in results)
    print(f"{people:,} recipients, median of {ROUNDS}: ours {us:,.0f}/s, smtplib {them:,.0f}/s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
