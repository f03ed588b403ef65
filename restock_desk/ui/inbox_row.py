"""The line a mail has in an inbox: sender, subject and preheader, cut as phones and desktop programs cut them.

The numbers of letters are what common programs show on common screens; every row is simulated.
"""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTextBoundaryFinder
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QTextOption
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from restock_desk.domain.templates import RenderedMail
from restock_desk.ui import colors, theme
from restock_desk.ui.colors import Colors


@dataclass(frozen=True)
class Inbox:
    """`subject` and `preheader` are the letters that are seen; one line on a desktop, three on a phone."""

    name: str
    subject: int
    preheader: int
    width: int
    one_line: bool = False


INBOXES = (
    Inbox("Phone, narrow list", 33, 40, 280),
    Inbox("Phone, wide list", 41, 55, 340),
    Inbox("Desktop", 70, 110, 720, one_line=True),
)


@dataclass(frozen=True)
class Line:
    """What an inbox is given: the sender's name, the subject, and what stands behind it."""

    sender: str = ""
    subject: str = ""
    preheader: str = ""
    borrowed: bool = False
    """There is no preheader: programs show the first words of the mail instead."""


def line_of(mail: RenderedMail) -> Line:
    """What the inbox shows of this mail."""
    sender = next((value for name, value in mail.headers if name.lower() == "from"), "")
    name = sender.partition("<")[0].strip().strip('"') or sender.strip("<>")
    first = " ".join(mail.text.split())[:200]
    return Line(name, mail.subject, mail.preheader or first, borrowed=not mail.preheader)


def letters(text: str) -> int:
    """How many letters a reader counts: a joined emoji is one."""
    return len(_ends(text))


def cut(text: str, most: int) -> str:
    """At most so many letters, never through the middle of one; three dots where something is missing."""
    ends = _ends(text)
    return text if len(ends) <= most else text[: ends[most - 1]].rstrip() + "…"


def _ends(text: str) -> list[int]:
    """Where each letter ends, in Python's own counting."""
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, text)
    ends, wide = [], text.encode("utf-16-le")
    while (at := finder.toNextBoundary()) > 0:
        ends.append(len(wide[: 2 * at].decode("utf-16-le", "replace")))
    return ends


class InboxRows(QScrollArea):
    """Every inbox, light and dark, and how long subject and preheader are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("The mail in an inbox")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows: list[InboxRow] = []
        self.subject_note, self.preheader_note = theme.label("", wrap=True), theme.label("", wrap=True)
        simulated = theme.caption("Simulated: each program cuts a little differently.", wrap=True)
        parts: list[QWidget] = [self.subject_note, self.preheader_note]
        for inbox in INBOXES:
            for scheme, palette in (("light", colors.LIGHT), ("dark", colors.DARK)):
                parts.append(theme.caption(f"{inbox.name}, {scheme}"))
                row = InboxRow(inbox, scheme, palette)
                self.rows.append(row)
                parts.append(row)
        inside = QWidget()
        inside.setObjectName("plain")
        inside.setLayout(theme.column(*parts, simulated, 1, spacing=6, margin=2 * theme.SPACE))
        self.setWidget(inside)

    def show_line(self, line: Line) -> None:
        """Show this line in every inbox."""
        for row in self.rows:
            row.show_line(line)
        self.subject_note.setText(_verdict("Subject", line.subject, [i.subject for i in INBOXES]))
        note = _verdict("Preheader", line.preheader, [i.preheader for i in INBOXES])
        if line.borrowed:
            note = "No preheader: programs show the first words of the mail instead."
        self.preheader_note.setText(note)


class InboxRow(QFrame):
    """One line of an inbox, painted in its own scheme whatever the window's."""

    def __init__(self, inbox: Inbox, scheme: str, palette: Colors) -> None:
        super().__init__()
        self.inbox, self._scheme, self._colors = inbox, scheme, palette
        self.line = Line()
        self.setMaximumWidth(inbox.width)
        self.setMinimumWidth(min(inbox.width, 260))
        self.setSizePolicy(self.sizePolicy().Policy.Expanding, self.sizePolicy().Policy.Fixed)

    @property
    def shown(self) -> tuple[str, str]:
        """Subject and preheader as they are cut here."""
        return cut(self.line.subject, self.inbox.subject), cut(self.line.preheader, self.inbox.preheader)

    def show_line(self, line: Line) -> None:
        self.line = line
        subject, preheader = self.shown
        self.setAccessibleName(f"{self.inbox.name}, {self._scheme}: {line.sender}. {subject}. {preheader}")
        self.setToolTip(theme.tooltip(f"{line.subject} — {line.preheader}"))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.inbox.width, 46 if self.inbox.one_line else 88)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._colors.border))
        painter.setBrush(QColor(self._colors.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colors.accent))
        painter.drawEllipse(QPointF(14, self.height() / 2 if self.inbox.one_line else 22), 4, 4)
        if self.inbox.one_line:
            self._paint_wide(painter)
        else:
            self._paint_tall(painter)
        painter.end()

    def _paint_tall(self, painter: QPainter) -> None:
        subject, preheader = self.shown
        box = QRectF(26, 10, self.width() - 38, 22)
        self._words(painter, "09:41", box, "muted", end=True)
        self._words(painter, self.line.sender, box.adjusted(0, 0, -48, 0), "text", bold=True)
        self._words(painter, subject or "(no subject)", box.translated(0, 23), "text")
        self._words(painter, preheader, box.translated(0, 46), "muted")

    def _paint_wide(self, painter: QPainter) -> None:
        subject, preheader = self.shown
        box = QRectF(26, 0, self.width() - 38, self.height())
        sender = min(150.0, box.width() * 0.28)
        self._words(painter, self.line.sender, QRectF(box.left(), 0, sender - 12, box.height()), "text", bold=True)
        self._words(painter, "09:41", box, "muted", end=True)
        rest = box.adjusted(sender, 0, -48, 0)
        used = self._words(painter, subject or "(no subject)", rest, "text", bold=True)
        if preheader and used < rest.width() - 30:
            self._words(painter, f" — {preheader}", rest.adjusted(used, 0, 0, 0), "muted")

    def _words(
        self, painter: QPainter, text: str, box: QRectF, role: str, bold: bool = False, end: bool = False
    ) -> float:
        """Draw one line of text, cut where the box ends; the width it took."""
        font = theme.bold_font() if bold else QFont(self.font())
        painter.setFont(font)
        painter.setPen(QColor(getattr(self._colors, role)))
        option = QTextOption(
            Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if end else Qt.AlignmentFlag.AlignLeft)
        )
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, shown, option)
        return float(painter.fontMetrics().horizontalAdvance(shown))


def _verdict(what: str, text: str, limits: list[int]) -> str:
    """How long it is and where it is cut."""
    count = letters(text)
    if not count:
        return f"{what}: empty."
    places = [f"after {n} ({i.name[0].lower()}{i.name[1:]})" for i, n in zip(INBOXES, limits, strict=True) if count > n]
    seen = "whole everywhere" if not places else "cut " + " and ".join(places)
    return f"{what}: {count} letter{'' if count == 1 else 's'}, {seen}."
