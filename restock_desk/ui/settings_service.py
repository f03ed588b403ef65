"""Settings about the web service: what it is for, how it is started, and the keys of who posts feedback to it."""

from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from restock_desk.services import feedback
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge

COMMAND = "restock-desk serve --host 0.0.0.0 --port 8720"


class ServiceSection(QWidget):
    """A new key is shown once, here; only its digest is kept."""

    def __init__(self, desk: Desk, bridge: Bridge) -> None:
        super().__init__()
        self._desk, self._bridge = desk, bridge
        self.setMaximumWidth(820)
        about = theme.label(
            "Opens, clicks and the unsubscribe page are taken in by a small web service that shares this database. Run "
            "it where your customers' mail programs can reach it, behind a web server with HTTPS, and enter its "
            "address under Shop. Without it, mails carry direct links and an unsubscribe address.",
            "muted",
            wrap=True,
        )
        command = QLineEdit(COMMAND)
        command.setReadOnly(True)
        command.setFont(theme.mono_font())
        command.setAccessibleName("Command that starts the web service")
        self.source = QLineEdit()
        self.source.setAccessibleName("Name of the source")
        self.source.setPlaceholderText("Who will post, such as my-provider")
        self.make = theme.button("New key", "mdi6.key-plus", kind="primary")
        self.make.setEnabled(False)
        self.make.setToolTip(theme.tooltip("Name the source first."))
        self.source.textChanged.connect(lambda text: self.make.setEnabled(bool(text.strip())))
        self.source.returnPressed.connect(self.make.click)
        self.make.clicked.connect(self._new_key)
        self.key = QLineEdit()
        self.key.setReadOnly(True)
        self.key.setFont(theme.mono_font())
        self.key.setAccessibleName("The new key")
        self.copy = theme.button("Copy", "mdi6.content-copy", kind="quiet")
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(self.key.text()))
        self._shown = QWidget()
        self._shown.setObjectName("plain")
        self._shown.setLayout(theme.row(self.key, self.copy))
        self._shown.hide()
        self._words = theme.caption("A new key of a source replaces its old one.", wrap=True)
        ask = QWidget()
        ask.setObjectName("plain")
        ask.setLayout(theme.row(self.source, self.make))
        keys = theme.card(theme.heading("Keys for POST /feedback"), ask, self._shown, self._words, spacing=theme.SPACE)
        self.setLayout(
            theme.column(
                theme.card(theme.heading("Web service"), about, command, spacing=theme.SPACE + 4),
                keys,
                1,
                spacing=2 * theme.SPACE,
            )
        )

    def _new_key(self) -> None:
        desk, source = self._desk, self.source.text()
        self._bridge.act(
            f"New key for {source.strip()}",
            lambda token, progress: feedback.new_ingestion_key(desk, source),
            self._show,
            changes=("staff",),
        )

    def _show(self, key: str) -> None:
        self.key.setText(key)
        self._shown.show()
        self._words.setText("Keep it now: it is not shown again.")
