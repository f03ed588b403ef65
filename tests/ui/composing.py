"""What the composer's tests share: documents to open, and what is in the one that is open."""

from types import MappingProxyType

from pytestqt.qtbot import QtBot

from restock_desk.domain.document import kinds, reading
from restock_desk.domain.document.tree import Document, Node, freeze
from restock_desk.services.desk import Desk
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.preview_side import PreviewSide
from restock_desk.ui.workspace import Workspace
from tests.documents import body_of


def node(id: str, type: str, **props: object) -> Node:
    made = freeze(props)
    assert isinstance(made, MappingProxyType)
    return Node(id, type, made)


def letter() -> Document:
    """A heading, a text with a variable, a button; each in a row of its own (s-… › c-… › …)."""
    return body_of(
        node("head", "heading", text=[{"t": "Good news"}]),
        node("words", "text", text=[{"t": "Hello "}, {"v": "subscriber.first_name", "fallback": "there"}]),
        node("press", "button", label=[{"t": "View"}], href={"link": "product"}),
        node("foot", "footer", text=[{"t": "You asked us to tell you."}]),
    )


def document_of(work: Workspace) -> Document:
    """The document of the draft as it is now."""
    return reading.parse(work.draft.source)


def types(document: Document) -> list[str]:
    """The types of its content blocks in reading order."""
    return [node.type for node in document.walk() if kinds.level_of(node.type) == "content"]


def alone(qtbot: QtBot, desk: Desk, bridge: Bridge) -> Composer:
    """A composer without a window around it, on the letter."""
    side = PreviewSide(desk, bridge)
    qtbot.addWidget(side)
    made = Composer(desk, bridge, side)
    for part in (made.left, made.right, made.tools):
        qtbot.addWidget(part)
    made.set_open(True)
    made.show_document(letter())
    return made
