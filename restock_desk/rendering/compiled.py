"""A compiled template: what a launch freezes, and one mail for one person from it. Preview, test and send are one."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from restock_desk.domain.templates import Context, Problem, RenderedMail, Severity
from restock_desk.rendering import headers, mime, programs, run, text_part
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.pieces import Piece, Pieces
from restock_desk.rendering.programs import Program
from restock_desk.rendering.run import Run

VERSION = 1
"""Of the frozen form; a later renderer can tell what it was given."""
_NOBODY = Identity("", b"", datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class CompiledTemplate:
    """`parts` are html, text and the fields of the draft; `links` say where each counted link leads, by number.

    `problems` are those of compiling; with an error among them nothing can be rendered.
    """

    kind: str
    parts: dict[str, Pieces]
    links: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    own_text: bool = False
    """The author wrote the text part; otherwise it is read off the HTML and its lines are the source's."""
    blocks: tuple[str, ...] = ()
    """Of a document: the block that each line belongs to. Lines of its problems are then no lines of the author's."""

    @property
    def broken(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def to_json(self) -> dict[str, Any]:
        """Plain data from which `from_json` makes the same template again. Problems stay behind."""
        parts = {name: [[piece.line, piece.text] for piece in part] for name, part in self.parts.items()}
        return {
            "version": VERSION, "kind": self.kind, "parts": parts, "links": list(self.links), "own_text": self.own_text
        } | ({"blocks": list(self.blocks)} if self.blocks else {})  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "CompiledTemplate":
        parts = {name: tuple(Piece(int(n), str(t)) for n, t in part) for name, part in data["parts"].items()}
        blocks = tuple(data.get("blocks", ()))
        return cls(str(data["kind"]), parts, tuple(data["links"]), (), bool(data.get("own_text")), blocks)

    @property
    def digest(self) -> str:
        """The same for the same content, whatever it is stored in."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

    def render(self, context: Context, identity: Identity, strict: bool = True) -> RenderedMail:
        """The mail. Same arguments, same bytes.

        `strict` as in a send: anything undefined, unsafe or out of bounds raises TemplateFault. Otherwise it is marked
        in the output where possible and told in `problems`; a part that cannot be made at all comes out empty.
        """
        for problem in self.problems:
            if problem.severity is Severity.ERROR:
                raise TemplateFault(problem.message, problem.rule, problem.where, problem.line)
        state = state_of(context, identity, strict)
        mark = run.enter(state)
        try:
            return bound(printed(self, context, state), recipient_of(context), state)
        finally:
            run.leave(mark)

    def block_at(self, where: str, line: int) -> str:
        """The block of a document in which something was met; empty for a source, or where it is in no block."""
        return self.blocks[line - 1] if where == "source" and 0 < line <= len(self.blocks) else ""

    def in_blocks(self, problems: Iterable[Problem]) -> list[Problem]:
        """With their blocks instead of lines, which no author sees. What both parts met is told once."""
        found: dict[tuple[str, str, str], Problem] = {}
        for problem in problems:
            if problem.where == "source" and not problem.block:
                problem = replace(problem, block=self.block_at(problem.where, problem.line), line=0)
            found.setdefault((problem.rule, problem.where, problem.message), problem)
        return list(found.values())

    def html_of(self, pieces: Pieces, context: Context, identity: Identity) -> str:
        """What the HTML part would be if it were made of these pieces, rendered as in a send."""
        state = state_of(context, identity, strict=True)
        mark = run.enter(state)
        try:
            return _part(replace(self, parts={**self.parts, "html": pieces}), "html", context, state)
        finally:
            run.leave(mark)

    def link_target(self, number: int, context: Context) -> str | None:
        """Where counted link `number` of the mail with this context leads, or None if it has no such link."""
        state = state_of(context, _NOBODY, strict=False)
        state.wanted = number
        mark = run.enter(state)
        try:
            _part(self, "html", context, state)
        except run.Found:
            return state.found
        finally:
            run.leave(mark)
        return None

    def link_name(self, number: int) -> str:
        """What counted link `number` is called in the template, for reports. Rounds of a loop share a name."""
        place = number & 255
        return self.links[place] if place < len(self.links) else ""


def state_of(context: Context, identity: Identity, strict: bool) -> Run:
    """A fresh state for one render."""
    reader: Mapping[str, Any] = context.get("subscriber") or {}
    locale = reader.get("locale") or identity.locale
    return Run(identity, locale, reader.get("timezone") or identity.timezone, strict)


class Printed(NamedTuple):
    """What a template prints for one person, before it is a message. An empty sender is the shop's."""

    subject: str
    preheader: str
    sender_name: str
    sender_email: str
    reply_to: str
    html: str
    text: str


def printed(compiled: CompiledTemplate, context: Context, state: Run) -> Printed:
    """Every part. The caller has entered `state`."""
    try:
        subject, preheader, name, email, reply_to = (
            line_of(compiled, field, context, state) for field in Printed._fields[:5]
        )
        html = _part(compiled, "html", context, state)
        made = Printed(subject, preheader, name, email, reply_to, html, text_of(compiled, context, state))
    except TemplateFault as fault:
        fault.block = compiled.block_at(fault.where, fault.line)
        raise
    if compiled.blocks:
        state.problems[:] = compiled.in_blocks(state.problems)
    return made


def bound(made: Printed, recipient: str, state: Run) -> RenderedMail:
    """The printed parts as a message to `recipient`. What no header may carry raises, or is told, as `state` says."""
    identity = state.identity
    subject = f"{identity.subject_mark}{made.subject}"
    sender = (made.sender_name or identity.sender_name, made.sender_email or identity.sender_email)
    fields: list[mime.Header] = []
    message = b""
    try:
        fields = mime.addressed(identity, subject, sender, made.reply_to or identity.reply_to, recipient)
        message = mime.build(fields, made.text, made.html, headers.email(recipient, "To"))
    except TemplateFault as fault:
        _tell(fault, state)
    return RenderedMail(subject, made.preheader, made.html, made.text, tuple(fields), message, tuple(state.problems))


def recipient_of(context: Context) -> str:
    """The address in a context."""
    return str((context.get("subscriber") or {}).get("email") or "")


def text_of(compiled: CompiledTemplate, context: Context, state: Run) -> str:
    """The plain-text part."""
    text = _part(compiled, "text", context, state)
    return text_part.tidy(text if compiled.own_text else text_part.without_empty_links(text)) + "\n"


def line_of(compiled: CompiledTemplate, name: str, context: Context, state: Run) -> str:
    """A one-line part: line ends and runs of blanks become one blank, whoever wrote them."""
    return " ".join(_part(compiled, name, context, state).replace("\t", " ").split()) if compiled.parts[name] else ""


def _part(compiled: CompiledTemplate, name: str, context: Context, state: Run) -> str:
    """One part, with its budget. In a preview a part that fails comes out empty and tells why."""
    state.begin("source" if name == "html" or (name == "text" and not compiled.own_text) else name)
    try:
        found = programs.several(compiled.parts[name], name == "html", state.where)
        return "".join(_drained(found, context, state))
    except (TemplateFault, run.Found) as error:
        if isinstance(error, run.Found):
            raise
        fault = error if error.line else programs.placed(error, error, state.where)
        _tell(fault, state)
    except (ArithmeticError, TypeError, ValueError, LookupError, RecursionError, MemoryError, AttributeError) as error:
        words = f"This cannot be worked out ({type(error).__name__})."
        _tell(programs.placed(TemplateFault(words, "tpl.fault", state.where), error, state.where), state)
    return ""


def _drained(found: Iterable[Program], context: Context, state: Run) -> Iterator[str]:
    """What programs print, chunk by chunk, up to the limit."""
    size = 0
    data = context if isinstance(context, dict) else dict(context)
    for part in found:
        if isinstance(part, str):
            making: Iterator[str] = iter((part,))
        else:
            state.lines = part.lines
            making = part.template.root_render_func(part.template.new_context(data))
        for chunk in making:
            size += len(chunk)
            if size > run.OUTPUT_LIMIT:
                frame = getattr(making, "gi_frame", None)
                line = 0
                if not isinstance(part, str) and frame is not None:
                    line = part.template.get_corresponding_lineno(frame.f_lineno) + part.lines
                words = f"The mail grows beyond {run.OUTPUT_LIMIT // 1024} KB."
                raise TemplateFault(words, "tpl.budget", run.current().where, line)
            yield chunk


def _tell(fault: TemplateFault, state: Run) -> None:
    if state.strict:
        raise fault
    problem = Problem(fault.rule, Severity.ERROR, fault.message, fault.where, fault.line)
    if problem not in state.problems:  # the text part fails as the HTML it was read off
        state.problems.append(problem)
