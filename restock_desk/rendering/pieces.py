"""A source cut into literal text and Jinja constructs, each with its line."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from jinja2 import TemplateSyntaxError

from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering.environment import HTML
from restock_desk.rendering.faults import TemplateFault

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
_FOREIGN = re.compile(
    r"\{\{\{|\{\{\s?[#/^!>&~][^{}]{0,80}\}?\}|\{\{\s?else\s?\}\}|\*\|[A-Za-z][^|*\n]{0,120}\|\*|%%[a-zA-Z_]{1,60}%%"
    r"|<%[^<>]{0,200}%>|\$\{[^{}]{0,80}\}"
    r"|\[\[ ?[A-Za-z_][\w.: ]{0,60}\]\]|\[[a-z]\w{1,30}, ?fallback=[^\[\]]{0,60}\]|%%[\[=][^%]{0,80}[\]=]%%"
    r"|(?<![\w%])%(?:recipient\.\w{1,60}|[A-Z][A-Z0-9_]{2,40})%(?![\w%])|(?<![{$%#\w])\{[!$]?[A-Za-z_][\w.]{1,40}\}(?!\})"
    r"|\[(?:Sender_\w{2,20}|[Uu]nsubscribe(?:_Preferences)?|[Ww]eblink)\]"
    r"|</?(?:singleline|multiline|repeater|unsubscribe|webversion|forwardtoafriend|currentyear)\b[^<>]{0,80}>"
)
"""Of Mustache, Handlebars, Mailchimp, ERB, Mailjet, Campaign Monitor, Sendy, AMPscript, Mailgun, ActiveCampaign, …"""
_CERTAIN = ("{{", "*|", "%%")
"""What else looks like a tag may be text."""
_FOREIGN_LIMIT = 50
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
        own = () if known else (_error("tpl.syntax", sentence(error), where, error.lineno),)
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


def statement(construct: str) -> str:
    """The first word of {% … %}: if, for, endfor."""
    words = construct[2:-2].lstrip("-+ \n\t\r").split(None, 1)
    return words[0].rstrip("-+(") if words else ""


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


def sentence(error: TemplateSyntaxError) -> str:
    """What Jinja says of a source, as a sentence."""
    words = (error.message or "This cannot be read").rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."


def _error(rule: str, words: str, where: str, line: int = 0) -> Problem:
    return Problem(rule, Severity.ERROR, words, where, line)
