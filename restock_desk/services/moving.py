"""Moving a shop to another database, such as from a file to the PostgreSQL a team shares, and taking that back.

From the moment the copy begins the old place sends no more: two that send would mail everybody twice.
"""

from dataclasses import dataclass

from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services.desk import Desk
from restock_desk.store import Store, ledger, open_store, staff, transfer, upgrade
from restock_desk.store import shop as shop_
from restock_desk.store.database import Unit


@dataclass(frozen=True)
class Moved:
    """What a move did: where to, and how many rows of each table."""

    target: str
    tables: dict[str, int]

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


def move(desk: Desk, url: str, token: CancelToken | None = None, progress: ProgressFn = no_progress) -> Moved:
    """Copy the desk's shop into the empty database at `url`. All or nothing; a move that failed may be tried again.

    DeskError when the target holds anything, when something is being sent, or when a row does not fit. Writers of the
    old place wait meanwhile; it stays as it is, but sends no more.
    """
    target = open_store(url, secret=desk.secret)
    try:
        _make_ready(target)
        _mark(desk, target.name)
        try:
            tables = _copy(desk, target, token or CancelToken(), progress)
        except BaseException:
            _unmark(desk, "the move did not succeed")
            raise
    finally:
        target.close()
    return Moved(target.name, tables)


def take_back(desk: Desk, reason: str) -> None:
    """Let the old place send again, because the new one is given up. Only a person can know that it is."""
    if not reason.strip():
        raise DeskError("A reason is needed.", "Say in a few words why; it is kept in the audit trail.")
    with desk.store.reading() as u:
        if shop_.moved_to(u) is None:
            raise DeskError("This shop was not moved.", "There is nothing to take back.")
    _unmark(desk, reason.strip())


def moved_to(desk: Desk) -> str:
    """Where this shop was moved to; empty if it was not."""
    with desk.store.reading() as u:
        found = shop_.moved_to(u)
    return str(found.get("name", "")) if found else ""


def _make_ready(target: Store) -> None:
    if upgrade.state(target).kind == "empty":
        upgrade.upgrade(target)
    upgrade.prepare(target)
    with target.reading() as u:
        if transfer.holds_anything(u):
            raise DeskError(
                f"The database {target.name} holds a shop already.", "Choose an empty one. Nothing was changed in it."
            )


def _mark(desk: Desk, name: str) -> None:
    """From here on nothing is claimed. Committed before the first row is read."""
    now = desk.now()
    with desk.store.unit() as u:
        _must_be_quiet(u, desk)
        shop_.save_setting(u, shop_.MOVED, {"name": name, "at": now.isoformat(), "complete": False}, now)
        staff.record(u, AuditEntry(now, desk.actor.name, "shop moved", "shop", "", {"to": name}))
        u.commit()


def _copy(desk: Desk, target: Store, token: CancelToken, progress: ProgressFn) -> dict[str, int]:
    with desk.store.unit() as source, target.unit() as u:
        transfer.hold(source)
        _must_be_quiet(source, desk)  # a claim that was made just before the mark is seen now
        total, done = sum(transfer.counted(source).values()) - 1, 0  # the mark of the move stays here

        def told(table: str, rows: int) -> None:
            nonlocal done
            done += rows
            progress(Progress(done, total, f"Copying {table.replace('_', ' ')}"))

        tables = transfer.copy(source, u, token, told)
        token.check()
        u.commit()
        found = shop_.moved_to(source) or {}
        shop_.save_setting(source, shop_.MOVED, {**found, "complete": True}, desk.now())
        source.commit()
    return tables


def _unmark(desk: Desk, reason: str) -> None:
    with desk.store.unit() as u:
        if shop_.moved_to(u) is not None:
            shop_.forget_setting(u, shop_.MOVED)
            staff.record(u, AuditEntry(desk.now(), desk.actor.name, "shop's move taken back", "shop", reason, {}))
        u.commit()


def _must_be_quiet(u: Unit, desk: Desk) -> None:
    if ledger.leased(u, desk.now()):
        raise DeskError(
            "A campaign is being sent from this shop just now.", "Pause it, wait until it has stopped, and try again."
        )
