"""HTML inside a block of text as runs: words with marks, links, colours, sizes, and variables as atoms.

What no run can say raises Inexpressible; the caller keeps that HTML as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from restock_desk.domain.document.rich import MARKS, MOST_LETTERS, MOST_RUNS
from restock_desk.domain.document.tree import Json
from restock_desk.rendering.imports import expressions, values
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.notes import TOKEN, Constructs
from restock_desk.rendering.imports.tree import Element, Text

_INLINE = frozenset(
    [
        "span",
        "font",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "strike",
        "del",
        "ins",
        "a",
        "br",
        "small",
        "big",
        "center",
        "tt",
        "code",
        "abbr",
        "label",
        "sub",
        "sup",
        "mark",
        "q",
        "cite",
        "time",
        "wbr",
        "nobr",
        "o:p",
    ]
)
_BLOCKS = frozenset(
    ["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer", "blockquote", "address"]
)
_MARKED = {"b": "b", "strong": "b", "i": "i", "em": "i", "cite": "i", "u": "u", "ins": "u", "s": "s", "strike": "s"}
_MARKED |= {"del": "s"}
_GAP = re.compile(r"[ \t\n\r\f]+")
_GUARD = re.compile(r"\{%-?\s*if\s+links\.(preferences|browser)\s*-?%\}")
PARAGRAPH, LINE = "\n\n", "\n"


@dataclass(frozen=True)
class Style:
    """How the words at one place look."""

    marks: frozenset[str] = frozenset()
    link: Any = None
    color: str = ""
    size: float = 0
    ink: str = ""
    """The colour of the whole text: what a link inherits that is told to."""

    def run(self) -> dict[str, Json]:
        made: dict[str, Json] = {}
        if self.marks:
            made["m"] = tuple(mark for mark in MARKS if mark in self.marks)
        if self.link is not None:
            made["link"] = self.link
        if self.color:
            made["color"] = self.color
        if self.size:
            made["size"] = values.within(self.size, 8, 96)
        return made


class Runs:
    """Gathers the runs of one text. `alias` is the entry of the repeat it stands in."""

    def __init__(self, constructs: Constructs, alias: str = "", base: Style | None = None) -> None:
        self.constructs, self.alias = constructs, alias
        self.made: list[dict[str, Json]] = []
        self.base = base or Style()
        self._break = ""
        self._guards: list[str] = []

    def read(self, parts: "list[Element | Text]", style: Style | None = None) -> None:
        style = self.base if style is None else style
        for part in parts:
            if isinstance(part, Text):
                if not part.comment:
                    self.words(part.words, style)
                elif "mso" not in part.words and "endif" not in part.words and TOKEN.search(part.words):
                    raise Inexpressible
            else:
                self._element(part, style)

    def words(self, words: str, style: Style) -> None:
        """Words with constructs in them; blanks as HTML shows them."""
        at = 0
        for hit in TOKEN.finditer(words):
            self._literal(words[at : hit.start()], style)
            self._construct(self.constructs.found[int(hit.group(1))], style)
            at = hit.end()
        self._literal(words[at:], style)

    def finished(self) -> tuple[Mapping[str, Json], ...]:
        if self._guards:
            raise Inexpressible
        made = [run for run in self.made if run.get("t") != ""]
        while made and "t" in made[-1] and not str(made[-1]["t"]).strip(" \n"):
            made.pop()
        if made and "t" in made[-1]:
            made[-1] = {**made[-1], "t": str(made[-1]["t"]).rstrip(" \n")}
        if len(made) > MOST_RUNS or sum(len(str(run.get("t", ""))) for run in made) > MOST_LETTERS:
            raise Inexpressible
        return tuple(made)

    def breaks(self, kind: str) -> None:
        """What follows begins on a new line, or in a new paragraph."""
        if self.made and len(kind) > len(self._break):
            self._break = kind

    def _element(self, element: Element, style: Style) -> None:
        name = element.name
        if name in _INLINE:
            if name == "br":
                self._line()
                return
            if name in ("sub", "sup", "mark", "q", "code", "tt", "small", "big") and not _plain(element):
                raise Inexpressible
            self.read(element.children, self._inside(element, style))
        elif name in _BLOCKS:
            kind = LINE if name == "div" else PARAGRAPH
            self.breaks(kind)
            self.read(element.children, self._inside(element, style))
            self.breaks(kind)
        elif name not in ("style", "script", "title", "meta", "link", "mj-raw") or (
            name != "style" and TOKEN.search(element.get("href"))
        ):
            raise Inexpressible

    def _inside(self, element: Element, style: Style) -> Style:
        if element.get("class").find("rd-") >= 0 or element.attributes:
            css = values.declarations(element.get("style"))
        else:
            css = values.declarations("")
        if css.get("display", "").startswith("none") or "background" in css or "background-color" in css:
            raise Inexpressible
        marks = set(style.marks)
        if element.name in _MARKED:
            marks.add(_MARKED[element.name])
        marks |= _css_marks(css)
        if values.weight(css.get("font-weight", "")) == "400" and "b" not in self.base.marks:
            marks.discard("b")
        shade = values.token(element.get("class"), "ink") or values.color(css.get("color", element.get("color"))) or ""
        size = values.pixels(css.get("font-size", ""), style.size or 16, style.size or 16) or 0
        made = replace(
            style, marks=frozenset(marks), color=shade or style.color, size=size if 8 <= size <= 96 else style.size
        )
        if element.name == "a" and "href" in element.attributes:
            own = shade if shade != "$link" else ""
            if css.get("color", "").replace("!important", "").strip().lower() in ("inherit", "currentcolor", "unset"):
                own = style.color or style.ink
            marks.discard("u")  # links are underlined anyway
            link = address_of(element.get("href"), self.constructs, self.alias)
            made = replace(made, link=link, color=own or style.color, marks=frozenset(marks))
            if not link:
                made = replace(made, link=None)
        return made

    def _literal(self, words: str, style: Style) -> None:
        if not words:
            return
        indent = len(words) > 1 and not words.strip(" \t\n\r\f")
        words = _GAP.sub(" ", words)
        if words == " " and (self._break or not self.made or self._ends_open()):
            return
        if indent and style.link is not None and "t" in self.made[-1]:
            self.made[-1]["t"] = f"{self.made[-1]['t']} "  # a link with nothing but a blank in it would be empty
            return
        if words[0] == " " and (self._break or not self.made or self._ends_open()):
            words = words[1:]
        self._add({"t": words, **style.run()})

    def _ends_open(self) -> bool:
        """Whether a blank that comes now would not be seen."""
        return "t" in self.made[-1] and str(self.made[-1]["t"])[-1:] in (" ", "\n")

    def _line(self) -> None:
        if self._break or not self.made:
            return
        if "t" in self.made[-1]:
            self.made[-1]["t"] = str(self.made[-1]["t"]).rstrip(" ") + LINE
        else:
            self._add(
                {"t": LINE, **{key: part for key, part in self.made[-1].items() if key in ("m", "color", "size")}}
            )

    def _construct(self, construct: str, style: Style) -> None:
        if construct.startswith("{{"):
            self._add({**expressions.variable(construct), **style.run()})
            return
        hit = _GUARD.fullmatch(construct)
        if hit:  # our compiler leaves out a link that some mails do not have
            self._guards.append(hit.group(1))
        elif self._guards and expressions.words(construct)[0] == "endif":
            name = self._guards.pop()
            if not self.made or self.made[-1].get("link") != {"link": name}:
                raise Inexpressible
        else:
            raise Inexpressible

    def _add(self, run: dict[str, Json]) -> None:
        if self._break:
            if self.made and "t" in self.made[-1]:
                self.made[-1]["t"] = str(self.made[-1]["t"]).rstrip(" \n") + self._break
            elif self.made:
                self.made.append({"t": self._break})
            self._break = ""
        last = self.made[-1] if self.made else None
        if last is not None and "t" in run and "t" in last and {**run, "t": ""} == {**last, "t": ""}:
            last["t"] = f"{last['t']}{run['t']}"
        else:
            self.made.append(run)


def runs_of(
    parts: "list[Element | Text]", constructs: Constructs, alias: str = "", base: Style | None = None
) -> tuple[Mapping[str, Json], ...]:
    """The runs of some HTML. Raises Inexpressible."""
    made = Runs(constructs, alias, base)
    made.read(parts)
    return made.finished()


def plain_runs(text: str, constructs: Constructs) -> tuple[Mapping[str, Json], ...]:
    """Runs of a field without marks: words and variables on one line. Raises Inexpressible."""
    made = Runs(constructs)
    made.words(text, Style())
    return made.finished()


def address_of(text: str, constructs: Constructs, alias: str = "") -> Json:
    """A link: literal, variable or special. Raises Inexpressible for an address that is part word, part construct."""
    text = text.strip()
    construct = constructs.one(text)
    if construct.startswith("{{"):
        return expressions.address(construct, alias)
    if TOKEN.search(text):
        raise Inexpressible
    return values.address(text)


@lru_cache(maxsize=256)
def _css_marks_of(style: str, weight: str, decoration: str) -> frozenset[str]:
    found = set()
    if "italic" in style or "oblique" in style:
        found.add("i")
    if values.weight(weight) in ("600", "700", "800"):
        found.add("b")
    if "underline" in decoration:
        found.add("u")
    if "line-through" in decoration:
        found.add("s")
    return frozenset(found)


def _css_marks(css: Mapping[str, str]) -> frozenset[str]:
    decoration = css.get("text-decoration", css.get("text-decoration-line", ""))
    return _css_marks_of(css.get("font-style", ""), css.get("font-weight", ""), decoration)


def _plain(element: Element) -> bool:
    """Whether an element like <small> says nothing that is seen: it is empty."""
    return not element.children


def one_line(text: str) -> tuple[Mapping[str, Json], ...]:
    """A subject as an author types it, with {{ variables }}, as runs; what is no variable of ours stays as words."""
    constructs = Constructs()
    try:
        return plain_runs(constructs.hide(" ".join(text.split())), constructs)
    except Inexpressible:
        return ({"t": text},)
