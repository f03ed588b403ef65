"""What a document lacks is told with its block; a complete one is told nothing."""

from typing import Any

import pytest

from restock_desk.domain.document import kinds, operations, validation
from restock_desk.domain.document.operations import Insert, Operation, Set
from restock_desk.domain.document.tree import Document, Node, freeze
from tests.documents import body_of, numbered


def whole() -> Document:
    document = body_of(
        *(kinds.new(type, numbered(f"{type}-")) for type in ("heading", "button", "footer", "repeat", "branch"))
    )
    return operations.apply(document, [Set("doc", ("settings", "subject"), freeze([{"t": "Back"}]))])[0]


def test_a_complete_document_is_told_nothing() -> None:
    assert validation.validate(whole()) == ()


def node(type: str, **props: Any) -> Operation:
    made = Node("x1", type, freeze(props))  # type: ignore[arg-type]  # an object freezes to an object
    return Insert("c-heading-1", "blocks", 0, made)


STOCK: Any = {"var": "variant.stock", "op": "contains", "value": "5"}


@pytest.mark.parametrize(
    ("edit", "rule", "block"),
    [
        (Set("doc", ("settings", "subject"), ()), "doc.required", ""),
        (operations.Remove("footer-1"), "doc.footer", ""),
        (Set("heading-1", ("glow",), 1), "doc.key", "heading-1"),
        (Set("doc", ("glow",), 1), "doc.key", ""),
        (Set("heading-1", ("style", "color"), "$nope"), "doc.color", "heading-1"),
        (Set("doc", ("settings", "background"), "$nope"), "doc.color", ""),
        (Set("heading-1", ("text",), ()), "doc.required", "heading-1"),
        (Set("heading-1", ("when",), STOCK), "doc.condition", "heading-1"),
        (Set("s-heading-1", ("layout",), "1-1"), "doc.columns", "s-heading-1"),
        (Set("repeat-2", ("path",), "items..x"), "doc.path", "repeat-2"),
        (Set("branch-3", ("cases",), freeze([{"name": "Never"}])), "doc.required", "branch-3"),
        (node("product", source="sku"), "doc.sku", "x1"),
        (node("product", source="item"), "doc.item", "x1"),
        (node("hologram"), "doc.type", "x1"),
        (node("custom:badge"), "doc.custom", "x1"),
        (Insert("", "body", 0, Node("x1", "slot", freeze({"ref": "sb_1"}))), "doc.saved", "x1"),  # type: ignore[arg-type]
    ],
)
def test_what_is_missing_names_its_rule_and_block(edit: Operation, rule: str, block: str) -> None:
    after, _ = operations.apply(whole(), [edit])
    found = validation.validate(after)
    assert [(problem.rule, problem.block) for problem in found] == [(rule, block)]
    assert found[0].message.endswith(".")


@pytest.mark.parametrize(
    ("path", "type"),
    [
        ("variant.stock", "number"), ("variant.price.amount", "number"), ("items.0.product.title", "text"),
        ("item.variant.stock", "number"), ("item", ""), ("items", "list"), ("subscriber.attributes.Shoe size", ""),
        ("product", ""), ("variant.sise", None), ("thing", None), ("item.subscriber.email", None), ("items.x", None),
    ],
)  # fmt: skip
def test_every_path_has_the_type_of_the_schema(path: str, type: str | None) -> None:
    assert validation.type_of(path, {"item": "items"}) == type


def test_a_rating_that_was_asked_for_once_is_forgotten() -> None:
    after, _ = operations.apply(whole(), [node("product", fields=("image", "rating", "title"))])
    product = after.find("x1")
    assert product
    assert product.get("fields") == ("image", "title")
