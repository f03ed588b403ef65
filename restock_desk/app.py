"""The composition root: settings → store → desk → front end. The only place that wires."""

import getpass
import logging
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from restock_desk import settings as settings_
from restock_desk.domain.staff import Actor
from restock_desk.errors import DeskError
from restock_desk.services.desk import Desk
from restock_desk.store import open_store, upgrade


def make_desk(database: str = "", transport: str = "", prepare: bool = True) -> Desk:
    """A desk on `database` (default: the profile's, else this user's own file), ready to use.

    `prepare` brings a new or older SQLite file up to date; False leaves the database as it is, for `db` commands.
    """
    profile = settings_.load().profile
    store = open_store(database or profile.database or settings_.default_database())
    if prepare:
        upgrade.prepare(store)
    folder = settings_.data_dir() if store.path is None else store.path.absolute().parent
    return Desk(
        store=store,
        actor=Actor(_who()),
        now=lambda: datetime.now(UTC),
        secret=settings_.secret,
        data_dir=folder,
        transport=transport or (profile.transport if not database else "") or f"outbox:{folder / 'outbox'}",
        host=_host(),
    )


def has_display() -> bool:
    """Whether a window can be shown: a display server on Linux, or a platform the user named."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_window(desk: Desk) -> int:
    """Show the window until it is closed; the process's exit code."""
    try:
        from restock_desk.ui import start
    except ImportError as error:
        raise DeskError(
            f"The window cannot be opened: {error}.",
            "Install the desktop part (restock-desk[desktop]) and the system libraries named in README.md.",
        ) from error
    return start.run(desk)


def tell_in_pictures(desk: Desk, folder: Path) -> list[Path]:
    """Tell the story without a screen: drive the pages and write a picture of each into `folder`."""
    try:
        from restock_desk.ui import pictures
    except ImportError as error:
        raise DeskError(
            f"Pictures cannot be made: {error}.",
            "Install the desktop part (restock-desk[desktop]) and the system libraries named in README.md.",
        ) from error
    return pictures.write(desk, folder)


def log_to(folder: Path, verbose: bool = False) -> None:
    """Send log records to a file in `folder` (rotated), and to the terminal from WARNING on (all with `verbose`)."""
    from logging.handlers import RotatingFileHandler

    root = logging.getLogger("restock_desk")
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    folder.mkdir(parents=True, exist_ok=True)
    to_file = RotatingFileHandler(folder / "restock-desk.log", maxBytes=2_000_000, backupCount=3, encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    to_terminal = logging.StreamHandler()
    to_terminal.setLevel(logging.DEBUG if verbose else logging.WARNING)
    root.addHandler(to_file)
    root.addHandler(to_terminal)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


def _host() -> str:
    """hostname:pid:start. The start time tells a living process from another that got the same number."""
    start = ""
    try:
        start = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        pass
    return f"{socket.gethostname()}:{os.getpid()}:{start}"
