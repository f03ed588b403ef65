"""Whether a template's cost is provably bounded, so that a send may render it without a process of its own.

Counted on the syntax tree: every output, filter and operator is a step, a loop multiplies what stands in it. All that
a step can do is small already (`filters`, `run`). Whatever is not plainly bounded counts as not bounded.
"""

from functools import lru_cache

from jinja2 import nodes

from restock_desk.rendering import programs
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.pieces import Pieces
from restock_desk.rendering.run import LOOP_LIMIT

STEPS = 50_000
"""Of one part: half of what a render may do before it is stopped."""
_HEAVY = {"sort": 200, "unique": 2_000, "reverse": 20, "join": 50, "replace": 50, "striptags": 50, "title": 20}
"""Steps of filters that look at a whole list or text."""
_LISTS = ("sort", "unique", "reverse")
_ENDLESS = STEPS + 1
_GROWS = (nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod)


def bounded(compiled: CompiledTemplate) -> bool:
    """Whether every part is made in at most STEPS steps, whatever the data."""
    return _bounded(tuple(compiled.parts.items()))


@lru_cache(maxsize=64)
def _bounded(parts: tuple[tuple[str, Pieces], ...]) -> bool:
    try:
        return all(_body(programs.parse(part, name).body, 0) <= STEPS for name, part in parts if part)
    except (TemplateFault, RecursionError):
        return False


def _body(body: list[nodes.Node], depth: int) -> int:
    return sum(_statement(node, depth) for node in body)


def _statement(node: nodes.Node, depth: int) -> int:
    if isinstance(node, nodes.Output):
        return sum(1 + _value(child) for child in node.nodes)
    if isinstance(node, nodes.If):
        return _value(node.test) + _body([*node.body, *node.elif_, *node.else_], depth)
    if isinstance(node, nodes.For):
        return _loop(node, depth)
    if isinstance(node, nodes.With):
        return sum(map(_value, node.values)) + _body(node.body, depth)
    if isinstance(node, nodes.Assign) and not depth and not _reads(node.node, node.target):
        return 1 + _value(node.node)
    return _ENDLESS


def _loop(node: nodes.For, depth: int) -> int:
    """Over lists of the context, or parts of them, only."""
    rounds, over = LOOP_LIMIT, node.iter
    while isinstance(over, nodes.Filter) and over.name in _LISTS and over.node is not None:
        over = over.node
    while isinstance(over, nodes.Getitem) and isinstance(over.arg, nodes.Slice):
        rounds = min(rounds, _length(over.arg))
        over = over.node
    if not _is_path(over):
        return _ENDLESS
    inside = (_value(node.test) if node.test else 0) + _body(node.body, depth + 1)
    return _value(node.iter) + rounds * (1 + inside) + _body(node.else_, depth)


def _length(part: nodes.Slice) -> int:
    """How many items a part of a list has at most: of [:8] eight, of [n + 1:n + 2] one."""
    stop = _whole(part.stop)
    if part.start is None and stop is not None and stop > 0:
        return stop
    if not (isinstance(part.start, nodes.Add) and isinstance(part.stop, nodes.Add)):
        return LOOP_LIMIT
    stop, start = _whole(part.stop.right), _whole(part.start.right)
    same = part.start.left == part.stop.left
    return stop - start if same and start is not None and stop is not None and stop > start >= 0 else LOOP_LIMIT


def _whole(node: nodes.Node | None) -> int | None:
    value = node.value if isinstance(node, nodes.Const) else None
    return value if isinstance(value, int) else None


def _value(node: nodes.Node) -> int:
    """Steps of an expression."""
    own = 1
    if isinstance(node, nodes.Filter):
        own = _HEAVY.get(node.name, 1)
    elif isinstance(node, _GROWS):
        own = _ENDLESS
    elif isinstance(node, nodes.TemplateData | nodes.Const | nodes.Name):
        return 0
    return own + sum(_value(child) for child in node.iter_child_nodes())


def _is_path(node: nodes.Node) -> bool:
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
            return False
        node = node.node
    return isinstance(node, nodes.Name)


def _reads(value: nodes.Node, target: nodes.Node) -> bool:
    """Whether a value is made of what it is assigned to: that is how texts double."""
    names = {name.name for name in (target, *target.find_all(nodes.Name)) if isinstance(name, nodes.Name)}
    read = {name.name for name in (value, *value.find_all(nodes.Name)) if isinstance(name, nodes.Name)}
    return bool(names & read)
