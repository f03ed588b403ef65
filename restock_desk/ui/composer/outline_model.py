"""The document as a tree of rows: blocks, and the places of branches and repeats. Drops are told, not done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from restock_desk.domain.condition_words import spoken
from restock_desk.domain.document import kinds, saved
from restock_desk.domain.document.saved import Library
from restock_desk.domain.document.tree import Document, Node
from restock_desk.ui import theme
from restock_desk.ui.composer.around import in_words, named
from restock_desk.ui.composer.carried import BLOCK, SKU, carries, packed, text_of, unpacked
from restock_desk.ui.composer.editing import name_of

Index = QModelIndex | QPersistentModelIndex
DETAIL, BADGES, REASON = (Qt.ItemDataRole.UserRole + n for n in (1, 2, 3))
_PLACES = ("branch", "repeat")


@dataclass
class Line:
    """One row: a block, or with `slot` a place inside it."""

    id: str
    slot: str = ""
    parent: int = -1
    children: list[int] = field(default_factory=list)
    row: int = 0

    @property
    def key(self) -> tuple[str, str, int, int]:
        return self.id, self.slot, self.parent, self.row


class OutlineModel(QAbstractItemModel):
    """`dropped(carried, target id, where, slot)` tells what a person put where."""

    dropped = Signal(object, str, str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = Document(id="none")
        self.hidden: Mapping[str, str] = {}
        self.alone = False
        """Whether what is dropped is meant as a copy."""
        self.library: Library = lambda _id, _version: None
        """The saved blocks as they are at any moment, for their names."""
        self._lines: list[Line] = []
        self._tops: list[int] = []

    def show_document(self, document: Document) -> bool:
        """Show this; True where rows came, went or moved, so that what was unfolded must be unfolded again."""
        lines, tops = _lines(document)
        same = [line.key for line in lines] == [line.key for line in self._lines]
        if same:
            before, self.document = self.document, document
            anew = before.saved is not document.saved
            self._tell(line for line in self._lines if anew or _props(before, line) is not _props(document, line))
            return False
        self.beginResetModel()
        self.document, self._lines, self._tops = document, lines, tops
        self.endResetModel()
        return True

    def show_hidden(self, hidden: Mapping[str, str]) -> None:
        """Which blocks the person of the preview does not see, and why."""
        if dict(hidden) != dict(self.hidden):
            before, self.hidden = self.hidden, hidden
            self._tell(line for line in self._lines if before.get(line.id) != hidden.get(line.id))

    def index_of(self, id: str) -> QModelIndex:
        """The row of a block; that of its section for the only column of one."""
        while id:
            at = next((n for n, line in enumerate(self._lines) if line.id == id and not line.slot), -1)
            if at >= 0:
                return self.createIndex(self._lines[at].row, 0, at)
            place = self.document.index.get(id)
            id = place.parent if place else ""
        return QModelIndex()

    def line(self, index: Index) -> Line | None:
        return self._lines[index.internalId()] if index.isValid() else None

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008  # Qt's own
        below = self._lines[parent.internalId()].children if parent.isValid() else self._tops
        return self.createIndex(row, column, below[row]) if column == 0 and 0 <= row < len(below) else QModelIndex()

    def parent(self, index: Index | None = None) -> Any:  # Qt has two of this name
        if index is None:
            return super().parent()
        above = self._lines[index.internalId()].parent if index.isValid() else -1
        return self.createIndex(self._lines[above].row, 0, above) if above >= 0 else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own
        return len(self._lines[parent.internalId()].children if parent.isValid() else self._tops)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.line(index)
        node = self.document.find(line.id) if line else None
        if line is None or node is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._title(line, node)
        if role == DETAIL:
            return _detail(line, node, self.document)
        if role == Qt.ItemDataRole.DecorationRole:
            return theme.icon(_icon(line, node))
        if role == BADGES:
            return () if line.slot else self._badges(node)
        if role == REASON:
            return self.hidden.get(line.id, "")
        if role == Qt.ItemDataRole.ToolTipRole:
            return theme.tooltip(self._tip(line, node))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        line, flag = self.line(index), Qt.ItemFlag
        if line is None:
            return flag.ItemIsDropEnabled
        base = flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsDropEnabled
        node = self.document.find(line.id)
        locked = node is not None and node.get("locked") is True
        return base if line.slot or locked else base | flag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return [BLOCK, SKU, "text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        found = self.line(indexes[0]) if indexes else None
        node = self.document.find(found.id) if found else None
        return packed((node,) if node else (), moves=node.id if node else "")

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        return carries(data)

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        carried = unpacked(data)
        if carried is None:
            return False
        target, where, slot = self._place(row, parent)
        self.dropped.emit(replace(carried, alone=self.alone), target, where, slot)
        return True

    def _place(self, row: int, parent: Index) -> tuple[str, str, str]:
        """What is meant by a drop on a row, or between two."""
        holder = self.line(parent)
        below = holder.children if holder else self._tops
        if 0 <= row < len(below) and not self._lines[below[row]].slot:
            return self._lines[below[row]].id, "before", ""
        if row >= 0 and below and not self._lines[below[-1]].slot:
            return self._lines[below[-1]].id, "after", ""
        return (holder.id, "inside", holder.slot) if holder else ("", "inside", "")

    def _title(self, line: Line, node: Node) -> str:
        if not line.slot:
            entry = saved.entry_of(self.document, node) if node.type == "slot" else None
            block = self.library(entry[0], None) if entry else None
            return str(node.get("name") or block.name) if block else name_of(node)
        spec = kinds.slot_of(node, line.slot)
        name, _, at = line.slot.partition(":")
        if name == "case":
            case = kinds.cases(node)[int(at)]
            return str(case.get("name") or f"Case {int(at) + 1}")
        return spec.label if spec else line.slot

    def _badges(self, node: Node) -> tuple[tuple[str, str], ...]:
        found = [("mdi6.link-variant", "accent_text")] if node.type == "slot" else []
        if node.id in self.hidden:
            found.append(("mdi6.eye-off-outline", "warn"))
        elif node.get("when") is not None:
            found.append(("mdi6.account-filter-outline", "accent_text"))
        if node.get("visibility.mobile") is False:
            found.append(("mdi6.cellphone-off", "muted"))
        if node.get("visibility.desktop") is False:
            found.append(("mdi6.monitor-off", "muted"))
        if node.get("locked") is True:
            found.append(("mdi6.lock-outline", "muted"))
        return tuple(found)

    def _tip(self, line: Line, node: Node) -> str:
        when = node.get("when")
        parts = [self._title(line, node), _detail(line, node, self.document)]
        if isinstance(when, Mapping):
            parts.append(f"Shown when {in_words(spoken(when))}.")
        parts.append(in_words(self.hidden.get(line.id, "")))
        return " ".join(filter(None, parts))

    def _tell(self, lines: Iterable[Line]) -> None:
        """Row by row: a view draws only those again."""
        for line in lines:
            above = self._lines[line.parent].children if line.parent >= 0 else self._tops
            index = self.createIndex(line.row, 0, above[line.row])
            self.dataChanged.emit(index, index)


def _props(document: Document, line: Line) -> object:
    """What a row tells is in its block's properties: the same object, the same words."""
    node = document.find(line.id)
    return node.props if node else None


def _lines(document: Document) -> tuple[list[Line], list[int]]:
    lines: list[Line] = []

    def add(node: Node, parent: int, row: int) -> int:
        at = len(lines)
        lines.append(Line(node.id, "", parent, [], row))
        if node.type in _PLACES:
            for place, slot in enumerate(kinds.slots_of(node)):
                here = len(lines)
                lines.append(Line(node.id, slot, at, [], place))
                lines[at].children.append(here)
                lines[here].children = [add(child, here, n) for n, child in enumerate(node.children(slot))]
            return at
        below = [child for children in node.slots.values() for child in children]
        if node.type == "section" and len(below) == 1:
            below = list(below[0].children("blocks"))  # a row of one column needs no line for it
        lines[at].children = [add(child, at, n) for n, child in enumerate(below)]
        return at

    tops = [add(node, -1, row) for row, node in enumerate(document.body)]
    return lines, tops


def _icon(line: Line, node: Node) -> str:
    if line.slot:
        return "mdi6.subdirectory-arrow-right"
    kind = kinds.kind_of(node.type)
    return kind.icon if kind else "mdi6.help-rhombus-outline"


def _detail(line: Line, node: Node, document: Document) -> str:
    """A few words that tell this row from others of its kind."""
    if node.type == "slot":
        entry = saved.entry_of(document, node)
        return "" if entry is None else "linked" if entry[2] else f"version {entry[1]}"
    if line.slot:
        name, _, at = line.slot.partition(":")
        when = kinds.cases(node)[int(at)].get("when") if name == "case" else None
        return in_words(spoken(when)) if isinstance(when, Mapping) else ""
    if node.slots or kinds.level_of(node.type) != "content":
        count = len(node.children("columns"))
        return f"{count} columns" if count > 1 else ""
    return " ".join(text_of(node, named).split())[:60]
