"""Which pieces of a template come out the same for every reader of a campaign, and which differ from person to person.

The same for all who share restocks, locale and time zone: what reads the shop, products, variants and events. Links may
stand in such a piece, their tokens are holes. Whatever is not plainly the same counts as different.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import nodes

from restock_desk.rendering.links import SPECIAL

_SHARED = frozenset({"shop", "product", "variant", "event", "shelf"})
_THROUGH = frozenset({"_raw", "_url"})
SAME, ITEMS, ITEM, LINKS, LINK, OTHER = "same", "items", "item", "links", "link", "other"
"""What an expression is: a shared value, the list of restocks, one of them, its links, a person's link, or personal."""
Scope = Mapping[str, str]


@dataclass(frozen=True)
class Unit:
    """Neighbouring nodes of a template's top level. `single` = one expression that prints, nothing else."""

    nodes: tuple[nodes.Node, ...]
    shared: bool
    single: bool = False


def units(tree: nodes.Template) -> tuple[Unit, ...]:
    """The template cut into shared and personal units, in order. One that assigns names is personal as a whole."""
    flat = list(_flat(tree.body))
    if any(next(node.find_all((nodes.Assign, nodes.With)), None) or isinstance(node, nodes.Assign) for node in flat):
        return (Unit(tuple(flat), shared=False),)
    found: list[Unit] = []
    for node in flat:
        if is_shared(node):
            if found and found[-1].shared:
                found[-1] = Unit((*found[-1].nodes, node), shared=True)
            else:
                found.append(Unit((node,), shared=True))
        else:
            found.append(Unit((node,), shared=False, single=isinstance(node, nodes.Output)))
    return tuple(found)


def roots(unit: Unit) -> frozenset[str]:
    """The names of the context a unit may read."""
    return frozenset(
        name.name for node in unit.nodes for name in node.find_all(nodes.Name) if name.ctx == "load"
    ) | frozenset(name.name for node in unit.nodes if isinstance(name := node, nodes.Name))


def is_shared(node: nodes.Node) -> bool:
    """Whether a statement or output comes out the same for all."""
    return _statement(node, {})


def _flat(body: list[nodes.Node]) -> list[nodes.Node]:
    """Top-level nodes, each printed thing an output of its own."""
    found: list[nodes.Node] = []
    for node in body:
        if isinstance(node, nodes.Output):
            found += [nodes.Output([child], lineno=child.lineno or node.lineno) for child in node.nodes]
        else:
            found.append(node)
    return found


def _statement(node: nodes.Node, scope: Scope) -> bool:
    if isinstance(node, nodes.Output):
        return all(_prints(child, scope) for child in node.nodes)
    if isinstance(node, nodes.If):
        branches = [*node.body, *node.elif_, *node.else_]
        return _decides(node.test, scope) and all(_statement(child, scope) for child in branches)
    if isinstance(node, nodes.For):
        return _loop(node, scope)
    return False


def _loop(node: nodes.For, scope: Scope) -> bool:
    over = _kind(node.iter, scope)
    if not isinstance(node.target, nodes.Name) or over not in (SAME, ITEMS):
        return False
    inner = {**scope, node.target.name: ITEM if over == ITEMS else SAME, "loop": SAME}
    if node.test is not None and not _decides(node.test, inner):
        return False
    return all(_statement(child, inner) for child in node.body) and all(_statement(one, scope) for one in node.else_)


def _prints(node: nodes.Node, scope: Scope) -> bool:
    if isinstance(node, nodes.TemplateData):
        return True
    inside: nodes.Node = node
    while isinstance(inside, nodes.Filter) and inside.name in _THROUGH and inside.node is not None:
        if not all(_kind(arg, scope) == SAME for arg in inside.args):
            return False
        inside = inside.node
    return _kind(inside, scope) in (SAME, LINK)


def _decides(node: nodes.Node, scope: Scope) -> bool:
    """A condition: whether a link is there is the same for all, though its address is not."""
    if isinstance(node, nodes.Not):
        return _decides(node.node, scope)
    if isinstance(node, nodes.And | nodes.Or):
        return _decides(node.left, scope) and _decides(node.right, scope)
    return _kind(node, scope) in (SAME, LINK)


def _kind(node: nodes.Node, scope: Scope) -> str:
    if isinstance(node, nodes.Name):
        return _name(node.name, scope)
    if isinstance(node, nodes.Getattr):
        return _step(_kind(node.node, scope), node.attr)
    if isinstance(node, nodes.Getitem):
        return _place(node, scope)
    if isinstance(node, nodes.Filter) and node.name in ("length", "count") and node.node is not None and not node.args:
        return SAME if _kind(node.node, scope) in (SAME, ITEMS) else OTHER
    if isinstance(node, nodes.Const) and "ago_s" in str(node.value):
        return OTHER  # a condition that asks the time
    same = all(_kind(child, scope) == SAME for child in node.iter_child_nodes())
    return SAME if same else OTHER


def _name(name: str, scope: Scope) -> str:
    if name in scope:
        return scope[name]
    if name in _SHARED:
        return SAME
    return {"items": ITEMS, "links": LINKS}.get(name, OTHER)


def _step(kind: str, attribute: object) -> str:
    if kind == SAME:
        return OTHER if attribute in ("previtem", "nextitem") else SAME
    if kind == ITEM:
        return LINKS if attribute == "links" else SAME if attribute in _SHARED else OTHER
    if kind == LINKS:
        return LINK if attribute in SPECIAL else SAME if isinstance(attribute, str) else OTHER
    return OTHER


def _place(node: nodes.Getitem, scope: Scope) -> str:
    kind = _kind(node.node, scope)
    if isinstance(node.arg, nodes.Const):
        if kind == ITEMS:
            return ITEM if isinstance(node.arg.value, int) else OTHER
        return _step(kind, node.arg.value)
    if isinstance(node.arg, nodes.Slice):
        ends = (node.arg.start, node.arg.stop, node.arg.step)
        same = all(end is None or _kind(end, scope) == SAME for end in ends)
        return kind if same and kind in (SAME, ITEMS) else OTHER
    return SAME if kind == SAME and _kind(node.arg, scope) == SAME else OTHER
