"""The names a template uses against those there are: unknown ones with a guess, nullable ones without a fallback."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from jinja2 import nodes

from restock_desk.domain.templates import CONTEXT_FIELDS, Field, Problem, Severity

_Tree = dict[str, "_Tree | Field"]
_ITEM = ("product", "variant", "event", "interest", "links")
_LISTS = ("items", "shelf.related", "shelf.bestsellers")
_LOOP = "index index0 revindex revindex0 first last length previtem nextitem"


class _Anything:
    """A value nothing is known about: every path into it is fine."""


_ANY = _Anything()
_Known = _Tree | Field | _Anything


def _tree() -> _Tree:
    root: _Tree = {}
    for each in CONTEXT_FIELDS:
        *above, last = each.path.split(".")
        at = root
        for part in above:
            child = at.setdefault(part, {})
            assert isinstance(child, dict)
            at = child
        at[last] = each
    return root


_ROOT = _tree()
_ITEMS: _Tree = {name: _ROOT[name] for name in _ITEM}
_MONEY: _Tree = {name: Field(f"variant.price.{name}", "text", "") for name in ("amount", "currency")}
_OF_LOOP: _Known = {name: Field(f"loop.{name}", "number", "") for name in _LOOP.split()}


def check(tree: nodes.Template, where: str) -> tuple[Problem, ...]:
    """A problem per name that does not exist, and per line that prints something which may be empty."""
    walk = _Walk(where)
    walk.body(tree.body, dict(_ROOT), frozenset())
    return tuple(walk.problems.values())


@dataclass
class _Walk:
    where: str
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)

    def body(self, body: list[nodes.Node], scope: dict[str, _Known], guarded: frozenset[str]) -> None:
        for node in body:
            self.statement(node, scope, guarded)

    def statement(self, node: nodes.Node, scope: dict[str, _Known], guarded: frozenset[str]) -> None:
        if isinstance(node, nodes.Output):
            for child in node.nodes:
                self.printed(child, scope, guarded)
        elif isinstance(node, nodes.For):
            self.loop(node, scope, guarded)
        elif isinstance(node, nodes.If):
            self.value(node.test, scope, guarded)
            inside = guarded | _paths(node.test)
            for part in (node.body, node.elif_, node.else_):
                self.body(list(part), scope, inside)
        elif isinstance(node, nodes.Assign):
            found = self.value(node.node, scope, guarded)
            for name in _targets(node.target):
                scope[name] = found if isinstance(node.target, nodes.Name) else _ANY
        elif isinstance(node, nodes.With):
            names = [name for target in node.targets for name in _targets(target)]
            for value in node.values:
                self.value(value, scope, guarded)
            self.body(node.body, {**scope, **dict.fromkeys(names, _ANY)}, guarded)

    def loop(self, node: nodes.For, scope: dict[str, _Known], guarded: frozenset[str]) -> None:
        rows = self.value(node.iter, scope, guarded)
        row: _Known = _ITEMS if isinstance(rows, Field) and rows.path in _LISTS else _ANY
        if isinstance(rows, Field) and rows.type not in ("list", "map"):
            self.tell("tpl.loop", Severity.ERROR, f"“{rows.path}” is no list.", node.lineno, "Loop over items.")
        inner = {
            **scope,
            **{name: row if isinstance(node.target, nodes.Name) else _ANY for name in _targets(node.target)},
        }
        inner["loop"] = _OF_LOOP
        if node.test is not None:
            self.value(node.test, inner, guarded)
        self.body(node.body, inner, guarded | (_paths(node.test) if node.test else frozenset()))
        self.body(node.else_, scope, guarded)

    def printed(self, node: nodes.Expr, scope: dict[str, _Known], guarded: frozenset[str]) -> None:
        found = self.value(node, scope, guarded)
        core, fallback = node, False
        while isinstance(core, nodes.Filter) and core.node is not None:
            fallback = fallback or core.name in ("default", "d")
            core = core.node
        path = _path(core)
        known = found if core is node else self.value(core, scope, guarded)
        if isinstance(known, Field) and known.nullable and not fallback and path and path not in guarded:
            words = f"“{path}” may be empty for some people."
            fix = f"Write {path}|default('…'), or put it inside {{% if {path} %}}."
            self.tell("var.nofallback", Severity.WARNING, words, node.lineno, fix, path)

    def value(self, node: nodes.Node, scope: dict[str, _Known], guarded: frozenset[str]) -> _Known:
        """What is known about an expression; tells names that do not exist."""
        if isinstance(node, nodes.Name):
            if node.name in scope:
                return scope[node.name]
            self.unknown(node.name, node.name, _ROOT, node.lineno)
            return _ANY
        if isinstance(node, nodes.Getattr):
            return self.part(node, self.value(node.node, scope, guarded), node.attr)
        if isinstance(node, nodes.Getitem):
            return self.place(node, scope, guarded)
        if isinstance(node, nodes.Filter) and node.node is not None and node.name in ("sort", "reverse", "unique"):
            return self.value(node.node, scope, guarded)
        optional = isinstance(node, nodes.Filter | nodes.Test) and node.name in ("default", "d", "defined", "undefined")
        for child in node.iter_child_nodes():
            inside = self.value(child, scope, guarded)
            if optional and inside is _ANY:
                continue
        return _ANY

    def place(self, node: nodes.Getitem, scope: dict[str, _Known], guarded: frozenset[str]) -> _Known:
        base = self.value(node.node, scope, guarded)
        if isinstance(base, Field) and base.path in _LISTS:
            return base if isinstance(node.arg, nodes.Slice) else _ITEMS
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self.part(node, base, node.arg.value)
        self.value(node.arg, scope, guarded)
        return _ANY

    def part(self, node: nodes.Getattr | nodes.Getitem, base: _Known, name: str) -> _Known:
        if isinstance(base, _Anything):
            return _ANY
        if isinstance(base, Field):
            if base.type == "map":
                return _ANY
            base = _MONEY if base.type == "money" else {}
        if name in base:
            return base[name]
        self.unknown(f"{_path(node.node) or 'this value'}.{name}", name, base, node.lineno)
        return _ANY

    def unknown(self, path: str, name: str, level: _Tree, line: int) -> None:
        guess = _guess(name, path, level)
        self.tell("var.undefined", Severity.ERROR, f"“{path}” does not exist.", line, guess, path)

    def tell(self, rule: str, severity: Severity, words: str, line: int, fix: str, path: str = "") -> None:
        self.problems.setdefault((rule, path or words), Problem(rule, severity, words, self.where, line, fix))


def _guess(name: str, path: str, level: _Tree) -> str:
    inside = [each for each in level if len(name) > 2 and name in each]
    close = inside or get_close_matches(name, list(level), 1, 0.6)
    if close:
        return f"Did you mean {path[: len(path) - len(name)]}{close[0]}?"
    ends = {each.path.rsplit(".", 1)[-1]: each.path for each in CONTEXT_FIELDS}
    near = get_close_matches(name, list(ends), 1, 0.75)
    return f"Did you mean {ends[near[0]]}?" if near else "Pick a name from the list of variables."


def _targets(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Name):
        yield node.name
    for child in node.iter_child_nodes():
        yield from _targets(child)


def _paths(node: nodes.Node) -> frozenset[str]:
    """Every path an expression mentions."""
    own = _path(node)
    inside = [path for child in node.iter_child_nodes() for path in _paths(child)]
    return frozenset([*inside, own] if own else inside)


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return f"{_path(node.node)}[{node.arg.value!r}]"
    return ""
