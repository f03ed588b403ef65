"""The panel of a saved block's place: what it shows, what is changed here only, and what can be done with it."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from restock_desk.domain.document import kinds, saved
from restock_desk.domain.document.fields import COMMON_FIRST, COMMON_LAST, FieldSpec
from restock_desk.domain.document.saved import SavedBlock
from restock_desk.domain.document.tree import Document, Json, Node
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around, label_of
from restock_desk.ui.composer.carried import text_of
from restock_desk.ui.composer.field_sheet import FieldSheet, Section
from restock_desk.ui.composer.fields import UNSEEN
from restock_desk.ui.composer.wire import drawing

_SEEN = ("when", "visibility.desktop", "visibility.mobile")
_BETWEEN = "."
_CHANGED_HERE = ("rich", "text", "textarea", "url", "image")
"""Types of fields that may be others in one place: words, links and pictures. Looks are the saved block's own."""


class SlotSheet(QWidget):
    """`edited` and `step_asked` as of any sheet; `asked(act)`: edit, detach, uses, newest, follow or stay."""

    edited = Signal(str, object)
    step_asked = Signal(int)
    asked = Signal(str)

    def __init__(self, around: Around) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._around = around
        self._slot: Node | None = None
        self._document = Document(id="none")
        self._made: tuple[str, int] | None = None
        self._linked = True
        self.picture, self.name, self.state = theme.label(), theme.label(), theme.chip("ready", "Linked", "info")
        self.name.setFont(theme.bold_font())
        self.words = theme.caption("", wrap=True)
        self.edit = self._button("Edit everywhere…", "mdi6.pencil-outline", "edit", "primary")
        self.detach = self._button("Detach", "mdi6.link-variant-off", "detach")
        self.uses = self._button("Where it is used…", "mdi6.file-find-outline", "uses")
        self.newest = self._button("", "mdi6.update", "newest")
        self.follow = self._button("", "mdi6.pin-outline", "")
        self.follow.clicked.connect(lambda: self.asked.emit("stay" if self._linked else "follow"))
        self.changes = theme.label("Changed here only")
        self.changes.setFont(theme.bold_font())
        self.sheet = FieldSheet([], around)
        specs = [spec for spec in kinds.fields_of("slot").values() if spec.type not in UNSEEN]
        common = {spec.name for spec in (*COMMON_FIRST, *COMMON_LAST)}
        seen = tuple(spec for spec in specs if spec.name in _SEEN)
        notes = tuple(spec for spec in specs if spec.name in common and spec.name not in _SEEN)
        self.rest = FieldSheet([Section("Who sees it", seen), Section("Name and notes", notes, open=False)], around)
        self.rest.edited.connect(self.edited)
        self.rest.step_asked.connect(self.step_asked)
        self._build()

    def show_node(self, document: Document, node: Node) -> None:
        """Show a slot of the document as it is now."""
        self._document, self._slot = document, node
        entry = saved.entry_of(document, node)
        self._linked = entry is not None and entry[2]
        block = self._around.library(entry[0], None if entry[2] else entry[1]) if entry else None
        newest = self._around.library(entry[0], None) if entry else None
        for part in (self.edit, self.detach, self.uses, self.follow):
            part.setEnabled(block is not None)
        self._show_state(block, newest)
        made = (block.id, block.version) if block is not None else None
        if made != self._made:
            self._made = made
            self._build_changes(block)
        if block is not None:
            self._show_changes(block, node)
        self.rest.show_values(partial(_value, node), lambda spec: node.get(spec.name) is not None)

    def forget(self) -> None:
        """What the fields show is old."""
        self.sheet.forget()
        self.rest.forget()

    def focus_field(self, name: str) -> bool:
        return any(part.focus_field(name) for part in (self.sheet, self.rest))

    def _build(self) -> None:
        head = theme.column(self.name, theme.row(self.state, 1), 1, spacing=4)
        top = theme.row(self.picture, head, spacing=12)
        top.setStretch(1, 1)
        acts = theme.column(
            self.edit, theme.row(self.detach, self.follow, spacing=6), self.newest, self.uses, spacing=6
        )
        self._changes_below = theme.column(self.sheet)
        whole = theme.column(
            top, self.words, acts, theme.rule(), self.changes, self._changes_below, self.rest, 1, spacing=12
        )
        whole.setContentsMargins(0, 0, 6, theme.SPACE)
        self.setLayout(whole)

    def _button(self, words: str, icon: str, act: str, kind: str = "") -> QPushButton:
        made = theme.button(words, icon, kind)
        if act:
            made.clicked.connect(lambda: self.asked.emit(act))
        return made

    def _show_state(self, block: SavedBlock | None, newest: SavedBlock | None) -> None:
        if block is None or newest is None:
            self.name.setText("The saved block is not there")
            self.words.setText("It was made in another shop, or is being read.")
            self.state.hide()
            self.newest.hide()
            return
        self.picture.setPixmap(drawing(block.node, QSize(84, 54), self._around))
        self.name.setText(block.name)
        self.state.show()
        self.state.setText("Linked" if self._linked else f"Version {block.version}")
        self.words.setText(
            f"Follows the newest version, now {newest.version}: what is changed there changes here."
            if self._linked
            else f"Stays with version {block.version}; the newest is {newest.version}."
        )
        behind = not self._linked and block.version < newest.version
        self.newest.setVisible(behind)
        self.newest.setText(f"Use version {newest.version}")
        self.follow.setText("Keep this version" if self._linked else "Follow the newest")
        self.follow.setIcon(theme.icon("mdi6.pin-outline" if self._linked else "mdi6.link-variant"))

    def _build_changes(self, block: SavedBlock | None) -> None:
        """Fields for the words, links and pictures of the block that is shown."""
        parts = [_section(inner) for inner in block.node.walk()] if block is not None else []
        fresh = FieldSheet([part for part in parts if part.specs], self._around)
        fresh.edited.connect(self._changed)
        fresh.step_asked.connect(self.step_asked)
        theme.clear(self._changes_below)
        self._changes_below.addWidget(fresh)
        self.sheet = fresh
        self.changes.setVisible(bool(fresh.fields))

    def _show_changes(self, block: SavedBlock, slot: Node) -> None:
        changed = saved.overrides(slot)
        inner = {node.id: node for node in block.node.walk()}

        def value(spec: FieldSpec) -> Json:
            id, _, name = spec.name.partition(_BETWEEN)
            own = changed.get((id, name))
            return own if own is not None else kinds.value(inner[id], name)

        self.sheet.show_values(value, lambda spec: _key(spec) in changed)

    def _changed(self, name: str, value: Json) -> None:
        if self._slot is None:
            return
        id, _, field = name.partition(_BETWEEN)
        (edit,) = saved.overriding(self._document, self._slot, id, field, value)
        self.edited.emit("overrides", edit.value)  # type: ignore[union-attr]  # overriding sets


def _section(node: Node) -> Section:
    kind = kinds.kind_of(node.type)
    common = {spec.name for spec in (*COMMON_FIRST, *COMMON_LAST)}
    specs = tuple(
        replace(spec, name=f"{node.id}{_BETWEEN}{spec.name}")
        for spec in (kind.fields if kind else ())
        if spec.type in _CHANGED_HERE and spec.name not in common and not spec.name.startswith("style.")
    )
    words = " ".join(text_of(node, label_of).split())
    title = kind.label if kind else node.type
    return Section(f"{title} · {words[:24]}{'…' if len(words) > 24 else ''}" if words else title, specs, open=False)


def _key(spec: FieldSpec) -> tuple[str, str]:
    id, _, name = spec.name.partition(_BETWEEN)
    return id, name


def _value(node: Node, spec: FieldSpec) -> Json:
    found = node.get(spec.name)
    return spec.default if found is None else found
