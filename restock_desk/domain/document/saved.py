"""Saved blocks: kept under a name, used in several e-mails, linked (follows the newest) or pinned, changed in places,
or detached: replaced by a copy of its own. Pure; the library of blocks is passed in."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from restock_desk.domain.document import checking, kinds, operations
from restock_desk.domain.document.fields import NewId
from restock_desk.domain.document.operations import ABSENT, Insert, Operations, Remove, Set
from restock_desk.domain.document.tree import NOTHING, Document, DocumentFault, Json, Node

_OF_ITS_PLACE = ("layout", "name", "note", "locked", "when", "visibility")
"""Properties of a section that are not those of a row made of one of its blocks."""
_REF = re.compile(r"saved:([A-Za-z0-9_-]{1,40})@([1-9][0-9]{0,8})\Z")


@dataclass(frozen=True)
class SavedBlock:
    """A block in the library. `version` counts from 1; every save is another, and none changes."""

    id: str
    name: str
    version: int
    node: Node

    @property
    def ref(self) -> str:
        return f"saved:{self.id}@{self.version}"


Library = Callable[[str, int | None], SavedBlock | None]
"""A saved block by id and version; version None asks for the newest."""


def keeping(id: str, name: str, version: int, node: Node) -> SavedBlock:
    """A block of a document as one for the library. Only rows can be kept: what stands in the body."""
    if kinds.level_of(node.type) != "body" or node.type == "slot":
        raise DocumentFault("Only a whole row can be kept: a section, a hero, a repeat, a branch.", block=node.id)
    return SavedBlock(id, name, version, checking.checked_node(node))


def row_of(document: Document, node: Node, library: Library, new_id: NewId) -> Node:
    """A block as the row that is kept: content comes in a section that looks like the one around it, and saved blocks
    inside become its own. Raises DocumentFault for what cannot be kept."""
    level, around = kinds.level_of(node.type), document.parent_of(node.id)
    while around is not None and around.type != "section":
        around = document.parent_of(around.id)
    made = _alone(document, node, library, new_id)
    if level == "content":
        made = Node(new_id(), "column", NOTHING, MappingProxyType({"blocks": (made,)}))
    if level in ("content", "column"):
        kept = {k: v for k, v in (around.props if around else NOTHING).items() if k not in _OF_ITS_PLACE}
        made = Node(new_id(), "section", MappingProxyType(kept), MappingProxyType({"columns": (made,)}))
    return copied(made, new_id)


def replacing(document: Document, id: str, block: SavedBlock, new_id: NewId) -> Operations:
    """The edits that show a saved block where the block stands that it was made of; none where a row cannot stand."""
    place = document.index.get(id)
    while place is not None and kinds.level_of(place.node.type) != "body":
        above = document.index.get(place.parent)
        if above is None or sum(len(nodes) for nodes in above.node.slots.values()) != 1:
            return ()
        place = above
    if place is None:
        return ()
    return (Remove(place.node.id), *placing(document, block, place.parent, place.slot, place.index, new_id))


def placing(
    document: Document, block: SavedBlock, parent: str, slot: str, index: int, new_id: NewId, linked: bool = True
) -> Operations:
    """The edits that put a saved block into a document."""
    key = f"sb_{new_id()}"
    entry: Json = MappingProxyType({"linked": linked, "ref": block.ref})
    node = Node(new_id(), "slot", MappingProxyType({"ref": key}))
    return (Set(document.id, ("saved", key), entry), Insert(parent, slot, index, node))


def entry_of(document: Document, slot: Node) -> tuple[str, int, bool] | None:
    """Which block a slot shows: its id, its version, and whether it follows the newest."""
    entry = document.saved.get(str(slot.get("ref") or ""))
    found = _REF.match(str(entry.get("ref"))) if isinstance(entry, Mapping) else None
    if found is None or not isinstance(entry, Mapping):
        return None
    return found.group(1), int(found.group(2)), entry.get("linked") is True


def resolved(document: Document, slot: Node, library: Library) -> Node | None:
    """What a slot shows: the saved block with this place's changes and ids that are the same at every compile."""
    entry = entry_of(document, slot)
    if entry is None:
        return None
    id, version, linked = entry
    block = (library(id, None) if linked else None) or library(id, version)
    if block is None:
        return None
    return _renamed(_overridden(block.node, slot), lambda inner: _derived(slot.id, inner))


def updating(document: Document, slot: Node, version: int, linked: bool | None = None) -> Operations:
    """The edits that pin a slot's block to another version, and say whether it follows the newest (None: as before)."""
    entry = entry_of(document, slot)
    if entry is None:
        raise DocumentFault("The saved block is not there.", block=slot.id)
    follows = entry[2] if linked is None else linked
    value: Json = MappingProxyType({"linked": follows, "ref": f"saved:{entry[0]}@{version}"})
    return (Set(document.id, ("saved", str(slot.get("ref"))), value),)


def detaching(document: Document, slot: Node, library: Library, new_id: NewId) -> Operations:
    """The edits that replace a slot by a copy of its own of what it shows."""
    shown, place = resolved(document, slot, library), document.index.get(slot.id)
    if shown is None or place is None:
        raise DocumentFault("The saved block is not there.", block=slot.id)
    copy = copied(shown, new_id)
    for key in ("when", "name", "note"):
        if slot.get(key) is not None and (key == "when" or copy.get(key) is None):
            copy = _with_prop(copy, key, _both(slot.get(key), copy.get(key)) if key == "when" else slot.get(key))
    edits: Operations = (Remove(slot.id), Insert(place.parent, place.slot, place.index, copy))
    ref = str(slot.get("ref"))
    used = any(node.get("ref") == ref for node in document.walk() if node.type == "slot" and node.id != slot.id)
    return edits if used else (*edits, Set(document.id, ("saved", ref), ABSENT))


def copied(node: Node, new_id: NewId) -> Node:
    """The same block with ids of its own, for “duplicate” and “paste”."""
    return _renamed(node, lambda _: new_id())


def overriding(document: Document, slot: Node, block: str, field: str, value: Json) -> Operations:
    """The edit that changes one field of a saved block in this place only; None takes the change away."""
    found = [one for one in _overrides(slot) if (one.get("block"), one.get("field")) != (block, field)]
    if value is not None:
        found.append(MappingProxyType({"block": block, "field": field, "value": value}))
    return (Set(slot.id, ("overrides",), tuple(found)),)


def overrides(slot: Node) -> Mapping[tuple[str, str], Json]:
    """What a slot changes: the value by block and field."""
    return {(str(one.get("block")), str(one.get("field"))): one.get("value") for one in _overrides(slot)}


def _alone(document: Document, node: Node, library: Library, new_id: NewId) -> Node:
    """The node with a copy of each saved block inside it in the place of its slot."""
    slots = {}
    for name, below in node.slots.items():
        shown = [resolved(document, child, library) if child.type == "slot" else child for child in below]
        if any(child is None for child in shown):
            raise DocumentFault("A saved block inside it is not there.", block=node.id)
        slots[name] = tuple(_alone(document, child, library, new_id) for child in shown if child is not None)
    return Node(node.id, node.type, node.props, MappingProxyType(slots))


def _overrides(slot: Node) -> list[Mapping[str, Json]]:
    found = slot.get("overrides")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, tuple) else []


def _overridden(node: Node, slot: Node) -> Node:
    """What no longer fits (the block or field is gone, another type) is left as the library has it."""
    document = Document(id="saved-block", body=(node,))
    for one in _overrides(slot):
        path = tuple(str(one.get("field", "")).split("."))
        try:
            document, _ = operations.apply(document, [Set(str(one.get("block", "")), path, one.get("value"))])
        except DocumentFault:
            continue
    return document.body[0]


def _renamed(node: Node, name: Callable[[str], str]) -> Node:
    slots = {slot: tuple(_renamed(child, name) for child in nodes) for slot, nodes in node.slots.items()}
    return Node(name(node.id), node.type, node.props, MappingProxyType(slots))


def _derived(slot: str, inner: str) -> str:
    return hashlib.sha256(f"{slot}/{inner}".encode()).hexdigest()[:26].upper()


def _with_prop(node: Node, key: str, value: Json) -> Node:
    props = checking.checked_props(node.type, MappingProxyType({**node.props, key: value}))
    return Node(node.id, node.type, props, node.slots)


def _both(one: Json, other: Json) -> Json:
    return MappingProxyType({"all": (one, other)}) if other is not None else one
