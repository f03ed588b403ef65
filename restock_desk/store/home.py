"""Which copy of a database is the one that sends: where it lives, and a pulse that tells an older copy from a newer."""

from typing import Any

from sqlalchemy import select, text, update

from restock_desk.store import schema
from restock_desk.store.database import Unit

_i = schema.instance.c


def home(u: Unit) -> tuple[dict[str, Any] | None, int]:
    """Where the database last sent from (None = it never sent), and its pulse."""
    row = u.connection.execute(select(_i.home, _i.pulse).order_by(_i.id).limit(1)).first()
    return (dict(row.home) if row.home else None, int(row.pulse)) if row else (None, 0)


def settle(u: Unit, home: dict[str, Any], pulse: int) -> None:
    """This is where it lives."""
    u.connection.execute(update(schema.instance).values(home=home, pulse=pulse))


def beat(u: Unit) -> int:
    """The pulse, one further."""
    return int(u.connection.scalars(update(schema.instance).values(pulse=_i.pulse + 1).returning(_i.pulse)).one())


def server(u: Unit) -> dict[str, Any]:
    """What tells a database on a server from every other, a restored dump of it included. Not a copy of the whole
    cluster: that has the same numbers, as a standby that takes over must."""
    oid = u.connection.scalar(text("select oid::bigint from pg_database where datname = current_database()"))
    allowed = u.connection.scalar(text("select has_function_privilege('pg_control_system()', 'execute')"))
    cluster = u.connection.scalar(text("select system_identifier from pg_control_system()")) if allowed else ""
    return {"cluster": str(cluster), "database": int(oid or 0)}
