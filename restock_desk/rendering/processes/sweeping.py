"""A sweep over an audience, seen from the application: one template on one hired renderer, batch after batch.

A batch that kills its renderer is done again one by one on a new one, so that only who killed it is reported.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from restock_desk.domain.preflight import Branch
from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.marked import Marked
from restock_desk.rendering.processes import limits, wire
from restock_desk.rendering.processes.crew import Crew, Killed, crew
from restock_desk.rendering.processes.renderer import Renderer

BATCH_S, ROW_S = 1.0, 0.01
"""What a batch may take: so much, and so much more for each person in it."""
Row = tuple[str, int, dict[str, Any], list[Any]]
"""Key of what is common, subscriber's id, the reader as a context has them, their waits."""


@dataclass
class Found:
    """What came of some people, added up: (problem, count, example), and (branches as bits, count, example)."""

    groups: list[tuple[Problem, int, int]] = field(default_factory=list)
    ways: list[tuple[int, int, int]] = field(default_factory=list)
    poison: int = 0
    """People whose mail had to be killed."""


class Sweeper:
    """Used by one thread. `context_of` makes what is common for a key, when a renderer needs it."""

    def __init__(
        self, compiled: CompiledTemplate, blank: Marked, context_of: Callable[[str], Mapping[str, Any]],
        from_: Crew = crew,
    ) -> None:  # fmt: skip
        self._compiled, self._blank, self._context_of, self._crew = compiled, blank, context_of, from_
        self._digest = compiled.digest
        self._renderer: Renderer | None = None
        self._sent: set[str] = set()
        self.ways: tuple[Branch, ...] = ()
        self.needs: frozenset[str] = frozenset()

    def open(self) -> None:
        """Bring the template to a renderer. Raises TemplateFault for one that cannot be rendered at all."""
        request = {
            "do": "sweep", "digest": self._digest, "compiled": self._compiled.to_json(),
            "identity": wire.identity_out(self._blank, self._blank.salt),
        }  # fmt: skip
        try:
            answer = self._opened(request)
        except Killed as killed:
            raise TemplateFault(killed.why, "tpl.budget") from killed
        if "fault" in answer:
            raise wire.fault_in(answer["fault"])
        self.ways = tuple(Branch(str(where), int(line), str(words)) for where, line, words in answer["ways"])
        self.needs = frozenset(map(str, answer["needs"]))

    def _opened(self, request: dict[str, Any], again: bool = True) -> dict[str, Any]:
        self.close()
        self._renderer, self._sent = self._crew.take(), set()
        try:
            return self._renderer.ask(request)
        except Killed as killed:
            if killed.early and again:
                return self._opened(request, again=False)
            raise

    def people(self, rows: list[Row]) -> Found:
        """What came of these people."""
        try:
            return self._batch(rows)
        except Killed:
            found = Found()
            for row in rows:
                one = self._alone(row)
                found.groups += one.groups
                found.ways += one.ways
                found.poison += one.poison
                if found.poison >= 3:
                    break  # it is the template, not the person
            return found

    def close(self) -> None:
        if self._renderer is not None:
            self._crew.give_back(self._renderer, behind=True)
            self._renderer = None

    def _alone(self, row: Row) -> Found:
        try:
            found = self._batch([row])
            found.poison = int(any(problem.message == limits.TOO_LONG for problem, _, _ in found.groups))
            return found
        except Killed as killed:
            problem = Problem("tpl.budget", Severity.ERROR, killed.why, "source", 0, "Make it smaller, or loop less.")
            return Found([(problem, 1, row[1])], [], 1)

    def _batch(self, rows: list[Row]) -> Found:
        if self._renderer is None or not self._renderer.alive:
            self.open()
        answer = self._asked(rows, {row[0] for row in rows} - self._sent)
        if answer.get("again"):  # it kept no more than it may: all that these need comes again
            answer = self._asked(rows, {row[0] for row in rows})
        groups = [
            (wire.problems_in([problem])[0], int(count), int(example)) for problem, count, example in answer["groups"]
        ]
        return Found(groups, [(int(bits, 16), int(count), int(one)) for bits, count, one in answer["ways"]])

    def _asked(self, rows: list[Row], keys: Iterable[str]) -> dict[str, Any]:
        assert self._renderer is not None
        new = {key: self._context_of(key) for key in keys}
        request = {"do": "sweep", "digest": self._digest, "contexts": new, "people": rows, "many": len(rows) > 1}
        seconds = limits.WALL_S if len(rows) == 1 else BATCH_S + ROW_S * len(rows)
        answer = self._renderer.ask(request, seconds)
        self._sent.update(new)
        if "fault" in answer or "unknown" in answer:
            self._renderer.close()
            raise Killed(str(answer.get("fault", [limits.TOO_MUCH])[0]))
        return answer
