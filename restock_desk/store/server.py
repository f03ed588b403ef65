"""A store on a PostgreSQL server, 15 or later, through psycopg 3. A network gone silent is noticed (`lifeline`)."""

from time import monotonic
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from restock_desk.store.database import Store
from restock_desk.store.lifeline import KEEPALIVE, Lifeline, Watched

_OPTIONS = "-c timezone=utc -c synchronous_commit=on -c idle_in_transaction_session_timeout=30000"
"""A commit is on disk, whatever the server is set to: a mail's start that a crash forgets is a mail sent twice. And
whoever freezes inside a transaction holds its rows for 30 s, as long as a lease, not for ever."""
_TRUSTED_S = 5.0
"""How long a connection to a server may rest before it is tried anew: a laptop sleeps, a server restarts."""


def opened(url: URL) -> Store:
    """A store on this server. Connects to nothing yet."""
    words, options = url.get_dialect()().create_connect_args(url)
    known = {**KEEPALIVE, "options": _OPTIONS, "conninfo": " ".join(words), **options}
    lifeline = Lifeline({name: value for name, value in known.items() if name != "context"})
    if "connect_timeout" not in options:
        known.pop("connect_timeout")  # the lifeline knows better
    return Store(url, _engine(url, known, lifeline), _reader(url, known, lifeline), lifeline)


def _engine(url: URL, known: dict[str, Any], lifeline: Lifeline, **more: Any) -> Engine:
    """`known` is what a connection is opened with."""
    engine = create_engine(url, **{"pool_size": 4, "pool_pre_ping": True, **more}, max_overflow=4)

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: Any, _words: Any, options: dict[str, Any]) -> Watched:
        more = {"context": options["context"]} if "context" in options else {}
        connection = Watched.connect(**{"connect_timeout": lifeline.connect_s(), **known, **more})
        lifeline.watch(connection)
        return connection

    return engine


def _reader(url: URL, known: dict[str, Any], lifeline: Lifeline) -> Engine:
    """For questions of one statement: no transaction around it, and a connection is tried only after a rest."""
    engine = _engine(
        url, known, lifeline, pool_size=3, pool_pre_ping=False, isolation_level="AUTOCOMMIT", pool_reset_on_return=None
    )

    @event.listens_for(engine, "checkin")
    def _rests(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _tried(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
        if monotonic() - record.info.get("since", monotonic()) < _TRUSTED_S:
            return
        try:
            connection.execute("select 1")
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool takes another

    return engine
