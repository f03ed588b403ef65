"""What came of reading a template of another make: the document, and line by line what was changed, kept or lost."""

from dataclasses import dataclass, replace
from enum import StrEnum

from restock_desk.domain.document.tree import Document


class Outcome(StrEnum):
    TRANSLATED = "translated"
    KEPT = "kept"
    """Still there, but not as a block or variable of ours: HTML, a name nobody knows, a style sheet."""
    LOST = "lost"


@dataclass(frozen=True)
class Note:
    """One thing an import did. `what` is the thing as the file names it; `line` counts from 1, 0 for the whole file.

    `count`: how often the same happened; `line` is then that of the first time.
    """

    outcome: Outcome
    what: str
    words: str
    line: int = 0
    count: int = 1


Notes = tuple[Note, ...]


@dataclass(frozen=True)
class Imported:
    """`source` is the same template as text of its own kind (`mjml` or `html`), merge tags translated."""

    document: Document
    notes: Notes
    kind: str
    source: str

    def of(self, outcome: Outcome) -> Notes:
        return tuple(note for note in self.notes if note.outcome is outcome)


def gathered(notes: Notes, most: int = 400) -> Notes:
    """Each thing once, with how often it happened, in the order of lines; losses come first to stay when many."""
    found: dict[tuple[Outcome, str, str], Note] = {}
    for note in notes:
        key = (note.outcome, note.what, note.words)
        old = found.get(key)
        if old is None:
            found[key] = note
        else:
            found[key] = replace(old, count=old.count + note.count, line=min(old.line, note.line))
    rank = {Outcome.LOST: 0, Outcome.KEPT: 1, Outcome.TRANSLATED: 2}
    kept = sorted(found.values(), key=lambda note: rank[note.outcome])[:most]
    return tuple(sorted(kept, key=lambda note: (note.line, rank[note.outcome])))


def told(notes: Notes) -> str:
    """How many of each, in a few words."""
    many = {outcome: sum(note.count for note in notes if note.outcome is outcome) for outcome in Outcome}
    words = {
        Outcome.TRANSLATED: "translated",
        Outcome.KEPT: "kept as HTML or under its own name",
        Outcome.LOST: "lost",
    }
    return ", ".join(f"{many[outcome]} {words[outcome]}" for outcome in Outcome if many[outcome]) or "nothing to report"
