"""The right half of the workspace: the mail at three widths, as plain text, as source, its headers, and what is wrong.

The browser engine is made when the pane is first seen, never before.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFrame,
    QHeaderView,
    QPlainTextEdit,
    QStackedWidget,
    QTabBar,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QWidget,
)

from restock_desk.domain.templates import Problem, RenderedMail
from restock_desk.ui import preview_start, theme
from restock_desk.ui.editor import CodeEditor
from restock_desk.ui.live import Outcome
from restock_desk.ui.problems import sentence

if TYPE_CHECKING:
    from restock_desk.ui.preview import ImageBytes, Preview

log = logging.getLogger(__name__)


class PreviewPane(QWidget):
    """Shows outcomes. The last good mail stays when the draft is broken; the bar below it names the line."""

    WIDTHS: ClassVar = (
        ("phone", "mdi6.cellphone", "Phone, 375 pixels", 375),
        ("tablet", "mdi6.tablet", "Tablet, 768 pixels", 768),
        ("desktop", "mdi6.monitor", "Desktop", 0),
    )
    LOOKS: ClassVar = (
        ("light", "mdi6.white-balance-sunny", "Light"),
        ("dark", "mdi6.weather-night", "Dark styles of this mail"),
        ("inverted", "mdi6.invert-colors", "Colours inverted by the mail program (simulated)"),
    )
    problem_picked = Signal(object)
    link_asked = Signal(str)
    painted = Signal()
    """The newest mail, or one after it, is in the picture."""

    def __init__(self, image_bytes: "ImageBytes | None" = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image_bytes = image_bytes
        self.engine: Preview | None = None
        self.mail: RenderedMail | None = None
        self._width, self._look = 0, "light"
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Views of the mail")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)  # it gets the whole line instead: a chosen tab's bold name needs more room
        for words in ("Preview", "Plain text", "Source", "Headers"):
            self.tabs.addTab(words)
        self._subject, self._from = theme.heading(""), theme.caption("")
        self._canvas = QWidget()
        self._canvas.setObjectName("page")
        self._canvas.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._stage = theme.column()
        self._canvas.setLayout(self._stage)
        self._text, self._source = _reading("Plain text of the mail"), CodeEditor("Source of the mail as sent")
        self._source.setReadOnly(True)
        self._headers = _header_table()
        self.views = QStackedWidget()
        for view in (self._canvas, self._text, self._source, self._headers):
            self.views.addWidget(view)
        self.bar = _ErrorBar(self.problem_picked.emit)
        self._foot = theme.caption("")
        self._foot.setAccessibleName("Width and links")
        self._foot.setMinimumWidth(60)
        self._place = ""
        self._build()
        self.tabs.currentChanged.connect(self._tab_changed)

    def _build(self) -> None:
        self._widths = self._switch([(name, icon, tip) for name, icon, tip, _ in self.WIDTHS], self._width_chosen, 2)
        self._looks = self._switch(self.LOOKS, self._look_chosen, 0)
        gap = QWidget()
        gap.setFixedWidth(theme.SPACE)
        foot = theme.row(self._foot, 1, *self._widths, gap, *self._looks, spacing=2)
        paper = QFrame()
        paper.setObjectName("card")
        head = theme.column(self._subject, self._from, spacing=2, margin=theme.SPACE)
        inside = theme.column(head, theme.rule(), self.views, spacing=0, margin=1)
        inside.setStretch(2, 1)
        paper.setLayout(inside)
        whole = theme.column(self.tabs, paper, self.bar, foot, spacing=6)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def _switch(
        self,
        choices: "tuple[tuple[str, str, str], ...] | list[tuple[str, str, str]]",
        chosen: Callable[[int], None],
        on: int,
    ) -> list[QWidget]:
        """Icon buttons of which one is down."""
        group = QButtonGroup(self)
        buttons: list[QWidget] = []
        for number, (_, icon_name, tip) in enumerate(choices):
            made: QToolButton = theme.tool(icon_name, tip)
            made.setCheckable(True)
            made.setChecked(number == on)
            group.addButton(made, number)
            buttons.append(made)
        group.idClicked.connect(chosen)
        return buttons

    def show_outcome(self, outcome: Outcome) -> None:
        """Show a mail, or keep the last good one and say what is wrong."""
        self.bar.show_outcome(outcome, bool(self.mail))
        if outcome.mail is None:
            if self.mail is None:
                self._from.setText(outcome.failure)
            return
        self.mail = mail = outcome.mail
        self._subject.setText(mail.subject or "(no subject)")
        sender = next((value for name, value in mail.headers if name.lower() == "from"), "")
        self._from.setText("  —  ".join(part for part in (sender, mail.preheader) if part))
        self._from.setToolTip(theme.tooltip(mail.preheader))
        if self.engine is not None and self.views.currentWidget() is self._canvas:
            self.engine.show_mail(mail.html)
        else:
            self._fill()

    @property
    def settled(self) -> bool:
        """Whether nothing more will appear by itself; for pictures of the page."""
        return bool(preview_start.refusal()) or (self.mail is not None and self.engine is not None and self.engine.idle)

    def forget(self) -> None:
        """Another template comes: nothing of this one may stay."""
        self.mail = None
        self._subject.setText("")
        self._from.setText("")
        self.bar.hide()
        if self.engine is not None:
            self.engine.show_mail("")

    def warm(self) -> None:
        """Make the browser engine now, if it may run here."""
        if self.engine is not None or self._stage.count():
            return
        why = preview_start.refusal()
        if why:
            note = theme.empty_state("mdi6.shield-account-outline", "No picture here", why)
            self._stage.addWidget(note)
            self.tabs.setCurrentIndex(1)
            return
        from restock_desk.ui.preview import Preview

        was_active = self.window().isActiveWindow()
        self.engine = Preview(self._image_bytes)
        self._stage.addWidget(self.engine)
        if was_active:
            self.engine.shown.connect(self._keep_active, Qt.ConnectionType.SingleShotConnection)
        self.engine.link_asked.connect(self.link_asked)
        self.engine.link_hovered.connect(self._hovered)
        self.engine.crashed.connect(lambda words: self.bar.say(words))
        self.engine.shown.connect(lambda _: self.painted.emit())
        self.engine.zoomed.connect(self._zoomed)
        self.engine.set_width(self._width)
        self.engine.set_look(self._look)
        if self.mail is not None:
            self.engine.show_mail(self.mail.html)

    def _keep_active(self) -> None:
        """The first engine in a window makes the system's window anew, which may lose its place in front."""
        if QApplication.activeWindow() is None:
            self.window().activateWindow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.warm)

    def _tab_changed(self, number: int) -> None:
        self.views.setCurrentIndex(number)
        for button in (*self._widths, *self._looks):
            if number and button.hasFocus():
                self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)  # else it would go anywhere
            button.setEnabled(number == 0)
        self._fill()

    def _fill(self) -> None:
        """Only the view that is seen is filled."""
        mail, view = self.mail, self.views.currentWidget()
        if mail is None:
            return
        if view is self._canvas and self.engine is not None:
            self.engine.show_mail(mail.html)
        elif view is self._text:
            _keep_place(self._text, mail.text)
        elif view is self._source:
            _keep_place(self._source, mail.html)
        elif view is self._headers:
            _fill_table(self._headers, mail.headers)

    def _width_chosen(self, number: int) -> None:
        self._width = self.WIDTHS[number][3]
        if self.engine is not None:
            self.engine.set_width(self._width)

    def _look_chosen(self, number: int) -> None:
        self._look = self.LOOKS[number][0]
        if self.engine is not None:
            self.engine.set_look(self._look)

    def _zoomed(self, css_width: int, zoom: float) -> None:
        self._place = f"{css_width} pixels wide" + (f", shown at {zoom:.0%}" if zoom < 0.995 else "")
        self._foot.setText(self._place)

    def _hovered(self, url: str) -> None:
        self._foot.setText(shown_url(url)[:60] if url else self._place)


class _ErrorBar(QFrame):
    """One calm line below the picture: what is wrong, where, and a button that goes there."""

    def __init__(self, go: Callable[[Problem], object]) -> None:
        super().__init__()
        self._problem: Problem | None = None
        self._words = theme.label("", wrap=True)
        self._go = theme.button("Go to it", kind="quiet")
        self._go.clicked.connect(lambda: go(self._problem) if self._problem else None)
        row = theme.row(self._words, self._go, margin=theme.SPACE)
        row.setStretch(0, 1)
        self.setLayout(row)
        self.setAccessibleName("What is wrong with the mail")
        self.hide()

    @property
    def words(self) -> str:
        """What the bar says; empty while it is hidden."""
        return "" if self.isHidden() else self._words.text()

    def show_outcome(self, outcome: Outcome, has_picture: bool) -> None:
        if outcome.mail is None:
            kept = " The picture shows the last version that worked." if has_picture else ""
            first = outcome.problems[0] if outcome.problems else None
            what = (sentence(first) if first else outcome.failure).rstrip()
            self._say("problem", what + ("" if what.endswith((".", "!", "?")) else ".") + kept, first)
        elif outcome.problems:
            more = f" And {len(outcome.problems) - 1} more." if len(outcome.problems) > 1 else ""
            self._say("warning", sentence(outcome.problems[0]) + more, outcome.problems[0])
        else:
            self.hide()

    def say(self, words: str) -> None:
        self._say("problem", words, None)

    def _say(self, look: str, words: str, problem: Problem | None) -> None:
        self._problem = problem
        self._words.setText(words)
        self._go.setVisible(problem is not None)
        if self.objectName() != look:
            self.setObjectName(look)
            self.style().unpolish(self)
            self.style().polish(self)
        self.show()


def shown_url(url: str) -> str:
    """A URL fit to be read: host in punycode, no invisible letters."""
    parts = urlsplit(url)
    try:
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except UnicodeError:
        host = parts.hostname or ""
    shown = url.replace(parts.hostname or "\0", host, 1) if host else url
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in shown)


def _reading(name: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setReadOnly(True)
    made.setFont(theme.mono_font())
    made.setAccessibleName(name)
    return made


def _header_table() -> QTableWidget:
    made = QTableWidget(0, 2)
    made.setHorizontalHeaderLabels(["Header", "Value"])
    made.setAccessibleName("Headers of the mail")
    made.verticalHeader().hide()
    made.setShowGrid(False)
    made.setWordWrap(True)
    made.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    made.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    made.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    made.horizontalHeader().setDefaultAlignment(made.horizontalHeader().defaultAlignment().AlignLeft)
    return made


def _fill_table(table: QTableWidget, headers: tuple[tuple[str, str], ...]) -> None:
    table.setRowCount(len(headers))
    for line, pair in enumerate(headers):
        for column, words in enumerate(pair):
            item = QTableWidgetItem(words)
            item.setToolTip(theme.tooltip(words))
            table.setItem(line, column, item)
    table.resizeRowsToContents()


def _keep_place(view: QPlainTextEdit, text: str) -> None:
    if view.toPlainText() == text:
        return
    at = view.verticalScrollBar().value()
    if isinstance(view, CodeEditor):
        view.set_text(text)
    else:
        view.setPlainText(text)
    view.verticalScrollBar().setValue(at)
