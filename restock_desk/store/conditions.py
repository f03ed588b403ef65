"""Conditions as SQL, over columns that are named by path. Agrees with `domain.conditions.holds` on the same rows.

Every comparison is false or true for a row, never unknown: what may be NULL is settled before any NOT.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil, floor
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, and_, false, func, not_, or_, true, type_coerce

from restock_desk.domain import conditions
from restock_desk.domain.conditions import Condition
from restock_desk.errors import DeskError
from restock_desk.store.schema import micros

_SCALE = 10_000
_ESCAPE = "\\"


@dataclass(frozen=True)
class Source:
    """A column a condition may ask. `folded` holds a text as `conditions.fold` makes it; money has its `currency`.

    `money` is in ten-thousandths, `instant` in microseconds, as the schema keeps them.
    """

    kind: Literal["text", "whole", "number", "money", "instant", "flag"]
    column: ColumnElement[Any]
    folded: ColumnElement[Any] | None = None
    currency: ColumnElement[Any] | None = None


def expression(tree: Condition, sources: Mapping[str, Source], now: datetime) -> ColumnElement[bool]:
    """A checked condition as an expression for WHERE. Raises DeskError for a path that no source has."""
    return _expression(tree, sources, now, bare=True)


def _expression(tree: Condition, sources: Mapping[str, Source], now: datetime, bare: bool) -> ColumnElement[bool]:
    """`bare`: no NOT stands above, so a comparison that is NULL does no harm (and an index may serve it)."""
    if "var" in tree:
        return _leaf(tree, sources, now, bare)
    if "not" in tree:
        return not_(_expression(tree["not"], sources, now, bare=False))
    if "all" in tree:
        return and_(true(), *(_expression(one, sources, now, bare) for one in tree["all"]))
    return or_(false(), *(_expression(one, sources, now, bare) for one in tree["any"]))


def _leaf(leaf: Condition, sources: Mapping[str, Source], now: datetime, bare: bool) -> ColumnElement[bool]:
    source = sources.get(leaf["var"])
    if source is None:
        raise DeskError(f"“{leaf['var']}” is nothing that can be asked here.", f"There are: {', '.join(sources)}.")
    op = leaf["op"]
    value = conditions.ready(op, leaf.get("value"), now)
    known: ColumnElement[bool] = source.column.is_not(None)
    if source.currency is not None:
        known = and_(known, source.currency.is_not(None))
    if op == "set":
        return known
    if op == "unset":
        return not_(known)
    if op in ("ne", "nin"):
        found = _one_of(source, value if op == "nin" else (value,))
        return not_(and_(known, func.coalesce(found, false())))
    found = _met(source, op, value)
    return found if bare else and_(known, func.coalesce(found, false()))


def _met(source: Source, op: str, value: Any) -> ColumnElement[bool]:
    if op == "truthy":
        return _truthy(source)
    if op in ("eq", "in"):
        return _one_of(source, value if op == "in" else (value,))
    if op == "between":
        return and_(_ordered(source, "gte", value[0]), _ordered(source, "lte", value[1]))
    if op in conditions.TEXTUAL:
        return _like(source, op, value) if source.kind == "text" and isinstance(value, str) else false()
    return _ordered(source, op, value)


def _truthy(source: Source) -> ColumnElement[bool]:
    if source.kind == "text":
        return _text(source) != ""
    if source.kind == "flag":
        return source.column.is_(True)
    if source.kind == "instant":
        return source.column.is_not(None)
    zero = _number(source) != 0
    return and_(zero, source.currency.is_not(None)) if source.currency is not None else zero


def _one_of(source: Source, values: tuple[Any, ...]) -> ColumnElement[bool]:
    return or_(false(), *(_equal(source, value) for value in values))


def _equal(source: Source, value: Any) -> ColumnElement[bool]:
    if source.kind == "text":
        return _text(source) == value if isinstance(value, str) else false()
    if source.kind == "flag":
        return source.column.is_(value) if isinstance(value, bool) else false()
    return and_(_ordered(source, "gte", value), _ordered(source, "lte", value))


def _ordered(source: Source, op: str, value: Any) -> ColumnElement[bool]:
    """An order of numbers, moments or money of one currency; anything else is false."""
    column = _number(source)
    if source.kind == "instant" and isinstance(value, datetime):
        return _COMPARE[op](column, micros(value))
    if source.kind == "money" and isinstance(value, tuple) and source.currency is not None:
        return and_(source.currency == value[1], _whole(column, op, value[0] * _SCALE))
    if isinstance(value, Decimal) and source.kind == "whole":
        return _whole(column, op, value)
    if isinstance(value, Decimal) and source.kind == "number":
        return _COMPARE[op](column, float(value))
    return false()


def _whole(column: ColumnElement[Any], op: str, value: Decimal) -> ColumnElement[bool]:
    """Whole numbers against any: the nearest whole one on the right side."""
    return _COMPARE[op](column, ceil(value) if op in ("lt", "gte") else floor(value))


def _like(source: Source, op: str, value: str) -> ColumnElement[bool]:
    safe = "".join(_ESCAPE + letter if letter in "%_\\" else letter for letter in value)
    if op == "matches":
        safe = safe.replace("*", "%").replace("?", "_")
    pattern = {"contains": f"%{safe}%", "starts": f"{safe}%", "ends": f"%{safe}", "matches": safe}[op]
    return _text(source).like(pattern, escape=_ESCAPE)


def _text(source: Source) -> ColumnElement[Any]:
    if source.folded is None:
        raise DeskError("This text cannot be asked for: the shop keeps no folded form of it.", "Choose another field.")
    return source.folded


def _number(source: Source) -> ColumnElement[Any]:
    return source.column if source.kind == "number" else type_coerce(source.column, BigInteger)


_COMPARE: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
}
