"""A mail's HTML cut into the template's own text and one person's values, for providers that merge on their side.

Only constructs that stand outside of all blocks are cut at; a loop or a condition is one value, worked out here.
"""

from functools import lru_cache

from restock_desk.domain.handover import Merge
from restock_desk.domain.templates import Context
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.pieces import Piece, Pieces

_CUT = "\x1e"
_OPENS, _CLOSES = ("for", "if", "with"), ("endfor", "endif", "endwith")
_WORTH = 0.5
"""Where values are more than this part of the HTML, merging saves too little to be worth a second way."""


def merged(compiled: CompiledTemplate, context: Context, identity: Identity, html: str) -> Merge | None:
    """`html`, which this template, context and identity gave, cut in two. None where that cannot be or saves little.

    The values are rendered by the same program with the template's own text taken out, so they are what stands in
    `html`, byte for byte; that is checked here for every mail.
    """
    literals, hollow = _cut(compiled.parts["html"])
    part = compiled.html_of(hollow, context, identity)
    _, *values = part.split(_CUT)
    values[-1:] = []
    if len(values) != len(literals) - 1 or sum(map(len, values)) > _WORTH * len(html):
        return None
    whole = literals[0] + "".join(value + literal for value, literal in zip(values, literals[1:], strict=True))
    return Merge(literals, tuple(values)) if whole == html else None


@lru_cache(maxsize=16)
def _cut(pieces: Pieces) -> tuple[tuple[str, ...], Pieces]:
    """The texts outside of all blocks, and the pieces with a mark in place of each. Text stands first and last."""
    literals: list[str] = []
    hollow: list[Piece] = []
    depth = 0
    for piece in (Piece(0, ""), *pieces, Piece(0, "")):
        word = piece.text[2:].lstrip("-+ \n\t").split(None, 1)[0].rstrip("-+%}") if piece.statement else ""
        depth -= word in _CLOSES
        if piece.line or depth:
            hollow.append(piece)
        elif hollow and hollow[-1] == Piece(0, _CUT):
            literals[-1] += piece.text
        else:
            literals.append(piece.text)
            hollow.append(Piece(0, _CUT))
        depth += word in _OPENS
    return tuple(literals), tuple(hollow)
