"""Where the window speaks: the one error surface, and toasts for what just happened (with Undo where it can be)."""

import platform
import traceback
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QWidget

from restock_desk import __version__
from restock_desk.errors import DeskError
from restock_desk.ui import theme

BUG = "Something went wrong inside Restock Desk."
BUG_HINT = "Your data is safe: nothing half-done was kept. Copy the details for whoever looks after the program."


def sentence(error: Exception) -> tuple[str, str]:
    """What to show for an error: what happened, and what to do next."""
    if isinstance(error, DeskError):
        return error.message, error.hint
    return BUG, BUG_HINT


def details(error: Exception) -> str:
    """What "Copy details" copies: versions, the kind of error and where it arose. Never its values: they may name
    a person."""
    lines = [f"Restock Desk {__version__}, Python {platform.python_version()}, {platform.platform()}"]
    if isinstance(error, DeskError):
        lines += ["DeskError", error.message, error.hint]
    else:
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
    frames = traceback.extract_tb(error.__traceback__)
    lines += [f"  {'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join(lines)


class _Floating(QFrame):
    """A frame that floats over its parent's lower or upper edge and follows its size."""

    def __init__(self, parent: QWidget, name: str, at_top: bool) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._at_top, self._home = at_top, parent
        self.hide()
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return False

    def place(self) -> None:
        parent = self._home
        room = parent.width() - 6 * theme.SPACE
        self.setMaximumWidth(max(320, min(720, room)))
        self.adjustSize()
        y = 2 * theme.SPACE if self._at_top else parent.height() - self.height() - 3 * theme.SPACE
        self.move((parent.width() - self.width()) // 2, y)
        self.raise_()


class Toast(_Floating):
    """One line on what just happened, for a few seconds, with at most one action such as Undo."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "toast", at_top=False)
        self.setAccessibleName("Message")
        self._words = theme.label(wrap=False)
        self._press = theme.button("Undo")
        self._act: Callable[[], object] | None = None
        self._press.clicked.connect(self._pressed)
        self.setLayout(theme.row(self._words, self._press, spacing=2 * theme.SPACE, margin=theme.SPACE + 4))
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self.hide)

    def say(self, text: str, action: tuple[str, Callable[[], object]] | None = None, seconds: float = 7) -> None:
        """Show `text`; the newest message replaces an older one."""
        self._words.setText(text)
        self._press.setVisible(action is not None)
        self._act = action[1] if action else None
        if action:
            self._press.setText(action[0])
            self._press.setAccessibleName(action[0])
        self.show()
        self.place()
        self._clock.start(int(seconds * 1000))

    @property
    def text(self) -> str:
        return self._words.text() if self.isVisible() else ""

    def _pressed(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()


class ProblemBar(_Floating):
    """The one place where errors appear: what, why, what next; stays until dismissed."""

    _escape: QShortcut | None = None

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "problem", at_top=True)
        self.setAccessibleName("Problem")
        self._error: Exception | None = None
        self._what = theme.heading("", wrap=True)
        self._next = theme.label(wrap=True)
        copy = theme.button("Copy details", "mdi6.content-copy", tip="Copies what happened, without personal data")
        close = theme.button("Dismiss")
        copy.clicked.connect(self.copy_details)
        close.clicked.connect(self.hide)
        close.setToolTip(theme.tooltip("Dismiss (Escape)"))
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), parent.window(), self.hide)
        self._escape.setEnabled(False)  # Escape means other things while nothing is shown here
        self.setLayout(
            theme.column(self._what, self._next, theme.row(1, copy, close), margin=2 * theme.SPACE, spacing=theme.SPACE)
        )

    def show_error(self, error: Exception) -> None:
        """Say what went wrong. A newer problem replaces the one shown."""
        self._error = error
        what, after = sentence(error)
        self._what.setText(what)
        self._next.setText(after)
        self._next.setVisible(bool(after))
        self.show()
        if self._escape is not None:
            self._escape.setEnabled(True)
        self.setFixedWidth(min(640, max(320, self._home.width() - 6 * theme.SPACE)))
        self.place()

    def hideEvent(self, event: QHideEvent) -> None:
        if self._escape is not None:  # it is hidden before it is whole
            self._escape.setEnabled(False)
        super().hideEvent(event)

    @property
    def text(self) -> str:
        return f"{self._what.text()} {self._next.text()}".strip() if self.isVisible() else ""

    def copy_details(self) -> None:
        if self._error is not None:
            QGuiApplication.clipboard().setText(details(self._error))
