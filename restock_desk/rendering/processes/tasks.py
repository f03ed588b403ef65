"""What a renderer does when it is asked: plain data in, plain data out. Runs in the renderer's process only."""

from collections.abc import Callable
from typing import Any

from restock_desk.domain.templates import Severity
from restock_desk.rendering import after, lint, run
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.compiled import CompiledTemplate, printed, state_of
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.marked import Marked
from restock_desk.rendering.processes import limits, wire
from restock_desk.rendering.sketch import Sketcher

Data = dict[str, Any]
KEPT = 8
"""Compiled templates a renderer keeps, by their digest."""
READERS = 4
"""Readers a renderer keeps for those who write to them."""
_kept: dict[str, CompiledTemplate] = {}
_sketchers: dict[str, tuple[Sketcher, Marked]] = {}


def answer(request: Data) -> Data:
    """The answer to one request. Whatever a template does to it is told in the answer."""
    try:
        return _TASKS[request["do"]](request)
    except TemplateFault as fault:
        return {"fault": wire.fault_out(fault)}
    except MemoryError:
        return {"fault": [limits.TOO_MUCH, "tpl.budget", "source", 0]}
    except RecursionError:
        return {"fault": ["The template is nested too deeply.", "tpl.size", "source", 0]}


def _check(request: Data) -> Data:
    return {"problems": wire.problems_out(lint.check(wire.draft_in(request["draft"])))}


def _compile(request: Data) -> Data:
    made = compile_template(wire.draft_in(request["draft"]))
    return {"compiled": made.to_json(), "problems": wire.problems_out(made.problems)}


def _mail(request: Data) -> Data:
    """The printed parts of one mail, with marks where tokens belong."""
    compiled = _compiled(request)
    if compiled is None:
        return {"unknown": True}
    broken = next((p for p in compiled.problems if p.severity is Severity.ERROR), None)
    if broken is not None:
        return {"fault": [broken.message, broken.rule, broken.where, broken.line]}
    context, identity = wire.thawed(request["context"]), Marked.read(request["identity"])
    state = state_of(context, identity, bool(request["strict"]))
    mark = run.enter(state)
    try:
        made = printed(compiled, context, state)
    finally:
        run.leave(mark)
    unsafe = after.check(made.html)
    if unsafe and state.strict:
        return {"fault": [unsafe[0].message, unsafe[0].rule, unsafe[0].where, unsafe[0].line]}
    state.problems += unsafe
    return {"parts": list(made), "asked": identity.asked, "problems": wire.problems_out(state.problems)}


def _sketch(request: Data) -> Data:
    """The printed parts of a mail but its text, for a reader who came now or before."""
    reader = str(request["reader"])
    if "context" in request:
        while len(_sketchers) >= READERS:
            del _sketchers[next(iter(_sketchers))]
        identity = Marked.read(request["identity"])
        _sketchers[reader] = Sketcher(wire.thawed(request["context"]), identity), identity
    if reader not in _sketchers:
        return {"unknown": True}
    sketcher, identity = _sketchers[reader]
    found = sketcher.sketch(wire.draft_in(request["draft"]))
    if found is None:
        return {"whole": True}
    made, problems = found
    return {"parts": list(made), "asked": identity.asked, "problems": wire.problems_out(problems)}


def _compiled(request: Data) -> CompiledTemplate | None:
    """The template of a request: its draft, or a compiled one that came now or before. None = it must come again."""
    if "draft" in request:
        return compile_template(wire.draft_in(request["draft"]))
    digest = str(request["digest"])
    if "compiled" in request:
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
        _kept[digest] = CompiledTemplate.from_json(request["compiled"])
    return _kept.get(digest)


_TASKS: dict[str, Callable[[Data], Data]] = {"check": _check, "compile": _compile, "mail": _mail, "sketch": _sketch}
