"""Addresses in the plain text of a body block: where its HTML counts a link, the text counts the same one."""

import re
from collections.abc import Iterator

from restock_desk.rendering.pieces import Piece, Pieces, inner

_COUNTED = re.compile(r"\{\{ (?P<term>.+?)(?P<utm>\|_utm\(.*?\))?\|_track\((?P<number>\d+), ", re.DOTALL)


def counted(text: Pieces, html: Pieces, links: tuple[str, ...], first: int, line: int) -> Pieces:
    """The text's pieces with constructs of the HTML for the addresses both have; all constructs at `line`.

    `links` are what the counted links of `html` lead to, from number `first` on.
    """
    by_term, by_address = _known(html, links, first)
    made: list[Piece] = []
    for piece in text:
        if piece.line == 0:
            made += _cut(piece.text, by_address, line)
        else:
            made.append(Piece(line, by_term.get(inner(piece.text).strip(), piece.text)))
    return tuple(made)


def _known(html: Pieces, links: tuple[str, ...], first: int) -> tuple[dict[str, str], dict[str, str]]:
    """The constructs of counted links by their expression, and by the address where that is written out."""
    by_term: dict[str, str] = {}
    by_address: dict[str, str] = {}
    for piece in html:
        found = _COUNTED.match(piece.text) if piece.line else None
        if found is None:
            continue
        term = found["term"].removeprefix("(").removesuffix(")") if found["utm"] else found["term"]
        at = int(found["number"]) - first
        if term.startswith("(") and term.endswith(")"):
            by_term.setdefault(term[1:-1].strip(), piece.text)
        elif 0 <= at < len(links):
            by_address.setdefault(links[at], piece.text)
    return by_term, by_address


def _cut(words: str, by_address: dict[str, str], line: int) -> Iterator[Piece]:
    """Words with each “(address)” that is counted as a construct."""
    if by_address and "(http" in words:
        either = "|".join(re.escape(address) for address in sorted(by_address, key=len, reverse=True))
        before = 0
        for found in re.finditer(rf"(?<=\()(?:{either})(?=\))", words):
            yield Piece(0, words[before : found.start()])
            yield Piece(line, by_address[found.group()])
            before = found.end()
        words = words[before:]
    if words:
        yield Piece(0, words)
