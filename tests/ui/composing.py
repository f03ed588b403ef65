"""What the composer's tests share: documents to open, and what is in the one that is open."""

from types import MappingProxyType

from restock_desk.domain.document import kinds, reading
from restock_desk.domain.document.tree import Document, Node, freeze
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
