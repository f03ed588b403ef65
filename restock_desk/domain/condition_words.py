"""Conditions in words: for the builder, the outline, why a block is hidden, and what the schema objects to."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from restock_desk.domain.conditions import ALONE, ORDERED, TEXTUAL, Condition, Path, Reason
from restock_desk.domain.money import Money

WORDS: Mapping[str, str] = {
    "eq": "is", "ne": "is not", "lt": "is less than", "lte": "is at most", "gt": "is more than", "gte": "is at least",
    "in": "is one of", "nin": "is none of", "contains": "contains", "starts": "begins with", "ends": "ends with",
    "set": "is known", "unset": "is not known", "truthy": "is yes or not empty", "between": "is between",
    "matches": "is like",
}  # fmt: skip
OF_MOMENTS: Mapping[str, str] = {
    "lt": "is before", "gt": "is after", "lte": "is at the latest", "gte": "is at the earliest",
}  # fmt: skip
"""The same of a moment: “less than 30 days ago” would say the contrary."""
_TYPES = {"number": "number", "money": "money", "date": "moment", "bool": "yes or no", "text": "text"}
_ONE = {"url": "text", "image": "text"}


def spoken(tree: Condition) -> str:
    """A condition as one sentence without a full stop."""
    if "var" in tree:
        op, value = tree["op"], tree.get("value")
        end = "" if op in ALONE else f" {_shown(value)}"
        moment = isinstance(value, Mapping) and ("at" in value or "ago_s" in value)
        return f"{tree['var']} {(OF_MOMENTS.get(op) if moment else None) or WORDS[op]}{end}"
    if "not" in tree:
        return f"not ({spoken(tree['not'])})"
    joint = "all" if "all" in tree else "any"
    parts = [spoken(one) if "var" in one or "not" in one else f"({spoken(one)})" for one in tree[joint]]
    if not parts:
        return "always" if joint == "all" else "never"
    return (" and " if joint == "all" else " or ").join(parts)


def because(reason: Reason) -> str:
    """Why a condition holds or not for one person, as a sentence."""
    if reason.leaf is None:
        return "The condition always holds." if reason.holds else "The condition has no case that could hold."
    value = "not known" if reason.value is None else _shown(reason.value)
    return f"{reason.leaf['var']} is {value}; asked: {spoken(reason.leaf)}."


def objections(tree: Condition, type_of: Callable[[str], str | None], path: Path = ()) -> tuple[tuple[Path, str], ...]:
    """What cannot be meant, with its place: unknown paths, an order of texts, a number compared with a word.

    `type_of` tells a path's type in the context's schema ("list", "map" and "" are compared with anything).
    """
    if "var" in tree:
        words = _objection(tree, type_of(tree["var"]))
        return ((path, words),) if words else ()
    if "not" in tree:
        return objections(tree["not"], type_of, (*path, "not"))
    joint = "all" if "all" in tree else "any"
    found = [objections(one, type_of, (*path, joint, at)) for at, one in enumerate(tree[joint])]
    return tuple(each for inner in found for each in inner)


def _objection(leaf: Condition, type: str | None) -> str:
    if type is None:
        return f"There is no “{leaf['var']}”."
    kind, op = _ONE.get(type, type), leaf["op"]
    if op in ALONE or kind not in _TYPES:
        return ""
    if op in ORDERED and kind in ("text", "bool"):
        return f"“{leaf['var']}” is a {_TYPES[kind]} and has no order: “{WORDS[op]}” never holds."
    if op in TEXTUAL:
        return "" if kind == "text" else f"“{leaf['var']}” is no text: “{WORDS[op]}” never holds."
    values = leaf["value"] if op in ("in", "nin", "between") else (leaf["value"],)
    odd = [value for value in values if _kind(value) != kind]
    return f"“{leaf['var']}” is a {_TYPES[kind]}, {_shown(odd[0])} is a {_TYPES[_kind(odd[0])]}." if odd else ""


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Mapping):
        return "money" if "amount" in value else "date"
    return "text" if isinstance(value, str) else "number"


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        if "amount" in value:
            return f"{value['amount']} {value['currency']}"
        return _ago(value["ago_s"]) if "ago_s" in value else str(value.get("at", "…"))
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one) for one in value[:5]) + (" …" if len(value) > 5 else "") or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return str(value) if isinstance(value, Money) else f"“{str(value)[:60]}”"


def _ago(seconds: int) -> str:
    size, unit = (
        (86_400, "days") if seconds % 86_400 == 0 else (3600, "hours") if seconds % 3600 == 0 else (1, "seconds")
    )
    return f"{abs(seconds) // size} {unit} {'ago' if seconds >= 0 else 'from now'}"
