"""Whether a node may be what it is and stand where it stands. Used by reading and by every operation alike."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from restock_desk.domain.document import identity, kinds, values
from restock_desk.domain.document.tree import DEPTH_LIMIT, NODE_LIMIT, Document, DocumentFault, Json, Node, Path, freeze

_OWN = ("id", "type")


def checked_node(node: Node, path: Path = ()) -> Node:
    """The node and all below it in their one form. Faults name the path and the block."""
    try:
        return _node(node, path, 1)
    except DocumentFault as fault:
        raise fault if fault.block else _blamed(fault, node) from fault


def checked_props(type: str, props: Mapping[str, Json], path: Path = ()) -> Mapping[str, Json]:
    """A node's properties in their one form: schema order, no defaults, the unknown kept behind."""
    if any(key in props for key in _OWN):
        raise DocumentFault("The id and the type of a block are no properties.", path)
    kind = kinds.kind_of(type)
    if kind is None:
        return freeze_object(props, path)
    for spec in kind.slots:
        if spec.name in props:
            raise DocumentFault(f"“{spec.label}” are blocks, not a property.", (*path, spec.name))
    if type == "branch":
        _without_children(props.get("cases"), (*path, "cases"))
    return values.checked_fields(kinds.shape_of(type), props, path)


def checked_slots(node: Node, path: Path = ()) -> None:
    """Whether every slot that holds something exists: a branch has one a case."""
    for slot, children in node.slots.items():
        if children and slot not in kinds.slots_of(node):
            raise DocumentFault(f"A {node.type} has no place “{slot[:40]}”.", path)


def checked_children(parent: Node | None, slot: str, children: Sequence[Node], path: Path = ()) -> None:
    """Whether a slot (of the body where there is no parent) exists and takes these children."""
    spec = kinds.BODY if parent is None else kinds.slot_of(parent, slot)
    if spec is None or (parent is None and slot != "body"):
        raise DocumentFault(f"A {parent.type if parent else 'body'} has no place “{slot[:40]}”.", path)
    most = NODE_LIMIT if parent is None else spec.most
    if len(children) > most:
        raise DocumentFault(f"“{spec.label}” holds at most {most} blocks.", path)
    levels = {level for level in (kinds.level_of(child.type) for child in children) if level}
    for at, child in enumerate(children):
        level = kinds.level_of(child.type)
        if level and level not in spec.takes:
            kind = kinds.kind_of(child.type)
            raise DocumentFault(
                f"A {(kind.label if kind else child.type).lower()} cannot stand in “{spec.label}”.",
                (*path, at),
                block=child.id,
            )
    if len(levels) > 1:
        raise DocumentFault(f"“{spec.label}” holds either rows or blocks, not both.", path)


def checked_whole(document: Document) -> None:
    """What concerns all nodes together: ids used once, how many nodes, how deep."""
    seen = {document.id}
    waiting = [(node, 1) for node in document.body]
    while waiting:
        node, depth = waiting.pop()
        if node.id in seen:
            raise DocumentFault(f"The id {node.id} is used twice.", block=node.id)
        seen.add(node.id)
        if depth > DEPTH_LIMIT:
            raise DocumentFault(f"Blocks stand at most {DEPTH_LIMIT} deep in one another.", block=node.id)
        if len(seen) > NODE_LIMIT + 1:
            raise DocumentFault(f"An e-mail has at most {NODE_LIMIT} blocks.")
        waiting += [(child, depth + 1) for nodes in node.slots.values() for child in nodes]


def _without_children(cases: Json, path: Path) -> None:
    for at, case in enumerate(cases if isinstance(cases, tuple) else ()):
        if isinstance(case, Mapping) and "children" in case:
            raise DocumentFault("The children of a case are blocks, not a property.", (*path, at, "children"))


def freeze_object(value: object, path: Path) -> Mapping[str, Json]:
    frozen = freeze(value, path)
    if not isinstance(frozen, Mapping):
        raise DocumentFault("Here stands an object.", path)
    return frozen


def _node(node: Node, path: Path, depth: int) -> Node:
    identity.check(node.id, (*path, "id"))
    if not node.type or len(node.type) > 80 or not node.type.isprintable():
        raise DocumentFault("A type is a short word.", (*path, "type"))
    if depth > DEPTH_LIMIT:
        raise DocumentFault(f"Blocks stand at most {DEPTH_LIMIT} deep in one another.", path)
    props = checked_props(node.type, node.props, path)
    made = Node(node.id, node.type, props)
    slots: dict[str, tuple[Node, ...]] = {}
    checked_slots(Node(node.id, node.type, props, node.slots), path)
    for slot in kinds.slots_of(made):
        here = slot_path(path, slot)
        children = tuple(_node(child, (*here, at), depth + 1) for at, child in enumerate(node.children(slot)))
        checked_children(made, slot, children, here)
        if children:
            slots[slot] = children
    return Node(node.id, node.type, props, MappingProxyType(slots))


def slot_path(path: Path, slot: str) -> Path:
    """Where a slot stands in the file: case 2 of a branch under cases[2].children."""
    name, colon, at = slot.partition(":")
    return (*path, "cases", int(at), "children") if colon and name == "case" else (*path, slot)


def _blamed(fault: DocumentFault, node: Node) -> DocumentFault:
    return DocumentFault(fault.reason, fault.path, fault.line, fault.hint, node.id)
