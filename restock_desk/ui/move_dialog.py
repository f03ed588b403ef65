"""Moving this shop to a PostgreSQL server the team shares: tried first, copied as a task, then opened there."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from restock_desk import settings as settings_
from restock_desk.errors import DeskError
from restock_desk.services import moving
from restock_desk.services.moving import Moved
from restock_desk.ui import theme
from restock_desk.ui.address_field import AddressField

if TYPE_CHECKING:
    from restock_desk.ui.window import Window


class MoveShop(QDialog):
    """An address, and what moving means. A password in the address goes to the keyring."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._plain = ""
        self.setWindowTitle("Move this shop to a server")
        self.setMinimumWidth(600)
        about = theme.label(
            "Everything is copied to an empty database: products, people, templates, campaigns and all that came back. "
            "This file stays as it is, but from the moment the copy begins it sends nothing more, so that nobody is "
            "mailed twice. It is all or nothing: if the copy fails, this shop goes on as before.",
            "muted",
            wrap=True,
        )
        self.address = AddressField(window.bridge)
        self.address.setAccessibleName("Database to move to")
        self.address.setPlaceholderText("postgresql://person@host/shop")
        test = theme.button("Test", "mdi6.connection")
        test.clicked.connect(self.address.test)
        self.go = theme.button("Move", kind="primary")
        self.go.clicked.connect(lambda: self.address.look(self._tried))
        leave = theme.button("Cancel")
        leave.clicked.connect(self.reject)
        foot = theme.row(test, 1, leave, self.go)
        self.setLayout(
            theme.column(about, self.address, self.address.said, foot, spacing=2 * theme.SPACE, margin=3 * theme.SPACE)
        )

    def _tried(self, found: tuple[bool, str]) -> None:
        if not found[0]:
            return self.address.say_found(found)
        try:
            self._plain = plain = self.address.kept()
        except DeskError as error:
            return self.address.say(str(error), "bad")
        desk = self._window.desk
        self.go.setEnabled(False)
        self.address.say("Copying. The task list shows how far it is.", "muted")
        self._window.bridge.act(
            "Move the shop",
            lambda token, progress: moving.move(desk, plain, token, progress),
            self._moved,
            failed=self._failed,
        )
        return None

    def _moved(self, moved: Moved) -> None:
        chosen = replace(self._window.settings.profile, database=self._plain)
        settings_.save(self._window.settings.with_profile(chosen))
        self.accept()
        self._window.reopening = True
        self._window.close()

    def _failed(self, error: Exception) -> None:
        self.go.setEnabled(True)
        self.address.say(str(error), "bad")
