"""What was done and can be undone. Pure: every change gives a new history, and the clock is passed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from restock_desk.domain.document import operations
from restock_desk.domain.document.operations import Operation, Operations, Set
from restock_desk.domain.document.tree import Document

TYPING_S = 1.0
"""Typing in one field is one step as long as no pause is longer than this."""
MOST_STEPS = 500


@dataclass(frozen=True)
class Step:
    """One thing a person did: its name, its edits, those that take it back, and when it was last added to."""

    label: str
    do: Operations
    undo: Operations
    at: datetime


@dataclass(frozen=True)
class History:
    """A document with the steps that led to it and those that were taken back. The oldest is forgotten."""

    document: Document
    done: tuple[Step, ...] = ()
    undone: tuple[Step, ...] = ()
    closed: bool = True
    """Whether the last step is finished, so that typing on begins another: after undo, a save, another field."""

    def do(self, edits: Sequence[Operation], at: datetime, label: str = "") -> "History":
        """Apply edits as one step, or as part of the last one if it is typing on in the same field. May raise."""
        document, undo = operations.apply(self.document, edits)
        last = self.done[-1] if self.done and not self.closed else None
        if last and 0 <= (at - last.at).total_seconds() <= TYPING_S and operations.merges(last.do, edits):
            step = Step(last.label, _as_one(document, last.do[0]), last.undo, at)
            return History(document, (*self.done[:-1], step), (), closed=False)
        step = Step(label or operations.describe(edits, self.document), tuple(edits), undo, at)
        return History(document, (*self.done, step)[-MOST_STEPS:], (), closed=False)

    def undo(self) -> "History":
        """The history one step back; the same where nothing can be undone."""
        if not self.done:
            return self
        step = self.done[-1]
        document, _ = operations.apply(self.document, step.undo)
        return History(document, self.done[:-1], (*self.undone, step))

    def redo(self) -> "History":
        """The history with the last undone step done again; the same where there is none."""
        if not self.undone:
            return self
        step = self.undone[-1]
        document, _ = operations.apply(self.document, step.do)
        return History(document, (*self.done, step), self.undone[:-1])

    def close(self) -> "History":
        """The same, with the last step finished."""
        return replace(self, closed=True)


def _as_one(document: Document, first: Operation) -> Operations:
    """Several edits of one field as the one that gives its present value."""
    assert isinstance(first, Set)
    field = operations.field_path(first.path)
    return (Set(first.id, field, operations.value_at(document, first.id, field)),)
