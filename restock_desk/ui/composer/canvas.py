"""The picture of the mail as the place where blocks are chosen and dropped. Works through one question to the page at a
time: what stands here? Without a browser engine nothing here is made, and the outline does the same.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from restock_desk.domain.document.tree import Document
from restock_desk.ui.composer import aiming
from restock_desk.ui.composer.aiming import Aim
from restock_desk.ui.composer.carried import Carried, carries, unpacked
from restock_desk.ui.composer.layer import Answer, Layer
from restock_desk.ui.preview_pane import PreviewPane

_TOUCHING = 5


class Canvas(QObject):
    """`picked(id)` on a press ("" beside all blocks), `edit_asked(id)` on two, `dropped(carried, target, where)`."""

    picked = Signal(str)
    edit_asked = Signal(str)
    dropped = Signal(object, str, str)

    def __init__(self, pane: PreviewPane, parent: QObject) -> None:
        super().__init__(parent)
        self._pane, self._document, self._selection = pane, Document(id="none"), ""
        self._on = False
        self._layer: Layer | None = None
        self._pressed: QPoint | None = None
        self._watched: QWidget | None = None
        self.veil: Veil | None = None
        pane.painted.connect(self._painted)

    def set_on(self, on: bool) -> None:
        """Whether the mail shown is a document's: else the picture is only a picture."""
        self._on = on
        self._painted()

    def show_document(self, document: Document, selection: str) -> None:
        self._document, self._selection = document, selection
        if self._on and self._layer is not None:
            self._layer.show_document(document, selection, empties=True)

    def show_selection(self, id: str) -> None:
        self._selection = id
        if self._on and self._layer is not None:
            self._layer.choose(id)

    def show_hover(self, id: str) -> None:
        self._ask(f"deskCanvas.hover({json.dumps(id)})")

    def begin_drag(self) -> None:
        """A block is on its way: the picture takes it."""
        engine = self._pane.engine
        if self._on and engine is not None and engine.isVisible():
            if self.veil is None:
                self.veil = Veil(engine)
                self.veil.moved.connect(self._moved)
                self.veil.dropped.connect(self._dropped)
                self.veil.left.connect(self.end_drag)
            self.veil.setGeometry(engine.view.geometry())
            self.veil.show()
            self.veil.raise_()

    def end_drag(self) -> None:
        if self.veil is not None:
            self.veil.hide()
        self._ask('deskCanvas.drop("", "")')

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self._on:
            return False
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            point = event.position().toPoint()
            if event.type() == QEvent.Type.MouseButtonPress:
                self._pressed = point
            elif event.type() == QEvent.Type.MouseButtonDblClick:
                self._under(point, lambda under: self.edit_asked.emit(under[0].id) if under else None)
            elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed is not None:
                if (point - self._pressed).manhattanLength() < _TOUCHING:
                    self._under(point, lambda under: self.picked.emit(under[0].id if under else ""))
                self._pressed = None
        elif isinstance(event, QDragEnterEvent) and carries(event.mimeData()):
            self.begin_drag()
        return False

    def _painted(self) -> None:
        """The page has a mail: lay the layer over it, once a page, and watch what the mouse does."""
        engine = self._pane.engine
        if not self._on or engine is None:
            return
        proxy = engine.view.focusProxy()
        if proxy is not None and proxy is not self._watched:
            proxy.installEventFilter(self)
            self._watched = proxy
        if self._layer is None or self._layer.engine is not engine:
            self._layer = Layer(engine)
            self._layer.show_document(self._document, self._selection, empties=True)
        self._layer.lay()

    def _ask(self, script: str, answer: Answer | None = None) -> None:
        if self._on and self._layer is not None:
            self._layer.ask(script, answer)

    def _under(self, point: QPoint, done: Callable[[tuple[aiming.Box, ...]], object]) -> None:
        x, y = self._page_point(point)
        self._ask(f"deskCanvas.chain({x}, {y})", lambda answer: done(aiming.boxes(answer, self._document)))

    def _page_point(self, point: QPoint) -> tuple[float, float]:
        engine = self._pane.engine
        zoom = engine.view.width() / engine.css_width if engine is not None else 1.0
        return round(point.x() / zoom, 1), round(point.y() / zoom, 1)

    def _moved(self, carried: Carried, point: QPoint) -> None:
        self._aimed(carried, point, self._show_aim)

    def _dropped(self, carried: Carried, point: QPoint) -> None:
        self._aimed(carried, point, partial(self._drop, carried))

    def _aimed(self, carried: Carried, point: QPoint, done: Callable[[Aim | None], object]) -> None:
        y = self._page_point(point)[1]
        self._under(point, lambda under: done(aiming.aim(self._document, carried.type, under, y, carried.moves)))

    def _show_aim(self, aim: Aim | None) -> None:
        if self.veil is not None and self.veil.isVisible():
            self._ask(
                f"deskCanvas.drop({json.dumps(aim.target if aim else '')}, {json.dumps(aim.where if aim else '')})"
            )

    def _drop(self, carried: Carried, aim: Aim | None) -> None:
        self.end_drag()
        if aim is not None:
            self.dropped.emit(carried, aim.target, aim.where)


class Veil(QWidget):
    """A clear sheet over the picture while a block is dragged: it knows where the mouse is, the picture does not."""

    moved = Signal(object, QPoint)
    dropped = Signal(object, QPoint)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.setAccessibleName("Drop the block on the mail")
        self.setAcceptDrops(True)
        self._point: QPoint | None = None
        self._carried: Carried | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(16)
        self._soon.timeout.connect(self._tell)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._carried = unpacked(event.mimeData())
        if self._carried is not None:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()
        self._point = event.position().toPoint()
        if not self._soon.isActive():
            self._soon.start()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._soon.stop()
        self.left.emit()

    def dropEvent(self, event: QDropEvent) -> None:
        self._soon.stop()
        carried = unpacked(event.mimeData())
        if carried is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self.dropped.emit(replace(carried, alone=alone), event.position().toPoint())
        self.hide()

    def _tell(self) -> None:
        if self._carried is not None and self._point is not None:
            self.moved.emit(self._carried, self._point)
