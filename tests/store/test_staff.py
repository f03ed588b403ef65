"""The audit trail can be added to, and nothing in it can be changed unseen."""

from datetime import UTC, datetime

from sqlalchemy import delete, update

from restock_desk.domain.staff import AuditEntry
from restock_desk.store import Store, schema, staff

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _record(store: Store, *actions: str) -> list[int]:
    with store.unit() as u:
        ids = [
            staff.record(u, AuditEntry(NOW, "ana", action, "delivery 7", "asked", {"at": NOW})) for action in actions
        ]
        u.commit()
    return ids


def _broken(store: Store) -> int | None:
    with store.reading() as u:
        return staff.first_broken(u)


def test_entries_come_back_newest_first(store: Store) -> None:
    _record(store, "resent", "settled")
    with store.reading() as u:
        assert [e.action for e in staff.entries(u)] == ["settled", "resent"]


def test_an_untouched_trail_is_whole(store: Store) -> None:
    _record(store, "a", "b", "c")
    assert _broken(store) is None


def test_a_changed_entry_is_found(store: Store) -> None:
    ids = _record(store, "a", "b", "c")
    with store.unit() as u:
        u.connection.execute(update(schema.audit).where(schema.audit.c.id == ids[1]).values(reason="another"))
        u.commit()
    assert _broken(store) == ids[1]


def test_a_removed_entry_is_found_at_its_successor(store: Store) -> None:
    ids = _record(store, "a", "b", "c")
    with store.unit() as u:
        u.connection.execute(delete(schema.audit).where(schema.audit.c.id == ids[1]))
        u.commit()
    assert _broken(store) == ids[2]
