"""The fields of one way for mail to leave: chosen, filled from an address, read as an address. Saves nothing."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from restock_desk.transport import WAYS, Way
from restock_desk.ui import theme

OWN = (
    ("Outbox folder (nothing leaves this machine)", "outbox"),
    ("SMTP with STARTTLS", "smtp"),
    ("SMTP with TLS from the start", "smtps"),
)
_KEPT = "Unchanged when empty; kept in the system's keyring"


class WayFields(QWidget):
    """`chosen` tells the way's scheme when another one is chosen. `outbox` is the folder where none is written."""

    chosen = Signal(str)

    def __init__(self, outbox: str) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._usual = outbox
        self._more: list[tuple[str, str]] = []
        self.way, self.host, self.user, self.password = QComboBox(), QLineEdit(), QLineEdit(), QLineEdit()
        self.port, self.folder = QSpinBox(), QLineEdit()
        for words, scheme in (*OWN, *((way.label, way.scheme) for way in WAYS.values())):
            self.way.addItem(words, scheme)
        self.port.setRange(1, 65535)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText(_KEPT)
        self.host.setPlaceholderText("mail.example")
        self.user.setPlaceholderText("None when empty")
        self._outbox = form(("Folder", self.folder))
        self._smtp = form(("Server", self.host), ("Port", self.port), ("User", self.user), ("Password", self.password))
        self.providers = {scheme: _ProviderFields(way) for scheme, way in WAYS.items()}
        self.way.currentIndexChanged.connect(self._choose)
        self.setLayout(theme.column(form(("Way", self.way)), self._outbox, self._smtp, *self.providers.values()))
        self._choose()

    @property
    def scheme(self) -> str:
        return str(self.way.currentData())

    @property
    def secret(self) -> str:
        """What was typed as password or key; empty = leave it as it is."""
        fields = self.providers.get(self.scheme)
        return fields.secret.text() if fields else self.password.text()

    def clear_secret(self) -> None:
        for box in (self.password, *(fields.secret for fields in self.providers.values())):
            box.clear()

    def show_url(self, url: str) -> None:
        """Fill the fields from an address without any dkim option."""
        scheme, _, rest = url.partition(":")
        self.way.setCurrentIndex(max(0, self.way.findData(scheme)))
        self._choose()
        if scheme == "outbox":
            self.folder.setText(rest)
        elif scheme in self.providers:
            self.providers[scheme].show_url(url)
        else:
            parts = urlsplit(url)
            self._more = parse_qsl(parts.query)
            self.host.setText(parts.hostname or "")
            self.user.setText(unquote(parts.username or ""))
            if parts.port:
                self.port.setValue(parts.port)

    def url(self) -> str:
        """The address as the fields say, without any secret."""
        if self.scheme == "outbox":
            return f"outbox:{self.folder.text().strip() or self._usual}"
        if self.scheme in self.providers:
            return self.providers[self.scheme].url()
        user = f"{quote(self.user.text().strip(), safe='')}@" if self.user.text().strip() else ""
        more = f"?{urlencode(self._more)}" if self._more else ""
        return f"{self.scheme}://{user}{self.host.text().strip()}:{self.port.value()}{more}"

    def _choose(self) -> None:
        scheme = self.scheme
        self._outbox.setVisible(scheme == "outbox")
        self._smtp.setVisible(scheme in ("smtp", "smtps"))
        for name, fields in self.providers.items():
            fields.setVisible(name == scheme)
        if scheme in ("smtp", "smtps"):
            self.port.setValue(465 if scheme == "smtps" else 587)
        self.chosen.emit(scheme)


@dataclass
class _Option:
    name: str
    box: QLineEdit


class _ProviderFields(QWidget):
    """A provider's account, key and options."""

    def __init__(self, way: Way) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._way = way
        self._endpoint = ""
        self.account, self.user, self.secret = QLineEdit(way.fixed), QLineEdit(), QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.secret.setPlaceholderText(_KEPT)
        self.options = [_Option(name, QLineEdit()) for name in way.options]
        for option in self.options:
            option.box.setPlaceholderText(way.options[option.name])
        rows: list[tuple[str, QWidget]] = [(way.account, self.account)]
        rows += [(way.user, self.user)] if way.user else []
        rows += [(way.secret, self.secret)]
        rows += [(option.name.capitalize(), option.box) for option in self.options]
        self.setLayout(theme.column(form(*rows)))

    def show_url(self, url: str) -> None:
        parts = urlsplit(url)
        user, _, account = parts.netloc.rpartition("@")
        given = dict(parse_qsl(parts.query))
        self._endpoint = given.get("endpoint", "")
        self.user.setText(unquote(user))
        self.account.setText(account)
        for option in self.options:
            option.box.setText(given.get(option.name, ""))

    def url(self) -> str:
        user = f"{quote(self.user.text().strip(), safe='')}@" if self._way.user else ""
        account = self.account.text().strip() or self._way.fixed
        given = {option.name: option.box.text().strip() for option in self.options}
        given["endpoint"] = self._endpoint
        query = urlencode({name: value for name, value in given.items() if value}, safe=":/")
        return f"{self._way.scheme}://{user}{account}{'?' + query if query else ''}"


def form(*rows: tuple[str, QWidget]) -> QWidget:
    """Fields with their names in front."""
    layout = QFormLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(3 * theme.SPACE)
    layout.setVerticalSpacing(theme.SPACE + 2)
    for words, widget in rows:
        widget.setAccessibleName(words)
        name = theme.label(words, "muted")
        name.setMinimumSize(120, 32)
        layout.addRow(name, widget)
    made = QWidget()
    made.setObjectName("plain")
    made.setLayout(layout)
    return made
