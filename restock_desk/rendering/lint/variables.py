"""Variables in a draft: names that exist, values that can be compared, nothing left of other systems' tags."""

import re
from collections.abc import Iterator
from dataclasses import replace

from jinja2 import nodes

from restock_desk.domain.checks import known
from restock_desk.domain.templates import CONTEXT_FIELDS, Edit, Problem
from restock_desk.rendering import names, pieces
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
_LEFT = re.compile(r"\{\{|\{%")


def check(matter: Matter) -> Iterator[Problem]:
    for where in PLACES:
        text = getattr(matter.draft, where) or ""
        if not text:
            continue
        part, wrong = pieces.cut(text, where)
        if not wrong:
            yield from _parsed(part, text, where)
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
    try:
        tree = pieces.parse(part, where)
        yield from (known(problem) for problem in names.check(tree, where))
    except TemplateFault:
        return  # told by compiling
    ordered = any("<" in piece.text or ">" in piece.text for piece in part if piece.line)
    for node in tree.find_all(nodes.Compare) if ordered else ():
        wrong = _compared(node)
        if wrong:
            fix = "Compare a number with a number, or ask for equality."
            yield tell("var.type", wrong, fix, where=where, line=node.lineno)
    for data in part:
        left = _LEFT.search(data.text) if data.line == 0 else None
        if left:
            line = text.count("\n", 0, max(0, text.find(left.group()))) + 1
            words = f"“{left.group()}” would be read by everybody as it stands."
            yield tell("var.leftover", words, "Take it out of {% raw %}, or remove it.", where=where, line=line)


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
