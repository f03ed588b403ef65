"""Desktops as processes: the real window, without a screen, that sends from its own threads. Forked like a `sender`."""

from pathlib import Path
from typing import Any

from restock_desk.settings import Settings
from restock_desk.store import open_store
from restock_desk.ui import (
    sends,
    start,
    window,  # noqa: F401 - imported once, before the first process is forked
)
from tests.faults.sender import Order, desk_of, main


def perform(order: Order, say: Any) -> None:
    """Show the window until the process is killed."""
    sends.EVERY_MS = 50
    path = open_store(order.url).path
    start.run(desk_of(order), None, Settings(path=(path or Path()).with_name("desk.toml")))
    say("closed")


if __name__ == "__main__":
    main(perform)
