"""The path of a value in a template's context: `subscriber.first_name`, `items.0.product.title`, `item.variant.stock`.

Parts are joined by dots; a number is a place in a list; a part may hold blanks (`subscriber.attributes.Shoe size`).
"""

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}\Z")
_EDGE = r"[^\s.\"'`{}\[\]()<>%#\\|\x00-\x1f\x7f]"
_PART = re.compile(rf"{_EDGE}(?:[^.\"'`{{}}\[\]()<>%#\\|\t\r\n\x00-\x1f\x7f]{{0,58}}{_EDGE})?\Z")
_WORDS = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "elif", "for", "endfor", "endif", "true", "false", "none", "True"}
    | {"False", "None", "set", "block", "loop", "self", "super"}
)
MOST_PARTS = 6


def fault(path: object) -> str:
    """What is wrong with a path, as a sentence; empty for a good one."""
    if not isinstance(path, str) or not path:
        return "A variable needs a path such as subscriber.first_name."
    first, *rest = path.split(".")
    if len(rest) >= MOST_PARTS:
        return f"A path has at most {MOST_PARTS} parts."
    if not _NAME.match(first) or first in _WORDS:
        return f"A path begins with a name such as subscriber, not with “{first[:40]}”."
    bad = [part for part in rest if not _PART.match(part)]
    return f"“{bad[0][:40]}” cannot be a part of a path." if bad else ""


def parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def reach(context: Mapping[str, object], path: str) -> object:
    """The value at a path of plain data; None where it or anything on the way is missing."""
    found: object = context
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list | tuple):
            found = found[int(part)] if part.isdecimal() and len(part) < 6 and int(part) < len(found) else None
        else:
            return None
    return found


def is_name(part: str) -> bool:
    """Whether a part can follow a dot in an expression; others stand in brackets."""
    return bool(_NAME.match(part))
