"""Variables in a draft: names that exist, values that can be compared, nothing left of other systems' tags."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from jinja2 import nodes

from restock_desk.domain.checks import known
from restock_desk.domain.templates import CONTEXT_FIELDS, Edit, Problem
from restock_desk.rendering import names, pieces, programs
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.lint.finding import Matter, tell
from restock_desk.rendering.parts import FIELDS

PLACES = (*FIELDS, "source", "text")
_TYPES = {each.path: each.type for each in CONTEXT_FIELDS}
_ORDER = frozenset({"lt", "lteq", "gt", "gteq"})
_WORDS = frozenset({"text", "url"})
_MEANT = re.compile(r"Did you mean ([\w.]+)\?")
_QUOTED = re.compile(r"“([^”]*)”")
_FALLBACKS = {"subscriber.first_name": "there", "subscriber.last_name": ""}
_MERGE_TAGS = {
    "*|fname|*": '{{ subscriber.first_name|default("there") }}',
    "*|lname|*": '{{ subscriber.last_name|default("") }}',
    "*|email|*": "{{ subscriber.email }}",
    "*|unsub|*": "{{ links.unsubscribe }}",
    "*|archive|*": "{{ links.browser }}",
    "*|update_profile|*": "{{ links.preferences }}",
    "*|list:company|*": "{{ shop.name }}",
    "*|list:address|*": "{{ shop.address }}",
    "%%first_name%%": '{{ subscriber.first_name|default("there") }}',
    "%%firstname%%": '{{ subscriber.first_name|default("there") }}',
    "%%email%%": "{{ subscriber.email }}",
    "%%unsubscribe_url%%": "{{ links.unsubscribe }}",
}
_SILENT = pieces.Piece(0, "")
"""What stands for literal text where only constructs are read."""
_LEFT = re.compile(r"\{\{|\{%")


def check(matter: Matter) -> Iterator[Problem]:
    for where in PLACES:
        text = getattr(matter.draft, where) or ""
        if not text:
            continue
        if where == "source" and matter.parts:
            yield from _in_parts(matter.parts)
            continue
        part, wrong = pieces.cut(text, where)
        if not wrong:
            yield from _once(_parsed(part, text, where))
    for where in ("subject", "preheader", "source", "text"):
        for problem in pieces.foreign_tags(getattr(matter.draft, where) or "", where):
            yield with_edit(known(problem), matter)


def with_edit(problem: Problem, matter: Matter) -> Problem:
    """The problem with a quick fix where one is plain from its words."""
    quoted = _QUOTED.search(problem.message)
    text = getattr(matter.draft, problem.where, None) or ""
    if quoted is None or not text or problem.operations:
        return problem
    new = _corrected(problem, quoted.group(1))
    if new is None:
        return problem
    start = _on_line(text, problem.line, quoted.group(1))
    if start < 0:
        return problem
    return replace(problem, operations=(Edit(problem.where, start, quoted.group(1), new),))


def _corrected(problem: Problem, found: str) -> str | None:
    """What should stand instead."""
    meant = _MEANT.search(problem.fix)
    if problem.rule == "var.undefined" and meant:
        return meant.group(1)
    if problem.rule == "var.nofallback" and found in _FALLBACKS:
        return f'{found}|default("{_FALLBACKS[found]}")'
    return _MERGE_TAGS.get(found.lower()) if problem.rule == "tpl.foreign" else None


def _on_line(text: str, line: int, words: str) -> int:
    """Where the words stand alone on a line or below it; -1 if nowhere."""
    start = 0
    for _ in range(max(0, line - 1)):
        start = text.find("\n", start) + 1
        if start == 0:
            return -1
    hit = re.compile(rf"(?<![\w.]){re.escape(words)}(?![\w.])").search(text, start)
    return hit.start() if hit else -1


def _parsed(part: pieces.Pieces, text: str, where: str) -> Iterator[Problem]:
    """Names, each once, and comparisons, as if the whole were read at once."""
    found: list[Problem] = []
    for run in programs.parted(part):
        first = next((piece.line for piece in run if piece.line), 0)
        if first:
            moved = tuple(piece._replace(line=piece.line - first + 1) if piece.line else _SILENT for piece in run)
            said = _judged(moved, where)
            if said is None:
                found = list(_judged(part, where) or ())  # as a whole it may be right; what is wrong, compiling tells
                break
            found += (replace(problem, line=problem.line + first - 1) if problem.line else problem for problem in said)
    yield from found
    for data in part:
        left = _LEFT.search(data.text) if data.line == 0 else None
        if left:
            line = text.count("\n", 0, max(0, text.find(left.group()))) + 1
            words = f"“{left.group()}” would be read by everybody as it stands."
            yield tell("var.leftover", words, "Take it out of {% raw %}, or remove it.", where=where, line=line)


def _in_parts(parts: tuple[str, ...]) -> list[Problem]:
    """The same of a source put together of parts."""
    found: list[Problem] = []
    lines = 0
    for part in parts:
        found += (replace(each, line=each.line + lines) for each in _of_part(part))
        lines += part.count("\n") + 1
    return _once(found)


@lru_cache(maxsize=1024)
def _of_part(text: str) -> tuple[Problem, ...]:
    """Findings of a part by itself, at its own lines."""
    part, wrong = pieces.cut.__wrapped__(text, "source")  # kept here
    return () if wrong else tuple(_parsed(part, text, "source"))


def _once(found: Iterable[Problem]) -> list[Problem]:
    """Each name once, where it is first; comparisons line by line."""
    told: dict[object, Problem] = {}
    for each in found:
        told.setdefault((each.rule, each.message, each.line if each.rule == "var.type" else 0), each)
    return list(told.values())


@lru_cache(maxsize=4096)
def _judged(part: pieces.Pieces, where: str) -> tuple[Problem, ...] | None:
    """Findings of what is one program by itself, its first construct on line 1; None where it cannot be read."""
    try:
        tree = programs.parse(part, where)
        found = [known(problem) for problem in names.check(tree, where)]
    except TemplateFault:
        return None
    ordered = any("<" in piece.text or ">" in piece.text for piece in part if piece.line)
    for node in tree.find_all(nodes.Compare) if ordered else ():
        wrong = _compared(node)
        if wrong:
            fix = "Compare a number with a number, or ask for equality."
            found.append(tell("var.type", wrong, fix, where=where, line=node.lineno))
    return tuple(found)


def _compared(node: nodes.Compare) -> str:
    """Why a comparison cannot work, if so."""
    for operand in node.ops:
        if operand.op not in _ORDER:
            continue
        left, right = _type(node.expr), _type(operand.expr)
        if {left, right} & _WORDS and {left, right} & {"number", "money", "date"}:
            name = _path(node.expr) or _path(operand.expr)
            return f"“{name}” is {left if _path(node.expr) else right}; it has no order with a {_other(left, right)}."
    return ""


def _other(left: str, right: str) -> str:
    return right if left in _WORDS else left


def _type(node: nodes.Node) -> str:
    if isinstance(node, nodes.Const):
        return "number" if isinstance(node.value, int | float) and not isinstance(node.value, bool) else "text"
    return _TYPES.get(_path(node), "")


def _path(node: nodes.Node) -> str:
    """A path of the context; below a loop's item it is the same as above."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        inner = _path(node.node)
        return f"{inner.removeprefix('item.')}.{node.attr}" if inner else ""
    return ""
