"""The composition root: settings → store → desk → front end. The only place that wires."""

import getpass
import hashlib
import logging
import os
import socket
import sys
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from restock_desk import settings as settings_
from restock_desk.domain.staff import Actor
from restock_desk.errors import DeskError
from restock_desk.services import sending
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store, upgrade


def make_desk(database: str = "", transport: str = "", prepare: bool = True, lean: bool = False) -> Desk:
    """A desk on `database` (default: the profile's, else this user's own file), ready to use.

    `prepare` brings a new or older SQLite file up to date; False leaves the database as it is, for `db` commands.
    `lean`: see `open_store`.
    """
    profile = settings_.load().profile
    store = open_store(database or profile.database or settings_.default_database(), lean, settings_.secret)
    if prepare:
        upgrade.prepare(store)
    folder = settings_.data_dir() if store.path is None else store.path.absolute().parent
    return Desk(
        store=store,
        actor=Actor(_who()),
        now=lambda: datetime.now(UTC),
        secret=settings_.secret,
        data_dir=folder,
        transport=(transport and sending.address(transport))
        or (profile.transport if not database else "")
        or f"outbox:{folder / 'outbox'}",
        host=_host(),
        machine=_machine(),
        state_dir=settings_.state_dir(),
    )


def open_desk(database: str = "") -> Desk:
    """A desk for the window. Trouble with the database is shown with its ways out; leaving it raises the error."""
    while True:
        try:
            return make_desk(database)
        except DeskError as error:
            database = _way_out(error, database)


def _way_out(error: DeskError, database: str) -> str:
    """Ask what to do about a database that cannot be opened: the database to try next. Raises `error` on "quit"."""
    try:
        from restock_desk.ui import trouble
    except ImportError:
        raise error from None
    found = _older(database)
    answer, chosen = trouble.ask(error, found is not None)
    if answer == "quit":
        raise error
    if answer == "upgrade" and found is not None:
        upgrade.upgrade(found)
    return chosen or database


def _older(database: str) -> Store | None:
    """The store, when all that is wrong with it is an older schema."""
    try:
        store = open_store(database or settings_.load().profile.database or settings_.default_database())
        return store if upgrade.state(store).kind == "older" else None
    except DeskError:
        return None


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
    while start.run(desk) == start.REOPEN:
        desk = open_desk()
    return 0


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
    """Send log records to a file in `folder` (rotated), and to the terminal from WARNING on (all with `verbose`).

    The terminal gets sentences, the file traces. Where the folder may not be written there is no file.
    """
    from logging.handlers import RotatingFileHandler

    root = logging.getLogger("restock_desk")
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for handler in [one for one in root.handlers if isinstance(one, logging.StreamHandler)]:
        root.removeHandler(handler)  # of a desk this process had open before
        handler.close()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        to_file = RotatingFileHandler(folder / "restock-desk.log", maxBytes=2_000_000, backupCount=3, encoding="utf-8")
        to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        root.addHandler(to_file)
    to_terminal = logging.StreamHandler()
    to_terminal.setLevel(logging.DEBUG if verbose else logging.WARNING)
    to_terminal.setFormatter(logging.Formatter() if verbose else _Sentence())
    root.addHandler(to_terminal)


class _Sentence(logging.Formatter):
    """Without the trace, which may show people's data."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage()


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


def _machine() -> str:
    """The system's own id of this installation; where it has none the network card's, else the host's name."""
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError, UnicodeDecodeError):
            found = Path(path).read_text(encoding="ascii").strip()
            if found:
                return hashlib.sha256(f"restock-desk:{found}".encode()).hexdigest()[:32]
    card = uuid.getnode()
    return f"{card:012x}" if not card >> 40 & 1 else socket.gethostname()  # that bit says: made up for this process


def _host() -> str:
    """hostname:pid:start. The start time tells a living process from another that got the same number."""
    start = ""
    with suppress(OSError, IndexError):
        start = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19]
    return f"{socket.gethostname()}:{os.getpid()}:{start}"
