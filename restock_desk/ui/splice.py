"""The smallest element of a mail that holds all of a change, so that a picture need not read the whole mail again.

Pure text work on well-behaved HTML. Where anything is odd there is no splice, and the page checks what it is given.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""<!--.*?-->|<!--|<(style|script|title|textarea|xmp)\b[^>]*>.*?</\1\s*>|<![^>]*>|"""
    r"""<(/?)([A-Za-z][^\s/<>]*)(?:[^<>"']|"[^"]*"|'[^']*')*+>|<(?=[A-Za-z/!?])""",
    re.DOTALL | re.IGNORECASE,
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_HOLDERS = frozenset(
    ["td", "th", "tr", "table", "div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "a"]
)
"""Elements that read the same alone as in their place."""
_MOST = 16_000
"""A larger element is not worth it."""


@dataclass(frozen=True)
class Splice:
    """Element number `number` of `count` called `name`, in the order of the page, was `old` and becomes `new`."""

    name: str
    number: int
    count: int
    old: str
    new: str


@dataclass
class _Open:
    name: str
    start: int
    number: int


def splice(old: str, new: str) -> Splice | None:
    """How `old` becomes `new`; None where only the whole will do."""
    start, end = _same(old, new)
    stop = len(old) - end
    found = _around(old, start, stop)
    if found is None:
        return None
    name, number, count, at, till = found
    changed = new[at : till + len(new) - len(old)]
    shape = _shape(changed)
    if till - at > _MOST or len(changed) > _MOST or shape is None or shape != _shape(old[at:till]):
        return None  # other elements: what stands around them has a say
    return Splice(name, number, count, old[at:till], changed)


def _same(old: str, new: str) -> tuple[int, int]:
    """How many letters are the same at the beginning and at the end."""
    most = min(len(old), len(new))
    start = _common(most, lambda n: old[:n] == new[:n])
    return start, _common(most - start, lambda n: n == 0 or old[-n:] == new[-n:])


def _common(most: int, same: Callable[[int], bool]) -> int:
    """The largest number up to `most` for which it is so."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if same(middle) else (low, middle - 1)
    return low


def _around(html: str, start: int, stop: int) -> tuple[str, int, int, int, int] | None:
    """Name, number, count, beginning and end of the innermost element that holds start…stop in its content."""
    counts: dict[str, int] = {}
    stack: list[_Open] = []
    held: list[_Open] | None = None
    best: tuple[_Open, int] | None = None
    for hit in _TOKEN.finditer(html):
        if held is None and hit.end() > start:
            held = list(stack)  # what is open where the change begins
            if hit.start() < start and hit.group(3) is None:
                return None  # inside a comment, a style sheet or a title
        name = hit.group(3)
        if name is None:
            if hit.group() == "<" or hit.group().lower() == "<!--":
                return None
            continue
        name = name.lower()
        if hit.group(2):
            if name in _VOID:
                continue
            if not stack or stack[-1].name != name:
                return None
            opened = stack.pop()
            if best is None and held is not None and opened in held and hit.start() >= stop and name in _HOLDERS:
                best = opened, hit.end()
            continue
        number = counts.get(name, 0)
        counts[name] = number + 1
        if name not in _VOID:
            stack.append(_Open(name, hit.start(), number))
    if best is None or stack:
        return None
    opened, end = best
    return opened.name, opened.number, counts[opened.name], opened.start, end


def _shape(html: str) -> list[str] | None:
    """The tags in order, and what is no text whole; None where a tag is not closed."""
    shape = []
    for hit in _TOKEN.finditer(html):
        name = hit.group(3)
        if name is None and hit.group() in ("<", "<!--"):
            return None
        shape.append(hit.group() if name is None else hit.group(2) + name.lower())
    return shape
