"""Every command of the window, once: its words, shortcut and menu. The sheet of shortcuts is read from here."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from restock_desk.ui import theme
from restock_desk.ui.brakes import KEYS
from restock_desk.ui.move_dialog import MoveShop
from restock_desk.ui.open_shop import OpenShop

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

IN_LISTS = (
    ("Add a filter", "Ctrl+Shift+F"),
    ("From the search to the rows", "Down"),
    ("Show or hide details", "Space"),
    ("Open the chosen row", "Enter"),
    ("Copy the chosen rows", "Ctrl+C"),
    ("Copy one cell", "Ctrl+Shift+C"),
    ("Move a column, in the column chooser", "Alt+Up, Alt+Down"),
)
"""Shortcuts that belong to a list rather than to the window."""
IN_TEMPLATES = (
    ("New template", "Ctrl+N"),
    ("Save a new version", "Ctrl+S"),
    ("Save with a note", "Ctrl+Alt+S"),
    ("Offer variables", "Ctrl+Space"),
    ("Find and replace", "Ctrl+F"),
    ("Go to line", "Ctrl+G"),
    ("Next or previous problem", "F8, Shift+F8"),
    ("Comment or uncomment lines", "Ctrl+/"),
    ("Indent or outdent lines", "Tab, Shift+Tab"),
    ("Wrap or unwrap long lines", "Alt+Z"),
    ("Previous or next person in the preview", "Alt+Left, Alt+Right"),
    ("Previous or next restock in the preview", "Alt+Page up, Alt+Page down"),
    ("Preview, inbox, plain text, source, headers, raw", "Alt+1 … Alt+6"),
    ("Next colours, next width of the preview", "Ctrl+Alt+L, Ctrl+Alt+W"),
    ("Pictures off, side by side, preview only", "Ctrl+Alt+I, Ctrl+Alt+C, Ctrl+Alt+P"),
)
"""Shortcuts of the template editor."""


class Commands:
    """Builds the menus of a window and keeps its actions."""

    def __init__(self, window: "Window", pages: list[tuple[str, str]]) -> None:
        self._window = window
        self.actions: list[QAction] = []
        self._file()
        self._edit()
        self._view(pages)
        self._help()

    def trigger(self, words: str) -> None:
        """Run the command of that name."""
        next(action for action in self.actions if action.text().replace("&", "") == words).trigger()

    def sheet(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Groups of (what, keys): everything that has a shortcut."""
        mine = [
            (action.text().replace("&", "").rstrip("…"), ", ".join(keys.toString() for keys in action.shortcuts()))
            for action in self.actions
            if not action.shortcut().isEmpty()
        ]
        return [("Everywhere", mine), ("In a list", list(IN_LISTS)), ("Writing a template", list(IN_TEMPLATES))]

    def _file(self) -> None:
        menu, window = self._menu("&File"), self._window
        self._add(menu, "Open a shop…", lambda: OpenShop(window).open(), "mdi6.store-outline", "Ctrl+O")
        self._add(menu, "Move this shop to a server…", lambda: MoveShop(window).open(), "mdi6.database-arrow-right")
        menu.addSeparator()
        for kind, words in (
            ("products", "Import products…"),
            ("subscribers", "Import people…"),
            ("interests", "Import interests…"),
            ("stock", "Import stock…"),
            ("feedback", "Import feedback…"),
        ):
            self._add(menu, words, partial(window.import_file, kind), "mdi6.tray-arrow-up")
        menu.addSeparator()
        self._add(menu, "Set stock…", window.set_stock, "mdi6.package-variant-plus", "Ctrl+Shift+S")
        self._add(menu, "Stop all sending", window.brakes.stop, "mdi6.hand-back-left", KEYS)
        menu.addSeparator()
        self._add(menu, "Quit", window.close, "", QKeySequence.StandardKey.Quit).setMenuRole(QAction.MenuRole.QuitRole)

    def _edit(self) -> None:
        menu, window = self._menu("&Edit"), self._window
        for made, keys, icon in (
            (window.undo_stack.createUndoAction(window), QKeySequence.StandardKey.Undo, "mdi6.undo"),
            (window.undo_stack.createRedoAction(window), QKeySequence.StandardKey.Redo, "mdi6.redo"),
        ):
            made.setShortcut(QKeySequence(keys))
            made.setIcon(theme.icon(icon))
            menu.addAction(made)
            self.actions.append(made)
        menu.addSeparator()
        self._add(menu, "Find in the page", window.focus_search, "mdi6.magnify", QKeySequence.StandardKey.Find)

    def _view(self, pages: list[tuple[str, str]]) -> None:
        menu, window = self._menu("&View"), self._window
        for number, (name, words) in enumerate(pages, 1):
            self._add(menu, words, partial(window.open_page, name), "", f"Ctrl+{number}")
        menu.addSeparator()
        self._add(menu, "Open anything…", window.quick_open, "mdi6.lightning-bolt-outline", "Ctrl+K").setShortcuts(
            [QKeySequence("Ctrl+K"), QKeySequence("Ctrl+P")]
        )
        self._add(menu, "Refresh", window.refresh, "mdi6.refresh", "F5")
        self._add(menu, "Show tasks", window.tasks.toggle, "mdi6.progress-clock", "Ctrl+J")
        menu.addSeparator()
        looks = menu.addMenu("Appearance")
        group = QActionGroup(looks)
        for scheme, words in (("system", "As the system"), ("light", "Light"), ("dark", "Dark")):
            made = self._add(looks, words, partial(window.set_theme, scheme))
            made.setCheckable(True)
            made.setChecked(window.settings.theme == scheme)
            group.addAction(made)
        self._looks = group

    def _help(self) -> None:
        menu, window = self._menu("&Help"), self._window
        self._add(menu, "Guide and shortcuts", window.show_guide, "mdi6.help-circle-outline", "F1")
        about = self._add(menu, "About Restock Desk", window.about)
        about.setMenuRole(QAction.MenuRole.AboutRole)

    def _menu(self, words: str) -> QMenu:
        return self._window.menuBar().addMenu(words)

    def _add(
        self,
        menu: QMenu,
        words: str,
        fn: Callable[[], object],
        icon: str = "",
        keys: "str | QKeySequence.StandardKey" = "",
    ) -> QAction:
        made = QAction(words, self._window)
        made.triggered.connect(lambda _=False: fn())
        if icon:
            made.setIcon(theme.icon(icon))
        if keys:
            made.setShortcut(QKeySequence(keys))
        menu.addAction(made)
        self.actions.append(made)
        return made
