"""What is dragged or copied in the composer and between windows: blocks as JSON. Strange data is refused."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QMimeData

from restock_desk.domain.document import reading
from restock_desk.domain.document.rich import plain
from restock_desk.domain.document.tree import DocumentFault, Node, freeze

BLOCK = "application/x-restock-block+json"
_LIMIT = 600 * 1024


@dataclass(frozen=True)
class Carried:
    """`moves` is the block of the open document that goes elsewhere; `fresh` a kind of the palette; else copies."""

    nodes: tuple[Node, ...] = ()
    moves: str = ""
    fresh: str = ""


def packed(nodes: Sequence[Node] = (), moves: str = "", fresh: str = "") -> QMimeData:
    """As the clipboard and a drag want it: JSON, and words for everything else."""
    data = {"blocks": [reading.plain_node(node) for node in nodes], "moves": moves, "fresh": fresh}
    made = QMimeData()
    made.setData(BLOCK, QByteArray(json.dumps(data, ensure_ascii=False).encode()))
    words = "\n\n".join(filter(None, (text_of(node) for node in nodes)))
    if words:
        made.setText(words)
    return made


def unpacked(data: QMimeData) -> Carried | None:
    """What is carried, checked; None for anything else."""
    raw = bytes(data.data(BLOCK).data()) if data.hasFormat(BLOCK) else b""
    if not raw or len(raw) > _LIMIT:
        return None
    try:
        found = json.loads(raw)
        nodes = tuple(reading.node_of(freeze(one)) for one in found["blocks"])
        return Carried(nodes, str(found["moves"]), str(found["fresh"]))
    except (ValueError, KeyError, TypeError, RecursionError, DocumentFault):
        return None


def text_of(node: Node) -> str:
    """The words of a block and all below it."""
    lines = []
    for inner in node.walk():
        for name in ("text", "label", "title"):
            words = plain(inner.get(name))
            if words:
                lines.append(words)
    return "\n".join(lines)
