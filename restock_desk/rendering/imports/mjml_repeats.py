"""Loops around rows, columns or blocks as repeats, those of our own compiler in each of its forms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from restock_desk.domain.document.tree import Node
from restock_desk.rendering.imports import expressions, mjml_frames, values
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.flow import Choice, Flow, Item, Loop
from restock_desk.rendering.imports.tree import Element

if TYPE_CHECKING:
    from restock_desk.rendering.imports.mjml_rows import Rows

_EVERY = re.compile(r"loop\.index0 is divisibleby\(([2-4])\)\Z")
_PLAIN = frozenset({"padding", "padding-top", "padding-right", "padding-bottom", "padding-left", "background-color"})
_ROW = _PLAIN | {"css-class", "direction", "full-width"}
MOST = 50
"""A repeat shows at most so many entries; a loop without a limit gets this one."""


@dataclass(frozen=True)
class _List:
    """What a loop runs over: its words without blanks, the name of an entry, the path and the limit."""

    words: str
    alias: str
    path: str
    limit: int

    @property
    def props(self) -> dict[str, Any]:
        return {"path": self.path, "as": self.alias, "limit": min(self.limit or MOST, MOST) or 1}


def loop(rows: "Rows", item: Loop, around: Mapping[str, str] | None, empty: list[Item] | None = None,
         before: float = 0, after: float = 0) -> list[Node] | None:  # fmt: skip
    """A loop around rows. None where it cannot be a repeat. `before` and `after`: spaces that belong to it."""
    several = _several(rows, item)
    if several is not None:
        return _entries(rows, item, several, empty or [], before, after)
    try:
        found = _list_of(item.words)
    except Inexpressible:
        return None
    if rows.deep >= 2:
        return None
    section = _one_column(rows, item)
    if section is not None:
        return _entries(rows, item, section, empty or item.empty, before, after)
    if before or after:
        return None
    each = _inside(rows, found.alias, item.inside, around)
    none = rows.rows(empty or item.empty, around)
    if not each:
        return none
    return [
        rows.m.node(
            "repeat", {**found.props, "style.padding": (0, 0, 0, 0)}, item.line, each=tuple(each), empty=tuple(none)
        )
    ]


def repeat_of(rows: "Rows", choice: Choice, around: Mapping[str, str] | None) -> list[Node] | None:
    """A condition that there are entries, around the loop over them, is the repeat's own."""
    flow = choice.flows[0]
    loops = [item for item in flow if isinstance(item, Loop)]
    if len(choice.tests) != 1 or len(loops) != 1:
        return None
    words, test = (text.replace(" ", "") for text in (loops[0].words.partition(" in ")[2], choice.tests[0]))
    if test not in (words, words.partition("[:")[0]):
        return None
    at = flow.index(loops[0])
    spaces = [_space(rows, item) for item in flow[:at]], [_space(rows, item) for item in flow[at + 1 :]]
    if len(spaces[0]) > 1 or len(spaces[1]) > 1 or any(one is None for side in spaces for one in side):
        return None
    before, after = (sum(one or 0 for one in side) for side in spaces)
    return loop(rows, loops[0], around, choice.otherwise, before, after)


@dataclass(frozen=True)
class _Columns:
    """A row of a repeat: its section, the column that is repeated, how many side by side, over what."""

    section: Element
    column: Element
    per: int
    list: _List
    stack: bool = True


def lifted(
    rows: "Rows", element: Element, found: "list[tuple[Item, bool]]", props: dict[str, Any], room: float
) -> list[Node] | None:
    """A section whose columns, or whose blocks, a loop repeats: a repeat, with the rows before and after it."""
    if rows.deep >= 2 or len(found) != 1:
        return None
    item = found[0][0]
    frame: dict[str, Any] = {key: props[key] for key in ("style.padding", "style.background") if key in props}
    if isinstance(item, Loop):
        columns = [one for one in item.inside if isinstance(one, Element)]
        if len(columns) != 1 or len(item.inside) != 1:
            return None
        try:
            list_ = _list_of(item.words)
        except Inexpressible:
            return None
        share = values.pixels(rows.attributes.of(columns[0]).get("width", ""), room) or room
        per = min(max(round(room / share) if share else 1, 1), 4)
        each = _blocks(rows, list_.alias, rows.flow(columns[0]), room / per)
        extra: dict[str, Any] = {"perRow": per, "style.gap": 0, **frame}
        return [rows.m.node("repeat", {**list_.props, **_named(extra)}, item.line, each=tuple(each))] if each else []
    if not isinstance(item, Element):
        return None
    flow = Flow(rows.m.source, rows.m.constructs, rows.m.journal).read(item.children)
    if not any(isinstance(one, Loop) and _readable(one) for one in flow):
        return None
    return _split(rows, element, item, flow, props, room)


def _split(
    rows: "Rows", element: Element, column: Element, flow: list[Item], props: dict[str, Any], room: float
) -> list[Node]:
    """Blocks before a loop, its repeat, blocks after it: each a row of its own with the section's looks."""
    made: list[Node] = []
    parts: list[list[Item] | Loop] = [[]]
    for item in flow:
        if isinstance(item, Loop) and _readable(item):
            parts += [item, []]
        else:
            last = parts[-1]
            assert isinstance(last, list)
            last.append(item)
    kept = [part for part in parts if part]
    top, right, bottom, left = props["style.padding"]
    for at, part in enumerate(kept):
        sides = (top if at == 0 else 0, right, bottom if at == len(kept) - 1 else 0, left)
        if isinstance(part, Loop):
            list_ = _list_of(part.words)
            each = _blocks(rows, list_.alias, part.inside, room)
            none = rows.blocks.read(part.empty, room)
            extra = _named({"style.padding": sides, "style.background": props.get("style.background"), "style.gap": 0})
            if each:
                made.append(
                    rows.m.node("repeat", {**list_.props, **extra}, part.line, each=tuple(each), empty=tuple(none))
                )
        else:
            blocks = rows.blocks.read(part, room)
            if blocks:
                made.append(rows.m.row(blocks, {**props, "style.padding": sides}, element.line))
    return made


def _entries(
    rows: "Rows", item: Loop, row: _Columns, empty: list[Item], before: float, after: float
) -> list[Node] | None:
    """A repeat of blocks in columns, its space around put together again."""
    top, right, bottom, left = values.space(rows.attributes.of(row.section), whole=rows.width)
    if top != bottom or top > 30:
        return None
    side = float(top) if row.per > 1 else 0.0
    padding = (float(top) + before, float(right) + side, float(bottom) + after, float(left) + side)
    share = round(100 / row.per, 4)
    inner = (rows.width - padding[1] - padding[3]) * share / 100 - 2 * side
    resolved = rows.attributes.of(row.section)
    each = _blocks(rows, row.list.alias, rows.flow(row.column), max(inner, 1))
    if not each:
        return None
    none = _empty(rows, empty, padding)
    props = {
        **row.list.props,
        "perRow": row.per,
        "stack": row.stack,
        "style.gap": 2 * float(top),
        "style.padding": padding,
        "style.background": mjml_frames.ground(rows, resolved, "fill"),
    }
    return [rows.m.node("repeat", _named(props), item.line, each=tuple(each), empty=tuple(none))]


def _empty(rows: "Rows", items: list[Item], padding: tuple[float, ...]) -> list[Node]:
    """What stands where there is no entry: blocks where it is one plain row of the same padding, else rows."""
    only = items[0] if len(items) == 1 else None
    if isinstance(only, Element) and only.name == "mj-section" and not only.get("text-align"):
        columns = [one for one in rows.flow(only) if isinstance(one, Element)]
        same = values.space(rows.attributes.of(only), whole=rows.width) == tuple(padding)
        if len(columns) == 1 and columns[0].name == "mj-column" and same and only.attributes.keys() <= _ROW:
            return rows.blocks.read(rows.flow(columns[0]), rows.width - padding[1] - padding[3])
    return rows.rows(items)


def _several(rows: "Rows", item: Loop) -> _Columns | None:
    """Our compiler's rows of two to four entries: one loop counts rows, one in each column takes its entry."""
    only = item.inside[0] if len(item.inside) == 1 else None
    hit = _EVERY.fullmatch(only.tests[0]) if isinstance(only, Choice) and len(only.tests) == 1 else None
    if hit is None or not isinstance(only, Choice) or len(only.flows[0]) != 1:
        return None
    section, per = only.flows[0][0], int(hit.group(1))
    if not isinstance(section, Element) or section.name != "mj-section":
        return None
    found = rows.columns(section, {})
    loops = [inner for inner, _ in found if isinstance(inner, Loop)]
    if len(loops) != per or len(found) != per:
        return None
    whole = item.words.partition(" in ")[2].strip()
    alias = loops[0].words.partition(" in ")[0].strip()
    if any(
        one.words != f"{alias} in {whole}[loop.index0 + {at}:loop.index0 + {at + 1}]" for at, one in enumerate(loops)
    ):
        return None
    columns = [one for one in loops[0].inside if isinstance(one, Element)]
    try:
        list_ = _list_of(f"{alias} in {whole}")
    except Inexpressible:
        return None
    return _Columns(section, columns[0], per, list_, not found[0][1]) if len(columns) == 1 else None


def _one_column(rows: "Rows", loop_: Loop) -> _Columns | None:
    """A loop around one plain row of one whole column, as our compiler writes a repeat of one entry a row."""
    only = loop_.inside[0] if len(loop_.inside) == 1 else None
    if not isinstance(only, Element) or only.name != "mj-section" or not only.attributes.keys() <= _ROW:
        return None
    found = rows.columns(only, {})
    column = found[0][0] if len(found) == 1 else None
    if not isinstance(column, Element) or column.attributes.keys() - {"width", "vertical-align", "direction"}:
        return None
    return _Columns(only, column, 1, _list_of(loop_.words))


def _list_of(words: str) -> _List:
    alias, path, limit = expressions.loop(words)
    return _List(words.partition(" in ")[2].replace(" ", ""), alias, path, limit)


def _readable(item: Loop) -> bool:
    try:
        _list_of(item.words)
    except Inexpressible:
        return False
    return True


def _blocks(rows: "Rows", alias: str, items: list[Item], width: float) -> list[Node]:
    outer, rows.m.alias = rows.m.alias, alias
    made = rows.blocks.read(items, width)
    rows.m.alias = outer
    return made


def _inside(rows: "Rows", alias: str, items: list[Item], around: Mapping[str, str] | None) -> list[Node]:
    outer, rows.m.alias = rows.m.alias, alias
    rows.deep += 1
    made = rows.rows(items, around)
    rows.deep -= 1
    rows.m.alias = outer
    return made


def _space(rows: "Rows", item: Item) -> float | None:
    """The height of a row that is nothing but space."""
    if not isinstance(item, Element) or item.name != "mj-section":
        return None
    columns = list(item.elements())
    inner = list(columns[0].elements()) if len(columns) == 1 else []
    if len(inner) != 1 or inner[0].name != "mj-spacer" or any(values.space(rows.attributes.of(item))):
        return None
    return values.pixels(rows.attributes.of(inner[0]).get("height", ""))


def _named(props: dict[str, Any]) -> dict[str, Any]:
    """Numbers whole where they are."""

    def whole(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(whole(part) for part in value)
        return int(value) if isinstance(value, float) and value == int(value) else value

    return {key: whole(value) for key, value in props.items()}
