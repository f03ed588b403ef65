"""What encryption and a login cost: the real loop to a server of ours, in clear and with STARTTLS and AUTH.

Run: python -m tests.benchmarks.bench_secure [RECIPIENTS] [ROUNDS]. Rounds are interleaved; the median of each round's
ratio is printed, and the processor time of a mail, because the server here is not Postfix's and may be the limit.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from restock_desk.jobs import CancelToken
from restock_desk.services import delivery
from tests.benchmarks.bench_send import ROOT, campaign

OFFERS = "8BITMIME,PIPELINING"


@contextmanager
def sink(*words: str) -> Iterator[int]:
    """The server in a process of its own."""
    command = [sys.executable, "-m", "tests.sinks.smtp", "--forgets", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        assert process.stdin is not None
        process.stdin.close()


def sent(address: str, people: int) -> tuple[float, float]:
    """Mails a second, and microseconds of this process's processor time for each."""
    with campaign(address, people) as (desk, campaign_id, _):
        used, began = _cpu(), time.perf_counter()
        delivery.deliver(desk, campaign_id, CancelToken(), wait=False)
        return people / (time.perf_counter() - began), (_cpu() - used) / people * 1e6


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    clear: list[tuple[float, float]] = []
    secure: list[tuple[float, float]] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        sink("--tls", folder, "--offers", f"{OFFERS},STARTTLS,AUTH PLAIN") as locked,
        sink("--offers", OFFERS) as bare,
    ):
        os.environ["SSL_CERT_FILE"] = str(Path(folder) / "cert.pem")
        for number in range(rounds):
            clear.append(sent(f"smtp://127.0.0.1:{bare}?connections=8", people))
            secure.append(sent(f"smtp://shop@127.0.0.1:{locked}?connections=8", people))
            told = [f"{name} {found[-1][0]:,.0f}/s {found[-1][1]:.0f} us" for name, found in _named(clear, secure)]
            print(f"round {number + 1}: {', '.join(told)}", flush=True)
    ratio = statistics.median(b[0] / a[0] for a, b in zip(clear, secure, strict=True))
    more = statistics.median(b[1] - a[1] for a, b in zip(clear, secure, strict=True))
    print(
        f"{people:,} recipients, {rounds} rounds, load {os.getloadavg()[0]:.1f}: encrypted and logged in {ratio:.2f} x"
    )
    print(f"the rate in clear, {more:+.0f} us of processor time a mail (medians of the rounds)")


def _named(
    clear: list[tuple[float, float]], secure: list[tuple[float, float]]
) -> tuple[tuple[str, list[tuple[float, float]]], ...]:
    return ("in clear", clear), ("encrypted", secure)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
