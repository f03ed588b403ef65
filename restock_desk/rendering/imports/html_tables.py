"""Tables of HTML: those that lay out are walked through, columns become columns, data a table block."""

from typing import TYPE_CHECKING

from restock_desk.domain.document.tree import Node
from restock_desk.rendering.imports import html_blocks, mjml_rows, values
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.html_blocks import Spot
from restock_desk.rendering.imports.notes import TOKEN
from restock_desk.rendering.imports.runs import runs_of
from restock_desk.rendering.imports.tree import Element, Text

if TYPE_CHECKING:
    from restock_desk.rendering.imports.html_rows import Frame, Rows

_GROUPS = frozenset({"tbody", "thead", "tfoot"})
_MOST_COLUMNS, _MOST_ROWS = 4, 60
_ICON = 48


def table(rows: "Rows", element: Element, frame: "Frame") -> None:
    """A table: its rows one by one, or as a whole where it holds data or is torn by statements."""
    inside = rows.enter(element, frame)
    rows.begin(frame, inside)
    lines = _lines(element)
    if _torn(rows, element):
        _whole(rows, element, frame, "a table with a loop or condition around its rows")
        return
    several = [line for line in lines if len(_cells(line)) > 1]
    if _is_data(element, several):
        block = _data(rows, element, lines, inside)
        if block is not None:
            rows.add(block, inside)
            return
    _padded(element, lines)
    for line in lines:
        here = rows.enter(line, inside)
        cells = _cells(line)
        if len(cells) == 1:
            _cell(rows, cells[0], here)
        elif len(cells) > _MOST_COLUMNS or (cells and all(map(_icon, cells))):
            _whole(rows, line, here, "a row of many cells")
        elif cells:
            _columns(rows, line, cells, here)
    loose = [
        part
        for part in element.children
        if not isinstance(part, Text) and part.name not in (*_GROUPS, "tr", "colgroup")
    ]
    if loose:
        rows.words(list(loose), inside)


def _padded(element: Element, lines: list[Element]) -> None:
    """The attribute cellpadding as what each cell says."""
    room = values.within(values.pixels(element.get("cellpadding")), 0, 80)
    for cell in (cell for line in lines for cell in line.elements() if room):
        style = cell.get("style")
        if "padding" not in style:
            cell.attributes["style"] = f"{style.rstrip('; ')};padding:{room:g}px" if style else f"padding:{room:g}px"


def _lines(element: Element) -> list[Element]:
    found: list[Element] = []
    for child in element.elements():
        if child.name in _GROUPS:
            found += [one for one in child.elements() if one.name == "tr"]
        elif child.name == "tr":
            found.append(child)
        elif child.name in ("td", "th"):
            found.append(Element("tr", {}, child.line, children=[child]))
    return found


def _cells(line: Element) -> list[Element]:
    """Cells in which something is seen."""
    return [cell for cell in line.elements() if cell.name in ("td", "th") and _shown(cell)]


def _shown(cell: Element) -> bool:
    waiting: list[Element | Text] = [cell]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Text):
            if part.words.replace("\u00a0", " ").strip() and not part.comment:
                return True
        elif part.name in ("img", "hr"):
            return True
        elif part.name not in ("style", "script"):
            waiting += part.children
    return False


def _torn(rows: "Rows", element: Element) -> bool:
    """Whether statements stand between rows or cells."""
    between = [element, *(one for one in element.elements() if one.name in _GROUPS), *_lines(element)]
    for outer in between:
        for part in outer.children:
            if isinstance(part, Text) and not part.comment and TOKEN.search(part.words):
                return True
    return False


def _is_data(element: Element, several: list[Element]) -> bool:
    """Rows of words beside each other, more than one of them, are data; what holds pictures or tables is layout."""
    if element.get("role").lower() == "presentation" and len(several) < 2:
        return False
    cells = [cell for line in several for cell in line.elements()]
    if any(one.name in ("img", "table", "h1", "h2", "ul", "ol") for cell in cells for one in cell.walk()):
        return False
    return len(several) >= 2 or any(cell.name == "th" for cell in cells)


def _data(rows: "Rows", element: Element, lines: list[Element], frame: "Frame") -> Node | None:
    made = []
    lines = [line for line in lines if _cells(line)]
    for line in lines:
        cells = [cell for cell in line.elements() if cell.name in ("td", "th")]
        if any(cell.get("colspan", "1") != "1" or cell.get("rowspan", "1") != "1" for cell in cells):
            return None
        try:
            made.append(tuple(runs_of(cell.children, rows.m.constructs, rows.m.alias) for cell in cells))
        except Inexpressible:
            return None
    if not made or len(made) > _MOST_ROWS or len({len(row) for row in made}) != 1 or len(made[0]) > 12:
        return None
    head = any(cell.name == "th" for cell in lines[0].elements())
    size = values.within(values.pixels(frame.css.get("font-size", "14px")), 8, 96)
    props = {
        "rows": tuple(made),
        "header": head,
        "style.size": size,
        "style.color": values.color(frame.css.get("color", "")) or None,
        "style.headerBackground": None if head else "",
    }
    return rows.m.node("table", props, element.line)


def _cell(rows: "Rows", cell: Element, frame: "Frame") -> None:
    """The only cell of a row: a button, or something to walk into."""
    from restock_desk.rendering.imports.html_rows import background, css_of

    shown = [one for one in cell.children if isinstance(one, Element) or (one.words.strip() and not one.comment)]
    only = shown[0] if len(shown) == 1 else None
    css = css_of(cell)
    behind = background(cell, css)
    if isinstance(only, Element) and only.name == "a" and behind and html_blocks.is_button(only, css, behind):
        around = {**css, "text-align": frame.css.get("text-align", "")}
        for block in html_blocks.button(only, Spot(rows, frame.css, rows.room(frame)), behind, around):
            rows.add(block, frame)
        return
    rows.box(cell, frame)


def _columns(rows: "Rows", line: Element, cells: list[Element], frame: "Frame") -> None:
    """Two to four cells beside each other: a section with as many columns."""
    from restock_desk.rendering.imports.html_rows import Rows, background, css_of

    rows.flush()
    above = rows.above()
    room = rows.room(frame)
    shares = mjml_rows.filled([_share(cell, room) for cell in cells])
    layout = mjml_rows.layout_of(shares)
    columns = []
    for cell, share in zip(cells, shares, strict=True):
        inner = Rows(rows.m, {"preheader": (), "background": rows.settings.get("background", "")})
        inner.width, inner._measured = max(room * share / 100, 60), True
        _cell(inner, cell, frame)
        inner.flush()
        blocks = [
            block for row in inner.made for column in row.children("columns") for block in column.children("blocks")
        ]
        ground = background(cell, css_of(cell))
        valign = css_of(cell).get("vertical-align", cell.get("valign"))
        props = {
            "width": values.within(share, 1, 100) if layout == "custom" else None,
            "style.background": ground if ground != frame.background else "",
            "style.valign": valign if valign in ("top", "middle", "bottom") else "top",
        }
        columns.append(rows.m.node("column", props, cell.line, blocks=tuple(blocks[:90])))
    props = {**rows.look(frame, above), "layout": layout, "stack": True}
    rows.made.append(rows.m.node("section", props, line.line, columns=tuple(columns)))


def _share(cell: Element, room: float) -> float | None:
    for text in (values.declarations(cell.get("style")).get("width", ""), cell.get("width")):
        if text.strip().endswith("%"):
            return values.pixels(text, 100)
        found = values.pixels(text)
        if found and room:
            return min(found * 100 / room, 100)
    return None


def _icon(cell: Element) -> bool:
    """A cell with nothing but a small picture."""
    pictures = [one for one in cell.walk() if one.name == "img"]
    size = values.pixels(pictures[0].get("width")) if len(pictures) == 1 else None
    words = any(isinstance(part, Text) and part.words.strip() for one in (cell, *cell.walk()) for part in one.children)
    return bool(size) and (size or 0) <= _ICON and not words


def _whole(rows: "Rows", element: Element, frame: "Frame", what: str) -> None:
    parts: list[Element | Text] = [element]
    if element.name == "tr":
        parts = [Element("table", {"width": "100%"}, element.line, children=parts)]
    for block in html_blocks.kept(parts, Spot(rows, frame.css, rows.room(frame)), what):
        rows.add(block, frame)
