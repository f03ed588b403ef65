"""The tree itself: nodes with stable ids, the document around them, and a flat index of it. Immutable, shared freely.

Values are plain JSON, frozen: lists are tuples, objects are read-only mappings. No schema here (that is `kinds`).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

from restock_desk.errors import DeskError

Json: TypeAlias = bool | int | float | str | tuple["Json", ...] | Mapping[str, "Json"] | None
Path = tuple[str | int, ...]
SCHEMA = "restock.email/1"
NODE_LIMIT, DEPTH_LIMIT, BYTE_LIMIT = 500, 8, 512 * 1024
NESTING_LIMIT = 64
"""How deep lists and objects may stand in one another inside one value or the whole file."""
NUMBER_LIMIT = 2**53 - 1
NOTHING: Mapping[str, Json] = MappingProxyType({})
_MAPS = (MappingProxyType, dict)
"""What an object of a document is made of. Asking for any Mapping costs more than all the rest of a look-up."""


class DocumentFault(DeskError):
    """A document, or an edit of it, that cannot be taken: where (`path`, and `line` in a file, 0 = unknown) and why."""

    def __init__(self, message: str, path: Path = (), line: int = 0, hint: str = "", block: str = "") -> None:
        place = " at ".join(part for part in (f"Line {line}" if line else "", spelled(path)) if part)
        super().__init__(f"{place}: {message}" if place else message, hint or "Correct it, or undo the last change.")
        self.reason, self.path, self.line, self.block = message, path, line, block


@dataclass(frozen=True)
class Node:
    """One block. `props` hold what the author set (never a default), `slots` its children by the slot's name.

    A branch keeps case n's children in the slot `case:n` and its condition in `props["cases"][n]["when"]`.
    """

    id: str
    type: str
    props: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
    slots: Mapping[str, tuple["Node", ...]] = field(default_factory=lambda: MappingProxyType({}))

    def __hash__(self) -> int:
        return hash((self.id, self.type))

    def get(self, name: str) -> Json:
        """What was set under a dotted name such as `style.padding`, else None. Defaults: `kinds.value`."""
        return dig(self.props, name)

    @cached_property
    def weight(self) -> tuple[int, int]:
        """Bytes and lines of its properties in a text, not counting how far they stand in."""
        return weigh(self.props)

    def children(self, slot: str) -> tuple["Node", ...]:
        return self.slots.get(slot, ())

    def walk(self) -> Iterator["Node"]:
        """This node, then all below it, in reading order."""
        yield self
        for nodes in self.slots.values():
            for node in nodes:
                yield from node.walk()


@dataclass(frozen=True)
class Place:
    """Where a node stands. `parent` is "" in the body; `depth` counts from 1."""

    node: Node
    parent: str
    slot: str
    index: int
    depth: int


@dataclass(frozen=True)
class Document:
    """A whole e-mail. `settings` hold what differs from the defaults; `unknown` what a newer version wrote beside."""

    id: str
    name: str = ""
    kind: str = "restock_alert"
    settings: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
    theme: str = ""
    context: str = "context:restock_event@3"
    body: tuple[Node, ...] = ()
    saved: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
    lint: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
    x: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
    unknown: Mapping[str, Json] = field(default_factory=lambda: NOTHING)

    @cached_property
    def index(self) -> Mapping[str, Place]:
        """Every node's place by id, in reading order."""
        found: dict[str, Place] = {}
        waiting = [Place(node, "", "body", at, 1) for at, node in reversed(list(enumerate(self.body)))]
        while waiting:
            place = waiting.pop()
            found[place.node.id] = place
            below = [
                Place(node, place.node.id, slot, at, place.depth + 1)
                for slot, nodes in place.node.slots.items()
                for at, node in enumerate(nodes)
            ]
            waiting += reversed(below)
        return MappingProxyType(found)

    @cached_property
    def weight(self) -> int:
        """At least as many bytes as its text has. Cheap: only a node that changed is measured again."""
        total = 500
        for part in (self.settings, self.saved, self.lint, self.x, self.unknown):
            size, lines = weigh(part)
            total += size + 4 * lines
        for place in self.index.values():
            size, lines = place.node.weight
            total += size + 120 + (lines + 8) * 8 * place.depth
        return total

    def find(self, id: str) -> Node | None:
        place = self.index.get(id)
        return place.node if place else None

    def parent_of(self, id: str) -> Node | None:
        """The node that holds this one; None in the body or for an unknown id."""
        place = self.index.get(id)
        return self.find(place.parent) if place else None

    def walk(self) -> Iterator[Node]:
        """All nodes, parents first, in reading order."""
        return (place.node for place in self.index.values())

    def setting(self, name: str) -> Json:
        """What was set under a dotted name such as `utm.source`, else None. Defaults: `kinds.setting`."""
        return dig(self.settings, name)


def dig(values: Mapping[str, Json], name: str) -> Json:
    """The value under a dotted name, None where it or anything on the way is missing."""
    found: Json = values
    for part in name.split("."):
        if not isinstance(found, _MAPS):
            return None
        found = found.get(part)
    return found


def weigh(value: Json) -> tuple[int, int]:
    """The bytes and lines of a value as indented text."""
    text = json.dumps(thaw(value), ensure_ascii=False, indent=2)
    return len(text.encode()), text.count("\n") + 1


def freeze(value: Any, path: Path = ()) -> Json:
    """Plain JSON made immutable and checked: bearable nesting and numbers, text that can be written. Faults name paths.

    A whole number written as 600.0 is 600, and keys are sorted: one value has one form.
    """
    if isinstance(value, str):
        return _text(value, path)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value, path)
    if len(path) >= NESTING_LIMIT:
        raise DocumentFault(f"Values may stand at most {NESTING_LIMIT} levels deep in one another.", path[:4])
    if isinstance(value, list | tuple):
        return tuple(freeze(part, (*path, at)) for at, part in enumerate(value))
    if isinstance(value, Mapping):
        names = sorted(_key(key, path) for key in value)
        return MappingProxyType({key: freeze(value[key], (*path, key)) for key in names})
    raise DocumentFault(f"A document cannot hold a {type(value).__name__}.", path)


def thaw(value: Json) -> Any:
    """The same value as lists and dictionaries of its own, ready for a JSON writer or for change."""
    if isinstance(value, tuple):
        return [thaw(part) for part in value]
    if isinstance(value, _MAPS):
        return {key: thaw(part) for key, part in value.items()}
    return value


def same(one: Json, other: Json) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(part, other[key]) for key, part in one.items())
    return one == other


def spelled(path: Path) -> str:
    """A path as a person reads it: body[0].columns[1].style.padding."""
    text = ""
    for part in path[:12]:
        text += f"[{part}]" if isinstance(part, int) else f".{part[:60]}" if text else part[:60]
    return text.encode("utf-8", "replace").decode("utf-8") + ("…" if len(path) > 12 else "")


def _key(key: object, path: Path) -> str:
    if not isinstance(key, str):
        raise DocumentFault("A name must be a text.", path)
    return _text(key, path)


def _text(value: str, path: Path) -> str:
    if value.isprintable():
        return value
    for letter in value:
        if "\ud800" <= letter <= "\udfff":
            raise DocumentFault("Half of a character pair (a lone surrogate) cannot be written.", path)
        if (letter < " " and letter not in "\t\n\r") or letter in "\ufffe\uffff":
            raise DocumentFault(f"The control character {ord(letter):#06x} cannot stand in a mail.", path)
    return value


def _number(value: int | float, path: Path) -> int | float:
    if not -NUMBER_LIMIT <= value <= NUMBER_LIMIT:  # false for NaN too
        raise DocumentFault("A number is too large, or none.", path)
    return int(value) if value == int(value) else value
