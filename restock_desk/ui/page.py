"""What a page of the window is: a header that says what it is for, actions, a body, and when it refreshes."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge

if TYPE_CHECKING:
    from restock_desk.ui.window import Window


class Page(QWidget):
    """One page. It is stale when one of its `nouns` changed; it refreshes at once if visible, else when shown.

    Subclasses put their body into `self.body` and their buttons into the header by `add_action_widget`.
    """

    title: ClassVar[str] = ""
    icon: ClassVar[str] = "mdi6.circle-outline"
    purpose: ClassVar[str] = ""
    nouns: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__()
        self.desk, self.bridge, self.shell = desk, bridge, window
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.title)
        self._stale = True
        self._actions = QHBoxLayout()
        self._actions.setSpacing(theme.SPACE)
        names = theme.column(theme.title(self.title), theme.label(self.purpose, "muted"), spacing=2)
        self.body: QVBoxLayout = theme.column(spacing=2 * theme.SPACE)
        self.head = QWidget()
        self.head.setLayout(theme.row(names, 1, self._actions))
        frame = theme.column(self.head, self.body, spacing=2 * theme.SPACE, margin=3 * theme.SPACE)
        frame.setStretch(1, 1)
        self.setLayout(frame)
        bridge.changed.connect(self._on_changed)

    def add_action_widget(self, widget: QWidget) -> None:
        """Put a button beside the page's title, right of the ones that are there."""
        self._actions.addWidget(widget, alignment=Qt.AlignmentFlag.AlignTop)

    def add_body(self, part: QWidget | QLayout, stretch: int = 0) -> None:
        """Put a part below the ones that are there."""
        if isinstance(part, QWidget):
            self.body.addWidget(part, stretch)
        else:
            self.body.addLayout(part, stretch)

    def refresh(self) -> None:
        """Ask for the page's data again. Called on the GUI thread when the page is shown and stale."""

    def open(self, **target: object) -> None:
        """Show something particular, such as `person=7`. Called after the page was made the current one."""

    def focus_search(self) -> None:
        """Ctrl+F: put the cursor where this page searches."""

    def take_focus(self) -> None:
        """The page was gone to: put the focus where work begins."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def invalidate(self) -> None:
        """Refresh now if visible, else when shown."""
        self._stale = True
        if self.isVisible():
            self._refresh_if_stale()

    def save_state(self) -> dict[str, object]:
        """What the page wants back at the next start: plain values only."""
        return {}

    def restore_state(self, state: dict[str, object]) -> None:
        """What `save_state` gave at the last close."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh_if_stale()

    def _on_changed(self, nouns: frozenset[str]) -> None:
        if nouns & self.nouns:
            self.invalidate()

    def _refresh_if_stale(self) -> None:
        if self._stale:
            self._stale = False
            self.refresh()
