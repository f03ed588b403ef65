"""A database's address being typed: tried before it is used, its password kept apart from it."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit

from restock_desk import settings as settings_
from restock_desk.errors import DeskError
from restock_desk.services import shops
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge


class AddressField(QLineEdit):
    """`said` is the label beside it that says what was found."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self.said = theme.label("", "muted", wrap=True)

    def look(self, done: Callable[[tuple[bool, str]], object]) -> None:
        """Try it; `done` hears whether a shop can be opened there, and a sentence. What fails is said."""
        try:
            plain, _, password = shops.parted(self.text().strip())
        except DeskError as error:
            return self.say(str(error), "bad")
        self.say("Looking…", "muted")
        return self._bridge.ask(
            "shop.probe",
            lambda: shops.probe(plain, lambda wanted: password or settings_.secret(wanted)),
            done,
            lambda error: self.say(str(error), "bad"),
        )

    def test(self) -> None:
        """Try it and say what was found."""
        self.look(self.say_found)

    def say_found(self, found: tuple[bool, str]) -> None:
        self.say(found[1], "good" if found[0] else "bad")

    def kept(self) -> str:
        """The address without its password, which is in the keyring from now on. DeskError when there is none."""
        plain, name, password = shops.parted(self.text().strip())
        if password:
            settings_.keep_secret(name, password)
        return plain

    def say(self, words: str, tone: str) -> None:
        self.said.setText(words)
        self.said.setProperty("tone", tone)
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
