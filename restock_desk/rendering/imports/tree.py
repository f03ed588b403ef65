"""A lenient reader of MJML and HTML: any text is a tree of elements with lines, however badly it is written.

No XML: entities, bare ampersands, doubled attributes, unclosed and stray tags are all borne. Linear in the text.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

from restock_desk.rendering.imports.notes import Journal

ELEMENTS_LIMIT = 6_000
DEPTH_LIMIT = 70
VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
_RAW = frozenset({"style", "script", "title", "textarea", "mj-style", "mj-title", "mj-preview"})
_MJML_TEXT = frozenset(
    {
        "mj-text", "mj-button", "mj-table", "mj-navbar-link", "mj-social-element", "mj-accordion-text", "mj-raw",
        "mj-accordion-title",
    }
)  # fmt: skip
"""Elements of MJML whose content is HTML: kept as text, read when it is wanted."""
_MJML_VOID = frozenset(
    {
        "mj-image", "mj-divider", "mj-spacer", "mj-carousel-image", "mj-font", "mj-all", "mj-breakpoint", "mj-include",
    }
)  # fmt: skip
"""Elements of MJML that hold nothing, whether they are closed or not."""
_CLOSED_BY = {
    "mj-column": frozenset({"mj-column", "mj-section", "mj-wrapper", "mj-hero"}),
    "mj-section": frozenset({"mj-section", "mj-wrapper", "mj-hero"}),
    "mj-hero": frozenset({"mj-section", "mj-wrapper", "mj-hero"}),
    "p": frozenset(
        [
            "p",
            "div",
            "table",
            "ul",
            "ol",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "blockquote",
            "pre",
            "hr",
            "section",
            "article",
            "header",
            "footer",
            "main",
            "center",
        ]
    ),
    "li": frozenset({"li"}),
    "tr": frozenset({"tr", "tbody", "thead", "tfoot"}),
    "td": frozenset({"td", "th", "tr", "tbody", "tfoot"}),
    "th": frozenset({"td", "th", "tr", "tbody", "tfoot"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "option": frozenset({"option"}),
}
_BARRIERS = frozenset({"table", "body", "html"})
_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[A-Za-z][^\s/>\"'<=]{0,60}")
_ATTRIBUTE = re.compile(r"""[\s/]*([^\s/>"'=<][^\s/>=]{0,80})(?:\s{0,20}=\s{0,20}("[^"]*"|'[^']*'|[^\s>"']*))?""")


@dataclass
class Element:
    """An element with its children: elements and text. `start` and `end` are where it stands in the source read."""

    name: str
    attributes: dict[str, str]
    line: int
    start: int = 0
    end: int = 0
    inner: tuple[int, int] = (0, 0)
    children: "list[Element | Text]" = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def elements(self) -> "Iterator[Element]":
        return (child for child in self.children if isinstance(child, Element))

    def walk(self) -> "Iterator[Element]":
        """All elements below, in reading order."""
        waiting: list[Element] = list(self.elements())[::-1]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(list(element.elements())[::-1])


@dataclass
class Text:
    """Words between tags, entities resolved; or a comment, whole."""

    words: str
    line: int
    start: int = 0
    end: int = 0
    comment: bool = False


class Reader:
    """Reads one source. `first` is the line of its first letter in the file."""

    def __init__(self, source: str, journal: Journal, mjml: bool, first: int = 1) -> None:
        self.source, self.journal, self.mjml = source, journal, mjml
        self.root = Element("", {}, first, 0, len(source), (0, len(source)))
        self._stack = [self.root]
        self._open: Counter[str] = Counter()
        self._line, self._counted = first, 0
        self._elements = 0
        self._deep = False
        self._never: set[str] = set()

    def read(self) -> Element:
        source, at, size = self.source, 0, len(self.source)
        while at < size:
            tag = source.find("<", at)
            if tag < 0:
                self._text(at, size)
                break
            at = self._tag(at, tag)
        for element in self._stack[1:]:
            element.end = size
            element.inner = (element.inner[0], size)
        return self.root

    def line(self, at: int) -> int:
        """The line of a place; places are asked for in their order."""
        if at > self._counted:
            self._line += self.source.count("\n", self._counted, at)
            self._counted = at
        return self._line

    def _tag(self, at: int, tag: int) -> int:
        """Reads what stands from `at` to behind the tag or comment at `tag`; returns where to go on."""
        source = self.source
        if source.startswith("<!--", tag):
            self._text(at, tag)
            end = source.find("-->", tag + 4)
            end = len(source) if end < 0 else end + 3
            self._add(Text(source[tag:end], self.line(tag), tag, end, comment=True))
            return end
        if source[tag + 1 : tag + 2] in ("!", "?"):
            self._text(at, tag)
            end = source.find(">", tag)
            if source.startswith("<![CDATA[", tag):
                end = source.find("]]>", tag)
                self._text(tag + 9, len(source) if end < 0 else end)
                return len(source) if end < 0 else end + 3
            return len(source) if end < 0 else end + 1
        closing = source[tag + 1 : tag + 2] == "/"
        name = _NAME.match(source, tag + 1 + closing)
        if not name:
            after = source.find("<", tag + 1)
            after = len(source) if after < 0 else after
            self._text(at, after)
            return after
        self._text(at, tag)
        if closing:
            end = source.find(">", name.end())
            end = len(source) if end < 0 else end + 1
            self._close(name.group().lower(), tag, end)
            return end
        return self._opening(name.group().lower(), tag, name.end())

    def _opening(self, name: str, tag: int, at: int) -> int:
        source = self.source
        line = self.line(tag)
        attributes: dict[str, str] = {}
        while True:
            hit = _ATTRIBUTE.match(source, at)
            if hit is None:
                break
            at = hit.end()
            key, value = hit.group(1).lower(), hit.group(2) or ""
            attributes.setdefault(key, unescape(value[1:-1] if value[:1] in ("'", '"') else value))
        broken = source.find("<", at)
        end = source.find(">", at, broken if broken >= 0 else len(source))
        closed = False
        if end < 0:
            self.journal.lost(f"<{name}", "This tag never ends; what stands behind its attributes is left out.", line)
            end = broken if broken >= 0 else len(source)
        else:
            closed = source[end - 1] == "/"
            end += 1
        self._elements += 1
        if self._elements > ELEMENTS_LIMIT:
            words = f"A template has at most {ELEMENTS_LIMIT:,} tags. What follows here is left out."
            self.journal.lost("the rest of the file", words, line)
            return len(source)
        element = Element(name, attributes, line, tag, end, (end, end))
        self._closes_others(name, tag)
        self._add(element)
        if closed and (name.startswith("mj-") or name in VOID or self.mjml):
            return end
        if name in VOID or (self.mjml and name in _MJML_VOID):
            return end
        if name in _RAW or (self.mjml and name in _MJML_TEXT):
            return self._whole(element)
        self._push(element)
        return end

    def _whole(self, element: Element) -> int:
        """An element whose content is taken as it stands, up to its end tag."""
        begin = element.inner[0]
        end = self._end_of(element.name, begin)
        if end < 0:
            if element.name in ("style", "script", "mj-style", "textarea", "title"):
                element.inner, element.end = (begin, len(self.source)), len(self.source)
                self.journal.lost(
                    f"<{element.name}>", "It is never closed, so all that follows belongs to it.", element.line
                )
                return len(self.source)
            after = self.source.find("<mj-", begin)
            closing = self.source.find("</mj-", begin)
            stops = [place for place in (after, closing) if place >= 0]
            end = min(stops) if stops else len(self.source)
            element.inner, element.end = (begin, end), end
            self.journal.kept(
                f"<{element.name}>", "It is never closed; it ends here where the next element begins.", element.line
            )
            return end
        element.inner = (begin, end)
        close = self.source.find(">", end)
        element.end = len(self.source) if close < 0 else close + 1
        return element.end

    def _end_of(self, name: str, begin: int) -> int:
        """Where the end tag of an element of raw content begins; -1 where there is none. Never looked for twice."""
        if name in self._never:
            return -1
        hit = re.compile(f"</{re.escape(name)}(?=[\\s>/]|$)", re.IGNORECASE).search(self.source, begin)
        if hit is None:
            self._never.add(name)
            return -1
        return hit.start()

    def _push(self, element: Element) -> None:
        if len(self._stack) > DEPTH_LIMIT:
            if not self._deep:
                words = (
                    f"Elements stand at most {DEPTH_LIMIT} deep in one another; deeper ones are kept beside each other."
                )
                self.journal.lost(f"<{element.name}>", words, element.line)
                self._deep = True
            return
        self._stack.append(element)
        self._open[element.name] += 1

    def _closes_others(self, name: str, at: int) -> None:
        while len(self._stack) > 1:
            last = self._stack[-1]
            if name not in _CLOSED_BY.get(last.name, ()):
                return
            self._pop(at, at)

    def _close(self, name: str, at: int, end: int) -> None:
        if not self._open[name]:
            return
        if name not in _BARRIERS and not self.mjml:
            for element in reversed(self._stack):
                if element.name == name:
                    break
                if element.name in _BARRIERS:
                    return  # a stray end tag inside a table does not close what stands around the table
        while self._stack[-1].name != name:
            self._pop(at, at)
        self._pop(at, end)

    def _pop(self, at: int, end: int) -> None:
        element = self._stack.pop()
        self._open[element.name] -= 1
        element.inner, element.end = (element.inner[0], at), end

    def _text(self, start: int, end: int) -> None:
        if end > start:
            words = self.source[start:end]
            self._add(Text(unescape(words) if "&" in words else words, self.line(start), start, end))

    def _add(self, part: "Element | Text") -> None:
        self._stack[-1].children.append(part)


def read(source: str, journal: Journal, mjml: bool = False, first: int = 1) -> Element:
    """The tree of a source; its root has no name."""
    return Reader(source, journal, mjml, first).read()


def words_of(element: Element) -> str:
    """All words in an element, blanks as they stand."""
    found: list[str] = []
    waiting: list[Element | Text] = [element]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Text):
            found += [] if part.comment else [part.words]
        elif part.name not in _RAW:
            waiting.extend(reversed(part.children))
    return "".join(found)


def written(parts: "list[Element | Text]") -> str:
    """Elements and words as HTML again, every element closed; comments go, but those for Outlook."""
    made: list[str] = []
    waiting: list[Element | Text | str] = list(reversed(parts))
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            made.append(part)
        elif isinstance(part, Text):
            made.append(
                (part.words if "[if" in part.words[:12] else "") if part.comment else escape(part.words, quote=False)
            )
        elif part.name not in ("script", "style", "title", "meta", "link", "base"):
            attributes = "".join(f' {name}="{escape(value)}"' for name, value in part.attributes.items())
            made.append(f"<{part.name}{attributes}>" if part.name not in VOID else f"<{part.name}{attributes} />")
            if part.name not in VOID:
                waiting.append(f"</{part.name}>")
                waiting.extend(reversed(part.children))
    return "".join(made)
