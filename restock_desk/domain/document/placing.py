"""Where a block goes: “before this”, “inside that”, one step up, beside itself, as edits that are legal.

A content block that is put between rows gets a section of its own. Nothing here knows a widget.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from restock_desk.domain.document import kinds, operations, saved
from restock_desk.domain.document.fields import Level, NewId
from restock_desk.domain.document.operations import Insert, Move, Operations, Remove
from restock_desk.domain.document.tree import Document, DocumentFault, Node

Where = Literal["before", "after", "inside"]
_INTO = ("columns", "blocks", "each", "case:0", "else", "empty")


@dataclass(frozen=True)
class Spot:
    """A place in a slot. `wrap`: a block that cannot stand there itself comes in a section of its own."""

    parent: str
    slot: str
    index: int
    wrap: bool = False


def spot(document: Document, type: str, target: str, where: Where, slot: str = "") -> Spot | None:
    """Where a block of a type goes if it is put there; None where it cannot. Target "" is the whole e-mail.

    `slot` names the slot of the target that is meant by “inside”; else the first that takes the block.
    """
    level = kinds.level_of(type) or "content"
    if not target:
        index = 0 if where == "before" else _before_footer(document)
        return Spot("", "body", index, level != "body") if level != "column" else None
    node = document.find(target)
    if node is None:
        return None
    if where == "inside":
        found = _inside(node, level, slot)
        if found is not None:
            return found
    return _beside(document, node.id, level, after=where != "before")


def insert(spot: Spot, node: Node, new_id: NewId) -> Operations:
    """The edits that put a new block there."""
    made = _wrapped(node, new_id) if spot.wrap else node
    return (Insert(spot.parent, spot.slot, spot.index, made),)


def move(document: Document, id: str, target: str, where: Where, new_id: NewId, slot: str = "") -> Operations:
    """The edits that put a block there; none where it cannot go or stands there already."""
    place = document.index.get(id)
    if place is None or any(node.id == target for node in place.node.walk()):
        return ()
    goal = spot(document, place.node.type, target, where, slot)
    if goal is None or any(node.id == goal.parent for node in place.node.walk()):
        return ()
    same = (place.parent, place.slot) == (goal.parent, goal.slot)
    index = goal.index - (1 if same and place.index < goal.index else 0)
    if goal.wrap:
        section = kinds.new("section", new_id)
        column = section.children("columns")[0]
        return _legal(document, (Insert(goal.parent, goal.slot, goal.index, section), Move(id, column.id, "blocks", 0)))
    if same and index == place.index:
        return ()
    return _legal(document, (Move(id, goal.parent, goal.slot, index),))


def step(document: Document, id: str, by: int) -> Operations:
    """The edits that move a block one place up (-1) or down (1), into the next column or row at an edge."""
    place = document.index.get(id)
    if place is None:
        return ()
    siblings = siblings_of(document, id)
    if 0 <= place.index + by < len(siblings):
        return (Move(id, place.parent, place.slot, place.index + by),)
    if kinds.level_of(place.node.type) != "content":
        return ()
    holders = [(node.id, slot) for node in document.walk() for slot in kinds.slots_of(node) if _takes(node, slot)]
    here = holders.index((place.parent, place.slot)) if (place.parent, place.slot) in holders else -1
    if here < 0 or not 0 <= here + by < len(holders):
        return ()
    parent, slot = holders[here + by]
    holder = document.find(parent)
    index = len(holder.children(slot)) if holder is not None and by < 0 else 0
    return _legal(document, (Move(id, parent, slot, index),))


def duplicate(document: Document, id: str, new_id: NewId) -> tuple[Operations, str]:
    """The edits that put a copy behind a block, and the copy's id."""
    place = document.index[id]
    copy = saved.copied(place.node, new_id)
    return (Insert(place.parent, place.slot, place.index + 1, copy),), copy.id


def paste(document: Document, nodes: Sequence[Node], target: str, new_id: NewId) -> tuple[Operations, str]:
    """The edits that put copies of blocks after a target, or inside it where they fit, and the last copy's id."""
    edits: list[operations.Operation] = []
    last = ""
    made = document
    for node in nodes:
        holder = made.find(target)
        inside = holder is not None and not last and _inside(holder, kinds.level_of(node.type) or "content", "")
        goal = spot(made, node.type, target, "inside" if inside else "after")
        if goal is None:
            raise DocumentFault("This block has no place here.", hint="Select a column or a block of the same sort.")
        copy = saved.copied(node, new_id)
        new = insert(goal, copy, new_id)
        made, _ = operations.apply(made, new)
        edits += new
        target = last = copy.id
    return tuple(edits), last


def remove(document: Document, id: str) -> tuple[Operations, str]:
    """The edit that takes a block out, and which block comes under the cursor then ("" = none)."""
    place = document.index[id]
    siblings = siblings_of(document, id)
    beside = siblings[place.index + 1 : place.index + 2] or siblings[max(place.index - 1, 0) : place.index]
    return (Remove(id),), beside[0].id if beside else place.parent


def siblings_of(document: Document, id: str) -> tuple[Node, ...]:
    """All children of the slot a block stands in, itself among them."""
    place = document.index[id]
    holder = document.find(place.parent) if place.parent else None
    return document.body if holder is None else holder.children(place.slot)


def path_to(document: Document, id: str) -> tuple[Node, ...]:
    """The blocks around a block, outermost first, itself last."""
    found: list[Node] = []
    place = document.index.get(id)
    while place is not None:
        found.append(place.node)
        place = document.index.get(place.parent)
    return tuple(reversed(found))


def _takes(node: Node, slot: str, level: Level = "content") -> bool:
    """Whether a slot takes blocks of a level beside what it holds."""
    spec = kinds.slot_of(node, slot)
    if spec is None or level not in spec.takes or len(node.children(slot)) >= spec.most:
        return False
    return all(kinds.level_of(child.type) in (level, None) for child in node.children(slot))


def _inside(node: Node, level: Level, slot: str) -> Spot | None:
    names = (slot,) if slot else sorted(kinds.slots_of(node), key=_rank)
    for name in names:
        if _takes(node, name, level):
            return Spot(node.id, name, len(node.children(name)))
        if level == "content" and _takes(node, name, "body"):
            return Spot(node.id, name, len(node.children(name)), wrap=True)
    if level == "content":
        for column in node.children("columns"):
            if _takes(column, "blocks"):
                return Spot(column.id, "blocks", len(column.children("blocks")))
    return None


def _beside(document: Document, id: str, level: Level, after: bool) -> Spot | None:
    """Before or after the block, or the nearest one around it, that stands where this level may."""
    place = document.index.get(id)
    row: Spot | None = None
    while place is not None:
        holder = document.find(place.parent) if place.parent else None
        index = place.index + (1 if after else 0)
        if holder is None:
            return Spot("", "body", index) if level == "body" else row or _row(level, "", "body", index)
        if _takes(holder, place.slot, level):
            return Spot(holder.id, place.slot, index)
        if row is None and _takes(holder, place.slot, "body"):
            row = _row(level, holder.id, place.slot, index)
        place = document.index.get(place.parent)
    return None


def _row(level: Level, parent: str, slot: str, index: int) -> Spot | None:
    return Spot(parent, slot, index, wrap=True) if level == "content" else None


def _before_footer(document: Document) -> int:
    """The end of the e-mail, but above a last section that only says who sends it."""
    last = document.body[-1] if document.body else None
    inner = [node for node in last.walk() if not node.slots] if last is not None else []
    footer = bool(inner) and all(node.type == "footer" for node in inner)
    return len(document.body) - (1 if footer else 0)


def _wrapped(node: Node, new_id: NewId) -> Node:
    column = Node(new_id(), "column", slots=MappingProxyType({"blocks": (node,)}))
    return Node(new_id(), "section", slots=MappingProxyType({"columns": (column,)}))


def _legal(document: Document, edits: Iterable[operations.Operation]) -> Operations:
    """The edits if they can be applied, else none."""
    made = tuple(edits)
    try:
        operations.apply(document, made)
    except DocumentFault:
        return ()
    return made


def _rank(slot: str) -> int:
    return _INTO.index(slot) if slot in _INTO else len(_INTO)
