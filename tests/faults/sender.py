"""Processes that deliver one campaign with the real loop until it is done, or killed: `sender DATABASE CAMPAIGN`.

Everything is imported once; each line on standard input forks a sender. Its number is printed, and "ended" after it.
"""

import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from restock_desk.domain.staff import Actor
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery
from restock_desk.services.desk import Desk
from restock_desk.store import open_store


def main() -> None:
    url, campaign_id = sys.argv[1], int(sys.argv[2])
    start = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19]
    desk = Desk(
        store=open_store(url),
        actor=Actor("sender"),
        now=lambda: datetime.now(UTC),
        secret=lambda _: None,
        data_dir=Path(),
        transport="outbox:unused",
        host=f"{socket.gethostname()}:{os.getpid()}:{start}",
    )
    campaigns.recover(desk)
    delivery.deliver(desk, campaign_id, CancelToken(), wait=False)


if __name__ == "__main__":
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            main()
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("ended", flush=True)
