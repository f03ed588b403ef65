"""The condition builder: rows of variable, question and value in groups, and what it means in plain English."""

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from restock_desk.domain import conditions
from restock_desk.domain.condition_words import objections, spoken
from restock_desk.domain.document.tree import Json, thaw
from restock_desk.services.composing import Verdict
from restock_desk.ui import theme
from restock_desk.ui.composer import condition_tree
from restock_desk.ui.composer.around import Around, in_words, label_of
from restock_desk.ui.composer.condition_tree import ALL, ANY, NONE, Group, Row
from restock_desk.ui.composer.condition_value import ValueBox
from restock_desk.ui.composer.variable_picker import VariablePicker
from restock_desk.ui.segments import Segment, Segments

_JOINTS = (
    Segment(ALL, "All", "All of these must hold"),
    Segment(ANY, "Any", "At least one of these must hold"),
    Segment(NONE, "None", "None of these may hold"),
)
_ATTRIBUTES = "subscriber.attributes"
_JUDGE_MS = 250


class ConditionBuilder(QDialog):
    """`value` is the finished tree, None for no condition; `changed` while it is built."""

    changed = Signal()

    def __init__(self, around: Around, value: Json, what: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Show when")
        self.around, self.group = around, condition_tree.from_tree(value)
        if not self.group.parts:
            self.group.parts.append(Row())
        self._judge_soon = QTimer(self)
        self._judge_soon.setSingleShot(True)
        self._judge_soon.setInterval(_JUDGE_MS)
        self._judge_soon.timeout.connect(self._judge)
        self._inside = QVBoxLayout()
        self._inside.setContentsMargins(0, 0, theme.SPACE, 0)
        body = QWidget()
        body.setObjectName("plain")
        body.setLayout(theme.column(self._inside, 1, spacing=0))
        area = QScrollArea()
        area.setAccessibleName("Conditions")
        area.setWidgetResizable(True)
        area.setWidget(body)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.summary, self.reason = theme.label("", wrap=True), theme.caption("", wrap=True)
        self.person, self.count = theme.chip("neutral", "Nobody", "neutral"), theme.chip("neutral", "", "neutral")
        self.warning = theme.label("", "warn", wrap=True)
        foot = QFrame()
        foot.setObjectName("card")
        told = theme.row(self.person, self.count, 1)
        foot.setLayout(theme.column(self.summary, told, self.reason, self.warning, margin=12, spacing=6))
        self.done_button = theme.button("Done", kind="primary")
        self.done_button.setDefault(True)
        self.done_button.clicked.connect(self.accept)
        leave, none = theme.button("Cancel"), theme.button("Show to everybody", kind="quiet")
        leave.clicked.connect(self.reject)
        none.clicked.connect(self._everybody)
        head = theme.label(f"Who sees {what}? Everybody for whom this holds.", "muted", wrap=True)
        buttons = theme.row(none, 1, leave, self.done_button)
        whole = theme.column(theme.heading("Show when"), head, area, foot, buttons, margin=2 * theme.SPACE, spacing=12)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        self.resize(760, 560)
        self.rebuild()

    @property
    def value(self) -> Json:
        return condition_tree.to_tree(self.group)

    def rebuild(self) -> None:
        """Draw the groups anew: something came or went."""
        theme.clear(self._inside)
        self._inside.addWidget(GroupBox(self, self.group, None))
        self.tell()

    def tell(self) -> None:
        """Something was entered: say it in words, and try it soon."""
        tree = thaw(self.value)
        if tree is None:
            self.summary.setText("Shown to everybody, until a condition is complete.")
            self.warning.hide()
        else:
            self.summary.setText(f"Shown when {spoken(condition_tree.labelled(tree, label_of))}.")
            found = objections(conditions.checked(tree), self.around.type_of)
            self.warning.setText(found[0][1] if found else "")
            self.warning.setVisible(bool(found))
        self._judge_soon.start()
        self.changed.emit()

    def _judge(self) -> None:
        value = self.value
        if value is None or self.around.judge is None:
            return self._judged(None)
        return self.around.judge(value, self._judged)

    def _judged(self, found: Verdict | None) -> None:
        for part in (self.person, self.count, self.reason):
            part.setVisible(found is not None)
        if found is None:
            return
        who = self.around.person or "This person"
        self.person.setText(f"{who} sees it" if found.holds else f"{who} does not see it")
        self.person.setProperty("chip", "good" if found.holds else "warn")
        self.person.style().unpolish(self.person)
        self.person.style().polish(self.person)
        self.reason.setText(in_words(found.words))
        self.count.setVisible(found.tried > 0)
        self.count.setText(f"Shown to {found.shown:,} of the {found.tried:,} who wait")

    def _everybody(self) -> None:
        self.group = Group(ALL, [])
        self.accept()


class GroupBox(QFrame):
    """All, any or none of some rows and groups."""

    def __init__(self, builder: ConditionBuilder, group: Group, above: Group | None) -> None:
        super().__init__()
        self._builder, self._group = builder, group
        self.setObjectName("entry" if above is not None else "plain")
        self.joint = Segments("How these go together", _JOINTS, group.joint)
        self.joint.chosen.connect(self._joined)
        head: list[QWidget | int] = [self.joint, theme.caption("of these hold"), 1]
        if above is not None:
            head.append(_remove("Remove this group", partial(self._drop, above, group)))
        parts: list[Any] = [theme.row(*head)]
        for part in group.parts:
            if isinstance(part, Group):
                parts.append(GroupBox(builder, part, group))
            else:
                line = RowBox(builder, part)
                line.removed.connect(partial(self._drop, group, part))
                parts.append(line)
        add = theme.button("Add a condition", "mdi6.plus", "quiet")
        add.clicked.connect(partial(self._add, Row()))
        inner = theme.button("Add a group", "mdi6.plus-box-multiple-outline", "quiet")
        inner.clicked.connect(lambda: self._add(Group(ANY if group.joint == ALL else ALL, [Row()])))
        parts.append(theme.row(add, inner, 1, spacing=4))
        self.setLayout(theme.column(*parts, margin=theme.SPACE if above is not None else 0, spacing=6))

    def _joined(self, joint: str) -> None:
        self._group.joint = joint
        self._builder.tell()

    def _add(self, part: Row | Group, _checked: bool = False) -> None:
        self._group.parts.append(part)
        self._builder.rebuild()

    def _drop(self, holder: Group, part: Row | Group) -> None:
        holder.parts = [one for one in holder.parts if one is not part]
        self._builder.rebuild()


class RowBox(QWidget):
    """One comparison."""

    removed = Signal()

    def __init__(self, builder: ConditionBuilder, row: Row) -> None:
        super().__init__()
        self._builder, self._row = builder, row
        attribute = row.var.startswith(f"{_ATTRIBUTES}.")
        self.variable = VariablePicker(builder.around, (), "Choose what to ask")
        self.variable.show_path(_ATTRIBUTES if attribute else row.var)
        self.variable.picked.connect(self._picked)
        self.name = QLineEdit(row.var.removeprefix(f"{_ATTRIBUTES}.") if attribute else "")
        self.name.setAccessibleName("Name of the attribute")
        self.name.setPlaceholderText("Attribute")
        if not attribute:
            self.name.hide()
        self.name.textEdited.connect(self._named)
        self.op = QComboBox()
        self.op.setAccessibleName("How it is compared")
        self.op.setMinimumWidth(140)
        self.op.activated.connect(lambda _: self._asked(str(self.op.currentData())))
        self._line = theme.row(self.variable, self.name, self.op, spacing=6)
        self._value: QWidget = QWidget()
        self._line.addWidget(self._value, 3)
        self._line.addWidget(_remove("Remove this condition", self.removed.emit))
        self._line.setStretch(0, 3)
        self.setLayout(self._line)
        self._show()

    @property
    def type(self) -> str | None:
        return self._builder.around.type_of(self._row.var) if self._row.var else "text"

    def _picked(self, path: str) -> None:
        fresh = not self._row.var
        self._row.var = f"{_ATTRIBUTES}." if path == _ATTRIBUTES else path
        self.name.setVisible(path == _ATTRIBUTES)
        if fresh or self._row.op not in condition_tree.operators(self.type):
            self._row.op = condition_tree.operators(self.type)[0]
        self._row.value = condition_tree.fresh_value(self._row.op, self.type, self._builder.around.currency)
        self._show()
        self._builder.tell()

    def _named(self, words: str) -> None:
        self._row.var = f"{_ATTRIBUTES}.{words.strip()}"
        self._builder.tell()

    def _asked(self, op: str) -> None:
        kind = _shape(self._row.op)
        self._row.op = op
        if _shape(op) != kind:
            self._row.value = condition_tree.fresh_value(op, self.type, self._builder.around.currency)
        self._show()
        self._builder.tell()

    def _entered(self, value: Any) -> None:
        self._row.value = value
        self._builder.tell()

    def _show(self) -> None:
        self.op.clear()
        known = condition_tree.operators(self.type)
        for op in (*known, *(() if self._row.op in known else (self._row.op,))):
            self.op.addItem(condition_tree.operator_words(op, self.type), op)
        self.op.setCurrentIndex(self.op.findData(self._row.op))
        made = ValueBox(self._row.op, self.type, self._row.value, self._builder.around.currency)
        made.changed.connect(self._entered)
        self._line.replaceWidget(self._value, made)
        self._value.hide()
        self._value.deleteLater()
        self._value = made


def _shape(op: str) -> str:
    """Operators of one shape have a value of the same form."""
    if op in conditions.ALONE:
        return "alone"
    return "pair" if op == "between" else "several" if op in ("in", "nin") else "one"


def _remove(words: str, act: Any) -> QWidget:
    made = theme.tool("mdi6.close", words)
    made.clicked.connect(lambda _=False: act())
    return made
