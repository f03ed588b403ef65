"""Starting the window: what must be set before Qt, the application object, its icon and theme, and the event loop."""

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from restock_desk import __version__, settings
from restock_desk.bundle import resource
from restock_desk.jobs import JobRunner
from restock_desk.services import templates
from restock_desk.services.desk import Desk
from restock_desk.ui import preview_start, theme

REOPEN = 3
"""What `run` returns when a person chose another shop: the settings say which."""
SWITCH_S = 0.001
"""How long a worker may keep the interpreter when the window wants it: a fifth of Python's own choice."""


def make_app(arguments: list[str] | None = None) -> QApplication:
    """The application object, dressed. Called once a process, before any widget."""
    preview_start.prepare()
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(arguments or sys.argv[:1])
    app.setApplicationName("Restock Desk")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("restock-desk")
    app.setWindowIcon(QIcon(str(resource("icons", "restock-desk.svg"))))
    app.setStyle("Fusion")
    sys.setswitchinterval(SWITCH_S)
    return app


def run(desk: Desk, runner: JobRunner | None = None, chosen: settings.Settings | None = None) -> int:
    """Show the window until it is closed; the process's exit code. The caller has made sure of a display."""
    from restock_desk.ui.window import Window

    templates.warm()
    app = make_app()
    chosen = chosen or settings.load()
    theme.apply(app, chosen.theme)
    own = runner or JobRunner()
    window = Window(desk, own, chosen)
    window.start()
    window.show()
    try:
        code = app.exec()
        return REOPEN if window.reopening else code
    finally:
        own.close()
        desk.store.close()
