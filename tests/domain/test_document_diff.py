"""What differs between two documents, told in as few changes as were made."""

from hypothesis import given, settings

from restock_desk.domain.document import diff, kinds, operations
from restock_desk.domain.document.diff import What
from restock_desk.domain.document.operations import Insert, Move, Remove, Set
from restock_desk.domain.document.tree import Document, DocumentFault, freeze
from tests.documents import Maker, body_of, documents, makers, numbered
from tests.domain.test_document_laws import edit_of


def story() -> Document:
    ids = numbered()
    return body_of(*(kinds.new("section", ids) for _ in range(4)), kinds.new("heading", numbered("h")))


def changes(before: Document, *edits: operations.Operation) -> list[tuple[What, str]]:
    after, _ = operations.apply(before, edits)
    return [(one.what, one.id) for one in diff.compare(before, after)]


def test_each_kind_of_change_is_told_once() -> None:
    before = story()
    section = before.body[0].id
    assert changes(before) == []
    assert changes(before, Set("h1", ("text",), freeze([{"t": "x"}]))) == [(What.CHANGED, "h1")]
    assert changes(before, Remove(section)) == [(What.REMOVED, section)]
    assert changes(before, Move(section, "", "body", 3)) == [(What.MOVED, section)]
    assert changes(before, Insert("", "body", 2, kinds.new("hero", numbered("x")))) == [(What.ADDED, "x4")]
    assert changes(before, Set("doc", ("settings", "width"), 640)) == [(What.CHANGED, "doc")]


def test_a_change_names_its_fields() -> None:
    before = story()
    edits = [Set("h1", ("style", "size"), 30), Set("h1", ("glow",), True), Set("h1", ("level",), 2)]
    [change] = diff.compare(before, operations.apply(before, edits)[0])
    assert [(one.name, one.label, one.before, one.after) for one in change.fields] == [
        ("level", "Level", None, 2),
        ("style.size", "Size", None, 30),
        ("glow", "glow", None, True),
    ]


def test_what_comes_with_a_block_is_counted_not_listed() -> None:
    before = story()
    after, _ = operations.apply(before, [Insert("", "body", 0, kinds.new("hero", numbered("x")))])
    [change] = diff.compare(before, after)
    assert (change.what, change.label, change.inside) == (What.ADDED, "Hero", 3)
    [change] = diff.compare(after, before)
    assert (change.what, change.inside) == (What.REMOVED, 3)


@settings(max_examples=60)
@given(documents(), makers())
def test_documents_differ_exactly_if_a_change_is_told(document: Document, maker: Maker) -> None:
    try:
        after, _ = operations.apply(document, [edit_of(document, maker)])
    except DocumentFault:
        return
    found = diff.compare(document, after)
    assert bool(found) == (document != after)
    assert len(found) <= 1
    assert len(diff.compare(after, document)) == len(found)
