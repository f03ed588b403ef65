"""Pieces as something that runs: checked by Jinja's parser, cut where nothing is open, each kept by what it says.

A program's lines begin with 1, so that it serves wherever its pieces stand; a run adds how many stand before it.
"""

import traceback
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from restock_desk.rendering.environment import HTML, TEXT, MailEnvironment
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.pieces import Piece, Pieces, sentence, statement
from restock_desk.rendering.run import current

NODE_LIMIT = 20_000
FILE = "<mail>"
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.If, nodes.For, nodes.Assign, nodes.With, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg,
    nodes.Pos, nodes.Concat, nodes.CondExpr, nodes.List, nodes.Tuple, nodes.Keyword,
)  # fmt: skip
_LEAVES = (nodes.TemplateData, nodes.Name, nodes.Const)
_NAMES = {
    "CallBlock": "call",
    "FromImport": "import",
    "FilterBlock": "filter",
    "AssignBlock": "set … endset",
    "Scope": "autoescape",
}
_LEADING = {"_url": 1, "_track": 2}  # how many arguments the compiler writes; the line follows


def parse(pieces: Sequence[Piece], where: str) -> nodes.Template:
    """The syntax tree with the author's lines. Raises TemplateFault with line for what is wrong or not allowed."""
    lexer = HTML.lexer
    try:
        parser = Parser(HTML, "")
        parser.stream = TokenStream(lexer.wrap(_tokens(pieces)), None, None)
        tree = parser.parse()
        for count, node in enumerate(_walk(tree)):
            _allow(node, where)
            _tell_line(node)
            if count > NODE_LIMIT:
                raise TemplateFault("The template is too large to be checked.", "tpl.size", where)
    except TemplateSyntaxError as error:
        raise TemplateFault(sentence(error), "tpl.syntax", where, error.lineno) from error
    except (RecursionError, ValueError, OverflowError, MemoryError) as error:
        raise TemplateFault("The template is nested too deeply.", "tpl.syntax", where) from error
    return tree


@lru_cache(maxsize=4096)
def one(pieces: Pieces, escapes: bool, where: str) -> Template:
    """The pieces as something that runs. Same pieces, same program."""
    return runnable(parse(pieces, where), HTML if escapes else TEXT, where)


class Placed(NamedTuple):
    """A program whose lines begin with 1, and how many stand before it in its source."""

    template: Template
    lines: int


Program = str | Placed
"""Text as it stands, or something that runs."""
_OPENS, _CLOSES = ("for", "if", "with"), ("endfor", "endif", "endwith")
_TOGETHER = 400
"""Characters of literal text that still join the constructs around them into one program."""


@lru_cache(maxsize=64)
def several(pieces: Pieces, escapes: bool, where: str) -> tuple[Program, ...]:
    """The pieces as programs that run one after the other, so that a change costs only the program it is in.

    One that assigns names is one program: what is assigned holds to the end.
    """
    try:
        return tuple(_part(part, escapes, where) for part in parted(pieces))
    except TemplateFault:
        # as a whole it may be right, or wrong at another line
        return (Placed(runnable(parse(pieces, where), HTML if escapes else TEXT, where), 0),)


@lru_cache(maxsize=4096)
def _part(pieces: Pieces, escapes: bool, where: str) -> Program:
    if all(piece.line == 0 for piece in pieces):
        return "".join(piece.text for piece in pieces)
    moved, lines = at_one(pieces)
    try:
        return Placed(one(moved, escapes, where), lines)
    except TemplateFault as fault:
        fault.line += lines if fault.line else 0
        raise


def at_one(pieces: Pieces) -> tuple[Pieces, int]:
    """The pieces as they would stand from line 1 on, and how many lines they stood further down."""
    lines = min(piece.line for piece in pieces if piece.line) - 1
    return (tuple(Piece(line - lines if line else 0, text) for line, text in pieces) if lines else pieces), lines


def parted(pieces: Pieces) -> Iterator[Pieces]:
    """Where no block is open, the pieces come apart: before and behind each statement, and at long literal texts."""
    if any(piece.statement and statement(piece.text) in ("set", "") for piece in pieces):
        yield pieces
        return
    held: list[Piece] = []
    depth = 0
    for piece in pieces:
        word = statement(piece.text) if piece.statement else ""
        apart = depth == 0 and (word in _OPENS or (piece.line == 0 and len(piece.text) > _TOGETHER))
        if apart and held:
            yield tuple(held)
            held = []
        depth += (word in _OPENS) - (word in _CLOSES)
        held.append(piece)
        if depth == 0 and (word in _CLOSES or (piece.line == 0 and len(piece.text) > _TOGETHER)):
            yield tuple(held)
            held = []
    if held:
        yield tuple(held)


def runnable(tree: nodes.Template, environment: MailEnvironment, where: str) -> Template:
    """A checked tree as something that runs. Raises TemplateFault when it cannot."""
    _guard_loops(tree)
    try:
        code = environment.compile(tree, None, FILE)
    except TemplateSyntaxError as error:
        raise TemplateFault(sentence(error), "tpl.syntax", where, error.lineno) from error
    except (RecursionError, SyntaxError, ValueError, OverflowError, MemoryError) as error:
        raise TemplateFault("The template is nested too deeply.", "tpl.syntax", where) from error
    return Template.from_code(environment, code, {})


def placed(fault: TemplateFault, error: BaseException, where: str) -> TemplateFault:
    """The fault with the author's line, read from where in the generated code it happened."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        template = frame.f_globals.get("__jinja_template__")
        if frame.f_code.co_filename == FILE and template is not None:
            at = template.get_corresponding_lineno(line) + current().lines
            return TemplateFault(fault.message, fault.rule, where, at)
    return TemplateFault(fault.message, fault.rule, where, fault.line)


def _tokens(pieces: Sequence[Piece]) -> Iterator[tuple[int, str, str]]:
    last = 1
    for piece in pieces:
        if piece.line == 0:
            if piece.text:
                yield last, "data", piece.text
        else:
            for line, kind, value in _lexed(piece.text):
                last = piece.line + line - 1
                yield last, kind, value


@lru_cache(maxsize=4096)
def _lexed(construct: str) -> tuple[tuple[int, str, str], ...]:
    return tuple(HTML.lexer.tokeniter(construct, None))


def _walk(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if type(node) not in _LEAVES:
            waiting.extend(node.iter_child_nodes())


def _allow(node: nodes.Node, where: str) -> None:
    kind = type(node).__name__
    if isinstance(node, nodes.Call):
        raise TemplateFault(
            "Nothing can be called in a template: use names and filters.", "tpl.sandbox", where, node.lineno
        )
    if not isinstance(node, _ALLOWED) or isinstance(node, nodes.Pow):
        words = _NAMES.get(kind, kind.lower())
        line = node.lineno or next((child.lineno for child in node.iter_child_nodes() if child.lineno), 0)
        raise TemplateFault(f"“{words}” cannot be used in a template.", "tpl.sandbox", where, line)
    if isinstance(node, nodes.For) and node.recursive:
        raise TemplateFault("A loop cannot call itself.", "tpl.sandbox", where, node.lineno)
    if isinstance(node, nodes.Filter) and node.name not in HTML.filters:
        words = f"There is no filter “{node.name}”."
        raise TemplateFault(words, "tpl.filter", where, node.lineno)
    if isinstance(node, nodes.Test) and node.name not in HTML.tests:
        raise TemplateFault(f"There is no test “{node.name}”.", "tpl.filter", where, node.lineno)
    if isinstance(node, nodes.CondExpr) and node.expr2 is None:
        node.expr2 = nodes.Const("", lineno=node.lineno)


def _tell_line(node: nodes.Node) -> None:
    """Filters of ours that lead somewhere know the line their value begins on, unless it was written down."""
    if isinstance(node, nodes.Filter) and len(node.args) == _LEADING.get(node.name, -1):
        first: nodes.Node = node
        while isinstance(first, nodes.Filter | nodes.Getattr | nodes.Getitem) and first.node is not None:
            first = first.node
        node.args.append(nodes.Const(first.lineno, lineno=node.lineno))


def _guard_loops(tree: nodes.Template) -> None:
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, "_each", [], [], None, None, lineno=loop.lineno)
