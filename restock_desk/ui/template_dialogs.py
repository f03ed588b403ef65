"""The small questions around templates: a new one, its name, a test mail, a link before it opens."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QWidget

from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.ui import theme
from restock_desk.ui.preview_pane import shown_url

_EMPTY_HTML = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ product.title }}</title></head>
<body style="margin:0;padding:24px;font-family:Arial,sans-serif;">
  <h1>{{ product.title }} is back</h1>
  <p>Hello {{ subscriber.first_name or "there" }}, you asked us to tell you.</p>
  <p><a href="{{ links.product }}">See it in the shop</a></p>
  <p><a href="{{ links.unsubscribe }}">Unsubscribe</a></p>
</body>
</html>
"""
_EMPTY_MJML = """<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text font-size="24px">{{ product.title }} is back</mj-text>
        <mj-text>Hello {{ subscriber.first_name or "there" }}, you asked us to tell you.</mj-text>
        <mj-button href="{{ links.product }}">See it in the shop</mj-button>
        <mj-text><a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
_SUBJECT = "{{ product.title }} is back in stock"
BLANKS = (
    ("Empty HTML", Draft(TemplateKind.HTML, _EMPTY_HTML, _SUBJECT)),
    ("Empty MJML", Draft(TemplateKind.MJML, _EMPTY_MJML, _SUBJECT)),
)


class _Question(QDialog):
    """A heading, a body, and two buttons."""

    def __init__(self, parent: QWidget, title: str, sentence: str, button: str, *body: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(460)
        self.go_on = theme.button(button, kind="primary")
        self.go_on.setDefault(True)
        self.go_on.clicked.connect(self.accept)
        leave = theme.button("Cancel")
        leave.setAutoDefault(False)
        leave.clicked.connect(self.reject)
        head, words = theme.heading(title), theme.label(sentence, "muted", wrap=True)
        foot = theme.row(1, leave, self.go_on)
        self.setLayout(theme.column(head, words, *body, foot, spacing=12, margin=3 * theme.SPACE))


class NewTemplateDialog(_Question):
    """Name and starting point. `name` and `draft` after it was accepted."""

    def __init__(self, parent: QWidget, starters: Sequence[tuple[str, Draft]]) -> None:
        self.box, self.list = QLineEdit(), QListWidget()
        super().__init__(
            parent, "New template", "Start from a finished mail and change it, or from an empty one.", "Create",
            self.list, theme.label("Name"), self.box,
        )  # fmt: skip
        self.box.setAccessibleName("Name of the template")
        self.box.setPlaceholderText("Name of the template")
        self.list.setAccessibleName("Starting point")
        self.list.setMinimumHeight(220)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._starts = [*starters, *BLANKS]
        for number, (name, draft) in enumerate(self._starts):
            look = "mdi6.star-four-points-outline" if number < len(starters) else "mdi6.file-outline"
            words = f"{name}\n{draft.kind.value.upper()}  ·  {draft.subject}"
            self.list.addItem(QListWidgetItem(theme.icon(look, "accent_text"), words))
        self.list.currentRowChanged.connect(self._suggest)
        self.list.itemDoubleClicked.connect(lambda _: self.accept() if self.name else None)
        self.box.textChanged.connect(lambda: self.go_on.setEnabled(bool(self.name)))
        self._suggested = ""
        self.list.setCurrentRow(0)
        self.box.setFocus()
        self.box.selectAll()

    @property
    def name(self) -> str:
        return self.box.text().strip()

    @property
    def draft(self) -> Draft:
        return self._starts[self.list.currentRow()][1]

    def _suggest(self, row: int) -> None:
        if self.box.text() == self._suggested:
            self._suggested = self._starts[row][0]
            self.box.setText(self._suggested)


class WordsDialog(_Question):
    """One line of text: a name or a note."""

    def __init__(
        self, parent: QWidget, title: str, sentence: str, button: str, value: str = "", required: bool = True
    ) -> None:
        self.box = QLineEdit(value)
        super().__init__(parent, title, sentence, button, self.box)
        self.box.setAccessibleName(title)
        if required:
            self.box.textChanged.connect(lambda text: self.go_on.setEnabled(bool(text.strip())))
            self.go_on.setEnabled(bool(value.strip()))
        self.box.selectAll()
        self.box.setFocus()

    @property
    def words(self) -> str:
        return self.box.text().strip()


def test_mail_question(parent: QWidget, transport: str, address: str) -> WordsDialog:
    """Where the test goes, and how it leaves."""
    if transport.startswith("outbox:"):
        how = f"It is written as an .eml file into {transport.removeprefix('outbox:')} and leaves this machine nowhere."
    else:
        how = f"It is handed to {transport} and really leaves this machine."
    sentence = f"The mail as previewed, with “[Test]” in its subject. It counts in no statistic. {how}"
    return WordsDialog(parent, "Send a test to myself", sentence, "Send test", address)


def link_question(parent: QWidget, url: str) -> QDialog:
    """Shows where a link leads; opens it in the browser only after a click on Open."""
    address = theme.label(shown_url(url), wrap=True, selectable=True)
    address.setFont(theme.mono_font())
    host = QUrl(url).host(QUrl.ComponentFormattingOption.FullyEncoded)
    sentence = f"This link leads to {host}." if host else "This link starts your mail program."
    asked = _Question(parent, "Open this link?", sentence, "Open", address)
    asked.accepted.connect(lambda: QDesktopServices.openUrl(QUrl(url)))
    return asked
