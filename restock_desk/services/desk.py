"""What every service is handed: the store, the clock, who acts, where files go. Made once, by `app`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from restock_desk.domain.staff import Actor
from restock_desk.store import Store


@dataclass(frozen=True)
class Desk:
    """`now` gives aware UTC, `secret` a password by its name (None = not set); `transport` is the profile's URL."""

    store: Store
    actor: Actor
    now: Callable[[], datetime]
    secret: Callable[[str], str | None]
    data_dir: Path
    transport: str
    host: str
    """This machine and process, for leases: "hostname:pid:start"."""
    machine: str = ""
    """What tells this machine from another, for good."""
    state_dir: Path | None = None
    """Where this user's program remembers what it saw of databases; None = nowhere."""
