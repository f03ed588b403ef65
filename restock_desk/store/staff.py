"""The audit trail: append-only, each entry sealed with a hash over itself and the entry before it.

Whoever changes or removes an entry in the middle breaks the chain, and `first_broken` finds where.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, text

from restock_desk.domain.staff import AuditEntry
from restock_desk.store import schema
from restock_desk.store.database import Unit

_LOCK = 0x52445341


def record(u: Unit, entry: AuditEntry) -> int:
    """Append `entry` in the caller's transaction, beside the write it tells of; its id. One writer at a time."""
    if not u.sqlite:
        u.connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    table = schema.audit
    before = u.connection.scalar(select(table.c.hash).order_by(table.c.id.desc()).limit(1)) or ""
    details = json.loads(json.dumps(entry.details, default=str))
    seal = _seal(before, entry.at, entry.actor, entry.action, entry.subject, entry.reason, details)
    result = u.connection.execute(
        table.insert().values(
            at=entry.at, actor=entry.actor, action=entry.action, subject=entry.subject, reason=entry.reason,
            details=details, hash=seal,
        )
    )  # fmt: skip
    key = result.inserted_primary_key
    return int(key[0]) if key else 0


def entries(u: Unit, limit: int = 200) -> list[AuditEntry]:
    """The newest entries, newest first."""
    table = schema.audit
    rows = u.connection.execute(select(table).order_by(table.c.id.desc()).limit(limit))
    return [AuditEntry(r.at, r.actor, r.action, r.subject, r.reason, dict(r.details)) for r in rows]


def first_broken(u: Unit) -> int | None:
    """The id of the first entry whose seal does not fit it or the entry before it; None if the trail is whole."""
    before = ""
    for r in u.connection.execute(select(schema.audit).order_by(schema.audit.c.id)).yield_per(1_000):
        if r.hash != _seal(before, r.at, r.actor, r.action, r.subject, r.reason, r.details):
            return int(r.id)
        before = r.hash
    return None


def _seal(
    before: str, at: datetime, actor: str, action: str, subject: str, reason: str, details: Mapping[str, object]
) -> str:
    told = [before, at.isoformat(), actor, action, subject, reason, details]
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
