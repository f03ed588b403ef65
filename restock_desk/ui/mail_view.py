"""A mail exactly as it was sent, in a dialog: the picture, the plain text, the headers, the source; saved as .eml."""

from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QPlainTextEdit, QTabWidget, QWidget

from restock_desk.errors import DeskError
from restock_desk.services import support
from restock_desk.services.desk import Desk
from restock_desk.ui import preview_start, theme
from restock_desk.ui.bridge import Bridge


class MailView(QDialog):
    """Asks for the message of one delivery and shows it when it is there."""

    def __init__(self, desk: Desk, bridge: Bridge, delivery_id: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._message = b""
        self._bridge, self._delivery = bridge, delivery_id
        self.setWindowTitle("Mail as sent")
        self.resize(820, 720)
        self.subject = theme.heading("Loading…", wrap=True)
        self.note = theme.caption("", wrap=True)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Faces of the mail")
        self.text, self.headers, self.source = (_plain(name) for name in ("Plain text", "Headers", "Source"))
        for part, words in ((self.text, "Plain text"), (self.headers, "Headers"), (self.source, "Source")):
            self.tabs.addTab(part, words)
        self.save = theme.button("Save as .eml…", "mdi6.content-save-outline")
        self.save.setEnabled(False)
        self.save.clicked.connect(self._save)
        close = theme.button("Close")
        close.clicked.connect(self.accept)
        foot = theme.row(self.note, 1, self.save, close)
        self.setLayout(theme.column(self.subject, self.tabs, foot, spacing=2 * theme.SPACE, margin=3 * theme.SPACE))
        bridge.ask(f"mail:{id(self)}", lambda: support.message(desk, delivery_id), self._show, self._failed)

    def _show(self, sent: "support.SentMessage") -> None:
        self._message = sent.message
        headers = dict(sent.headers)
        self.subject.setText(headers.get("Subject") or headers.get("subject") or "No subject")
        self.note.setText(
            "Byte for byte as it was handed over."
            if sent.exact
            else "Made again from what was kept; it may differ in small things from what was handed over."
        )
        self.text.setPlainText(sent.text)
        self.headers.setPlainText("\n".join(f"{name}: {value}" for name, value in sent.headers))
        self.source.setPlainText(sent.message.decode("utf-8", "replace"))
        self.save.setEnabled(True)
        self.tabs.insertTab(0, self._picture(sent.html), "Mail")
        self.tabs.setCurrentIndex(0)

    def _picture(self, html: str) -> QWidget:
        refused = preview_start.refusal()
        if refused:
            return theme.empty_state("mdi6.eye-off-outline", "No picture here", refused)
        from restock_desk.ui.preview import Preview

        shown = Preview(parent=self.tabs)
        shown.show_mail(html)
        return shown

    def _failed(self, error: Exception) -> None:
        self.subject.setText(error.message if isinstance(error, DeskError) else "The mail cannot be shown.")
        self.note.setText(error.hint if isinstance(error, DeskError) else "")

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save as .eml", f"mail-{self._delivery}.eml", "Mail (*.eml)")
        if path:
            Path(path).write_bytes(self._message)


def _plain(name: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setReadOnly(True)
    made.setAccessibleName(name)
    made.setFont(theme.mono_font())
    made.setTabChangesFocus(True)
    return made
