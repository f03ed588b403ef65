"""What comes into the mail from outside or from the palette: blocks, saved blocks, products, files of pictures."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from restock_desk.domain.document import saved
from restock_desk.domain.document.placing import Where
from restock_desk.domain.document.tree import Node, freeze
from restock_desk.errors import DeskError
from restock_desk.services import pictures
from restock_desk.services.desk import Desk
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer import palette
from restock_desk.ui.composer.carried import Carried
from restock_desk.ui.composer.editing import Editing
from restock_desk.ui.composer.saved_acts import SavedActs


class Arrivals(QObject):
    """GUI thread only."""

    def __init__(self, desk: Desk, bridge: Bridge, editing: Editing, library: SavedActs, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._bridge, self._editing, self._library = desk, bridge, editing, library

    def take(self, carried: Carried, target: str, where: Where, slot: str = "") -> None:
        """Put what is carried there."""
        edit = self._editing
        self._say_left(carried)
        made = palette.made(carried.fresh, edit.new_id)
        if made is not None:
            edit.add(made, target, where, slot)
        elif carried.file:
            self.host(carried.file, lambda url: self._show(url, target, where, slot))
        elif len(carried.nodes) == 1 and not carried.saved:
            edit.add(saved.copied(carried.nodes[0], edit.new_id), target, where, slot)
        elif carried.nodes:
            edit.select(target)
            edit.paste(carried.nodes, carried.saved)
        else:
            self._library.take(carried, target, where, slot)

    def paste(self, carried: Carried | None) -> None:
        """The same from the clipboard, behind what is selected."""
        if carried is not None and carried.nodes:
            self._say_left(carried)
            self._editing.paste(carried.nodes, carried.saved)
        elif carried is not None and carried.file:
            self.take(carried, self._editing.selection, "after")
        else:
            self._editing.refused.emit("There is no block on the clipboard.")

    def host(self, path: str, done: Callable[[str], object]) -> None:
        """Keep a picture's file with the shop; `done(address)`. Why it cannot be is told as a sentence."""
        desk = self._desk

        def failed(error: Exception) -> None:
            if isinstance(error, DeskError):
                self._editing.refused.emit(f"{error.message} {error.hint}")
            else:
                self._bridge.failed.emit(error)

        self._bridge.act("Keep a picture", lambda _t, _p: pictures.keep(desk, Path(path)), done, failed=failed)

    def _say_left(self, carried: Carried) -> None:
        if carried.left:
            self._library.said.emit(f"The first {len(carried.nodes)} came. {carried.left:,} more are too many at once.")

    def _show(self, url: str, target: str, where: Where, slot: str) -> None:
        props = freeze({"src": url})
        assert not isinstance(props, str)
        self._editing.add(Node(self._editing.new_id(), "image", props), target, where, slot)  # type: ignore[arg-type]  # an object stays one
