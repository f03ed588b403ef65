"""HTML or MJML as a tree of elements with places. Never fails, whatever it is given, in time in proportion.

No judging here: what does not match up is only noted. Constructs of Jinja count as words.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
RAW = frozenset({"style", "script", "title", "textarea", "xmp", "mj-style", "mj-title", "mj-preview"})
IMPLIED = frozenset(
    {"p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "html", "head", "body"}
)
"""Elements that may end without saying so."""
_OPEN = re.compile(r"""<(?:(/?)([A-Za-z][^\s/<>"']*+)((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>)?|(!--)|[!?])""")
_ATTRIBUTE = re.compile(r"""([^\s=>"'/<]+)(?:\s*=\s*(?:"([^"<]*)"|'([^'<]*)'|([^\s"'<>]+)))?""")
_CONDITION = re.compile(r"\[if\s([^\]]*)\]>", re.IGNORECASE)
_BRACES = re.compile(r"\{\{|\{%|\{#")
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_MASK = str.maketrans("<>\"'", "\u2039\u203a\u201d\u2019")
_MARK = re.compile(r"(?:^|\s)rdl-(\d+)(?=\s|$)")
_BLOCK = re.compile(r"(?:^|\s)b-([\w-]+)(?=\s|$)")
DEPTH = 400
ELEMENTS = 6000
"""No mail that anybody reads has more."""
STRAYS = 50
"""After so many tags without a partner nobody reads on."""
SOME = 1000
"""Links, pictures and the like looked at one by one."""


@dataclass
class Element:
    """One start tag. `start` and `end` are its own ends in the text; `inside` begins its content."""

    name: str
    start: int
    end: int
    parent: "Element | None"
    tree: "Tree"
    outlook: bool = False
    """It stands in a comment that only Outlook on Windows reads."""
    closed: int = -1
    """Where its end tag begins; -1 without one."""
    children: list["Element"] = field(default_factory=list)

    @cached_property
    def attributes(self) -> dict[str, str]:
        """Names in lower case; what stands twice counts the first time. Constructs as they were written."""
        text, raw = self.tree.text, self.tree.raw
        found: dict[str, str] = {}
        for hit in _ATTRIBUTE.finditer(text, self.start + 1 + len(self.name), self.end - 1):
            group = next((n for n in (2, 3, 4) if hit.group(n) is not None), 0)
            value = unescape(raw[hit.start(group) : hit.end(group)]) if group else ""
            found.setdefault(hit.group(1).lower(), value)
        return found

    @property
    def tag(self) -> str:
        """The start tag as it was written."""
        return self.tree.raw[self.start : self.end]

    @property
    def line(self) -> int:
        """The author's line: of this text, or of the nearest element around it that carries a mark."""
        return self._marked(_MARK) if self.tree.marked else self.tree.line_of(self.start)

    @property
    def block(self) -> str:
        """The id of the document's node it was made from; empty outside documents."""
        at: Element | None = self
        while at is not None:
            hit = _BLOCK.search(at.attributes.get("class") or at.attributes.get("css-class") or "")
            if hit:
                return hit.group(1)
            at = at.parent
        return ""

    @property
    def ancestors(self) -> Iterator["Element"]:
        """Its parent first."""
        at = self.parent
        while at is not None:
            yield at
            at = at.parent

    @property
    def content_end(self) -> int:
        return self.closed if self.closed >= 0 else self.end

    @cached_property
    def words(self) -> str:
        """The text inside, without tags, blanks as one."""
        return self.tree.words(self.end, self.content_end)

    def _marked(self, mark: re.Pattern[str]) -> int:
        at: Element | None = self
        while at is not None:
            line = at.attributes.get("data-rdl", "")
            hit = mark.search(at.attributes.get("class", ""))
            if line.isdigit() or hit:
                return int(line) if line.isdigit() else int(hit.group(1) if hit else 0)
            at = at.parent
        return 0


@dataclass(frozen=True)
class Stray:
    """A tag that does not match: `kind` is unclosed, closes-nothing, unfinished or comment."""

    kind: str
    name: str
    at: int


class Tree:
    """The elements of a text in order. `marked` = lines come from marks the text carries, not from the text itself."""

    def __init__(self, raw: str, marked: bool = False) -> None:
        self.raw = raw
        self.text = masked(raw)
        self.marked = marked
        self.elements: list[Element] = []
        self.runs: list[tuple[Element | None, int, int]] = []
        """Text between tags: parent, start, end."""
        self.strays: list[Stray] = []
        self.comments: list[tuple[int, int]] = []
        _Builder(self).build()

    def named(self, *names: str) -> list[Element]:
        """All elements of these names, in order."""
        return (
            [each for name in names for each in self._by_name.get(name, ())]
            if len(names) > 1
            else (self._by_name.get(names[0], []))
        )

    def some(self, *names: str) -> list[Element]:
        """The first thousand of these names."""
        return self.named(*names)[:SOME]

    def around(self, at: int) -> Element | None:
        """The element whose start tag holds this place, else the last that begins before it."""
        number = bisect_right(self._starts, at)
        return self.elements[number - 1] if number else None

    def line_of(self, at: int) -> int:
        return bisect_right(self._lines, at)

    def words(self, start: int, end: int) -> str:
        """The text between two places, without tags."""
        first = bisect_right(self._run_starts, start - 1)
        parts = []
        for parent, begin, stop in self.runs[first:]:
            if begin >= end:
                break
            if parent is None or parent.name not in ("style", "script", "mj-style"):
                parts.append(self.raw[begin : min(stop, end)])
        return " ".join(unescape("".join(parts)).split())

    @cached_property
    def _by_name(self) -> dict[str, list[Element]]:
        found: dict[str, list[Element]] = {}
        for element in self.elements:
            found.setdefault(element.name, []).append(element)
        return found

    @cached_property
    def _starts(self) -> list[int]:
        return [element.start for element in self.elements]

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(hit.end() for hit in re.finditer("\n", self.raw))]

    @cached_property
    def _run_starts(self) -> list[int]:
        return [start for _, start, _ in self.runs]


def masked(text: str) -> str:
    """The text, equally long, with constructs that can no longer be taken for tags or ends of values."""
    parts: list[str] = []
    at, ended = 0, set[str]()
    for hit in _BRACES.finditer(text):
        if hit.start() < at or hit.group() in ended:
            continue
        close = _CLOSING[hit.group()]
        end = text.find(close, hit.end())
        if end < 0:
            ended.add(hit.group())
            continue
        parts += (text[at : hit.start()], text[hit.start() : end + 2].translate(_MASK))
        at = end + 2
    return "".join((*parts, text[at:]))


class _Builder:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.stack: list[Element] = []
        self.open: Counter[str] = Counter()
        self.outlook_until = 0

    def build(self) -> None:
        text, at = self.tree.text, 0
        elements = self.tree.elements
        hits = _OPEN.finditer(text)
        while (hit := next(hits, None)) is not None:
            if len(elements) >= ELEMENTS:
                return  # what comes behind is not looked at
            if hit.start() > at:
                self._text(at, hit.start())
            at = self._tag(hit) if hit.group(2) else self._comment(hit) if hit.group(4) else self._declared(hit)
            if at != hit.end():
                hits = _OPEN.finditer(text, at)
        if at < len(text):
            self._text(at, len(text))
        for element in self.stack:
            if element.name not in IMPLIED:
                self._stray(Stray("unclosed", element.name, element.start))

    def _stray(self, stray: Stray) -> None:
        if len(self.tree.strays) < STRAYS:
            self.tree.strays.append(stray)

    def _text(self, start: int, end: int) -> None:
        self.tree.runs.append((self.stack[-1] if self.stack else None, start, end))

    def _declared(self, hit: re.Match[str]) -> int:
        end = self.tree.text.find(">", hit.end())
        return len(self.tree.text) if end < 0 else end + 1

    def _comment(self, hit: re.Match[str]) -> int:
        text = self.tree.text
        end = text.find("-->", hit.end())
        if end < 0:
            self._stray(Stray("comment", "", hit.start()))
            return len(text)
        condition = _CONDITION.match(text, hit.end())
        if condition and "!" not in condition.group(1) and condition.end() < end:
            self.outlook_until = end
            return condition.end()
        self.tree.comments.append((hit.start(), end + 3))
        return end + 3

    def _tag(self, hit: re.Match[str]) -> int:
        closing, name, rest, _ = hit.groups()
        name, start, end = name.lower(), hit.start(), hit.end()
        if rest is None:
            self._stray(Stray("unfinished", name, start))
            return end
        outlook = start < self.outlook_until
        if not closing:
            return self._opened(name, start, end, outlook)
        if not outlook:
            self._close(name, start)
        return end

    def _opened(self, name: str, start: int, end: int, outlook: bool) -> int:
        text = self.tree.text
        if name in IMPLIED and self.stack and self.stack[-1].name == name and name != "p" and not outlook:
            self._pop(start)
        element = Element(name, start, end, self.stack[-1] if self.stack else None, self.tree, outlook)
        self.tree.elements.append(element)
        if element.parent is not None and not outlook:
            element.parent.children.append(element)
        if name in RAW:
            return self._raw(element, end)
        if not outlook and name not in VOID and text[end - 2] != "/" and len(self.stack) < DEPTH:
            self.stack.append(element)
            self.open[name] += 1
        return end

    def _raw(self, element: Element, at: int) -> int:
        text = self.tree.text
        hit = re.compile(rf"</{re.escape(element.name)}\s*>", re.IGNORECASE).search(text, at)
        stop = hit.start() if hit else len(text)
        if hit is None:
            self._stray(Stray("unclosed", element.name, element.start))
        element.closed = stop
        self.tree.runs.append((element, at, stop))
        return hit.end() if hit else stop

    def _close(self, name: str, at: int) -> None:
        if name in VOID:
            return
        if not self.open[name]:
            self._stray(Stray("closes-nothing", name, at))
            return
        while self.stack:
            element = self._pop(at)
            if element.name == name:
                return
            if element.name not in IMPLIED:
                self._stray(Stray("unclosed", element.name, element.start))

    def _pop(self, at: int) -> Element:
        element = self.stack.pop()
        self.open[element.name] -= 1
        element.closed = at
        return element
