"""The field for a condition: what it says in words, and the builder behind a button."""

from collections.abc import Mapping

from PySide6.QtWidgets import QDialog, QWidget

from restock_desk.domain.condition_words import spoken
from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.tree import Json, thaw
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around, label_of
from restock_desk.ui.composer.condition_builder import ConditionBuilder
from restock_desk.ui.composer.condition_tree import labelled
from restock_desk.ui.composer.field import FieldEditor


class ConditionField(FieldEditor):
    WIDE = True

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self._value: Json = None
        self.words = theme.label("", wrap=True)
        self.change = theme.button("Choose who sees it", "mdi6.account-filter-outline")
        self.change.clicked.connect(lambda: self.open())
        self.none = theme.tool("mdi6.close", "Show to everybody")
        self.none.clicked.connect(lambda: self._done(None))
        line = theme.row(self.change, self.none, 1, spacing=4)
        self.setLayout(theme.column(self.words, line, spacing=4))
        self.setFocusProxy(self.change)
        self.show_value(None)

    def show_value(self, value: Json) -> None:
        self._value = value
        known = isinstance(value, Mapping)
        said = spoken(labelled(thaw(value), label_of)) if known else ""
        self.words.setText(said[:1].upper() + said[1:] if said else "Everybody sees it.")
        self.change.setText("Change…" if known else "Choose who sees it…")
        self.change.setAccessibleName(f"{self.spec.label}: {self.words.text()}")
        self.none.setVisible(known)

    def open(self) -> ConditionBuilder:
        """The builder, over the window."""
        made = ConditionBuilder(self.around, self._value, self.around.what or "this block", self.window())
        made.finished.connect(lambda code: self._done(made.value) if code == QDialog.DialogCode.Accepted else None)
        made.finished.connect(made.deleteLater)
        made.open()
        return made

    def _done(self, value: Json) -> None:
        self.show_value(value)
        self.edited.emit(value)
