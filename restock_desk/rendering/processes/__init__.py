"""Rendering what strangers wrote, in processes that may be killed: compile, check, and one mail for one person.

Same results as `compile_template`, `lint.check` and `CompiledTemplate.render`, over messages (`wire`) to renderers
(`renderer`, in the application; `server`, `tasks`, `limits`, in theirs) hired from the `crew`. A renderer has no
database, no network connection, no variable of the environment, no key; what it answers is taken for text.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from restock_desk.domain.templates import Context, Draft, Problem, RenderedMail, Severity
from restock_desk.rendering import marked
from restock_desk.rendering.compiled import CompiledTemplate, Printed, bound, recipient_of, state_of
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.processes import wire
from restock_desk.rendering.processes.crew import Killed, crew
from restock_desk.rendering.run import OUTPUT_LIMIT

__all__ = ["Killed", "check", "compiled", "crew", "link_target", "mail", "mail_of", "warm"]

_WORSE = 6
"""Marks and their tokens differ in length: a part filled in may be so many times what was printed at most."""


def warm() -> None:
    """Start loading, without waiting."""
    crew.warm()


def check(draft: Draft, deep: bool = False, targets: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    """All problems of a draft, gravest first; that it cannot be checked in time is one. See `lint.check`."""
    try:
        answer = crew.ask({"do": "check", "draft": wire.draft_out(draft), "deep": deep, "targets": targets})
    except Killed as killed:
        return (_budget(killed.why),)
    if "fault" in answer:
        fault = wire.fault_in(answer["fault"])
        return (Problem(fault.rule, Severity.ERROR, fault.message, fault.where, fault.line),)
    return wire.problems_in(answer["problems"])


@lru_cache(maxsize=16)
def compiled(draft: Draft) -> CompiledTemplate:
    """Everything done once per template. Never raises for what an author wrote."""
    try:
        answer = crew.ask({"do": "compile", "draft": wire.draft_out(draft)})
    except Killed as killed:
        return CompiledTemplate(draft.kind.value, {}, (), (_budget(killed.why),))
    if "fault" in answer:
        fault = wire.fault_in(answer["fault"])
        wrong = Problem(fault.rule, Severity.ERROR, fault.message, fault.where, fault.line)
        return CompiledTemplate(draft.kind.value, {}, (), (wrong,))
    made = CompiledTemplate.from_json(answer["compiled"])
    problems = wire.problems_in(answer["problems"])
    return replace(made, problems=problems)


def mail(draft: Draft, context: Context, identity: Identity, strict: bool = False) -> RenderedMail:
    """One mail from a draft, as `compile_template(draft).render(…)` gives it. Raises TemplateFault like it, also when
    the renderer had to be killed."""
    return _mail({"draft": wire.draft_out(draft)}, context, identity, strict)


def mail_of(template: CompiledTemplate, context: Context, identity: Identity, strict: bool = True) -> RenderedMail:
    """One mail from what was compiled before, as `template.render(…)` gives it."""
    known = {"digest": template.digest}
    try:
        return _mail(known, context, identity, strict)
    except LookupError:
        return _mail({**known, "compiled": template.to_json()}, context, identity, strict)


def link_target(template: CompiledTemplate, number: int, context: Context) -> str | None:
    """Where counted link `number` leads, as `template.link_target(…)` tells; None where that cannot be made out."""
    request = {
        "do": "link", "digest": template.digest, "compiled": template.to_json(), "number": number, "context": context
    }  # fmt: skip
    try:
        answer = crew.ask(request)
    except Killed:
        return None
    target = answer.get("target")
    return target if isinstance(target, str) else None


def _mail(of: Mapping[str, object], context: Context, identity: Identity, strict: bool) -> RenderedMail:
    salt = identity.digest("plate")
    request = {
        **of, "do": "mail", "context": context, "identity": wire.identity_out(identity, salt), "strict": strict
    }  # fmt: skip
    try:
        answer = crew.ask(request)
    except Killed as killed:
        raise TemplateFault(killed.why, "tpl.budget") from killed
    if answer.get("unknown"):
        raise LookupError
    if "fault" in answer:
        raise wire.fault_in(answer["fault"])
    asked = [(str(purpose), int(number)) for purpose, number in answer["asked"]]
    parts = [str(part)[: OUTPUT_LIMIT * _WORSE] for part in answer["parts"]]
    made = Printed(*(marked.filled(part, salt, asked, identity) for part in parts))
    state = state_of(context, identity, strict)
    state.problems += wire.problems_in(answer["problems"])
    return bound(made, recipient_of(context), state)


def _budget(words: str) -> Problem:
    fix = "Make it smaller, or loop less."
    return Problem("tpl.budget", Severity.ERROR, words, "source", 0, fix)
