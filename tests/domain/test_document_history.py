"""Undo and redo, and typing that is one step."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings

from restock_desk.domain.document import kinds, reading
from restock_desk.domain.document.history import MOST_STEPS, History
from restock_desk.domain.document.operations import ABSENT, Remove, Set
from restock_desk.domain.document.tree import Document, DocumentFault, freeze
from tests.documents import Maker, body_of, documents, makers, numbered
from tests.domain.test_document_laws import edit_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def typed(words: str, id: str = "n1") -> Set:
    return Set(id, ("text",), freeze([{"t": words}] if words else []))


def started() -> History:
    return History(body_of(kinds.new("text", numbered()), kinds.new("heading", numbered("h"))))


def test_typing_within_a_second_is_one_step_and_a_pause_begins_another() -> None:
    history = started()
    first = history.document
    for n, word in enumerate(("H", "He", "Hel")):
        history = history.do([typed(word)], after(n * 0.9))
    history = history.do([typed("Hello")], after(4))
    assert [step.label for step in history.done] == ["Change text of text"] * 2
    assert history.undo().undo().document == first
    assert history.undo().undo().redo().redo().document == history.document


def test_another_field_another_block_a_save_or_an_undo_end_the_typing() -> None:
    history = started().do([typed("a")], NOW).do([typed("a", "h1")], NOW).do([typed("ab", "h1")], NOW)
    assert len(history.done) == 2
    history = history.close().do([typed("abc", "h1")], NOW)
    assert len(history.done) == 3
    history = history.undo().do([typed("abd", "h1")], NOW)
    assert len(history.done) == 3
    assert history.undone == ()
    history = history.do([Set("h1", ("style", "size"), 30)], NOW).do([Set("h1", ("style", "size"), ABSENT)], NOW)
    assert len(history.done) == 4


def test_a_clock_that_goes_back_begins_a_new_step() -> None:
    assert len(started().do([typed("a")], after(5)).do([typed("ab")], NOW).done) == 2


def test_the_oldest_steps_are_forgotten() -> None:
    history = started()
    for n in range(MOST_STEPS + 5):
        history = history.do([typed(f"{n}")], after(n * 10))
    assert len(history.done) == MOST_STEPS


def test_nothing_to_undo_is_nothing() -> None:
    history = started()
    assert history.undo() is history
    assert history.redo() is history


@settings(max_examples=30)
@given(documents(), makers())
def test_back_and_forth_through_any_history_is_exact(document: Document, maker: Maker) -> None:
    history = History(document)
    seen = [reading.serialise(document)]
    for n in range(6):
        try:
            made = history.do([edit_of(history.document, Maker(maker.seed + n))], after(n * maker.one((0.1, 5))))
        except DocumentFault:
            continue
        if len(made.done) == len(history.done):
            seen.pop()
        history = made
        seen.append(reading.serialise(history.document))
    for text in reversed(seen[:-1]):
        history = history.undo()
        assert reading.serialise(history.document) == text
    for text in seen[1:]:
        history = history.redo()
        assert reading.serialise(history.document) == text


def test_a_removed_block_comes_back_where_it_was() -> None:
    history = started()
    assert history.do([Remove("s-n1")], NOW).undo().document == history.document
