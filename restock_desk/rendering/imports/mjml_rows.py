"""What stands in an mj-body as rows: sections with columns, wrappers, heroes, and conditions and loops around them."""

from collections.abc import Mapping
from typing import Any

from restock_desk.domain.document.layout import LAYOUTS
from restock_desk.domain.document.tree import Node
from restock_desk.rendering.imports import expressions, mjml_frames, mjml_repeats, values
from restock_desk.rendering.imports.attributes import Attributes
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.flow import Choice, Flow, Item, Loop, Raw, elements_of
from restock_desk.rendering.imports.making import ROWS_DEEP, Making
from restock_desk.rendering.imports.mjml_blocks import Blocks
from restock_desk.rendering.imports.notes import TOKEN
from restock_desk.rendering.imports.tree import Element, Text

_COLUMNS = 4
_CONTENT = frozenset(
    [
        "mj-text",
        "mj-image",
        "mj-button",
        "mj-divider",
        "mj-spacer",
        "mj-table",
        "mj-social",
        "mj-navbar",
        "mj-inline-links",
        "mj-accordion",
        "mj-carousel",
        "mj-list",
        "mj-invoice",
        "mj-location",
        "mj-html",
    ]
)


class Rows:
    """Reads rows of a body of this width."""

    def __init__(self, making: Making, attributes: Attributes, width: float) -> None:
        self.m, self.attributes, self.width = making, attributes, width
        self.blocks = Blocks(making, attributes)
        self.deep = 0

    def read(self, children: "list[Element | Text]") -> list[Node]:
        return self.rows(Flow(self.m.source, self.m.constructs, self.m.journal).read(children))

    def rows(self, items: list[Item], around: Mapping[str, str] | None = None) -> list[Node]:
        """Rows of a flow; `around` is what a wrapper gives them."""
        made: list[Node] = []
        loose: list[Item] = []
        for item in items:
            if isinstance(item, Raw) or (isinstance(item, Element) and self._is_loose(item)):
                loose.append(item)
                continue
            made += self._loose(loose)
            loose = []
            if isinstance(item, Choice):
                made += self._choice(item, around)
            elif isinstance(item, Loop):
                made += self._loop(item, around)
            elif isinstance(item, Element):
                made += self._row(item, around)
        return made + self._loose(loose)

    def flow(self, element: Element) -> list[Item]:
        return Flow(self.m.source, self.m.constructs, self.m.journal).read(element.children)

    def columns(self, section: Element, resolved: Mapping[str, str]) -> list[tuple[Item, bool]]:
        """A section's columns with what stands around them, and whether they stay side by side."""
        found: list[tuple[Item, bool]] = []
        loose: list[Element | Text] = []
        for item in self.flow(section):
            if isinstance(item, Raw) and "<" not in item.html and not TOKEN.search(item.html):
                self.m.journal.lost(item.html.strip(), "MJML shows no words between columns.", item.line)
            elif isinstance(item, Element) and item.name == "mj-group":
                found += [(inner, True) for inner in self.flow(item)]
            elif isinstance(item, Element) and item.name != "mj-column":
                loose.append(item)
            else:
                found.append((item, False))
        if loose:
            found.append((Element("mj-column", {}, section.line, children=loose), False))
        if resolved.get("direction") == "rtl" and not self.m.rtl and len(found) > 1:
            words = "Its columns stand in the order they are seen in on a wide screen."
            self.m.journal.translated("direction=rtl", words, section.line)
            found.reverse()
        return found

    def _is_loose(self, element: Element) -> bool:
        """Whether an element stands in the body that belongs in a column, or is none of MJML's."""
        return element.name in _CONTENT or not element.name.startswith("mj-")

    def _loose(self, items: list[Item]) -> list[Node]:
        if not items:
            return []
        blocks = self.blocks.read(items, self.width)
        line = items[0].line
        return [self.m.row(blocks, {"style.align": ""}, line)] if blocks else []

    def _row(self, element: Element, around: Mapping[str, str] | None) -> list[Node]:
        name = element.name
        if name == "mj-section":
            return self._section(element, around)
        if name == "mj-wrapper":
            return mjml_frames.wrapper(self, element)
        if name == "mj-hero":
            return [mjml_frames.hero(self, element)]
        if name in ("mj-column", "mj-group"):
            return self._section(Element("mj-section", {"padding": "0"}, element.line, children=[element]), around)
        if name == "mj-include":
            path = element.get("path")[:80]
            self.m.journal.lost(f"<mj-include {path}>", "The file it names is not here.", element.line)
            return []
        self.m.journal.kept(f"<{name}>", "No block is like this; it is kept as HTML.", element.line)
        return self._loose([Raw(self.m.source[element.start : element.end], element.line)])

    def _section(self, element: Element, around: Mapping[str, str] | None) -> list[Node]:
        resolved = self.attributes.of(element)
        padding = values.space(resolved, whole=self.width)
        found = self.columns(element, resolved)
        props = mjml_frames.frame(self, resolved, around, padding)
        room = self.width - float(padding[1]) - float(padding[3]) - 2 * float(props["style.borderWidth"])
        lifted = mjml_repeats.lifted(self, element, found, props, room)
        if lifted is not None:
            return lifted
        self.m.silence.tell(element, resolved, self.m.journal)
        columns = self._flat(found)
        props["stack"] = not (len(columns) > 1 and all(group for _, group, _ in columns))
        if any(group for _, group, _ in columns) and props["stack"] and len(columns) > 1:
            words = "A row stacks on phones as a whole or not at all: here it stacks."
            self.m.journal.lost("<mj-group> beside columns", words, element.line)
        return self._lines(element, columns, props, room)

    def _flat(self, found: list[tuple[Item, bool]]) -> list[tuple[Element, bool, Any]]:
        """Columns, whether they stay side by side, and the condition of each."""
        made: list[tuple[Element, bool, Any]] = []
        for item, group in found:
            if isinstance(item, Element):
                made.append((item, group, None))
            elif isinstance(item, Choice):
                for when, flow in mjml_frames.tests(self, item):
                    made += [(column, group, when) for column in elements_of(flow)]
            elif isinstance(item, Loop):
                words = "A loop around columns that stand beside others cannot be kept: they are here once."
                self.m.journal.lost(f"{{% for {item.words} %}}", words, item.line)
                made += [(column, group, None) for column in elements_of(item.inside)]
            else:
                children: list[Element | Text] = [Text(item.html, item.line)]
                made.append((Element("mj-column", {}, item.line, children=children), group, item))
        return made

    def _lines(
        self, element: Element, columns: list[tuple[Element, bool, Any]], props: dict[str, Any], room: float
    ) -> list[Node]:
        """A row of columns; several where they are more than four or wider than the mail."""
        shares = [self._share(self.attributes.of(column), room) for column, _, _ in columns]
        lines: list[list[int]] = [[]]
        for at, share in enumerate(shares):
            taken = sum(shares[one] or 0 for one in lines[-1])
            if len(lines[-1]) == _COLUMNS or (lines[-1] and taken + (share or 0) > 101):
                lines.append([])
            lines[-1].append(at)
        if len(lines) > 1:
            words = f"A row has at most {_COLUMNS} columns: these are {len(lines)} rows now."
            self.m.journal.translated(f"{len(columns)} columns in a row", words, element.line)
        made = []
        for number, line in enumerate(lines):
            top, right, bottom, left = props["style.padding"]
            sides = (top if number == 0 else 0, right, bottom if number == len(lines) - 1 else 0, left)
            own = {**props, "style.padding": sides} if len(lines) > 1 else props
            made.append(self._line(element, [columns[at] for at in line], [shares[at] for at in line], own, room))
        return made

    def _line(
        self, element: Element, columns: list[tuple[Element, bool, Any]], shares: list[float | None],
        props: dict[str, Any], room: float,
    ) -> Node:  # fmt: skip
        whole = filled(shares)
        layout = layout_of(whole)
        made = []
        for (column, _, when), share in zip(columns, whole, strict=True):
            node = self.column(column, room * share / 100, share if layout == "custom" else None, when)
            made.append(node)
        return self.m.node("section", {**props, "layout": layout}, element.line, columns=tuple(made))

    def column(self, element: Element, width: float, share: float | None, when: Any = None) -> Node:
        """One column with its blocks."""
        resolved = self.attributes.of(element)
        classes = resolved.get("css-class", "")
        padding = values.space(resolved, whole=width)
        edge, shade = values.border(resolved.get("border", ""))
        self.m.silence.tell(element, resolved, self.m.journal)
        valign = resolved.get("vertical-align", "top")
        props = {
            "width": values.within(share, 1, 100) if share else None,
            "style.padding": padding,
            "style.background": mjml_frames.ground(self, resolved, "col"),
            "style.valign": valign if valign in ("top", "middle", "bottom") else "top",
            "style.borderWidth": edge,
            "style.borderColor": values.token(classes, "colframe") or shade or None,
            "style.radius": values.within(values.pixels(resolved.get("border-radius", "")), 0, 60),
            **mjml_frames.seen(classes),
        }
        inner = width - float(padding[1]) - float(padding[3]) - 2 * float(edge)
        if isinstance(when, Raw):
            blocks = self.blocks.read([when], inner)
            when = None
        else:
            blocks = self.blocks.read(self.flow(element), inner)
        node = self.m.node("column", props, element.line, blocks=tuple(blocks))
        return mjml_frames.conditioned(self, node, when, element.line)

    def _choice(self, choice: Choice, around: Mapping[str, str] | None) -> list[Node]:
        own = mjml_repeats.repeat_of(self, choice, around) or mjml_frames.hero_of(self, choice)
        if own is not None:
            return own
        self.deep += 1
        flows = [self.rows(flow, around) for flow in choice.flows]
        otherwise = self.rows(choice.otherwise, around)
        self.deep -= 1
        try:
            tests = [expressions.condition(test) for test in choice.tests]
        except Inexpressible:
            return [
                mjml_frames.conditioned(self, row, when, choice.line)
                for (when, _), rows in zip(mjml_frames.tests(self, choice), [*flows, otherwise], strict=False)
                for row in rows
            ]
        if len(flows) == 1 and not otherwise and len(flows[0]) == 1 and not flows[0][0].props.get("when"):
            return [mjml_frames.conditioned(self, flows[0][0], tests[0], choice.line)]
        if self.deep >= ROWS_DEEP or len(tests) > 10 or any(len(rows) > 90 for rows in (*flows, otherwise)):
            words = "Conditions stand too deep in one another; what this one hid is always shown."
            self.m.journal.lost(f"{{% if {choice.tests[0]} %}}", words, choice.line)
            return [row for rows in (*flows, otherwise) for row in rows]
        if not any(flows) and not otherwise:
            return []
        return [self.m.branch([(test, tuple(rows)) for test, rows in zip(tests, flows, strict=True)], tuple(otherwise))]

    def _loop(self, loop: Loop, around: Mapping[str, str] | None) -> list[Node]:
        made = mjml_repeats.loop(self, loop, around)
        if made is not None:
            return made
        words = "This loop cannot be kept: what it repeated is here once."
        self.m.journal.lost(f"{{% for {loop.words} %}}", words, loop.line)
        return self.rows(loop.inside, around) + self.rows(loop.empty, around)

    def _share(self, resolved: Mapping[str, str], room: float) -> float | None:
        text = resolved.get("width", "")
        if text.strip().endswith("%"):
            return values.pixels(text, 100)
        found = values.pixels(text)
        return found * 100 / room if found and room > 0 else None


def filled(shares: list[float | None]) -> list[float]:
    """Shares in percent where some are not said: they divide what is left."""
    taken = sum(share or 0 for share in shares)
    empty = sum(1 for share in shares if not share)
    rest = max(100 - taken, 0) / empty if empty else 0
    made = [share or rest or 1 for share in shares]
    whole = sum(made)
    return [share * 100 / whole for share in made]


def layout_of(shares: list[float]) -> str:
    """The layout of some shares; custom where none is like it."""
    for layout in LAYOUTS:
        if layout == "custom" or layout.count("-") != len(shares) - 1:
            continue
        parts = [float(part) for part in layout.split("-")]
        if all(abs(part * 100 / sum(parts) - share) < 0.05 for part, share in zip(parts, shares, strict=True)):
            return layout
    return "custom"
