"""A template against a whole audience: what is the same for many people is rendered once, the rest for each of them.

Finds what a preview of each person would find, without making the mail: the units are those of a send (`folding`), the
sandbox that of a preview. Then looks at what came out: size, subject, addresses, leftovers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Template, nodes

from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering import after, branches, folding, headers, programs, run
from restock_desk.rendering.branches import Book, Watch
from restock_desk.rendering.compiled import CompiledTemplate, state_of
from restock_desk.rendering.environment import MailEnvironment
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.folding import Unit
from restock_desk.rendering.identity import Identity

CLIPPED, NEARLY = 102_000, 85_000
"""Bytes of HTML beyond which large providers cut a mail off, and from which it is worth a word."""
SUBJECT_LIMIT = 78
_PARTS = ("subject", "preheader", "sender_name", "sender_email", "reply_to", "html", "text")
_CAN_FAIL = (ArithmeticError, TypeError, ValueError, LookupError, RecursionError, MemoryError, AttributeError)
_LEFT = re.compile(r"\{\{|\{%|%\}|\*\|[A-Za-z]|%%[A-Za-z]\w*%%")
_LOST = "⟦"
Outcome = tuple[tuple[Problem, ...], int]
"""What is wrong with one mail, and the branches it took."""


@dataclass(frozen=True)
class Half:
    """One part of the template. `turns`: None for what is the same, else which personal block stands there."""

    name: str
    where: str
    shared: Template | None
    personal: Template | None
    turns: tuple[int | None, ...]


@dataclass(frozen=True)
class Common:
    """What is the same for those who share restocks, locale and time zone: their context, printed parts, findings."""

    context: dict[str, Any]
    printed: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, int]
    problems: tuple[Problem, ...]
    taken: int


@dataclass(frozen=True)
class Sweep:
    """One template, ready for any number of people."""

    halves: tuple[Half, ...]
    book: Book
    needs: frozenset[str]
    """Names of the context that personal parts read."""

    @classmethod
    def of(cls, compiled: CompiledTemplate) -> "Sweep":
        """Raises TemplateFault for a template that cannot be rendered."""
        book, needs = Book(), frozenset[str]()
        halves: list[Half] = []
        for name in _PARTS:
            if name == "text" and not compiled.own_text:
                continue  # read off the HTML: it holds nothing that stands not there as well
            where = "source" if name == "html" else name
            environment = branches.HTML if name == "html" else branches.TEXT
            order = folding.units(programs.parse(compiled.parts.get(name, ()), where))
            for unit in order:
                needs |= frozenset() if unit.shared else folding.roots(unit)
            halves.append(_half(name, where, order, environment, book))
        return cls(tuple(halves), book, needs)

    def common(self, context: dict[str, Any], identity: Identity) -> Common:
        """What everybody with this context but for the person has. Never raises for what the template does."""
        state = _watch(context, identity)
        mark = run.enter(state)
        printed: dict[str, tuple[str, ...]] = {}
        try:
            for half in self.halves:
                printed[half.name] = _blocks(half.shared, half.where, context, state)
            for name, blocks in printed.items():
                _look(name, blocks, state)
        finally:
            run.leave(mark)
        sizes = {name: _bytes(blocks) for name, blocks in printed.items()}
        return Common(context, printed, sizes, tuple(state.problems), state.taken)

    def person(self, common: Common, reader: dict[str, Any], waits: Sequence[Any], identity: Identity) -> Outcome:
        """One mail: what is wrong with it beside what `common` tells, and which branches it takes in all."""
        context = self._context(common.context, reader, waits)
        state = _watch(context, identity)
        mark = run.enter(state)
        lines: dict[str, str] = {}
        size = common.sizes.get("html", 0)
        try:
            for half in self.halves:
                blocks = _blocks(half.personal, half.where, context, state) if half.personal is not None else ()
                if half.name == "html":
                    size += sum(_bytes((blocks[turn],)) for turn in half.turns if turn is not None and blocks)
                elif half.name != "text" and blocks:
                    lines[half.name] = _joined(half, common.printed[half.name], blocks)
                if blocks:
                    _look(half.name, blocks, state)
            self._whole(common, lines, size, str(reader.get("email") or ""), state)
        finally:
            run.leave(mark)
        return tuple(state.problems), state.taken | common.taken

    def _context(self, common: dict[str, Any], reader: dict[str, Any], waits: Sequence[Any]) -> dict[str, Any]:
        if not waits or not self.needs & {"items", "interest"}:
            return {**common, "subscriber": reader}
        items = [{**item, "interest": wait} for item, wait in zip(common["items"], waits, strict=False)]
        return {**common, "subscriber": reader, "interest": waits[0], "items": items}

    def _whole(self, common: Common, lines: dict[str, str], size: int, recipient: str, state: Watch) -> None:
        """What is seen only of the mail as a whole."""
        subject = lines.get("subject")
        if subject is None:
            subject = _line("".join(common.printed["subject"]))
        state.where = "subject"
        if not subject:
            state.note("subj.empty", Severity.ERROR, "The subject is empty.", 1, "Write one that needs no data.")
        elif len(subject) > SUBJECT_LIMIT:
            words = f"The subject is longer than {SUBJECT_LIMIT} characters."
            state.note("subj.long", Severity.WARNING, words, 1, "Put a |truncate(40) behind the product's name.")
        state.where = "source"
        if size > CLIPPED:
            words = f"The mail is larger than {CLIPPED // 1000} KB, so that large providers cut it off."
            state.note("size.clip", Severity.ERROR, words, 0, "Shorten it, or show fewer items.")
        elif size > NEARLY:
            words = f"The mail is larger than {NEARLY // 1000} KB; large providers cut it off at {CLIPPED // 1000} KB."
            state.note("size.clip", Severity.WARNING, words, 0, "Shorten it, or show fewer items.")
        sender = lines.get("sender_email") or _line("".join(common.printed["sender_email"]))
        for value, guard in ((subject, _subject), (recipient, _recipient), (sender or "a@b.example", _sender)):
            try:
                guard(value)
            except TemplateFault as fault:
                _tell(fault, state)


def _half(name: str, where: str, order: tuple[Unit, ...], environment: MailEnvironment, book: Book) -> Half:
    personal = [unit for unit in order if not unit.shared]
    numbers = iter(range(len(personal)))
    turns = [None if unit.shared else next(numbers) for unit in order]
    shared = [unit for unit in order if unit.shared]
    for unit in (*shared, *personal):
        branches.watch(unit.nodes, where, book)
    return Half(name, where, _program(shared, environment, where), _program(personal, environment, where), tuple(turns))


def _program(units: Sequence[Unit], environment: MailEnvironment, where: str) -> Template | None:
    body: list[nodes.Node] = []
    for unit in units:
        body += [*unit.nodes, nodes.Output([nodes.EnvironmentAttribute("cut", lineno=1)], lineno=1)]
    if not body:
        return None
    tree = nodes.Template(body, lineno=1)
    tree.set_environment(environment)
    return programs.runnable(tree, environment, where)


def _blocks(template: Template | None, where: str, context: dict[str, Any], state: Watch) -> tuple[str, ...]:
    """What each unit prints; nothing, and a problem told, where the program fails."""
    if template is None:
        return ()
    state.begin(where)
    cut, found, block, size = MailEnvironment.cut, list[str](), list[str](), 0
    making = template.root_render_func(template.new_context(context))
    try:
        for chunk in making:
            if chunk is cut:
                found.append("".join(block))
                block = []
                continue
            size += len(chunk)
            if size > run.OUTPUT_LIMIT:
                words = f"The mail grows beyond {run.OUTPUT_LIMIT // 1024} KB."
                raise TemplateFault(words, "tpl.budget", where)
            block.append(chunk)
    except TemplateFault as fault:
        _tell(fault if fault.line else programs.placed(fault, fault, where), state)
        return ()
    except _CAN_FAIL as error:
        words = f"This cannot be worked out ({type(error).__name__})."
        _tell(programs.placed(TemplateFault(words, "tpl.fault", where), error, where), state)
        return ()
    return tuple(found)


def _look(name: str, blocks: tuple[str, ...], state: Watch) -> None:
    """What printed text shows that no program can tell."""
    for block in blocks:
        if ("{" in block or "%" in block or "*|" in block) and _LEFT.search(block):
            state.where = "source" if name in ("html", "text") else name
            words = "The finished mail still shows braces or merge tags."
            state.note("var.leftover", Severity.ERROR, words, 0, "Look at the example's preview for them.")
        if name == "html" and "<" in block:
            for problem in after.check(block):
                if problem not in state.problems:
                    state.problems.append(problem)


def _joined(half: Half, shared: tuple[str, ...], personal: tuple[str, ...]) -> str:
    rest = iter(shared)
    return _line("".join(next(rest, "") if turn is None else personal[turn] for turn in half.turns))


def _line(text: str) -> str:
    return " ".join(text.split())


def _bytes(blocks: tuple[str, ...]) -> int:
    return sum(len(block) if block.isascii() else len(block.encode("utf-8", "replace")) for block in blocks)


def _watch(context: Mapping[str, Any], identity: Identity) -> Watch:
    plain = state_of(context, identity, strict=False)
    return Watch(plain.identity, plain.locale, plain.timezone, strict=False)


def _tell(fault: TemplateFault, state: Watch) -> None:
    problem = Problem(fault.rule, Severity.ERROR, fault.message, fault.where, fault.line)
    if problem not in state.problems:
        state.problems.append(problem)


def _subject(value: str) -> str:
    return headers.guarded(value, "Subject")


def _recipient(value: str) -> str:
    return headers.email(value, "To")


def _sender(value: str) -> str:
    return headers.email(value, "From")
