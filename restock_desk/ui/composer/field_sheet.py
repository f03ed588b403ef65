"""Fields below one another in groups that fold: made from field specs, shows values, tells what a person changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractScrollArea, QComboBox, QGridLayout, QLabel, QToolButton, QWidget

from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.tree import Json, same
from restock_desk.ui import theme
from restock_desk.ui.composer import fields
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.field import FieldEditor

_LABEL = 92


@dataclass(frozen=True)
class Section:
    """A group of fields under a title; without one it cannot be folded."""

    title: str
    specs: tuple[FieldSpec, ...]
    open: bool = True


class FieldSheet(QWidget):
    """`edited(name, value)`: the dotted name of the field, None = not set. `step_asked(-1 or 1)`: undo or redo."""

    edited = Signal(str, object)
    step_asked = Signal(int)

    def __init__(self, sections: Sequence[Section], around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.fields: dict[str, FieldEditor] = {}
        self._shown: dict[str, tuple[Json, bool]] = {}
        self._lines: dict[str, list[QWidget]] = {}
        self._resets: dict[str, QToolButton] = {}
        self._folds: list[Fold] = []
        parts = [self._section(section, around) for section in sections if section.specs]
        self.setLayout(theme.column(*parts, spacing=theme.SPACE))
        for child in self.findChildren(QWidget):
            child.installEventFilter(self)

    def show_values(self, value: Callable[[FieldSpec], Json], is_set: Callable[[FieldSpec], bool]) -> None:
        """Fill every field that shows something else; those that are set can be set back."""
        for name, editor in self.fields.items():
            new, can_reset = value(editor.spec), is_set(editor.spec)
            known = self._shown.get(name)
            if known is not None and known[1] is can_reset and same(known[0], new):
                continue
            self._shown[name] = new, can_reset
            editor.show_value(new)
            reset = self._resets[name]
            if reset.isEnabled() is not can_reset or known is None:
                reset.setEnabled(can_reset)
                reset.setIcon(theme.icon("mdi6.restore") if can_reset else QIcon())

    def forget(self) -> None:
        """What the fields show is old, whatever their values are: the brand is another."""
        self._shown.clear()

    def show_only(self, hidden: Mapping[str, bool]) -> None:
        """Hide the fields that mean nothing beside the others' values."""
        for name, gone in hidden.items():
            for part in self._lines.get(name, ()):
                part.setVisible(not gone)

    def focus_field(self, name: str) -> bool:
        """Put the cursor into a field, its group unfolded; False for a name that is not here."""
        editor = self.fields.get(name)
        if editor is None:
            return False
        for fold in self._folds:
            if fold.body.isAncestorOf(editor):
                fold.setChecked(True)
        editor.focus_first()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Undo and redo are the document's, wherever the cursor is; a wheel scrolls the panel, not a closed list."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            by = 1 if _redo(event) else -1 if event.matches(QKeySequence.StandardKey.Undo) else 0
            if by:
                event.accept()
                return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            by = 1 if _redo(event) else -1 if event.matches(QKeySequence.StandardKey.Undo) else 0
            if by:
                self.step_asked.emit(by)
                return True
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QComboBox) and not watched.hasFocus():
            event.ignore()
            return True
        if event.type() == QEvent.Type.ChildAdded and not isinstance(watched, QAbstractScrollArea):
            for child in watched.findChildren(QWidget):
                child.installEventFilter(self)
        return False

    def _section(self, section: Section, around: Around) -> QWidget:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, _LABEL)
        grid.setColumnStretch(1, 1)
        for spec in section.specs:
            self._line(grid, spec, around)
        body = QWidget()
        body.setObjectName("plain")
        body.setLayout(grid)
        if not section.title:
            return body
        fold = Fold(section.title, body, section.open)
        self._folds.append(fold)
        made = QWidget()
        made.setObjectName("plain")
        made.setLayout(theme.column(theme.rule(), fold, body, spacing=6))
        return made

    def _line(self, grid: QGridLayout, spec: FieldSpec, around: Around) -> None:
        editor = fields.make(spec, around)
        editor.edited.connect(partial(self._edited, spec.name))
        self.fields[spec.name] = editor
        reset = theme.tool("mdi6.restore", f"Set back: {spec.label}")
        reset.setIconSize(QSize(13, 13))
        reset.setFixedSize(18, 18)
        reset.setStyleSheet("padding: 0; min-height: 0;")
        reset.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        reset.clicked.connect(partial(self._reset, spec.name))
        self._resets[spec.name] = reset
        row = grid.rowCount()
        if spec.type == "boolean":
            grid.addWidget(editor, row, 0, 1, 2)
            grid.addWidget(reset, row, 2)
            self._lines[spec.name] = [editor, reset]
            return
        label = _label(spec)
        label.setBuddy(editor.focusProxy() or editor)
        if editor.WIDE:
            grid.addWidget(label, row, 0, 1, 2)
            grid.addWidget(reset, row, 2)
            grid.addWidget(editor, row + 1, 0, 1, 3)
        else:
            label.setFixedWidth(_LABEL)
            grid.addWidget(label, row, 0)
            grid.addWidget(editor, row, 1)
            grid.addWidget(reset, row, 2)
        self._lines[spec.name] = [label, editor, reset]

    def _edited(self, name: str, value: Json) -> None:
        """It shows what a person put there, whatever becomes of that."""
        self._shown.pop(name, None)
        self.edited.emit(name, value)

    def _reset(self, name: str, _checked: bool = False) -> None:
        self.edited.emit(name, None)


class Fold(QToolButton):
    """The title of a group; pressed, it folds what is below."""

    def __init__(self, title: str, body: QWidget, opened: bool) -> None:
        super().__init__()
        self.body = body
        self.setText(title)
        self.setFont(theme.bold_font())
        self.setCheckable(True)
        self.setProperty("kind", "fold")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self.setSizePolicy(self.sizePolicy().Policy.Expanding, self.sizePolicy().Policy.Fixed)
        self.setAccessibleName(title)
        self.setChecked(opened)
        self._show_sign(opened)
        if not opened:
            body.hide()  # never shown here: without a parent it would be a window of its own
        self.toggled.connect(self._fold)

    def _fold(self, opened: bool) -> None:
        self.body.setVisible(opened)
        self._show_sign(opened)

    def _show_sign(self, opened: bool) -> None:
        self.setIcon(theme.icon("mdi6.chevron-down" if opened else "mdi6.chevron-right"))


def _label(spec: FieldSpec) -> QLabel:
    made = theme.label(spec.label, "muted")
    made.setToolTip(theme.tooltip(spec.doc))
    made.setMinimumWidth(0)
    made.setWordWrap(True)
    return made


def _redo(event: QKeyEvent) -> bool:
    control = Qt.KeyboardModifier.ControlModifier
    again = event.modifiers() == control and event.key() == Qt.Key.Key_Y
    shifted = event.modifiers() == control | Qt.KeyboardModifier.ShiftModifier and event.key() == Qt.Key.Key_Z
    return event.matches(QKeySequence.StandardKey.Redo) or again or shifted
