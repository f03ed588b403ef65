"""A small question that wants a reason: what is going to happen, one line of text, and a button that waits for it."""

from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from restock_desk.ui import theme


def ask_reason(parent: QWidget, title: str, sentence: str, button: str = "Go on") -> str:
    """The reason as typed, or "" when the person changed their mind. It is kept in the audit trail."""
    dialog = ReasonDialog(parent, title, sentence, button)
    return dialog.reason.text().strip() if dialog.exec() == QDialog.DialogCode.Accepted else ""


class ReasonDialog(QDialog):
    """The dialog itself, for tests and for who wants to show it without waiting."""

    def __init__(self, parent: QWidget, title: str, sentence: str, button: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(440)
        self.reason = QLineEdit()
        self.reason.setAccessibleName("Reason")
        self.reason.setPlaceholderText("Reason, kept in the audit trail")
        self.go_on = theme.button(button, kind="primary")
        self.go_on.setEnabled(False)
        self.go_on.setToolTip(theme.tooltip("A reason is needed."))
        self.go_on.clicked.connect(self.accept)
        self.reason.textChanged.connect(lambda text: self.go_on.setEnabled(bool(text.strip())))
        leave = theme.button("Cancel")
        leave.clicked.connect(self.reject)
        head, words = theme.heading(title, wrap=True), theme.label(sentence, "muted", wrap=True)
        foot = theme.row(1, leave, self.go_on)
        self.setLayout(theme.column(head, words, self.reason, foot, spacing=12, margin=3 * theme.SPACE))
        self.go_on.setDefault(True)  # Enter does this, once there is a reason
