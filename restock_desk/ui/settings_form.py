"""A part of the settings that all who share the database agree on: cards of fields, Save, and Undo after it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtWidgets import QFormLayout, QScrollArea, QVBoxLayout, QWidget

from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

T = TypeVar("T")


class SettingsForm(QWidget, Generic[T]):
    """Cards in a scroll area with a Save button that wakes when something was changed."""

    def __init__(
        self,
        desk: Desk,
        bridge: Bridge,
        window: "Window",
        name: str,
        load: Callable[[Desk], T],
        store: Callable[[Desk, T], T],
        changes: tuple[str, ...] = ("shop", "staff"),
        long: bool = True,
    ) -> None:
        """The button of a `long` form stays in sight below it; a short one has it right under its last card."""
        super().__init__()
        self._desk, self._bridge, self._window = desk, bridge, window
        self._load, self._store, self._changes = load, store, changes
        self._kept: T | None = None
        self._cards: QVBoxLayout = theme.column(spacing=2 * theme.SPACE)
        inside = QWidget()
        inside.setObjectName("plain")
        inside.setMaximumWidth(820)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setAccessibleName(name)
        area.setWidget(inside)
        self.save = theme.button("Save", kind="primary")
        self.save.setEnabled(False)
        self.save.setToolTip(theme.tooltip("Nothing was changed."))
        self.save.clicked.connect(self._save)
        self.wrong = theme.label("", "bad")
        foot = theme.row(self.save, self.wrong, 1)
        inside.setLayout(theme.column(self._cards, *([] if long else [foot]), 1, spacing=2 * theme.SPACE))
        self.setLayout(theme.column(area, *([foot] if long else []), spacing=2 * theme.SPACE))

    def refresh(self) -> None:
        desk = self._desk
        if not self.save.isEnabled():
            self._bridge.ask(f"settings:{id(self)}", lambda: self._load(desk), self._show)

    def fill(self, kept: T) -> None:
        """Show what is kept."""
        raise NotImplementedError

    def changed(self, kept: T) -> T:
        """What the fields say, on top of what is kept. ValueError with a sentence when one cannot be read."""
        raise NotImplementedError

    def touched(self) -> None:
        """Something may have been changed by hand."""
        ready, why = False, "Nothing was changed."
        try:
            ready = self._kept is not None and self.changed(self._kept) != self._kept
        except ValueError as error:
            why = str(error)
        self.save.setEnabled(ready)
        self.save.setToolTip("" if ready else theme.tooltip(why))
        self.wrong.setText("" if ready or why.startswith("Nothing") else why)

    def _show(self, kept: T) -> None:
        self._kept = None
        self.fill(kept)
        self._kept = kept
        self.touched()

    def _save(self) -> None:
        if self._kept is None:
            return
        before, after = self._kept, self.changed(self._kept)
        self._put(before, after)
        self._kept = after
        self.touched()

    def _put(self, before: T, after: T, say: bool = True) -> None:
        desk, window = self._desk, self._window

        def done(_: object) -> None:
            if say:
                again, back = (lambda: self._put(before, after, False)), (lambda: self._put(after, before, False))
                window.did("Settings saved", again, back)

        window.bridge.act("Save the settings", lambda _t, _p: self._store(desk, after), done, self._changes)


def form_layout() -> QFormLayout:
    """Names at the left, fields at the right."""
    form = QFormLayout()
    form.setHorizontalSpacing(3 * theme.SPACE)
    form.setVerticalSpacing(theme.SPACE + 2)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return form


def name_label(title: str) -> QWidget:
    """The name of a field."""
    made = theme.label(title, "muted")
    made.setMinimumSize(190, 32)
    return made


def form_card(words: str, form: QFormLayout) -> QWidget:
    """A form under its heading."""
    holder = QWidget()
    holder.setObjectName("plain")
    holder.setLayout(form)
    form.setContentsMargins(0, 0, 0, 0)
    return theme.card(theme.heading(words), holder, spacing=2 * theme.SPACE)
