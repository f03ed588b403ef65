"""Blocks of documents kept under names: saved, listed, put away. How documents use one: `domain.document.saved`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from restock_desk.domain.document import reading
from restock_desk.domain.document.saved import Library, SavedBlock, entry_of, keeping
from restock_desk.domain.document.tree import Document, DocumentFault, Node
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.services.desk import Desk
from restock_desk.store import saved_blocks as store
from restock_desk.store import staff
from restock_desk.store.database import Unit

NAME_LIMIT = 200


@dataclass(frozen=True)
class Use:
    """A template whose newest version shows a saved block; `linked`: it follows the newest version."""

    template: int
    name: str
    linked: bool


@dataclass(frozen=True)
class Kept:
    """A saved block as a list shows it: its newest version, who saved that when, and where the block is used."""

    block: SavedBlock
    author: str
    saved_at: datetime
    archived: bool
    uses: tuple[Use, ...]


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


def rename(desk: Desk, id: str, name: str) -> SavedBlock:
    """The same block under another name, as its next version."""
    return save(desk, id, name, block(desk, id).node)


def saved_blocks(desk: Desk) -> list[SavedBlock]:
    """The newest version of each, by name."""
    with desk.store.reading() as u:
        return store.newest(u)


def kept(desk: Desk, archived: bool = False) -> list[Kept]:
    """The newest version of each with where it is used, by name; archived ones only when asked for."""
    with desk.store.reading() as u:
        records, uses = store.records(u), _uses(u)
    return [
        Kept(one.block, one.author, one.saved_at, one.archived, uses.get(one.block.id, ()))
        for one in records
        if archived or not one.archived
    ]


def block(desk: Desk, id: str) -> SavedBlock:
    """The newest version, of an archived block too. DeskError when there is none."""
    with desk.store.reading() as u:
        found = store.block(u, id, None)
    if found is None:
        raise _missing()
    return found


def named(desk: Desk, words: str) -> Kept:
    """A block by its id or its name. DeskError where none or several have that name."""
    found = [one for one in kept(desk, archived=True) if words in (one.block.id, one.block.name)]
    if len(found) != 1:
        many = "several saved blocks are" if found else "no saved block is"
        raise DeskError(f"{many.capitalize()} called “{words}”.", "Look at `blocks list` for its id.")
    return found[0]


def library(desk: Desk) -> Library:
    """The blocks of the shop for `domain.document.saved`; each is read when it is asked for."""

    def find(id: str, version: int | None) -> SavedBlock | None:
        with desk.store.reading() as u:
            return store.block(u, id, version)

    return find


def archive(desk: Desk, id: str, archived: bool = True) -> None:
    """Take a block out of the list, or put it back. Documents that use it keep it."""
    now = desk.now()
    with desk.store.unit() as u:
        if not store.archive(u, id, archived):
            raise _missing()
        done = "block archived" if archived else "block restored"
        staff.record(u, AuditEntry(now, desk.actor.name, done, f"saved block {id}", "", {}))
        u.commit()


def _uses(u: Unit) -> Mapping[str, tuple[Use, ...]]:
    found: dict[str, tuple[Use, ...]] = {}
    for template, name, source in store.sources(u):
        try:
            document = reading.parse(source)
        except DocumentFault:
            continue  # opening it tells
        for id, linked in _shown(document).items():
            found[id] = (*found.get(id, ()), Use(template, name, linked))
    return found


def _shown(document: Document) -> dict[str, bool]:
    entries = (entry_of(document, node) for node in document.walk() if node.type == "slot")
    return {entry[0]: entry[2] for entry in entries if entry is not None}


def _missing() -> DeskError:
    return DeskError("There is no such saved block.", "Look at the list again.")
