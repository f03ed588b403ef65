"""Blocks of documents kept under names: saved, listed, put away. How documents use one: `domain.document.saved`."""

from restock_desk.domain.document.saved import Library, SavedBlock, keeping
from restock_desk.domain.document.tree import Node
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.services.desk import Desk
from restock_desk.store import saved_blocks as store
from restock_desk.store import staff

NAME_LIMIT = 200


def save(desk: Desk, id: str, name: str, node: Node) -> SavedBlock:
    """Keep a block: a new one for an id nobody has, else the next version of it. DeskError for no name or no row."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_LIMIT:
        raise DeskError("A saved block needs a name.", f"Write between 1 and {NAME_LIMIT} characters.")
    row = keeping(id, name, 0, node)
    now = desk.now()
    with desk.store.unit() as u:
        made = store.save(u, id, name, row.node, desk.actor.name, now)
        told: dict[str, object] = {"name": name, "version": made.version}
        staff.record(u, AuditEntry(now, desk.actor.name, "block saved", f"saved block {id}", "", told))
        u.commit()
    return made


def saved_blocks(desk: Desk) -> list[SavedBlock]:
    """The newest version of each, by name."""
    with desk.store.reading() as u:
        return store.newest(u)


def library(desk: Desk) -> Library:
    """The blocks of the shop for `domain.document.saved`; each is read when it is asked for."""

    def find(id: str, version: int | None) -> SavedBlock | None:
        with desk.store.reading() as u:
            return store.block(u, id, version)

    return find


def archive(desk: Desk, id: str) -> None:
    """Take a block out of the list. Documents that use it keep it."""
    now = desk.now()
    with desk.store.unit() as u:
        if not store.archive(u, id):
            raise DeskError("There is no such saved block.", "Look at the list again.")
        staff.record(u, AuditEntry(now, desk.actor.name, "block archived", f"saved block {id}", "", {}))
        u.commit()
