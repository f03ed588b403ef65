"""A body of HTML as rows: layout tables and boxes are walked through, what stands in them becomes blocks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from restock_desk.domain.document.tree import Node
from restock_desk.rendering.imports import html_blocks, html_tables, values
from restock_desk.rendering.imports.html_blocks import Spot
from restock_desk.rendering.imports.making import Making
from restock_desk.rendering.imports.notes import TOKEN
from restock_desk.rendering.imports.tree import Element, Text, words_of

BOXES = frozenset(
    [
        "div",
        "center",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "body",
        "form",
    ]
)
SILENT = frozenset(
    ["style", "script", "head", "title", "meta", "link", "base", "object", "embed", "iframe", "noscript", "map"]
)
_INHERITED = ("color", "font-size", "font-family", "font-weight", "line-height", "text-align", "font-style")
_BY_ATTRIBUTE = "-align"
"""That the side of words comes from an attribute."""
_LETTERS = {
    "b": {"font-weight": "bold"}, "strong": {"font-weight": "bold"}, "center": {"text-align": "center"},
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What a row's surroundings give it: background, padding, and the looks of words."""

    background: str = ""
    padding: tuple[float, float, float, float] = (0, 0, 0, 0)
    css: Mapping[str, str] = field(default_factory=dict)
    box: "Box | None" = None
    """A box inside the row, narrower than it."""

    def beside(self, other: "Frame") -> bool:
        """Whether blocks of both can stand in one row."""
        sides = (self.padding[1], self.padding[3]) == (other.padding[1], other.padding[3])
        return sides and self.background == other.background and self.box == other.box


@dataclass(frozen=True)
class Box:
    """A box with a ground or an edge of its own."""

    background: str
    padding: tuple[float, float, float, float]
    edge: float
    edge_color: str


@dataclass
class _Row:
    """A row that grows: blocks in one column. `above` and `below` are the room its surroundings leave."""

    frame: Frame
    above: float = 0
    below: float = 0
    blocks: list[Node] = field(default_factory=list)


class Rows:
    """Reads a body. Fills in settings: width, background, preheader."""

    def __init__(self, making: Making, settings: dict[str, Any]) -> None:
        self.m, self.settings = making, settings
        self.made: list[Node] = []
        self._row: _Row | None = None
        self.width = 600.0
        self._measured = False
        self._above = 0.0

    def read(self, body: Element) -> list[Node]:
        css = css_of(body)
        ground = background(body, css)
        self.settings["background"] = ground
        self.box(body, Frame(css={name: css[name] for name in _INHERITED if name in css}))
        self.flush()
        self.settings["width"] = values.within(self.width, 320, 900)
        return self.made

    def box(self, element: Element, frame: Frame) -> None:
        """Walks through an element that only arranges."""
        inside = self.enter(element, frame)
        self.begin(frame, inside)
        if inside.box is frame.box:
            self._above += inside.padding[0]
        loose: list[Element | Text] = []
        depth = 0
        for child in element.children:
            inside_words = child.words if isinstance(child, Text) and not child.comment else ""
            statements = sum(html_blocks.statements(inside_words, self.m.constructs))
            if depth == 0 and statements == 0 and isinstance(child, Element) and self.arranges(child):
                self.words(loose, inside)
                loose = []
                self._arranging(child, inside)
            elif isinstance(child, Element) and child.name in SILENT and child.name != "noscript":
                continue
            else:
                loose.append(child)
            depth = max(depth + statements, 0)
        self.words(loose, inside)
        if inside.box is frame.box:
            self._leave(inside)

    def enter(self, element: Element, frame: Frame) -> Frame:
        """The frame of what stands in an element."""
        css = css_of(element)
        ground = background(element, css)
        own = {name: css[name] for name in _INHERITED if name in css} | _LETTERS.get(element.name, {})
        above = aligned(element, css, own, frame.css)
        if "font-size" in own:
            size = values.pixels(own["font-size"], *(self._size(frame),) * 2)
            own["font-size"] = f"{size:g}px" if size else frame.css.get("font-size", "16px")
        self._measure(element, css)
        top, right, bottom, left = values.sides(css.get("padding", "")) or (0, 0, 0, 0)
        sides = [
            values.pixels(css.get(f"padding-{name}", "")) or usual
            for name, usual in zip(("top", "right", "bottom", "left"), (top, right, bottom, left), strict=True)
        ]
        padding = (
            min(sides[0], 60),
            min(frame.padding[1] + sides[1], 80),
            min(sides[2], 60),
            min(frame.padding[3] + sides[3], 80),
        )
        if ground == self.settings.get("background") and not frame.background:
            ground = ""
        looks = {**above, **own}
        if ground and frame.background and ground != frame.background and min(frame.padding[1], frame.padding[3]) >= 8:
            edge, shade = values.border(css.get("border", ""))
            top, right, bottom, left = (float(values.within(side, 0, 80) or 0) for side in sides)
            box = Box(ground, (top, right, bottom, left), edge, shade)
            return replace(frame, css=looks, box=box)
        return replace(frame, background=ground or frame.background, padding=padding, css=looks)

    def add(self, block: Node, frame: Frame) -> None:
        """One more block, in the row that is growing where its surroundings are the same."""
        row = self._row
        if row is None or not row.frame.beside(frame) or len(row.blocks) >= 90:
            self.flush()
            row = self._row = _Row(frame, self.above())
        elif row.blocks and self._above + row.below:
            row.blocks[-1] = self.m.lowered(row.blocks[-1], min(self.above() + row.below, 60))
            row.below = 0
        row.blocks.append(block)

    def begin(self, frame: Frame, inside: Frame) -> None:
        """Where a box with a ground begins, the room above it has the colour of the page."""
        if not self._above or frame.background or not inside.background:
            return
        self.flush()
        spacer = self.m.node("spacer", {"height": values.within(self._above, 1, 400)})
        self.made.append(self.m.row([spacer]))
        self._above = 0

    def _leave(self, frame: Frame) -> None:
        """A box ends: the room below its words."""
        row = self._row
        if row is not None and row.frame.background == frame.background and row.frame.box == frame.box:
            row.below += frame.padding[2]
        else:
            self._above += frame.padding[2]

    def above(self) -> float:
        """The room above what comes next, which is taken with that."""
        found, self._above = self._above, 0.0
        return found

    def flush(self) -> None:
        """The row that grows is done."""
        row, self._row = self._row, None
        if row is not None and row.blocks:
            if row.frame.box:
                row.blocks[-1] = self.m.lowered(row.blocks[-1], -16)
            box = row.frame.box
            column = {
                "style.background": box.background, "style.padding": box.padding, "style.borderWidth": box.edge,
                "style.borderColor": box.edge_color or None,
            } if box else {}  # fmt: skip
            look = self.look(row.frame, row.above, row.below)
            self.made.append(self.m.row(row.blocks, look, 0, column))

    def look(self, frame: Frame, top: float = 0, bottom: float = 0) -> dict[str, Any]:
        """How a row looks with so much room above and below."""
        _, right, _, left = frame.padding
        wide = self.width - right - left >= 200
        return {
            "style.padding": tuple(
                values.within(side, 0, 80)
                for side in (top or 16, right if wide else 24, bottom or 8, left if wide else 24)
            ),
            "style.background": frame.background,
            "style.align": "",
        }

    def words(self, parts: "list[Element | Text]", frame: Frame) -> None:
        """Text, pictures, links between boxes."""
        spot = Spot(self, frame.css, self.room(frame))
        for block in html_blocks.blocks(parts, spot):
            self.add(block, frame)

    def room(self, frame: Frame) -> float:
        inner = frame.box.padding[1] + frame.box.padding[3] + 2 * frame.box.edge if frame.box else 0
        return max(self.width - frame.padding[1] - frame.padding[3] - inner, 100)

    def arranges(self, element: Element) -> bool:
        """Whether an element only arranges others, so that one walks into it."""
        if element.name not in BOXES:
            return False
        if hidden(css_of(element)):
            return False
        return element.name != "div" or any(
            child.name in BOXES or child.name in html_blocks.PARTS for child in element.walk()
        )

    def _arranging(self, element: Element, frame: Frame) -> None:
        if element.name == "table":
            html_tables.table(self, element, frame)
        elif hidden(css_of(element)):
            self.words([element], frame)
        else:
            self.box(element, frame)

    def preheader(self, element: Element) -> bool:
        """Whether a hidden element is the mail's preheader, which then is a setting."""
        words = " ".join(TOKEN.sub(" ", words_of(element)).split())
        if "preheader" in self.settings or self.made or self._row is not None or not words:
            return False
        made = html_blocks.one_line(element, self.m)
        if made:
            self.settings["preheader"] = made
            self.m.journal.translated("the hidden text at the top", "It is the preheader now.", element.line)
        return bool(made)

    def _measure(self, element: Element, css: Mapping[str, str]) -> None:
        """The first width between that of a phone and of a wide mail is the mail's."""
        if self._measured or element.name not in ("table", "td", "div"):
            return
        for text in (css.get("max-width", ""), css.get("width", ""), element.get("width")):
            found = values.pixels(text)
            if found and not text.strip().endswith("%") and 320 <= found <= 900:
                self.width, self._measured = found, True
                return

    def _size(self, frame: Frame) -> float:
        return values.pixels(frame.css.get("font-size", "16px")) or 16


def css_of(element: Element) -> Mapping[str, str]:
    """The declarations of an element, those of the style sheet written into it before."""
    return values.declarations(element.get("style"))


def aligned(
    element: Element, css: Mapping[str, str], own: dict[str, str], above: Mapping[str, str]
) -> Mapping[str, str]:
    """The looks from above as far as they reach into an element; `own` gets its side.

    A side that an attribute says, or <center>, moves tables, but ends at a table that has a width.
    """
    table = element.name == "table"
    wide = css.get("width", "auto") != "auto" or bool(element.get("width"))
    if table and _BY_ATTRIBUTE in above and wide:
        above = {name: value for name, value in above.items() if name not in ("text-align", _BY_ATTRIBUTE)}
    side = element.get("align").lower()
    moves = element.name in ("td", "th", "div", "p", "tr") or (table and not wide)
    if "text-align" in css:
        above = {name: value for name, value in above.items() if name != _BY_ATTRIBUTE}
    elif side in ("left", "center", "right") and moves:
        own.update({"text-align": side, _BY_ATTRIBUTE: "yes"})
    elif element.name == "center":
        own[_BY_ATTRIBUTE] = "yes"
    return above


def background(element: Element, css: Mapping[str, str]) -> str:
    """The background colour of an element; empty for none."""
    text = css.get("background-color", "")
    if not text:
        parts = re.findall(r"rgba?\([^()]*\)|\S+", css.get("background", ""))
        text = next((part for part in parts if values.color(part)), element.get("bgcolor"))
    return values.color(text) or ""


def hidden(css: Mapping[str, str]) -> bool:
    return css.get("display", "").startswith("none") or css.get("visibility", "") == "hidden"


def is_pixel(element: Element) -> bool:
    """A picture of one point, there to be counted."""
    css = values.declarations(element.get("style"))
    sizes = [values.pixels(css.get(name, element.get(name))) for name in ("width", "height")]
    return all(size is not None and size <= 1 for size in sizes)
