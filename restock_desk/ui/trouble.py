"""When the shop cannot be opened: what is wrong in a sentence, and the ways out. Shown before there is a window."""

from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog

from restock_desk.errors import DeskError
from restock_desk.ui import theme


class Trouble(QDialog):
    """`answer` is "again", "upgrade", "other" or "quit"; `chosen` the database URL for "other"."""

    def __init__(self, error: DeskError, can_upgrade: bool = False) -> None:
        super().__init__()
        self.answer, self.chosen = "quit", ""
        self.setWindowTitle("Restock Desk")
        self.setMinimumWidth(680)
        again = theme.button("Try again", "mdi6.refresh")
        other = theme.button("Open another file…", "mdi6.folder-open-outline")
        upgrade = theme.button("Upgrade it", "mdi6.database-arrow-up-outline", kind="primary")
        leave = theme.button("Quit", kind="quiet")
        again.clicked.connect(lambda: self._leave("again"))
        upgrade.clicked.connect(lambda: self._leave("upgrade"))
        other.clicked.connect(self._choose)
        leave.clicked.connect(self.reject)
        upgrade.setVisible(can_upgrade)
        (upgrade if can_upgrade else again).setDefault(True)
        heading = theme.heading("The shop cannot be opened", wrap=True)
        words = theme.label(error.message, wrap=True, selectable=True)
        hint = theme.label(error.hint, "muted", wrap=True, selectable=True)
        buttons = theme.row(leave, 1, other, again, upgrade)
        self.setLayout(theme.column(heading, words, hint, buttons, spacing=2 * theme.SPACE, margin=3 * theme.SPACE))

    def _leave(self, answer: str) -> None:
        self.answer = answer
        self.accept()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a shop", "", "Shops (*.db);;All files (*)")
        if path:
            self.chosen = f"sqlite:///{Path(path)}"
            self._leave("other")


def ask(error: DeskError, can_upgrade: bool, scheme: str = "system") -> tuple[str, str]:
    """Show the trouble and wait: the answer and, for "other", the URL chosen."""
    from restock_desk.ui import start

    app = start.make_app()
    theme.apply(app, scheme)
    dialog = Trouble(error, can_upgrade)
    dialog.exec()
    return dialog.answer, dialog.chosen
