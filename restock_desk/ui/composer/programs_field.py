"""Which mail programs a document is checked for: those of the shop, or its own choice."""

from PySide6.QtWidgets import QCheckBox, QWidget

from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.tree import Json
from restock_desk.domain.mail_programs import TARGETS
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.field import FieldEditor
from restock_desk.ui.mail_programs import MailPrograms


class ProgramsField(FieldEditor):
    """A list of patterns; none = the shop's."""

    WIDE = True

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(spec, around, parent)
        self.shops = QCheckBox("Those of the shop")
        self.programs = MailPrograms()
        self.shops.clicked.connect(self._chosen)
        self.programs.changed.connect(lambda: self.edited.emit(self.programs.patterns or None))
        self.setFocusProxy(self.shops)
        self.setLayout(theme.column(self.shops, self.programs, spacing=4))

    def show_value(self, value: Json) -> None:
        own = tuple(str(each) for each in value) if isinstance(value, tuple) else ()
        self.shops.setChecked(not own)
        self.programs.setVisible(bool(own))
        if own:
            self.programs.show_patterns(own)

    def _chosen(self, shops: bool) -> None:
        self.edited.emit(None if shops else TARGETS)
