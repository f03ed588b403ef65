"""Opening another shop: a file on this machine or a PostgreSQL server the team shares, tried before it is opened."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QLineEdit, QWidget

from restock_desk import settings as settings_
from restock_desk.errors import DeskError
from restock_desk.settings import Profile
from restock_desk.ui import theme
from restock_desk.ui.address_field import AddressField
from restock_desk.ui.bridge import void

if TYPE_CHECKING:
    from restock_desk.ui.window import Window


class OpenShop(QDialog):
    """Known shops to choose from, a name, an address; a password in the address goes to the keyring."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self.setWindowTitle("Open a shop")
        self.setMinimumWidth(600)
        self.known = QComboBox()
        self.known.setAccessibleName("Known shops")
        for profile in window.settings.profiles:
            self.known.addItem(profile.name, profile)
        self.known.addItem("Another one…", None)
        self.name, self.address = QLineEdit(), AddressField(window.bridge)
        self.said = self.address.said
        self.name.setAccessibleName("Name of the shop")
        self.address.setAccessibleName("Database")
        self.address.setPlaceholderText("postgresql://person@host/shop, or sqlite:///path/to/shop.db")
        browse = theme.button("File…", "mdi6.folder-open-outline")
        browse.clicked.connect(self._browse)
        test = theme.button("Test", "mdi6.connection")
        test.clicked.connect(self.address.test)
        self.open_it = theme.button("Open", kind="primary")
        self.open_it.clicked.connect(lambda: self.address.look(self._found))
        leave = theme.button("Cancel")
        leave.clicked.connect(self.reject)
        rows = [
            self._row("Shop", self.known),
            self._row("Name", self.name),
            self._row("Database", self.address, browse),
        ]
        foot = theme.row(test, 1, leave, self.open_it)
        self.setLayout(theme.column(*rows, self.said, foot, spacing=2 * theme.SPACE, margin=3 * theme.SPACE))
        self.open_it.setDefault(True)
        self.known.currentIndexChanged.connect(self._chosen)
        self.known.setCurrentText(window.settings.current)
        self._chosen()

    def _row(self, words: str, *widgets: QWidget) -> QWidget:
        name = theme.label(words, "muted")
        name.setFixedWidth(90)
        line = QWidget()
        line.setObjectName("plain")
        layout = theme.row(name, *widgets)
        layout.setStretch(1, 1)
        line.setLayout(layout)
        return line

    def _chosen(self) -> None:
        profile = self.known.currentData()
        self.name.setText(profile.name if profile else "")
        self.address.setText((profile.database or settings_.default_database()) if profile else "")
        self.said.setText("")

    def _browse(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Open or make a shop", "", "Shops (*.db);;All files (*)",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )  # fmt: skip
        if path:
            self.address.setText(f"sqlite:///{Path(path)}")
            self.name.setText(self.name.text() or Path(path).stem)

    def _found(self, found: tuple[bool, str]) -> None:
        if not found[0]:
            return self.address.say_found(found)
        try:
            plain = self.address.kept()
            old = next((p for p in self._window.settings.profiles if p.name == self.name.text().strip()), Profile())
            chosen = replace(old, name=self.name.text().strip() or "My shop", database=plain)
            settings_.save(self._window.settings.with_profile(chosen))
        except DeskError as error:
            return self.address.say(str(error), "bad")
        self.accept()
        self._window.reopening = True
        return void(self._window.close())
