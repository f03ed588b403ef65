"""The smallest element of a mail that holds all of a change, so that a picture need not read the whole mail again.

Pure text work on well-behaved HTML. Where anything is odd there is no splice, and the page checks what it is given.
"""

import re
from bisect import bisect_left
from collections import OrderedDict
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


@dataclass(frozen=True)
class _Tags:
    """The tags of a mail in order, and with an empty name what is no text and no tag either. Where they begin and end.

    `counts` are the elements of each name in the whole mail, whose elements all end where they should.
    """

    starts: list[int]
    ends: list[int]
    names: list[str]
    closes: list[bool]
    counts: dict[str, int]


_KEPT = 4
_known: OrderedDict[str, _Tags | None] = OrderedDict()


def splice(old: str, new: str) -> Splice | None:
    """How `old` becomes `new`; None where only the whole will do. GUI thread only: what was read of them is kept."""
    start, end = _same(old, new)
    if old not in _known:
        _keep(old, _nested(_tags(old)))
    tags = _known[old]
    found = _around(tags, start, len(old) - end) if tags is not None else None
    if tags is None or found is None:
        return None
    name, number, at, till = found
    by = len(new) - len(old)
    changed = new[at : till + by]
    if till - at > _MOST or len(changed) > _MOST:
        return None
    inside = _tags(changed)
    first, behind = bisect_left(tags.starts, at), bisect_left(tags.starts, till)
    if inside is None or _shape(changed, inside) != _shape(old, tags, first, behind):
        return None  # other elements: what stands around them has a say
    _keep(
        new,
        _Tags(
            [*tags.starts[:first], *(n + at for n in inside.starts), *(n + by for n in tags.starts[behind:])],
            [*tags.ends[:first], *(n + at for n in inside.ends), *(n + by for n in tags.ends[behind:])],
            tags.names,
            tags.closes,
            tags.counts,
        ),
    )
    return Splice(name, number, tags.counts[name], old[at:till], changed)


def _keep(html: str, tags: _Tags | None) -> None:
    _known[html] = tags
    while len(_known) > _KEPT:
        _known.popitem(last=False)


def _tags(html: str) -> _Tags | None:
    """None where a tag or a comment is not closed."""
    found = _Tags([], [], [], [], {})
    for hit in _TOKEN.finditer(html):
        name = hit.group(3)
        if name is None and hit.group() in ("<", "<!--"):
            return None
        found.starts.append(hit.start())
        found.ends.append(hit.end())
        found.names.append(name.lower() if name else "")
        found.closes.append(bool(hit.group(2)))
    return found


def _nested(tags: _Tags | None) -> _Tags | None:
    """The same with its counts; None where an element does not end where it should."""
    stack: list[str] = []
    for name, closes in zip(tags.names, tags.closes, strict=True) if tags else ():
        if not name or (closes and name in _VOID):
            continue
        if not closes:
            tags.counts[name] = tags.counts.get(name, 0) + 1  # type: ignore[union-attr]  # there are tags
            if name not in _VOID:
                stack.append(name)
        elif not stack or stack.pop() != name:
            return None
    return None if stack else tags


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


def _around(tags: _Tags, start: int, stop: int) -> tuple[str, int, int, int] | None:
    """Name, number, beginning and end of the innermost element that holds start…stop in its content."""
    counts: dict[str, int] = {}
    stack: list[tuple[str, int, int]] = []
    held: list[tuple[str, int, int]] | None = None
    for at, till, name, closes in zip(tags.starts, tags.ends, tags.names, tags.closes, strict=True):
        if held is None and till > start:
            held = list(stack)  # what is open where the change begins
            if at < start and not name:
                return None  # inside a comment, a style sheet or a title
        if not name or (closes and name in _VOID):
            continue
        if closes:
            opened = stack.pop()
            if held is not None and opened in held and at >= stop and name in _HOLDERS:
                return *opened, till
            continue
        number = counts.get(name, 0)
        counts[name] = number + 1
        if name not in _VOID:
            stack.append((name, number, at))
    return None


def _shape(html: str, tags: _Tags, first: int = 0, behind: int | None = None) -> list[tuple[str, bool] | str]:
    """The tags in order, and what is no text whole."""
    which = slice(first, behind)
    parts = zip(tags.starts[which], tags.ends[which], tags.names[which], tags.closes[which], strict=True)
    return [(name, closes) if name else html[at:till] for at, till, name, closes in parts]
