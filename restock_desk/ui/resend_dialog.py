"""Sending one mail again: what speaks against it, a required reason, and an override only where it is allowed."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QVBoxLayout, QWidget

from restock_desk.services import support
from restock_desk.ui import theme

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

CHANGES = ("campaigns", "audience", "staff")


class ResendDialog(QDialog):
    """The button waits for a reason, and for "send anyway" where a warning asks for it."""

    def __init__(self, window: "Window", delivery_id: int, email: str, parent: QWidget | None = None) -> None:
        super().__init__(parent or window)
        self._window, self._delivery = window, delivery_id
        self._blocked = True
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Send again")
        self.setMinimumWidth(460)
        self._warnings: QVBoxLayout = theme.column(theme.caption("Looking for what speaks against it…"))
        self.reason = QLineEdit()
        self.reason.setAccessibleName("Reason")
        self.reason.setPlaceholderText("Reason, kept in the audit trail")
        self.anyway = QCheckBox("Send anyway")
        self.anyway.hide()
        self.send = theme.button("Send again", "mdi6.send", kind="primary")
        self.send.clicked.connect(self._send)
        leave = theme.button("Cancel")
        leave.clicked.connect(self.reject)
        self.reason.textChanged.connect(lambda _: self._judge())
        self.anyway.toggled.connect(lambda _: self._judge())
        self.setLayout(
            theme.column(
                theme.heading(f"Send this mail to {email} again?", wrap=True),
                self._warnings,
                self.reason,
                self.anyway,
                theme.row(1, leave, self.send),
                spacing=2 * theme.SPACE,
                margin=3 * theme.SPACE,
            )
        )
        self.send.setDefault(True)
        self._judge()
        desk = window.desk
        window.bridge.ask(f"resend:{id(self)}", lambda: support.resend_warnings(desk, delivery_id), self._show)

    def _show(self, warnings: list[tuple[str, bool]]) -> None:
        theme.clear(self._warnings)
        for text, _ in warnings:
            self._warnings.addLayout(theme.row(_sign(), theme.label(text, wrap=True)))
        if not warnings:
            self._warnings.addWidget(theme.label("Nothing speaks against it.", "muted"))
        self._blocked = any(not can for _, can in warnings)
        self.anyway.setVisible(bool(warnings) and not self._blocked)
        if self._blocked:
            self._warnings.addWidget(theme.label("It cannot be sent again.", "bad"))
        self._judge()

    def _judge(self) -> None:
        waits = self.anyway.isVisibleTo(self) and not self.anyway.isChecked()
        ready = bool(self.reason.text().strip()) and not self._blocked and not waits
        self.send.setEnabled(ready)
        self.send.setToolTip("" if ready else theme.tooltip("It needs a reason, and your word where something warns."))

    def _send(self) -> None:
        desk, delivery, reason = self._window.desk, self._delivery, self.reason.text().strip()
        override = self.anyway.isChecked()
        toast = self._window.toast
        self._window.bridge.act(
            "Send a mail again",
            lambda _token, _tell: support.resend(desk, delivery, reason, override),
            lambda _: toast.say("The mail was handed over again"),
            CHANGES,
            lane="sends",
        )
        self.accept()


def _sign() -> QWidget:
    made = theme.label()
    made.setPixmap(theme.icon("mdi6.alert-outline", "warn").pixmap(18, 18))
    made.setFixedWidth(24)
    return made
