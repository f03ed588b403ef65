"""The picture of a mail as the place where its blocks are found, chosen and dropped: real mouse events, a real page."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from restock_desk.ui.composer.aiming import Box, boxes
from restock_desk.ui.composer.canvas import Veil
from restock_desk.ui.composer.carried import packed
from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.preview import Preview
from restock_desk.ui.workspace import Workspace
from tests.ui.composing import document_of, letter, types
from tests.ui.test_preview_hardening import ask

PIECES = """JSON.stringify([...document.documentElement.querySelectorAll(':scope > div > div')]
.map(piece => [piece.style.borderStyle.split(' ')[0], piece.style.height, piece.textContent, piece.style.top]))"""
PLACE = "JSON.stringify(document.getElementsByClassName('b-{}')[0].getBoundingClientRect())"


def told(qtbot: QtBot, engine: Preview, script: str) -> Any:
    """What the page answers, as soon as it does: while it is being loaded it says nothing."""
    found: list[Any] = []

    def answered() -> bool:
        found.append(json.loads(str(ask(qtbot, engine, script))))
        return True

    qtbot.waitUntil(answered)
    return found[-1]


@pytest.fixture
def engine(qtbot: QtBot, work: Workspace) -> Preview:
    """The page with the layer over the mail."""
    found = work.pane.engine
    assert found is not None
    qtbot.waitUntil(lambda: ask(qtbot, found, "Boolean(window.deskCanvas && deskCanvas.choose('head'))") is True)
    ask(qtbot, found, "deskCanvas.choose('')")
    return found


@pytest.fixture
def point(qtbot: QtBot, engine: Preview) -> Callable[..., QPoint]:
    """Where in the view a block stands: its middle, or so far down from its top (1 is its bottom)."""

    def of(id: str, down: float = 0.5) -> QPoint:
        box = told(qtbot, engine, PLACE.format(id))
        zoom = engine.view.width() / engine.css_width
        return QPoint(round((box["left"] + box["width"] / 2) * zoom), round((box["top"] + box["height"] * down) * zoom))

    return of


def surface(engine: Preview) -> QWidget:
    """What the mouse and the keys reach over the picture."""
    found = engine.view.focusProxy()
    assert found is not None
    return found


def pieces(qtbot: QtBot, engine: Preview) -> list[Any]:
    """What the layer shows: style of the border, height, words, top."""
    found = told(qtbot, engine, PIECES)
    assert isinstance(found, list)
    return found


def test_a_press_selects_the_block_under_the_mouse_and_frames_it(
    qtbot: QtBot, work: Workspace, composer: Composer, engine: Preview, point: Callable[..., QPoint]
) -> None:
    composer.show_panel("mail")
    QTest.mouseClick(surface(engine), Qt.MouseButton.LeftButton, pos=point("press"))
    qtbot.waitUntil(lambda: composer.editing.selection == "press")
    assert composer.stack.currentWidget() is composer.properties
    assert composer.properties.name.text() == "Button"
    assert composer.outline.currentIndex() == composer.outline.lines.index_of("press")
    qtbot.waitUntil(lambda: [pieces(qtbot, engine)[0][0], pieces(qtbot, engine)[1][2]] == ["solid", "Button"])
    assert not work.unsaved


def test_a_press_beside_every_block_selects_none(
    qtbot: QtBot, composer: Composer, engine: Preview, point: Callable[..., QPoint]
) -> None:
    composer.editing.select("press")
    QTest.mouseClick(surface(engine), Qt.MouseButton.LeftButton, pos=QPoint(3, engine.view.height() - 3))
    qtbot.waitUntil(lambda: composer.editing.selection == "")
    qtbot.waitUntil(lambda: pieces(qtbot, engine) == [])


def test_a_drag_over_the_picture_selects_nothing(
    qtbot: QtBot, composer: Composer, engine: Preview, point: Callable[..., QPoint]
) -> None:
    page = surface(engine)
    QTest.mousePress(page, Qt.MouseButton.LeftButton, pos=point("head"))
    QTest.mouseRelease(page, Qt.MouseButton.LeftButton, pos=point("press"))
    QTest.mouseClick(page, Qt.MouseButton.LeftButton, pos=point("words"))
    qtbot.waitUntil(lambda: composer.editing.selection != "")
    assert composer.editing.selection == "words"


def test_two_presses_put_the_cursor_into_the_words(
    qtbot: QtBot, composer: Composer, engine: Preview, point: Callable[..., QPoint]
) -> None:
    QTest.mouseDClick(surface(engine), Qt.MouseButton.LeftButton, pos=point("head"))
    qtbot.waitUntil(lambda: composer.editing.selection == "head")
    field: Any = composer.properties._sheets["heading"].sheet.fields["text"]
    qtbot.waitUntil(field.box.hasFocus)


def test_the_block_under_the_mouse_or_its_row_in_the_outline_is_dashed(
    qtbot: QtBot, composer: Composer, engine: Preview, point: Callable[..., QPoint]
) -> None:
    page = surface(engine)
    QTest.mouseMove(page, point("head"))
    qtbot.waitUntil(lambda: [piece[0] for piece in pieces(qtbot, engine)] == ["dashed"])
    at = float(pieces(qtbot, engine)[0][3].removesuffix("px"))
    composer.outline.hovered.emit("press")
    qtbot.waitUntil(lambda: float(pieces(qtbot, engine)[0][3].removesuffix("px")) > at)
    composer.outline.hovered.emit("")
    qtbot.waitUntil(lambda: pieces(qtbot, engine) == [])


def test_keys_over_the_picture_move_copy_open_and_remove_the_block(
    qtbot: QtBot, work: Workspace, composer: Composer, engine: Preview
) -> None:
    composer.editing.select("press")
    page = surface(engine)
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert types(document_of(work)) == ["heading", "text", "button", "footer"]
    assert document_of(work).index["press"].parent == "c-words"
    QTest.keyClick(page, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(page, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert types(document_of(work)) == ["heading", "text", "button", "button", "footer"]
    QTest.keyClick(page, Qt.Key.Key_Delete)
    assert types(document_of(work)) == ["heading", "text", "button", "footer"]
    composer.editing.select("head")
    QTest.keyClick(page, Qt.Key.Key_Return)
    field: Any = composer.properties._sheets["heading"].sheet.fields["text"]
    assert field.box.hasFocus()
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert composer.editing.selection == "c-head"


class Dragging:
    """A block on its way over the picture, as a window system tells of it."""

    def __init__(self, composer: Composer, carried: QMimeData) -> None:
        self._carried = carried
        composer.palette.drag_began.emit()
        veil = composer.canvas.veil
        assert veil is not None
        self.veil: Veil = veil
        QApplication.sendEvent(veil, QDragEnterEvent(QPoint(1, 1), *self._held()))

    def over(self, point: QPoint) -> None:
        QApplication.sendEvent(self.veil, QDragMoveEvent(point, *self._held()))

    def drop(self, point: QPoint) -> None:
        QApplication.sendEvent(self.veil, QDropEvent(QPointF(point), *self._held()))

    def leave(self) -> None:
        QApplication.sendEvent(self.veil, QDragLeaveEvent())

    def _held(self) -> tuple[Any, ...]:
        return (
            Qt.DropAction.CopyAction,
            self._carried,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )


def line(qtbot: QtBot, engine: Preview) -> float:
    """Where the line stands at which a block would drop; -1 for none."""
    found = [float(piece[3].removesuffix("px")) for piece in pieces(qtbot, engine) if piece[1] == "4px"]
    return found[0] if found else -1.0


@pytest.mark.parametrize(
    ("target", "down", "expected"),
    [
        ("words", 0.2, ["heading", "divider", "text", "button", "footer"]),
        ("words", 0.8, ["heading", "text", "divider", "button", "footer"]),
        ("press", 0.8, ["heading", "text", "button", "divider", "footer"]),
    ],
)
def test_a_tile_comes_where_the_line_is(
    qtbot: QtBot,
    work: Workspace,
    composer: Composer,
    engine: Preview,
    point: Callable[..., QPoint],
    target: str,
    down: float,
    expected: list[str],
) -> None:
    there, edge = point(target, down), point(target, round(down)).y() * engine.css_width / engine.view.width()
    dragging = Dragging(composer, packed(fresh="divider"))
    dragging.over(there)
    qtbot.waitUntil(lambda: abs(line(qtbot, engine) + 2 - edge) < 2)
    dragging.drop(there)
    qtbot.waitUntil(lambda: types(document_of(work)) == expected)
    assert composer.editing.node is not None
    assert composer.editing.node.type == "divider"
    assert dragging.veil.isHidden()
    qtbot.waitUntil(lambda: line(qtbot, engine) == -1)


def test_a_block_that_is_there_goes_where_it_is_dropped(
    qtbot: QtBot, work: Workspace, composer: Composer, engine: Preview, point: Callable[..., QPoint]
) -> None:
    node = composer.editing.document.find("press")
    assert node is not None
    dragging = Dragging(composer, packed((node,), moves="press"))
    dragging.drop(point("head", 0.2))
    qtbot.waitUntil(lambda: types(document_of(work)) == ["button", "heading", "text", "footer"])
    assert composer.editing.history.done[-1].label == "Move button"


def test_a_drag_that_leaves_takes_its_line_along_and_changes_nothing(
    qtbot: QtBot, work: Workspace, composer: Composer, engine: Preview, point: Callable[..., QPoint]
) -> None:
    dragging = Dragging(composer, packed(fresh="divider"))
    dragging.over(point("words", 0.2))
    qtbot.waitUntil(lambda: line(qtbot, engine) > 0)
    dragging.leave()
    qtbot.waitUntil(lambda: line(qtbot, engine) == -1)
    assert dragging.veil.isHidden()
    assert not work.unsaved


@pytest.mark.parametrize(
    "answer", ["", "{", "[1]", '[["nobody", 0, 1, 0, 1]]', '[["head", "0", 1, 0, 1]]', None, ["head"]]
)
def test_strange_answers_of_a_page_are_no_blocks(answer: object) -> None:
    assert boxes(answer, letter()) == ()


def test_an_answer_of_a_page_is_read_from_the_inside_out() -> None:
    found = boxes('[["head", 4, 40, 0, 600], ["s-head", 0.5, 60, 0, 600]]', letter())
    assert found == (Box("head", 4, 40), Box("s-head", 0.5, 60))
