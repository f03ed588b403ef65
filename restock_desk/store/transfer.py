"""A whole shop from one database to another, row for row: ids, sequences and the shop's identity are kept.

All or nothing: everything is written in one transaction of the target. The source is held still meanwhile: readers go
on, writers wait. Rows go through in chunks, into PostgreSQL by COPY; values cross as the drivers give them, so that
JSON keeps its bytes and times their microseconds. The search index is made anew.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Table, null, text
from sqlalchemy.exc import DataError, IntegrityError

from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.store import schema, search
from restock_desk.store.database import Unit
from restock_desk.store.shop import MOVED

CHUNK = 2_000
TABLES = tuple(table for table in schema.metadata.sorted_tables if table.name != "worker")
"""What belongs to a shop, parents first. Who works on it where does not."""
Row = tuple[Any, ...]


def hold(u: Unit) -> None:
    """Keep the source as it is until the unit ends: on SQLite a writing unit does that already."""
    if not u.sqlite:
        names = ", ".join(table.name for table in TABLES)
        u.connection.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")
        u.connection.exec_driver_sql("set local lock_timeout = '10s'")
        u.connection.exec_driver_sql(f"lock table {names} in share mode")


def counted(u: Unit) -> dict[str, int]:
    """How many rows each table of a shop has."""
    return {table.name: _count(u, table) for table in TABLES}


def holds_anything(u: Unit) -> bool:
    """Whether there is more than the identity every new shop is made with."""
    return any(
        u.connection.exec_driver_sql(f"select exists (select 1 from {table.name})").scalar()
        for table in TABLES
        if table.name != "instance"
    )


def copy(source: Unit, target: Unit, token: CancelToken, told: Callable[[str, int], None]) -> dict[str, int]:
    """Copy every table; rows by table. `told` hears the table and how many rows more went through. The caller commits.

    DeskError when a value is one the target cannot hold, or when not every row arrived. Cancelled when asked to stop.
    """
    import psycopg  # here, so that a shop in a file starts without it

    if not target.sqlite:
        target.connection.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")
    target.connection.exec_driver_sql("delete from instance")
    for noun in search.NOUNS:
        search.drop(target, noun)
    for table in TABLES:
        try:
            _write(target, table, _told(_rows(source, table), table.name, token, told))
        except (psycopg.DataError, psycopg.IntegrityError, DataError, IntegrityError, OverflowError) as error:
            words = str(error).splitlines()[0]
            raise DeskError(
                f"A row of the table {table.name} does not fit: {words}", "Nothing was copied. Correct that row first."
            ) from error
    # The old place sends no more, so this is no stray copy: it is at home wherever it first sends from.
    target.connection.execute(schema.instance.update().values(home=null()))
    for noun in search.NOUNS:
        search.rebuild(target, noun)
    if not target.sqlite:
        _set_sequences(source, target)
        target.connection.exec_driver_sql("analyze")
    before, after = counted(source), counted(target)
    before["setting"] -= int(source.connection.scalar(text(f"select count(*) from setting where key = '{MOVED}'")) or 0)
    if before != after:
        wrong = ", ".join(name for name in before if before[name] != after[name])
        raise DeskError(f"Not every row arrived: {wrong}.", "Nothing was copied. Please try again.")
    return after


def _rows(u: Unit, table: Table) -> Iterator[list[Row]]:
    """All rows in the order of the key, in chunks, as the driver gives them."""
    columns = ", ".join(_read(u, column) for column in table.columns)
    keys = ", ".join(column.name for column in table.primary_key)
    kept = f"where key <> '{MOVED}'" if table.name == "setting" else ""
    raw: Any = u.connection.connection.driver_connection
    cursor = raw.cursor() if u.sqlite else raw.cursor(name="desk_copy")
    try:
        cursor.execute(f"select {columns} from {table.name} {kept} order by {keys}")
        while rows := cursor.fetchmany(CHUNK):
            yield rows
    finally:
        cursor.close()


def _read(u: Unit, column: Column[Any]) -> str:
    return f"{column.name}::text" if not u.sqlite and isinstance(column.type, JSON | Date) else column.name


def _told(
    chunks: Iterator[list[Row]], name: str, token: CancelToken, told: Callable[[str, int], None]
) -> Iterator[list[Row]]:
    for rows in chunks:
        token.check()
        yield rows
        told(name, len(rows))


def _write(u: Unit, table: Table, chunks: Iterator[list[Row]]) -> None:
    names = ", ".join(column.name for column in table.columns)
    raw: Any = u.connection.connection.driver_connection
    if u.sqlite:
        marks = ", ".join("?" for _ in table.columns)
        for rows in chunks:
            raw.executemany(f"insert into {table.name} ({names}) values ({marks})", rows)
        return
    flags = [number for number, column in enumerate(table.columns) if isinstance(column.type, Boolean)]
    with raw.cursor() as cursor, cursor.copy(f"copy {table.name} ({names}) from stdin") as copying:
        for rows in chunks:
            for row in rows:
                copying.write_row(_with_flags(row, flags) if flags else row)


def _with_flags(row: Row, flags: Sequence[int]) -> list[Any]:
    values = list(row)
    for number in flags:
        values[number] = None if values[number] is None else bool(values[number])
    return values


def _set_sequences(source: Unit, target: Unit) -> None:
    """The next id of each table is one the source had not given out."""
    for table in TABLES:
        if "id" not in table.columns:
            continue
        query = f"select coalesce(max(id), 0) from {table.name}"
        if not source.sqlite:
            name = source.connection.scalar(text(f"select pg_get_serial_sequence('{table.name}', 'id')"))
            query = f"select case when is_called then last_value else 0 end from {name}"
        last = int(source.connection.scalar(text(query)) or 0)
        if last:
            target.connection.exec_driver_sql(f"select setval(pg_get_serial_sequence('{table.name}', 'id'), {last})")


def _count(u: Unit, table: Table) -> int:
    return int(u.connection.exec_driver_sql(f"select count(*) from {table.name}").scalar_one())
