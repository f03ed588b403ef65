"""The table that everything is generated from: every block type, every setting, their defaults, and fresh blocks."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from restock_desk.domain.document.commerce import COMMERCE
from restock_desk.domain.document.content import CONTENT
from restock_desk.domain.document.fields import COMMON, FieldSpec, Kind, Level, NewId, Shape, SlotSpec, shaped, text
from restock_desk.domain.document.layout import BODY, LAYOUT
from restock_desk.domain.document.tree import NOTHING, Document, Json, Node, freeze

KINDS: Mapping[str, Kind] = MappingProxyType({kind.type: kind for kind in (*LAYOUT, *CONTENT, *COMMERCE)})
CUSTOM = "custom:"
_UTM = ("source", "medium", "campaign", "term", "content")
SETTINGS: tuple[FieldSpec, ...] = (
    FieldSpec("width", "number", "Width", 600, min=320, max=900, unit="px"),
    FieldSpec("lang", "text", "Language", "en", doc="Such as fr or pt-BR", most=35),
    FieldSpec("dir", "select", "Direction", "ltr", ("ltr", "rtl")),
    FieldSpec("subject", "rich", "Subject", (), plain=True, required=True),
    FieldSpec("preheader", "rich", "Preheader", (), plain=True, doc="Shown after the subject in an inbox"),
    FieldSpec("from", "text", "Sender", "sender:main", doc="sender:main is the shop's own", most=320),
    FieldSpec("replyTo", "text", "Replies to", None, doc="Empty: the shop's", most=320),
    FieldSpec("background", "color", "Background", "$background"),
    FieldSpec("contentBackground", "color", "Background of the content", "$surface"),
    FieldSpec("darkMode", "select", "Dark mode", "support", ("support", "light-only")),
    FieldSpec("textPart", "select", "Plain-text part", "auto", ("auto", "manual")),
    FieldSpec("text", "rich", "Plain text", (), plain=True, doc="Where the plain-text part is written by hand"),
    *(FieldSpec(f"utm.{name}", "text", f"utm_{name}", "", most=200) for name in _UTM),
    FieldSpec(
        "targets",
        "list",
        "Target mail programs",
        (),
        doc="None: those of the shop",
        items=(FieldSpec("", "text", "Mail program", "", most=60),),
        most=60,
    ),
)


def kind_of(type: str) -> Kind | None:
    """The kind of a node's type. `custom:<def>` stands wherever content does; None for a type this version lacks."""
    if type.startswith(CUSTOM):
        return _CUSTOM
    return KINDS.get(type)


def level_of(type: str) -> Level | None:
    """Where a type stands; None for an unknown type, which is borne anywhere."""
    kind = kind_of(type)
    return kind.level if kind else None


def value(node: Node, name: str, phone: bool = False) -> Json:
    """What holds for a field by its dotted name: what was set (on a phone its override first), else the default."""
    if phone:
        override = node.get(f"mobile.{name.rpartition('.')[2]}")
        if override is not None:
            return override
    found = node.get(name)
    if found is not None:
        return found
    spec = field_of(node.type, name)
    return spec.default if spec else None


def field_of(type: str, name: str) -> FieldSpec | None:
    """The field of a type by its dotted name; `mobile.padding` is that of `style.padding`."""
    return fields_of(type).get(name)


def fields_of(type: str) -> Mapping[str, FieldSpec]:
    """All fields of a type by dotted name, phone twins included, in canonical order; empty for an unknown type."""
    return _FIELDS.get(CUSTOM if type.startswith(CUSTOM) else type, {})


def shape_of(type: str) -> Shape:
    """The fields of a type, nested."""
    return _SHAPES.get(CUSTOM if type.startswith(CUSTOM) else type, {})


def setting(document: Document, name: str) -> Json:
    """What holds for a setting by its dotted name."""
    found = document.setting(name)
    return found if found is not None else SETTING[name].default


def slot_of(node: Node, slot: str) -> SlotSpec | None:
    """The schema of one of a node's slots; `case:2` is that of `case`, and only as far as the node has cases."""
    kind = kind_of(node.type)
    if kind is None:
        return None
    name, colon, at = slot.partition(":")
    if (name == "case") != bool(colon) or (colon and (not at.isdecimal() or str(int(at)) != at)):
        return None
    if colon and int(at) >= len(cases(node)):
        return None
    return next((spec for spec in kind.slots if spec.name == name), None)


def slots_of(node: Node) -> tuple[str, ...]:
    """The names of a node's slots in reading order; a branch has one a case."""
    kind = kind_of(node.type)
    if kind is None:
        return ()
    if kind.type == "branch":
        return (*(f"case:{at}" for at in range(len(cases(node)))), "else")
    return tuple(spec.name for spec in kind.slots)


def cases(branch: Node) -> tuple[Mapping[str, Json], ...]:
    """The cases of a branch: a name and a condition each."""
    found = branch.props.get("cases", ())
    return tuple(case for case in found if isinstance(case, Mapping)) if isinstance(found, tuple) else ()


def column_widths(section: Node) -> tuple[float, ...]:
    """The share of each column in percent. A layout that does not fit the columns gives each the same."""
    columns = section.children("columns")
    if not columns:
        return ()
    layout = str(value(section, "layout"))
    if layout == "custom":
        shares = [
            float(width) if isinstance(width, int | float) else 0.0 for width in (c.get("width") for c in columns)
        ]
        free = max(0.0, 100 - sum(shares)) / (shares.count(0.0) or 1)
        shares = [share or free for share in shares]
    else:
        shares = [float(part) for part in layout.split("-")]
    if len(shares) != len(columns) or not all(shares):
        shares = [1.0] * len(columns)
    return tuple(round(share * 100 / sum(shares), 4) for share in shares)


def new(type: str, new_id: NewId) -> Node:
    """A sensible fresh block with words of its own; a section and its like come with what they need inside."""
    props = freeze(_FRESH.get(type, {}))
    assert isinstance(props, Mapping)
    slots: dict[str, tuple[Node, ...]] = {}
    if type == "section":
        slots["columns"] = (new("column", new_id),)
    elif type == "hero":
        slots["blocks"] = tuple(new(inner, new_id) for inner in ("heading", "text", "button"))
    elif type == "repeat":
        item = new("product", new_id)
        slots["each"] = (Node(item.id, item.type, MappingProxyType({**item.props, "source": "item"})),)
    elif type == "branch":
        slots["case:0"] = (new("section", new_id),)
    return Node(new_id(), type, props, MappingProxyType(slots))


def blank(id: str, name: str, new_id: NewId) -> Document:
    """A new e-mail: one section for the author, one with the footer."""
    footer = new("section", new_id)
    column = footer.children("columns")[0]
    column = Node(column.id, column.type, NOTHING, MappingProxyType({"blocks": (new("footer", new_id),)}))
    footer = Node(footer.id, footer.type, NOTHING, MappingProxyType({"columns": (column,)}))
    return Document(id=id, name=name, theme="brand:default", body=(new("section", new_id), footer))


def _on_phone(spec: FieldSpec) -> FieldSpec:
    return replace(spec, name=f"mobile.{spec.last}", default=None, phone=False)


_FRESH: Mapping[str, object] = {
    "text": {"text": text("Tell your readers something they will be glad to know.")},
    "heading": {"text": text("Good news")},
    "button": {"label": text("View product"), "href": {"link": "product"}},
    "image": {"src": {"v": "product.image_url"}, "alt": [{"v": "product.title"}], "href": {"link": "product"}},
    "menu": {
        "links": [
            {"label": text("New in"), "href": {"v": "shop.url"}},
            {"label": text("My wish list"), "href": {"link": "wishlist"}},
        ]
    },
    "table": {"rows": [[text("Size"), text("Chest")], [text("Small"), text("92 cm")], [text("Medium"), text("98 cm")]]},
    "list": {"items": [text("Free returns within 30 days"), text("Questions? Just reply to this mail")]},
    "code": {"code": text("WELCOME10"), "label": text("Your code")},
    "footer": {"text": text("You get this mail because you asked to be told when this product is back.")},
    "hero": {"image": {"v": "product.image_url"}},
    "branch": {"cases": [{"name": "Few left", "when": {"var": "variant.stock", "op": "lt", "value": 5}}]},
}

_CUSTOM = Kind(CUSTOM, "Custom block", "custom", "mdi6.puzzle-outline", COMMON, expands=True)
SETTING: Mapping[str, FieldSpec] = MappingProxyType({spec.name: spec for spec in SETTINGS})
_FIELDS: Mapping[str, Mapping[str, FieldSpec]] = {
    kind.type: {
        **{spec.name: spec for spec in kind.fields},
        **{f"mobile.{spec.last}": _on_phone(spec) for spec in kind.phone_fields},
    }
    for kind in (*KINDS.values(), _CUSTOM)
}
_SHAPES: Mapping[str, Shape] = {type: shaped(fields) for type, fields in _FIELDS.items()}
SETTINGS_SHAPE = shaped(SETTING)
__all__ = [
    "BODY",
    "KINDS",
    "SETTINGS",
    "blank",
    "cases",
    "column_widths",
    "field_of",
    "kind_of",
    "level_of",
    "new",
    "setting",
    "slot_of",
    "slots_of",
    "value",
]
