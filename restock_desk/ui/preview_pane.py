"""One mail seen in every way: its picture in many modes, its line in an inbox, its text, source, headers and raw form.

And what is wrong with it. The browser engine is made when the pane is first seen, never before.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QTabBar, QWidget

from restock_desk.domain.templates import Problem, RenderedMail
from restock_desk.ui import hosted, preview_start, theme
from restock_desk.ui.hosted import FindImage
from restock_desk.ui.inbox_row import InboxRows, line_of
from restock_desk.ui.live import Outcome
from restock_desk.ui.one_line import OneLine
from restock_desk.ui.preview_modes import LOOK_WORDS, ModeBar
from restock_desk.ui.problems import sentence
from restock_desk.ui.reading import Reading
from restock_desk.ui.side_by_side import Stage

if TYPE_CHECKING:
    from restock_desk.ui.preview import Preview


class PreviewPane(QWidget):
    """Shows outcomes. The last good mail stays when the draft is broken; the bar below it names the line."""

    VIEWS: ClassVar = ("Preview", "Inbox", "Plain text", "Source", "Headers", "Raw")
    problem_picked = Signal(object)
    link_asked = Signal(str)
    painted = Signal()
    """The newest mail, or one after it, is in the picture."""
    whole_wanted = Signal(bool)
    """Whether a view is seen that a sketch says nothing of."""
    save_asked = Signal()

    def __init__(self, find_image: FindImage = hosted.nothing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mail: RenderedMail | None = None
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Views of the mail")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)  # it gets the whole line instead: a chosen tab's bold name needs more room
        self.tabs.setUsesScrollButtons(False)
        for number, words in enumerate(self.VIEWS):
            self.tabs.addTab(words)
            self.tabs.setTabToolTip(number, theme.tooltip(f"{words} (Alt+{number + 1})"))
        self.modes, self.stage, self.inbox = ModeBar(), Stage(find_image), InboxRows()
        self._subject, self._from = OneLine(theme.heading("")), OneLine(theme.caption(""))
        self.text, self.source = Reading("Plain text of the mail"), Reading("Source of the mail as sent", plain=False)
        self.headers, self.raw = Reading("Headers of the mail"), Reading("The mail as it travels")
        self.views = QStackedWidget()
        for view in (self.stage, self.inbox, self.text, self.source, self.headers, self.raw):
            self.views.addWidget(view)
        self.bar = _ErrorBar(self.problem_picked.emit)
        self._foot = theme.caption("")
        self._foot.setAccessibleName("Width and links")
        self._foot.setMinimumWidth(60)
        self.simulated = theme.chip("neutral", "Simulated", "neutral")
        self.simulated.hide()
        self._place = ""
        self._build()
        self._connect()

    def _build(self) -> None:
        save = theme.tool("mdi6.content-save-outline", "Save the mail as an .eml file")
        save.clicked.connect(self.save_asked)
        self.raw.add_tool(save)
        paper = QFrame()
        paper.setObjectName("card")
        head = theme.column(self._subject, self._from, spacing=2, margin=theme.SPACE)
        inside = theme.column(head, theme.rule(), self.views, spacing=0, margin=1)
        inside.setStretch(2, 1)
        paper.setLayout(inside)
        self._under = QWidget()
        self._under.setObjectName("plain")
        self._under.setLayout(theme.row(self._foot, 1, self.simulated, spacing=theme.SPACE))
        self._under.setFixedHeight(24)
        self.tab_tools = theme.row(spacing=2)
        above = theme.row(self.tabs, self.tab_tools, spacing=2)
        above.setStretch(0, 1)
        whole = theme.column(above, self.modes, paper, self.bar, self._under, spacing=6)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._tab_changed)
        self.modes.look_chosen.connect(self._look_chosen)
        self.modes.width_chosen.connect(self.stage.set_width)
        self.modes.images_chosen.connect(self.stage.set_images)
        self.stage.dragged.connect(self._dragged)
        self.stage.placed.connect(self._placed)
        self.stage.painted.connect(self.painted)
        self.stage.link_asked.connect(self.link_asked)
        self.stage.link_hovered.connect(self._hovered)
        self.stage.crashed.connect(self.bar.say)

    def add_shortcuts(self, owner: QWidget) -> None:
        """Alt+1 … Alt+6 and the keys of the modes, anywhere inside `owner`."""
        self.modes.add_shortcuts(owner)
        for number in range(len(self.VIEWS)):
            QShortcut(QKeySequence(f"Alt+{number + 1}"), owner, lambda n=number: self.tabs.setCurrentIndex(n))

    @property
    def engine(self) -> "Preview | None":
        """The browser engine of the mail being written, once it is made."""
        return self.stage.first

    @property
    def reading(self) -> Reading | None:
        """The text that is seen, if one is."""
        view = self.views.currentWidget()
        return view if isinstance(view, Reading) else None

    def show_outcome(self, outcome: Outcome) -> None:
        """Show a mail, or keep the last good one and say what is wrong."""
        self.bar.show_outcome(outcome, bool(self.mail))
        if outcome.mail is None:
            if self.mail is None:
                self._from.say(outcome.failure)
            return
        self.mail = mail = outcome.mail
        self._subject.say(mail.subject or "(no subject)")
        sender = next((value for name, value in mail.headers if name.lower() == "from"), "")
        self._from.say("  —  ".join(part for part in (sender, mail.preheader) if part))
        self._fill()

    @property
    def settled(self) -> bool:
        """Whether nothing more will appear by itself; for pictures of the page."""
        return bool(preview_start.refusal()) or (self.mail is not None and self.stage.idle)

    def forget(self) -> None:
        """Another template comes: nothing of this one may stay."""
        self.mail = None
        self._subject.say("")
        self._from.say("")
        self.bar.hide()
        self.stage.show_mail("")
        for view in (self.text, self.source, self.headers, self.raw):
            view.show_text("")

    def warm(self) -> None:
        """Make the browser engine now, if it may run here."""
        if self.stage.warm():
            self.tabs.setCurrentIndex(self.VIEWS.index("Plain text"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.warm)

    def _tab_changed(self, number: int) -> None:
        self.views.setCurrentIndex(number)
        picture = self.views.currentWidget() is self.stage
        if not picture and self.modes.isAncestorOf(self.focusWidget() or self):
            self.tabs.setFocus()  # else it would go anywhere
        self.modes.setVisible(picture)
        self._under.setVisible(picture)
        self._fill()
        self.whole_wanted.emit(not picture)

    def _fill(self) -> None:
        """Only the view that is seen is filled."""
        mail, view = self.mail, self.views.currentWidget()
        if mail is None:
            return
        if view is self.stage:
            self.stage.show_mail(mail.html)
        elif not mail.message and view is not self.source:
            return  # a sketch: the whole mail follows
        elif view is self.inbox:
            self.inbox.show_line(line_of(mail))
        elif view is self.text:
            self.text.show_text(mail.text, f"{len(mail.text.split())} words")
        elif view is self.source:
            self.source.show_text(mail.html, f"{_size(len(mail.html.encode()))} of HTML")
        elif view is self.headers:
            self.headers.show_text("\n".join(f"{name}: {value}" for name, value in mail.headers), "As sent")
        else:
            self.raw.show_text(mail.message.decode("utf-8", "replace"), f"{_size(len(mail.message))} as it travels")

    def _look_chosen(self, look: str) -> None:
        self.stage.set_look(look)
        self.simulated.setVisible(look != "light")
        self._tell_place()

    def _dragged(self, css_width: int) -> None:
        self.modes.show_width(css_width)
        self.stage.set_width(css_width)

    def _placed(self, css_width: int, zoom: float) -> None:
        self._place = f"{css_width} pixels wide" + (f", shown at {zoom:.0%}" if zoom < 0.995 else "")
        self._tell_place()

    def _tell_place(self) -> None:
        look = LOOK_WORDS[self.modes.looks.value or "light"]
        self._foot.setText(" · ".join(part for part in (self._place, look) if part))

    def _hovered(self, url: str) -> None:
        if url:
            self._foot.setText(shown_url(url)[:60])
        else:
            self._tell_place()


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


def _size(count: int) -> str:
    return f"{count / 1000:.1f} KB"
