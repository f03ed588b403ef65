"""Where an import writes down what it did; and the constructs of a text, hidden from readers of markup."""

import re
from dataclasses import dataclass, field

from restock_desk.domain.document.imported import Note, Outcome

CONSTRUCTS_LIMIT = 4_000
_MOST_NOTES = 5_000
_CONSTRUCT = re.compile(r"\{\{[^{}]{1,2000}\}\}|\{%(?:[^{}%]|%(?!\})){1,2000}%\}|\{\#(?:[^#]|\#(?!\})){0,2000}\#\}")
"""No braces inside, so that a reader of a megabyte of them stays quick; text that has them is text."""
OPEN, CLOSE = "\ue000", "\ue001"
TOKEN = re.compile(OPEN + r"(\d+)" + CLOSE + "\n*")


@dataclass
class Journal:
    """Notes in the order things happen."""

    notes: list[Note] = field(default_factory=list)

    def add(self, outcome: Outcome, what: str, words: str, line: int = 0) -> None:
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(Note(outcome, " ".join(what.split())[:120], words, line))

    def translated(self, what: str, words: str, line: int = 0) -> None:
        self.add(Outcome.TRANSLATED, what, words, line)

    def kept(self, what: str, words: str, line: int = 0) -> None:
        self.add(Outcome.KEPT, what, words, line)

    def lost(self, what: str, words: str, line: int = 0) -> None:
        self.add(Outcome.LOST, what, words, line)


class Constructs:
    """The Jinja constructs of a text under tokens that no reader of markup stumbles over. Lines stay where they are."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def hide(self, text: str) -> str:
        """The text with a token for each construct; comments go, line ends inside a construct follow it."""
        if "{" not in text:
            return text
        return _CONSTRUCT.sub(self._hide, text)

    def show(self, text: str) -> str:
        """The text with its constructs back."""
        if OPEN not in text:
            return text
        return TOKEN.sub(lambda hit: self.found[int(hit.group(1))], text)

    def one(self, text: str) -> str:
        """The construct that a text consists of; empty where it is more, or none."""
        hit = TOKEN.fullmatch(text.strip())
        return self.found[int(hit.group(1))] if hit else ""

    def _hide(self, hit: re.Match[str]) -> str:
        construct = hit.group()
        lines = "\n" * construct.count("\n")
        if construct.startswith("{#"):
            return lines
        if len(self.found) >= CONSTRUCTS_LIMIT:
            return construct
        self.found.append(" ".join(construct.split("\n")))
        return f"{OPEN}{len(self.found) - 1}{CLOSE}{lines}"
