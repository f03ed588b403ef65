"""Jinja expressions as what a document can hold: variables with filters and fallback, conditions, lists of a loop."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import TemplateError, nodes

from restock_desk.domain import conditions, paths
from restock_desk.domain.document.fields import LINKS
from restock_desk.domain.document.rich import FILTERS
from restock_desk.domain.document.tree import Json
from restock_desk.rendering.environment import HTML

_LONGEST = 1_500
_COMPARED = {"eq": "eq", "ne": "ne", "lt": "lt", "lteq": "lte", "gt": "gt", "gteq": "gte", "in": "in", "notin": "nin"}
_TURNED = {"lt": "gt", "lteq": "gteq", "gt": "lt", "gteq": "lteq", "eq": "eq", "ne": "ne"}
_TESTS = {"defined": "set", "undefined": "unset", "none": "unset"}


class Inexpressible(Exception):
    """No variable, condition or list of ours says this."""


def words(construct: str) -> tuple[str, str]:
    """First word and rest of a {% … %}: ("if", "variant.stock < 5")."""
    inner = construct[2:-2].strip("-+ \t\n")
    first, _, rest = inner.partition(" ")
    return first, rest.strip()


@lru_cache(maxsize=2048)
def variable(construct: str) -> Mapping[str, Json]:
    """{{ … }} as a run. Raises Inexpressible."""
    found = _parsed(construct[2:-2].strip("-+ \t\n"))
    filters: list[Json] = []
    fallback = ""
    while True:
        if isinstance(found, nodes.Filter):
            values = [_constant(one) for one in found.args]
            if found.kwargs or found.dyn_args or found.dyn_kwargs or found.node is None:
                raise Inexpressible
            if found.name in ("default", "d"):
                if filters or len(values) > 2 or not isinstance(values[0] if values else "", str):
                    raise Inexpressible  # ours is the last thing that happens to a value
                fallback = fallback or (str(values[0]) if values else "")
            elif found.name in FILTERS and len(values) <= FILTERS[found.name]:
                filters.insert(0, (found.name, *values) if values else found.name)
            else:
                raise Inexpressible
            found = found.node
        elif isinstance(found, nodes.Or) and isinstance(found.right, nodes.Const) and not filters:
            fallback, found = fallback or str(found.right.value), found.left
        else:
            break
    run: dict[str, Json] = {"v": _path(found)}
    if fallback:
        run["fallback"] = fallback[:500]
    if filters:
        run["filters"] = tuple(filters)
    return run


def address(construct: str, alias: str = "") -> Json:
    """{{ … }} as a link: one of the special ones, or a variable with its fallback. Raises Inexpressible."""
    run = _address(construct)
    path = str(run["v"])
    own = path.removeprefix(f"{alias}.") if alias else path
    root, _, name = own.partition(".")
    if root == "links" and name in LINKS:
        return {"link": name}
    if "filters" in run:
        raise Inexpressible
    return run


@lru_cache(maxsize=2048)
def condition(words: str) -> Mapping[str, Any]:
    """The test of an {% if %} as a checked condition. Raises Inexpressible."""
    try:
        return conditions.checked(_condition(_parsed(words)))
    except (conditions.ConditionFault, RecursionError) as fault:
        raise Inexpressible from fault


def loop(words: str) -> tuple[str, str, int]:
    """The rest of a {% for %}: what an entry is called, the path of the list, how many at most (0: no limit)."""
    name, in_, list_ = words.partition(" in ")
    name = name.strip()
    if not in_ or paths.fault(name) or "." in name:
        raise Inexpressible
    found = _parsed(list_.strip())
    limit = 0
    if isinstance(found, nodes.Getitem) and isinstance(found.arg, nodes.Slice):
        part = found.arg
        if part.start is not None and _constant(part.start) != 0:
            raise Inexpressible
        stop = _constant(part.stop) if part.stop is not None else 0
        if part.step is not None or isinstance(stop, bool) or not isinstance(stop, int):
            raise Inexpressible
        limit, found = max(stop, 0), found.node
    return name, _path(found), limit


def path_of(words: str) -> str:
    """A plain path. Raises Inexpressible."""
    return _path(_parsed(words))


def names_of(words: str) -> tuple[str, ...]:
    """Every path an expression reads, whole; empty text for one that is calculated. Raises Inexpressible.

    Also for an unknown filter: what runs here has only our own.
    """
    found: list[str] = []
    waiting: list[nodes.Node] = [_parsed(words)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.Filter) and node.name not in HTML.filters:
            raise Inexpressible
        if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem) and not _sliced(node):
            if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "loop":
                found.append(f"loop.{node.attr}")
                continue
            try:
                found.append(_path(node))
                continue
            except Inexpressible:
                found.append("")
        waiting.extend(node.iter_child_nodes())
    return tuple(found)


def _sliced(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice)


@lru_cache(maxsize=2048)
def _address(construct: str) -> Mapping[str, Json]:
    """As `variable`, but a link may fall back on other names: those are the compiler's own, and are dropped."""
    found = _parsed(construct[2:-2].strip("-+ \t\n"))
    fallback = ""
    while isinstance(found, nodes.Filter) and found.name in ("default", "d") and found.node is not None:
        value = found.args[0] if found.args else nodes.Const("")
        if isinstance(value, nodes.Const) and isinstance(value.value, str):
            fallback = fallback or value.value
        elif not isinstance(value, nodes.Getattr | nodes.Name):
            raise Inexpressible
        found = found.node
    path = _path(found)
    return {"v": path, "fallback": fallback[:500]} if fallback else {"v": path}


@lru_cache(maxsize=4096)
def _parsed(words: str) -> nodes.Expr:
    if not words or len(words) > _LONGEST or "}}" in words or "%}" in words:
        raise Inexpressible
    try:
        body = HTML.parse("{{ " + words + " }}").body
    except (TemplateError, RecursionError, ValueError, OverflowError) as error:
        raise Inexpressible from error
    parts = body[0].nodes if len(body) == 1 and isinstance(body[0], nodes.Output) else []
    if len(parts) != 1:
        raise Inexpressible
    return parts[0]


def _path(node: nodes.Node) -> str:
    found: list[str] = []
    while not isinstance(node, nodes.Name):
        if isinstance(node, nodes.Getattr):
            found.append(node.attr)
        elif isinstance(node, nodes.Getitem):
            part = _constant(node.arg)
            if isinstance(part, bool) or not isinstance(part, int | str) or (isinstance(part, int) and part < 0):
                raise Inexpressible
            found.append(str(part))
        else:
            raise Inexpressible
        node = node.node
    path = ".".join([node.name, *reversed(found)])
    if paths.fault(path) or any("." in part for part in found):
        raise Inexpressible
    return path


def _constant(node: nodes.Node) -> Any:
    if isinstance(node, nodes.Neg):
        value = _constant(node.node)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Inexpressible
        return -value
    if isinstance(node, nodes.Const) and isinstance(node.value, str | int | float | bool):
        return node.value
    raise Inexpressible


def _condition(node: nodes.Node) -> dict[str, Any]:
    if isinstance(node, nodes.Not):
        return {"not": _condition(node.node)}
    if isinstance(node, nodes.And | nodes.Or):
        joint, kind = ("all", nodes.And) if isinstance(node, nodes.And) else ("any", nodes.Or)
        return {joint: [_condition(part) for part in _operands(node, kind)]}
    if isinstance(node, nodes.Const) and isinstance(node.value, bool):
        return {"all": []} if node.value else {"any": []}
    if isinstance(node, nodes.Filter) and node.name == "holds":
        return _holds(node)
    if isinstance(node, nodes.Test) and node.name in _TESTS and not node.args:
        return {"var": _path(node.node), "op": _TESTS[node.name]}
    if isinstance(node, nodes.Compare) and len(node.ops) == 1:
        return _compared(node)
    return {"var": _path(node), "op": "truthy"}


def _operands(node: nodes.Node, kind: type[nodes.And] | type[nodes.Or]) -> list[nodes.Node]:
    """The parts of a chain of “and” or of “or”, which Jinja reads from the left, two at a time."""
    found: list[nodes.Node] = []
    while isinstance(node, kind):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _holds(node: nodes.Filter) -> dict[str, Any]:
    """Our own filter, as the compiler writes conditions."""
    if node.node is None or not node.args:
        raise Inexpressible
    leaf: dict[str, Any] = {"var": _path(node.node), "op": _constant(node.args[0])}
    if len(node.args) > 1:
        leaf["value"] = _constant(node.args[1])
    for keyword in node.kwargs:
        try:
            leaf["value"] = json.loads(str(_constant(keyword.value)))
        except (ValueError, RecursionError) as error:
            raise Inexpressible from error
    return leaf


def _compared(node: nodes.Compare) -> dict[str, Any]:
    left, op, right = node.expr, node.ops[0].op, node.ops[0].expr
    if op in ("in", "notin"):
        if isinstance(left, nodes.Const):  # a text in a variable
            leaf = {"var": _path(right), "op": "contains", "value": _constant(left)}
            return leaf if op == "in" else {"not": leaf}
        if not isinstance(right, nodes.List | nodes.Tuple):
            raise Inexpressible
        return {"var": _path(left), "op": _COMPARED[op], "value": [_constant(one) for one in right.items]}
    if isinstance(left, nodes.Const | nodes.Neg) and op in _TURNED:
        left, right, op = right, left, _TURNED[op]
    if op not in _COMPARED:
        raise Inexpressible
    if isinstance(right, nodes.Const) and right.value is None and op in ("eq", "ne"):
        return {"var": _path(left), "op": "unset" if op == "eq" else "set"}
    value = _constant(right)
    if value == "" and op in ("eq", "ne"):  # empty, by most systems' habits missing as well
        leaf = {"var": _path(left), "op": "truthy"}
        return {"not": leaf} if op == "eq" else leaf
    return {"var": _path(left), "op": _COMPARED[op], "value": value}
