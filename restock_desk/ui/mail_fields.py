"""Subject, preheader and sender of a template: one-line fields that hold Jinja and complete it like the editor."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QToolButton, QWidget

from restock_desk.domain.templates import Draft, Problem, Severity
from restock_desk.ui import theme
from restock_desk.ui.completion import Completer, Live


class FieldEdit(QLineEdit):
    """One line of a template. `mark` shows a problem as an icon at the right."""

    def __init__(self, name: str, hint: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self._completer = Completer(self, self._complete)
        self._mark = self.addAction(
            theme.icon("mdi6.alert-circle-outline", "bad"), self.ActionPosition.TrailingPosition
        )
        self._mark.setVisible(False)
        self.textEdited.connect(self._typed)

    def set_live(self, live: Sequence[Live]) -> None:
        self._completer.live = live

    def mark(self, problems: Iterable[Problem]) -> None:
        """Show these problems of the field, or none."""
        found = [p for p in problems if p.severity is not Severity.INFO]
        self._mark.setVisible(bool(found))
        words = "\n".join(p.message for p in found)
        self._mark.setToolTip(theme.tooltip(words))
        self.setAccessibleDescription(words)

    def event(self, event: QEvent) -> bool:
        """Tab takes a suggestion before it moves on."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._completer.takes(event.key()):
            event.accept()
            return True
        return super().event(event)

    def _typed(self) -> None:
        self._completer.offer(self.text()[: self.cursorPosition()], "", self.cursorRect())

    def _complete(self, typed: int, text: str) -> None:
        at, whole = self.cursorPosition(), self.text()
        before, after = whole[: at - typed], whole[at:]
        closing = " }}" if before.rfind("{{") > before.rfind("{%") and "}}" not in after.split("{{")[0] else ""
        gap = " " if before.endswith(("{{", "{%")) else ""
        flat = " ".join(text.split("\n"))
        goal = flat.find("$")
        flat = flat.replace("$", "", 1)
        self.setText(before + gap + flat + closing + after)
        self.setCursorPosition(len(before + gap) + (goal if goal >= 0 else len(flat + closing)))
        self.textEdited.emit(self.text())


class MailFields(QWidget):
    """All one-line fields. `edited` tells of any change by a person."""

    FIELDS: ClassVar = (
        ("subject", "Subject", "What the inbox shows first"),
        ("preheader", "Preheader", "The line beside the subject; empty is filled from the mail"),
        ("sender_name", "Sender name", "Empty: the shop's sender"),
        ("sender_email", "Sender address", "Empty: the shop's sender"),
        ("reply_to", "Reply to", "Empty: answers go to the sender"),
    )
    _ALWAYS = 2
    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.SPACE)
        self.boxes: dict[str, FieldEdit] = {}
        self._hidden: list[QWidget] = []
        for line, (name, words, hint) in enumerate(self.FIELDS):
            label, box = theme.label(words, "muted"), FieldEdit(words, hint)
            label.setBuddy(box)
            grid.addWidget(label, line, 0)
            grid.addWidget(box, line, 1)
            box.textEdited.connect(lambda _: self.edited.emit())
            self.boxes[name] = box
            if line >= self._ALWAYS:
                self._hidden += [label, box]
        self.more: QToolButton = theme.tool("mdi6.chevron-down", "Show sender and reply address")
        self.more.setCheckable(True)
        self.more.toggled.connect(self._unfold)
        grid.addWidget(self.more, 0, 2)
        grid.setColumnStretch(1, 1)
        self._unfold(False)

    def show_draft(self, draft: Draft) -> None:
        """Fill the fields without telling `edited`."""
        for name, box in self.boxes.items():
            value = getattr(draft, name)
            if box.text() != value:
                box.setText(value)
                box.setCursorPosition(0)
        if draft.sender_name or draft.sender_email or draft.reply_to:
            self.more.setChecked(True)

    def fill(self, draft: Draft) -> Draft:
        """`draft` with the fields as they stand here."""
        return replace(draft, **{name: box.text() for name, box in self.boxes.items()})  # type: ignore[arg-type]  # str

    def set_live(self, live: Sequence[Live]) -> None:
        for box in self.boxes.values():
            box.set_live(live)

    def show_problems(self, problems: Iterable[Problem]) -> None:
        told = list(problems)
        for name, box in self.boxes.items():
            box.mark(p for p in told if p.where == name or (name == "sender_email" and p.where == "sender"))

    def focus(self, where: str) -> bool:
        """Put the cursor into the field a problem names; False if there is none of that name."""
        name = "sender_email" if where == "sender" else where
        if name not in self.boxes:
            return False
        if name not in ("subject", "preheader"):
            self.more.setChecked(True)
        self.boxes[name].setFocus()
        return True

    def _unfold(self, shown: bool) -> None:
        for part in self._hidden:
            part.setVisible(shown)
        self.more.setIcon(theme.icon("mdi6.chevron-up" if shown else "mdi6.chevron-down"))
