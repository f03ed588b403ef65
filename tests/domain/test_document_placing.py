"""Where blocks go: beside, inside, between rows, one step up or down. Whatever is asked, the document stays valid."""

import random
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from restock_desk.domain.document import checking, kinds, operations, placing
from restock_desk.domain.document.placing import Spot, Where
from restock_desk.domain.document.tree import Document, DocumentFault, Node
from tests.documents import body_of, documents, numbered


def blank() -> Document:
    return kinds.blank("doc", "Test", numbered())


def text(id: str) -> Node:
    return Node(id, "text", MappingProxyType({"text": ({"t": id},)}))


def two_rows() -> Document:
    """s-a › c-a › a and s-b › c-b › b."""
    return body_of(text("a"), text("b"))


def test_a_block_dropped_on_another_stands_beside_it() -> None:
    assert placing.spot(two_rows(), "button", "a", "before") == Spot("c-a", "blocks", 0)
    assert placing.spot(two_rows(), "button", "a", "after") == Spot("c-a", "blocks", 1)


def test_a_block_between_rows_gets_a_section_of_its_own() -> None:
    document = two_rows()
    spot = placing.spot(document, "button", "s-a", "after")
    assert spot == Spot("", "body", 1, wrap=True)
    made, _ = operations.apply(document, placing.insert(spot, kinds.new("button", numbered("x")), numbered("y")))
    assert [node.type for node in made.body] == ["section", "section", "section"]
    assert made.body[1].children("columns")[0].children("blocks")[0].type == "button"


def test_a_block_inside_a_section_stands_in_its_first_column_with_room() -> None:
    assert placing.spot(two_rows(), "button", "s-b", "inside") == Spot("c-b", "blocks", 1)


def test_a_row_dropped_on_a_block_stands_beside_the_row_around() -> None:
    assert placing.spot(two_rows(), "section", "b", "before") == Spot("", "body", 1)


def test_a_column_has_no_place_in_the_body() -> None:
    assert placing.spot(two_rows(), "column", "", "inside") is None


def test_what_is_added_to_the_whole_mail_comes_above_the_footer() -> None:
    assert placing.spot(blank(), "section", "", "after") == Spot("", "body", 1)


def test_a_block_cannot_be_moved_into_itself() -> None:
    document = two_rows()
    assert placing.move(document, "s-a", "a", "after", numbered("x")) == ()
    assert placing.move(document, "s-a", "s-a", "after", numbered("x")) == ()


def test_a_step_at_the_edge_goes_into_the_next_row() -> None:
    made, _ = operations.apply(two_rows(), placing.step(two_rows(), "a", 1))
    assert [node.id for node in made.index["c-b"].node.children("blocks")] == ["a", "b"]
    back, _ = operations.apply(made, placing.step(made, "a", -1))
    assert back.body == two_rows().body


def test_the_first_block_cannot_step_up() -> None:
    assert placing.step(two_rows(), "a", -1) == ()


def test_a_copy_has_ids_of_its_own_and_stands_behind() -> None:
    edits, copy = placing.duplicate(two_rows(), "s-a", numbered("x"))
    made, _ = operations.apply(two_rows(), edits)
    assert [node.id for node in made.body] == ["s-a", copy, "s-b"]
    assert len(made.index) == len(two_rows().index) + 3


def test_pasted_blocks_follow_the_target_in_their_order() -> None:
    edits, last = placing.paste(two_rows(), [text("p"), text("q")], "a", numbered("x"))
    made, _ = operations.apply(two_rows(), edits)
    words = [node.get("text") for node in made.index["c-a"].node.children("blocks")]
    assert words == [({"t": "a"},), ({"t": "p"},), ({"t": "q"},)]
    assert made.index[last].index == 2


def test_after_a_removal_a_neighbour_is_under_the_cursor() -> None:
    assert placing.remove(two_rows(), "s-a")[1] == "s-b"
    assert placing.remove(two_rows(), "s-b")[1] == "s-a"
    assert placing.remove(two_rows(), "a")[1] == "c-a"


@settings(max_examples=60)
@given(documents(), st.integers(0, 10_000))
def test_whatever_is_moved_where_the_document_stays_valid(document: Document, seed: int) -> None:
    chance = random.Random(seed)
    ids = [*document.index, ""]
    new_id = numbered("fresh")
    for _ in range(6):
        id, target = chance.choice(ids), chance.choice(ids)
        sides: tuple[Where, ...] = ("before", "after", "inside")
        edits = placing.move(document, id, target, chance.choice(sides), new_id)
        made, undo = operations.apply(document, edits)
        checking.checked_whole(made)
        assert set(document.index) <= set(made.index)
        assert operations.apply(made, undo)[0].body == document.body


@settings(max_examples=60)
@given(documents(unknown=False), st.integers(0, 10_000))
def test_every_spot_that_is_offered_takes_the_block(document: Document, seed: int) -> None:
    chance = random.Random(seed)
    target = chance.choice([*document.index, ""])
    type = chance.choice([name for name in kinds.KINDS if name != "slot"])
    sides: tuple[Where, ...] = ("before", "after", "inside")
    spot = placing.spot(document, type, target, chance.choice(sides))
    if spot is None:
        return
    new = placing.insert(spot, kinds.new(type, numbered("fresh")), numbered("around"))
    try:
        made, _ = operations.apply(document, new)
    except DocumentFault as fault:
        if "deep" in fault.reason or "at most" in fault.reason:
            return  # a limit of the whole document
        raise
    checking.checked_whole(made)
