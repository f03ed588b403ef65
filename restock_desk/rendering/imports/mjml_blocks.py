"""What stands in an mj-column as blocks. Whatever no block can hold becomes an HTML block."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

from restock_desk.domain.document.tree import Node
from restock_desk.rendering.imports import mjml_compound, mjml_texts, tree, values
from restock_desk.rendering.imports.attributes import Attributes
from restock_desk.rendering.imports.css import inlined
from restock_desk.rendering.imports.expressions import Inexpressible, condition
from restock_desk.rendering.imports.flow import Choice, Item, Loop, Raw
from restock_desk.rendering.imports.making import Making
from restock_desk.rendering.imports.runs import address_of, plain_runs
from restock_desk.rendering.imports.tree import Element, Text

_DARK = re.compile(r'<tr class="rd-dark".{0,400}?<img src="([^"]{0,2100})"', re.DOTALL)


@dataclass(frozen=True)
class Place:
    """One element to be read: its attributes resolved, the inner width of its column."""

    element: Element
    resolved: Mapping[str, str]
    width: float

    @property
    def line(self) -> int:
        return self.element.line

    @property
    def classes(self) -> str:
        return self.resolved.get("css-class", "")

    @property
    def padding(self) -> tuple[float | int, ...]:
        return values.space(self.resolved, whole=self.width)

    def get(self, name: str) -> str:
        return self.resolved.get(name, "")

    def align(self, otherwise: str = "left") -> str:
        found = self.get("align")
        return found if found in ("left", "center", "right") else otherwise


class Blocks:
    """Reads the blocks of a column."""

    def __init__(self, making: Making, attributes: Attributes) -> None:
        self.m, self.attributes = making, attributes
        self._deep = 0

    def read(self, items: list[Item], width: float) -> list[Node]:
        """All blocks of a flow. Conditions become those of each block."""
        made: list[Node] = []
        for item in items:
            if isinstance(item, Element):
                made += self._element(item, width)
            elif isinstance(item, Raw):
                made += self._raw(item, made)
            elif isinstance(item, Loop):
                text = "A loop inside a column that stands beside others cannot be kept: what it repeated is here once."
                self.m.journal.lost(f"{{% for {item.words} %}}", text, item.line)
                made += self.read(item.inside, width) + self.read(item.empty, width)
            else:
                made += self._choice(item, width)
        return made

    def inner(self, element: Element) -> "list[Element | Text]":
        """The HTML in an element of MJML, read."""
        start, end = element.inner
        line = element.line + self.m.source.count("\n", element.start, start)
        root = tree.read(self.m.source[start:end], self.m.journal, first=line)
        if self.m.sheet.longest:
            cell = Element("td", {"class": self.attributes.of(element).get("css-class", "")}, line)
            inlined(root, self.m.sheet, (cell, Element("div", {}, line)))
        return root.children

    def inner_text(self, element: Element) -> str:
        return self.m.source[element.inner[0] : element.inner[1]]

    def props(self, place: Place, **more: Any) -> dict[str, Any]:
        """What every block has: padding, who sees it, what is different on phones."""
        made: dict[str, Any] = {"style.padding": place.padding, **more}
        names = place.classes.split()
        if "rd-phone" in names or "rd-phone-cell" in names:
            made["visibility.desktop"] = False
        if "rd-desk" in names:
            made["visibility.mobile"] = False
        changes: dict[str, Any] = {}
        for name in names:
            changes |= self.m.phone.get(name, {})
        if "rd-wide" in names:
            changes["fullWidth"] = True
        made |= {f"mobile.{key}": value for key, value in changes.items()}
        return made

    def font(self, place: Place, usual: str = "$body") -> str | None:
        """The token of the place's font; told where it is none of the brand's."""
        stack = place.get("font-family")
        token, same = values.font(stack, self.m.brand)
        if not same and stack:
            name = stack.split(",")[0].strip(" \"'")[:60]
            self.m.journal.lost(f"the font {name}", "Fonts come from the brand kit; its own is used.", place.line)
        return token or (usual if same else None)

    def _element(self, element: Element, width: float) -> list[Node]:
        place = Place(element, self.attributes.of(element), width)
        read = _READERS.get(element.name)
        if read is None:
            return self._unknown(element, width)
        if "rd-" not in place.classes:
            self.m.silence.tell(element, place.resolved, self.m.journal)
        behind = place.get("container-background-color") and "rd-" not in place.classes
        if behind and element.name not in ("mj-text", "mj-list"):
            self.m.journal.lost("container-background-color", "Only a text has a background of its own.", place.line)
        try:
            made = read(self, place)
        except Inexpressible:
            made = self.as_html(place)
        return self._above(place) + made if made else []

    def _above(self, place: Place) -> list[Node]:
        """Room above an element that is more than a block's padding holds."""
        top = values.pixels(place.get("padding-top") or (place.get("padding").split() or [""])[0]) or 0
        if top <= 200 or place.element.name == "mj-spacer":
            return []
        return [self.m.node("spacer", {"height": values.within(top - 200, 1, 400)}, place.line)]

    def as_html(self, place: Place) -> list[Node]:
        """An element that a block cannot hold, as HTML that says the same."""
        element = place.element
        text = "It holds what no block can; it is kept as HTML."
        self.m.journal.kept(f"<{element.name}>", text, place.line)
        return self.m.html(mjml_compound.html_of(self, place), place.line, place.padding)

    def _unknown(self, element: Element, width: float) -> list[Node]:
        if element.name in ("mj-column", "mj-section", "mj-group", "mj-wrapper"):
            self.m.journal.lost(f"<{element.name}>", "It cannot stand in a column; its content is kept.", element.line)
            return self.read(list(element.elements()), width)
        if element.name == "mj-include":
            path = element.get("path")[:80]
            self.m.journal.lost(f"<mj-include {path}>", "The file it names is not here.", element.line)
            return []
        self.m.journal.kept(f"<{element.name}>", "No block is like this; it is kept as HTML.", element.line)
        return self.m.html(self.m.source[element.start : element.end], element.line)

    def _raw(self, item: Raw, before: list[Node]) -> list[Node]:
        dark = _DARK.search(item.html)
        if dark and before and before[-1].type == "image":
            try:
                address = address_of(unescape(dark.group(1)), self.m.constructs, self.m.alias)
            except Inexpressible:
                address = ""
            old = before.pop()
            return [self.m.node("image", {**old.props, "darkSrc": address}, item.line)]
        return self.m.html(item.html, item.line)

    def _choice(self, choice: Choice, width: float) -> list[Node]:
        made: list[Node] = []
        earlier: list[Mapping[str, Any]] = []
        known = True
        flows = [*zip(choice.tests, choice.flows, strict=True), ("", choice.otherwise)]
        for test, flow in flows:
            blocks = self.read(flow, width)
            own = None
            try:
                own = condition(test) if test else None
            except Inexpressible:
                text = "This condition cannot be read; what it hid is always shown, with a note at the block."
                self.m.journal.lost(f"{{% if {test} %}}", text, choice.line)
                known = False
            tests = [*({"not": one} for one in earlier), *([own] if own else [])]
            if own:
                earlier.append(own)
            if known and tests:
                when = tests[0] if len(tests) == 1 else {"all": tests}
                made += [self._shown(block, when, choice.line) for block in blocks]
            elif known:
                made += blocks
            else:
                note = f"Was shown only where: {test}" if test else "Was shown only where the condition before fails."
                made += [self.m.noted(block, note) for block in blocks]
        return made

    def _shown(self, block: Node, when: Mapping[str, Any], line: int) -> Node:
        """Our compiler leaves out a picture without an address and a link that is not there: no condition."""
        if needs(block) == when:
            return block
        try:
            return self.m.shown(block, when)
        except Inexpressible:
            self.m.journal.lost("a condition", "It is too long to be kept; what it hid is always shown.", line)
            return block

    def image(self, place: Place) -> list[Node]:
        resolved = place.resolved
        props = self.props(place, **self.picture(place))
        alt = place.get("alt")
        props |= {
            "src": address_of(place.get("src"), self.m.constructs, self.m.alias),
            "alt": plain_runs(alt, self.m.constructs),
            "decorative": ("alt" in resolved and not alt.strip()) or None,
            "href": address_of(place.get("href"), self.m.constructs, self.m.alias),
        }
        return [self.m.node("image", props, place.line)]

    def picture(self, place: Place) -> dict[str, Any]:
        """Width, height, corners and place of a picture."""
        _, right, _, left = place.padding
        room = place.width - float(right) - float(left)
        width = values.pixels(place.get("width"), room)
        if place.get("fluid-on-mobile") == "true" or (width and width >= room):
            width = None
        height = values.pixels(place.get("height"))
        return {
            "width": values.within(width, 8, 900) if width else None,
            "height": values.within(height, 1, 2000) if height else None,
            "style.align": place.align("center"),
            "style.radius": values.within(values.pixels(place.get("border-radius")), 0, 60),
        }

    def button(self, place: Place) -> list[Node]:
        brand, classes = self.m.brand, place.classes
        parts = self.inner(place.element)
        looks = mjml_texts.looks_of(place, parts)
        label = plain_runs(_one_line(parts), self.m.constructs)
        edge, shade = values.border(place.get("border"))
        fill = values.color(place.get("background-color")) or ""
        outline = bool(edge) and not fill
        ground = values.token(classes, "edge" if outline else "btn") or (shade if outline else fill)
        ink = values.token(classes, "lbl") or values.color(looks("color")) or ""
        radius = values.within(values.pixels(place.get("border-radius")), 0, 60)
        inner = values.space(place.resolved, "inner-padding")
        high, wide = brand.button_padding
        weight = values.weight(looks("font-weight"))
        if edge and not outline:
            self.m.journal.lost("the border of a button", "A filled button has no border.", place.line)
        props = self.props(
            place,
            **{
                "label": label,
                "href": address_of(place.get("href"), self.m.constructs, self.m.alias),
                "style.look": "outline" if outline else "filled",
                "style.background": ground,
                "style.color": None if outline else ink,
                "style.font": self.font(place),
                "style.size": values.within(values.pixels(looks("font-size")), 8, 40),
                "style.weight": "" if weight == brand.button_weight else weight or "400",
                "style.radius": None if radius == brand.button_radius else radius,
                "style.inner": None if inner == (high, wide, high, wide) else tuple(min(side, 80) for side in inner),
                "style.fullWidth": place.get("width").strip() == "100%" or None,
                "style.align": place.align("center"),
            },
        )
        return [self.m.node("button", props, place.line)]

    def divider(self, place: Place) -> list[Node]:
        _, right, _, left = place.padding
        room = max(place.width - float(right) - float(left), 1)
        width = values.pixels(place.get("width"), room)
        line = place.get("border-style")
        props = self.props(
            place,
            **{
                "style.color": values.token(place.classes, "rule") or values.color(place.get("border-color")) or None,
                "style.thickness": values.within(values.pixels(place.get("border-width")), 1, 20),
                "style.line": line if line in ("solid", "dashed", "dotted") else "solid",
                "style.width": values.within(width * 100 / room if width else 100, 1, 100),
            },
        )
        if place.get("width").strip().endswith("%"):
            props["style.width"] = values.within(values.pixels(place.get("width"), 100), 1, 100)
        return [self.m.node("divider", props, place.line)]

    def spacer(self, place: Place) -> list[Node]:
        props = self.props(place, height=values.within(values.pixels(place.get("height")), 1, 400) or 20)
        props.pop("style.padding")
        return [self.m.node("spacer", props, place.line)]

    def raw(self, place: Place) -> list[Node]:
        return self.m.html(self.inner_text(place.element), place.line)


def needs(block: Node) -> Mapping[str, Any] | None:
    """The condition under which our compiler writes a block at all: its picture and its link exist."""
    found = []
    source = block.get("poster" if block.type == "video" else "src")
    if isinstance(source, Mapping) and "v" in source and not source.get("fallback"):
        found.append({"var": source["v"], "op": "truthy"})
    link = block.get("href")
    if isinstance(link, Mapping) and link.get("link") in ("preferences", "browser"):
        found.append({"var": f"links.{link['link']}", "op": "truthy"})
    if not found:
        return None
    return condition(" and ".join(_spelled(str(one["var"])) for one in found))


def _spelled(path: str) -> str:
    first, *rest = path.split(".")
    return first + "".join(f"[{part}]" if part.isdecimal() else f"[{escape(part)!r}]" for part in rest)


def _one_line(parts: "list[Element | Text]") -> str:
    """Words of a label, breaks as blanks. Raises Inexpressible for a picture in it."""
    found: list[str] = []
    waiting = list(reversed(parts))
    while waiting:
        part = waiting.pop()
        if isinstance(part, Text):
            found += [] if part.comment else [part.words]
        elif part.name == "br":
            found.append(" ")
        elif part.name in ("img", "table", "style", "script"):
            raise Inexpressible
        else:
            waiting.extend(reversed(part.children))
    return " ".join("".join(found).split())


_READERS: dict[str, Callable[[Blocks, Place], list[Node]]] = {
    "mj-text": mjml_texts.text, "mj-image": Blocks.image, "mj-button": Blocks.button, "mj-divider": Blocks.divider,
    "mj-spacer": Blocks.spacer, "mj-raw": Blocks.raw, "mj-table": mjml_compound.table,
    "mj-social": mjml_compound.social,
    "mj-navbar": mjml_compound.navbar, "mj-inline-links": mjml_compound.navbar, "mj-list": mjml_texts.text,
    "mj-html": Blocks.raw, "mj-accordion": mjml_compound.accordion, "mj-carousel": mjml_compound.carousel,
}  # fmt: skip
