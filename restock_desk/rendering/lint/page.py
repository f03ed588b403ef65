"""The finished HTML of a draft with each element's look: what is inherited, what lies behind, what darkness changes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from restock_desk.rendering.lint import colors
from restock_desk.rendering.lint.colors import BLACK, WHITE, Rgb
from restock_desk.rendering.lint.selectors import Selector, matching
from restock_desk.rendering.lint.sheets import Declaration, Sheet, declarations, sheet
from restock_desk.rendering.lint.tree import Element, Tree

_LENGTH = re.compile(r"^(-?\d*\.?\d+)(px|pt|em|rem|%|)$")
_KEYWORDS = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0, "xx-large": 32.0
}  # fmt: skip
_HEADINGS = {"h1": 32.0, "h2": 24.0, "h3": 18.7, "h4": 16.0, "h5": 13.3, "h6": 10.7}
_BOLD = frozenset({"b", "strong", "th", *_HEADINGS})
_DARK = re.compile(r"prefers-color-scheme\s*:\s*dark")
_SILENT = frozenset({"head", "style", "script", "title", "template", "noscript"})
_FAINT = 0.1
_SEEN = 3.0
"""Pixels from which letters are seen."""


@dataclass(frozen=True)
class Look:
    """How text in an element looks. `ground` None = a picture or gradient lies behind."""

    color: Rgb = BLACK
    ground: Rgb | None = WHITE
    size: float = 16.0
    weight: int = 400
    hidden: bool = False

    @property
    def large(self) -> bool:
        """In WCAG's sense: 24 px, or 18.66 px bold."""
        return self.size >= 24 or (self.size >= 18.66 and self.weight >= 700)


@dataclass(frozen=True)
class Run:
    """Visible text and how it looks."""

    element: Element
    text: str
    look: Look

    @property
    def size(self) -> float:
        return self.look.size


class Page:
    """`html` carries marks of the author's lines."""

    def __init__(self, html: str) -> None:
        self.tree = Tree(html, marked=True)

    @cached_property
    def sheets(self) -> tuple[tuple[Element, Sheet], ...]:
        """Each style element that not only Outlook reads, with its rules; the first 40 KB of them."""
        found: list[tuple[Element, Sheet]] = []
        room = 40_000
        for element in self.tree.named("style"):
            text = self.tree.raw[element.end : element.content_end]
            if room > 0 and not element.outlook:
                found.append((element, sheet(text[:room] if len(text) > room else text)))
            room -= len(text)
        return tuple(found)

    @property
    def has_dark_rules(self) -> bool:
        return bool(self._dark_rules)

    def style(self, element: Element) -> dict[str, str]:
        """The declarations of its style attribute; the last of a name counts."""
        return {each.name: each.value for each in declarations(element.attributes.get("style", ""))}

    @cached_property
    def runs(self) -> list[Run]:
        """Visible text in the light, in order."""
        return list(self._runs(dark=False))

    @cached_property
    def dark_runs(self) -> list[Run]:
        """Visible text as the author's own dark rules make it."""
        return list(self._runs(dark=True))

    def height(self, element: Element) -> float:
        """About how high a box around one line of text is."""
        style, size = self.style(element), self._looks(dark=False)[id(element)].size
        line = style.get("line-height", "normal")
        number = float(line) if re.fullmatch(r"\d*\.?\d+", line) else 0.0
        high = number * size if number else (_pixels(line, size) or 1.2 * size)
        top, bottom = _ends(style, size)
        return high + top + bottom

    def _runs(self, dark: bool) -> Iterator[Run]:
        looks = self._looks(dark)
        for parent, start, end in self.tree.runs:
            if parent is None or parent.name in _SILENT:
                continue
            text = " ".join(self.tree.raw[start:end].split())
            if not text or not any(c.isalnum() for c in text.replace("&nbsp;", "").replace("&zwnj;", "")):
                continue
            look = looks.get(id(parent))
            if look is not None and not look.hidden and look.size >= _SEEN:
                yield Run(parent, text, look)

    def _looks(self, dark: bool) -> dict[int, Look]:
        return self._dark_looks if dark else self._light_looks

    @cached_property
    def _light_looks(self) -> dict[int, Look]:
        return self._computed({})

    @cached_property
    def _dark_looks(self) -> dict[int, Look]:
        changes: dict[int, dict[str, str]] = {}
        for selector, found in self._dark_rules:
            for element in matching(selector, self.tree):
                inline = element.attributes.get("style", "")
                for each in found:
                    if each.important or each.name not in inline:
                        changes.setdefault(id(element), {})[each.name] = each.value
        return self._computed(changes)

    @cached_property
    def _dark_rules(self) -> list[tuple[Selector, tuple[Declaration, ...]]]:
        rules: list[tuple[Selector, tuple[Declaration, ...]]] = []
        for _, each in self.sheets:
            for rule in each.rules:
                if any(_DARK.search(condition) for condition in rule.media):
                    rules += [
                        (selector, rule.declarations) for text in rule.selectors if (selector := Selector.of(text))
                    ]
        return sorted(rules, key=lambda rule: rule[0].weight)

    def _computed(self, changes: dict[int, dict[str, str]]) -> dict[int, Look]:
        looks: dict[int, Look] = {}
        start = Look()
        for element in self.tree.elements:
            around = looks.get(id(element.parent), start) if element.parent is not None else start
            style = self.style(element)
            if id(element) in changes:
                style = {**style, **changes[id(element)]}
            looks[id(element)] = _look(element, style, around)
        return looks


def _look(element: Element, style: dict[str, str], around: Look) -> Look:
    size = _size(element, style, around.size)
    ground = _ground(element, style, around.ground)
    color = _color(element, style, around, ground)
    hidden = around.hidden or _hidden(style, color is None) or "hidden" in element.attributes
    look = replace(around, size=size, ground=ground, color=color or around.color, hidden=hidden)
    weight = style.get("font-weight", "")
    if element.name in _BOLD or weight:
        bold = weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= 700)
        look = replace(look, weight=700 if bold or (not weight and element.name in _BOLD) else 400)
    return look


def _color(element: Element, style: dict[str, str], around: Look, ground: Rgb | None) -> Rgb | None:
    """The text's colour; None when it is as good as transparent."""
    written = style.get("color", "") or element.attributes.get("color" if element.name == "font" else "text", "")
    if not written and element.name == "a" and "href" in element.attributes:
        written = "#0000ee"
    parsed = colors.parse(written.strip()) if written else None
    if parsed is None:
        return around.color
    if parsed[1] < _FAINT:
        return None
    return colors.over(parsed, ground or WHITE)


def _ground(element: Element, style: dict[str, str], around: Rgb | None) -> Rgb | None:
    shorthand = style.get("background", "")
    if "url(" in shorthand or "gradient(" in shorthand or element.attributes.get("background"):
        return None
    image = style.get("background-image", "none")
    if "url(" in image or "gradient(" in image:
        return None
    written = style.get("background-color") or _first_color(shorthand) or element.attributes.get("bgcolor", "")
    parsed = colors.parse(_hashed(written)) if written else None
    if parsed is None:
        return around
    if parsed[1] >= 1:
        return parsed[0]
    return None if around is None else colors.over(parsed, around)


def _hashed(text: str) -> str:
    """`bgcolor` may leave out the #."""
    return f"#{text}" if re.fullmatch(r"[0-9a-fA-F]{6}", text) else text.strip()


def _first_color(shorthand: str) -> str:
    for word in re.findall(r"[a-z-]+\([^)]*\)|[^\s,()]+", shorthand):
        if colors.parse(word) is not None:
            return str(word)
    return ""


def _hidden(style: dict[str, str], transparent: bool) -> bool:
    """Whether all that is inside is hidden, too. A size of nothing is not: MJML writes it around text of any size."""
    return (
        transparent
        or style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("mso-hide") == "all"
        or style.get("opacity") in ("0", "0.0", "0%")
        or (style.get("max-height", "") in ("0", "0px") and "hidden" in style.get("overflow", ""))
    )


def _size(element: Element, style: dict[str, str], around: float) -> float:
    written = style.get("font-size", "")
    if written in _KEYWORDS:
        return _KEYWORDS[written]
    size = _pixels(written, around)
    if size is not None:
        return size
    if element.name in _HEADINGS and not written:
        return _HEADINGS[element.name]
    return around * 0.83 if element.name in ("small", "sub", "sup") and not written else around


def _pixels(text: str, around: float) -> float | None:
    hit = _LENGTH.match(text.strip())
    if not hit or (not hit.group(2) and float(hit.group(1))):
        return None
    scale = {"px": 1.0, "pt": 4 / 3, "em": around, "rem": 16.0, "%": around / 100, "": 1.0}[hit.group(2)]
    return float(hit.group(1)) * scale


def _ends(style: dict[str, str], size: float) -> tuple[float, float]:
    """Padding above and below."""
    parts = style.get("padding", "0").split()
    top, bottom = (parts[0], parts[2] if len(parts) > 2 else parts[0]) if parts else ("0", "0")
    top, bottom = style.get("padding-top", top), style.get("padding-bottom", bottom)
    edges = [_edge(style.get(f"border-{side}", style.get("border", ""))) for side in ("top", "bottom")]
    return (_pixels(top, size) or 0.0) + edges[0], (_pixels(bottom, size) or 0.0) + edges[1]


def _edge(border: str) -> float:
    """A border's width in pixels."""
    return next((width for part in border.split() if (width := _pixels(part, 16.0))), 0.0)
