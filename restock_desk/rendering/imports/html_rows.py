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
_LETTERS = {
    "b": {"font-weight": "bold"}, "strong": {"font-weight": "bold"}, "center": {"text-align": "center"},
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What a row's surroundings give it: background, padding, and the looks of words."""

    background: str = ""
    padding: tuple[float, float, float, float] = (0, 0, 0, 0)
    css: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Row:
    """A row that grows: blocks in one column."""

    frame: Frame
    blocks: list[Node] = field(default_factory=list)


class Rows:
    """Reads a body. Fills in settings: width, background, preheader."""

    def __init__(self, making: Making, settings: dict[str, Any]) -> None:
        self.m, self.settings = making, settings
        self.made: list[Node] = []
        self._row: _Row | None = None
        self.width = 600.0
        self._measured = False

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

    def enter(self, element: Element, frame: Frame) -> Frame:
        """The frame of what stands in an element."""
        css = css_of(element)
        ground = background(element, css)
        own = {name: css[name] for name in _INHERITED if name in css} | _LETTERS.get(element.name, {})
        side = element.get("align").lower()
        if side in ("left", "center", "right") and element.name in ("td", "th", "div", "p", "tr"):
            own.setdefault("text-align", side)
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
        return replace(frame, background=ground or frame.background, padding=padding, css={**frame.css, **own})

    def add(self, block: Node, frame: Frame) -> None:
        """One more block, in the row that is growing where its surroundings are the same."""
        if self._row is None or self._row.frame.background != frame.background or len(self._row.blocks) >= 90:
            self.flush()
            self._row = _Row(frame)
        self._row.blocks.append(block)

    def flush(self) -> None:
        """The row that grows is done."""
        row, self._row = self._row, None
        if row is not None and row.blocks:
            self.made.append(self.m.row(row.blocks, self.look(row.frame), 0))

    def look(self, frame: Frame) -> dict[str, Any]:
        top, right, bottom, left = frame.padding
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
        return max(self.width - frame.padding[1] - frame.padding[3], 100)

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
