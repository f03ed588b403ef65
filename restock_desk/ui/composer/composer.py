"""The composer put together: palette and outline at the left, the mail between, properties at the right.

It holds the document that is open and tells `edited` with the draft of each state. Saving is not its matter.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QLayout, QSizePolicy, QSplitter, QStackedWidget, QWidget

from restock_desk.domain.document.operations import Operation
from restock_desk.domain.document.placing import Where
from restock_desk.domain.document.tree import Document, DocumentFault, Json
from restock_desk.domain.templates import Draft, Problem
from restock_desk.services import composing, dressing
from restock_desk.services.composing import Verdict
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer import palette
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.arrivals import Arrivals
from restock_desk.ui.composer.brand import tokens_of
from restock_desk.ui.composer.canvas import Canvas
from restock_desk.ui.composer.carried import Carried
from restock_desk.ui.composer.commands import BlockCommands
from restock_desk.ui.composer.editing import Editing
from restock_desk.ui.composer.keeping import Keeper
from restock_desk.ui.composer.outline import Outline
from restock_desk.ui.composer.properties import Properties
from restock_desk.ui.composer.saved_acts import SavedActs
from restock_desk.ui.composer.saved_tiles import SavedTiles
from restock_desk.ui.composer.settings_panel import SettingsPanel
from restock_desk.ui.composer.sides import Sides
from restock_desk.ui.composer.steps import StepList
from restock_desk.ui.preview_side import PreviewSide
from restock_desk.ui.segments import Segment, Segments

_WHERE = {"subject": "subject", "preheader": "preheader", "sender_email": "from", "sender_name": "from",
          "reply_to": "replyTo", "text": "text"}  # fmt: skip

_PAGES = (Segment("blocks", "Blocks", "Blocks to add"), Segment("saved", "Saved", "Blocks kept under a name"))


class Composer(QObject):
    """GUI thread only. `left` and `right` belong beside the preview, `tools` above it."""

    edited = Signal(object)
    refused = Signal(str)
    brand_asked = Signal()

    def __init__(self, desk: Desk, bridge: Bridge, side: PreviewSide) -> None:
        super().__init__(side)
        self._desk, self._bridge, self._side = desk, bridge, side
        self.around = Around(self)
        self.editing = Editing(composing.new_ids(desk), desk.now, self)
        self.keeper = Keeper(desk, self.editing.new_id, self.refused.emit)
        self.editing.written = self.keeper.wrote
        self.canvas = Canvas(side.pane, self)
        self.palette, self.outline = palette.Palette(), Outline()
        self.library = SavedActs(desk, bridge, self.editing, self.around, self)
        self.arrivals = Arrivals(desk, bridge, self.editing, self.library, self)
        self.around.host = self.arrivals.host
        self.saved_tiles = SavedTiles(self.around)
        self.properties = Properties(self.editing, self.around)
        self.settings = SettingsPanel(self.editing, self.around)
        self.steps = StepList(self.editing)
        self.commands = BlockCommands(self.editing, self.edit_words, self.library.keep, self.arrivals.paste)
        self._data: dict[str, object] | None = None
        self.is_open = False
        self.pages = Segments("Which blocks", _PAGES, "blocks")
        self.left = _left(self.palette, self.saved_tiles, self.pages, self.outline)
        self.right = self._build_right()
        self.sides = Sides(self.left, self.right, self)
        self.tools = self._build_tools()
        self._connect()
        self.set_open(False)

    def open(self, draft: Draft, template: int) -> DocumentFault | None:
        """Begin with a draft's document; the fault where it is none. `template` is its number."""
        try:
            document = composing.document_of(draft)
        except DocumentFault as fault:
            self.set_open(False)
            return fault
        self.set_open(True)
        self.keeper.open(document, template)
        self.show_document(document)
        return None

    def show_document(self, document: Document) -> None:
        self.editing.open(document)
        self.library.read()
        self._read_brand()
        self._read_person()

    def saved(self) -> None:
        """A version was written: typing on begins another step, and the journal another page."""
        self.editing.history = self.editing.history.close()
        self.keeper.saved(self.editing.document)

    def leave(self) -> None:
        """The template is left, what was not saved is kept."""
        self.keeper.end()
        self.set_open(False)

    def set_open(self, on: bool) -> None:
        """Show or hide everything of the composer."""
        self.is_open = on
        self.sides.set_on(on)
        self.tools.setVisible(on)
        self.canvas.set_on(on)
        self.commands.set_on(on)
        for key in self._keys:
            key.setEnabled(on)

    def edit_words(self) -> None:
        """The cursor into the words of the selected block."""
        if self.editing.node is not None:
            self.show_panel("block")
            self.sides.show_properties()
            self.properties.focus_words()

    def show_panel(self, name: str) -> None:
        """block, mail or steps."""
        self.panels.set_value(name)
        self.stack.setCurrentIndex(("block", "mail", "steps").index(name))

    def show_problem(self, problem: Problem) -> None:
        """Select the block a problem is about, or show the setting."""
        self.sides.show_properties()
        if problem.block and self.editing.document.find(problem.block) is not None:
            self.editing.select(problem.block)
            self.show_panel("block")
            return
        name = _WHERE.get(problem.where, "")
        self.show_panel("mail")
        self.settings.sheet.focus_field(name)

    def mend(self, problem: Problem) -> None:
        """Make a problem's quick fix, as a step that can be undone."""
        edits = [edit for edit in problem.operations if isinstance(edit, Operation)]
        self.editing.do(edits, problem.fix.rstrip(".") or "Quick fix")

    def add(self, key: str) -> None:
        """A tile was pressed: its block comes behind the selected one."""
        made = palette.made(key, self.editing.new_id)
        if made is None:
            return
        target = self.editing.selection
        if not self.editing.add(made, target, "inside" if target and self._holds(target) else "after"):
            return
        self.show_panel("block")

    def put(self, carried: Carried, target: str, where: str, slot: str = "") -> None:
        """What was dropped comes to where it was dropped."""
        side: Where = "before" if where == "before" else "inside" if where == "inside" else "after"
        if carried.moves and self.editing.document.find(carried.moves) is not None:
            self.editing.move(carried.moves, target, side, slot)
            return
        self.arrivals.take(carried, target, side, slot)

    def _holds(self, id: str) -> bool:
        node = self.editing.document.find(id)
        return node is not None and node.type in ("section", "column", "hero", "repeat", "branch")

    def _build_right(self) -> QWidget:
        self.panels = Segments(
            "What is changed",
            (
                Segment("block", "Block", "The selected block"),
                Segment("mail", "E-mail", "Settings of the e-mail"),
                Segment("steps", "History", "What was done, to undo"),
            ),
            "block",
        )
        self.stack = QStackedWidget()
        for panel in (self.properties, self.settings, self.steps):
            self.stack.addWidget(panel)
        return _panel(310, theme.row(self.panels, 1), self.stack)

    def _build_tools(self) -> QWidget:
        self.undo = theme.tool("mdi6.undo", "Undo (Ctrl+Z)")
        self.redo = theme.tool("mdi6.redo", "Redo (Ctrl+Shift+Z)")
        self.undo.clicked.connect(self.editing.undo)
        self.redo.clicked.connect(self.editing.redo)
        return theme.plain(theme.row(self.sides.press, self.undo, self.redo, spacing=0))

    def _connect(self) -> None:
        edit = self.editing
        edit.changed.connect(self._changed)
        edit.settled.connect(self._settled)
        edit.selected.connect(self._selected)
        edit.refused.connect(self.refused)
        self.panels.chosen.connect(self.show_panel)
        self.properties.settings_asked.connect(lambda: self.show_panel("mail"))
        self.settings.brand_asked.connect(self.brand_asked)
        self.outline.lines.library = self.around.library
        self.outline.picked.connect(self._pick)
        self.outline.edit_asked.connect(self.edit_words)
        self.outline.hovered.connect(self.canvas.show_hover)
        self.outline.lines.dropped.connect(self.put)
        self.outline.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.outline.customContextMenuRequested.connect(self._outline_menu)
        self.canvas.picked.connect(self._pick)
        self.canvas.edit_asked.connect(self._edit_at)
        self.canvas.dropped.connect(self.put)
        self.palette.wanted.connect(self.add)
        for tiles in (self.palette, self.saved_tiles):
            tiles.drag_began.connect(self.canvas.begin_drag)
            tiles.drag_ended.connect(self.canvas.end_drag)
        self.saved_tiles.wanted.connect(lambda id, act: self.library.act(act, id))
        self.properties.saved_asked.connect(self.library.act)
        self.library.known.connect(self._show_saved)
        self.commands.add_shortcuts(self.outline)
        self.commands.add_shortcuts(self._side.pane.stage, with_enter=True)
        self._keys = []
        for keys, act in (("Ctrl+Z", edit.undo), ("Ctrl+Shift+Z", edit.redo), ("Ctrl+Y", edit.redo)):
            for place in (self.left, self.right, self._side):
                made = QShortcut(QKeySequence(keys), place, act)
                made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                self._keys.append(made)
        self._side.live.live.connect(self.around.set_live)
        self._side.who.chosen.connect(lambda *_: self._read_person())
        self.around.judge = self._judge
        self._hidden_soon = QTimer(self)
        self._hidden_soon.setSingleShot(True)
        self._hidden_soon.timeout.connect(self._show_hidden)

    def _changed(self) -> None:
        """The picture first: what shows an edit must not wait for the panels."""
        done, undone = self.editing.history.done, self.editing.history.undone
        if self.is_open and (done or undone):
            self.edited.emit(composing.edited(self.editing.document))
        self.undo.setEnabled(bool(done))
        self.redo.setEnabled(bool(undone))
        self.undo.setToolTip(theme.tooltip(f"Undo: {done[-1].label} (Ctrl+Z)" if done else "Nothing to undo"))
        self.redo.setToolTip(theme.tooltip(f"Redo: {undone[-1].label} (Ctrl+Shift+Z)" if undone else "Nothing to redo"))

    def _settled(self) -> None:
        self.outline.show_document(self.editing.document, self.editing.selection)
        self.canvas.show_document(self.editing.document, self.editing.selection)
        self._hidden_soon.start(200)

    def _selected(self, id: str) -> None:
        self.outline.show_selection(id)
        self.canvas.show_selection(id)

    def _pick(self, id: str) -> None:
        self.editing.select(id)
        if id:
            self.show_panel("block")

    def _edit_at(self, id: str) -> None:
        self.editing.select(id)
        self.edit_words()

    def _outline_menu(self, point: QPoint) -> None:
        self.commands.menu(self.outline).popup(self.outline.viewport().mapToGlobal(point))

    def _show_saved(self) -> None:
        self.saved_tiles.show_blocks(self.around.kept)
        self.outline.viewport().update()
        self.properties.refresh()

    def _read_brand(self) -> None:
        desk = self._desk
        self._bridge.ask("composer-brand", lambda: tokens_of(dressing.kit(desk).brand), self._brand_read)

    def _brand_read(self, tokens: object) -> None:
        self.around.set_tokens(tokens)  # type: ignore[arg-type]  # what tokens_of gives
        self.properties.show_brand()

    def _read_person(self) -> None:
        if not self.is_open or not self._side.live.known:
            return
        desk, whom = self._desk, self._side.live.whom
        person = self._side.who.person.current
        self.around.person = person.title if person else ""
        self._bridge.ask("composer-person", lambda: composing.data_of(desk, whom), self._person_read)

    def _person_read(self, data: dict[str, object]) -> None:
        self._data = data
        self._show_hidden()

    def _show_hidden(self) -> None:
        if self._data is not None and self.is_open:
            found = composing.hidden(self.editing.document, self._data, self._desk.now())
            self.outline.lines.show_hidden(found)

    def _judge(self, condition: Json, done: Callable[[Verdict | None], None]) -> None:
        desk, whom = self._desk, self._side.live.whom
        self._bridge.ask("composer-judge", lambda: composing.judged(desk, condition, whom), done)


def _left(tiles: palette.Palette, saved: SavedTiles, pages: Segments, outline: Outline) -> QSplitter:
    """Palette above, its pages by the buttons over it; outline below."""
    for button in pages.buttons:
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    pages.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    tiles.add_page(saved)
    pages.chosen.connect(lambda page: tiles.show_page(saved if page == "saved" else None))
    tiles.search.textChanged.connect(saved.search)
    tiles.search.returnPressed.connect(saved.take_first)
    made = QSplitter(Qt.Orientation.Vertical)
    for parts in ((tiles.search, pages, tiles), (theme.heading("Outline"), outline)):
        made.addWidget(_panel(244, *parts))
    made.setHandleWidth(10)
    made.setChildrenCollapsible(False)
    made.setSizes([460, 400])
    return made


def _panel(width: int, *parts: QWidget | QLayout) -> QFrame:
    """A card of at least this width; the last part takes the room there is."""
    made = QFrame()
    made.setObjectName("card")
    inside = theme.column(*parts, margin=12, spacing=10)
    inside.setStretch(len(parts) - 1, 1)
    made.setLayout(inside)
    made.setMinimumWidth(width)
    return made
