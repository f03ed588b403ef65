"""What the window remembers between two starts: geometry, page, each page's splitters. Nothing about people."""

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, Qt

from restock_desk.ui.page import Page

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

TITLE_BAR = 40


class Remembered:
    """One ini file in the desk's data folder; damaged or old entries are ignored."""

    def __init__(self, window: "Window") -> None:
        self._window, self._started = window, False
        self._ini = QSettings(str(window.desk.data_dir / "window.ini"), QSettings.Format.IniFormat)

    def save(self, pages: dict[str, Page]) -> None:
        """Keep how things stand. Called when the window closes; one that was never started keeps nothing."""
        if not self._started:
            return
        self._ini.setValue("window/geometry", bytes(self._window.saveGeometry().toBase64().data()).decode())
        self._ini.setValue("window/page", self._window.current)
        for name, page in pages.items():
            self._ini.setValue(f"page/{name}", json.dumps(page.save_state()))
        self._ini.sync()

    def restore_window(self) -> str:
        """Bring the window back to its place; the name of the page it was left on."""
        self._started = True
        kept = str(self._ini.value("window/geometry", ""))
        if not kept or not self._window.restoreGeometry(QByteArray.fromBase64(kept.encode())):
            self._window.resize(1280, 800)
            self._fit_screen()
        return str(self._ini.value("window/page", ""))

    def _fit_screen(self) -> None:
        """A first window is no larger than the screen has room for, its title bar included."""
        room = self._window.screen().availableGeometry()
        if self._window.width() >= room.width() or self._window.height() > room.height() - TITLE_BAR:
            self._window.setWindowState(Qt.WindowState.WindowMaximized)

    def restore_page(self, name: str, page: Page) -> None:
        """Give a page back what it had, when it is made."""
        try:
            state = json.loads(str(self._ini.value(f"page/{name}", "{}")))
        except ValueError:
            return
        if isinstance(state, dict):
            page.restore_state(state)
