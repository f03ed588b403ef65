"""The four edits: set, insert, remove, move. Addressed by id, checked before they apply, each with its exact inverse.

`apply` gives the new document and the edits that lead back. A document is never half edited.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, cast

from restock_desk.domain.document import checking, kinds, reading
from restock_desk.domain.document.tree import BYTE_LIMIT, Document, DocumentFault, Json, Node, Path, freeze, thaw


class Absent:
    """No value at all: a `Set` with it takes a key away, so that the default holds again."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


@dataclass(frozen=True)
class Set:
    """Put a value at a path of a block's props, or of the document itself where `id` is its own.

    `("style", "padding")` of a block, `("settings", "subject")` or `("name",)` of the document. A number in the path is
    a place in a list that exists.
    """

    id: str
    path: Path
    value: Json | Absent


@dataclass(frozen=True)
class Insert:
    """Put a block (with all in it) into a slot, before what stands at `index`. `parent` "" = the body."""

    parent: str
    slot: str
    index: int
    node: Node


@dataclass(frozen=True)
class Remove:
    """Take a block out, with all in it."""

    id: str


@dataclass(frozen=True)
class Move:
    """Take a block out and put it into a slot; `index` counts without it."""

    id: str
    parent: str
    slot: str
    index: int


Operation = Set | Insert | Remove | Move
Operations = tuple[Operation, ...]
_LOCKED = ("id", "schema", "body")
_WORDS = ("name", "kind", "theme", "context")
_OBJECTS = ("saved", "lint", "x")


def apply(document: Document, operations: Iterable[Operation]) -> tuple[Document, Operations]:
    """The edited document and the edits that undo it, in their order. Raises DocumentFault and then changes nothing."""
    inverse: list[Operation] = []
    for operation in operations:
        document, back = _applied(document, operation)
        inverse.append(back)
    if document.weight > BYTE_LIMIT and len(reading.serialise(document).encode()) > BYTE_LIMIT:
        raise DocumentFault(f"A document is at most {BYTE_LIMIT // 1024} KB.", hint="Take blocks out of it.")
    return document, tuple(reversed(inverse))


def replacing(document: Document, node: Node) -> Operations:
    """The edits that put a node in the place of the one with its id."""
    place = document.index.get(node.id)
    if place is None:
        raise _gone(node.id)
    return (Remove(node.id), Insert(place.parent, place.slot, place.index, node))


def value_at(document: Document, id: str, path: Path) -> Json | Absent:
    """What stands at a path of a block, or of the document where `id` is its own; ABSENT for nothing."""
    if id == document.id:
        return _at(_own(document), path)
    node = document.find(id)
    return _at(node.props, path) if node else ABSENT


def merges(one: Sequence[Operation], other: Sequence[Operation]) -> bool:
    """Whether two edits following one another are one to a person: typing on in the same field."""
    if len(one) != 1 or len(other) != 1:
        return False
    a, b = one[0], other[0]
    return isinstance(a, Set) and isinstance(b, Set) and a.id == b.id and field_path(a.path) == field_path(b.path)


def to_json(operation: Operation) -> dict[str, Any]:
    """An edit as plain data, for the journal and the history."""
    if isinstance(operation, Set):
        made: dict[str, Any] = {"op": "set", "id": operation.id, "path": list(operation.path)}
        return made if isinstance(operation.value, Absent) else {**made, "value": thaw(operation.value)}
    if isinstance(operation, Insert):
        node = reading.plain_node(operation.node)
        return {
            "op": "insert",
            "parent": operation.parent,
            "slot": operation.slot,
            "index": operation.index,
            "node": node,
        }
    if isinstance(operation, Remove):
        return {"op": "remove", "id": operation.id}
    return {
        "op": "move",
        "id": operation.id,
        "parent": operation.parent,
        "slot": operation.slot,
        "index": operation.index,
    }


def from_json(data: Any) -> Operation:
    """The edit that plain data holds. Raises DocumentFault."""
    if not isinstance(data, Mapping):
        raise DocumentFault("An edit is an object.")
    op = data.get("op")
    if op == "set":
        path = data.get("path")
        if not isinstance(path, list | tuple) or not all(isinstance(part, str | int) for part in path):
            raise DocumentFault("An edit's path is a list of names and places.", ("path",))
        return Set(_word(data, "id"), tuple(path), freeze(data["value"]) if "value" in data else ABSENT)
    if op == "insert":
        node = reading.node_of(freeze(data.get("node")), ("node",))
        return Insert(_word(data, "parent"), _word(data, "slot"), _place(data), node)
    if op == "remove":
        return Remove(_word(data, "id"))
    if op == "move":
        return Move(_word(data, "id"), _word(data, "parent"), _word(data, "slot"), _place(data))
    raise DocumentFault("An edit is set, insert, remove or move.", ("op",))


def describe(operations: Sequence[Operation], document: Document) -> str:
    """What a person did, in a few words, for the undo list. `document` is the one before."""
    if not operations:
        return "Nothing"
    first = operations[0]
    several = f" and {len(operations) - 1} more" if len(operations) > 1 else ""
    replaced = len(operations) == 2 and isinstance(first, Remove) and isinstance(operations[1], Insert)
    if replaced:
        return f"Change {_called(document.find(cast(Remove, first).id))}"
    return _said(first, document) + several


def _said(operation: Operation, document: Document) -> str:
    if isinstance(operation, Insert):
        return f"Add {_called(operation.node)}"
    if isinstance(operation, Remove):
        return f"Remove {_called(document.find(operation.id))}"
    if isinstance(operation, Move):
        return f"Move {_called(document.find(operation.id))}"
    name = ".".join(str(part) for part in field_path(operation.path))
    if operation.id == document.id:
        spec = kinds.SETTING.get(name.removeprefix("settings."))
        return f"Change the {(spec.label if spec else name).lower()}"
    node = document.find(operation.id)
    spec = kinds.field_of(node.type, name) if node else None
    return f"Change {(spec.label if spec else name).lower()} of {_called(node)}"


def _called(node: Node | None) -> str:
    if node is None:
        return "a block"
    name, kind = node.get("name"), kinds.kind_of(node.type)
    return f"“{name}”" if name else (kind.label if kind else node.type).lower()


def _applied(document: Document, operation: Operation) -> tuple[Document, Operation]:
    if isinstance(operation, Set):
        return _set_whole(document, operation) if operation.id == document.id else _set(document, operation)
    if isinstance(operation, Insert):
        node = checking.checked_node(operation.node)
        made = _inserted(document, operation.parent, operation.slot, operation.index, node)
        checking.checked_whole(made)
        return made, Remove(node.id)
    place = document.index.get(operation.id)
    if place is None:
        raise _gone(operation.id)
    if isinstance(operation, Remove):
        back: Operation = Insert(place.parent, place.slot, place.index, place.node)
        return _removed(document, operation.id), back
    if any(node.id == operation.parent for node in place.node.walk()):
        raise DocumentFault("A block cannot be moved into itself.", block=operation.id)
    made = _inserted(_removed(document, operation.id), operation.parent, operation.slot, operation.index, place.node)
    checking.checked_whole(made)
    return made, Move(operation.id, place.parent, place.slot, place.index)


def _set(document: Document, operation: Set) -> tuple[Document, Operation]:
    node = document.find(operation.id)
    if node is None:
        raise _gone(operation.id)
    try:
        props = checking.checked_props(node.type, _put(node.props, operation.path, operation.value))
        made = Node(node.id, node.type, props, node.slots)
        checking.checked_slots(made)
    except DocumentFault as fault:
        raise DocumentFault(fault.reason, fault.path, hint=fault.hint, block=node.id) from fault
    back = _way_back(node.props, operation.path)
    return _replaced(document, made), Set(node.id, back, _at(node.props, back))


def _set_whole(document: Document, operation: Set) -> tuple[Document, Operation]:
    """A change of the document's own: its settings, name, theme, and what it keeps beside the blocks."""
    path = operation.path
    if not path or path[0] in _LOCKED or not isinstance(path[0], str):
        raise DocumentFault("This part of a document cannot be set.", path)
    top = path[0]
    old = _own(document)
    new = dict(_put(MappingProxyType(old), path, operation.value))
    back = _way_back(old, path)
    inverse = Set(document.id, back, _at(old, back))
    found = new.get(top)
    if top in _WORDS:
        return _with(document, top, reading.checked_word(found, top)), inverse
    if top == "settings":
        return replace(document, settings=reading.checked_settings(checking.freeze_object(found or {}, path))), inverse
    if top in _OBJECTS:
        return _with(document, top, checking.freeze_object(found or {}, (top,))), inverse
    beside = {key: new[key] for key in (*document.unknown, top) if key in new}
    return replace(document, unknown=checking.freeze_object(beside, ())), inverse


def _own(document: Document) -> Mapping[str, Json]:
    """What a document holds beside its blocks, as one object."""
    held: dict[str, Json] = {key: getattr(document, key) for key in (*_WORDS, *_OBJECTS, "settings")}
    return {key: value for key, value in held.items() if value or key in _WORDS} | dict(document.unknown)


def _with(document: Document, name: str, value: str | Mapping[str, Json]) -> Document:
    changed: dict[str, Any] = {name: value}
    return replace(document, **changed)


def _put(values: Mapping[str, Json], path: Path, value: Json | Absent) -> Mapping[str, Json]:
    if not path or not isinstance(path[0], str):
        raise DocumentFault("An edit needs the name of what it sets.", path)
    made = _changed(values, path, value if isinstance(value, Absent) else freeze(value), path)
    assert isinstance(made, Mapping)
    return made


def _changed(inside: Json, path: Path, value: Json | Absent, whole: Path) -> Json | Absent:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        if inside is not None and not isinstance(inside, Mapping):
            raise DocumentFault("The path leads into something that is no object.", whole)
        old: Mapping[str, Json] = inside or {}
        new = _changed(old.get(step), rest, value, whole)
        kept = {key: part for key, part in old.items() if key != step}
        return MappingProxyType(kept if isinstance(new, Absent) else {**kept, step: new})
    if not isinstance(inside, tuple) or isinstance(step, bool) or not 0 <= step < len(inside):
        raise DocumentFault("The path leads to a place that the list does not have.", whole)
    part = _changed(inside[step], rest, value, whole)
    if isinstance(part, Absent):
        raise DocumentFault("An entry is taken out by setting the list without it.", whole)
    return (*inside[:step], part, *inside[step + 1 :])


def _way_back(values: Mapping[str, Json], path: Path) -> Path:
    """The path whose old value undoes a change: up to the first list, or to the first name that is not there yet."""
    inside: Json = values
    for at, step in enumerate(path):
        if not isinstance(step, str):
            return path[:at]
        if not isinstance(inside, Mapping) or step not in inside:
            return path[: at + 1]
        inside = inside[step]
    return path


def _at(values: Mapping[str, Json], path: Path) -> Json | Absent:
    inside: Json = values
    for step in path:
        if not isinstance(inside, Mapping) or step not in inside:
            return ABSENT
        inside = inside[cast(str, step)]
    return inside


def _inserted(document: Document, parent: str, slot: str, index: int, node: Node) -> Document:
    holder = document.find(parent) if parent else None
    if parent and holder is None:
        raise _gone(parent)
    children = document.body if holder is None else holder.children(slot)
    if not 0 <= index <= len(children):
        raise DocumentFault(f"“{slot[:40]}” has no place {index}.", block=parent)
    children = (*children[:index], node, *children[index:])
    checking.checked_children(holder, slot, children)
    return _refilled(document, holder, slot, children)


def _removed(document: Document, id: str) -> Document:
    place = document.index[id]
    holder = document.find(place.parent) if place.parent else None
    children = document.body if holder is None else holder.children(place.slot)
    return _refilled(document, holder, place.slot, tuple(child for child in children if child.id != id))


def _refilled(document: Document, holder: Node | None, slot: str, children: tuple[Node, ...]) -> Document:
    if holder is None:
        return replace(document, body=children)
    filled = {**holder.slots, slot: children}
    ordered = {name: filled[name] for name in kinds.slots_of(holder) if filled.get(name)}
    return _replaced(document, Node(holder.id, holder.type, holder.props, MappingProxyType(ordered)))


def _replaced(document: Document, node: Node) -> Document:
    """The document with a node in the place of the one with its id; what is beside the way up stays the same object."""
    place = document.index[node.id]
    while place.parent:
        holder = document.index[place.parent].node
        children = tuple(node if child.id == node.id else child for child in holder.children(place.slot))
        slots = MappingProxyType({**holder.slots, place.slot: children})
        node = Node(holder.id, holder.type, holder.props, slots)
        place = document.index[node.id]
    return replace(document, body=tuple(node if child.id == node.id else child for child in document.body))


def field_path(path: Path) -> Path:
    """The field a path leads to: up to the first place in a list."""
    return next((path[:at] for at, step in enumerate(path) if not isinstance(step, str)), path)


def _word(data: Mapping[str, Any], key: str) -> str:
    if not isinstance(data.get(key), str):
        raise DocumentFault("Here stands a text.", (key,))
    return str(data[key])


def _place(data: Mapping[str, Any]) -> int:
    index = data.get("index")
    if isinstance(index, bool) or not isinstance(index, int):
        raise DocumentFault("Here stands a place: 0, 1, 2…", ("index",))
    return index


def _gone(id: str) -> DocumentFault:
    return DocumentFault(f"There is no block {id[:40]}.", hint="It was taken out meanwhile.", block=id)
