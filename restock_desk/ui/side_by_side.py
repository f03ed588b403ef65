"""The pictures of one mail or of two beside one another, in one look and at one width; the browser engines live here.

Nothing is made before `warm`: an engine is a process, and takes a third of a second to start.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from restock_desk.ui import hosted, preview_start, theme
from restock_desk.ui.hosted import FindImage

if TYPE_CHECKING:
    from restock_desk.ui.preview import Preview

_HEAD = 52
"""Pixels above each of two mails, where it says whose it is."""


class Stage(QWidget):
    """`first` is the mail being written; `second`, beside it, whatever `show_second` is given."""

    link_asked = Signal(str)
    link_hovered = Signal(str)
    crashed = Signal(str)
    painted = Signal()
    placed = Signal(int, float)
    """Width of the first mail in its own pixels, and how it is shrunk."""
    dragged = Signal(int)

    def __init__(self, find_image: FindImage = hosted.nothing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._find_image = find_image
        self.first: Preview | None = None
        self.second: Preview | None = None
        self._width, self._look, self._images = 0, "light", True
        self._html, self._beside = "", ""
        self._places = {True: 0.0, False: 0.0}
        self._one, self._other = theme.column(spacing=0), theme.column(spacing=0)
        self.words = theme.caption("")
        self._head = QWidget()
        self._head.setLayout(theme.row(self.words, margin=theme.SPACE))
        self._head.setFixedHeight(_HEAD)
        self._one.addWidget(self._head)
        self._chooser = theme.row(margin=theme.SPACE)
        other_head = QWidget()
        other_head.setFixedHeight(_HEAD)
        other_head.setLayout(self._chooser)
        self._other.addWidget(other_head)
        self._controls: QWidget | None = None
        self._line = QWidget()
        self._line.setObjectName("rule")
        self._line.setFixedWidth(1)
        self._right = QWidget()
        self._right.setLayout(self._other)
        whole = theme.row(self._one, self._line, self._right, spacing=0)
        whole.setStretch(0, 1)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        for part in (self._head, self._line, self._right):
            part.hide()

    def show_mail(self, html: str) -> None:
        """The mail being written."""
        self._html = html
        if self.first is not None:
            self.first.show_mail(html)

    def show_second(self, html: str) -> None:
        """The mail beside it."""
        self._beside = html
        if self.second is not None:
            self.second.show_mail(html)

    def open_second(self, words: str, controls: QWidget) -> None:
        """Make room for a mail beside the first; `words` say what the first is, `controls` choose the second."""
        self.words.setText(words)
        if self._controls is not None and self._controls is not controls:
            self._chooser.removeWidget(self._controls)
            self._controls.hide()
        self._controls = controls
        self._chooser.addWidget(controls, 1)
        controls.show()
        for part in (self._head, self._line, self._right):
            part.show()
        if self.first is not None:
            self._warm_second()

    def close_second(self) -> None:
        """The first mail alone again; the second's engine ends."""
        for part in (self._head, self._line, self._right):
            part.hide()
        self._beside = ""
        if self.second is not None:
            self.second.hide()
            self.second.setParent(None)
            self.second.deleteLater()
            self.second = None

    def set_width(self, css_width: int) -> None:
        self._width = css_width
        for engine in self.engines:
            engine.set_width(css_width)

    def set_look(self, look: str) -> None:
        self._look = look
        for engine in self.engines:
            engine.set_look(look)

    def set_images(self, on: bool) -> None:
        self._images = on
        for engine in self.engines:
            engine.set_images(on)

    @property
    def engines(self) -> "list[Preview]":
        return [engine for engine in (self.first, self.second) if engine is not None]

    @property
    def idle(self) -> bool:
        """Whether every mail that is shown is in its page."""
        waits = self.second is None and not self._right.isHidden()
        return self.first is not None and not waits and all(engine.idle for engine in self.engines)

    def warm(self) -> str:
        """Make the browser engine now, if it may run here; else why not."""
        if self.first is not None:
            return ""
        why = preview_start.refusal()
        if why:
            if self._one.count() == 1:
                self._one.addWidget(theme.empty_state("mdi6.shield-account-outline", "No picture here", why))
            return why
        was_active = self.window().isActiveWindow()
        self.first = engine = self._made(self._html)
        from restock_desk.ui.width_handle import WidthHandle

        handle = WidthHandle(engine)
        handle.dragged.connect(self.dragged)
        if was_active:
            engine.shown.connect(self._keep_active, Qt.ConnectionType.SingleShotConnection)
        engine.shown.connect(lambda _: self.painted.emit())
        engine.zoomed.connect(self.placed)
        self._one.addWidget(engine, 1)
        engine.set_width(self._width)
        if not self._right.isHidden():  # it may be told of two mails before it is seen
            self._warm_second()
        return ""

    def _warm_second(self) -> None:
        if self.second is None:
            self.second = self._made(self._beside)
            self.second.margin = self.first.margin if self.first is not None else theme.SPACE
            self._other.addWidget(self.second, 1)
            self.second.set_width(self._width)

    def _made(self, html: str) -> "Preview":
        from restock_desk.ui.preview import Preview

        engine = Preview(self._find_image)
        engine.link_asked.connect(self.link_asked)
        engine.link_hovered.connect(self.link_hovered)
        engine.crashed.connect(self.crashed)
        engine.set_look(self._look)
        engine.set_images(self._images)
        engine.scrolled.connect(lambda place: self._scrolled(engine, place))
        if html:
            engine.show_mail(html)
        return engine

    def _scrolled(self, engine: "Preview", place: float) -> None:
        """Both mails stand at the same height: whichever was moved takes the other along."""
        self._places[engine is self.first] = place
        other = self.second if engine is self.first else self.first
        if other is not None and abs(self._places[other is self.first] - place) > 1:
            self._places[other is self.first] = place
            other.scroll_to(place)

    def _keep_active(self) -> None:
        """The first engine in a window makes the system's window anew, which may lose its place in front."""
        if QApplication.activeWindow() is None:
            self.window().activateWindow()
