"""The HTML of an mj-text as what it is: heading, text, list, menu, data table, footer; else an HTML block."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from restock_desk.domain.document.tree import Json, Node
from restock_desk.rendering.imports import values
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.notes import TOKEN
from restock_desk.rendering.imports.runs import Style, address_of, plain_runs, runs_of
from restock_desk.rendering.imports.tree import Element, Text, words_of

if TYPE_CHECKING:
    from restock_desk.rendering.imports.mjml_blocks import Blocks, Place

_LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 3, "h5": 3, "h6": 3}
_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67}
_BETWEEN = re.compile(r"[\s\u00a0]*\Z")
_SMALL = 8


def text(blocks: "Blocks", place: "Place") -> list[Node]:
    """An mj-text: as many blocks as it takes to keep headings, lists and the words between them."""
    parts = blocks.inner(place.element)
    made = _menu(blocks, place, parts)
    if made is not None:
        return made
    if _hidden(blocks, place, parts):
        return []
    groups = _groups(parts)
    if len(groups) > 1 and any(_torn(blocks, part) for part in parts):
        groups = [("html", parts)]  # a condition or loop around several things holds them together
    if not groups:
        return []
    nodes: list[Node] = []
    for at, (kind, inside) in enumerate(groups):
        own = _sides(place, at == 0, at == len(groups) - 1, inside)
        nodes += _one(blocks, place, kind, inside, own)
    return nodes


def lettering(blocks: "Blocks", place: "Place", size: float | None = None, line: str = "") -> dict[str, Any]:
    """Font, size, colour, weight and line height of a place."""
    own = values.pixels(place.get("font-size")) or 13
    size = values.within(size or own, _SMALL, 96)
    weight = values.weight(place.get("font-weight"))
    shade = values.token(place.classes, "ink") or values.color(place.get("color"))
    return {
        "style.font": blocks.font(place),
        "style.size": size,
        "style.color": shade or None,
        "style.weight": weight if weight != "400" else "",
        "style.lineHeight": values.line_height(line or place.get("line-height"), float(size or 16)),
    }


def _one(blocks: "Blocks", place: "Place", kind: str, inside: "list[Element | Text]", padding: Any) -> list[Node]:
    try:
        if kind in _LEVELS:
            return [heading(blocks, place, inside[0], padding)]
        if kind in ("ul", "ol"):
            return [list_(blocks, place, inside[0], padding)]
        return [paragraphs(blocks, place, inside, padding)]
    except Inexpressible:
        html = "".join(_source(blocks, place, part) for part in inside)
        if not any(_shown(part) for part in inside):
            return []
        if kind != "html" or TOKEN.search(html):
            what = f"<{kind}> in a text" if kind != "text" else "a text"
            blocks.m.journal.kept(what, "It holds what no text of ours can; it is kept as HTML.", _line(inside, place))
        return blocks.m.html(dressed(blocks, place, html), _line(inside, place), padding)


def dressed(blocks: "Blocks", place: "Place", html: str) -> str:
    """HTML with the lettering that its place gave it, unless it is what an HTML block has anyway."""
    size, height = place.get("font-size"), place.get("line-height")
    shade = values.color(place.get("color")) or ""
    usual = values.token(place.classes, "ink") == "$text" or shade == blocks.m.brand.color("$text")
    if usual and size == "16px" and height == "1.5" and place.align() == blocks.m.start:
        return html
    family = re.sub(r"[^\w ',.-]", "", place.get("font-family").replace('"', "'"))[:200]
    style = f"font-family:{family};" if family else ""
    style += f"font-size:{values.within(values.pixels(size) or 13, 1, 200):g}px;"
    style += f"line-height:{values.line_height(height, values.pixels(size) or 13) or 1:g};"
    style += f"color:{shade};" if shade else ""
    style += f"text-align:{place.align()};"
    weight = values.weight(place.get("font-weight"))
    style += f"font-weight:{weight};" if weight and weight != "400" else ""
    return f'<div style="{style}">{html}</div>'


def _groups(parts: "list[Element | Text]") -> "list[tuple[str, list[Element | Text]]]":
    """Headings and lists by themselves, what no run can say by itself, the words between them together."""
    made: list[tuple[str, list[Element | Text]]] = []
    for part in _unwrapped(parts):
        name = part.name if isinstance(part, Element) else ""
        if name in _LEVELS or name in ("ul", "ol"):
            made.append((name, [part]))
        elif name in ("table", "img", "style", "hr", "video", "form", "pre", "dl"):
            made.append(("html", [part]))
        elif made and made[-1][0] == "text":
            made[-1][1].append(part)
        elif isinstance(part, Element) or part.words.strip():
            made.append(("text", [part]))
    return [group for group in made if any(_shown(part) for part in group[1])]


def _hidden(blocks: "Blocks", place: "Place", parts: "list[Element | Text]") -> bool:
    """Whether nobody sees this text; the first such text of a mail is its preheader."""
    inside = [part for part in parts if isinstance(part, Element) or (part.words.strip() and not part.comment)]
    looks = [values.declarations(part.get("style")) for part in inside if isinstance(part, Element)]
    if not inside or len(looks) < len(inside) or not all(css.get("display", "").startswith("none") for css in looks):
        return False
    found = " ".join(" ".join(words_of(part) for part in inside if isinstance(part, Element)).split())
    if found and not blocks.m.hidden:
        try:
            blocks.m.hidden = plain_runs(found[:500], blocks.m.constructs)
        except Inexpressible:
            return False
        blocks.m.journal.translated("the hidden text", "It is the preheader now.", place.line)
        return True
    return False


def _torn(blocks: "Blocks", part: Element | Text) -> bool:
    """Whether statements stand loose between the elements of a text."""
    words = part.words if isinstance(part, Text) and not part.comment else ""
    return any(blocks.m.constructs.found[int(hit.group(1))].startswith("{%") for hit in TOKEN.finditer(words))


def _unwrapped(parts: "list[Element | Text]") -> "list[Element | Text]":
    """What a lone wrapper without looks holds."""
    found = [part for part in parts if isinstance(part, Element) or (part.words.strip() and not part.comment)]
    only = found[0] if len(found) == 1 else None
    while isinstance(only, Element) and only.name in ("div", "center", "section", "body") and not only.get("style"):
        parts = only.children
        found = [part for part in parts if isinstance(part, Element) or (part.words.strip() and not part.comment)]
        only = found[0] if len(found) == 1 else None
    return parts


def _shown(part: Element | Text) -> bool:
    if isinstance(part, Text):
        return bool(part.words.strip()) and (not part.comment or "mso" in part.words)
    if part.name in ("img", "hr", "table", "style") or (part.name == "a" and "href" in part.attributes):
        return True
    return any(_shown(child) for child in part.children)


def _sides(place: "Place", first: bool, last: bool, inside: "list[Element | Text]") -> tuple[float | int, ...]:
    """A block's share of the padding of the text it comes from."""
    top, right, bottom, left = place.padding
    css = values.declarations(inside[0].get("style")) if isinstance(inside[0], Element) else {}
    margin = values.sides(css.get("margin", "")) if "margin" in css else None
    below = values.within(margin[2] if margin else 12, 0, 60) or 0
    shown = [part for part in inside if _shown(part)]
    if first and shown:
        top = values.within(float(top) + _margin(shown[0], "top"), 0, 200) or 0
    if last and shown:
        below = values.within(float(bottom) + _margin(shown[-1], "bottom"), 0, 200) or 0
    return top if first else 0, right, below, left


def _margin(part: Element | Text, side: str) -> float:
    """What a paragraph keeps free above or below itself. MJML gives paragraphs 13 px."""
    if not isinstance(part, Element):
        return 0
    css = values.declarations(part.get("style"))
    usual = {"p": 13.0, "ul": 13.0, "ol": 13.0}.get(part.name, 0.0)
    all_ = values.sides(css.get("margin", ""))
    if all_:
        usual = all_[0] if side == "top" else all_[2]
    own = values.pixels(css.get(f"margin-{side}", ""))
    return min(max(usual if own is None else own, 0), 60)


def paragraphs(blocks: "Blocks", place: "Place", inside: "list[Element | Text]", padding: Any) -> Node:
    base = _base(place)
    own = {**lettering(blocks, place), **_height(inside)}
    full = _full(place, base, str(own["style.color"] or ""))
    runs = tuple(_without(run, base) for run in runs_of(inside, blocks.m.constructs, blocks.m.alias, full))
    if not runs:
        raise Inexpressible
    behind = place.get("container-background-color")
    props = blocks.props(
        place,
        **{
            "text": runs,
            **own,
            "style.align": _align(blocks, place, inside),
            "style.background": values.token(place.classes, "box") or values.color(behind) or None,
        },
    )
    return blocks.m.node("text", {**props, "style.padding": padding}, place.line)


def _height(inside: "list[Element | Text]") -> dict[str, Any]:
    """The line height that all paragraphs say themselves."""
    found = set()
    for part in inside:
        if _shown(part):
            css = values.declarations(part.get("style")) if isinstance(part, Element) else {}
            found.add((css.get("line-height", ""), css.get("font-size", "")))
    height, size = found.pop() if len(found) == 1 else ("", "")
    made = values.line_height(height, values.pixels(size) or 0) if height and values.pixels(size) else None
    return {"style.lineHeight": made} if made else {}


def _base(place: "Place", weight: str = "") -> Style:
    """What the block itself says of all its words."""
    weight = weight or values.weight(place.get("font-weight"))
    return Style(marks=frozenset("b") if weight in ("600", "700", "800") else frozenset())


def _full(place: "Place", base: Style, ink: str) -> Style:
    """With what its place says of all words that a block cannot say: slanted, underlined, struck."""
    marks = set(base.marks)
    marks |= {"i"} if place.get("font-style") in ("italic", "oblique") else set()
    decoration = place.get("text-decoration")
    marks |= {"u"} if "underline" in decoration else {"s"} if "line-through" in decoration else set()
    return replace(base, marks=frozenset(marks), ink=ink)


def looks_of(place: "Place", parts: "list[Element | Text]") -> "Callable[[str], str]":
    """How all words of an element look, by property: a lone element around them says more than their place."""
    found = dict(place.resolved)
    while True:
        inside = [part for part in parts if isinstance(part, Element) or (part.words.strip() and not part.comment)]
        only = inside[0] if len(inside) == 1 else None
        if not isinstance(only, Element):
            return lambda name: found.get(name, "").replace("!important", "").strip().lower()
        found |= values.declarations(only.get("style"))
        if only.name in ("b", "strong"):
            found["font-weight"] = "700"
        parts = only.children


def _without(run: Mapping[str, Json], base: Style) -> Mapping[str, Json]:
    """A run without the marks that its whole block has."""
    marks = run.get("m")
    if not base.marks or not isinstance(marks, tuple):
        return run
    rest = tuple(mark for mark in marks if mark not in base.marks)
    return {**{key: part for key, part in run.items() if key != "m"}, **({"m": rest} if rest else {})}


def _align(blocks: "Blocks", place: "Place", inside: "list[Element | Text]") -> str:
    """Where a text stands; one alignment of all its paragraphs goes before the block's."""
    found = set()
    for part in inside:
        if isinstance(part, Element) and _shown(part):
            css = values.declarations(part.get("style"))
            found.add(css.get("text-align", part.get("align")).lower())
        elif isinstance(part, Text) and part.words.strip():
            found.add("")
    only = found.pop() if len(found) == 1 else ""
    align = only if only in ("left", "center", "right") else place.align()
    return "" if align == blocks.m.start else align


def heading(blocks: "Blocks", place: "Place", element: Element | Text, padding: Any) -> Node:
    assert isinstance(element, Element)
    css = values.declarations(element.get("style"))
    level = _LEVELS[element.name]
    base = values.pixels(place.get("font-size")) or 13
    size = values.pixels(css.get("font-size", ""), base, base)
    own = lettering(blocks, place, size or base * _SIZES[element.name], css.get("line-height", ""))
    if own["style.size"] == blocks.m.brand.scale[level - 1]:
        own["style.size"] = None
    weight = values.weight(css.get("font-weight", "")) or values.weight(place.get("font-weight")) or "700"
    shade = values.token(element.get("class"), "ink") or values.color(css.get("color", ""))
    style = _base(place, weight)
    full = _full(place, style, str(shade or own["style.color"] or ""))
    full = replace(full, marks=full.marks | ({"i"} if "italic" in css.get("font-style", "") else set()))
    runs = tuple(_without(run, style) for run in runs_of(element.children, blocks.m.constructs, blocks.m.alias, full))
    if not runs:
        raise Inexpressible
    side = css.get("text-align", element.get("align")).lower()
    align = side if side in ("left", "center", "right") else place.align()
    props = blocks.props(
        place,
        **{
            "text": runs,
            "level": level,
            **own,
            "style.font": "$mono" if own["style.font"] == "$mono" else None,
            "style.weight": "" if weight == "400" else weight,
            "style.color": shade or own["style.color"],
            "style.align": "" if align == blocks.m.start else align,
        },
    )
    return blocks.m.node("heading", {**props, "style.padding": padding}, place.line)


def list_(blocks: "Blocks", place: "Place", element: Element | Text, padding: Any) -> Node:
    assert isinstance(element, Element)
    items = [child for child in element.children if _shown(child)]
    if not items or len(items) > 60:
        raise Inexpressible
    found = []
    for item in items:
        if not isinstance(item, Element) or item.name != "li":
            raise Inexpressible
        found.append(runs_of(item.children, blocks.m.constructs, blocks.m.alias, _full(place, Style(), "")))
    if (
        place.align() != blocks.m.start
        or element.get("type").lower() in ("a", "i")
        or element.get("start") not in ("", "1")
    ):
        raise Inexpressible
    props = blocks.props(place, **{"items": tuple(found), "ordered": element.name == "ol", **lettering(blocks, place)})
    return blocks.m.node("list", {**props, "style.padding": padding}, place.line)


def _menu(blocks: "Blocks", place: "Place", parts: "list[Element | Text]") -> list[Node] | None:
    """Nothing but two to eight short links beside each other: a menu."""
    links = []
    for part in parts:
        if isinstance(part, Text):
            if not part.comment and not _BETWEEN.match(part.words):
                return None
        elif part.name == "a" and part.get("href"):
            links.append(part)
        elif part.name not in ("span",) or words_of(part).strip("\u00a0 "):
            return None
    if not 2 <= len(links) <= 8 or any(len(words_of(link)) > 40 for link in links):
        return None
    try:
        made = tuple(
            {
                "label": plain_runs(_label(link), blocks.m.constructs),
                "href": address_of(link.get("href"), blocks.m.constructs, blocks.m.alias),
            }
            for link in links
        )
    except Inexpressible:
        return None
    css = values.declarations(links[0].get("style"))
    gap = values.sides(css.get("padding", ""))
    shade = values.token(links[0].get("class"), "ink") or values.color(css.get("color", "")) or ""
    own = lettering(blocks, place, values.pixels(css.get("font-size", "")))
    weight = values.weight(css.get("font-weight", "")) or values.weight(place.get("font-weight"))
    props = blocks.props(
        place,
        **{
            "links": made,
            **own,
            "style.color": shade or own["style.color"],
            "style.weight": "" if weight == "400" else weight,
            "style.gap": values.within(gap[1] * 2 if gap else 20, 0, 80),
            "style.align": place.align(),
        },
    )
    return [blocks.m.node("menu", props, place.line)]


def _label(link: Element) -> str:
    if any(child.name in ("img", "table") for child in link.walk()):
        raise Inexpressible
    return words_of(link)


def _source(blocks: "Blocks", place: "Place", part: Element | Text) -> str:
    """A part of an element's inner HTML as it stands in the file."""
    start = place.element.inner[0]
    return blocks.m.source[start + part.start : start + part.end]


def _line(inside: "list[Element | Text]", place: "Place") -> int:
    return inside[0].line if inside else place.line
