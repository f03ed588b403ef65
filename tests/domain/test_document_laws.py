"""The laws of documents: text in = text out, undo of do is nothing, edits of different things commute."""

import json

import pytest
from hypothesis import assume, given, settings

from restock_desk.domain.document import checking, kinds, operations, reading
from restock_desk.domain.document.operations import ABSENT, Insert, Move, Operation, Remove, Set
from restock_desk.domain.document.tree import Document, DocumentFault, freeze
from tests.documents import Maker, body_of, documents, makers, numbered

MODEST = settings(max_examples=50, deadline=None)
MANY = settings(max_examples=120, deadline=None)


@MODEST
@given(documents())
def test_a_document_comes_back_from_its_text_and_its_text_is_stable(document: Document) -> None:
    text = reading.serialise(document)
    again = reading.parse(text)
    assert again == document
    assert reading.serialise(again) == text
    assert text.endswith("}\n")
    assert len(text.encode()) <= document.weight


@MODEST
@given(documents())
def test_the_order_of_keys_in_a_file_does_not_matter(document: Document) -> None:
    raw = json.loads(reading.serialise(document), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert reading.serialise(reading.build(raw)) == reading.serialise(document)


def edit_of(document: Document, maker: Maker) -> Operation:
    """One edit of a document; not all are allowed."""
    every = list(document.index.values())
    what = maker.one(("set", "set", "setting", "insert", "remove", "move")) if every else "setting"
    if what == "setting":
        spec = maker.one(kinds.SETTINGS)
        return Set("doc", ("settings", *spec.path), maker.one((ABSENT, maker.value(spec))))
    place = maker.one(every)
    if what == "set":
        spec = maker.one((kinds.SETTINGS[0], *kinds.fields_of(place.node.type).values()))
        return Set(place.node.id, spec.path, maker.one((ABSENT, maker.value(spec))))
    if what == "remove":
        return Remove(place.node.id)
    target = maker.one(every)
    slot = maker.one((*kinds.slots_of(target.node), "blocks"))
    if what == "move":
        return Move(place.node.id, target.node.id, slot, maker.random.randint(0, 2))
    maker.new_id = numbered(f"new{maker.seed}-")
    return Insert(target.node.id, slot, maker.random.randint(0, 2), maker.node(tuple(kinds.KINDS), True, 3))


@MANY
@given(documents(), makers())
def test_undo_of_do_is_the_same_document_and_what_is_refused_changes_nothing(document: Document, maker: Maker) -> None:
    steps = [edit_of(document, maker) for _ in range(maker.random.randint(1, 3))]
    before = reading.serialise(document)
    try:
        after, back = operations.apply(document, steps)
    except DocumentFault:
        assert reading.serialise(document) == before
        return
    assert reading.parse(reading.serialise(after)) == after
    again, forth = operations.apply(after, back)
    assert reading.serialise(again) == before
    assert operations.apply(again, forth)[0] == after
    sent = [operations.from_json(json.loads(json.dumps(operations.to_json(step)))) for step in steps]
    assert operations.apply(document, sent)[0] == after


@MODEST
@given(documents(), makers())
def test_edits_of_different_things_commute(document: Document, maker: Maker) -> None:
    one, other = edit_of(document, maker), edit_of(document, Maker(maker.seed + 1))
    assume(_apart(document, one, other))
    try:
        a = operations.apply(document, [one, other])[0]
    except DocumentFault:
        with pytest.raises(DocumentFault):
            operations.apply(document, [other, one])
        return
    assert operations.apply(document, [other, one])[0] == a


def _apart(document: Document, one: Operation, other: Operation) -> bool:
    """Whether two edits concern different things: other fields, other lists, nothing inside what the other moves."""
    if isinstance(one, Set) and isinstance(other, Set):
        return (one.id, one.path[:1]) != (other.id, other.path[:1])
    return not _touched(document, one) & _touched(document, other)


def _touched(document: Document, edit: Operation) -> set[str]:
    if isinstance(edit, Set):
        return {edit.id}
    if isinstance(edit, Insert):
        return {edit.parent} | {node.id for node in edit.node.walk()}
    place = document.index[edit.id]
    found = {node.id for node in place.node.walk()} | {place.parent}
    return found | {edit.parent} if isinstance(edit, Move) else found


def test_an_edit_says_what_it_does() -> None:
    heading = kinds.new("heading", numbered())
    document = body_of(heading)
    said: dict[str, Operation] = {
        "Change text of heading": Set(heading.id, ("text", 0, "t"), "Hello"),
        "Remove heading": Remove(heading.id),
        "Change the subject": Set("doc", ("settings", "subject"), freeze([{"t": "Hi"}])),
        "Add button": Insert(f"c-{heading.id}", "blocks", 0, kinds.new("button", numbered("b"))),
    }
    for words, edit in said.items():
        assert operations.describe([edit], document) == words
        operations.apply(document, [edit])


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (Set("doc", ("id",), "other"), "cannot be set"),
        (Set("doc", ("body",), ()), "cannot be set"),
        (Set("n1", ("type",), "image"), "no properties"),
        (Set("n1", ("text", 9), {"t": "x"}), "does not have"),
        (Set("n1", ("text", 0), ABSENT), "without it"),
        (Set("n1", ("level", "deeper"), 1), "is a number"),
        (Set("n1", (), 1), "needs the name"),
        (Set("s-n1", ("columns",), ()), "not a property"),
        (Set("nobody", ("name",), "x"), "no block nobody"),
        (Insert("s-n1", "columns", 5, kinds.new("column", numbered("b"))), "no place 5"),
        (Insert("s-n1", "columns", 0, kinds.new("text", numbered("b"))), "cannot stand in"),
        (Insert("c-n1", "blocks", 0, kinds.new("text", numbered("n"))), "used twice"),
        (Insert("", "head", 0, kinds.new("section", numbered("b"))), "no place “head”"),
        (Move("s-n1", "c-n1", "blocks", 0), "into itself"),
        (Move("n1", "s-n1", "columns", 0), "cannot stand in"),
        (Remove("nobody"), "no block nobody"),
    ],
)
def test_a_wrong_edit_is_a_sentence(edit: Operation, says: str) -> None:
    document = body_of(kinds.new("heading", numbered()))
    with pytest.raises(DocumentFault, match=says):
        operations.apply(document, [edit])


def test_a_case_cannot_go_while_it_holds_blocks() -> None:
    document = body_of(kinds.new("branch", numbered()))
    branch = document.body[0]
    with pytest.raises(DocumentFault, match="no place"):
        operations.apply(document, [Set(branch.id, ("cases",), ())])
    inner = branch.children("case:0")[0]
    emptied, back = operations.apply(document, [Remove(inner.id), Set(branch.id, ("cases",), ())])
    assert emptied.body[0].slots == {}
    assert operations.apply(emptied, back)[0] == document


def test_too_many_too_deep_and_too_large_are_refused() -> None:
    ids = numbered()
    full = body_of(*(kinds.new("section", ids) for _ in range(250)))
    with pytest.raises(DocumentFault, match="500 blocks"):
        operations.apply(full, [Insert("", "body", 0, kinds.new("section", numbered("x")))])
    long = freeze([{"t": "x" * 19_000}])
    texts = [checking.checked_node(kinds.new("text", ids)) for _ in range(30)]
    document = body_of(*texts)
    with pytest.raises(DocumentFault, match="512 KB"):
        operations.apply(document, [Set(text.id, ("text",), long) for text in texts])


def test_typing_in_one_field_is_one_edit() -> None:
    one, other = Set("a", ("text", 0, "t"), "H"), Set("a", ("text",), ())
    assert operations.merges([one], [other])
    assert not operations.merges([one], [Set("b", ("text",), ())])
    assert not operations.merges([one], [Set("a", ("style", "size"), 9)])
    assert not operations.merges([one], [one, other])
