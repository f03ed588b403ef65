"""Saved blocks: linked ones follow, pinned ones stay, changes hold in their place, detached ones are copies."""

from restock_desk.domain.document import kinds, operations, saved
from restock_desk.domain.document.operations import Set
from restock_desk.domain.document.saved import SavedBlock
from restock_desk.domain.document.tree import Document, freeze
from tests.documents import body_of, numbered


def banner(words: str, version: int) -> SavedBlock:
    document = body_of(kinds.new("heading", numbered()))
    document, _ = operations.apply(document, [Set("n1", ("text",), freeze([{"t": words}]))])
    return saved.keeping("BANNER", "Banner", version, document.body[0])


SHELF = {1: banner("Spring", 1), 2: banner("Summer", 2)}


def library(id: str, version: int | None) -> SavedBlock | None:
    return SHELF.get(version or max(SHELF)) if id == "BANNER" else None


def placed(linked: bool) -> Document:
    document = body_of(kinds.new("footer", numbered("f")))
    return operations.apply(document, saved.placing(document, SHELF[1], "", "body", 0, numbered("x"), linked))[0]


def words(document: Document) -> str:
    shown = saved.resolved(document, document.body[0], library)
    assert shown
    return str(next(node for node in shown.walk() if node.type == "heading").get("text"))


def test_a_linked_block_shows_the_newest_and_a_pinned_one_its_own() -> None:
    assert "Summer" in words(placed(linked=True))
    pinned = placed(linked=False)
    assert "Spring" in words(pinned)
    assert "Summer" in words(operations.apply(pinned, saved.updating(pinned, pinned.body[0], 2))[0])


def test_ids_are_the_same_at_every_compile_and_differ_between_places() -> None:
    document = placed(linked=True)
    slot = document.body[0]
    twice = operations.apply(document, [operations.Insert("", "body", 1, saved.copied(slot, numbered("y")))])[0]
    shown = [saved.resolved(twice, one, library) for one in (slot, slot, twice.body[1])]
    assert shown[0] == shown[1]
    assert shown[0]
    assert shown[2]
    assert not {node.id for node in shown[0].walk()} & {node.id for node in shown[2].walk()}


def test_a_change_holds_in_its_place_only_and_can_be_taken_back() -> None:
    document = placed(linked=True)
    slot = document.body[0]
    changed, _ = operations.apply(document, saved.overriding(document, slot, "n1", "text", freeze([{"t": "Here"}])))
    assert "Here" in words(changed)
    back, _ = operations.apply(changed, saved.overriding(changed, changed.body[0], "n1", "text", None))
    assert back == document
    odd, _ = operations.apply(document, saved.overriding(document, slot, "n1", "style.size", "huge"))
    assert "Summer" in words(odd)


def test_a_detached_block_is_a_copy_with_ids_of_its_own() -> None:
    document = placed(linked=True)
    slot = document.body[0]
    hidden = Set(slot.id, ("when",), freeze({"var": "variant.stock", "op": "set"}))
    document, _ = operations.apply(document, [hidden])
    after, back = operations.apply(document, saved.detaching(document, document.body[0], library, numbered("d")))
    assert after.saved == {}
    assert after.body[0].type == "section"
    assert after.body[0].get("when") == {"var": "variant.stock", "op": "set"}
    assert operations.apply(after, back)[0] == document


def test_a_block_that_is_gone_shows_nothing() -> None:
    document = placed(linked=True)
    assert saved.resolved(document, document.body[0], lambda id, version: None) is None


def test_a_content_block_is_kept_as_a_row_that_looks_like_the_one_around_it() -> None:
    document = body_of(kinds.new("heading", numbered()), kinds.new("footer", numbered("f")))
    section = document.body[0]
    document, _ = operations.apply(
        document,
        [
            Set(section.id, ("style", "background"), "$brand"),
            Set(section.id, ("name",), "Top"),
            Set("n1", ("when",), freeze({"var": "variant.stock", "op": "lt", "value": 5})),
        ],
    )
    heading = document.find("n1")
    assert heading
    row = saved.row_of(document, heading, library, numbered("k"))
    assert (row.type, row.get("style.background"), row.get("name")) == ("section", "$brand", None)
    assert [node.type for node in row.walk()] == ["section", "column", "heading"]
    assert not {node.id for node in row.walk()} & set(document.index)
    kept = saved.keeping("TOP", "Top", 1, row)
    edits = saved.replacing(document, "n1", kept, numbered("r"))
    after, undo = operations.apply(document, edits)
    assert [node.type for node in after.body] == ["slot", "section"]
    assert saved.entry_of(after, after.body[0]) == ("TOP", 1, True)
    assert operations.apply(after, undo)[0] == document


def test_a_block_among_others_of_its_row_is_not_replaced() -> None:
    first = body_of(kinds.new("heading", numbered()))
    column = first.body[0].children("columns")[0]
    both, _ = operations.apply(first, [operations.Insert(column.id, "blocks", 1, kinds.new("text", numbered("t")))])
    assert saved.replacing(both, "n1", SHELF[1], numbered("r")) == ()


def test_a_saved_block_inside_what_is_kept_becomes_its_own() -> None:
    branch = kinds.new("branch", numbered("b"))
    document = Document(id="d", body=(branch,))
    document, _ = operations.apply(document, saved.placing(document, SHELF[1], branch.id, "case:0", 0, numbered("x")))
    row = saved.row_of(document, document.body[0], library, numbered("k"))
    assert "slot" not in [node.type for node in row.walk()]
    assert "Summer" in str([node.get("text") for node in row.walk()])


def test_a_linked_block_can_stay_with_its_version() -> None:
    document = placed(linked=True)
    stays, _ = operations.apply(document, saved.updating(document, document.body[0], 1, linked=False))
    assert "Spring" in words(stays)
