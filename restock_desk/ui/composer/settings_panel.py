"""The panel of the whole e-mail: what an inbox shows, look, language, plain text, tracking, clients, brand."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from restock_desk.domain.document import kinds
from restock_desk.domain.document.tree import Json
from restock_desk.ui import theme
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.color_field import swatch
from restock_desk.ui.composer.editing import Editing
from restock_desk.ui.composer.field_sheet import FieldSheet, Fold, Section

_GROUPS = (
    ("Inbox", ("subject", "preheader", "from", "replyTo"), True),
    ("Look", ("width", "background", "contentBackground", "darkMode"), True),
    ("Language", ("lang", "dir"), True),
    ("Plain text", ("textPart", "text"), False),
    ("Tracking", tuple(f"utm.{name}" for name in ("source", "medium", "campaign", "term", "content")), False),
    ("Target mail programs", ("targets",), False),
)


class SettingsPanel(QScrollArea):
    """`brand_asked` when somebody wants to change the brand."""

    brand_asked = Signal()

    def __init__(self, editing: Editing, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Settings of the e-mail")
        self._editing, self._around = editing, around
        by_name = kinds.SETTING
        self.sheet = FieldSheet(
            [Section(title, tuple(by_name[name] for name in names), is_open) for title, names, is_open in _GROUPS],
            around,
        )
        self.sheet.edited.connect(self._edited)
        self.sheet.step_asked.connect(lambda by: editing.undo() if by < 0 else editing.redo())
        self._swatches = QGridLayout()
        self._swatches.setSpacing(6)
        colors = QWidget()
        colors.setObjectName("plain")
        colors.setLayout(self._swatches)
        change = theme.button("Change the brand", "mdi6.palette-outline", "quiet")
        change.clicked.connect(self.brand_asked)
        brand = QWidget()
        brand.setObjectName("plain")
        brand.setLayout(theme.column(colors, theme.row(change, 1), spacing=6))
        fold = Fold("Brand", brand, True)
        inside = QWidget()
        inside.setObjectName("plain")
        whole = theme.column(self.sheet, theme.rule(), fold, brand, 1, spacing=theme.SPACE)
        whole.setContentsMargins(0, 0, 6, theme.SPACE)
        inside.setLayout(whole)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        editing.settled.connect(self.refresh)
        around.changed.connect(self._show_brand)

    def refresh(self) -> None:
        if not self.isVisible():
            return
        document = self._editing.document
        self.sheet.show_values(
            lambda spec: kinds.setting(document, spec.name), lambda spec: document.setting(spec.name) is not None
        )
        self.sheet.show_only({"text": kinds.setting(document, "textPart") != "manual"})

    def showEvent(self, event: object) -> None:
        self.refresh()

    def _edited(self, name: str, value: Json) -> None:
        self._editing.set(self._editing.document.id, ("settings", *name.split(".")), value)

    def _show_brand(self) -> None:
        theme.clear(self._swatches)
        for at, token in enumerate(self._around.tokens):
            line = QWidget()
            line.setObjectName("plain")
            sign = theme.label()
            sign.setPixmap(swatch(token.value).pixmap(18, 18))
            line.setLayout(theme.row(sign, theme.caption(token.label), 1, spacing=6))
            line.setToolTip(theme.tooltip(f"{token.name} is {token.value}"))
            self._swatches.addWidget(line, at // 2, at % 2)
