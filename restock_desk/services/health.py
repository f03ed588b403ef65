"""Is everything in order? The doctor's sentences, the check of the database, its backup and its upgrade."""

import shutil
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import keyring
import keyring.backends.fail
import keyring.errors

from restock_desk.bundle import resource
from restock_desk.errors import DeskError, WrongUse
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services.desk import Desk
from restock_desk.store import search, staff, tallies
from restock_desk.store import shop as shop_
from restock_desk.store import upgrade as schema_
from restock_desk.transport import label, open_transport, secret_name

Finding = tuple[str, bool, str]
_LEAST_SQLITE = (3, 40, 0)
_ROOM = 500_000_000
_BUILT = datetime(2026, 1, 1, tzinfo=UTC)


def doctor(desk: Desk) -> list[Finding]:
    """Look at everything the desk needs: name, whether it is in order, and a sentence. Changes nothing."""
    looks: dict[str, Callable[[Desk], tuple[bool, str]]] = {
        "Python": _python, "SQLite": _sqlite, "Database": _database, "Audit trail": _audit, "Disk": _disk,
        "Keyring": _keyring, "Clock": _clock, "Shipped files": _resources, "Transport": _transport,
    }  # fmt: skip
    found: list[Finding] = []
    for name, look in looks.items():
        try:
            found.append((name, *look(desk)))
        except DeskError as error:
            found.append((name, False, str(error)))
    return found


def check(desk: Desk) -> list[str]:
    """The database's problems as sentences, empty if there is none. Reads all of it: seconds per gigabyte."""
    problems = schema_.check(desk.store)
    if problems:
        return problems
    right, sentence = _audit(desk)
    problems += [] if right else [sentence]
    with desk.store.reading() as u:
        problems += [f"The counters of campaign {id} are not what its ledger says." for id in tallies.wrong(u)]
    return problems


def recount(desk: Desk) -> list[int]:
    """Set counters of campaigns right by the ledger, a transaction each; which campaigns had wrong ones."""
    with desk.store.reading() as u:
        wrong = tallies.wrong(u)
    for campaign_id in wrong:
        with desk.store.unit() as u:
            tallies.hold_all(u, campaign_id)
            tallies.recount(u, campaign_id)
            u.commit()
    return wrong


def backup(desk: Desk, path: Path | None = None) -> Path:
    """Write a copy of a SQLite database while it is in use; without a path beside it, under a dated name."""
    if path is None:
        day = desk.now().strftime("%Y-%m-%d-%H%M%S")
        path = desk.data_dir / f"{Path(desk.store.name).stem}.{day}.backup.db"
    return schema_.backup(desk.store, path)


def state(desk: Desk) -> schema_.SchemaState:
    """Which schema the database has and which this program needs."""
    return schema_.state(desk.store)


def upgrade(desk: Desk) -> schema_.SchemaState:
    """Create the schema or bring it up to date; a SQLite file is backed up first."""
    return schema_.upgrade(desk.store)


def mend(desk: Desk, token: CancelToken, progress: ProgressFn = no_progress) -> tuple[str, ...]:
    """Build search indexes that a crash after a big import left missing, in short steps; which. Call it at start."""
    with desk.store.reading() as u:
        missing = search.pending(u)
    for noun in missing:
        after: int | None = 0
        while after is not None:
            token.check()
            with desk.store.unit() as u:
                after = search.build_step(u, noun, after)
                u.commit()
            progress(Progress(0, 0, "Building the search index"))
            token.wait(0.01)
    return missing


def _python(_: Desk) -> tuple[bool, str]:
    version = ".".join(map(str, sys.version_info[:3]))
    return sys.version_info >= (3, 11), f"Python {version}; 3.11 or later is needed."


def _sqlite(_: Desk) -> tuple[bool, str]:
    return sqlite3.sqlite_version_info >= _LEAST_SQLITE, f"SQLite {sqlite3.sqlite_version}; 3.40 or later is needed."


def _database(desk: Desk) -> tuple[bool, str]:
    found = schema_.state(desk.store)
    words = {
        "current": f"{desk.store.name} has the schema {found.revision}, which is the newest.",
        "empty": f"{desk.store.name} is empty; it is filled when the window or an import first opens it.",
        "older": f"{desk.store.name} has the older schema {found.revision}; run: restock-desk db upgrade.",
        "newer": f"{desk.store.name} was made by a newer version of this program. Update the program.",
        "foreign": f"{desk.store.name} belongs to another program. Choose another database.",
    }
    if found.kind == "current":
        with desk.store.reading() as u:
            moved = shop_.moved_to(u)
        if moved is not None:
            return False, f"This shop was moved to {moved.get('name')}; it sends no more from here."
    return found.kind in ("current", "empty"), words[found.kind]


def _audit(desk: Desk) -> tuple[bool, str]:
    if schema_.state(desk.store).kind != "current":
        return True, "There is no trail to check yet."
    with desk.store.reading() as u:
        broken = staff.first_broken(u)
    return broken is None, "Every entry is as it was written." if broken is None else f"Entry {broken} was changed."


def _disk(desk: Desk) -> tuple[bool, str]:
    free = shutil.disk_usage(desk.data_dir if desk.data_dir.exists() else Path.home()).free
    return free >= _ROOM, f"{free / 1e9:.1f} GB are free in the data folder; half a gigabyte should be."


def _keyring(_: Desk) -> tuple[bool, str]:
    """No keyring is in order: secrets may stand in the environment or in a file of mode 0600."""
    try:
        backend = keyring.get_keyring()
    except (keyring.errors.KeyringError, RuntimeError):
        return True, "There is no keyring; passwords can stand in the environment or in a secrets file."
    if isinstance(backend, keyring.backends.fail.Keyring):
        return True, "There is no keyring; passwords can stand in the environment or in a secrets file."
    return True, f"Passwords are kept in {backend.name}."


def _clock(desk: Desk) -> tuple[bool, str]:
    now = desk.now()
    right = now >= _BUILT
    return right, f"The clock says {now:%Y-%m-%d %H:%M} UTC" + ("." if right else ", which cannot be. Set it.")


def _resources(_: Desk) -> tuple[bool, str]:
    wanted = ("templates", "guide", "sample")
    missing = [name for name in wanted if not resource(name).is_dir()]
    if missing:
        return False, f"Shipped files are missing: {', '.join(missing)}. Install the program again."
    return True, "Templates, guide and sample shop are found."


def _transport(desk: Desk) -> tuple[bool, str]:
    try:
        open_transport(desk.transport, desk.secret).close()
    except WrongUse as error:
        return False, error.message
    if desk.transport.startswith("outbox:"):
        return True, "Mail is written to a folder of this machine; nothing is sent."
    wanted = secret_name(desk.transport)
    if wanted and not desk.secret(wanted):
        return False, f"There is no secret named {wanted}, so mail cannot be handed to {label(desk.transport)}."
    return True, f"Mail is handed to {label(desk.transport)}."
