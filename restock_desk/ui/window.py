"""The window's frame: rail, pages (made when first shown), status bar, undo, and how it closes without losing work.

A page plugs in by one line in PAGES. Pages know each other by name only: `window.open_page("campaigns", review=7)`.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QUndoCommand, QUndoStack
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from restock_desk import __version__
from restock_desk import settings as settings_
from restock_desk.jobs import CancelToken, JobRunner
from restock_desk.services import health, shop
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.ui import theme
from restock_desk.ui.brakes import Brakes
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.commands import Commands
from restock_desk.ui.page import Page
from restock_desk.ui.rail import Rail
from restock_desk.ui.remembered import Remembered
from restock_desk.ui.surface import ProblemBar, Toast
from restock_desk.ui.tasks import TaskList

if TYPE_CHECKING:
    from restock_desk.ui.sends import Sends

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
    """The application's one window. Dialogs are imported when first wanted, for a quick start."""

    def __init__(self, desk: Desk, runner: JobRunner, settings: Settings) -> None:
        super().__init__()
        self.desk, self.settings = desk, settings
        self._mending = CancelToken()
        self.reopening = False  # set before closing: another shop is to be opened
        self.bridge = Bridge(runner, self)
        self.undo_stack = QUndoStack(self)
        self.setWindowTitle(f"{desk.store.name} – Restock Desk")
        self.setMinimumSize(960, 640)
        self._pages: dict[str, QWidget] = {}
        self._stack = QStackedWidget()
        self.rail = Rail([(name, words, icon) for name, (_, words, icon) in PAGES.items()])
        self.rail.chosen.connect(self.open_page)
        self.installEventFilter(self.rail)
        self.brakes = Brakes(self)
        middle = QWidget()
        right = theme.column(self.brakes, self._stack, spacing=0)
        middle.setLayout(theme.row(self.rail, right, spacing=0))
        self.setCentralWidget(middle)
        self.toast = Toast(middle)
        self.problem = ProblemBar(middle)
        self.tasks = TaskList(self.bridge)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addPermanentWidget(self.tasks)
        self.statusBar().addPermanentWidget(self.brakes.press)
        self.bridge.failed.connect(self.problem.show_error)
        self._where = theme.caption(f"{desk.store.name} · {desk.actor.name}")
        self.bridge.changed.connect(lambda nouns: self._say_where() if "shop" in nouns else None)
        self._where.setContentsMargins(12, 0, 0, 0)
        self.statusBar().addWidget(self._where)
        self.commands = Commands(self, [(name, words) for name, (_, words, _) in PAGES.items()])
        self.remembered = Remembered(self)
        self.sends: Sends | None = None
        self._hints = QApplication.styleHints()
        self._hints.colorSchemeChanged.connect(lambda _: self.set_theme(self.settings.theme))

    def start(self) -> None:
        """Come up as left: size, page; then begin to look for campaigns that want delivering."""
        page = self.remembered.restore_window()
        self.open_page(page if page in PAGES else "catalog")
        from restock_desk.ui.sends import Sends

        self.sends = Sends(self)
        self.sends.start()
        self.brakes.start()
        desk, token = self.desk, self._mending
        self._say_where()
        self.bridge.ask("window.mend", lambda: health.mend(desk, token), self._mended)

    def open_page(self, name: str, **target: object) -> None:
        """Make a page the current one and, if told, show something particular on it."""
        page = self.page(name)
        self.rail.mark(name)
        self._stack.setCurrentWidget(page)
        if isinstance(page, Page):
            page.take_focus()
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

    def import_file(self, kind: str, path: str = "") -> None:
        """Open the import dialog for products, subscribers, interests, stock or feedback."""
        from restock_desk.ui.import_dialog import ImportDialog

        ImportDialog(self, kind, path).open()

    def set_stock(self) -> None:
        """Ask for a SKU and a quantity."""
        from restock_desk.ui.stock_dialog import StockDialog

        StockDialog(self).open()

    def quick_open(self) -> None:
        """Open anything by name."""
        from restock_desk.ui.quick_open import QuickOpen

        palette = QuickOpen(self)
        palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        palette.show_palette()

    def show_guide(self) -> None:
        """Shortcuts and the user guide."""
        from restock_desk.ui.guide import Guide

        Guide(self).open()

    def about(self) -> None:
        self.toast.say(f"Restock Desk {__version__} on {self.desk.store.name}")

    def focus_search(self) -> None:
        shown = self._stack.currentWidget()
        if isinstance(shown, Page):
            shown.focus_search()

    def refresh(self) -> None:
        """Ask for the current page's data again."""
        shown = self._stack.currentWidget()
        if isinstance(shown, Page):
            shown.invalidate()

    def set_theme(self, scheme: str) -> None:
        """system, light or dark; remembered when it is a new choice."""
        if scheme != self.settings.theme:
            self.settings = replace(self.settings, theme=scheme)
            settings_.save(self.settings)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, scheme)

    def use_transport(self, url: str) -> None:
        """Hand mail over this way from now on; pages are made anew. A campaign keeps the way it was launched with."""
        shown = self.current
        for page in self._pages.values():
            self._stack.removeWidget(page)
            page.deleteLater()
        self._pages.clear()
        self.desk = replace(self.desk, transport=url)
        self.open_page(shown or "settings")

    def _say_where(self) -> None:
        """Name the shop in the title and in the status bar."""
        desk = self.desk
        self.bridge.ask("window.shop", lambda: (shop.shop(desk).name, shop.is_sample(desk)), self._named)

    def _named(self, found: tuple[str, bool]) -> None:
        """The shop by its own name, and whether its mail can reach anybody."""
        name, sample = found
        self.setWindowTitle(f"{name or self.desk.store.name} – Restock Desk")
        safe = " · sample shop: no mail leaves this machine" if sample else ""
        self._where.setText(f"{self.desk.store.name} · {self.desk.actor.name}{safe}")

    def _mended(self, nouns: tuple[str, ...]) -> None:
        """A search index that a crash had left unfinished is there again."""
        if nouns:
            self.bridge.announce("catalog", "audience")

    def closeEvent(self, event: QCloseEvent) -> None:
        self._mending.cancel()
        if self.sends is not None:
            self.sends.stop()
        self.remembered.save({name: page for name, page in self._pages.items() if isinstance(page, Page)})
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
        if isinstance(made, Page):
            self.remembered.restore_page(name, made)
        return made
