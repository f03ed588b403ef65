"""The window's frame: rail, pages (made when first shown), status bar, undo, and how it closes without losing work.

A page plugs in by one line in PAGES. Pages know each other by name only: `window.open_page("campaigns", review=7)`.
"""

import logging
from collections.abc import Callable
from importlib import import_module

from PySide6.QtGui import QCloseEvent, QUndoCommand, QUndoStack
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from restock_desk.jobs import JobRunner
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.page import Page
from restock_desk.ui.rail import Rail
from restock_desk.ui.surface import ProblemBar, Toast
from restock_desk.ui.tasks import TaskList

log = logging.getLogger(__name__)

PAGES: dict[str, tuple[str, str, str]] = {
    "catalog": ("catalog:CatalogPage", "Catalog", "mdi6.tag-multiple-outline"),
    "audience": ("audience:AudiencePage", "Audience", "mdi6.account-group-outline"),
    "restocks": ("restocks:RestocksPage", "Restocks", "mdi6.package-variant-closed-check"),
    "templates": ("templates:TemplatesPage", "Templates", "mdi6.file-document-edit-outline"),
    "campaigns": ("campaigns:CampaignsPage", "Campaigns", "mdi6.send-outline"),
    "feedback": ("feedback:FeedbackPage", "Feedback", "mdi6.chart-line"),
    "settings": ("settings:SettingsPage", "Settings", "mdi6.cog-outline"),
}
"""name → (module of this package : class, title, icon)."""


class Reversible(QUndoCommand):
    """Something that was done already and can be taken back: both ways are functions that start an action."""

    def __init__(self, text: str, redo: Callable[[], object], undo: Callable[[], object]) -> None:
        super().__init__(text)
        self._redo, self._undo, self._first = redo, undo, True

    def redo(self) -> None:
        if not self._first:
            self._redo()
        self._first = False

    def undo(self) -> None:
        self._undo()


class Window(QMainWindow):
    """The application's one window."""

    def __init__(self, desk: Desk, runner: JobRunner, settings: Settings) -> None:
        super().__init__()
        self.desk, self.settings = desk, settings
        self.bridge = Bridge(runner, self)
        self.undo_stack = QUndoStack(self)
        self.setWindowTitle("Restock Desk")
        self.setMinimumSize(960, 640)
        self._pages: dict[str, QWidget] = {}
        self._stack = QStackedWidget()
        self.rail = Rail([(name, words, icon) for name, (_, words, icon) in PAGES.items()])
        self.rail.chosen.connect(self.open_page)
        middle = QWidget()
        middle.setLayout(theme.row(self.rail, self._stack, spacing=0))
        self.setCentralWidget(middle)
        self.toast = Toast(middle)
        self.problem = ProblemBar(middle)
        self.tasks = TaskList(self.bridge)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addPermanentWidget(self.tasks)
        self.bridge.failed.connect(self.problem.show_error)

    def open_page(self, name: str, **target: object) -> None:
        """Make a page the current one and, if told, show something particular on it."""
        page = self.page(name)
        self.rail.mark(name)
        self._stack.setCurrentWidget(page)
        if target and isinstance(page, Page):
            page.open(**target)

    @property
    def current(self) -> str:
        """The name of the page that is shown; empty before the first."""
        shown = self._stack.currentWidget()
        return next((name for name, page in self._pages.items() if page is shown), "")

    def page(self, name: str) -> QWidget:
        """The page of that name, made at its first use."""
        if name not in self._pages:
            self._pages[name] = made = self._make(name)
            self._stack.addWidget(made)
        return self._pages[name]

    def did(self, text: str, redo: Callable[[], object], undo: Callable[[], object]) -> None:
        """Note something that was done and can be undone; says so with an Undo button."""
        self.undo_stack.push(Reversible(text, redo, undo))
        self.toast.say(text, ("Undo", self.undo_stack.undo))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.bridge.close()
        super().closeEvent(event)

    def _make(self, name: str) -> QWidget:
        where, words, icon = PAGES[name]
        module, cls = where.split(":")
        try:
            found = getattr(import_module(f"restock_desk.ui.{module}"), cls)
        except ModuleNotFoundError as error:
            if error.name != f"restock_desk.ui.{module}":
                raise
            return theme.empty_state(icon, words, "This page is not built yet.")
        made: QWidget = found(self.desk, self.bridge, self)
        return made
