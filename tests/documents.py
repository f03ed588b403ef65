"""Documents for tests: a blank one around some blocks, ids that count, and a hypothesis strategy of valid documents."""

from collections.abc import Callable
from itertools import count
from types import MappingProxyType

from restock_desk.domain.document import kinds
from restock_desk.domain.document.tree import Document, Node


def numbered(prefix: str = "n") -> Callable[[], str]:
    """A maker of ids that count: n1, n2…"""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


def body_of(*nodes: Node) -> Document:
    """A document with these nodes, wrapped in a section and a column where they cannot stand in the body."""
    made = []
    for node in nodes:
        if kinds.level_of(node.type) == "content":
            node = Node(f"c-{node.id}", "column", slots=MappingProxyType({"blocks": (node,)}))
        if kinds.level_of(node.type) == "column":
            node = Node(f"s-{node.id}", "section", slots=MappingProxyType({"columns": (node,)}))
        made.append(node)
    return Document(id="doc", name="Test", body=tuple(made))
