"""HTML as people write it, with every tag closed that HTML closes by itself or that was forgotten."""

import re
from functools import lru_cache

from restock_desk.rendering.positions import VOID

_TAG = re.compile(r"""<!--(?:(?!<!--).)*?-->|<(/?)([A-Za-z][\w:-]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*?)(/?)>""", re.DOTALL)
_CELLS, _TERMS = ("td", "th"), ("dt", "dd")
_IMPLIED = {
    "li": (("li",), ("ul", "ol")),
    "td": (_CELLS, ("tr", "table")),
    "th": (_CELLS, ("tr", "table")),
    "tr": (("tr",), ("table",)),
    "dt": (_TERMS, ("dl",)),
    "dd": (_TERMS, ("dl",)),
}
"""Which open elements a tag closes, and which it does not reach through."""
_ENDS_P = frozenset(
    (
        "address", "blockquote", "center", "div", "dl", "fieldset", "form", "h1", "h2", "h3", "h4", "h5", "h6", "ol",
        "p", "pre", "section", "table", "ul",
    )
)  # fmt: skip
_SILENT = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "option", "tbody", "thead", "tfoot"})
"""HTML lets them be closed by what follows."""
_DEEP = 100


@lru_cache(maxsize=1024)
def balanced(html: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """The same HTML with every tag closed, and the tags that were not: where they stand, and how they read."""
    tags = list(_TAG.finditer(html))
    if _is_balanced(tags) or "<script" in html or "<style" in html:
        return html, ()
    out: list[str] = []
    told: list[tuple[int, str]] = []
    open_: list[tuple[str, int]] = []
    at = 0

    def close(down_to: int) -> None:
        while len(open_) > down_to:
            name, where = open_.pop()
            out.append(f"</{name}>")
            if name not in _SILENT:
                told.append((where, f"<{name}>"))

    for hit in tags:
        out.append(html[at : hit.start()])
        at = hit.end()
        name = (hit.group(2) or "").lower()
        if not name or name in VOID or hit.group(4):
            if name == "hr" and open_ and open_[-1][0] == "p":
                close(len(open_) - 1)
            out.append(hit.group())
        elif hit.group(1):
            place = next((n for n in range(len(open_) - 1, -1, -1) if open_[n][0] == name), -1)
            if place < 0:
                told.append((hit.start(), f"</{name}>"))
                continue
            close(place + 1)
            open_.pop()
            out.append(hit.group())
        else:
            close(_reach(name, [each for each, _ in open_]))
            out.append(hit.group())
            if len(open_) < _DEEP:
                open_.append((name, hit.start()))
    out.append(html[at:])
    close(0)
    return "".join(out), tuple(sorted(told))


def _reach(name: str, open_: list[str]) -> int:
    """How many of the open elements stay open when an element begins."""
    if name in _ENDS_P and open_ and open_[-1] == "p":
        return len(open_) - 1
    closes, stops = _IMPLIED.get(name, ((), ()))
    for place in range(len(open_) - 1, -1, -1):
        if open_[place] in closes:
            return place
        if open_[place] in stops:
            break
    return len(open_)


def _is_balanced(tags: list[re.Match[str]]) -> bool:
    open_: list[str] = []
    for hit in tags:
        name = (hit.group(2) or "").lower()
        if not name or name in VOID or hit.group(4):
            continue
        if not hit.group(1):
            open_.append(name)
        elif not open_ or open_.pop() != name:
            return False
    return not open_
