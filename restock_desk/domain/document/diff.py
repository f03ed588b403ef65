"""What differs between two documents, block by block: added, removed, moved, changed with the fields."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from restock_desk.domain.document import kinds
from restock_desk.domain.document.tree import Document, Json, Node, dig, same


class What(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True)
class FieldChange:
    """A field by its dotted name, before and after; None = not set."""

    name: str
    label: str
    before: Json
    after: Json


@dataclass(frozen=True)
class Change:
    """One block that differs. `id` is the document's own for its settings; `inside` counts blocks that came or went
    with it."""

    what: What
    id: str
    type: str
    label: str
    fields: tuple[FieldChange, ...] = ()
    inside: int = 0


def compare(before: Document, after: Document) -> tuple[Change, ...]:
    """All changes: the settings, then blocks in the order of the later document, then what was removed."""
    found: list[Change] = []
    if fields := _whole(before, after):
        found.append(Change(What.CHANGED, after.id, "settings", "Settings", fields))
    stayed = _stayed(before, after)
    for place in after.index.values():
        node, old = place.node, before.index.get(place.node.id)
        if old is None or old.node.type != node.type:
            if not _new(before, after, place.parent):
                found.append(Change(What.ADDED, node.id, node.type, _label(node), inside=len(list(node.walk())) - 1))
            continue
        if node.id not in stayed:
            found.append(Change(What.MOVED, node.id, node.type, _label(node)))
        if fields := _fields(node.type, old.node.props, node.props):
            found.append(Change(What.CHANGED, node.id, node.type, _label(node), fields))
    for place in before.index.values():
        if _new(after, before, place.node.id) and not _new(after, before, place.parent):
            node = place.node
            found.append(Change(What.REMOVED, node.id, node.type, _label(node), inside=len(list(node.walk())) - 1))
    return tuple(found)


def _new(before: Document, after: Document, id: str) -> bool:
    """Whether the later document's block is not in the earlier one."""
    if not id:
        return False
    old = before.find(id)
    return old is None or old.type != after.index[id].node.type


def _stayed(before: Document, after: Document) -> set[str]:
    """Blocks in the same slot whose order among those that stayed is the same: the fewest possible count as moved."""
    lists: dict[tuple[str, str], list[str]] = {}
    for id, place in after.index.items():
        old = before.index.get(id)
        if old and (old.parent, old.slot) == (place.parent, place.slot):
            lists.setdefault((place.parent, place.slot), []).append(id)
    kept: set[str] = set()
    for ids in lists.values():
        kept.update(ids[at] for at in _rising([before.index[id].index for id in ids]))
    return kept


def _rising(numbers: Sequence[int]) -> list[int]:
    """The places of a longest rising run of numbers."""
    ends: list[int] = []
    places: list[int] = []
    came: list[int] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        came.append(places[length - 1] if length else -1)
        if length == len(ends):
            ends.append(number)
            places.append(at)
        else:
            ends[length], places[length] = number, at
    found: list[int] = []
    at = places[-1] if places else -1
    while at >= 0:
        found.append(at)
        at = came[at]
    return found


def _whole(before: Document, after: Document) -> tuple[FieldChange, ...]:
    own = [
        FieldChange(name, name.capitalize(), old, new)
        for name in ("name", "kind", "theme", "context", "saved", "lint", "x", "unknown")
        if not same(old := getattr(before, name), new := getattr(after, name))
    ]
    return (*own, *_differing(kinds.SETTING, before.settings, after.settings))


def _fields(type: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> tuple[FieldChange, ...]:
    return _differing(kinds.fields_of(type), before, after)


def _differing(
    specs: Mapping[str, object], before: Mapping[str, Json], after: Mapping[str, Json]
) -> tuple[FieldChange, ...]:
    if same(before, after):
        return ()
    tops = {name.partition(".")[0] for name in specs}
    others = sorted(key for key in (before.keys() | after.keys()) if key not in tops)
    found = []
    for name in (*specs, *others):
        known = name in specs
        old, new = (dig(before, name), dig(after, name)) if known else (before.get(name), after.get(name))
        if not same(old, new) or (not known and (name in before) != (name in after)):
            found.append(FieldChange(name, getattr(specs.get(name), "label", name), old, new))
    return tuple(found) or _beneath(tops, before, after)


def _beneath(tops: set[str], before: Mapping[str, Json], after: Mapping[str, Json]) -> tuple[FieldChange, ...]:
    """Groups such as `style` that differ in something no schema knows."""
    keys = sorted(key for key in tops if not same(before.get(key), after.get(key)))
    return tuple(FieldChange(key, key, before.get(key), after.get(key)) for key in keys)


def _label(node: Node) -> str:
    kind = kinds.kind_of(node.type)
    return str(node.get("name") or (kind.label if kind else node.type))
