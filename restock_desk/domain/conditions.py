"""Conditions: one tree of all, any, not and comparisons, checked here and evaluated in plain Python, with the reason.

`{"all": [{"var": "variant.stock", "op": "lt", "value": 5}, {"not": {"var": "subscriber.tier", "op": "set"}}]}`.
The Jinja and SQL back ends (`rendering.conditions`, `store.conditions`) agree with `holds` on every tree and context.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from restock_desk.domain import paths
from restock_desk.domain.money import Money

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
MOST_DEEP, MOST_LEAVES, MOST_VALUES, MOST_LETTERS, MOST_STARS = 16, 20, 500, 1000, 8
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?\Z")
_LONGEST_S = 100 * 366 * 86_400

Condition = Mapping[str, Any]
Path = tuple[str | int, ...]


class ConditionFault(Exception):
    """A tree that is no condition: why, and where in it."""

    def __init__(self, reason: str, path: Path = ()) -> None:
        super().__init__(reason)
        self.reason, self.path = reason, path


@dataclass(frozen=True)
class Reason:
    """Whether a condition holds and the comparison that decides it; `leaf` None where an empty list does."""

    holds: bool
    leaf: Condition | None = None
    value: object = None
    path: Path = ()


def checked(tree: Any) -> Condition:
    """The condition in its one form (keys in order, lists as tuples). Raises ConditionFault."""
    leaves = [0]
    return _checked(tree, (), leaves)


def holds(tree: Condition, context: Mapping[str, object], now: datetime) -> bool:
    """Whether a checked condition holds for plain data. What is missing or None makes all false but UNLESS_MISSING."""
    if "var" in tree:
        value = paths.reach(context, tree["var"])
        return compare(value, tree["op"], ready(tree["op"], tree.get("value"), now))
    if "not" in tree:
        return not holds(tree["not"], context, now)
    if "all" in tree:
        return all(holds(one, context, now) for one in tree["all"])
    return any(holds(one, context, now) for one in tree["any"])


def explain(tree: Condition, context: Mapping[str, object], now: datetime, path: Path = ()) -> Reason:
    """Why a condition holds or not: the first comparison that settles it."""
    if "var" in tree:
        return Reason(holds(tree, context, now), tree, paths.reach(context, tree["var"]), path)
    if "not" in tree:
        inner = explain(tree["not"], context, now, (*path, "not"))
        return Reason(not inner.holds, inner.leaf, inner.value, inner.path)
    joint = "all" if "all" in tree else "any"
    settles = joint == "any"
    first = Reason(not settles, path=path)
    for at, one in enumerate(tree[joint]):
        reason = explain(one, context, now, (*path, joint, at))
        if reason.holds is settles:
            return reason
        first = reason if first.leaf is None else first
    return first


def leaves(tree: Condition) -> tuple[Condition, ...]:
    """All comparisons of a condition in their order."""
    if "var" in tree:
        return (tree,)
    inner = (tree["not"],) if "not" in tree else tree["all"] if "all" in tree else tree["any"]
    return tuple(leaf for one in inner for leaf in leaves(one))


def ready(op: str, value: Any, now: datetime) -> Any:
    """What a comparison's value stands for: folded text, Decimal, (amount, currency), moment; lists of these."""
    if op in ALONE:
        return None
    if isinstance(value, tuple | list):
        return tuple(_plain(one, now) for one in value)
    return _plain(value, now)


def compare(value: object, op: str, wanted: Any) -> bool:
    """One comparison with what `ready` made. The one meaning of every operator."""
    mine = _mine(value)
    if mine is None:
        return op in UNLESS_MISSING
    if op in ("set", "unset"):
        return op == "set"
    if op == "truthy":
        return bool(mine[0] if isinstance(mine, tuple) else mine)
    if op in ("eq", "in"):
        return any(_alike(mine, one) for one in (wanted if op == "in" else (wanted,)))
    if op in ("ne", "nin"):
        return not any(_alike(mine, one) for one in (wanted if op == "nin" else (wanted,)))
    if op == "contains" and isinstance(value, list | tuple):
        return any(_alike(_mine(one), wanted) for one in value)
    if op in TEXTUAL:
        return isinstance(mine, str) and isinstance(wanted, str) and _textual(mine, op, wanted)
    if op == "between":
        return _ordered(mine, "gte", wanted[0]) and _ordered(mine, "lte", wanted[1])
    return _ordered(mine, op, wanted)


def fold(text: str) -> str:
    """Text as it is compared: composed, without case. The store keeps it beside what it filters by."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def glob(text: str, pattern: str) -> bool:
    """Whether a pattern of letters, `*` (any) and `?` (one) covers a whole text. Never slow."""
    at = place = back = 0
    star = -1
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, back, place = place, at, place + 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            back, place = back + 1, star + 1
            at = back
        else:
            return False
    return not pattern[place:].strip("*")


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
    if not isinstance(text, str) or not _AMOUNT.match(text):
        return None
    return Decimal(text)


def _plain(value: Any, now: datetime) -> Any:
    if isinstance(value, Mapping):
        if "at" in value:
            return instant(value["at"])
        if "ago_s" in value:
            return now - timedelta(seconds=value["ago_s"])
        return Decimal(value["amount"]), value["currency"]
    return _mine(value)


def _mine(value: object) -> Any:
    """A value of the context as it is compared."""
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, Money):
        return value.amount, value.currency
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return value


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, list | dict) or isinstance(one, bool) is not isinstance(other, bool):
        return False
    return type(one) is type(other) and bool(one == other)


def _ordered(mine: Any, op: str, wanted: Any) -> bool:
    if isinstance(mine, tuple) and isinstance(wanted, tuple):
        if mine[1:] != wanted[1:]:
            return False  # another currency
        mine, wanted = mine[0], wanted[0]
    if type(mine) is not type(wanted) or not isinstance(mine, Decimal | datetime):
        return False
    if op in ("lt", "lte"):
        return bool(mine < wanted or (op == "lte" and mine == wanted))
    return bool(mine > wanted or (op == "gte" and mine == wanted))


def _textual(mine: str, op: str, wanted: str) -> bool:
    if op == "contains":
        return wanted in mine
    if op == "matches":
        return glob(mine, wanted)
    return mine.startswith(wanted) if op == "starts" else mine.endswith(wanted)


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
    if op == "matches" and value.count("*") > MOST_STARS:
        raise ConditionFault(f"A pattern has at most {MOST_STARS} stars.", path)
    return _value(value, path)


def _value(value: Any, path: Path) -> Any:
    if isinstance(value, str):
        if len(value) > MOST_LETTERS:
            raise ConditionFault(f"A value has at most {MOST_LETTERS} letters.", path)
        if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
            raise ConditionFault("A value holds a letter that cannot be written.", path)
        return value
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not abs(value) < 10**15:
            raise ConditionFault("A number is too large, or none.", path)
        return int(value) if value == int(value) else value
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
