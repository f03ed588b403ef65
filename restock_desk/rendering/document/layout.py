"""What stands in the body, as MJML: sections with columns, heroes, repeats with literal widths, branches."""

from collections.abc import Callable, Mapping

from restock_desk.domain.document.kinds import CUSTOM, cases, column_widths, kind_of, level_of, value
from restock_desk.domain.document.tree import Node
from restock_desk.rendering import conditions
from restock_desk.rendering.document import commerce, content, expressions
from restock_desk.rendering.document.basics import amount, sides
from restock_desk.rendering.document.expressions import number, px, space
from restock_desk.rendering.document.writer import Writer

_LOOP = "loop.index0"
WHOLE = -1
"""The one place of a row that is not divided."""


def write(node: Node, w: Writer) -> None:
    """One block of the body. Saved blocks are in their places already; what is unknown is left out and told."""
    w.begin(node.id)
    if node.type == "branch":
        _branch(node, w)
        return
    make = {"section": _section, "hero": _hero, "repeat": _repeat}.get(node.type)
    if make is None:
        words = f"A block of the unknown type “{node.type[:40]}” is left out."
        if node.type == "slot":
            words = "This saved block is not there any more, so nothing is shown in its place."
        w.problems.append((node.id, "doc.unknown", words))
        return
    with w.shown_when(node.get("when")):
        make(node, w)


def blocks(nodes: tuple[Node, ...], w: Writer, width: float) -> None:
    """What stands in a column of that inner width. Commerce blocks are written as what they expand to."""
    outer, w.width = w.width, width
    for node in nodes:
        w.begin(node.id)
        kind = kind_of(node.type)
        expands = kind is not None and kind.expands
        bases = commerce.expansion(node, w.alias, width, w.look) if expands else (node,)
        if not bases and node.type.startswith(CUSTOM):
            words = f"The custom block “{node.type.removeprefix(CUSTOM)[:40]}” has no template here, so it is left out."
            w.problems.append((node.id, "doc.unknown", words))
        for base in bases:
            content.write(base, w)
    w.width = outer


def _section(node: Node, w: Writer) -> None:
    columns = node.children("columns")
    if not columns:
        return
    top, right, bottom, left = sides(value(node, "style.padding"))
    room = w.look.width - left - right - 2 * _of(node, "borderWidth")
    w.put(f'<mj-section{_frame(node, w)} padding="{space((top, right, bottom, left))}"{_picture(node, w)}>')
    group = value(node, "stack") is False and len(columns) > 1
    w.put("<mj-group>" if group else "")
    for column, share in zip(columns, column_widths(node), strict=True):
        w.begin(column.id)
        with w.shown_when(column.get("when")):
            _column(column, share, room, w)
    w.begin(node.id)
    w.put(f"{'</mj-group>' if group else ''}</mj-section>")


def _column(node: Node, share: float, room: float, w: Writer) -> None:
    top, right, bottom, left = sides(value(node, "style.padding"))
    box, behind = w.look.ground("col", value(node, "style.background"))
    edge, border = _border(node, w, "colframe")
    words = f' background-color="{behind}"' if behind else ""
    words += f' padding="{space((top, right, bottom, left))}"' if any((top, right, bottom, left)) else ""
    words += border + (f' border-radius="{px(_of(node, "radius"))}"' if _of(node, "radius") else "")
    w.put(
        f'<mj-column{w.classes(node, box, edge, cell=False)} width="{number(share)}%" '
        f'vertical-align="{value(node, "style.valign")}"{w.look.direction}{words}>'
    )
    inner = room * share / 100 - left - right - 2 * _of(node, "borderWidth")
    blocks(node.children("blocks"), w, max(inner, 1))
    w.put("</mj-column>")


def _hero(node: Node, w: Writer) -> None:
    image, height = value(node, "image"), amount(value(node, "height"), 320)
    top, right, bottom, left = sides(value(node, "style.padding"))
    box, behind = w.look.ground("col", value(node, "style.background"))
    need = expressions.needs(image)
    made = (f"if {need}", "else") if need else ("",)
    for statement in made:  # without its picture, a hero is its background colour
        if statement:
            w.statement(statement)
        picture = image and statement != "else"
        words = (
            f' background-url="{expressions.css_address(image, w.alias)}" background-width="{px(w.look.width)}" '
            if picture
            else ""
        )
        words += f'background-height="{px(height)}"' if picture else ""
        names = w.classes(node, "" if picture else box, cell=False)
        w.put(
            f'<mj-hero{names} mode="fluid-height" width="{px(w.look.width)}" height="{px(height)}" '
            f'background-color="{behind or "#ffffff"}" padding="{space((top, right, bottom, left))}" '
            f'vertical-align="{value(node, "style.valign")}"{words}>'
        )
        blocks(node.children("blocks"), w, max(w.look.width - left - right, 1))
        w.begin(node.id)
        w.put("</mj-hero>")
    if need:
        w.statement("endif")


def _repeat(node: Node, w: Writer) -> None:
    each, empty = node.children("each"), node.children("empty")
    alias, rows = expressions.loop(node)
    if not rows:
        w.problems.append((node.id, "doc.path", "This repeat names no list of the context, so it is left out."))
        return
    outer = w.alias
    w.statement(f"if {rows}")
    if each and level_of(each[0].type) == "body":
        w.statement(f"for {alias} in {rows}")
        w.alias = alias
        for child in each:
            write(child, w)
        w.begin(node.id)
        w.statement("endfor")
    elif each:
        _entries(node, each, rows, alias, w)
    w.alias = outer
    if empty:
        w.statement("else")
        if level_of(empty[0].type) == "body":
            for child in empty:
                write(child, w)
        else:
            top, right, bottom, left = sides(value(node, "style.padding"))
            _row(node, w, (top, right, bottom, left), (WHOLE,), lambda _: blocks(empty, w, w.look.width - left - right))
        w.begin(node.id)
    w.statement("endif")


def _entries(node: Node, each: tuple[Node, ...], rows: str, alias: str, w: Writer) -> None:
    """A row of `perRow` columns for so many entries at a time: each column has its literal width."""
    top, right, bottom, left = sides(value(node, "style.padding"))
    per, gap = int(amount(value(node, "perRow"), 1)), amount(value(node, "gap"), 16)
    half = gap / 2
    share = round(100 / per, 4)
    side = half if per > 1 else 0
    inner = (w.look.width - left - right) * share / 100 - 2 * side

    def column(place: int) -> None:
        if per > 1:
            w.statement(f"for {alias} in {rows}[{_LOOP} + {place}:{_LOOP} + {place + 1}]")
        w.alias = alias
        words = f' padding="0 {px(side)}"' if side else ""
        stacked = per > 1 and place < per - 1 and value(node, "stack") is not False
        words += f' css-class="{w.rule(f"&{{padding-bottom:{px(gap)}!important;}}")}"' if stacked and gap else ""
        w.put(f'<mj-column width="{number(share)}%" vertical-align="top"{w.look.direction}{words}>')
        blocks(each, w, max(inner, 1))
        w.begin(node.id)
        w.put("</mj-column>")
        if per > 1:
            w.statement("endfor")

    _space(node, w, top - half)
    w.statement(f"for {'lead' if per > 1 else alias} in {rows}")
    if per > 1:
        w.statement(f"if {_LOOP} is divisibleby({per})")
    _row(node, w, (half, max(right - side, 0), half, max(left - side, 0)), tuple(range(per)), column)
    if per > 1:
        w.statement("endif")
    w.statement("endfor")
    _space(node, w, bottom - half)


def _row(
    node: Node, w: Writer, padding: tuple[float, ...], places: tuple[int, ...], column: Callable[[int], None]
) -> None:
    w.put(f'<mj-section{_frame(node, w)} padding="{space(padding)}">')
    group = value(node, "stack") is False and len(places) > 1
    w.put("<mj-group>" if group else "")
    if places == (WHOLE,):
        w.put(f'<mj-column width="100%"{w.look.direction}>')
        column(0)
        w.put("</mj-column>")
    else:
        for place in places:
            column(place)
    w.put(f"{'</mj-group>' if group else ''}</mj-section>")


def _space(node: Node, w: Writer, height: float) -> None:
    """What is left of a repeat's padding above its first and below its last row."""
    if height > 0:
        inner = f'<mj-column width="100%"><mj-spacer height="{px(height)}" /></mj-column>'
        w.put(f'<mj-section{_frame(node, w)} padding="0">{inner}</mj-section>')


def _branch(node: Node, w: Writer) -> None:
    with w.shown_when(node.get("when")):
        tests = []
        for at, case in enumerate(cases(node)):
            when = case.get("when")
            test = conditions.expression(when) if isinstance(when, Mapping) and when else ""
            if test and node.children(f"case:{at}"):
                tests.append((test, node.children(f"case:{at}")))
            elif test:
                tests.append((test, ()))
        otherwise = node.children("else")
        for at, (test, inside) in enumerate(tests):
            w.statement(f"{'elif' if at else 'if'} {test}")
            _inside(node, inside, w)
        if tests and otherwise:
            w.statement("else")
        _inside(node, otherwise, w)
        if tests:
            w.statement("endif")


def _inside(node: Node, inside: tuple[Node, ...], w: Writer) -> None:
    for child in inside:
        write(child, w)
    w.begin(node.id)


def _frame(node: Node, w: Writer) -> str:
    """Classes, background and border of a row."""
    ground = value(node, "style.background") or w.look.content_background
    box, behind = w.look.ground("fill", ground)
    edge, border = _border(node, w, "frame")
    words = w.classes(node, box if behind else "", edge, cell=False)
    words += f' background-color="{behind}"' if behind else ""
    words += border + (f' border-radius="{px(_of(node, "radius"))}"' if _of(node, "radius") else "")
    words += ' full-width="full-width"' if value(node, "fullWidth") else ""
    align = value(node, "style.align")
    return words + (f' text-align="{align}"' if align else "") + w.look.direction


def _picture(node: Node, w: Writer) -> str:
    image = value(node, "style.backgroundImage")
    if not image:
        return ""
    address = expressions.css_address(image, w.alias)
    return f' background-url="{address}" background-size="cover" background-repeat="no-repeat"'


def _border(node: Node, w: Writer, kind: str) -> tuple[str, str]:
    width = _of(node, "borderWidth")
    if not width:
        return "", ""
    named, line = w.look.line(kind, value(node, "style.borderColor"))
    return named, f' border="{px(width)} solid {line}"'


def _of(node: Node, name: str) -> float:
    return amount(value(node, f"style.{name}"), 0)
