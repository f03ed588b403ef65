"""One mail in a dialog: the picture, the plain text, the headers, the source. As sent, or as it would be."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QTabWidget, QWidget

from restock_desk.domain.templates import RenderedMail
from restock_desk.errors import DeskError
from restock_desk.services import support
from restock_desk.services.desk import Desk
from restock_desk.ui import hosted, preview_start, theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.hosted import FindImage
from restock_desk.ui.reading import Reading


class MailFaces(QDialog):
    """One mail: its picture, plain text, headers and source. Shows "Loading…" until `show_mail` is called."""

    def __init__(self, title: str, file_name: str, find_image: FindImage, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)  # each picture is a process of the browser engine
        self._message, self._file_name, self._find_image = b"", file_name, find_image
        self.setWindowTitle(title)
        self.resize(820, 720)
        self.subject = theme.heading("Loading…", wrap=True)
        self.note = theme.caption("", wrap=True)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Faces of the mail")
        self.text, self.headers, self.raw = Reading("Plain text"), Reading("Headers"), Reading("The mail as it travels")
        self.source = Reading("Source", plain=False)
        for part, words in (
            (self.text, "Plain text"), (self.source, "Source"), (self.headers, "Headers"), (self.raw, "Raw"),
        ):  # fmt: skip
            self.tabs.addTab(part, words)
        find = QShortcut(QKeySequence.StandardKey.Find, self, self._start_find)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.save = theme.button("Save as .eml…", "mdi6.content-save-outline")
        self.save.setEnabled(False)
        self.save.clicked.connect(self._save)
        close = theme.button("Close")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        foot = theme.row(self.note, self.save, close)
        foot.setStretch(0, 1)
        self.setLayout(theme.column(self.subject, self.tabs, foot, spacing=2 * theme.SPACE, margin=3 * theme.SPACE))

    def show_mail(self, mail: "support.SentMessage | RenderedMail", note: str) -> None:
        """Show this mail with a sentence on what it is."""
        self._message = mail.message
        headers = {name.lower(): value for name, value in mail.headers}
        self.subject.setText(headers.get("subject") or "No subject")
        self.note.setText(note)
        self.text.show_text(mail.text)
        self.headers.show_text("\n".join(f"{name}: {value}" for name, value in mail.headers))
        self.source.show_text(mail.html)
        self.raw.show_text(mail.message.decode("utf-8", "replace"), f"{len(mail.message) / 1000:.1f} KB as it travels")
        self.save.setEnabled(True)
        self.tabs.insertTab(0, self._picture(mail.html), "Mail")
        self.tabs.setCurrentIndex(0)

    def _picture(self, html: str) -> QWidget:
        refused = preview_start.refusal()
        if refused:
            return theme.empty_state("mdi6.eye-off-outline", "No picture here", refused)
        from restock_desk.ui.preview import Preview

        shown = Preview(self._find_image, self.tabs)
        shown.show_mail(html)
        return shown

    def _start_find(self) -> None:
        seen = self.tabs.currentWidget()
        if isinstance(seen, Reading):
            seen.start_find()

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save as .eml", self._file_name, "Mail (*.eml)")
        if path:
            try:
                Path(path).write_bytes(self._message)
            except OSError:
                self.note.setText(f"The file {Path(path).name} cannot be written. Check the folder and its room.")


class MailView(MailFaces):
    """Asks for the message of one delivery and shows it when it is there."""

    def __init__(self, desk: Desk, bridge: Bridge, delivery_id: int, parent: QWidget) -> None:
        super().__init__("Mail as sent", f"mail-{delivery_id}.eml", hosted.finder(desk, bridge), parent)
        bridge.ask(f"mail:{id(self)}", lambda: support.message(desk, delivery_id), self._show, self._failed)

    def _show(self, sent: "support.SentMessage") -> None:
        exact, made = (
            "Byte for byte as it was handed over.",
            "Made again from what was kept; it may differ in small things.",
        )
        self.show_mail(sent, exact if sent.exact else made)

    def _failed(self, error: Exception) -> None:
        self.subject.setText(error.message if isinstance(error, DeskError) else "The mail cannot be shown.")
        self.note.setText(error.hint if isinstance(error, DeskError) else "")
