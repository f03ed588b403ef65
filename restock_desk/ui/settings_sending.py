"""How mail leaves this machine: an outbox folder or an SMTP server; the password goes to the keyring only."""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from restock_desk import settings as settings_
from restock_desk.errors import DeskError
from restock_desk.services import sending
from restock_desk.ui import theme

if TYPE_CHECKING:
    from restock_desk.ui.window import Window


class SendingSection(QWidget):
    """Choose, test, save. Nothing but the outbox is used until somebody saves another way."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self.setMaximumWidth(820)
        self.way, self.host, self.user, self.password = QComboBox(), QLineEdit(), QLineEdit(), QLineEdit()
        self.port, self.folder = QSpinBox(), QLineEdit()
        for words, value in (
            ("Outbox folder (nothing leaves this machine)", "outbox"),
            ("SMTP with STARTTLS", "smtp"),
            ("SMTP with TLS from the start", "smtps"),
        ):
            self.way.addItem(words, value)
        self.port.setRange(1, 65535)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText("Unchanged when empty; kept in the system's keyring")
        self.host.setPlaceholderText("mail.example")
        self.user.setPlaceholderText("None when empty")
        self._outbox = _form(("Folder", self.folder))
        self._smtp = _form(("Server", self.host), ("Port", self.port), ("User", self.user), ("Password", self.password))
        self.result = theme.label("", wrap=True)
        self.test = theme.button("Test the connection", "mdi6.connection")
        self.save = theme.button("Save", kind="primary")
        self.test.clicked.connect(self._test)
        self.save.clicked.connect(self._save)
        self.way.currentIndexChanged.connect(self._way_chosen)
        self.show_url(window.desk.transport)
        foot = QWidget()
        foot.setObjectName("plain")
        foot.setLayout(theme.row(self.save, self.test, 1))
        note = theme.caption(
            "Certificates are always verified. A plain connection is possible to this machine only.", wrap=True
        )
        card = theme.card(
            theme.heading("How mail leaves"),
            _form(("Way", self.way)),
            self._outbox,
            self._smtp,
            note,
            foot,
            self.result,
            spacing=2 * theme.SPACE,
        )
        self.setLayout(theme.column(card, 1))

    def show_url(self, url: str) -> None:
        """Fill the fields from a transport's URL."""
        kind = url.split(":", 1)[0]
        self.way.setCurrentIndex(max(0, self.way.findData(kind)))
        self._way_chosen()
        if kind == "outbox":
            self.folder.setText(url.split(":", 1)[1])
            return
        parts = urlsplit(url)
        self.host.setText(parts.hostname or "")
        self.user.setText(unquote(parts.username or ""))
        if parts.port:
            self.port.setValue(parts.port)

    def url(self) -> str:
        """The transport as the fields say, without the password."""
        kind = str(self.way.currentData())
        if kind == "outbox":
            return f"outbox:{self.folder.text().strip() or self._window.desk.data_dir / 'outbox'}"
        user = f"{quote(self.user.text().strip(), safe='')}@" if self.user.text().strip() else ""
        return f"{kind}://{user}{self.host.text().strip()}:{self.port.value()}"

    def _way_chosen(self) -> None:
        kind = self.way.currentData()
        self._outbox.setVisible(kind == "outbox")
        self._smtp.setVisible(kind != "outbox")
        if kind != "outbox":
            self.port.setValue(465 if kind == "smtps" else 587)

    def _test(self) -> None:
        desk, url, password = self._window.desk, self.url(), self.password.text() or None
        self._say("Connecting…", "muted")
        self._window.bridge.ask(
            "settings.test",
            lambda: sending.check(desk, url, password),
            lambda words: self._say(words, "good"),
            self._bad,
        )

    def _save(self) -> None:
        url, password, window = self.url(), self.password.text(), self._window
        try:
            if password:
                settings_.keep_secret(sending.secret_name(url), password)
            profile = replace(window.settings.profile, transport=url)
            settings_.save(window.settings.with_profile(profile))
        except DeskError as error:
            self._bad(error)
            return
        self.password.clear()
        window.settings = window.settings.with_profile(profile)
        window.use_transport(url)
        window.open_page("settings", section="Sending")
        window.toast.say("Saved. Mail leaves this way from now on.")

    def _bad(self, error: Exception) -> None:
        self._say(str(error) if isinstance(error, DeskError) else "The connection could not be tested.", "bad")

    def _say(self, words: str, tone: str) -> None:
        self.result.setText(words)
        self.result.setProperty("tone", tone)
        self.result.style().unpolish(self.result)
        self.result.style().polish(self.result)


def _form(*rows: tuple[str, QWidget]) -> QWidget:
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(3 * theme.SPACE)
    form.setVerticalSpacing(theme.SPACE + 2)
    for words, widget in rows:
        widget.setAccessibleName(words)
        name = theme.label(words, "muted")
        name.setMinimumSize(120, 32)
        form.addRow(name, widget)
    made = QWidget()
    made.setObjectName("plain")
    made.setLayout(form)
    return made
