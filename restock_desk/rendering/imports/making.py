"""What every importer rests on: where it stands, nodes checked field by field, the document at the end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType
from typing import Any

from restock_desk.domain.brand import DEFAULT, Brand
from restock_desk.domain.document import checking, kinds, values
from restock_desk.domain.document.fields import NewId
from restock_desk.domain.document.imported import Imported, gathered
from restock_desk.domain.document.tree import (
    BYTE_LIMIT,
    NODE_LIMIT,
    Document,
    DocumentFault,
    Json,
    Node,
    freeze,
)
from restock_desk.rendering.imports.css import Sheet
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.notes import Constructs, Journal
from restock_desk.rendering.imports.silence import Silence

HTML_LIMIT = 60_000
_EXTRAS = 60_000
ROWS_DEEP = 4
"""How deep conditions and loops may stand in one another around rows: a document has eight levels."""


def numbered() -> NewId:
    """Ids that count, for whoever needs no others."""
    numbers = count(1)
    return lambda: f"i{next(numbers)}"


@dataclass
class Making:
    """One import under way. `alias` is the entry of the repeat it stands in, `fresh` makes ids."""

    source: str
    brand: Brand = DEFAULT
    fresh: NewId = field(default_factory=numbered)
    constructs: Constructs = field(default_factory=Constructs)
    journal: Journal = field(default_factory=Journal)
    alias: str = ""
    rtl: bool = False
    extras: dict[str, Any] = field(default_factory=dict)
    phone: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """What our own compiler's rules for phones say, by class."""

    hidden: tuple[Any, ...] = ()
    """The first words that the mail hides: its preheader."""
    silence: Silence = field(default_factory=Silence)
    sheet: Sheet = field(default_factory=Sheet)
    """What the file's own style sheets say."""

    @property
    def start(self) -> str:
        """Where lines begin."""
        return "right" if self.rtl else "left"

    def node(self, type: str, props: Mapping[str, Any], line: int = 0, **slots: tuple[Node, ...]) -> Node:
        """A node whose fields are right; one that is not is left out and told."""
        made = nested(props)
        specs = kinds.fields_of(type)
        for name, spec in specs.items():
            parts = name.split(".")
            group = made
            for part in parts[:-1]:
                group = group.get(part, {}) if isinstance(group, dict) else {}
            if not isinstance(group, dict) or parts[-1] not in group:
                continue
            try:
                group[parts[-1]] = values.checked(spec, freeze(group[parts[-1]]), ())
            except DocumentFault as fault:
                del group[parts[-1]]
                self.journal.lost(f"{spec.label} of a block", fault.reason, line)
        frozen = checking.checked_props(type, checking.freeze_object(made, ()))
        return Node(self.fresh(), type, frozen, MappingProxyType({name: part for name, part in slots.items() if part}))

    def branch(self, cases: list[tuple[Mapping[str, Any], tuple[Node, ...]]], otherwise: tuple[Node, ...]) -> Node:
        props = checking.checked_props("branch", freeze_object({"cases": [{"when": when} for when, _ in cases]}))
        slots = {f"case:{at}": nodes for at, (_, nodes) in enumerate(cases) if nodes}
        if otherwise:
            slots["else"] = otherwise
        return Node(self.fresh(), "branch", props, MappingProxyType(slots))

    def html(self, html: str, line: int = 0, padding: tuple[float | int, ...] = (0, 0, 0, 0)) -> list[Node]:
        """HTML as it is, constructs back in it; cut in pieces where one block cannot hold it."""
        html = self.constructs.show(html).strip()
        if len(html) > HTML_LIMIT:
            words = f"An HTML block holds {HTML_LIMIT:,} letters; what follows is left out."
            self.journal.lost("HTML", words, line)
            html = html[: html.rfind("<", 0, HTML_LIMIT)] if "<" in html[:HTML_LIMIT] else html[:HTML_LIMIT]
        return [self.node("html", {"html": html, "style.padding": padding}, line)] if html else []

    def lowered(self, node: Node, room: float) -> Node:
        """A block with so much more room below."""
        old = node.get("style.padding")
        if not isinstance(old, tuple) or len(old) != 4:
            spec = kinds.field_of(node.type, "style.padding")
            old = spec.default if spec else None
        if not isinstance(old, tuple):
            return node
        top, right, bottom, left = (float(side) if isinstance(side, int | float) else 0.0 for side in old)
        style = node.props.get("style")
        padding = (top, right, min(max(bottom + room, 0), 200), left)
        changed = {**(style if isinstance(style, Mapping) else {}), "padding": padding}
        made = checking.checked_props(node.type, freeze_object({**node.props, "style": changed}))
        return Node(node.id, node.type, made, node.slots)

    def row(
        self, blocks: list[Node], props: Mapping[str, Any] | None = None, line: int = 0,
        column_props: Mapping[str, Any] | None = None,
    ) -> Node:  # fmt: skip
        """Blocks in a section of one column."""
        column = self.node("column", column_props or {}, line, blocks=tuple(blocks))
        return self.node("section", {"style.padding": (0, 0, 0, 0), **(props or {})}, line, columns=(column,))

    def shown(self, node: Node, when: Mapping[str, Any]) -> Node:
        """The node with one more condition. Raises Inexpressible where both together are too much."""
        own = node.props.get("when")
        tree = {"all": [when, own]} if own else when
        props = {**node.props, "when": freeze(tree)}
        try:
            return Node(node.id, node.type, checking.checked_props(node.type, props), node.slots)
        except DocumentFault as fault:
            raise Inexpressible from fault

    def noted(self, node: Node, words: str) -> Node:
        """The node with a note for colleagues."""
        old = str(node.props.get("note", ""))
        props = {**node.props, "note": f"{old}\n{words}".strip()[:4000]}
        return Node(node.id, node.type, checking.checked_props(node.type, props), node.slots)


def freeze_object(value: Any) -> Mapping[str, Json]:
    return checking.freeze_object(value, ())


def nested(props: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names as objects in objects; None is left out."""
    made: dict[str, Any] = {}
    for name, value in props.items():
        if value is None:
            continue
        inside = made
        *groups, last = name.split(".")
        for part in groups:
            inside = inside.setdefault(part, {})
        inside[last] = value
    return made


def document(making: Making, name: str, settings: Mapping[str, Any], body: list[Node]) -> Document:
    """The document, with as many of the blocks as it may have."""
    frame = Document(making.fresh(), name=_name(name), theme="brand:default", settings=_settings(making, settings))
    kept: list[Node] = []
    nodes = 1
    for at, node in enumerate(body):
        nodes += sum(1 for _ in node.walk())
        if nodes > NODE_LIMIT or Document("x", body=(*kept, node)).weight > BYTE_LIMIT - 80_000:
            words = f"A document has at most {NODE_LIMIT} blocks and {BYTE_LIMIT // 1024} KB."
            making.journal.lost(f"the last {len(body) - at} rows", words)
            break
        kept.append(node)
    extras = making.extras if len(json.dumps(making.extras)) < _EXTRAS else {}
    if making.extras and not extras:
        making.journal.lost("the style sheet", "It is too large to be kept.")
    made = Document(
        frame.id, frame.name, settings=frame.settings, theme=frame.theme, body=tuple(kept), x=freeze_object(extras)
    )
    checking.checked_children(None, "body", made.body, ("body",))
    checking.checked_whole(made)
    return made


def imported(making: Making, made: Document, kind: str, source: str) -> Imported:
    return Imported(made, gathered(tuple(making.journal.notes)), kind, source)


def _settings(making: Making, settings: Mapping[str, Any]) -> Mapping[str, Json]:
    made: dict[str, Any] = {}
    for name, value in settings.items():
        if value is None:
            continue
        try:
            made[name] = values.checked(kinds.SETTING[name], freeze(value), ())
        except DocumentFault as fault:
            making.journal.lost(kinds.SETTING[name].label, fault.reason)
    return values.checked_fields(kinds.SETTING, freeze_object(nested(made)), ("settings",))


def _name(name: str) -> str:
    return " ".join(name.split())[:200]
