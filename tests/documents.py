"""Documents for tests: a blank one around some blocks, ids that count, and a hypothesis strategy of valid documents.

`documents()` draws whole valid e-mails of every kind of block, hostile words included, in their one form. They are made
from a seed and a size: a thousand a few seconds, and `Maker(seed).document(size)` makes the same one again.
"""

import random
from collections.abc import Callable, Sequence
from itertools import count
from types import MappingProxyType
from typing import Any, TypeVar

from hypothesis import strategies as st

from restock_desk.domain import conditions
from restock_desk.domain.document import checking, kinds, reading
from restock_desk.domain.document.fields import LINKS, FieldSpec
from restock_desk.domain.document.rich import FILTERS, MARKS
from restock_desk.domain.document.tree import Document, Node

T = TypeVar("T")
PATHS = (
    "subscriber.first_name", "subscriber.attributes.size", "product.title", "product.url", "variant.price",
    "variant.stock", "interest.created_at", "items.0.product.title", "shop.name",
)  # fmt: skip
HOSTILE = (
    "{{ 7 * 7 }}", "{% raw %}", "<b>bold</b>", "a & b", "“quoted” 'it' \"is\"", "]]>", "-->", "*|FNAME|*", "&nbsp;",
    "שלום", "👩‍👩‍👧 e\u0301", "line\nbreak", "\ttab", "{#", "%}", "\u2028", " ", "",
)  # fmt: skip
TEXTS = ("", "gold", "GOLD", "Straße", "STRASSE", "e\u0301", "É", "a*b", "a%b_c", "5", "\\", "İ", "ǰ", "*", "g?l*", "o")
MOMENTS = ("2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", "2026-02-01T00:00:00Z")
_SIMPLE = tuple(name for name, most in FILTERS.items() if not most)
_HTML = ("", "<p>Raw</p>", "<p>{{ product.title }}</p>", "{{ shop.name }}", "{% if shop.url %}<b>x</b>{% endif %}")
_ADDRESSES = ("", "https://shop.example/a?b=1&c=2", "http://x.example/#top", "mailto:a@shop.example")


def numbered(prefix: str = "n") -> Callable[[], str]:
    """A maker of ids that count: n1, n2…"""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


def body_of(*nodes: Node) -> Document:
    """A document with these nodes; content n stands in the column c-n of the section s-n."""
    made = []
    for node in nodes:
        id = node.id
        if kinds.level_of(node.type) == "content":
            node = Node(f"c-{id}", "column", slots=MappingProxyType({"blocks": (node,)}))
        if kinds.level_of(node.type) == "column":
            node = Node(f"s-{id}", "section", slots=MappingProxyType({"columns": (node,)}))
        made.append(node)
    return Document(id="doc", name="Test", body=tuple(made))


def makers() -> st.SearchStrategy["Maker"]:
    return st.integers(0, 2**40).map(Maker)


def documents(unknown: bool = True) -> st.SearchStrategy[Document]:
    """Valid documents. `unknown`: with types and keys of a newer version."""
    return st.builds(lambda size, seed: Maker(seed).document(size, unknown), st.integers(0, 4), st.integers(0, 2**40))


class Maker:
    """Makes valid things from a seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.new_id = numbered()

    def __repr__(self) -> str:
        return f"Maker({self.seed})"

    def document(self, size: int = 3, unknown: bool = True) -> Document:
        """A valid document with at most `size` blocks in its body."""
        raw: dict[str, Any] = {
            "schema": "restock.email/1",
            "id": "doc",
            "name": self.line(),
            "settings": self.fields(kinds.SETTINGS),
            "x": self.extra(),
            **(self.extra() if unknown else {}),
        }
        body = [self.node(self.types("body", unknown, 0), unknown) for _ in range(self.random.randint(0, size))]
        frame = reading.build(raw)
        return Document(**{**vars(frame), "body": tuple(checking.checked_node(node) for node in body)})

    def node(self, types: Sequence[str], unknown: bool = True, deep: int = 0) -> Node:
        """One node of some types with all below it."""
        type = self.one(types)
        kind = kinds.KINDS.get(type)
        props = self.fields(kind.fields) if kind else {}
        props |= self.extra() if unknown else {}
        node = Node(self.new_id(), type, checking.freeze_object(props, ()))
        slots = {}
        for slot in kinds.slots_of(node):
            spec = kinds.slot_of(node, slot)
            assert spec
            allowed = self.types(self.one(spec.takes), unknown, deep)
            some = self.random.randint(0, min(spec.most, 3 if deep < 2 else 2))
            slots[slot] = tuple(self.node(allowed, unknown, deep + 1) for _ in range(some))
        return Node(node.id, type, node.props, MappingProxyType(slots))

    def types(self, level: str, unknown: bool, deep: int) -> tuple[str, ...]:
        found = [kind.type for kind in kinds.KINDS.values() if kind.level == level]
        if deep >= 3:
            found = [type for type in found if type not in ("repeat", "branch")]
        return (*found, "hologram", "custom:badge") if unknown and level == "content" else tuple(found)

    def fields(self, specs: Sequence[FieldSpec]) -> dict[str, Any]:
        """Values for some of the fields, nested by their dotted names."""
        made: dict[str, Any] = {}
        for spec in self.random.sample(list(specs), min(len(specs), self.random.randint(0, 6))):
            inside = made
            for part in spec.path[:-1]:
                inside = inside.setdefault(part, {})
            inside[spec.last] = self.value(spec)
        return made

    def value(self, spec: FieldSpec) -> Any:
        """A valid value of a field."""
        fixed = {"path": "items", "as": "item", "ref": "", "until": "2026-11-27T18:00:00Z"}
        if spec.name in fixed:
            return fixed[spec.name]
        if spec.type == "list":
            plain = spec.items[0].name == ""
            return self.some(lambda: self.value(spec.items[0]) if plain else self.fields(spec.items))
        if spec.type in ("number", "space"):
            low = int(spec.min or 0)
            four = [self.random.randint(low, int(min(spec.max or 99, low + 60))) for _ in range(4)]
            return four[0] if spec.type == "number" else four
        makers: dict[str, Callable[[], Any]] = {
            "rich": lambda: self.runs(spec.plain), "text": self.line, "textarea": self.words, "condition": self.tree,
            "boolean": lambda: self.one((True, False)), "url": self.url, "image": self.url,
            "color": lambda: self.one(("$brand", "$text", "$surface", "#0a0b0c", "#ffffff", "")),
            "font": lambda: self.one(("$body", "$heading", "$mono")), "select": lambda: self.one(spec.choices),
            "product_fields": lambda: self.random.sample(spec.choices, self.random.randint(0, 4)),
            "html": lambda: self.one(_HTML), "json": lambda: self.random.randint(0, 9),
            "table": lambda: self.some(lambda: [self.runs(), *self.some(self.runs)]),
        }  # fmt: skip
        return makers[spec.type]()

    def runs(self, plain: bool = False) -> list[dict[str, Any]]:
        """Rich text: words and variables, with marks and links unless `plain`."""
        made: list[dict[str, Any]] = []
        for _ in range(self.random.randint(0, 4)):
            run: dict[str, Any] = {"t": self.line() if plain else self.words()}
            if self.random.random() < 0.5:
                run = {"v": self.one(PATHS)}
                run |= {"fallback": self.line()} if self.random.random() < 0.5 else {}
                run |= {"filters": [self.one(_SIMPLE)]} if self.random.random() < 0.3 else {}
            if not plain:
                run |= {"m": self.random.sample(MARKS, self.random.randint(0, 2))}
                run |= self.one(({}, {}, {"color": "$accent"}, {"size": 20}, {"link": self.url()}))
            made.append(run)
        return made

    def url(self) -> Any:
        path = self.one(("product.url", "product.image_url"))
        fallback = {"v": "shop.url", "fallback": "https://shop.example"}
        return self.one((self.one(_ADDRESSES), {"link": self.one(LINKS)}, {"v": path}, fallback))

    def tree(self, paths: Sequence[str] = PATHS, deep: int = 0) -> dict[str, Any]:
        """A condition over some paths."""
        what = self.random.random()
        if deep > 3 or what < 0.5:
            return self.leaf(paths)
        if what < 0.65:
            return {"not": self.tree(paths, deep + 1)}
        return {self.one(("all", "any")): self.some(lambda: self.tree(paths, deep + 1))}

    def leaf(self, paths: Sequence[str] = PATHS) -> dict[str, Any]:
        op = self.one(conditions.OPERATORS)
        leaf: dict[str, Any] = {"var": self.one(paths), "op": op}
        if op in conditions.ALONE:
            return leaf
        if op in ("in", "nin"):
            return {**leaf, "value": self.some(self.operand)}
        if op == "between":
            return {**leaf, "value": [self.operand(), self.operand()]}
        return {**leaf, "value": self.one(TEXTS) if op in conditions.TEXTUAL else self.operand()}

    def operand(self) -> Any:
        """What a comparison may hold; small, so that it often meets what it is compared with."""
        money = {"amount": self.one(("19.90", "0", "5", "19.9")), "currency": self.one(("EUR", "USD"))}
        return self.one(
            (
                self.one(TEXTS),
                self.random.randint(-3, 6),
                self.one((0.5, 1.25, -2.5, 3.0)),
                self.one((True, False)),
                money,
                {"at": self.one(MOMENTS)},
                {"ago_s": self.one((0, 86_400, -3600))},
            )
        )

    def extra(self) -> dict[str, Any]:
        """Sometimes a key that no schema has."""
        value = self.one((None, 0, True, "é", [1, {"b": 1.5, "a": []}]))
        return {self.one(("zz", "glow", "futureKey")): value} if self.random.random() < 0.3 else {}

    def words(self) -> str:
        if self.random.random() < 0.6:
            return self.one(HOSTILE)
        return "".join(chr(self.random.choice((97, 65, 32, 228, 8364, 0x4E00, 0x1F600))) for _ in range(5))

    def line(self) -> str:
        return " ".join(self.words().split())

    def some(self, make: Callable[[], T]) -> list[T]:
        return [make() for _ in range(self.random.randint(0, 3))]

    def one(self, choices: Sequence[T]) -> T:
        return self.random.choice(choices)
