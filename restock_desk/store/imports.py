"""Runs of imports and the lines they rejected. What a file's records do is in `catalog`, `audience` and `feedback`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update

from restock_desk.domain.imports import ImportKind, Rejected
from restock_desk.errors import DeskError
from restock_desk.store import bulk, schema
from restock_desk.store.database import Unit

KEPT = 10_000
"""Rejected lines kept of one run; all are counted."""
_RAW = 2_000


def begin(u: Unit, kind: ImportKind, file: str, now: datetime) -> int:
    """A new run; its id."""
    values = {"kind": kind.value, "file": file, "started_at": now, "state": "running"}
    key = u.connection.execute(schema.import_run.insert().values(values)).inserted_primary_key
    return int(key[0]) if key else 0


def advance(
    u: Unit, run_id: int, read: int, accepted: int, unchanged: int, rejected: int, format: str,
    state: str = "running", finished_at: datetime | None = None,
) -> None:  # fmt: skip
    """Note how far a run is, in the transaction of the rows themselves."""
    t = schema.import_run
    values = {
        "n_read": read, "n_accepted": accepted, "n_unchanged": unchanged, "n_rejected": rejected, "format": format,
        "state": state, "finished_at": finished_at,
    }  # fmt: skip
    u.connection.execute(update(t).where(t.c.id == run_id).values(values))


def keep_rejected(u: Unit, run_id: int, rejected: Sequence[Rejected]) -> None:
    """Keep lines that did not go in. The caller stops at `KEPT`."""
    rows = [(run_id, r.line, r.field, _clean(r.reason), _clean(r.raw[:_RAW])) for r in rejected]
    bulk.insert(u, "import_error", ("run_id", "line", "field", "reason", "raw"), rows)


def rejected(u: Unit, run_id: int) -> list[Rejected]:
    """The kept lines of a run in the order of the file. Raises DeskError if there is no such run."""
    t, e = schema.import_run.c, schema.import_error
    if u.connection.scalar(select(t.id).where(t.id == run_id)) is None:
        raise DeskError("There is no such import.", "Choose one from the list of past imports.")
    rows = u.connection.execute(select(e).where(e.c.run_id == run_id).order_by(e.c.line, e.c.id))
    return [Rejected(row.line, row.field, row.reason, row.raw) for row in rows]


def few(u: Unit, noun: str, most: int) -> bool:
    """Whether a table holds at most so many rows; looks no further."""
    table = schema.metadata.tables[noun]
    some = select(table.c.id).limit(most + 1).subquery()
    return int(u.connection.scalar(select(func.count()).select_from(some)) or 0) <= most


def _clean(text: str) -> str:
    """Any database keeps it: no NUL and no halves of characters."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode("utf-8")
