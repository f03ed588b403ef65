"""What is dragged or copied in the composer and between windows: blocks as JSON. Strange data is refused."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from PySide6.QtCore import QByteArray, QMimeData

from restock_desk.domain.document import reading
from restock_desk.domain.document.rich import plain
from restock_desk.domain.document.tree import NOTHING, DocumentFault, Json, Node, freeze, thaw
from restock_desk.services import pictures

BLOCK = "application/x-restock-block+json"
SKU = "application/x-restock-sku"
"""SKUs of the catalog, one a line."""
_LIMIT, _MOST = 600 * 1024, 12


@dataclass(frozen=True)
class Carried:
    """`moves` is the block of the open document that goes elsewhere; `fresh` a tile of the palette; else copies.
    `saved` says which saved blocks the slots among them show; `alone`: a saved block is to come as a copy (Alt)."""

    nodes: tuple[Node, ...] = ()
    moves: str = ""
    fresh: str = ""
    saved: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
    alone: bool = False
    file: str = ""
    """The path of a picture on this machine."""
    left: int = 0
    """So many rows of the catalog were too many at once."""

    @property
    def type(self) -> str:
        """The type of block that comes."""
        if self.file:
            return "image"
        return self.fresh.partition(":")[0] or (self.nodes[0].type if self.nodes else "")


def packed(
    nodes: Sequence[Node] = (), moves: str = "", fresh: str = "", saved: Mapping[str, Json] = NOTHING
) -> QMimeData:
    """As the clipboard and a drag want it: JSON, and words for everything else."""
    slots = {str(inner.get("ref")) for node in nodes for inner in node.walk() if inner.type == "slot"}
    shown = {key: thaw(entry) for key, entry in saved.items() if key in slots}
    data = {"blocks": [reading.plain_node(node) for node in nodes], "moves": moves, "fresh": fresh, "saved": shown}
    made = QMimeData()
    made.setData(BLOCK, QByteArray(json.dumps(data, ensure_ascii=False).encode()))
    words = "\n\n".join(filter(None, (text_of(node) for node in nodes)))
    if words:
        made.setText(words)
    return made


def carries(data: QMimeData) -> bool:
    """Whether a mail can take it: a block, a product of the catalog, a picture as file or address."""
    return any(data.hasFormat(name) for name in (BLOCK, SKU)) or bool(_picture(data))


def unpacked(data: QMimeData) -> Carried | None:
    """What is carried, checked; None for anything else."""
    if not data.hasFormat(BLOCK):
        return _foreign(data)
    raw = bytes(data.data(BLOCK).data()) if data.hasFormat(BLOCK) else b""
    if not raw or len(raw) > _LIMIT:
        return None
    try:
        found = json.loads(raw)
        nodes = tuple(reading.node_of(freeze(one)) for one in found["blocks"])
        shown = freeze(found.get("saved") or {})
        kept = shown if isinstance(shown, Mapping) else NOTHING
        return Carried(nodes, str(found["moves"]), str(found["fresh"]), kept)
    except (ValueError, KeyError, TypeError, RecursionError, DocumentFault):
        return None


def _foreign(data: QMimeData) -> Carried | None:
    """Rows of the catalog as product blocks with a fixed SKU; a picture."""
    if data.hasFormat(SKU):
        lines = bytes(data.data(SKU).data()).decode("utf-8", "replace").split("\n")
        skus = [line.strip()[:120] for line in lines if line.strip()]
        nodes = tuple(_node("product", source="sku", sku=sku) for sku in skus[:_MOST])
        return Carried(nodes, left=max(0, len(skus) - _MOST)) if nodes else None
    found = _picture(data)
    if found.startswith("http"):
        return Carried((_node("image", src=found),))
    return Carried(file=found) if found else None


def _picture(data: QMimeData) -> str:
    """The path or address of the first picture among the addresses; empty where there is none."""
    for url in data.urls() if data.hasUrls() else ():
        path = url.toLocalFile() if url.isLocalFile() else url.path()
        if path.lower().endswith(tuple(pictures.KINDS)) and (url.isLocalFile() or url.scheme() in ("http", "https")):
            return path if url.isLocalFile() else url.toString()
    return ""


def _node(type: str, **props: str) -> Node:
    return Node(type, type, MappingProxyType(dict(props)))


def text_of(node: Node, show: Callable[[str], str] | None = None) -> str:
    """The words of a block and all below it; a variable by `show(path)`."""
    lines = []
    for inner in node.walk():
        for name in ("text", "label", "title"):
            words = plain(inner.get(name), show)
            if words:
                lines.append(words)
    return "\n".join(lines)
