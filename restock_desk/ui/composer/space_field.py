"""The distance at four sides, in pixels: together, or each for itself."""

from PySide6.QtWidgets import QGridLayout, QWidget

from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.tree import Json
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.field import FieldEditor
from restock_desk.ui.composer.plain_fields import NumberBox

SIDES = ("Top", "Right", "Bottom", "Left")


class SpaceField(FieldEditor):
    """Four boxes in the order of a clock; with the link closed all follow the first one that is typed into."""

    WIDE = True

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self._value: list[float] = [0, 0, 0, 0]
        self.boxes = [NumberBox(f"{spec.label}: {side.lower()}", spec.min, spec.max) for side in SIDES]
        self.link = theme.tool("mdi6.link-variant", f"{spec.label}: all sides alike")
        self.link.setCheckable(True)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(2)
        for at, box in enumerate(self.boxes):
            box.setMinimumWidth(40)
            box.entered.connect(lambda value, at=at: self._typed(at, value))
            side = theme.caption(SIDES[at])
            grid.addWidget(box, 0, at)
            grid.addWidget(side, 1, at)
            grid.setColumnStretch(at, 1)
        grid.addWidget(self.link, 0, len(SIDES))
        self.setLayout(grid)
        self.setFocusProxy(self.boxes[0])
        self.link.toggled.connect(lambda on: self._typed(0, self._value[0]) if on else None)

    def show_value(self, value: Json) -> None:
        known = isinstance(value, tuple) and len(value) == 4
        self._value = [float(side) for side in value] if isinstance(value, tuple) and known else [0, 0, 0, 0]  # type: ignore[arg-type]  # numbers by the schema
        for box, side in zip(self.boxes, self._value, strict=True):
            box.setPlaceholderText("" if known else "Auto")
            box.show_number(side if known else None)
        self.link.blockSignals(True)
        self.link.setChecked(self.link.isChecked() and len(set(self._value)) == 1)
        self.link.blockSignals(False)

    def _typed(self, at: int, value: float | None) -> None:
        number = value or 0
        self._value = [number] * 4 if self.link.isChecked() else [*self._value[:at], number, *self._value[at + 1 :]]
        if self.link.isChecked():
            for box in self.boxes:
                if not box.hasFocus():
                    box.show_number(number)
        whole = tuple(int(side) if side == int(side) else side for side in self._value)
        self.edited.emit(None if whole == self.spec.default else whole)
