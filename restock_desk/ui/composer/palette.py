"""What can be added: one tile a kind of block, by group. Dragged onto the mail or the outline, or pressed."""

from dataclasses import dataclass
from types import MappingProxyType

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QFontMetrics, QIcon, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QGridLayout, QLineEdit, QScrollArea, QSizePolicy, QToolButton, QWidget

from restock_desk.domain.document import kinds
from restock_desk.domain.document.fields import NewId
from restock_desk.domain.document.tree import Node
from restock_desk.ui import theme
from restock_desk.ui.composer.carried import packed

_ACROSS = 3


@dataclass(frozen=True)
class Item:
    """One tile. `key` names it in a drag; `words` are all a search finds it by."""

    key: str
    label: str
    icon: str
    group: str
    doc: str = ""

    @property
    def words(self) -> str:
        return f"{self.label} {self.key} {self.doc}".casefold()


_ROWS = (
    ("section:1", "1 column", "mdi6.square-outline"),
    ("section:1-1", "2 columns", "mdi6.view-column-outline"),
    ("section:1-1-1", "3 columns", "mdi6.view-week-outline"),
    ("section:1-2", "1 : 2", "mdi6.view-split-vertical"),
    ("section:2-1", "2 : 1", "mdi6.page-layout-sidebar-right"),
    ("section:1-1-1-1", "4 columns", "mdi6.land-rows-vertical"),
)
_GROUPS = (("content", "Content"), ("commerce", "Products"), ("layout", "Rows"), ("logic", "Logic"))
_LOGIC = ("repeat", "branch")
_LEFT_OUT = ("section", "column", "slot")


def items() -> tuple[Item, ...]:
    """Every tile in its order."""
    found = [
        Item(kind.type, kind.label, kind.icon, "logic" if kind.type in _LOGIC else kind.group, kind.doc)
        for kind in kinds.KINDS.values()
        if kind.type not in _LEFT_OUT
    ]
    rows = [Item(key, label, icon, "layout", "A row of the mail") for key, label, icon in _ROWS]
    order = [name for name, _ in _GROUPS]
    return tuple(sorted((*rows, *found), key=lambda item: order.index(item.group)))


def made(key: str, new_id: NewId) -> Node | None:
    """The fresh block a tile stands for; None for a key that no tile has."""
    if key not in {item.key for item in items()}:
        return None
    type, _, layout = key.partition(":")
    node = kinds.new(type, new_id)
    if not layout:
        return node
    columns = tuple(kinds.new("column", new_id) for _ in layout.split("-"))
    props = node.props if layout == "1" else MappingProxyType({**node.props, "layout": layout})
    return Node(node.id, node.type, props, MappingProxyType({"columns": columns}))


class Palette(QScrollArea):
    """`wanted(key)` when a tile is pressed; `drag_began` and `drag_ended` around a drag."""

    wanted = Signal(str)
    drag_began = Signal()
    drag_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Blocks to add")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tiles: dict[str, Tile] = {}
        self.search = QLineEdit()
        self.search.setAccessibleName("Search blocks")
        self.search.setPlaceholderText("Search blocks")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(theme.icon("mdi6.magnify"), QLineEdit.ActionPosition.LeadingPosition)
        self._nothing = theme.caption("No block of that name.")
        self._nothing.hide()
        parts: list[QWidget | int] = [self._nothing]
        self._groups: list[tuple[QWidget, list[Tile]]] = []
        for name, words in _GROUPS:
            parts.append(self._group(words, [item for item in items() if item.group == name]))
        self._own = QWidget()
        self._own.setObjectName("plain")
        self._own.setLayout(theme.column(*parts, 1, spacing=theme.SPACE))
        self._pages: list[QWidget] = [self._own]
        self._inside = theme.column(self._own)
        self._inside.setContentsMargins(0, 0, theme.SPACE // 2, 0)
        inside = QWidget()
        inside.setObjectName("plain")
        inside.setLayout(self._inside)
        self.setWidget(inside)
        self.search.textChanged.connect(self._find)
        self.search.returnPressed.connect(self._first)

    def add_page(self, page: QWidget) -> None:
        """Another page of tiles, shown in the place of these by `show_page`."""
        page.hide()
        self._pages.append(page)
        self._inside.addWidget(page)

    def show_page(self, page: QWidget | None) -> None:
        """That page, or with None the blocks that can be added."""
        for shown in self._pages:
            shown.setVisible(shown is (page or self._own))

    def _group(self, words: str, found: list[Item]) -> QWidget:
        head = theme.caption(words)
        grid = QGridLayout()
        grid.setSpacing(6)
        shown = []
        for at, item in enumerate(found):
            tile = Tile(item)
            tile.clicked.connect(lambda _=False, key=item.key: self.wanted.emit(key))
            tile.drag_began.connect(self.drag_began)
            tile.drag_ended.connect(self.drag_ended)
            self.tiles[item.key] = tile
            shown.append(tile)
            grid.addWidget(tile, at // _ACROSS, at % _ACROSS)
        for column in range(_ACROSS):
            grid.setColumnStretch(column, 1)
        made = QWidget()
        made.setObjectName("plain")
        made.setLayout(theme.column(head, grid, spacing=4))
        self._groups.append((made, shown))
        return made

    def _find(self, words: str) -> None:
        asked = words.strip().casefold()
        for group, tiles in self._groups:
            for tile in tiles:
                tile.setVisible(asked in tile.item.words)
            group.setVisible(any(not tile.isHidden() for tile in tiles))
        self._nothing.setVisible(all(group.isHidden() for group, _ in self._groups))

    def _first(self) -> None:
        """Enter adds what was found first."""
        if self._own.isHidden():
            return
        found = next((tile for _, tiles in self._groups for tile in tiles if not tile.isHidden()), None)
        if found is not None and self.search.text().strip():
            self.wanted.emit(found.item.key)


class Tile(QToolButton):
    """A kind of block as a small card: sign above, name below."""

    drag_began = Signal()
    drag_ended = Signal()

    def __init__(self, item: Item) -> None:
        super().__init__()
        self.item = item
        self._pressed: QPoint | None = None
        self.setProperty("kind", "tile")
        self.setText(item.label)
        self.setFont(theme.small_font())
        self.setIcon(theme.icon(item.icon))
        self.setIconSize(QSize(22, 22))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setAccessibleName(f"Add {item.label.lower()}")
        self.setToolTip(theme.tooltip(f"{item.label}. {item.doc}" if item.doc else item.label))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(58)
        self.setMinimumWidth(64)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        start = self._pressed
        if start is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return super().mouseMoveEvent(event)
        if (event.position().toPoint() - start).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self.setDown(False)
            self._drag()
        return None

    def _drag(self) -> None:
        drag = QDrag(self)
        drag.setMimeData(packed(fresh=self.item.key))
        drag.setPixmap(pill(theme.icon(self.item.icon), self.item.label))
        drag.setHotSpot(QPoint(12, 12))
        self.drag_began.emit()
        drag.exec(Qt.DropAction.CopyAction)
        self.drag_ended.emit()


def pill(icon: QIcon, words: str) -> QPixmap:
    """What hangs on the mouse while a block is dragged."""
    font = theme.bold_font()
    width = QFontMetrics(font).horizontalAdvance(words) + 48
    picture = QPixmap(width, 32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(theme.color("accent_soft"))
    painter.setPen(theme.color("accent"))
    painter.drawRoundedRect(picture.rect().adjusted(0, 0, -1, -1), 8, 8)
    icon.paint(painter, 10, 7, 18, 18)
    painter.setFont(font)
    painter.setPen(theme.color("accent_text"))
    painter.drawText(picture.rect().adjusted(36, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, words)
    painter.end()
    return picture
