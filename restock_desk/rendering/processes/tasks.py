"""What a renderer does when it is asked: plain data in, plain data out. Runs in the renderer's process only."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from restock_desk.domain import brand as kits
from restock_desk.domain.document import identity, reading
from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering import after, lint, run
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.compiled import CompiledTemplate, printed, state_of
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.marked import Marked
from restock_desk.rendering.processes import limits, wire
from restock_desk.rendering.sketch import Sketcher
from restock_desk.rendering.sweep import Common, Sweep

Data = dict[str, Any]
COMMONS = 256
"""Groups of people whose common parts are kept."""
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
    draft, deep, targets = wire.draft_in(request["draft"]), bool(request["deep"]), tuple(request["targets"])
    return {"problems": wire.problems_out(lint.check(draft, deep, targets))}


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


def _link(request: Data) -> Data:
    """Where a counted link of one mail leads."""
    compiled = _compiled(request)
    if compiled is None:
        return {"unknown": True}
    return {"target": compiled.link_target(int(request["number"]), wire.thawed(request["context"]))}


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


def _sweep(request: Data) -> Data:
    """Open a sweep (`identity` comes), or go on with it: common contexts, then people, whose results are added up."""
    digest = str(request["digest"])
    if "identity" in request:
        compiled = _compiled(request)
        if compiled is None:
            return {"unknown": True}
        _sweeps.clear()
        _sweeps[digest] = made = Sweeping(Sweep.of(compiled), Marked.read(request["identity"]))
        ways = [[branch.where, branch.line, branch.words] for branch in made.sweep.book.outcomes]
        return {"ways": ways, "needs": sorted(made.sweep.needs)}
    found = _sweeps.get(digest)
    return {"unknown": True} if found is None else found.add(request["contexts"], request["people"])


def _import(request: Data) -> Data:
    """A template of another make, read: its document and source as text, and notes on what became of what."""
    from restock_desk.rendering.imports.html import import_html  # not for every renderer: few are asked
    from restock_desk.rendering.imports.mjml import import_mjml

    chance = random.Random(str(request["seed"]))  # ids only; the seed is the application's
    now = datetime.fromisoformat(str(request["now"]))
    read = import_mjml if request["kind"] == "mjml" else import_html
    made = read(str(request["text"]), kits.from_json(request["brand"]), identity.ids(lambda: now, chance.randbytes))
    notes = [[note.outcome.value, note.what, note.words, note.line, note.count] for note in made.notes]
    return {"document": reading.serialise(made.document), "source": made.source, "notes": notes}


@dataclass
class Sweeping:
    """A sweep under way, and what is common to groups of people, by the key the application gave it."""

    sweep: Sweep
    identity: Marked
    commons: dict[str, Common] = field(default_factory=dict)

    def add(self, contexts: Data, people: list[Any]) -> Data:
        for key, context in contexts.items():
            if len(self.commons) >= COMMONS:
                self.commons.clear()
            self.commons[key] = self.sweep.common(wire.thawed(context), self.identity)
        if any(key not in self.commons for key, _, _, _ in people):
            return {"again": True}
        problems: dict[tuple[str, tuple[Problem, ...]], list[int]] = {}
        ways: dict[int, list[int]] = {}
        for key, number, reader, waits in people:
            found, taken = self.sweep.person(self.commons[key], reader, wire.thawed(waits), self.identity)
            problems.setdefault((key, found), [0, number])[0] += 1
            ways.setdefault(taken, [0, number])[0] += 1
        groups: dict[Problem, list[int]] = {}
        for (key, own), (count, example) in problems.items():
            for problem in dict.fromkeys((*self.commons[key].problems, *own)):
                groups.setdefault(problem, [0, example])[0] += count
        return {
            "groups": [[*wire.problems_out([problem]), *found] for problem, found in groups.items()],
            "ways": [[f"{taken:x}", *found] for taken, found in ways.items()],
        }


_sweeps: dict[str, Sweeping] = {}
_TASKS: dict[str, Callable[[Data], Data]] = {
    "check": _check,
    "compile": _compile,
    "import": _import,
    "link": _link,
    "mail": _mail,
    "sketch": _sketch,
    "sweep": _sweep,
}
