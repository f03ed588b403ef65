"""A process that delivers one campaign with the real loop until it is done, or killed: `sender DATABASE CAMPAIGN`."""

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
    print("sending", flush=True)
    delivery.deliver(desk, campaign_id, CancelToken(), wait=False)


if __name__ == "__main__":
    main()
