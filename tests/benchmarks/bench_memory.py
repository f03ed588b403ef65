"""Whether sending stays as small as it began: a queue of a million, sent from for a while, resident memory watched.

Run: python -m tests.benchmarks.bench_memory [RECIPIENTS] [SECONDS]. The server is Postfix's smtp-sink.
"""

import os
import resource
import sys
import threading
import time
from pathlib import Path

from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery
from tests.benchmarks.bench_send import launched, smtp_sink

GOAL_MB = 150


def resident_mb() -> float:
    """Resident set of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 120
    with smtp_sink() as port, launched(f"smtp://127.0.0.1:{port}", people) as (desk, campaign_id, _):
        token = CancelToken()
        before, most = resident_mb(), 0.0
        threading.Timer(seconds, token.cancel).start()
        thread = threading.Thread(target=delivery.deliver, args=(desk, campaign_id, token), kwargs={"wait": False})
        began = time.perf_counter()
        thread.start()
        pause = threading.Event()
        while thread.is_alive():
            pause.wait(0.25)
            most = max(most, resident_mb())
        took = time.perf_counter() - began
        sent = campaigns.tally(desk, campaign_id).states[delivery.S.SENT]
    print(
        f"{people:,} queued, {sent:,} sent in {took:.0f} s: {before:.0f} MB before, at most {most:.0f} MB while sending"
    )
    print(
        f"growth {most - before:.0f} MB (goal below {GOAL_MB}); peak of the process {_peak_mb():.0f} MB with the making"
    )
    return 0 if most - before < GOAL_MB and sent else 1


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    raise SystemExit(main())
