"""The small questions around templates: a new one, its name, a test mail, a link before it opens."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QIcon, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QWidget,
)

from restock_desk.domain.templates import Draft, Starter, TemplateKind
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
    Starter(
        "Empty HTML", "The least that is a mail, to be written by hand", Draft(TemplateKind.HTML, _EMPTY_HTML, _SUBJECT)
    ),
    Starter(
        "Empty MJML", "The least that is a mail, to be written by hand", Draft(TemplateKind.MJML, _EMPTY_MJML, _SUBJECT)
    ),
)
_PICTURE, _CELL = QSize(168, 210), QSize(184, 256)


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
    """Name and starting point, chosen from a gallery of pictures. `name` and `draft` after it was accepted."""

    def __init__(self, parent: QWidget, starters: Sequence[Starter]) -> None:
        self.box, self.list, self.about = QLineEdit(), QListWidget(), theme.caption("")
        super().__init__(
            parent, "New template", "Start from a finished mail and change it, or from an empty one.", "Create",
            self.list, self.about, theme.label("Name"), self.box,
        )  # fmt: skip
        self.box.setAccessibleName("Name of the template")
        self.box.setPlaceholderText("Name of the template")
        self._starts = [*starters, *BLANKS]
        self._fill()
        self.list.currentRowChanged.connect(self._suggest)
        self.list.itemDoubleClicked.connect(lambda _: self.accept() if self.name else None)
        self.list.itemActivated.connect(lambda _: self.box.setFocus())
        self.box.textChanged.connect(lambda: self.go_on.setEnabled(bool(self.name)))
        self._suggested = ""
        self.list.setCurrentRow(0)
        self.box.selectAll()
        self.list.setFocus()
        self.resize(self.sizeHint())

    @property
    def name(self) -> str:
        return self.box.text().strip()

    @property
    def draft(self) -> Draft:
        return self._starts[self.list.currentRow()].draft

    def _fill(self) -> None:
        """Arrow keys walk through the grid, letters jump to a name."""
        look = self.list
        look.setAccessibleName("Starting point")
        look.setViewMode(QListWidget.ViewMode.IconMode)
        look.setMovement(QListWidget.Movement.Static)
        look.setResizeMode(QListWidget.ResizeMode.Adjust)
        look.setUniformItemSizes(True)
        look.setWordWrap(True)
        look.setSpacing(theme.SPACE)
        look.setIconSize(_PICTURE)
        look.setMinimumSize(4 * (_CELL.width() + theme.SPACE) + 6 * theme.SPACE, 2 * _CELL.height() - 5 * theme.SPACE)
        look.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        look.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for start in self._starts:
            line = QListWidgetItem(_picture(start), start.name)
            line.setToolTip(theme.tooltip(start.about))
            line.setData(Qt.ItemDataRole.AccessibleDescriptionRole, start.about)
            line.setSizeHint(_CELL)
            line.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            look.addItem(line)

    def _suggest(self, row: int) -> None:
        start = self._starts[row]
        kind = "" if start.draft.kind is TemplateKind.DOCUMENT else f" {start.draft.kind.value.upper()} source."
        self.about.setText(f"{start.about}.{kind}")
        if self.box.text() == self._suggested:
            self._suggested = start.name
            self.box.setText(self._suggested)


def _picture(start: Starter) -> QIcon:
    """How a starting point looks: its picture on paper, or a sign on an empty sheet."""
    ratio = QGuiApplication.primaryScreen().devicePixelRatio()
    made = QPixmap(_PICTURE * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    sheet = QRectF(0.5, 0.5, _PICTURE.width() - 1, _PICTURE.height() - 1)
    shape = QPainterPath()
    shape.addRoundedRect(sheet, 6, 6)
    painter.fillPath(shape, theme.color("surface"))
    painter.save()
    painter.setClipPath(shape)
    if start.picture is not None:
        shown = QPixmap(str(start.picture))
        painter.drawPixmap(sheet, shown, QRectF(shown.rect()))
    else:
        document = start.draft.kind is TemplateKind.DOCUMENT
        sign = theme.icon("mdi6.view-dashboard-outline" if document else "mdi6.code-tags", "muted")
        sign.paint(painter, sheet.toRect().adjusted(50, 60, -50, -60))
    painter.restore()
    painter.setPen(theme.color("border"))
    painter.drawPath(shape)
    painter.end()
    look = QIcon(made)
    look.addPixmap(made, QIcon.Mode.Selected)  # a chosen mail keeps its colours
    return look


class WordsDialog(_Question):
    """One line of text: a name or a note, and what stands `below` it."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        sentence: str,
        button: str,
        value: str = "",
        required: bool = True,
        *below: QWidget,
    ) -> None:
        self.box = QLineEdit(value)
        super().__init__(parent, title, sentence, button, self.box, *below)
        self.box.setAccessibleName(title)
        if required:
            self.box.textChanged.connect(lambda text: self.go_on.setEnabled(bool(text.strip())))
            self.go_on.setEnabled(bool(value.strip()))
        self.box.selectAll()
        self.box.setFocus()

    @property
    def words(self) -> str:
        return self.box.text().strip()


class TrialDialog(_Question):
    """Where a test goes, of which editions, and how it leaves. `to`, `keep` and `chosen` after it was accepted."""

    def __init__(
        self, parent: QWidget, transport: str, addresses: Sequence[str], names: Sequence[str], current: int = 0
    ) -> None:
        """`current` is the place of the edition that is open."""
        self.box, self.keep_box = QPlainTextEdit("\n".join(addresses)), QCheckBox("Keep them as the seed list")
        if transport.startswith("outbox:"):
            how = f"Written as .eml files into {transport.removeprefix('outbox:')}; nothing leaves this machine."
        else:
            how = f"Handed to {transport}: they really leave this machine."
        sentence = f"The mail as previewed, marked [TEST] in its subject. It counts in no statistic. {how}"
        self.choices = [QCheckBox(name) for name in names]
        for number, choice in enumerate(self.choices):
            choice.setChecked(number == current)
            choice.toggled.connect(self._look)
            choice.setAccessibleName(f"Send {names[number]}")
        which = [theme.label("Editions"), theme.plain(theme.row(*self.choices, 1))] if len(names) > 1 else []
        super().__init__(
            parent, "Send a test", sentence, "Send test", theme.label("Addresses"), self.box, self.keep_box, *which
        )
        self.box.setAccessibleName("Addresses, one in a line")
        self.box.setPlaceholderText("name@example.com, one in a line")
        self.box.setTabChangesFocus(True)
        self.box.setFixedHeight(96)
        self.keep_box.setToolTip(theme.tooltip("Everybody of this shop finds them here the next time."))
        self.box.textChanged.connect(self._look)
        self._look()

    @property
    def to(self) -> str:
        return self.box.toPlainText()

    @property
    def keep(self) -> bool:
        return self.keep_box.isChecked()

    @property
    def chosen(self) -> list[int]:
        """The places of the editions to send."""
        return [number for number, choice in enumerate(self.choices) if choice.isChecked()]

    def _look(self) -> None:
        n = len([line for line in self.to.split() if line]) * max(1, len(self.chosen))
        self.go_on.setEnabled(bool(n) and bool(self.chosen))
        self.go_on.setText(f"Send {n} tests" if n > 1 else "Send test")


def link_question(parent: QWidget, url: str) -> QDialog:
    """Shows where a link leads; opens it in the browser only after a click on Open."""
    address = theme.label(shown_url(url), wrap=True, selectable=True)
    address.setFont(theme.mono_font())
    host = QUrl(url).host(QUrl.ComponentFormattingOption.FullyEncoded)
    sentence = f"This link leads to {host}." if host else "This link starts your mail program."
    asked = _Question(parent, "Open this link?", sentence, "Open", address)
    asked.accepted.connect(lambda: QDesktopServices.openUrl(QUrl(url)))
    return asked
