"""The documents the composer is measured with, and where each is edited: thirty products, by a repeat or one by one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from restock_desk.domain.document import kinds
from restock_desk.domain.document.tree import Document, Node, freeze
from restock_desk.ui.composer.composer import Composer
from tests.benchmarks.preview_mails import HEADLINE, PRODUCTS

Act = Callable[[int], Callable[[], None]]
"""Prepares a change by its number and gives its last step: what is measured."""
_numbers = count(1)
_QUIET = "A line of quiet words about the weave, the dye and the hands that made it, before winter comes. "


def _new_id() -> str:
    return f"01K{next(_numbers):023d}"


def documents() -> Iterator[tuple[str, Document]]:
    """Name and document. Each begins with a heading, a text and a button, all in one row."""
    entry = block("text", text=[{"v": "item.product.title"}, {"t": f", {_QUIET}"}, {"v": "item.variant.price"}])
    repeat = replace(
        kinds.new("repeat", _new_id),
        props=object_of({"limit": PRODUCTS}),
        slots=MappingProxyType({"each": (entry,)}),
    )
    yield "Document, 30 products by a repeat", _document(repeat)
    yield "Document, 30 products in rows of their own", _document(*(_section(_product(n)) for n in range(PRODUCTS)))
    yield "Document, 30 products in one row", _document(_section(*map(_product, range(PRODUCTS))))


def places(composer: Composer) -> Iterator[tuple[str, Act]]:
    """What is done to the first row, as a person does it: keys in its words, a size by the arrow keys, a colour."""
    row = composer.editing.document.body[0].children("columns")[0].children("blocks")
    heading, words, button = row
    yield "a key in a heading", _typed(composer, heading, "text")
    yield "a key in a text", _typed(composer, words, "text")
    yield "a key in a button", _typed(composer, button, "label")
    yield "the size of a heading", _stepped(composer, heading, "style.size")
    yield "the colour of a heading", _colored(composer, heading, "style.color")


def block(type: str, **props: object) -> Node:
    return replace(kinds.new(type, _new_id), props=object_of(props))


def object_of(props: Mapping[str, object]) -> Mapping[str, Any]:
    made = freeze(dict(props))
    assert isinstance(made, Mapping)
    return made


def _document(*products: Node) -> Document:
    frame = kinds.blank(_new_id(), "Bench", _new_id)
    opening = _section(
        block("heading", text=[{"t": HEADLINE}], style={"size": 28}),
        block("text", text=[{"t": "Hello "}, {"v": "subscriber.first_name", "fallback": "you"}, {"t": f", {_QUIET}"}]),
        block("button", label=[{"t": "See it"}], href={"link": "product"}),
    )
    subject = object_of({"subject": [{"v": "product.title"}], "from": "shop@shop.example"})
    return replace(frame, body=(opening, *products, frame.body[-1]), settings=subject)


def _product(number: int) -> Node:
    words = [{"v": f"items.{number}.product.title"}, {"t": f", {_QUIET}"}, {"v": f"items.{number}.variant.price"}]
    return block("text", text=words)


def _section(*blocks: Node) -> Node:
    made = kinds.new("section", _new_id)
    column = replace(made.children("columns")[0], slots=MappingProxyType({"blocks": blocks}))
    return replace(made, slots=MappingProxyType({"columns": (column,)}))


def _field(composer: Composer, node: Node, name: str) -> Any:
    composer.editing.select(node.id)
    composer.show_panel("block")
    assert composer.properties.focus_field(name), name
    sheet = composer.properties._sheets[node.type]
    return next(part.fields[name] for part in sheet.parts if name in part.fields)


def _typed(composer: Composer, node: Node, name: str) -> Act:
    field = _field(composer, node, name)
    return lambda number: partial(QTest.keyClicks, field.box, "MWHX"[number % 4])


def _stepped(composer: Composer, node: Node, name: str) -> Act:
    field = _field(composer, node, name)
    keys = Qt.Key.Key_Up, Qt.Key.Key_Down
    return lambda number: partial(QTest.keyClick, field.box, keys[number % 2])


def _colored(composer: Composer, node: Node, name: str) -> Act:
    field = _field(composer, node, name)

    def opened(number: int) -> Callable[[], None]:
        popover = field.open()
        popover.hex.setText(("#aa2233", "#2233aa")[number % 2])
        return partial(QTest.keyClick, popover.hex, Qt.Key.Key_Return)

    return opened
