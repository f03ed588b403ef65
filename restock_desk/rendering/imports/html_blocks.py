"""Words, pictures, links and lists of HTML as blocks, with the looks their surroundings gave them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from restock_desk.domain.document.tree import Node
from restock_desk.rendering.imports import mjml_texts, tree, values
from restock_desk.rendering.imports.attributes import Attributes
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.making import Making
from restock_desk.rendering.imports.mjml_blocks import Blocks, Place
from restock_desk.rendering.imports.notes import TOKEN, Constructs
from restock_desk.rendering.imports.runs import address_of, plain_runs
from restock_desk.rendering.imports.tree import Element, Text, words_of

if TYPE_CHECKING:
    from restock_desk.rendering.imports.html_rows import Rows

PARTS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "hr", "img", "blockquote", "pre"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_WRAPPERS = frozenset({"p", "div", "center", "span", "b", "strong", "font", "section", "article"})
_LOOKS = ("font-size", "color", "line-height", "font-family", "font-weight", "text-align")
_LONGEST_LABEL = 80


@dataclass(frozen=True)
class Spot:
    """Where some HTML stands: the looks it inherits, and how wide its column is."""

    rows: "Rows"
    css: Mapping[str, str]
    width: float

    @property
    def m(self) -> Making:
        return self.rows.m

    def place(self, css: Mapping[str, str], line: int = 0) -> Place:
        """As an mj-text with these looks."""
        size = values.pixels(css.get("font-size", "16px")) or 16
        height = css.get("line-height", "1.5")
        resolved = {
            "font-size": f"{size:g}px",
            "line-height": height if height not in ("normal", "inherit") else "1.4",
            "color": css.get("color", ""),
            "font-family": css.get("font-family", ""),
            "font-weight": css.get("font-weight", ""),
            "align": css.get("text-align", self.m.start).lower(),
            "padding": "0px 0px 16px 0px",
        }
        return Place(Element("mj-text", {}, line), resolved, self.width)

    @property
    def blocks(self) -> Blocks:
        return Blocks(self.m, Attributes())


@dataclass
class _Group:
    kind: str
    parts: "list[Element | Text]"
    css: Mapping[str, str]


def blocks(parts: "list[Element | Text]", spot: Spot) -> list[Node]:
    """Blocks of some HTML between boxes."""
    made: list[Node] = []
    for torn, some in _torn(parts, spot):
        if torn:  # a condition or loop holds what stands between its statements together
            made += kept(some, spot, "a condition or loop")
            continue
        for group in _groups(list(_opened(some, spot)), spot):
            made += _block(group, spot)
    return made


def _torn(parts: "list[Element | Text]", spot: Spot) -> "list[tuple[bool, list[Element | Text]]]":
    """Parts cut where statements between them begin and end; true for what such statements hold."""
    made: list[tuple[bool, list[Element | Text]]] = []
    depth = 0
    for part in parts:
        loose = isinstance(part, Text) and not part.comment and statements(part.words, spot.m.constructs)
        held = depth > 0 or bool(loose)
        depth += sum(loose) if loose else 0
        if made and made[-1][0] == held:
            made[-1][1].append(part)
        else:
            made.append((held, [part]))
    return made


def statements(words: str, constructs: Constructs) -> list[int]:
    """For each statement in some words 1 where it begins a block, -1 where it ends one, else 0."""
    found = []
    for hit in TOKEN.finditer(words):
        construct = constructs.found[int(hit.group(1))]
        if construct.startswith("{%"):
            word = construct[2:].lstrip("-+ ")
            found.append(int(word.startswith(("if ", "for "))) - int(word.startswith(("endif", "endfor"))))
    return found


def one_line(element: Element, m: Making) -> Any:
    """An element's words and variables as one line; nothing where it holds more."""
    words = " ".join(words_of(element).replace("\u200c", " ").replace("\u00a0", " ").replace("\u034f", " ").split())
    try:
        return plain_runs(words[:500], m.constructs)
    except Inexpressible:
        return ()


def is_button(link: Element, around: Mapping[str, str] | None = None, behind: str = "") -> bool:
    """Whether a link looks like a button: it has a ground or a border of its own, or its cell has."""
    words = " ".join(words_of(link).split())
    if (
        not words
        or len(words) > _LONGEST_LABEL
        or any(True for one in link.walk() if one.name in ("img", "table", "p"))
    ):
        return False
    css = values.declarations(link.get("style"))
    if _ground(css) or (values.border(css.get("border", ""))[0] and "padding" in css):
        return True
    edges = [values.border(css.get(f"border-{side}", ""))[0] for side in ("top", "right", "bottom", "left")]
    if all(edges):
        return True
    return bool(behind) and ("padding" in css or css.get("display", "") in ("block", "inline-block"))


def button(link: Element, spot: Spot, behind: str = "", around: Mapping[str, str] | None = None) -> list[Node]:
    """A link as a button; as HTML where its label or address is more than a button can say."""
    css = values.declarations(link.get("style"))
    outer = around or {}
    edges = [values.border(css.get(f"border-{side}", "")) for side in ("top", "right", "bottom", "left")]
    fat = all(width >= 5 for width, _ in edges)  # a border as wide as a padding is one
    ground = _ground(css) or behind or (edges[1][1] if fat else "")
    width, shade = values.border(css.get("border", ""))
    inner = values.sides(css.get("padding", "")) or values.sides(outer.get("padding", ""))
    if fat and not inner:
        inner = (edges[0][0], edges[1][0], edges[2][0], edges[3][0])
    size = values.pixels(css.get("font-size", spot.css.get("font-size", "16px")), 16, 16)
    radius = values.pixels(css.get("border-radius", outer.get("border-radius", "")))
    align = outer.get("text-align", spot.css.get("text-align", "")).lower()
    weight = values.weight(css.get("font-weight", ""))
    try:
        props = {
            "label": plain_runs(" ".join(words_of(link).split()), spot.m.constructs),
            "href": address_of(link.get("href"), spot.m.constructs, spot.m.alias),
            "style.look": "outline" if width and not ground else "filled",
            "style.background": ground or shade,
            "style.color": values.color(_ink(link, css)) if ground else None,
            "style.size": values.within(size, 8, 40),
            "style.weight": weight or "400",
            "style.radius": values.within(radius or 0, 0, 60),
            "style.inner": tuple(values.within(side, 0, 80) for side in inner) if inner else None,
            "style.align": align if align in ("left", "center", "right") else spot.m.start,
            "style.fullWidth": css.get("width", "") == "100%" or None,
        }
    except Inexpressible:
        return _kept([link], spot, spot.css, "a button")
    return [spot.m.node("button", props, link.line)]


def kept(parts: "list[Element | Text]", spot: Spot, what: str) -> list[Node]:
    """HTML as it is, with the looks its surroundings gave it."""
    return _kept(parts, spot, spot.css, what)


def _ground(css: Mapping[str, str]) -> str:
    for text in (css.get("background-color", ""), *css.get("background", "").split()):
        found = values.color(text)
        if found:
            return found
    return ""


def _ink(link: Element, css: Mapping[str, str]) -> str:
    for inner in link.walk():
        own = values.declarations(inner.get("style")).get("color", inner.get("color"))
        if own:
            return own
    return css.get("color", "")


def _opened(parts: "list[Element | Text]", spot: Spot) -> "Iterator[tuple[Element | Text, Mapping[str, str]]]":
    """Parts with their looks; wrappers around a single picture, button, list or heading are left away."""
    for part in parts:
        if isinstance(part, Text):
            if not part.comment:
                yield part, spot.css
            elif TOKEN.search(part.words):
                spot.m.journal.lost("variables in a comment", "A comment is not sent.", part.line)
            continue
        css = values.declarations(part.get("style"))
        if css.get("display", "").startswith("none"):
            if not spot.rows.preheader(part) and words_of(part).strip():
                spot.m.journal.lost("a hidden text", "It was not seen, and is left out.", part.line)
            continue
        yield from _unwrapped(part, {**spot.css, **_own(part, css, spot.css)})


def _unwrapped(part: Element, css: Mapping[str, str]) -> "Iterator[tuple[Element | Text, Mapping[str, str]]]":
    shown = [one for one in part.children if isinstance(one, Element) or (one.words.strip() and not one.comment)]
    structural = any(one.name in PARTS for one in part.walk())
    if part.name in ("div", "section", "article", "center", "blockquote") and structural:
        for one in part.children:
            if isinstance(one, Text):
                yield from () if one.comment else iter([(one, css)])
            else:
                yield from _unwrapped(one, {**css, **_own(one, values.declarations(one.get("style")), css)})
    elif part.name in _WRAPPERS and len(shown) == 1 and isinstance(shown[0], Element) and _alone(shown[0]):
        inner = shown[0]
        yield from _unwrapped(inner, {**css, **_own(inner, values.declarations(inner.get("style")), css)})
    else:
        yield part, css


def _alone(element: Element) -> bool:
    """Whether an element is a block whatever stands around it."""
    if element.name == "a":
        return is_button(element) or _picture_of(element) is not None
    if element.name in ("img", "ul", "ol", "hr") or element.name in _HEADINGS:
        return True
    inner = list(element.elements())
    words = any(isinstance(one, Text) and one.words.strip() for one in element.children)
    return element.name in _WRAPPERS - {"span"} and len(inner) == 1 and not words and _alone(inner[0])


def _own(element: Element, css: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """The looks an element gives its words; those of inline elements stay with the runs."""
    if (
        element.name not in ("p", "div", "center", "section", "article", "blockquote", "ul", "ol")
        and element.name not in _HEADINGS
    ):
        return {}
    found = {name: css[name] for name in _LOOKS if name in css}
    if element.name == "center":
        found.setdefault("text-align", "center")
    side = element.get("align").lower()
    if side in ("left", "center", "right"):
        found.setdefault("text-align", side)
    if "font-size" in found:
        size = values.pixels(found["font-size"], *(values.pixels(above.get("font-size", "16px")) or 16,) * 2)
        found["font-size"] = f"{size:g}px" if size else above.get("font-size", "16px")
    return found


def _picture_of(link: Element) -> Element | None:
    """The only thing in a link where that is a picture."""
    shown = [one for one in link.children if isinstance(one, Element) or one.words.strip()]
    if len(shown) == 1 and isinstance(shown[0], Element):
        inner = shown[0]
        if inner.name == "img":
            return inner
        if inner.name in ("span", "div", "center", "font"):
            return _picture_of(inner)
    return None


def _groups(parts: "list[tuple[Element | Text, Mapping[str, str]]]", spot: Spot) -> list[_Group]:
    made: list[_Group] = []
    for part, css in parts:
        kind = _kind(part)
        looks = {name: css.get(name, "") for name in _LOOKS}
        last = made[-1] if made else None
        if kind == "text" and last is not None and last.kind == "text" and _same(last, part, looks):
            last.parts.append(part)
        else:
            made.append(_Group(kind, [part], looks if kind == "text" else css))
    return [group for group in made if any(_visible(part) for part in group.parts)]


def _same(last: _Group, part: "Element | Text", looks: Mapping[str, str]) -> bool:
    return last.css == looks or (isinstance(part, Text) and not part.words.strip())


def _kind(part: "Element | Text") -> str:
    if isinstance(part, Text):
        return "text"
    if part.name == "a":
        return "picture" if _picture_of(part) is not None else "button" if is_button(part) else "text"
    if part.name in _HEADINGS or part.name in ("ul", "ol", "img", "hr", "table", "pre", "svg", "video", "dl"):
        return part.name
    return "text"


def _visible(part: "Element | Text") -> bool:
    if isinstance(part, Text):
        return bool(part.words.replace("\u00a0", " ").strip()) and not part.comment
    return (
        part.name in ("img", "hr", "table")
        or any(_visible(child) for child in part.children)
        or (part.name == "a" and bool(part.get("href")) and bool(part.children))
    )


def _block(group: _Group, spot: Spot) -> list[Node]:
    first = group.parts[0]
    line = first.line
    if group.kind == "button" and isinstance(first, Element):
        inner = Spot(spot.rows, group.css, spot.width)
        return button(first, inner)
    if group.kind in ("picture", "img") and isinstance(first, Element):
        return _image(first, Spot(spot.rows, group.css, spot.width))
    if group.kind == "hr" and isinstance(first, Element):
        return [_line_of(first, spot)]
    blocks_, place = spot.blocks, spot.place(group.css, line)
    try:
        if group.kind in _HEADINGS:
            return [mjml_texts.heading(blocks_, place, first, (0, 0, 12, 0))]
        if group.kind in ("ul", "ol"):
            return [mjml_texts.list_(blocks_, place, first, (0, 0, 16, 0))]
        if group.kind == "text":
            return [mjml_texts.paragraphs(blocks_, place, group.parts, (0, 0, 16, 0))]
    except Inexpressible:
        pass
    return _kept(group.parts, spot, group.css, f"<{group.kind}>" if group.kind != "text" else "a text")


def _kept(parts: "list[Element | Text]", spot: Spot, css: Mapping[str, str], what: str) -> list[Node]:
    line = parts[0].line if parts else 0
    spot.m.journal.kept(what, "It holds what no block of ours can; it is kept as HTML.", line)
    html = mjml_texts.dressed(spot.blocks, spot.place(css, line), tree.written(parts))
    return spot.m.html(html, line, (0, 0, 16, 0))


def _image(part: Element, spot: Spot) -> list[Node]:
    picture = part if part.name == "img" else _picture_of(part)
    assert picture is not None
    from restock_desk.rendering.imports.html_rows import is_pixel

    if is_pixel(picture):
        words = "A picture of one point that only counts; opens are counted here anyway."
        spot.m.journal.lost("a counting picture", words, picture.line)
        return []
    css = values.declarations(picture.get("style"))
    width = values.pixels(picture.get("width") or css.get("width", css.get("max-width", "")), spot.width)
    height = values.pixels(picture.get("height") or css.get("height", ""))
    align = picture.get("align") or spot.css.get("text-align", "")
    if "auto" in css.get("margin", "") and css.get("display") == "block":
        align = "center"
    try:
        props = {
            "src": address_of(picture.get("src"), spot.m.constructs, spot.m.alias),
            "alt": plain_runs(picture.get("alt"), spot.m.constructs),
            "decorative": ("alt" in picture.attributes and not picture.get("alt").strip()) or None,
            "href": address_of(part.get("href"), spot.m.constructs, spot.m.alias) if part.name == "a" else None,
            "width": values.within(width, 8, 900) if width and width < spot.width else None,
            "height": values.within(height, 1, 2000) if height and width and width < spot.width else None,
            "style.align": align.lower() if align.lower() in ("left", "center", "right") else spot.m.start,
            "style.radius": values.within(values.pixels(css.get("border-radius", "")), 0, 60),
        }
    except Inexpressible:
        return _kept([part], spot, spot.css, "a picture")
    return [spot.m.node("image", props, picture.line)]


def _line_of(part: Element, spot: Spot) -> Node:
    css = values.declarations(part.get("style"))
    edge = css.get("border-top", css.get("border", css.get("border-bottom", "")))
    width, shade = values.border(edge)
    props = {
        "style.color": shade or values.color(part.get("color")) or None,
        "style.thickness": values.within(width or values.pixels(part.get("size")) or 1, 1, 20),
    }
    return spot.m.node("divider", props, part.line)


__all__ = ["PARTS", "Spot", "blocks", "button", "escape", "is_button", "kept", "one_line"]
