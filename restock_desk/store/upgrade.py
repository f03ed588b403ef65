"""Which schema a database has, and how it comes to ours: look, create, upgrade, check, back up. No rows of nouns here.

A file is looked at read-only first, so that one we refuse keeps every byte. All revisions of an upgrade run in one
transaction: a process killed halfway leaves the old schema.
"""

import os
import secrets
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal

from sqlalchemy import inspect, select, text

from restock_desk.errors import DeskError
from restock_desk.store import schema
from restock_desk.store.database import APPLICATION_ID, Store, Unit, damaged

_VERSION_TABLE = "desk_revision"
_MIGRATIONS = Path(__file__).parent / "migrations"
_LEDGER = ("campaign", "send_batch", "delivery", "delivery_payload")
_LEAST_POSTGRESQL = 150_000


@dataclass(frozen=True)
class SchemaState:
    """What was found. `revision` is the database's, empty if it has none; `head` is what this program needs."""

    kind: Literal["empty", "current", "older", "newer", "foreign"]
    revision: str
    head: str


def state(store: Store) -> SchemaState:
    """Look at the database without changing anything. DeskError if it is damaged, unreachable or too old a server."""
    if store.path is not None:
        return _sqlite_state(store.path)
    with store.reading() as u:
        version = int(u.connection.scalar(text("show server_version_num")) or 0)
        if version < _LEAST_POSTGRESQL:
            raise DeskError(
                f"The server of {store.name} is PostgreSQL {version // 10_000}.", "PostgreSQL 15 or later is needed."
            )
        tables = set(inspect(u.connection).get_table_names())
        if _VERSION_TABLE in tables:
            return _known(str(u.connection.scalar(text(f"select version_num from {_VERSION_TABLE}")) or ""))
        return SchemaState("foreign" if tables else "empty", "", head())


def prepare(store: Store) -> None:
    """Make the database ready for use, or say why not. Only a file of this machine is upgraded without being asked."""
    found = state(store)
    if found.kind == "empty" or (found.kind == "older" and store.path is not None):
        upgrade(store)
        return
    if found.kind == "older":
        raise DeskError(
            f"The database {store.name} has the older schema {found.revision}; this program needs {found.head}.",
            "Ask whoever looks after it to run: restock-desk db upgrade --db URL. Older programs stop working with it.",
        )
    _refuse(store, found)


def upgrade(store: Store) -> SchemaState:
    """Create the schema or bring it up to date, a SQLite file after a backup beside it. Returns the new state."""
    found = state(store)
    if found.kind in ("newer", "foreign"):
        _refuse(store, found)
    if found.kind == "older" and store.path is not None:
        backup(store, _beside(store.path))
    if found.kind != "current":
        if store.path is not None and not store.path.exists():
            try:
                _touch(store.path)
            except OSError as error:
                raise DeskError(
                    f"The file {store.name} cannot be made in {store.path.absolute().parent}.",
                    "Check that this folder exists and that you may write there.",
                ) from error
        upgrade_to(store, "head")
    return state(store)


def upgrade_to(store: Store, revision: str) -> None:
    """Run the revisions up to `revision` in one transaction. For `upgrade`, and for tests of each step."""
    from alembic import command  # here only: it loads every kind of database, and most starts upgrade nothing
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with store.migrating() as u:
        config.attributes["connection"] = u.connection
        command.upgrade(config, revision)
        if u.sqlite:
            broken = u.connection.exec_driver_sql("pragma foreign_key_check").all()
            if broken:
                raise DeskError(
                    f"{len(broken)} rows of {store.name} point at rows that are gone.",
                    "Nothing was changed. Restore a backup, or ask for help with this file.",
                )
            u.connection.exec_driver_sql(f"pragma application_id={APPLICATION_ID}")
        _make_instance(u)
        u.commit()


def check(store: Store) -> list[str]:
    """Read the whole database and return its problems as sentences; an empty list is a healthy database."""
    found = state(store)
    if found.kind != "current":
        return [_WORDS[found.kind].format(name=store.name)]
    if store.path is None:
        return []
    with store.reading() as u:
        problems = [str(row[0]) for row in u.connection.exec_driver_sql("pragma quick_check(20)")]
        broken = len(u.connection.exec_driver_sql("pragma foreign_key_check").all())
    said = [f"The file is damaged: {words}" for words in problems if words != "ok"]
    if broken:
        said.append(f"{broken} rows point at rows that are gone.")
    return said


def must_be_sound(store: Store) -> None:
    """Read a whole SQLite file, and the ledger's indexes beside its rows: before more is sent from a file whose last
    sender died. DeskError if it is damaged. Seconds per gigabyte."""
    if store.path is None:
        return
    looks = ["quick_check(1)", *(f"integrity_check({table})" for table in _LEDGER)]
    with store.reading() as u:
        said = [str(row[0]) for look in looks for row in u.connection.exec_driver_sql(f"pragma {look}")]
    wrong = [words.splitlines()[-1] for words in said if words != "ok"]
    if wrong:
        raise damaged(wrong[0], store.name)


def backup(store: Store, path: Path) -> Path:
    """Write a complete copy of a SQLite database to the new file `path`, readable by its owner only."""
    if store.path is None:
        raise DeskError("A shared database is backed up on its server.", "Use pg_dump or the server's own backups.")
    if path.exists():
        raise DeskError(f"The file {path} is there already.", "Choose another name for the backup.")
    if not store.path.exists():
        raise DeskError(f"There is no file {store.name} to back up.", "Check the address of the database.")
    state(store)  # says what is wrong with a damaged file, before any copy of it is made
    try:
        _touch(path)
        with closing(sqlite3.connect(store.path)) as connection:
            connection.execute("vacuum into ?", (str(path),))
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):  # of a disk that may not be written
            path.unlink(missing_ok=True)
        raise DeskError(f"The backup {path} could not be written.", "Check the disk's room and permissions.") from error
    return path


def head() -> str:
    """The revision this program needs."""
    return revisions()[-1]


@cache
def revisions() -> tuple[str, ...]:
    """All revisions this program knows, oldest first: a file each, named rNNNN_…, so that a start needs no Alembic."""
    return tuple(sorted(path.stem[1:5] for path in (_MIGRATIONS / "versions").glob("r*.py")))


_WORDS = {
    "empty": "The database {name} is empty: no shop was made in it yet.",
    "older": "The database {name} has an older schema than this program needs.",
    "newer": "The database {name} was made by a newer version of Restock Desk.",
    "foreign": "The database {name} belongs to another program.",
}


def _refuse(store: Store, found: SchemaState) -> None:
    if found.kind == "newer":
        raise DeskError(_WORDS["newer"].format(name=store.name), "Update this program. The database was not changed.")
    if found.kind == "foreign":
        raise DeskError(
            _WORDS["foreign"].format(name=store.name), "Choose another file or an empty database. It was not changed."
        )


def _sqlite_state(path: Path) -> SchemaState:
    try:
        if not path.exists() or path.stat().st_size == 0:
            return SchemaState("empty", "", head())
        _whole(path)
        with _looking(path) as connection:
            tables = {str(row[0]) for row in connection.execute("select name from sqlite_master where type = 'table'")}
            mark = connection.execute("pragma application_id").fetchone()[0]
            if not tables and mark in (0, APPLICATION_ID):
                return SchemaState("empty", "", head())
            if mark != APPLICATION_ID or _VERSION_TABLE not in tables:
                return SchemaState("foreign", "", head())
            row = connection.execute(f"select version_num from {_VERSION_TABLE}").fetchone()
            return _known(str(row[0]) if row else "")
    except sqlite3.OperationalError as error:
        raise DeskError(
            f"The file {path.name} cannot be opened: {error}.", "Check its folder and permissions."
        ) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path) from error
    except OSError as error:
        raise DeskError(f"The file {path.name} cannot be read.", "Check its folder and permissions.") from error


def _whole(path: Path) -> None:
    """Refuse a file that is shorter than its own header says (a copy that was cut off).

    With a log beside it that may be right: a process died, or the disk was full, while the log was being written back.
    """
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        return
    with path.open("rb") as file:
        header = file.read(100)
    if not header.startswith(b"SQLite format 3\0") or len(header) < 100:
        raise _damaged(path)
    page = int.from_bytes(header[16:18], "big")
    page = 65_536 if page == 1 else page
    pages = int.from_bytes(header[28:32], "big")
    if header[24:28] == header[92:96] and path.stat().st_size < page * pages:
        raise _damaged(path)


def _damaged(path: Path) -> DeskError:
    return DeskError(
        f"The file {path.name} is damaged or is no database.",
        "Restore a backup, or open another file. Nothing was changed.",
    )


@contextmanager
def _looking(path: Path) -> Iterator[sqlite3.Connection]:
    # A file that nobody has open has no log beside it: then SQLite need not, and does not, make files of its own.
    alone = not path.with_name(path.name + "-wal").exists()
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    with closing(sqlite3.connect(uri, uri=True, timeout=15)) as connection:
        yield connection


def _known(revision: str) -> SchemaState:
    if revision == head():
        return SchemaState("current", revision, head())
    return SchemaState("older" if revision in revisions() else "newer", revision, head())


def _make_instance(u: Unit) -> None:
    if u.connection.scalar(select(schema.instance.c.id).limit(1)) is None:
        u.connection.execute(
            schema.instance.insert().values(
                uuid=str(uuid.uuid4()), created_at=datetime.now(UTC), token_key=secrets.token_bytes(32)
            )
        )


def _beside(path: Path) -> Path:
    """The first free dated name beside the file, such as desk.2026-03-01.1.backup.db."""
    day = datetime.now(UTC).date().isoformat()
    names = (path.with_name(f"{path.stem}.{day}.{number}.backup{path.suffix}") for number in range(1, 10_000))
    return next(name for name in names if not name.exists())


def _touch(path: Path) -> None:
    """Make an empty file that only its owner can read."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
