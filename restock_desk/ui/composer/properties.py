"""The panel of the selected block: its fields by group, for computers and phones, and what can be done with it."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QToolButton, QWidget

from restock_desk.domain.document import kinds, placing
from restock_desk.domain.document.fields import COMMON_FIRST, COMMON_LAST, FieldSpec
from restock_desk.domain.document.tree import Document, Json, Node
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.editing import Editing, name_of
from restock_desk.ui.composer.field_sheet import FieldSheet, Section
from restock_desk.ui.composer.fields import UNSEEN
from restock_desk.ui.composer.slot_sheet import SlotSheet
from restock_desk.ui.segments import Segment, Segments

_SEEN = ("when", "visibility.desktop", "visibility.mobile")
_PHONE = "mobile."
_MEANT_WHERE: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("product", "sku"): ("source", ("sku",)),
    ("stockBadge", "sku"): ("source", ("sku",)),
    ("priceLine", "sku"): ("source", ("sku",)),
    ("productGrid", "feed"): ("source", ("feed",)),
    ("productGrid", "skus"): ("source", ("manual",)),
}
"""Fields that say something only beside certain values of another."""


class Properties(QWidget):
    """Follows the selection of `editing`."""

    settings_asked = Signal()
    saved_asked = Signal(str)
    """What to do with the saved block that is selected."""

    def __init__(self, editing: Editing, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._editing, self._around = editing, around
        self._sheets: dict[str, _BlockSheet] = {}
        self._headed: tuple[str, str] | None = None
        self._slot: SlotSheet | None = None
        self.path = QHBoxLayout()
        self.path.setSpacing(0)
        self.sign = theme.label()
        self.sign.setObjectName("tile")
        self.sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sign.setFixedSize(32, 32)
        self.name = theme.heading("")
        tools = [self._tool(*one) for one in self._acts()]
        head = theme.row(self.sign, self.name, 1, *tools, spacing=2)
        head.insertSpacing(1, 6)
        self.about = theme.caption("", wrap=True)
        self.sheets = QStackedWidget()
        self.area = QScrollArea()
        self.area.setAccessibleName("Properties of the block")
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.sheets)
        self.sheets.setObjectName("plain")
        self.shown = QWidget()
        self.shown.setObjectName("plain")
        body = theme.column(self.path, head, self.about, self.area, spacing=theme.SPACE)
        body.setStretch(3, 1)
        self.shown.setLayout(body)
        self.nothing = theme.empty_state(
            "mdi6.cursor-default-click-outline",
            "No block selected",
            "Press one in the mail or in the outline, or drag a new one in.",
            ("Settings of the e-mail", self.settings_asked.emit),
            width=200,
        )
        self.setLayout(theme.column(self.shown, self.nothing))
        editing.settled.connect(self.refresh)
        editing.selected.connect(lambda _: self.refresh(True))
        self.refresh(True)

    def refresh(self, other: bool = False) -> None:
        """Show the selected block as it is now; `other`: another one than before."""
        node = self._editing.node
        self.shown.setVisible(node is not None)
        self.nothing.setVisible(node is None)
        if node is None:
            return
        sheet = self._sheet(node)
        if other:
            self._around.what = f"this {name_of(node).lower()}"
            self._around.enter(placing.path_to(self._editing.document, node.id))
            self.sheets.setCurrentWidget(sheet)
            self.area.verticalScrollBar().setValue(0)
            self._show_path(node)
        if other or self._headed != (node.type, name_of(node)):
            self._show_head(node)
        sheet.show_node(self._editing.document, node)

    def show_brand(self) -> None:
        """The brand's colours are others: every field shows its value again."""
        for sheet in self._sheets.values():
            for part in sheet.parts:
                part.forget()
        if self._slot is not None:
            self._slot.forget()
        self.refresh()

    def focus_words(self) -> bool:
        """Put the cursor into the block's words; into its first field where it has none."""
        node = self._editing.node
        if node is None:
            return False
        sheet = self._sheet(node)
        names = [spec.name for spec in (kinds.fields_of(node.type)).values() if spec.type in ("rich", "html")]
        return any(sheet.focus_field(name) for name in (*names[:1], *sheet.sheet.fields))

    def focus_field(self, name: str) -> bool:
        node = self._editing.node
        return node is not None and self._sheet(node).focus_field(name)

    def _show_head(self, node: Node) -> None:
        self._headed = node.type, name_of(node)
        kind = kinds.kind_of(node.type)
        sign = theme.icon(kind.icon if kind else "mdi6.help-rhombus-outline", "accent_text")
        self.sign.setPixmap(sign.pixmap(QSize(18, 18)))
        self.name.setText(name_of(node))
        words = kind.doc if kind else "A block of a newer version. It is kept as it is."
        self.about.setText(words)
        self.about.setVisible(bool(words) and node.type != "slot")  # its sheet says it for the block

    def _sheet(self, node: Node) -> "_BlockSheet | SlotSheet":
        found = self._slot if node.type == "slot" else self._sheets.get(node.type)
        if found is None:
            if node.type == "slot":
                found = self._slot = SlotSheet(self._around)
                found.asked.connect(self.saved_asked)
            else:
                found = self._sheets[node.type] = _BlockSheet(node.type, self._around)
            found.edited.connect(self._edited)
            found.step_asked.connect(lambda by: self._editing.undo() if by < 0 else self._editing.redo())
            self.sheets.addWidget(found)
        return found

    def _edited(self, name: str, value: Json) -> None:
        node = self._editing.node
        if node is not None:
            self._editing.set(node.id, tuple(name.split(".")), value)

    def _show_path(self, node: Node) -> None:
        theme.clear(self.path)
        around = placing.path_to(self._editing.document, node.id)[:-1]
        first = _crumb("E-mail", "Settings of the e-mail")
        first.clicked.connect(lambda: self._editing.select(""))
        self.path.addWidget(first)
        for one in around:
            self.path.addWidget(theme.caption("›"))
            made = _crumb(name_of(one), f"Select the {name_of(one).lower()} around")
            made.clicked.connect(partial(self._go, one.id))
            self.path.addWidget(made)
        self.path.addStretch(1)

    def _go(self, id: str, _checked: bool = False) -> None:
        self._editing.select(id)

    def _acts(self) -> tuple[tuple[str, str, Callable[[], object]], ...]:
        edit = self._editing
        return (
            ("mdi6.arrow-up", "Move up (Alt+Up)", lambda: edit.step(-1)),
            ("mdi6.arrow-down", "Move down (Alt+Down)", lambda: edit.step(1)),
            ("mdi6.content-duplicate", "Duplicate (Ctrl+D)", edit.duplicate),
            ("mdi6.trash-can-outline", "Remove (Del)", edit.remove),
        )

    def _tool(self, icon: str, words: str, act: Callable[[], object]) -> QToolButton:
        made = theme.tool(icon, words)
        made.setIconSize(QSize(16, 16))
        made.setStyleSheet("padding: 4px;")
        made.clicked.connect(lambda _=False: act())
        return made


class _BlockSheet(QWidget):
    """The fields of one kind of block, whichever block of that kind is shown."""

    edited = Signal(str, object)
    step_asked = Signal(int)

    def __init__(self, type: str, around: Around) -> None:
        super().__init__()
        self.setObjectName("plain")
        kind = kinds.kind_of(type)
        specs = [spec for spec in (kind.fields if kind else ()) if spec.type not in UNSEEN]
        common = {spec.name for spec in (*COMMON_FIRST, *COMMON_LAST)}
        style = tuple(spec for spec in specs if spec.name.startswith("style."))
        own = tuple(spec for spec in specs if spec.name not in common and spec not in style)
        seen = tuple(spec for spec in specs if spec.name in _SEEN)
        notes = tuple(spec for spec in specs if spec.name in common and spec.name not in _SEEN)
        phone = tuple(kinds.fields_of(type)[f"{_PHONE}{spec.last}"] for spec in style if spec.phone)
        self._type = type
        self.sheet = FieldSheet([Section("", own)], around)
        self.style_sheet = FieldSheet([Section("", style)], around)
        self.phone = FieldSheet([Section("", phone)], around)
        self.rest = FieldSheet([Section("Who sees it", seen), Section("Name and notes", notes, open=False)], around)
        self.device = Segments(
            "Style for",
            (
                Segment("", "Computer", "Style on computers", "mdi6.monitor"),
                Segment("phone", "Phone", "What is different on phones", "mdi6.cellphone"),
            ),
            "",
        )
        self.device.show_words(True)
        self.device.chosen.connect(self._device_chosen)
        if not phone:
            self.device.hide()
        title = theme.label("Style")
        title.setFont(theme.bold_font())
        self.looks = QWidget()
        self.looks.setObjectName("plain")
        head = theme.row(title, 1, self.device)
        self.looks.setLayout(theme.column(theme.rule(), head, self.style_sheet, self.phone, spacing=theme.SPACE))
        if not style:
            self.looks.hide()
        whole = theme.column(self.sheet, self.looks, self.rest, 1, spacing=12)
        whole.setContentsMargins(0, 0, 6, theme.SPACE)
        self.setLayout(whole)
        for part in self.parts:
            part.edited.connect(self.edited)
            part.step_asked.connect(self.step_asked)
        self._device_chosen("")

    @property
    def parts(self) -> tuple[FieldSheet, ...]:
        return self.sheet, self.style_sheet, self.phone, self.rest

    def show_node(self, document: Document, node: Node) -> None:
        for part in self.parts:
            part.show_values(partial(_value, node), lambda spec: node.get(spec.name) is not None)
        gone = {
            name: str(kinds.value(node, other)) not in wanted
            for (type, name), (other, wanted) in _MEANT_WHERE.items()
            if type == node.type
        }
        if node.type == "column":
            above = document.parent_of(node.id)
            gone["width"] = above is None or kinds.value(above, "layout") != "custom"
        self.sheet.show_only(gone)

    def focus_field(self, name: str) -> bool:
        if name.startswith(_PHONE) and name in self.phone.fields:
            self.device.set_value("phone")
            self._device_chosen("phone")
        return any(part.focus_field(name) for part in self.parts)

    def _device_chosen(self, device: str) -> None:
        self.style_sheet.setVisible(device == "")
        self.phone.setVisible(device == "phone")


def _value(node: Node, spec: FieldSpec) -> Json:
    found = node.get(spec.name)
    return spec.default if found is None else found


def _crumb(words: str, tip: str) -> QToolButton:
    made = QToolButton()
    made.setText(words.replace("&", "&&"))
    made.setAccessibleName(tip)
    made.setToolTip(theme.tooltip(tip))
    made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    made.setFont(theme.small_font())
    made.setProperty("kind", "crumb")
    return made
