"""How mail leaves this machine: a folder, a mail server or a provider; kept under a name, tested, signed.

Passwords and keys go where `settings` keeps secrets, and nowhere else.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from restock_desk import settings as settings_
from restock_desk.errors import DeskError
from restock_desk.services import sending
from restock_desk.ui import theme
from restock_desk.ui.settings_ways import WayFields, form

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

SIGNED_HERE = ("outbox", "smtp", "smtps")
"""Ways that take finished mails and sign none."""
_NAME_ROLE = int(Qt.ItemDataRole.UserRole) + 1


class SendingSection(QWidget):
    """Choose, test, save. Nothing but the outbox is used until somebody saves another way."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self.setMaximumWidth(820)
        self.kept, self.name, self.signs = QComboBox(), QLineEdit(), QLineEdit()
        for part, words in (
            (self.kept, "Kept ways"),
            (self.name, "Name to keep it under"),
            (self.signs, "Sign as (DKIM)"),
        ):
            part.setAccessibleName(words)
        self.fields = WayFields(str(window.desk.data_dir / "outbox"))
        self.name.setPlaceholderText("Such as newsletter; then it can be chosen by this name")
        self.signs.setPlaceholderText("SELECTOR@DOMAIN, such as desk1@shop.example; not signed when empty")
        self.result = theme.label("", wrap=True, selectable=True)
        self.test = theme.button("Test the connection", "mdi6.connection")
        self.save = theme.button("Save", kind="primary")
        self.keep = theme.button("Keep under this name", tip="Save the address under a name without using it now.")
        self.forget = theme.button("Forget", tip="Take the chosen name away. Its key stays.")
        self.key = theme.button("Make or show the key", "mdi6.key-outline", tip="Says what must stand in the DNS.")
        for button, does in (
            (self.test, self._test), (self.save, self._save), (self.keep, self._keep), (self.forget, self._forget),
            (self.key, self._key),
        ):  # fmt: skip
            button.clicked.connect(does)
        self._signing = form(("Sign as (DKIM)", _beside(self.signs, self.key)))
        self.fields.chosen.connect(lambda scheme: self._signing.setVisible(scheme in SIGNED_HERE))
        self.kept.activated.connect(self._show_kept)
        self._fill_kept()
        self.show_url(window.desk.transport)
        note = theme.caption(
            "Certificates are always verified. A plain connection is possible to this machine only.", wrap=True
        )
        self.setLayout(theme.column(self._card(note), 1))

    def show_url(self, url: str) -> None:
        """Fill the fields from a transport's URL."""
        plain, signers = sending.unsigned(url)
        self.fields.show_url(plain)
        self.signs.setText(", ".join(signers))
        self._signing.setVisible(self.fields.scheme in SIGNED_HERE)

    def url(self) -> str:
        """The transport as the fields say, without the password."""
        url = self.fields.url()
        signers = [one.strip() for one in self.signs.text().split(",") if one.strip()]
        return sending.signed(url, signers) if self.fields.scheme in SIGNED_HERE else url

    def _card(self, note: QWidget) -> QWidget:
        return theme.card(
            theme.heading("How mail leaves"),
            form(("Kept ways", _beside(self.kept, self.forget))),
            self.fields,
            self._signing,
            note,
            form(("Name", _beside(self.name, self.keep))),
            theme.plain(theme.row(self.save, self.test, 1)),
            self.result,
            spacing=2 * theme.SPACE,
        )

    def _fill_kept(self, chosen: str = "") -> None:
        """Away from the window's thread: a keyring may ask to be unlocked."""
        self._window.bridge.ask("settings.kept", sending.kept, lambda found: self._list(found, chosen), self._bad)

    def _list(self, found: list[sending.KeptTransport], chosen: str) -> None:
        self.kept.clear()
        self.kept.addItem("Choose one to fill the fields", "")
        for one in found:
            missing = "" if one.ready else ", key missing"
            self.kept.addItem(f"{one.name} ({one.way}{missing})", one.url)
            self.kept.setItemData(self.kept.count() - 1, one.name, _NAME_ROLE)
        self.kept.setCurrentIndex(max(0, self.kept.findData(chosen, _NAME_ROLE)) if chosen else 0)

    def _show_kept(self) -> None:
        url, name = self.kept.currentData(), self.kept.currentData(_NAME_ROLE)
        if url:
            self.show_url(str(url))
            self.name.setText(str(name))

    def _test(self) -> None:
        desk, url, password = self._window.desk, self.url(), self.fields.secret or None
        self._say("Connecting…", "muted")
        self._window.bridge.ask(
            "settings.test",
            lambda: sending.check(desk, url, password),
            lambda words: self._say(words, "good"),
            self._bad,
        )

    def _save(self) -> None:
        url, window = self.url(), self._window
        try:
            sending.keep_secret(url, self.fields.secret)
            profile = replace(window.settings.profile, transport=url)
            settings_.save(window.settings.with_profile(profile))
        except DeskError as error:
            self._bad(error)
            return
        window.settings = window.settings.with_profile(profile)
        self.fields.clear_secret()
        window.use_transport(url)
        window.open_page("settings", section="Sending")
        window.toast.say("Saved. Mail leaves this way from now on.")

    def _keep(self) -> None:
        try:
            made = sending.keep(self.name.text(), self.url(), self.fields.secret)
        except DeskError as error:
            self._bad(error)
            return
        self._changed(f"Kept as “{made.name}”.", made.name)

    def _forget(self) -> None:
        try:
            sending.forget(str(self.kept.currentData(_NAME_ROLE) or ""))
        except DeskError as error:
            self._bad(error)
            return
        self._changed("Forgotten. Its key stays where it is.")

    def _changed(self, words: str, chosen: str = "") -> None:
        """The settings were written by somebody else than the window."""
        self._window.settings = replace(self._window.settings, transports=settings_.load().transports)
        self.fields.clear_secret()
        self._fill_kept(chosen)
        self._say(words, "good")

    def _key(self) -> None:
        text = self.signs.text().split(",")[0].strip()

        def found() -> tuple[str, str]:
            return sending.dkim_record(text) or sending.make_dkim_key(text)

        self._window.bridge.ask(
            "settings.dkim",
            found,
            lambda record: self._say(f"Put this TXT record into the DNS:\n{record[0]}\n{record[1]}", "good"),
            self._bad,
        )

    def _bad(self, error: Exception) -> None:
        self._say(str(error) if isinstance(error, DeskError) else "The connection could not be tested.", "bad")

    def _say(self, words: str, tone: str) -> None:
        self.result.setText(words)
        self.result.setProperty("tone", tone)
        self.result.style().unpolish(self.result)
        self.result.style().polish(self.result)


def _beside(first: QWidget, button: QWidget) -> QWidget:
    """A field that takes the room and a button that does something with it."""
    row = theme.row(first, button)
    row.setStretch(0, 1)
    return theme.plain(row)
