"""The saved blocks as tiles of the palette: a drawing and a name each, with a menu of what can be done."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGridLayout, QMenu, QWidget

from restock_desk.domain.document.saved import SavedBlock
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.palette import Item, Tile
from restock_desk.ui.composer.wire import drawing

KEY = "slot:"
"""What the key of a saved block's tile begins with."""
_ACROSS = 2
_PICTURE = QSize(92, 58)
_ACTS = (
    ("mdi6.link-variant", "Insert linked\tEnter", "linked"),
    ("mdi6.content-copy", "Insert a copy\tAlt+Enter", "copy"),
    ("mdi6.pencil-outline", "Edit everywhere…", "edit"),
    ("mdi6.rename-outline", "Rename…", "rename"),
    ("mdi6.file-find-outline", "Where it is used…", "uses"),
    ("mdi6.archive-outline", "Archive", "archive"),
)


class SavedTiles(QWidget):
    """`wanted(id, act)`: linked, copy, edit, rename, uses or archive. The palette shows it beside its own tiles."""

    wanted = Signal(str, str)
    drag_began = Signal()
    drag_ended = Signal()

    def __init__(self, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._around = around
        self.tiles: dict[str, SavedTile] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(6)
        self._nothing = theme.label("", "muted", wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for column in range(_ACROSS):
            self._grid.setColumnStretch(column, 1)
        self.setLayout(theme.column(self._nothing, self._grid, 1, spacing=4))
        self.show_blocks(())

    def show_blocks(self, blocks: Sequence[SavedBlock]) -> None:
        theme.clear(self._grid)
        self.tiles = {}
        for at, block in enumerate(blocks):
            tile = SavedTile(block, self._around)
            tile.wanted.connect(self.wanted)
            tile.drag_began.connect(self.drag_began)
            tile.drag_ended.connect(self.drag_ended)
            self.tiles[block.id] = tile
            self._grid.addWidget(tile, at // _ACROSS, at % _ACROSS)
        self.search("")

    def search(self, words: str) -> None:
        """Show those whose name holds the words."""
        asked = words.strip().casefold()
        for tile in self.tiles.values():
            tile.setVisible(asked in tile.item.words)
        none = not any(asked in tile.item.words for tile in self.tiles.values())
        self._nothing.setVisible(none)
        self._nothing.setText(
            "No saved block of that name." if self.tiles else
            "Nothing is saved yet.\nSelect a block or a row and press Ctrl+Shift+K: it can then be used in every mail."
        )  # fmt: skip

    def take_first(self) -> None:
        """Enter in the search inserts what was found first."""
        found = next((id for id, tile in self.tiles.items() if not tile.isHidden()), "")
        if found and self.isVisible():
            self.wanted.emit(found, "linked")


class SavedTile(Tile):
    """One of them. A press inserts it linked, with Alt a copy."""

    wanted = Signal(str, str)

    def __init__(self, block: SavedBlock, around: Around) -> None:
        super().__init__(Item(f"{KEY}{block.id}", block.name, "mdi6.bookmark-outline", "saved"))
        self.block = block
        self.setIcon(drawing(block.node, _PICTURE, around))
        self.setIconSize(_PICTURE)
        height = _PICTURE.height() + 24
        self.setStyleSheet(f"QToolButton {{ min-height: {height}px; max-height: {height}px; }}")
        self.setMinimumWidth(_PICTURE.width() + 8)
        letters = QFontMetrics(self.font())
        shown = letters.elidedText(block.name, Qt.TextElideMode.ElideRight, _PICTURE.width())
        self.setText(shown.replace("&", "&&"))
        self.setAccessibleName(f"Add the saved block {block.name}")
        self.setToolTip(
            theme.tooltip(f"{block.name}, version {block.version}. Press to insert it linked, Alt for a copy.")
        )
        self._alone = False
        self.clicked.connect(lambda _=False: self._tell())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            return self.wanted.emit(self.block.id, "copy" if alone else "linked")
        return super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().popup(event.globalPos())

    def menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for at, (icon, words, act) in enumerate(_ACTS):
            if at == 2:
                menu.addSeparator()
            menu.addAction(theme.icon(icon), words, lambda act=act: self.wanted.emit(self.block.id, act))
        return menu

    def _tell(self) -> None:
        alone, self._alone = self._alone, False
        self.wanted.emit(self.block.id, "copy" if alone else "linked")
