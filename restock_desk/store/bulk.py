"""Many rows at once: key lists as one parameter, raw rows in and out. Works beside SQLAlchemy's own connection.

Rows go in as plain tuples in the database's own types (microseconds, ten-thousandths, JSON text): at a million rows the
type layer would cost more than the database.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from restock_desk.store.database import Unit

Raw = tuple[Any, ...]
_SPARE = {"cache_size": -12_288, "mmap_size": 0, "temp_store": 1, "threads": 2}


def rows_by(u: Unit, select: str, column: str, keys: Iterable[str] | Iterable[int], lock: str = "") -> list[Raw]:
    """Raw rows of `select` (without where) whose `column` is among `keys`, in no order. `lock`: on PostgreSQL only."""
    wanted = list(keys)
    if not wanted:
        return []
    if u.sqlite:
        query = f"{select} where {column} in (select value from json_each(?))"
        found: list[Raw] = cursor(u).execute(query, (json.dumps(wanted),)).fetchall()
        return found
    kind = "bigint[]" if isinstance(wanted[0], int) else "text[]"
    query = f"{select} where {column} = any(%s::{kind}) {lock}"
    return [tuple(r) for r in u.connection.exec_driver_sql(query, (wanted,))]


def insert(u: Unit, table: str, columns: Sequence[str], rows: Collection[Raw]) -> None:
    """Insert raw rows: executemany on SQLite, COPY on PostgreSQL."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    if u.sqlite:
        marks = ", ".join("?" * len(columns))
        cursor(u).executemany(f"insert into {table} ({names}) values ({marks})", rows)
        return
    with cursor(u) as raw, raw.copy(f"copy {table} ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def update(u: Unit, table: str, columns: Sequence[str], rows: Collection[Raw]) -> None:
    """Set `columns` of rows by id. Each raw row ends with its id."""
    if not rows:
        return
    sets = ", ".join(f'"{name}" = ?' for name in columns)
    u.run_many(f"update {table} set {sets} where id = ?", rows)


def new_ids(u: Unit, table: str, count: int) -> range | list[int]:
    """Ids for rows about to be inserted, ascending. On SQLite the caller's transaction must be a writing one."""
    if not count:
        return []
    if u.sqlite:
        last = u.connection.exec_driver_sql(f"select coalesce(max(id), 0) from {table}").scalar_one()
        return range(last + 1, last + 1 + count)
    query = "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)"
    return sorted(int(row[0]) for row in u.connection.exec_driver_sql(query, (table, count)))


def cursor(u: Unit) -> Any:
    """The driver's own cursor in the unit's transaction."""
    driver = u.connection.connection.dbapi_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    return driver.cursor()


@contextmanager
def spare(u: Unit) -> Iterator[None]:
    """Little memory for many rows on SQLite: pages go out as they come, sorting goes through files and two threads.

    Around all that a unit does: its transaction begins anew here, and ends here if it was not committed.
    """
    if not u.sqlite:
        yield
        return
    raw = cursor(u)
    usual = [(name, raw.execute(f"pragma {name}").fetchone()[0]) for name in _SPARE]
    raw.execute("rollback")  # how to sort is not changed inside a transaction
    try:
        for name, value in _SPARE.items():
            raw.execute(f"pragma {name}={value}")
        u.connection.exec_driver_sql("begin immediate")
        yield
    finally:
        if raw.connection.in_transaction:
            raw.execute("rollback")
        for name, value in usual:
            raw.execute(f"pragma {name}={value}")


def lock(u: Unit, key: int) -> None:
    """One writer of a kind at a time on PostgreSQL, until the transaction ends. SQLite has one writer anyway."""
    if not u.sqlite:
        u.connection.exec_driver_sql(f"select pg_advisory_xact_lock({key})")
