"""Constructs as opaque words, so that MJML and the CSS inliner carry them along without reading them.

Statements in text travel as comments (an HTML parser never moves those). Afterwards every word that vanished, every
statement that doubled or changed places is told with its line.
"""

import re

from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering.pieces import Piece, Pieces, inner
from restock_desk.rendering.positions import Spot

_CONDITIONAL = re.compile(r"<!--\[if\b[^\]<>]*\]>(?!<!--)(?:(?!<!--\[if).)*?<!\[endif\]-->", re.DOTALL)


class Shield:
    """Hands out words and turns text that holds them back into pieces."""

    def __init__(self, source: str) -> None:
        prefix = "rdj"
        while prefix in source:
            prefix += "q"
        self._prefix = prefix
        self._word = re.compile(rf"{prefix}\d{{4,}}z")
        self._whole = re.compile(rf"(<!--{prefix}\d{{4,}}z-->|{prefix}\d{{4,}}z)")
        self._held: list[Piece] = []
        self._own: set[int] = set()

    def moved(self, lines: int) -> "Shield":
        """The same words, whose constructs stand so many lines further down."""
        made = Shield("")
        made._prefix, made._word, made._whole, made._own = self._prefix, self._word, self._whole, set(self._own)
        made._held = [Piece(piece.line + lines, piece.text) if piece.line else piece for piece in self._held]
        return made

    def hide(self, piece: Piece, own: bool = False) -> str:
        """A word for `piece`. `own` = made by us, so that nobody need be told when it vanishes."""
        number = len(self._held)
        self._held.append(piece)
        if own or piece.line == 0:
            self._own.add(number)
        return f"{self._prefix}{number:04d}z"

    def hide_at(self, piece: Piece, spot: Spot) -> str:
        """A word as it may stand at `spot`."""
        word = self.hide(piece)
        return f"<!--{word}-->" if piece.statement and spot.state == "text" else word

    def held(self, word: str) -> Piece:
        return self._held[int(word[len(self._prefix) : -1])]

    def only_word(self, comment: str) -> bool:
        """Whether a comment is a statement on its way, and nothing else."""
        return self._word.fullmatch(comment.removeprefix("<!--").removesuffix("-->")) is not None

    def covered(self, text: str) -> str:
        """The text as words alone, so that nobody reads it on the way."""
        made = []
        for part in self._whole.split(text):
            lines = "\n" * part.count("\n")
            made.append(
                part if not part or self._whole.fullmatch(part) else self.hide(Piece(0, part), own=True) + lines
            )
        return "".join(made)

    def has_statements(self, text: str) -> bool:
        """Whether statements are on their way in it."""
        return any(self.held(hit.group()).statement for hit in self._word.finditer(text))

    def only_words(self, text: str) -> str:
        """The words of a text and its line ends."""
        return "".join(re.findall(rf"{self._word.pattern}|\n", text))

    def split(self, text: str) -> list[str | Piece]:
        """Text and the pieces behind its words, in order."""
        parts: list[str | Piece] = []
        at = 0
        for hit in self._word.finditer(text):
            start, end = hit.span()
            if text.startswith("-->", end) and text.endswith("<!--", at, start):
                start, end = start - 4, end + 3
            if start > at:
                parts.append(text[at:start])
            parts.append(self.held(hit.group()))
            at = end
        if at < len(text):
            parts.append(text[at:])
        return parts

    def pieces(self, text: str) -> Pieces:
        """The text with its constructs back in their places."""
        found: list[Piece] = []
        for part in self.split(text):
            piece = part if isinstance(part, Piece) else Piece(0, part)
            if piece.line == 0 and found and found[-1].line == 0:
                piece = Piece(0, found.pop().text + piece.text)
            found.append(piece)
        return tuple(found)

    def flat(self, html: str) -> str:
        """Statements inside conditional comments as bare words: a comment cannot hold a comment."""
        return _CONDITIONAL.sub(lambda hit: self._bare(hit.group()), html) if "<!--[if" in html else html

    def _bare(self, text: str) -> str:
        return re.sub(rf"<!--({self._word.pattern})-->", r"\1", text) if self._prefix in text else text

    def losses(self, html: str) -> tuple[Problem, ...]:
        """What did not come through whole."""
        seen = [int(word[len(self._prefix) : -1]) for word in self._word.findall(html)]
        problems = [
            _lost(self._held[number], "disappears: nothing can stand at this place")
            for number in sorted(set(range(len(self._held))) - set(seen) - self._own)
        ]
        order = [number for number in seen if self._held[number].statement]
        for place, number in enumerate(order[1:], 1):
            if number <= order[place - 1]:
                words = "comes out twice" if number in order[:place] else "changes its place"
                problems.append(_lost(self._held[number], words))
                break
        return tuple(problems)


def _lost(piece: Piece, what: str) -> Problem:
    fix = "Move it into the text, or around a whole section, row or column."
    words = f"“{inner(piece.text)[:60]}” {what}."
    return Problem("mjml.lost", Severity.ERROR, words, "source", piece.line, fix)
