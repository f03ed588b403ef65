"""Settings about the data itself: where the database is, its health and backup, and past imports."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QVBoxLayout, QWidget

from restock_desk.services import health, imports
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.detail import facts
from restock_desk.ui.list_view import ListView

if TYPE_CHECKING:
    from restock_desk.ui.window import Window


class DatabaseSection(QWidget):
    """Where it is, how it is, and a copy of it."""

    def __init__(self, desk: Desk, bridge: Bridge) -> None:
        super().__init__()
        self._desk, self._bridge = desk, bridge
        self.setMaximumWidth(820)
        self._found: QVBoxLayout = theme.column(spacing=theme.SPACE)
        back = theme.button("Back up…", "mdi6.content-save-outline", kind="primary")
        look = theme.button("Check now", "mdi6.stethoscope")
        folder = theme.button("Open the data folder", "mdi6.folder-open-outline", "quiet")
        back.clicked.connect(self._backup)
        look.clicked.connect(self.refresh)
        folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(desk.data_dir))))
        path = desk.store.path
        about = facts(
            [
                ("Database", desk.store.name),
                ("Kind", "SQLite" if desk.store.dialect == "sqlite" else "PostgreSQL"),
                ("File", str(path) if path else "On a server"),
                ("Data folder", str(desk.data_dir)),
                ("Who you are", f"{desk.actor.name} ({desk.actor.role})"),
            ]
        )
        buttons = QWidget()
        buttons.setObjectName("plain")
        buttons.setLayout(theme.row(back, look, folder, 1))
        health_card = QWidget()
        health_card.setObjectName("plain")
        health_card.setLayout(self._found)
        self.setLayout(
            theme.column(
                theme.card(theme.heading("Database"), about, buttons, spacing=2 * theme.SPACE),
                theme.card(theme.heading("Health"), health_card, spacing=2 * theme.SPACE),
                1,
                spacing=2 * theme.SPACE,
            )
        )

    def refresh(self) -> None:
        """Look at everything the desk needs."""
        desk = self._desk
        self._bridge.ask("settings.doctor", lambda: list(health.doctor(desk)), self._show)

    def _show(self, found: list[tuple[str, bool, str]]) -> None:
        theme.clear(self._found)
        for name, ok, sentence in found:
            pill = theme.chip("ok", "Good" if ok else "Look", "good" if ok else "bad")
            pill.setFixedWidth(60)
            pill.setAlignment(Qt.AlignmentFlag.AlignCenter)
            what = theme.label(name)
            what.setFixedWidth(130)
            self._found.addLayout(theme.row(pill, what, theme.label(sentence, "muted"), 1, spacing=2 * theme.SPACE))

    def _backup(self) -> None:
        name = f"backup-{self._desk.now():%Y-%m-%d}.db"
        path, _ = QFileDialog.getSaveFileName(self, "Back up the database", name, "SQLite files (*.db)")
        if path:
            desk = self._desk
            self._bridge.act("Back up the database", lambda _t, _p: health.backup(desk, Path(path)), lane="reads")


class ImportsSection(ListView):
    """What was imported; the rejected lines of a run can be saved from its context menu."""

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, "imports")
        self._own = (desk, bridge)
        self.menu = self._add_to_menu
        self.activated.connect(self._save_rejected)
        self.set_empty(
            "mdi6.tray-arrow-up",
            "Nothing was imported yet",
            "Every import is listed here with what went in and what was rejected.",
            ("Import products…", lambda: window.import_file("products")),
        )

    def _add_to_menu(self, menu: QMenu, run_id: int) -> None:
        menu.addSeparator()
        menu.addAction("Save rejected lines…", lambda: self._save_rejected(run_id))

    def _save_rejected(self, run_id: int) -> None:
        desk, bridge = self._own
        path, _ = QFileDialog.getSaveFileName(self, "Save rejected lines", "rejected.csv", "CSV files (*.csv)")
        if path:
            bridge.act("Save rejected lines", lambda _t, _p: imports.export_errors(desk, run_id, path))
