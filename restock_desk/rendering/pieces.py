"""A source cut into literal text and Jinja constructs, each with its line; and the program made of such pieces."""

import re
import traceback
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering.environment import HTML, TEXT, MailEnvironment
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.run import current

SOURCE_LIMIT = 256 * 1024
TOKEN_LIMIT = 400
DEPTH_LIMIT = 100
"""Blocks inside each other."""
LOOPS = 15
"""Loops inside each other: Python itself bears twenty."""
BRACKETS = 50
"""Brackets inside each other: Python itself bears two hundred, and each of ours is three of them."""
DIGITS = 100
"""Of one number."""
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
_FOREIGN = re.compile(
    r"\{\{\{|\{\{\s?[#/^!>&~][^{}]{0,80}\}?\}|\{\{\s?else\s?\}\}|\*\|[A-Za-z][^|*\n]{0,120}\|\*|%%[a-zA-Z_]{1,60}%%"
    r"|<%[^<>]{0,200}%>|\$\{[^{}]{0,80}\}"
    r"|\[\[ ?[A-Za-z_][\w.: ]{0,60}\]\]|\[[a-z]\w{1,30}, ?fallback=[^\[\]]{0,60}\]|%%[\[=][^%]{0,80}[\]=]%%"
    r"|(?<![\w%])%(?:recipient\.\w{1,60}|[A-Z][A-Z0-9_]{2,40})%(?![\w%])|(?<![{$%#\w])\{[!$]?[A-Za-z_][\w.]{1,40}\}(?!\})"
    r"|</?(?:singleline|multiline|repeater|unsubscribe|webversion|forwardtoafriend|currentyear)\b[^<>]{0,80}>"
)
"""Of Mustache, Handlebars, Mailchimp, ERB, Mailjet, Campaign Monitor, Sendy, AMPscript, Mailgun, ActiveCampaign, …"""
_CERTAIN = ("{{", "*|", "%%")
"""What else looks like a tag may be text."""
_FOREIGN_LIMIT = 50
_LEADING = {"_url": 1, "_track": 2}  # how many arguments the compiler writes; the line follows
_WORD = re.compile(r"\{%[-+]?\s*(\w+)")
_OPENS = ("if", "for", "with")
_REACHES = re.compile(r"\{#|\r|\{%(?:[-+]|\s*raw\b)|\{\{-|-[%}]\}|\+%\}")
"""Comments, raw blocks, old line ends, blanks taken from beside: only the whole source tells what they do."""
_CONSTRUCT = re.compile(
    r"""\{\{(?:[^"'{}]++|"[^"\\{}]*+"|'[^'\\{}]*+')*+\}\}|\{%(?:[^"'{}%]++|"[^"\\{}%]*+"|'[^'\\{}%]*+')*+%\}"""
)


class Piece(NamedTuple):
    """Literal text (`line` 0) or one construct with its delimiters and the author's line it begins on."""

    line: int
    text: str

    @property
    def statement(self) -> bool:
        return self.line > 0 and self.text.startswith("{%")


Pieces = tuple[Piece, ...]


@lru_cache(maxsize=32)
def cut(source: str, where: str) -> tuple[Pieces, tuple[Problem, ...]]:
    """The pieces of a source by Jinja's own lexer; comments drop out, raw blocks become text. None on errors."""
    if len(source) > SOURCE_LIMIT:
        return (), (_error("tpl.size", f"The {where} is longer than {SOURCE_LIMIT // 1024} KB.", where),)
    try:
        pieces = tuple(_joined(_cut(source, where)))
    except TemplateSyntaxError as error:
        foreign = foreign_tags(source, where)
        known = any(problem.line == error.lineno for problem in foreign)
        own = () if known else (_error("tpl.syntax", _sentence(error), where, error.lineno),)
        return (), (*foreign, *own)
    except TemplateFault as fault:
        return (), (_error(fault.rule, fault.message, where, fault.line),)
    deep = _too_deep(pieces, where)
    return (() if deep else pieces), deep


def foreign_tags(source: str, where: str) -> tuple[Problem, ...]:
    """Merge tags of other systems, each with its line: they would be mailed as they stand, or break the template."""
    found = []
    for hit in islice(_FOREIGN.finditer(source), _FOREIGN_LIMIT):
        line = source.count("\n", 0, hit.start()) + 1
        words = f"“{hit.group()[:60]}” is a merge tag of another system."
        fix = "Write {{ subscriber.first_name }}, {% for item in items %} … {% endfor %} or {% if … %} … {% endif %}."
        severity = Severity.ERROR if hit.group().startswith(_CERTAIN) else Severity.WARNING
        found.append(Problem("tpl.foreign", severity, words, where, line, fix))
    return tuple(found)


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
        raise TemplateFault(_sentence(error), "tpl.syntax", where, error.lineno) from error
    except (RecursionError, ValueError, OverflowError, MemoryError) as error:
        raise TemplateFault("The template is nested too deeply.", "tpl.syntax", where) from error
    return tree


@lru_cache(maxsize=4096)
def program(pieces: Pieces, escapes: bool, where: str) -> Template:
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
def programs(pieces: Pieces, escapes: bool, where: str) -> tuple[Program, ...]:
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
        return Placed(program(moved, escapes, where), lines)
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


def statement(construct: str) -> str:
    """The first word of {% … %}: if, for, endfor."""
    words = construct[2:-2].lstrip("-+ \n\t\r").split(None, 1)
    return words[0].rstrip("-+(") if words else ""


def runnable(tree: nodes.Template, environment: MailEnvironment, where: str) -> Template:
    """A checked tree as something that runs. Raises TemplateFault when it cannot."""
    _guard_loops(tree)
    try:
        code = environment.compile(tree, None, FILE)
    except TemplateSyntaxError as error:
        raise TemplateFault(_sentence(error), "tpl.syntax", where, error.lineno) from error
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


def inner(construct: str) -> str:
    """What stands between the braces of {{ … }}."""
    return construct.strip()[2:-2].strip("-+ \n\t")


def literal(text: str) -> str:
    """A text as a Jinja string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _cut(source: str, where: str) -> Iterable[Piece]:
    quick = _quick_cut(source)
    return quick if quick is not None else _lexer_cut(source, where)


def _quick_cut(source: str) -> list[Piece] | None:
    """As the lexer cuts, but each construct is known from earlier cuts. None where only the lexer can tell."""
    if _REACHES.search(source):
        return None
    pieces: list[Piece] = []
    at, line = 0, 1
    for hit in _CONSTRUCT.finditer(source):
        construct, text = hit.group(), source[at : hit.start()]
        if text.endswith("{") or "{{" in text or "{%" in text or not _whole(construct):
            return None
        if text:
            pieces.append(Piece(0, text))
            line += text.count("\n")
        pieces.append(Piece(line, construct))
        line += construct.count("\n")
        at = hit.end()
    rest = source[at:]
    if "{{" in rest or "{%" in rest:
        return None
    return [*pieces, Piece(0, rest)] if rest else pieces


@lru_cache(maxsize=8192)
def _whole(construct: str) -> bool:
    """Whether the lexer, too, sees one construct here and nothing else. False also for what is wrong in it."""
    try:
        return [piece.text for piece in _lexer_cut(construct, "")] == [construct]
    except (TemplateSyntaxError, TemplateFault):
        return False


def _lexer_cut(source: str, where: str) -> Iterator[Piece]:
    held: list[str] = []
    start = names = depth = 0
    for line, kind, value in HTML.lexer.tokeniter(source, None):
        if kind == "data":
            yield Piece(0, value)
        elif kind.startswith(("raw", "comment")):
            continue
        elif kind in ("variable_begin", "block_begin"):
            held, start, names, depth = [value], line, 0, 0
        elif kind in ("variable_end", "block_end"):
            held.append(value)
            yield Piece(start, "".join(held))
            held = []
        else:
            held.append(value)
            names += kind != "whitespace"
            depth += (value in "([{") - (value in ")]}") if kind == "operator" else 0
            if kind == "name" and value.startswith("_"):
                raise TemplateFault(f"Names cannot begin with an underscore: “{value}”.", "tpl.sandbox", where, line)
            if held[-2:] == ["{", "{"] or (names > TOKEN_LIMIT and "\n" in "".join(held)):
                raise TemplateFault(f"“{held[0]}” is never closed.", "tpl.syntax", where, start)
            if names > TOKEN_LIMIT or depth > BRACKETS or (kind == "integer" and len(value) > DIGITS):
                raise TemplateFault("This expression is too long.", "tpl.size", where, line)
    if held:
        raise TemplateFault(f"“{held[0]}” is never closed.", "tpl.syntax", where, start)


def _too_deep(pieces: Pieces, where: str) -> tuple[Problem, ...]:
    """Blocks inside blocks, counted before anything walks down into them."""
    depth = loops = 0
    for piece in pieces:
        if piece.statement:
            found = _WORD.match(piece.text)
            word = found.group(1) if found else ""
            depth += (word in _OPENS) - (word.startswith("end"))
            loops += (word == "for") - (word == "endfor")
            if depth > DEPTH_LIMIT or loops > LOOPS:
                return (_error("tpl.size", "The blocks are nested too deeply.", where, piece.line),)
    return ()


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbouring literal texts as one."""
    texts: list[str] = []
    for piece in pieces:
        if piece.line == 0:
            texts.append(piece.text)
            continue
        if texts:
            yield Piece(0, "".join(texts))
            texts = []
        yield piece
    if texts:
        yield Piece(0, "".join(texts))


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


def _sentence(error: TemplateSyntaxError) -> str:
    words = (error.message or "This cannot be read").rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."


def _error(rule: str, words: str, where: str, line: int = 0) -> Problem:
    return Problem(rule, Severity.ERROR, words, where, line)
