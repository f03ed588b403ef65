"""Fields of one simple value: a line, lines, HTML, a number with its unit, a choice, yes or no, a font."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.tree import Json
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.field import FieldEditor, words_of
from restock_desk.ui.editor import CodeEditor
from restock_desk.ui.segments import Segment, Segments

_SIGNS = {
    ("", "left", "center", "right"): (
        "mdi6.format-align-justify", "mdi6.format-align-left", "mdi6.format-align-center", "mdi6.format-align-right",
    ),
    ("top", "middle", "bottom"): (
        "mdi6.format-vertical-align-top", "mdi6.format-vertical-align-center", "mdi6.format-vertical-align-bottom",
    ),
    ("ltr", "rtl"): ("mdi6.format-pilcrow-arrow-right", "mdi6.format-pilcrow-arrow-left"),
}  # fmt: skip


class LineField(FieldEditor):
    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self.box = QLineEdit()
        self.box.setAccessibleName(spec.label)
        self.box.setPlaceholderText(str(spec.default or ""))
        if spec.most:
            self.box.setMaxLength(spec.most)
        self.setLayout(theme.row(self.box))
        self.setFocusProxy(self.box)
        self.box.textEdited.connect(lambda words: self.edited.emit(words or None))

    def show_value(self, value: Json) -> None:
        words = str(value or "") if value != self.spec.default else ""
        if self.box.text() != words:
            self.box.setText(words)


class AreaField(FieldEditor):
    WIDE = True

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self.box = QPlainTextEdit()
        self.box.setAccessibleName(spec.label)
        self.box.setTabChangesFocus(True)
        self.box.setUndoRedoEnabled(False)
        self.box.setFixedHeight(76)
        self.setLayout(theme.row(self.box))
        self.setFocusProxy(self.box)
        self.box.textChanged.connect(lambda: self.edited.emit(self.box.toPlainText() or None))

    def show_value(self, value: Json) -> None:
        if self.box.toPlainText() != str(value or ""):
            self.box.blockSignals(True)
            self.box.setPlainText(str(value or ""))
            self.box.blockSignals(False)


class HtmlField(FieldEditor):
    """Raw HTML in the code editor, with colours and completion."""

    WIDE = True

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self.box = CodeEditor(spec.label)
        self.box.setUndoRedoEnabled(False)
        self.box.setMinimumHeight(240)
        self.setLayout(theme.row(self.box))
        self.setFocusProxy(self.box)
        self.box.edited.connect(lambda: self.edited.emit(self.box.toPlainText() or None))

    def show_value(self, value: Json) -> None:
        if self.box.toPlainText() != str(value or ""):
            self.box.set_text(str(value or ""))


class NumberBox(QLineEdit):
    """A number typed or stepped with the arrow keys (ten with Shift). `entered(number or None)` while it is valid."""

    entered = Signal(object)

    def __init__(self, name: str, low: float | None, high: float | None, whole: bool = True) -> None:
        super().__init__()
        self._low, self._high, self._whole = low, high, whole
        self._value: float | None = None
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.textEdited.connect(self._typed)
        self.editingFinished.connect(lambda: self.show_number(self._value))

    def show_number(self, value: float | None) -> None:
        self._value = value
        words = "" if value is None else f"{value:g}"
        if self.text() != words:
            self.setText(words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        by = steps.get(Qt.Key(event.key()))
        if by is None or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return super().keyPressEvent(event)
        size = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1 if self._whole else 0.05
        start = self._value if self._value is not None else self._stand_in()
        return self._take(self._bounded(round(start + by * size, 4)))

    def _stand_in(self) -> float:
        try:
            return float(self.placeholderText())
        except ValueError:
            return self._low or 0

    def _typed(self, words: str) -> None:
        if not words.strip():
            return self._take(None, keep=True)
        try:
            value = float(words.replace(",", "."))
        except ValueError:
            return None
        if self._whole:
            value = round(value)
        return self._take(value, keep=True) if value == self._bounded(value) else None

    def _take(self, value: float | None, keep: bool = False) -> None:
        self._value = value
        if not keep:
            self.show_number(value)
        self.entered.emit(int(value) if value is not None and value == int(value) else value)

    def _bounded(self, value: float) -> float:
        low = self._low if self._low is not None else value
        high = self._high if self._high is not None else value
        return min(max(value, low), high)


class NumberField(FieldEditor):
    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        whole = spec.last != "lineHeight"
        self.box = NumberBox(spec.label, spec.min, spec.max, whole)
        self.box.setFixedWidth(84)
        self.box.setPlaceholderText("Auto" if spec.default is None else f"{spec.default:g}")
        self.setLayout(theme.row(self.box, theme.caption(spec.unit), 1, spacing=6))
        self.setFocusProxy(self.box)
        self.box.entered.connect(self.edited)

    def show_value(self, value: Json) -> None:
        known = isinstance(value, int | float) and value != self.spec.default
        self.box.show_number(float(value) if known else None)  # type: ignore[arg-type]  # a number as just asked


class ChoiceField(FieldEditor):
    """A few things with signs of their own side by side, more of them as a list."""

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        signs = _SIGNS.get(spec.choices, ())
        self.joined: Segments | None = None
        self.box = QComboBox()
        if signs:
            many = zip(spec.choices, signs, strict=True)
            choices = [Segment(c, "", f"{spec.label}: {words_of(c).lower()}", sign) for c, sign in many]
            self.joined = Segments(spec.label, choices, str(spec.default))
            self.joined.chosen.connect(lambda value: self._tell(value))
            self.setLayout(theme.row(self.joined, 1))
            return
        self.box.setAccessibleName(spec.label)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.box.setMinimumContentsLength(6)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for choice in spec.choices:
            self.box.addItem(words_of(choice), choice)
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.box.activated.connect(lambda _: self._tell(str(self.box.currentData())))
        self.setLayout(theme.row(self.box))
        self.setFocusProxy(self.box)

    def show_value(self, value: Json) -> None:
        if self.joined is not None:
            self.joined.set_value(str(value))
        else:
            self.box.setCurrentIndex(max(self.box.findData(str(value)), 0))

    def _tell(self, value: str) -> None:
        self.edited.emit(None if value == self.spec.default else value)


class SwitchField(FieldEditor):
    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self.box = QCheckBox(spec.label)
        self.box.setAccessibleName(spec.label)
        self.setLayout(theme.row(self.box, 1))
        self.setFocusProxy(self.box)
        self.box.clicked.connect(lambda on: self.edited.emit(None if on is self.spec.default else on))

    def show_value(self, value: Json) -> None:
        self.box.setChecked(value is True)


class FontField(FieldEditor):
    """The fonts of the brand by name."""

    _NAMES = {"$body": "Body", "$heading": "Headings", "$mono": "Fixed width"}  # noqa: RUF012  # a table

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self.box = QComboBox()
        self.box.setAccessibleName(spec.label)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for token in around.fonts:
            self.box.addItem(self._NAMES.get(token, token.removeprefix("$").capitalize()), token)
        self.setLayout(theme.row(self.box))
        self.setFocusProxy(self.box)
        self.box.activated.connect(lambda _: self._tell(self.box.currentData()))

    def show_value(self, value: Json) -> None:
        if self.box.findData(value) < 0:
            self.box.addItem(str(value).removeprefix("$").capitalize(), value)
        self.box.setCurrentIndex(self.box.findData(value))

    def _tell(self, value: str) -> None:
        self.edited.emit(None if value == self.spec.default else value)
