"""Saved blocks in the places of their slots. What they are and how they change: `domain.document.saved`."""

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from restock_desk.domain.document import reading
from restock_desk.domain.document import saved as blocks
from restock_desk.domain.document.saved import Library, SavedBlock
from restock_desk.domain.document.tree import Document, DocumentFault, Node, freeze

_DEEP = 4
"""Saved blocks in saved blocks."""
Text = tuple[str, int, str]
"""A saved block as it travels: its id, its version, its node as JSON."""


def wanted(document: Document) -> tuple[tuple[str, int, bool], ...]:
    """The blocks that a document's slots show: id, version, and whether the newest is meant."""
    found = (blocks.entry_of(document, node) for node in document.walk() if node.type == "slot")
    return tuple(dict.fromkeys(entry for entry in found if entry))


def text_of(block: SavedBlock) -> Text:
    node = json.dumps(reading.plain_node(block.node), ensure_ascii=False, separators=(",", ":"))
    return block.id, block.version, node


def library_of(kept: Iterable[Text]) -> Library:
    """The blocks among these texts."""
    known = {(id, version): text for id, version, text in kept}

    def find(id: str, version: int | None) -> SavedBlock | None:
        number = version or max((found for name, found in known if name == id), default=0)
        text = known.get((id, number))
        node = _node(text) if text else None
        return SavedBlock(id, "", number, node) if node else None

    return find


def resolved(document: Document, kept: tuple[Text, ...]) -> Document:
    """The document with each slot replaced by its saved block. What stands beside a slot stays the very same node."""
    if not any(node.type == "slot" for node in document.walk()):
        return document
    library = library_of(kept)
    return replace(document, body=tuple(_filled(node, document, library, _DEEP) for node in document.body))


def _filled(node: Node, document: Document, library: Library, deep: int) -> Node:
    if node.type == "slot":
        shown = blocks.resolved(document, node, library) if deep else None
        return _placed(_filled(shown, document, library, deep - 1), node) if shown else node
    if not any(child.type == "slot" for child in node.walk()):
        return node
    slots = {
        name: tuple(_filled(child, document, library, deep) for child in below) for name, below in node.slots.items()
    }
    return replace(node, slots=MappingProxyType(slots))


def _placed(shown: Node, slot: Node) -> Node:
    """Under the slot's id, since the blocks inside are none of this document's; shown where both conditions hold."""
    tests = tuple(test for test in (slot.get("when"), shown.get("when")) if test)
    made = _named(shown, slot.id)
    if not tests:
        return made
    when = tests[0] if len(tests) == 1 else freeze({"all": tests})
    return replace(made, props=MappingProxyType({**made.props, "when": when}))


def _named(node: Node, id: str) -> Node:
    slots = {name: tuple(_named(child, id) for child in below) for name, below in node.slots.items()}
    return Node(id, node.type, node.props, MappingProxyType(slots))


@lru_cache(maxsize=256)
def _node(text: str) -> Node | None:
    try:
        return reading.node_of(freeze(json.loads(text)))
    except (ValueError, DocumentFault, RecursionError):
        return None
