"""A condition as the builder holds it: groups of rows that may be half finished, and back into the one tree."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from restock_desk.domain.condition_words import OF_MOMENTS, WORDS
from restock_desk.domain.conditions import ALONE, ConditionFault, amount, checked, instant
from restock_desk.domain.document.tree import Json, freeze, thaw

ALL, ANY, NONE = "all", "any", "none"
DAY_S = 86_400
_TEXT = ("eq", "ne", "in", "nin", "contains", "starts", "ends", "matches", "set", "unset")
_SIZE = ("lt", "lte", "gt", "gte", "between", "eq", "ne", "set", "unset")
_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "text": _TEXT,
    "number": _SIZE,
    "money": _SIZE,
    "date": ("lt", "gt", "between", "set", "unset"),
    "bool": ("truthy", "eq", "set", "unset"),
    "url": ("set", "unset", "contains", "starts", "eq"),
    "image": ("set", "unset"),
    "list": ("truthy", "unset"),
    "": (*_TEXT, "lt", "lte", "gt", "gte", "truthy"),
}


@dataclass
class Row:
    """One comparison. `value` is as in the tree, None while nothing is entered."""

    var: str = ""
    op: str = "eq"
    value: Any = None


@dataclass
class Group:
    """`joint` is all, any or none of the parts."""

    joint: str = ALL
    parts: list["Row | Group"] = field(default_factory=list)


def from_tree(tree: Json) -> Group:
    """The group that shows a tree; an empty one for nothing."""
    if not isinstance(tree, Mapping):
        return Group(ALL, [])
    part = _part(thaw(tree))
    return part if isinstance(part, Group) else Group(ALL, [part])


def to_tree(group: Group) -> Json:
    """The tree of what is finished; None where nothing is. Rows that are not finished are left out."""
    made = _tree(group)
    if made is None:
        return None
    inner = made.get("all")
    if isinstance(inner, list) and len(inner) == 1:
        made = inner[0]
    try:
        checked(made)
    except ConditionFault:
        return None
    return freeze(made)


def finished(row: Row) -> bool:
    """Whether a row says something."""
    return _leaf(row) is not None


def operators(type: str | None) -> tuple[str, ...]:
    """What can be asked of a type."""
    return _OPERATORS.get(type or "", _OPERATORS[""])


def operator_words(op: str, type: str | None) -> str:
    return (OF_MOMENTS.get(op) if type == "date" else None) or WORDS[op]


def fresh_value(op: str, type: str | None, currency: str = "EUR") -> Any:
    """What a row begins with for an operator."""
    if op in ALONE:
        return None
    one: Any = {"ago_s": 30 * DAY_S} if type == "date" else {"amount": "10", "currency": currency}
    one = one if type in ("date", "money") else True if type == "bool" else 5 if type == "number" else ""
    if op == "between":
        return [one, {"ago_s": 0} if type == "date" else one]
    return [] if op in ("in", "nin") else one


def number_of(words: str) -> int | float | None:
    """A typed number; None for anything else."""
    try:
        found = float(words.replace(",", "."))
    except ValueError:
        return None
    if found != found or abs(found) >= 10**15:
        return None
    return int(found) if found == int(found) else found


def money_of(words: str, currency: str) -> dict[str, str] | None:
    plain = words.strip().replace(",", ".")
    return {"amount": plain, "currency": currency} if amount(plain) is not None else None


def moment_of(words: str) -> dict[str, str] | None:
    return {"at": words} if instant(words) is not None else None


def labelled(tree: Any, label: Any) -> Any:
    """The tree with names for its paths, for a sentence only."""
    if isinstance(tree, Mapping):
        return {key: label(value) if key == "var" else labelled(value, label) for key, value in tree.items()}
    return [labelled(one, label) for one in tree] if isinstance(tree, list | tuple) else tree


def _part(tree: Mapping[str, Any]) -> Row | Group:
    if "var" in tree:
        return Row(str(tree["var"]), str(tree["op"]), tree.get("value"))
    if "not" in tree:
        inner = tree["not"]
        if isinstance(inner, Mapping) and len(inner.get("any", ())) > 1:
            return Group(NONE, [_part(one) for one in inner["any"]])
        return Group(NONE, [_part(inner)])
    joint = ALL if "all" in tree else ANY
    return Group(joint, [_part(one) for one in tree[joint]])


def _tree(part: Row | Group) -> dict[str, Any] | None:
    if isinstance(part, Row):
        return _leaf(part)
    found = [made for made in map(_tree, part.parts) if made is not None]
    if not found:
        return None
    if part.joint == NONE:
        return {"not": found[0] if len(found) == 1 else {"any": found}}
    return {part.joint: found}


def _leaf(row: Row) -> dict[str, Any] | None:
    if not row.var:
        return None
    made: dict[str, Any] = {"var": row.var, "op": row.op}
    if row.op not in ALONE:
        if row.value is None or (isinstance(row.value, str) and not row.value):
            return None
        if row.op in ("in", "nin") and not row.value:
            return None
        made["value"] = row.value
    try:
        checked(made)
    except ConditionFault:
        return None
    return made
