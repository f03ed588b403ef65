"""The document that is open, its history, and which block is selected. Every edit of the composer goes through `do`.

Knows no widget. The journal is told of each edit before anything is drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QObject, QTimer, Signal

from restock_desk.domain.document import kinds, placing
from restock_desk.domain.document.history import History
from restock_desk.domain.document.operations import ABSENT, Absent, Operation, Operations, Set
from restock_desk.domain.document.placing import Where
from restock_desk.domain.document.tree import NOTHING, Document, DocumentFault, Json, Node

Written = Callable[[Operations, Document], object]
"""What is told of every edit that was applied, undo and redo included, with the document it led to."""


SETTLES_MS = 30
"""So long after a value was changed the panels follow: the picture of the mail goes first."""


class Editing(QObject):
    """GUI thread only. `changed` at once after every edit, `settled` when what stands beside the mail is to follow: a
    moment later while values are changed, at once after all other edits. `selected(id)` when another block is chosen
    ("" = none), `refused(sentence)` when an edit cannot be."""

    changed = Signal()
    settled = Signal()
    selected = Signal(str)
    refused = Signal(str)

    def __init__(
        self, new_id: Callable[[], str], now: Callable[[], datetime] | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.new_id = new_id
        self.written: Written = lambda _edits, _document: None
        self._now = now or (lambda: datetime.now(UTC))
        self.history = History(Document(id="none"))
        self.selection = ""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SETTLES_MS)
        self._soon.timeout.connect(self.settled)

    @property
    def document(self) -> Document:
        return self.history.document

    @property
    def node(self) -> Node | None:
        """The selected block."""
        return self.document.find(self.selection)

    def open(self, document: Document) -> None:
        """Begin with this document; nothing of the one before can be undone."""
        self.history = History(document)
        self.selection = ""
        self.changed.emit()
        self._settle()
        self.selected.emit("")

    def do(self, edits: Sequence[Operation], label: str = "", select: str | None = None) -> bool:
        """Apply edits as one step; False, and a sentence to `refused`, where they are not allowed."""
        if not edits:
            return False
        try:
            after = self.history.do(edits, self._now(), label)
        except DocumentFault as fault:
            self.refused.emit(str(fault.reason))
            return False
        self._become(after, tuple(edits), select)
        return True

    def set(self, id: str, path: tuple[str | int, ...], value: Json | Absent) -> bool:
        """Put a value; None takes it away, so that the default holds again."""
        return self.do((Set(id, path, ABSENT if value is None else value),))

    def undo(self) -> None:
        if self.history.done:
            self._become(self.history.undo(), self.history.done[-1].undo)

    def redo(self) -> None:
        if self.history.undone:
            self._become(self.history.redo(), self.history.undone[-1].do)

    def go_to_step(self, done: int) -> None:
        """Undo or redo until so many steps are done."""
        while len(self.history.done) > max(done, 0):
            self.undo()
        while len(self.history.done) < done and self.history.undone:
            self.redo()

    def select(self, id: str) -> None:
        """Choose a block; an unknown id chooses none."""
        id = id if self.document.find(id) is not None else ""
        if id != self.selection:
            self.selection = id
            self.history = self.history.close()
            self.selected.emit(id)

    def add(self, made: Node, target: str, where: Where, slot: str = "") -> bool:
        """Put a new block there and select it."""
        spot = placing.spot(self.document, made.type, target, where, slot)
        if spot is None:
            kind = kinds.kind_of(made.type)
            self.refused.emit(f"A {(kind.label if kind else made.type).lower()} has no place there.")
            return False
        return self.do(placing.insert(spot, made, self.new_id), f"Add {name_of(made).lower()}", made.id)

    def move(self, id: str, target: str, where: Where, slot: str = "") -> bool:
        return self.do(placing.move(self.document, id, target, where, self.new_id, slot), self._moving(id), id)

    def step(self, by: int) -> bool:
        """Move the selected block up (-1) or down (1)."""
        return self.do(placing.step(self.document, self.selection, by), self._moving(self.selection), self.selection)

    def duplicate(self) -> bool:
        node = self.node
        if node is None:
            return False
        edits, copy = placing.duplicate(self.document, node.id, self.new_id)
        return self.do(edits, f"Duplicate {name_of(node).lower()}", copy)

    def remove(self, label: str = "Remove") -> bool:
        node = self.node
        if node is None:
            return False
        edits, beside = placing.remove(self.document, node.id)
        return self.do(edits, f"{label} {name_of(node).lower()}", beside)

    def paste(self, nodes: Sequence[Node], saved: Mapping[str, Json] = NOTHING) -> bool:
        """`saved`: which saved blocks the slots among them show, where this document does not know."""
        try:
            edits, last = placing.paste(self.document, nodes, self.selection, self.new_id)
        except DocumentFault as fault:
            self.refused.emit(str(fault.reason))
            return False
        new = [
            Set(self.document.id, ("saved", key), one) for key, one in saved.items() if key not in self.document.saved
        ]
        edits = (*new, *edits)
        words = name_of(nodes[0]).lower() if len(nodes) == 1 else f"{len(nodes)} blocks"
        return self.do(edits, f"Paste {words}", last)

    def _moving(self, id: str) -> str:
        node = self.document.find(id)
        return f"Move {name_of(node).lower()}" if node else "Move"

    def _settle(self) -> None:
        """Let everything follow now."""
        self._soon.stop()
        self.settled.emit()

    def _become(self, history: History, edits: Operations, select: str | None = None) -> None:
        self.history = history
        self.written(edits, history.document)
        known = self.selection
        if select is not None:
            self.selection = select
        if history.document.find(self.selection) is None:
            self.selection = ""
        self.changed.emit()
        if len(edits) == 1 and isinstance(edits[0], Set) and history.done and not history.closed:
            if not self._soon.isActive():
                self._soon.start()
        else:
            self._settle()
        if self.selection != known:
            self.selected.emit(self.selection)


def name_of(node: Node) -> str:
    """How a block is called: its own name, else its kind."""
    kind = kinds.kind_of(node.type)
    return str(node.get("name") or (kind.label if kind else node.type))
