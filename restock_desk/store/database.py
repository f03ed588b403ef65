"""The database behind one name: dialect, connections, transactions. Migrations are in `upgrade`, tables in `schema`.

SQLite: WAL, synchronous=FULL, foreign keys, BEGIN IMMEDIATE for writers and DEFERRED for readers (db-stack facts).
PostgreSQL 15 or later: `server`.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, CursorResult, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from restock_desk.errors import DeskError, Unavailable, WrongUse
from restock_desk.store import encryption

if TYPE_CHECKING:
    from restock_desk.store.lifeline import Lifeline

_PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "busy_timeout=15000",
    "cache_size=-65536",
    "mmap_size=268435456",
    "temp_store=memory",
    "trusted_schema=off",
    "journal_size_limit=67108864",
    "wal_autocheckpoint=8000",  # pages: a batch of feedback changes more than the usual 1,000, many of them every time
)
_LEAN = ("cache_size=-32768", "mmap_size=0")
APPLICATION_ID = 0x52445348
"""Marks our SQLite files ("RDSH")."""


@dataclass
class Unit:
    """One transaction on one connection, on the thread that opened it. Rolled back unless `commit` was called.

    The functions of the sibling modules take a Unit first. Never keep one open across a network call.
    """

    connection: Connection
    dialect: str
    readonly: bool = False
    committed: bool = False

    def commit(self) -> None:
        self.connection.commit()
        self.committed = True

    @property
    def sqlite(self) -> bool:
        return self.dialect == "sqlite"

    def run(self, statement: str, *values: Any) -> CursorResult[Any]:
        """Straight to the driver, `?` marks a value: for what is run for every group of mails, where composing a
        statement would cost more than running it. Values and rows are the driver's own (times are integers)."""
        return self.connection.exec_driver_sql(self._marked(statement), values)

    def run_many(self, statement: str, rows: Collection[tuple[Any, ...]]) -> int:
        """The same for each of these rows, of which there is one at least; how many rows of the table it met."""
        return self.connection.exec_driver_sql(self._marked(statement), list(rows)).rowcount

    def _marked(self, statement: str) -> str:
        return statement if self.sqlite else statement.replace("?", "%s")


class Store:
    """Opens units of work on one database. Safe to share between threads; a Unit is not."""

    def __init__(
        self, url: URL, engine: Engine, reader: Engine | None = None, lifeline: "Lifeline | None" = None
    ) -> None:
        self.url = url
        self.lifeline = lifeline
        self._engine = engine
        self._reader = reader or engine
        self._driver_error = engine.dialect.loaded_dbapi.OperationalError

    @property
    def dialect(self) -> str:
        return self._engine.dialect.name

    @property
    def name(self) -> str:
        """What to show of the database: a file's name or host/database; never a password."""
        if self.dialect == "sqlite":
            return Path(self.url.database or "").name
        return f"{self.url.host or 'local'}/{self.url.database or ''}"

    @property
    def path(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        return Path(self.url.database) if self.dialect == "sqlite" and self.url.database else None

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """A writing transaction. Foreign database errors come out as DeskError."""
        with self._connect(readonly=False) as unit:
            yield unit

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """For reading only, and never waiting for a writer. On PostgreSQL each statement is a transaction of its own,
        which is one round trip where a transaction around it would be three.
        """
        with self._connect(readonly=True) as unit:
            yield unit

    @contextmanager
    def _connect(self, *, readonly: bool) -> Iterator[Unit]:
        try:
            engine = self._reader if readonly else self._engine
            with engine.connect().execution_options(readonly=readonly) as connection:
                connection.begin()  # at once: rows written through the driver's own cursor must be inside, too
                yield Unit(connection, self.dialect, readonly)
        except DBAPIError as error:
            raise translated(error, self.name) from error
        except PoolTimeout as error:  # all connections are in use by other threads of this process, for half a minute
            raise Unavailable(f"The database {self.name} is busy.", "Try again in a moment.") from error
        except self._driver_error as error:  # of the driver's own cursor
            raise translated(OperationalError(None, None, error), self.name) from error

    @contextmanager
    def migrating(self) -> Iterator[Unit]:
        """A writing transaction for changes of the schema: alone, and on SQLite with foreign keys off.

        With them on, rebuilding a parent table would delete its children's rows.
        """
        try:
            with self._engine.connect() as connection:
                raw = connection.connection.dbapi_connection
                if self.dialect == "sqlite" and raw is not None:
                    raw.cursor().execute("pragma foreign_keys=off")
                else:
                    connection.exec_driver_sql(f"select pg_advisory_xact_lock({APPLICATION_ID})")
                try:
                    yield Unit(connection, self.dialect)
                finally:
                    connection.rollback()
                    if self.dialect == "sqlite" and raw is not None:
                        raw.cursor().execute("pragma foreign_keys=on")
        except DBAPIError as error:
            raise translated(error, self.name) from error

    @property
    def open_units(self) -> int:
        """How many units are open now, on any thread."""
        pools = {self._engine.pool, self._reader.pool}
        return sum(pool.checkedout() for pool in pools if isinstance(pool, QueuePool))

    def close(self) -> None:
        """Close idle connections. Units still open close theirs when they end."""
        if self.lifeline is not None:
            self.lifeline.close()
        self._engine.dispose()
        self._reader.dispose()


def open_store(url: str, lean: bool = False, secret: Callable[[str], str | None] | None = None) -> Store:
    """A store on `url`: sqlite:///FILE (made if missing) or postgresql://…. Checks nothing: see `upgrade.state`.

    `lean` = little memory rather than fast counts, for a process that walks big files: mapped pages count as its own.
    `secret` looks up the password of a server's address that holds none.
    """
    parsed = _parsed(url)
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        if not parsed.database or parsed.database.startswith(":"):
            raise WrongUse("The database address names no file.", "Write sqlite:///path/to/file.db.")
        return Store(parsed, _sqlite_engine(parsed, _LEAN if lean else ()))
    if kind in ("postgresql", "postgres"):
        from restock_desk.store import server  # loads the driver, which a shop in a file never needs

        known = secret(_secret_name(parsed)) if secret and parsed.password is None else None
        parsed = parsed.set(drivername="postgresql+psycopg", password=known or parsed.password)
        return server.opened(encryption.guarded(parsed))
    raise WrongUse(f"Databases of the kind “{kind}” are not supported.", "Use sqlite:/// or postgresql://.")


def parted(url: str) -> tuple[str, str, str | None]:
    """The address without its password, the name under which a keyring keeps that, and the password itself."""
    parsed = _parsed(url)
    plain = parsed._replace(password=None)
    return plain.render_as_string(hide_password=False), _secret_name(parsed), parsed.password


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise WrongUse(
            "The database address cannot be read.", "Write sqlite:///path/to/file.db or postgresql://host/name."
        ) from error


def _secret_name(parsed: URL) -> str:
    return f"database:{parsed.username or ''}@{parsed.host or ''}/{parsed.database or ''}"


def translated(error: DBAPIError, name: str) -> DeskError:
    """The sentence for a database error. Constraint violations are bugs of ours and stay what they are."""
    words = str(error.orig).splitlines()[0] if error.orig else "unknown error"
    if not isinstance(error, OperationalError | InterfaceError) and not isinstance(error.orig, sqlite3.DatabaseError):
        raise error
    low = words.lower()
    if "locked" in low:
        return Unavailable(f"The database {name} is busy.", "Another program is writing to it. Try again in a moment.")
    if "could not decode" in low:
        return damaged("a text in it cannot be read", name)  # the driver's own words hold that text
    if "not a database" in low or "malformed" in low:
        return DeskError(
            f"The file {name} is damaged or is no database.",
            "Restore a backup, or open another file. Nothing was changed.",
        )
    if "full" in low:
        return Unavailable(f"There is no room left for {name}.", "Free some disk space; nothing is lost.")
    if "unable to open" in low:
        return DeskError(
            f"The file {name} cannot be opened.", "Check that its folder exists and that you may write there."
        )
    if "readonly" in low or "read-only" in low:
        return DeskError(f"The file {name} may not be written.", "Change its permissions, or open another file.")
    if isinstance(error.orig, sqlite3.IntegrityError) or "no such table" in low or "no such column" in low:
        raise error
    if encryption.refused(words):
        return Unavailable(
            f"The server of {name} was not believed, and nothing was said to it: {words}",
            "Its address may name whom to believe: ?sslrootcert=FILE. Ask whoever looks after the server.",
        )
    return Unavailable(
        f"The database {name} cannot be reached: {words}", "Check the address, the network and the server."
    )


def damaged(what: str, name: str = "") -> DeskError:
    """What is stored cannot be: nobody wrote it so. `what` names no person."""
    return DeskError(
        f"The database {name} is damaged: {what}.".replace("  ", " "),
        "Nothing more is sent from it. `restock-desk db check` tells what is wrong; restore a backup.",
    )


def _sqlite_engine(url: URL, more: tuple[str, ...]) -> Engine:
    engine = create_engine(url, pool_size=8, max_overflow=8, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for pragma in (*_PRAGMAS, *more):
            connection.execute(f"pragma {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        readonly = connection.get_execution_options().get("readonly", False)
        connection.exec_driver_sql("begin deferred" if readonly else "begin immediate")

    return engine
