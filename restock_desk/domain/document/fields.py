"""What a schema is made of: fields, slots, kinds. The blocks themselves are in `layout`, `content`, `commerce`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from restock_desk.domain.document.tree import Json

FieldType = Literal[
    "rich", "text", "textarea", "number", "color", "space", "font", "url", "image", "select", "boolean", "list",
    "condition", "product_fields", "html", "table", "json",
]  # fmt: skip
Level = Literal["body", "column", "content"]
PRODUCT_FIELDS = ("image", "title", "variant", "price", "compareAt", "stockBadge", "button")
LINKS = ("product", "cart", "wishlist", "unsubscribe", "preferences", "browser")
"""The links the context makes for each person; each is a name under `links`."""


@dataclass(frozen=True)
class FieldSpec:
    """One property. `name` is its dotted place in the node (`style.padding`), `default` what stands if nothing is set.

    `plain`: a rich field without marks or links (variables stay). `phone`: may be overridden under `mobile`, by the
    last part of its name. `items`: the fields of each entry of a list; one field named "" = plain entries. `required`:
    an empty value is a finding. `most`: entries of a list, letters of a text.
    """

    name: str
    type: FieldType
    label: str
    default: Json = None
    choices: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    unit: str = ""
    doc: str = ""
    plain: bool = False
    phone: bool = False
    items: tuple["FieldSpec", ...] = ()
    required: bool = False
    most: int = 0

    @cached_property
    def shape(self) -> "Shape":
        """The fields of an entry, nested."""
        return shaped({item.name: item for item in self.items})

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]


Shape = Mapping[str, "FieldSpec | Shape"]
"""Fields by the parts of their names: a group such as `style` is a shape of its own."""


def shaped(specs: Mapping[str, FieldSpec]) -> Shape:
    """Fields by dotted name as a shape, in their order."""
    made: dict[str, Any] = {}
    for name, spec in specs.items():
        *above, last = name.split(".")
        inside = made
        for part in above:
            inside = inside.setdefault(part, {})
        inside[last] = spec
    return made


@dataclass(frozen=True)
class SlotSpec:
    """A list of children. `takes`: levels; where it takes two, all children must be of one. `most`: how many."""

    name: str
    label: str
    takes: tuple[Level, ...]
    most: int = 100


@dataclass(frozen=True)
class Kind:
    """A block type. `level`: where it may stand; `fresh` builds the props of a new one (its children: `kinds.new`)."""

    type: str
    label: str
    group: Literal["layout", "content", "commerce", "custom"]
    icon: str
    fields: tuple[FieldSpec, ...]
    slots: tuple[SlotSpec, ...] = ()
    level: Level = "content"
    doc: str = ""
    fresh: Mapping[str, Json] | None = None
    expands: bool = False

    def field(self, name: str) -> FieldSpec | None:
        """The field of that dotted name; `mobile.padding` is the phone twin of `style.padding`."""
        return next((spec for spec in self.fields if spec.name == name), None)

    @property
    def phone_fields(self) -> tuple[FieldSpec, ...]:
        return tuple(spec for spec in self.fields if spec.phone)


NewId = Callable[[], str]

COMMON_FIRST = (
    FieldSpec("name", "text", "Name", "", doc="How the outline calls this block", most=120),
    FieldSpec("when", "condition", "Show when", doc="Everybody sees the block where nothing is set"),
    FieldSpec("visibility.desktop", "boolean", "Show on computers", True),
    FieldSpec("visibility.mobile", "boolean", "Show on phones", True),
)
COMMON_LAST = (
    FieldSpec("locked", "boolean", "Locked", False, doc="Neither moved nor changed by mistake"),
    FieldSpec("note", "textarea", "Note", "", doc="For colleagues; never sent", most=4000),
)
COMMON = (*COMMON_FIRST, *COMMON_LAST)


def padding(top: int = 0, right: int = 0, bottom: int = 0, left: int = 0) -> FieldSpec:
    return FieldSpec(
        "style.padding", "space", "Padding", (top, right, bottom, left), min=0, max=200, unit="px", phone=True
    )


def color(name: str, label: str, default: Json = "", doc: str = "") -> FieldSpec:
    return FieldSpec(f"style.{name}", "color", label, default, doc=doc)


def align(default: str = "", phone: bool = True) -> FieldSpec:
    choices = ("", "left", "center", "right")
    return FieldSpec("style.align", "select", "Alignment", default, choices, phone=phone, doc="Empty follows the text")


def px(name: str, label: str, default: Json, low: float, high: float, phone: bool = False, doc: str = "") -> FieldSpec:
    return FieldSpec(f"style.{name}", "number", label, default, min=low, max=high, unit="px", phone=phone, doc=doc)


def border(radius: int = 0) -> tuple[FieldSpec, ...]:
    return (
        px("borderWidth", "Border", 0, 0, 20),
        color("borderColor", "Border colour", "$border"),
        px("radius", "Rounded corners", radius, 0, 60),
    )


def lettering(size: Json, family: str, ink: str, line: float = 1.5, weight: str = "") -> tuple[FieldSpec, ...]:
    """Font, size, colour, weight, line height: what every block of text has."""
    return (
        FieldSpec("style.font", "font", "Font", family),
        px("size", "Size", size, 8, 96, phone=True, doc="0 or empty follows the brand's type scale"),
        color("color", "Colour", ink),
        FieldSpec("style.weight", "select", "Weight", weight, ("", "400", "500", "600", "700", "800")),
        FieldSpec("style.lineHeight", "number", "Line height", line, min=1, max=3),
    )


def text(words: str) -> Json:
    """Plain words as runs."""
    return ({"t": words},)
