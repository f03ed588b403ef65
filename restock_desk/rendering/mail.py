"""One mail for one person: the same function for the preview, a test and a send."""

import traceback
from collections.abc import Mapping
from typing import Any

from restock_desk.domain.templates import Context, Problem, RenderedMail, Severity
from restock_desk.rendering import headers, mime, pieces, run, text_part
from restock_desk.rendering.compile import CompiledTemplate
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.run import Run


def render(compiled: CompiledTemplate, context: Context, identity: Identity, strict: bool = True) -> RenderedMail:
    """The mail. Same arguments, same bytes.

    `strict` as in a send: anything undefined, unsafe or out of bounds raises TemplateFault. Otherwise it is marked in
    the output where possible and told in `problems`; a part that cannot be made at all comes out empty.
    """
    if compiled.broken:
        first = next(problem for problem in compiled.problems if problem.severity is Severity.ERROR)
        if strict:
            raise TemplateFault(first.message, first.rule, first.where, first.line)
        return RenderedMail("", "", "", "", (), b"", compiled.problems)
    state = _state(context, identity, strict)
    mark = run.enter(state)
    try:
        return _rendered(compiled, context, state)
    finally:
        run.leave(mark)


def link_target(compiled: CompiledTemplate, number: int, context: Context, identity: Identity) -> str | None:
    """Where counted link `number` of this very mail leads, or None if the mail has no such link."""
    state = _state(context, identity, strict=False)
    state.wanted = number
    mark = run.enter(state)
    try:
        _part(compiled, "html", context, state)
    except run.Found:
        return state.found
    except TemplateFault:
        return None
    finally:
        run.leave(mark)
    return None


def link_name(compiled: CompiledTemplate, number: int) -> str:
    """What counted link `number` is called in the template, for reports: an address or links.cart."""
    place = number & 255
    return compiled.links[place] if place < len(compiled.links) else ""


def _state(context: Context, identity: Identity, strict: bool) -> Run:
    reader: Mapping[str, Any] = context.get("subscriber") or {}
    locale = reader.get("locale") or identity.locale
    return Run(identity, locale, reader.get("timezone") or identity.timezone, strict)


def _rendered(compiled: CompiledTemplate, context: Context, state: Run) -> RenderedMail:
    identity = state.identity
    subject = _line(compiled, "subject", context, state)
    preheader = _line(compiled, "preheader", context, state)
    sender = (
        _line(compiled, "sender_name", context, state) or identity.sender_name,
        _line(compiled, "sender_email", context, state) or identity.sender_email,
    )
    reply_to = _line(compiled, "reply_to", context, state) or identity.reply_to
    html = _part(compiled, "html", context, state)
    text = text_part.tidy(_part(compiled, "text", context, state)) + "\n"
    if identity.test:
        subject = f"[TEST] {subject}"
    recipient = str((context.get("subscriber") or {}).get("email") or "")
    fields: list[mime.Header] = []
    message = b""
    try:
        fields = mime.addressed(identity, subject, sender, reply_to, recipient)
        message = mime.build(fields, text, html, identity, headers.email(recipient, "To"))
    except TemplateFault as fault:
        _tell(fault, state)
    return RenderedMail(subject, preheader, html, text, tuple(fields), message, tuple(state.problems))


def _line(compiled: CompiledTemplate, name: str, context: Context, state: Run) -> str:
    """A one-line part: line ends and runs of blanks become one blank, whoever wrote them."""
    return " ".join(_part(compiled, name, context, state).replace("\t", " ").split()) if compiled.parts[name] else ""


def _part(compiled: CompiledTemplate, name: str, context: Context, state: Run) -> str:
    """One part, with its budget. In a preview a part that fails comes out empty and tells why."""
    state.begin("source" if name == "html" or (name == "text" and not compiled.own_text) else name)
    try:
        template = pieces.program(compiled.parts[name], name == "html", state.where)
        return _drained(template, context)
    except (TemplateFault, run.Found) as error:
        if isinstance(error, run.Found):
            raise
        fault = error if error.line else _placed(error, error, state.where)
        _tell(fault, state)
    except (ArithmeticError, TypeError, ValueError, LookupError, RecursionError, MemoryError, AttributeError) as error:
        words = f"This cannot be worked out ({type(error).__name__})."
        _tell(_placed(TemplateFault(words, "tpl.fault", state.where), error, state.where), state)
    return ""


def _drained(template: Any, context: Context) -> str:
    out: list[str] = []
    size = 0
    for chunk in template.root_render_func(template.new_context(context)):
        size += len(chunk)
        if size > run.OUTPUT_LIMIT:
            raise TemplateFault(f"The mail grows beyond {run.OUTPUT_LIMIT // 1024} KB.", "tpl.budget")
        out.append(chunk)
    return "".join(out)


def _tell(fault: TemplateFault, state: Run) -> None:
    if state.strict:
        raise fault
    state.problems.append(Problem(fault.rule, Severity.ERROR, fault.message, fault.where, fault.line))


def _placed(fault: TemplateFault, error: BaseException, where: str) -> TemplateFault:
    """The fault with the author's line, read from where in the generated code it happened."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        template = frame.f_globals.get("__jinja_template__")
        if frame.f_code.co_filename == pieces.FILE and template is not None:
            return TemplateFault(fault.message, fault.rule, where, template.get_corresponding_lineno(line))
    return TemplateFault(fault.message, fault.rule, where, fault.line)
