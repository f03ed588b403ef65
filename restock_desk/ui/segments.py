"""A row of joined buttons of which exactly one is down: a choice between a few things that are all seen at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from restock_desk.ui import theme


@dataclass(frozen=True)
class Segment:
    """`value` is what `chosen` tells; `tip` is read aloud and shown on hovering. Without an icon the words stand."""

    value: str
    words: str
    tip: str
    icon: str = ""


class Segments(QWidget):
    """GUI thread only. Arrow keys go from one button to the next."""

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[Segment], value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._choices = tuple(choices)
        self._group = QButtonGroup(self)
        self.buttons: list[QToolButton] = []
        line = QHBoxLayout()
        line.setSpacing(0)
        line.setContentsMargins(0, 0, 0, 0)
        for number, choice in enumerate(self._choices):
            made = _button(choice, number, len(self._choices))
            made.setChecked(choice.value == value)
            self._group.addButton(made, number)
            self.buttons.append(made)
            line.addWidget(made)
        self.setLayout(line)
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._choices[number].value))
        self.setSizePolicy(self.sizePolicy().Policy.Maximum, self.sizePolicy().Policy.Fixed)

    @property
    def value(self) -> str:
        """What is down; empty while nothing is."""
        number = self._group.checkedId()
        return self._choices[number].value if number >= 0 else ""

    def set_value(self, value: str) -> None:
        """Put that button down without telling `chosen`; an unknown value lifts all of them."""
        known = next((n for n, choice in enumerate(self._choices) if choice.value == value), -1)
        self._group.setExclusive(known >= 0)
        for number, button in enumerate(self.buttons):
            button.setChecked(number == known)
        self._group.setExclusive(True)

    def next(self) -> None:
        """As if the button after the one that is down were clicked, round the end."""
        number = (self._group.checkedId() + 1) % len(self.buttons)
        self.buttons[number].click()

    def show_words(self, on: bool) -> None:
        """Words beside the icons where there is room."""
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if on else Qt.ToolButtonStyle.ToolButtonIconOnly
        for choice, button in zip(self._choices, self.buttons, strict=True):
            if choice.icon and choice.words:
                button.setToolButtonStyle(style)


def _button(choice: Segment, number: int, count: int) -> QToolButton:
    made = QToolButton()
    made.setCheckable(True)
    made.setText(choice.words)
    made.setAccessibleName(choice.tip)
    made.setToolTip(theme.tooltip(choice.tip))
    made.setProperty("kind", "segment")
    made.setProperty("place", "first" if number == 0 else "last" if number == count - 1 else "inner")
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if choice.icon:
        made.setIcon(theme.icon(choice.icon))
        made.setIconSize(QSize(17, 17))
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    else:
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return made
