"""The field for words: a toolbar of marks, the text, the variables, and what stands for one that is missing."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut, QTextCharFormat
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QToolButton, QWidget

from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.tree import Json, thaw
from restock_desk.ui import theme
from restock_desk.ui.composer import rich_text
from restock_desk.ui.composer.around import Around, label_of
from restock_desk.ui.composer.color_field import ColorPopover
from restock_desk.ui.composer.field import FieldEditor
from restock_desk.ui.composer.rich_edit import RichEdit
from restock_desk.ui.composer.url_field import UrlField
from restock_desk.ui.composer.variable_picker import VariablePopover

_FORMATS = {
    "text": (("upper", "IN CAPITALS"), ("lower", "in small letters"), ("title", "First Letters Large"),
             ("capitalize", "First letter large")),
    "date": (("date", "Date"), ("datetime", "Date and time"), ("time", "Time of day")),
    "number": (("number", "As a number"), ("int", "Whole number")),
}  # fmt: skip
_LINK = FieldSpec("", "url", "Link", "")
SCALARS = ("text", "number", "money", "date", "url", "image", "bool")


class RichField(FieldEditor):
    """`focus_first` puts the cursor at the end of the text."""

    WIDE = True

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        one_line = spec.plain and spec.last != "text"
        self.box = RichEdit(spec.label, around, spec.plain, one_line)
        self.buttons: dict[str, QToolButton] = {}
        self._popover: QWidget | None = None
        frame = QFrame()
        frame.setObjectName("written")
        bar = self._bar()
        line = theme.column(bar, self.box, spacing=0) if not spec.plain else theme.row(self.box, bar, spacing=0)
        line.setStretch(0 if spec.plain else 1, 1)
        frame.setLayout(line)
        self.setLayout(theme.column(frame))
        self.setFocusProxy(self.box)
        self.box.edited.connect(lambda runs: self.edited.emit(runs or None))
        self.box.variable_asked.connect(self.open_variables)
        self.box.chip_asked.connect(self.open_chip)
        self.box.currentCharFormatChanged.connect(self._show_marks)
        self.box.cursorPositionChanged.connect(lambda: self._show_marks(self.box.currentCharFormat()))

    def show_value(self, value: Json) -> None:
        self.box.show_runs(value if isinstance(value, tuple) else ())

    def focus_first(self) -> None:
        self.box.setFocus()
        self.box.moveCursor(self.box.textCursor().MoveOperation.End)

    def open_variables(self) -> VariablePopover:
        """The list below the cursor; what is picked comes into the text."""
        made = VariablePopover(self.around, SCALARS, self)
        made.picked.connect(self._insert)
        made.open_at(self.box.viewport().mapToGlobal(self.box.cursorRect().bottomLeft()) + QPoint(0, 6))
        self._popover = made
        return made

    def open_chip(self, position: int) -> "ChipPopover | None":
        """What stands for the variable at a position where it is missing, and how it is written."""
        run = self.box.chip_at(position)
        if run is None:
            return None
        made = ChipPopover(self.around, run, self)
        made.changed.connect(partial(self.box.change_chip, position))
        cursor = self.box.textCursor()
        cursor.setPosition(position)
        made.move(self.box.viewport().mapToGlobal(self.box.cursorRect(cursor).bottomLeft()) + QPoint(0, 6))
        made.show()
        self._popover = made
        return made

    def open_link(self) -> "LinkPopover":
        """Where the selected words lead."""
        found = rich_text.style_of(self.box.currentCharFormat()).get("link")
        made = LinkPopover(self.around, found, self)
        made.changed.connect(self._link)
        made.move(self.box.viewport().mapToGlobal(self.box.cursorRect().bottomLeft()) + QPoint(0, 6))
        made.show()
        self._popover = made
        return made

    def toggle(self, mark: str) -> None:
        """Bold, italic, underline or strike the selected words, or no more."""
        on = mark in rich_text.style_of(self.box.currentCharFormat()).get("m", ())
        self.box.restyle(_MARK_SETTERS[mark](not on))
        self.box.setFocus()
        self._show_marks(self.box.currentCharFormat())

    def _bar(self) -> QWidget:
        parts: list[QWidget | int] = []
        if not self.spec.plain:
            for mark, icon, words, keys in (
                ("b", "mdi6.format-bold", "Bold", "Ctrl+B"),
                ("i", "mdi6.format-italic", "Italic", "Ctrl+I"),
                ("u", "mdi6.format-underline", "Underline", "Ctrl+U"),
                ("s", "mdi6.format-strikethrough", "Strike through", "Alt+Shift+S"),
            ):
                made = self._button(icon, f"{words} ({keys})", partial(self.toggle, mark))
                made.setCheckable(True)
                self.buttons[mark] = made
                parts.append(made)
                key = QShortcut(QKeySequence(keys), self.box, partial(self.toggle, mark))
                key.setContext(Qt.ShortcutContext.WidgetShortcut)
            self.buttons["link"] = self._button("mdi6.link-variant", "Link (Ctrl+K)", self.open_link)
            self.buttons["color"] = self._button("mdi6.format-color-text", "Colour of the letters", self._open_color)
            self.box.link_asked.connect(self.open_link)
            parts += [self.buttons["link"], self.buttons["color"], 1]
        self.buttons["variable"] = self._button("mdi6.code-braces", "Insert a variable ({{)", self.open_variables)
        parts.append(self.buttons["variable"])
        made_bar = QWidget()
        made_bar.setObjectName("plain")
        made_bar.setLayout(theme.row(*parts, spacing=0, margin=2))
        return made_bar

    def _button(self, icon: str, words: str, act: Callable[[], object]) -> QToolButton:
        made = theme.tool(icon, words)
        made.setIconSize(QSize(16, 16))
        made.setStyleSheet("padding: 3px 5px; min-height: 16px;")
        made.clicked.connect(lambda _=False: act())
        return made

    def _open_color(self) -> None:
        found = rich_text.style_of(self.box.currentCharFormat()).get("color", "")
        made = ColorPopover(self.around, str(found), self)
        made.chosen.connect(lambda value: self.box.restyle(_property_setter(rich_text.COLOR, value or None)))
        button = self.buttons["color"]
        made.move(button.mapToGlobal(button.rect().bottomLeft()))
        made.show()
        self._popover = made

    def _link(self, value: Json) -> None:
        self.box.restyle(_property_setter(rich_text.LINK, value))
        self.box.setFocus()

    def _insert(self, path: str) -> None:
        self.box.insert_variable(path)
        self.box.setFocus()
        known = self.around.variable(path)
        if known is not None and known.nullable:
            self.open_chip(self.box.textCursor().position() - 1)

    def _show_marks(self, look: QTextCharFormat) -> None:
        style = rich_text.style_of(look)
        for mark in "bius":
            if mark in self.buttons:
                self.buttons[mark].setChecked(mark in style.get("m", ()))


class ChipPopover(QFrame):
    """`changed(run)` with fallback and format as they are typed."""

    changed = Signal(object)

    def __init__(self, around: Around, run: Mapping[str, object], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popover")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._run = dict(run)
        path = str(run["v"])
        known = around.variable(path)
        head = theme.heading(label_of(path))
        about = theme.caption(path)
        value = theme.label(
            f"Now: {known.value}" if known and known.value else "Nothing for this person", "muted", True
        )
        self.fallback = QLineEdit(str(run.get("fallback") or ""))
        self.fallback.setAccessibleName("What to say where it is missing")
        self.fallback.setPlaceholderText("Such as: there")
        self.fallback.setMaxLength(500)
        self.look = QComboBox()
        self.look.setAccessibleName("How it is written")
        self.look.addItem("As it is", None)
        for name, words in _FORMATS.get(known.type if known else "text", ()):
            self.look.addItem(words, name)
        filters = run.get("filters")
        now = filters[0] if isinstance(filters, list | tuple) and filters else None
        self.look.setCurrentIndex(max(self.look.findData(now), 0))
        if self.look.count() < 2:
            self.look.hide()
        parts = [head, about, value, theme.label("Where it is missing, say"), self.fallback, self.look]
        self.setLayout(theme.column(*parts, margin=theme.SPACE + 4, spacing=6))
        self.setFixedWidth(280)
        self.fallback.textEdited.connect(self._tell)
        self.fallback.returnPressed.connect(self.close)
        self.look.activated.connect(self._tell)
        self.fallback.setFocus()

    def _tell(self) -> None:
        kept = {key: value for key, value in self._run.items() if key not in ("fallback", "filters")}
        if self.fallback.text():
            kept["fallback"] = self.fallback.text()
        if self.look.currentData():
            kept["filters"] = [self.look.currentData()]
        elif self.look.currentIndex() < 0 and "filters" in self._run:
            kept["filters"] = self._run["filters"]
        self.changed.emit(kept)


class LinkPopover(QFrame):
    """`changed(value)`: an address, a special link, a variable, or None for no link."""

    changed = Signal(object)

    def __init__(self, around: Around, value: Any, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popover")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field = UrlField(_LINK, around)
        self.field.show_value(value)
        self.field.edited.connect(self.changed)
        none = theme.button("No link", "mdi6.link-variant-off", "quiet")
        none.clicked.connect(self._none)
        done = theme.button("Done", kind="primary")
        done.clicked.connect(self.close)
        self.field.address.returnPressed.connect(self.close)
        self.setLayout(
            theme.column(theme.caption("Link of the selected words"), self.field, theme.row(none, 1, done), margin=12)
        )
        self.setFixedWidth(320)

    def _none(self) -> None:
        self.changed.emit(None)
        self.close()


def _property_setter(key: int, value: Json) -> Callable[[QTextCharFormat], None]:
    def change(look: QTextCharFormat) -> None:
        if value is None:
            look.clearProperty(key)
        else:
            look.setProperty(key, json.dumps(thaw(value)))

    return change


def _setter(act: Callable[[QTextCharFormat, bool], None]) -> Callable[[bool], Callable[[QTextCharFormat], None]]:
    return lambda on: lambda look: act(look, on)


_MARK_SETTERS: Mapping[str, Callable[[bool], Callable[[QTextCharFormat], None]]] = {
    "b": _setter(lambda look, on: look.setFontWeight(QFont.Weight.Bold if on else QFont.Weight.Normal)),
    "i": _setter(lambda look, on: look.setFontItalic(on)),
    "u": _setter(lambda look, on: look.setFontUnderline(on)),
    "s": _setter(lambda look, on: look.setFontStrikeOut(on)),
}
