"""Where a drop onto the mail is meant to go: from the blocks under the mouse to a target and a side. No widgets."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from restock_desk.domain.document import kinds, placing
from restock_desk.domain.document.placing import Where
from restock_desk.domain.document.tree import Document

_EDGE = 14


@dataclass(frozen=True)
class Box:
    """A block's place on the picture, in its own pixels from the top of what is seen."""

    id: str
    top: float
    bottom: float


@dataclass(frozen=True)
class Aim:
    target: str
    where: Where


def boxes(answer: object, document: Document) -> tuple[Box, ...]:
    """What the page says, as JSON, stands under a point, innermost first; strange answers and unknown ids are left
    out."""
    try:
        told = json.loads(answer) if isinstance(answer, str) else ()
    except (ValueError, RecursionError):
        told = ()
    found = []
    for one in told if isinstance(told, list) else ():
        shaped = isinstance(one, list) and len(one) == 5 and isinstance(one[0], str)
        if shaped and document.find(one[0]) and all(isinstance(side, int | float) for side in one[1:3]):
            found.append(Box(one[0], float(one[1]), float(one[2])))
    return tuple(found[:50])


def aim(document: Document, type: str, under: Sequence[Box], y: float, moving: str = "") -> Aim | None:
    """The target and side for a block of a type; None where it cannot go. `moving` is the block that is moved."""
    if moving and any(box.id == moving for box in under):
        return None
    level = kinds.level_of(type) or "content"
    for box in under:
        found = _at(document, type, level, box, y)
        if found is not None and placing.spot(document, type, found.target, found.where) is not None:
            return found
    if under:
        return None
    ends = Aim(document.body[-1].id, "after") if document.body else Aim("", "inside")
    return ends if placing.spot(document, type, ends.target, ends.where) is not None else None


def _at(document: Document, type: str, level: str, box: Box, y: float) -> Aim | None:
    node = document.find(box.id)
    if node is None:
        return None
    own = kinds.level_of(node.type) or "content"
    side: Where = "before" if y < (box.top + box.bottom) / 2 else "after"
    if level == own:
        return Aim(box.id, side)
    if level == "content":
        edge = own == "body" and (y < box.top + _EDGE or y > box.bottom - _EDGE)
        return Aim(box.id, side if edge else "inside")
    if level == "body":
        return None  # the row around is meant
    return Aim(box.id, "inside") if own == "body" else None
