"""Whose clock leases go by: on PostgreSQL the server's, so that no worker's wrong clock ends another's lease.

What a person or a retry set a time for (`due_at`, `grace_until`) goes by the desk's clock, which is passed in.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, literal_column

from restock_desk.store import schema
from restock_desk.store.database import Unit

_SERVER = "cast(extract(epoch from now()) * 1000000 as bigint)"


def clock(u: Unit) -> str:
    """Now, as SQL text in microseconds; on SQLite it reads the parameter `:now`."""
    return ":now" if u.sqlite else _SERVER


def at_clock(u: Unit, now: datetime, after_s: float = 0) -> ColumnElement[Any]:
    """Now and so many seconds, as an expression to compare with, or to write into, a time."""
    more = int(after_s * 1_000_000)
    return literal(schema.micros(now) + more) if u.sqlite else literal_column(f"{_SERVER} + {more}")


def read_clock(u: Unit, now: datetime) -> datetime:
    """Now by the clock that leases go by."""
    if u.sqlite:
        return now
    return schema.instant(int(u.connection.exec_driver_sql(f"select {_SERVER}").scalar_one()))
