"""The hands of a person at the window: find what is seen, press it, type, wait for what then appears. No sleeping.

Everything goes through what the screen shows: a button that is hidden or grey cannot be pressed here either.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QListWidget, QWidget
from pytestqt.exceptions import TimeoutError
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from restock_desk.ui.ask_reason import ReasonDialog
from restock_desk.ui.picker import Picker
from restock_desk.ui.window import PAGES, Window
from tests.ui.standstill import beating

W = TypeVar("W", bound=QWidget)
PATIENCE_MS = 40_000


class MovedClock:
    """The real time of day, which a test may put forward: for grace periods and debounces nobody wants to sit out."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


class Hands:
    """One person at one window."""

    def __init__(self, qtbot: QtBot, window: Window) -> None:
        self.qtbot, self.window = qtbot, window
        self._pictures = os.environ.get("RESTOCK_DESK_JOURNEY_PICTURES", "")
        self._number = 0
        self._presses: list[tuple[str, bool]] = []

    def until(self, fact: Callable[[], object]) -> None:
        """Go on as soon as this is so."""
        try:
            self.qtbot.waitUntil(lambda: bool(fact()), timeout=PATIENCE_MS)
        except TimeoutError as error:
            self.picture("never-came")
            shown = [label.text() for part in QApplication.topLevelWidgets() for label in part.findChildren(QLabel)
                     if label.isVisible() and label.text()]  # fmt: skip
            tasks = [(task.title, task.state, task.error) for task in self.window.bridge.tasks]
            words = f"It never came. What is read instead: {shown}; pressed: {self._presses[-5:]}; tasks: {tasks}"
            raise AssertionError(words) from error

    def press(self, words: str, where: QWidget | None = None) -> None:
        """Click the visible, enabled button of that name as soon as there is one, until it has taken the click."""
        root = where or self.window
        self.until(lambda: self._clicked(root, words))

    def _clicked(self, root: QWidget, words: str) -> bool:
        found = self._button(root, words)
        if found is None:
            return False
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # it may just have come
        took: list[bool] = []

        def takes() -> None:
            took.append(True)

        found.clicked.connect(takes)
        QTest.mouseClick(found, Qt.MouseButton.LeftButton)
        if isValid(found):
            found.clicked.disconnect(takes)
        self._presses.append((words, bool(took)))
        return bool(took)

    def type_into(self, field: QWidget, words: str) -> None:
        """Replace what a visible field holds, key by key."""
        assert field.isVisible()
        assert field.isEnabled()
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field, words)

    def sees(self, words: str, where: QWidget | None = None) -> bool:
        """Whether a visible label holds these words."""
        labels = (where or self.window).findChildren(QLabel)
        return any(words in label.text() and label.isVisible() for label in labels)

    def pick(self, picker: Picker, words: str, title: str) -> None:
        """Open a picker, type, and take the one thing that is found."""
        QTest.mouseClick(picker, Qt.MouseButton.LeftButton)
        found = next(part for part in picker.findChildren(QListWidget) if part.isVisible())
        line = next(part for part in picker.findChildren(QLineEdit) if part.isVisible())
        QTest.keyClicks(line, words)
        self.until(lambda: [found.item(n).text() for n in range(found.count())] == [title])
        found.setCurrentRow(0)
        QTest.keyClick(line, Qt.Key.Key_Return)
        self.until(lambda: picker.current is not None and picker.current.title == title)

    def see(self, words: str, where: QWidget | None = None) -> None:
        """Wait until these words can be read."""
        self.until(lambda: self.sees(words, where))

    def dialog(self, kind: type[W]) -> W:
        """The dialog of that kind, as soon as it is open."""
        self.until(lambda: self._open(kind))
        found = self._open(kind)
        assert found is not None
        return found

    def open(self, name: str, kind: type[W]) -> W:
        """Go to a page by its command, as the menu and the shortcut do."""
        self.in_front()
        self.window.commands.trigger(PAGES[name][1])
        assert self.window.current == name
        return self.page(name, kind)

    def page(self, name: str, kind: type[W]) -> W:
        """The page of that name."""
        found = self.window.page(name)
        assert isinstance(found, kind)
        return found

    def part(self, page: QWidget, kind: type[W]) -> W:
        """The part of that kind that is seen on a page, as soon as it is."""
        self.until(lambda: any(part.isVisible() for part in page.findChildren(kind)))
        return next(part for part in page.findChildren(kind) if part.isVisible())

    def in_front(self) -> None:
        """The window is the one that gets the keys: a platform without a window manager does not see to it."""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)

    @staticmethod
    def open_dialogs() -> list[QWidget]:
        """What stands in front of the window."""
        return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and widget.parentWidget()]

    def press_and_say_why(self, words: str, reason: str, where: QWidget | None = None) -> None:
        """Press a button whose question stops the world until a reason was given."""
        clock = QTimer()

        def answer() -> None:
            asked = self._open(ReasonDialog)
            if asked is not None:
                clock.stop()
                self.type_into(asked.reason, reason)
                self.press("Go on", asked)

        clock.timeout.connect(answer)
        clock.start(20)
        self.press(words, where)

    def picture(self, name: str, of: QWidget | None = None) -> None:
        """Keep what is seen now, when somebody named a folder for it: RESTOCK_DESK_JOURNEY_PICTURES."""
        if self._pictures:
            self._number += 1
            QApplication.processEvents()
            (of or self.window).grab().save(str(Path(self._pictures) / f"journey-{self._number:02}-{name}.png"))

    @contextmanager
    def fluid(self, longest_s: float) -> Iterator[None]:
        """Meanwhile, the event loop is never away for longer than this."""
        with beating() as gaps:
            yield
        assert len(gaps) > 10
        assert max(gaps) < longest_s, f"the window stood still for {max(gaps):.2f} s"

    @staticmethod
    def _open(kind: type[W]) -> W | None:
        return next((w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()), None)

    @staticmethod
    def _button(root: QWidget, words: str) -> QAbstractButton | None:
        return next(
            (
                button
                for button in root.findChildren(QAbstractButton)
                if words in (button.text().replace("&", ""), button.accessibleName())
                and button.isVisible()
                and button.isEnabled()
            ),
            None,
        )
