"""Which ways a template goes for a person: conditions, loops and fallbacks of a syntax tree made to tell the render.

A branch has two outcomes, numbered 2n and 2n + 1; a render's outcomes are the bits of one number.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from jinja2 import nodes
from markupsafe import Markup

from restock_desk.domain.money import Money
from restock_desk.domain.preflight import Branch
from restock_desk.domain.templates import Severity
from restock_desk.rendering.environment import MailEnvironment, path_of
from restock_desk.rendering.filters import default
from restock_desk.rendering.run import Run, current
from restock_desk.rendering.undefined import Missing

LIMIT = 500
"""Branches of one template that are watched."""
_WORDS = frozenset({"None", "nan", "NaN", "undefined", "null", "NULL"})


@dataclass
class Watch(Run):
    """A render that notes which ways it goes, beside what it meets."""

    taken: int = 0


@dataclass
class Book:
    """The branches of one template, by number. The same one in the HTML and in the text read off it counts once."""

    branches: list[tuple[Branch, Branch]] = field(default_factory=list)
    _known: dict[tuple[str, int, str, str], int] = field(default_factory=dict)

    def number(self, where: str, line: int, kind: str, words: str) -> int | None:
        key = (where, line, kind, words)
        if key not in self._known:
            if len(self.branches) >= LIMIT:
                return None
            self._known[key] = len(self.branches)
            holds, fails = (form.format(words) for form in _FORMS[kind])
            self.branches.append((Branch(where, line, fails), Branch(where, line, holds)))
        return self._known[key]

    @property
    def outcomes(self) -> list[Branch]:
        """By the number of their bit."""
        return [one for pair in self.branches for one in pair]


class WatchingEnvironment(MailEnvironment):
    """The sandbox of previews, whose renders must be a Watch."""

    def __init__(self, escapes: bool) -> None:
        super().__init__(escapes)
        self.filters.update({"_took": _took, "_ran": _ran, "_fallback": _fallback})

    def show(self, value: Any, path: str, line: int) -> Any:
        if type(value) is str or isinstance(value, Markup):
            if value in _WORDS:
                words = f"“{path}” says “{value}”, which looks like a fault in the data."
                current().note("var.leftover", Severity.WARNING, words, line, "Correct the person's data.")
        elif isinstance(value, Money) and not value.currency:
            words = f"“{path}” is a price without a currency."
            current().note(
                "price.currency", Severity.WARNING, words, line, "Set the shop's currency, or the variant's."
            )
        return super().show(value, path, line)


def watch(statements: Iterable[nodes.Node], where: str, book: Book) -> None:
    """Make these nodes of a checked tree tell which way they go. Changes them."""
    for node in statements:
        _watched(node, where, book)


def said(node: nodes.Node) -> str:
    """An expression as its author would write it."""
    if isinstance(node, nodes.Const):
        return repr(node.value) if isinstance(node.value, str) else str(node.value)
    if isinstance(node, nodes.Compare):
        return said(node.expr) + "".join(f" {_SIGNS.get(part.op, part.op)} {said(part.expr)}" for part in node.ops)
    if isinstance(node, nodes.And | nodes.Or):
        return f"{said(node.left)} {type(node).__name__.lower()} {said(node.right)}"
    if isinstance(node, nodes.Not):
        return f"not {said(node.node)}"
    if isinstance(node, nodes.Filter) and node.node is not None:
        given = f"({', '.join(map(said, node.args))})" if node.args else ""
        return f"{said(node.node)}|{node.name}{given}"
    if isinstance(node, nodes.Test):
        return f"{said(node.node)} is {node.name}"
    if isinstance(node, nodes.BinExpr):
        return f"{said(node.left)} {node.operator} {said(node.right)}"
    return path_of(node)


def _watched(node: nodes.Node, where: str, book: Book) -> None:
    mine = _branch(node)
    words = (mine[0], said(mine[1])[:120]) if mine else None
    for child in node.iter_child_nodes():
        _watched(child, where, book)
    if words is None:
        return
    number = book.number(where, node.lineno, *words)
    if number is None:
        return
    mark = nodes.Const(number, lineno=node.lineno)
    if isinstance(node, nodes.If | nodes.CondExpr):
        node.test = nodes.Filter(node.test, "_took", [mark], [], None, None, lineno=node.lineno)
    elif isinstance(node, nodes.For):
        node.iter = nodes.Filter(node.iter, "_ran", [mark], [], None, None, lineno=node.lineno)
    elif isinstance(node, nodes.Filter):
        node.name, node.args = "_fallback", [mark, *node.args]


def _branch(node: nodes.Node) -> tuple[str, nodes.Node] | None:
    """What kind of branch a node is, and on what it depends."""
    if isinstance(node, nodes.If | nodes.CondExpr):
        return "if", node.test
    if isinstance(node, nodes.For):
        return "for", node.iter
    if isinstance(node, nodes.Filter) and node.name in ("default", "d") and node.node is not None:
        return "default", node.node
    return None


def _note(number: int, holds: bool) -> None:
    run = current()
    if isinstance(run, Watch):
        run.taken |= 1 << (2 * number + holds)


def _took(value: Any, number: int) -> Any:
    holds = bool(value)
    _note(number, holds)
    return holds


def _ran(value: Any, number: int) -> Any:
    _note(number, isinstance(value, list | tuple | dict) and len(value) > 0)
    return value


def _fallback(value: Any, number: int, instead: Any = "", empty_too: bool = True) -> Any:
    _note(number, not (isinstance(value, Missing) or value is None or (empty_too and value == "")))
    return default(value, instead, empty_too)


_FORMS: dict[str, tuple[str, str]] = {
    "if": ("if {}", "unless {}"),
    "for": ("with {}", "no {}"),
    "default": ("{} is known", "{} is missing, the fallback shows"),
}
"""How a branch is called when it holds, and when not."""
_SIGNS = {
    "eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in",
}  # fmt: skip
HTML = WatchingEnvironment(escapes=True)
TEXT = WatchingEnvironment(escapes=False)
