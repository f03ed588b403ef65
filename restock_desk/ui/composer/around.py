"""What fields need to know besides their value: the variables with live values, the brand's colours and fonts."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from restock_desk.domain.document.saved import SavedBlock
from restock_desk.domain.document.tree import Json, Node
from restock_desk.domain.templates import CONTEXT_FIELDS
from restock_desk.services.composing import Verdict
from restock_desk.ui.completion import Live

_ITEM_ROOTS = ("product", "variant", "event", "interest", "links")
_NAMES = {
    "subscriber": "Reader", "product": "Product", "variant": "Variant", "event": "Restock", "interest": "Their wish",
    "links": "Links", "shop": "Shop", "items": "Lists", "shelf": "Lists",
}  # fmt: skip
_SPECIAL = {
    "product.title": "Product name", "variant.title": "Variant name", "shop.name": "Shop name",
    "variant.price": "Price", "variant.compare_at_price": "Former price", "variant.stock": "Stock",
    "event.occurred_at": "Back since", "interest.created_at": "Asked on", "interest.source": "Asked where",
    "product.url": "Product page", "variant.url": "Variant page", "product.image_url": "Product picture",
    "variant.image_url": "Variant picture", "shop.logo_url": "Shop logo", "shop.url": "Shop front page",
    "product.vendor": "Maker", "product.description": "Product description", "shop.address": "Postal address",
}  # fmt: skip

_PATHS = re.compile(r"\b(?:subscriber|product|variant|event|interest|shop)(?:\.[a-z]\w*)+")
Judge = Callable[[Json, Callable[[Verdict | None], None]], None]


@dataclass(frozen=True)
class Variable:
    """A path a template may use, with its value for the person who is shown."""

    path: str
    type: str
    doc: str
    value: str = ""
    nullable: bool = False

    @property
    def label(self) -> str:
        return label_of(self.path)

    @property
    def group(self) -> str:
        return _NAMES.get(self.path.partition(".")[0], "Each entry")


@dataclass(frozen=True)
class Token:
    """A colour of the brand: `$brand` and what it stands for in light mode."""

    name: str
    value: str

    @property
    def label(self) -> str:
        return self.name.removeprefix("$").replace("-", " ").capitalize()


class Around(QObject):
    """GUI thread only. `changed` when values or tokens are others."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._live: Sequence[Live] = [(field, "") for field in CONTEXT_FIELDS]
        self._entries: tuple[Variable, ...] = ()
        self.tokens: tuple[Token, ...] = ()
        self.fonts: tuple[str, ...] = ("$body", "$heading", "$mono")
        self.kept: tuple[SavedBlock, ...] = ()
        """The saved blocks of the shop, newest versions, by name; `pinned` older ones that the document names."""
        self.pinned: Mapping[tuple[str, int], SavedBlock] = {}
        self.judge: Judge | None = None
        """Tries a condition for the person who is shown and those who wait, and answers later."""
        self.host: Callable[[str, Callable[[str], object]], object] | None = None
        """Keeps a picture's file with the shop and answers with its address later."""
        self.person = ""
        self.currency = "EUR"
        self.what = ""
        """What is being edited, for sentences: “this button”."""

    def set_live(self, live: Sequence[Live]) -> None:
        self._live = live
        self.changed.emit()

    def set_tokens(self, tokens: Sequence[Token]) -> None:
        self.tokens = tuple(tokens)
        self.changed.emit()

    def library(self, id: str, version: int | None) -> SavedBlock | None:
        """A saved block as far as it is known here; version None asks for the newest."""
        newest = next((block for block in self.kept if block.id == id), None)
        if newest is not None and version in (None, newest.version):
            return newest
        known = [block for (name, number), block in self.pinned.items() if name == id and version in (None, number)]
        return max(known, key=lambda block: block.version, default=None)

    def enter(self, path: Sequence[Node]) -> None:
        """Which blocks stand around the one being edited: a repeat gives names of its own."""
        found = []
        for node in path:
            if node.type == "repeat":
                alias = str(node.get("as") or "item")
                found += [
                    Variable(f"{alias}.{one.path}", one.type, one.doc, one.value, one.nullable)
                    for one in self._known()
                    if one.path.partition(".")[0] in _ITEM_ROOTS
                ]
        self._entries = tuple(found)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All that can be put into text, those of the repeat around first."""
        return (
            *self._entries,
            *(one for one in self._known() if one.type != "list" and not one.path.startswith("shelf.")),
        )

    def variable(self, path: str) -> Variable | None:
        return next((one for one in (*self._entries, *self._known()) if one.path == path), None)

    def type_of(self, path: str) -> str | None:
        """The type of a path for conditions: "" is compared with anything, None is unknown."""
        found = self.variable(path)
        if found is not None:
            return found.type
        return "" if path.startswith("subscriber.attributes.") else None

    def hex_of(self, color: Json) -> str:
        """What a colour or token looks like; empty for none."""
        if not isinstance(color, str) or not color.startswith("$"):
            return color if isinstance(color, str) else ""
        return next((token.value for token in self.tokens if token.name == color), "")

    def _known(self) -> list[Variable]:
        return [Variable(f.path, f.type, f.doc, value, f.nullable) for f, value in self._live]


def in_words(sentence: str) -> str:
    """A sentence of the domain with its paths as a person reads them: variant.stock is 59 → Stock is 59."""
    return _PATHS.sub(lambda found: label_of(found.group()), sentence)


def named(path: str) -> str:
    """A variable among words."""
    return f"‹{label_of(path)}›"


def label_of(path: str) -> str:
    """A path as a person reads it: subscriber.first_name → First name."""
    if path in _SPECIAL:
        return _SPECIAL[path]
    root, _, rest = path.partition(".")
    if rest and root not in _NAMES and rest in _SPECIAL:
        return f"Entry’s {_SPECIAL[rest][0].lower()}{_SPECIAL[rest][1:]}"
    last = path.rpartition(".")[2]
    return last.replace("_", " ").strip().capitalize() or path
