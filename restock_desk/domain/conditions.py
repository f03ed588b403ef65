"""Conditions: one tree of all, any, not and comparisons, checked here and evaluated in plain Python, with the reason.

`{"all": [{"var": "variant.stock", "op": "lt", "value": 5}, {"not": {"var": "subscriber.tier", "op": "set"}}]}`.
The Jinja and SQL back ends (`rendering.conditions`, `store.conditions`) agree with `holds` on every tree and context.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from restock_desk.domain import paths

OPERATORS = (
    "eq", "ne", "lt", "lte", "gt", "gte", "in", "nin", "contains", "starts", "ends", "set", "unset", "truthy",
    "between", "matches",
)  # fmt: skip
ALONE = ("set", "unset", "truthy")
"""Operators without a value."""
ORDERED = ("lt", "lte", "gt", "gte", "between")
TEXTUAL = ("contains", "starts", "ends", "matches")
UNLESS_MISSING = ("ne", "nin", "unset")
"""True where the operand is missing or null; every other operator is false there."""
MOST_DEEP, MOST_LEAVES, MOST_VALUES, MOST_LETTERS = 16, 200, 500, 1000
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_LONGEST_S = 100 * 366 * 86_400

Condition = Mapping[str, Any]
Path = tuple[str | int, ...]


class ConditionFault(Exception):
    """A tree that is no condition: why, and where in it."""

    def __init__(self, reason: str, path: Path = ()) -> None:
        super().__init__(reason)
        self.reason, self.path = reason, path


def checked(tree: Any) -> Condition:
    """The condition in its one form (keys in order, lists as tuples). Raises ConditionFault."""
    leaves = [0]
    return _checked(tree, (), leaves)


def instant(text: object) -> datetime | None:
    """An ISO moment with its offset, as UTC; None for anything else."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def amount(text: object) -> Decimal | None:
    """A bearable decimal written as text; None for anything else."""
    if not isinstance(text, str) or len(text) > 30:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**15 and number.as_tuple().exponent >= -9 else None  # type: ignore[operator]  # finite: an int


def _checked(tree: Any, path: Path, leaves: list[int]) -> Condition:
    if not isinstance(tree, Mapping):
        raise ConditionFault("A condition is an object with all, any, not, or var and op.", path)
    if len([part for part in path if part in ("all", "any", "not")]) > MOST_DEEP:
        raise ConditionFault(f"Conditions stand at most {MOST_DEEP} deep in one another.", path)
    joints = [key for key in ("all", "any", "not", "var") if key in tree]
    if len(joints) != 1:
        raise ConditionFault("A condition has exactly one of all, any, not, var.", path)
    joint = joints[0]
    strange = set(tree) - ({"var", "op", "value"} if joint == "var" else {joint})
    if strange:
        raise ConditionFault(f"“{min(map(str, strange))[:40]}” is no part of a condition.", path)
    if joint == "not":
        return MappingProxyType({"not": _checked(tree["not"], (*path, "not"), leaves)})
    if joint == "var":
        leaves[0] += 1
        if leaves[0] > MOST_LEAVES:
            raise ConditionFault(f"A condition has at most {MOST_LEAVES} comparisons.", path)
        return _leaf(tree, path)
    inner = tree[joint]
    if not isinstance(inner, list | tuple):
        raise ConditionFault(f"“{joint}” holds a list of conditions.", (*path, joint))
    return MappingProxyType({joint: tuple(_checked(one, (*path, joint, at), leaves) for at, one in enumerate(inner))})


def _leaf(leaf: Mapping[str, Any], path: Path) -> Condition:
    if wrong := paths.fault(leaf["var"]):
        raise ConditionFault(wrong, (*path, "var"))
    op = leaf.get("op")
    if op not in OPERATORS:
        raise ConditionFault(f"An operator is one of {', '.join(OPERATORS)}.", (*path, "op"))
    if op in ALONE:
        if leaf.get("value") is not None:
            raise ConditionFault(f"The operator {op} takes no value.", (*path, "value"))
        return MappingProxyType({"var": leaf["var"], "op": op})
    if "value" not in leaf:
        raise ConditionFault(f"The operator {op} needs a value.", path)
    return MappingProxyType({"var": leaf["var"], "op": op, "value": _operand(op, leaf["value"], (*path, "value"))})


def _operand(op: str, value: Any, path: Path) -> Any:
    if op in ("in", "nin"):
        if not isinstance(value, list | tuple) or len(value) > MOST_VALUES:
            raise ConditionFault(f"The operator {op} needs a list of at most {MOST_VALUES}.", path)
        return tuple(_value(one, (*path, at)) for at, one in enumerate(value))
    if op == "between":
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise ConditionFault("The operator between needs two values: from and to.", path)
        return tuple(_value(one, (*path, at)) for at, one in enumerate(value))
    if op in ("starts", "ends", "matches") and not isinstance(value, str):
        raise ConditionFault(f"The operator {op} needs a text.", path)
    return _value(value, path)


def _value(value: Any, path: Path) -> Any:
    if isinstance(value, str):
        if len(value) > MOST_LETTERS:
            raise ConditionFault(f"A value has at most {MOST_LETTERS} letters.", path)
        return value
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not abs(value) < 10**15:
            raise ConditionFault("A number is too large, or none.", path)
        return value
    if isinstance(value, Mapping):
        return _tagged(value, path)
    raise ConditionFault("A value is a text, a number, true, false, an amount of money or a moment.", path)


def _tagged(value: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    if set(value) == {"amount", "currency"}:
        if amount(value["amount"]) is None or not _CURRENCY.match(str(value["currency"])):
            raise ConditionFault('Money is written {"amount": "19.90", "currency": "EUR"}.', path)
        return MappingProxyType({"amount": value["amount"], "currency": value["currency"]})
    if set(value) == {"at"}:
        if instant(value["at"]) is None:
            raise ConditionFault('A moment is written {"at": "2026-11-27T18:00:00Z"}, with its offset.', path)
        return value
    if set(value) == {"ago_s"}:
        ago = value["ago_s"]
        if isinstance(ago, bool) or not isinstance(ago, int) or not -_LONGEST_S < ago < _LONGEST_S:
            raise ConditionFault('Time before now is written {"ago_s": 86400}, in seconds.', path)
        return value
    raise ConditionFault("An object is money (amount, currency), a moment (at) or time before now (ago_s).", path)
