"""Who did what: writing to the audit trail and proving that nobody changed it."""

from restock_desk.domain.staff import AuditEntry
from restock_desk.services.desk import Desk
from restock_desk.store import staff as stored


def record(desk: Desk, action: str, subject: str, reason: str = "", **details: object) -> AuditEntry:
    """Append an entry in a transaction of its own. A write service records within its own unit instead."""
    entry = AuditEntry(desk.now(), desk.actor.name, action, subject, reason, details)
    with desk.store.unit() as u:
        stored.record(u, entry)
        u.commit()
    return entry


def entries(desk: Desk, limit: int = 200) -> list[AuditEntry]:
    """The newest entries, newest first."""
    with desk.store.reading() as u:
        return stored.entries(u, limit)


def verify(desk: Desk) -> str:
    """A sentence on the first entry that was changed or removed; empty if the trail is whole."""
    with desk.store.reading() as u:
        broken = stored.first_broken(u)
    return "" if broken is None else f"The audit trail was changed at or before entry {broken}."
