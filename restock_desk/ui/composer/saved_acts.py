"""What a person does with saved blocks in the composer: keep one, insert it, detach it, rename it, put it away.

Knows which there are and tells the palette, the outline and the panel. Editing one everywhere opens elsewhere.
"""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QWidget

from restock_desk.domain.document import placing, saved
from restock_desk.domain.document.placing import Where
from restock_desk.domain.document.saved import SavedBlock
from restock_desk.domain.document.tree import DocumentFault, Node
from restock_desk.services import saved_blocks
from restock_desk.services.desk import Desk
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.carried import Carried
from restock_desk.ui.composer.editing import Editing, name_of
from restock_desk.ui.composer.saved_tiles import KEY
from restock_desk.ui.template_dialogs import WordsDialog

CHANGES = ("blocks", "templates")
"""What others are told after a saved block became another."""
Known = tuple[tuple[SavedBlock, ...], Mapping[tuple[str, int], SavedBlock]]


class SavedActs(QObject):
    """GUI thread only. `known` after the blocks were read; `edit_asked(block)` and `uses_asked(block)` open windows;
    `said(sentence)` is for a moment."""

    known = Signal()
    edit_asked = Signal(object)
    uses_asked = Signal(object)
    said = Signal(str)

    def __init__(self, desk: Desk, bridge: Bridge, editing: Editing, around: Around, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._bridge, self._editing, self._around = desk, bridge, editing, around
        self.allowed = True
        """Whether saved blocks can be used here; a saved block holds none."""
        bridge.changed.connect(lambda nouns: self.read() if "blocks" in nouns else None)

    def read(self) -> None:
        """Ask which there are, and for older versions that the document names."""
        if not self.allowed:
            return
        desk, document = self._desk, self._editing.document
        entries = [saved.entry_of(document, node) for node in document.walk() if node.type == "slot"]

        def work() -> Known:
            library = saved_blocks.library(desk)
            found = {entry[:2]: library(entry[0], entry[1]) for entry in entries if entry}
            newest = tuple(saved_blocks.saved_blocks(desk))
            away = {entry[0] for entry in entries if entry} - {block.id for block in newest}
            last = {(block.id, block.version): block for block in (library(id, None) for id in away) if block}
            return newest, {**{key: block for key, block in found.items() if block}, **last}

        self._bridge.ask("composer-saved", work, self._read)

    def keep(self) -> None:
        """Save the selected block under a name; it is linked here where it is a row, or the only block of one."""
        node = self._editing.node
        if not self.allowed or node is None or node.type == "slot":
            self.said.emit("Select a block or a row first." if node is None else "This is a saved block already.")
            return
        made = self._row_of(node)
        if made is None:
            return
        document, id = self._editing.document, self._editing.new_id()
        fits = bool(saved.replacing(document, node.id, SavedBlock(id, "", 1, made), self._editing.new_id))
        here = QCheckBox("Use it here, linked: what is changed there changes here")
        here.setChecked(fits)
        here.setEnabled(fits)
        sentence = (
            "It is kept for all e-mails, in the palette under “Saved”. A block alone is kept as a row of its own."
        )
        suggested = str(node.get("name") or "")
        asked = WordsDialog(_window(), "Save as a block", sentence, "Save", suggested or name_of(node), True, here)
        if asked.exec() == QDialog.DialogCode.Accepted:
            self._save(id, asked.words, made, node.id if here.isChecked() else "")

    def take(self, carried: Carried, target: str, where: Where, slot: str = "") -> None:
        """Put the saved block of a tile there, linked or a copy; nothing for what is no saved block's."""
        if carried.fresh.startswith(KEY):
            self.insert(carried.fresh.removeprefix(KEY), target, where, slot, linked=not carried.alone)

    def insert(self, id: str, target: str, where: Where, slot: str = "", linked: bool = True) -> None:
        edit, block = self._editing, self._around.library(id, None)
        if block is None or not self.allowed:
            return
        spot = placing.spot(edit.document, "slot" if linked else block.node.type, target, where, slot)
        if spot is None:
            edit.refused.emit("A saved block has no place there.")
        elif linked:
            edits = saved.placing(edit.document, block, spot.parent, spot.slot, spot.index, edit.new_id)
            edit.do(edits, f"Add {block.name}", edits[-1].node.id)  # type: ignore[union-attr]  # it inserts
        else:
            edit.add(saved.copied(block.node, edit.new_id), target, where, slot)

    def act(self, act: str, id: str = "") -> None:
        """Do what a tile's menu or the panel asks; `id` of the block, else that of the selected slot."""
        node = self._editing.node
        entry = saved.entry_of(self._editing.document, node) if node is not None and not id else None
        block = self._around.library(id or (entry[0] if entry else ""), None)
        if act == "detach" and node is not None:
            return self._do(saved.detaching, node, self._around.library, self._editing.new_id, label="Detach")
        if block is None:
            return self.said.emit("This saved block is not there.")
        if act in ("linked", "copy"):
            return self.insert(block.id, self._editing.selection, "after", linked=act == "linked")
        if act in ("newest", "follow", "stay") and node is not None:
            follows = {"newest": None, "follow": True, "stay": False}[act]
            words = {"newest": "Use the newest version", "follow": "Follow the newest", "stay": "Keep this version"}
            return self._do(saved.updating, node, block.version, follows, label=words[act])
        told: Mapping[str, Callable[[SavedBlock], object]] = {
            "edit": self.edit_asked.emit,
            "uses": self.uses_asked.emit,
            "rename": self._rename,
            "archive": self._archive,
        }
        told[act](block)
        return None

    def _do(self, edits: Callable[..., Any], node: Node, *more: object, label: str) -> None:
        """Edits of the document at a slot, as one step."""
        try:
            made = edits(self._editing.document, node, *more)
        except DocumentFault as fault:
            return self._editing.refused.emit(str(fault.reason))
        selection = made[1].node.id if label == "Detach" else None
        self._editing.do(made, label, selection)
        return None

    def _row_of(self, node: Node) -> Node | None:
        try:
            row = saved.row_of(self._editing.document, node, self._around.library, self._editing.new_id)
            return saved.keeping("", "", 0, row).node
        except DocumentFault as fault:
            self._editing.refused.emit(str(fault.reason))
            return None

    def _save(self, id: str, name: str, made: Node, here: str) -> None:
        desk = self._desk

        def done(block: SavedBlock) -> None:
            edit = self._editing
            self._around.kept = (*self._around.kept, block)
            edits = saved.replacing(edit.document, here, block, edit.new_id) if here else ()
            if edits:
                edit.do(edits, f"Save {block.name}", edits[-1].node.id)  # type: ignore[union-attr]  # it inserts
            self.said.emit(f"“{block.name}” is in the palette, under Saved.")

        self._act(f"Save {name}", lambda: saved_blocks.save(desk, id, name, made), done)

    def _rename(self, block: SavedBlock) -> None:
        desk, sentence = self._desk, "It is called so wherever it is used."
        asked = WordsDialog(_window(), "Rename the saved block", sentence, "Rename", block.name)
        if asked.exec() == QDialog.DialogCode.Accepted:
            self._act(f"Rename {block.name}", lambda: saved_blocks.rename(desk, block.id, asked.words))

    def _archive(self, block: SavedBlock) -> None:
        desk = self._desk
        self._act(
            f"Archive {block.name}",
            lambda: saved_blocks.archive(desk, block.id),
            lambda _: self.said.emit(f"“{block.name}” is out of the palette. Mails that show it keep it."),
        )

    def _act(self, title: str, work: Callable[[], Any], done: Callable[[Any], object] | None = None) -> None:
        self._bridge.act(title, lambda _token, _progress: work(), done, changes=CHANGES)

    def _read(self, found: Known) -> None:
        self._around.kept, self._around.pinned = found
        self.known.emit()


def _window() -> QWidget:
    found = QApplication.activeWindow()
    return found if found is not None else QApplication.topLevelWidgets()[0]
