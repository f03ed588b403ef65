"""Where in HTML each construct stands: in text, a tag, an attribute's value, a comment, a style sheet, a script."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.pieces import Piece

_NAME = re.compile(r"/?[A-Za-z][^\s/>]*")
_ATTRIBUTE = re.compile(r"""([^\s=>"'/]+)(?:(\s*=\s*)(["'])?)?""")
_WHOLE = re.compile(r"""<(/?[A-Za-z][^\s/<>]*)(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""")
"""A tag in one piece. No “<” inside, here and elsewhere: a search that fails then ends at the next tag."""
_UNQUOTED = re.compile(r"[^\s>]*")
_RAW = {"script", "style", "textarea", "title", "xmp"}
_RAW_MJML = _RAW | {"mj-style", "mj-title", "mj-preview"}
VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
"""Elements of HTML that hold nothing."""
_IMPLIED = {"p", "li", "tr", "td", "th", "dt", "dd", "option"}
DEPTH_LIMIT = 200
"""Elements inside elements. The native engines overflow their stack somewhere above 5,000."""
TABLE_PARTS = frozenset({"table", "tbody", "thead", "tfoot", "tr", "mj-table"})


@dataclass(frozen=True)
class Spot:
    """`state`: text, comment, tag, quoted, unquoted, raw. `element` is the tag, raw element or innermost parent."""

    state: str
    element: str = ""
    attribute: str = ""
    opening: bool = True
    """Of an attribute: whether the construct stands at the very beginning of the value."""


def spots(pieces: tuple[Piece, ...], mjml: bool) -> Iterator[tuple[Piece, Spot | None]]:
    """Each piece in order, constructs with their spot, literal text with None."""
    place = _START
    for piece in pieces:
        if piece.line == 0:
            place = _after(place, piece.text, mjml)
            yield piece, None
        else:
            yield piece, place.spot()
            place = place._replace(began=False)


class _Place(NamedTuple):
    """Where reading stands. `stack` are the open elements, outermost first."""

    state: str
    element: str
    attribute: str
    quote: str
    began: bool
    stack: tuple[str, ...]

    def spot(self) -> Spot:
        if self.state == "text":
            return Spot("text", self.stack[-1] if self.stack else "")
        if self.state == "raw":
            return Spot("raw", self.element)
        attribute = self.attribute if self.state in ("quoted", "unquoted") else ""
        return Spot(self.state, self.element, attribute, self.began)


_START = _Place("text", "", "", "", True, ())


@lru_cache(maxsize=2048)
def _after(place: _Place, text: str, mjml: bool) -> _Place:
    """Where reading stands behind a literal text: most of them did not change since the last time."""
    scanner = _Scanner(place, _RAW_MJML if mjml else _RAW)
    scanner.feed(text)
    return _Place(scanner.state, scanner.element, scanner.attribute, scanner.quote, scanner.began, tuple(scanner.stack))


class _Scanner:
    def __init__(self, place: _Place, raw: set[str]) -> None:
        self.raw = raw
        self.state, self.element, self.attribute, self.quote, self.began, _ = place
        self.stack = list(place.stack)

    def feed(self, text: str) -> None:
        at = 0
        while at < len(text):
            at = getattr(self, f"_{self.state}")(text, at)

    def _text(self, text: str, at: int) -> int:
        at = text.find("<", at)
        if at < 0:
            return len(text)
        if text.startswith("<!--", at):
            if text.startswith("<!-->", at):
                return at + 5
            if text.startswith("<!--[if", at):  # Outlook reads inside: so do we
                return at + 7
            self.state = "comment"
            return at + 4
        whole = _WHOLE.match(text, at)
        if whole:
            self.element = whole.group(1).lower()
            self._end_of_tag(closed=text[whole.end() - 2] == "/")
            return whole.end()
        name = _NAME.match(text, at + 1)
        if name:
            self.state, self.element, self.attribute = "tag", name.group().lower(), ""
            return name.end()
        if at + 1 == len(text) or text.endswith("</"):
            self.state, self.element, self.attribute = "tag", "", ""
            return len(text)
        if text[at + 1] in "!?":
            end = text.find(">", at)
            return len(text) if end < 0 else end + 1
        return at + 1

    def _comment(self, text: str, at: int) -> int:
        end = text.find("-->", at)
        if end < 0:
            return len(text)
        self.state = "text"
        return end + 3

    def _tag(self, text: str, at: int) -> int:
        char = text[at]
        if char == ">":
            self._end_of_tag(closed=text[at - 1 : at] == "/")
            return at + 1
        if char in "\"'":
            self.state, self.quote, self.began = "quoted", char, True
            return at + 1
        found = _ATTRIBUTE.match(text, at)
        if not found:
            return at + 1
        self.attribute = found.group(1).lower()
        if found.group(3):
            self.state, self.quote, self.began = "quoted", found.group(3), True
        elif found.group(2):
            self.state, self.began = "unquoted", True
        return found.end()

    def _quoted(self, text: str, at: int) -> int:
        end = text.find(self.quote, at)
        if end < 0:
            self.began = self.began and not text[at:].strip()
            return len(text)
        self.state = "tag"
        return end + 1

    def _unquoted(self, text: str, at: int) -> int:
        found = _UNQUOTED.match(text, at)
        end = found.end() if found else at
        self.began = self.began and end == at
        if end < len(text):
            self.state = "tag"
        return end

    def _raw(self, text: str, at: int) -> int:
        end = re.compile(f"</{re.escape(self.element)}", re.IGNORECASE).search(text, at)
        if end is None:
            return len(text)
        self.state = "text"
        return end.start()

    def _end_of_tag(self, closed: bool) -> None:
        name = self.element
        self.state = "text"
        if name.startswith("/"):
            if name[1:] in self.stack:
                while self.stack.pop() != name[1:]:
                    pass
        elif name in self.raw and not closed:
            self.state = "raw"
        elif name not in VOID and not closed and not (name in _IMPLIED and self.stack[-1:] == [name]):
            self.stack.append(name)
            if len(self.stack) > DEPTH_LIMIT:
                raise TemplateFault("The elements are nested too deeply, or never closed.", "tpl.size")
