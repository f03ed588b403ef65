"""The state of one render: how strict it is, what it met, how far its budget goes. One per render, per thread."""

import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.identity import Identity

OUTPUT_LIMIT = 512 * 1024
"""Characters one part may grow to."""
VALUE_LIMIT = 64 * 1024
"""Characters one value may grow to."""
LOOP_LIMIT = 200
"""Rounds of one loop."""
STEP_LIMIT = 100_000
"""Rounds and outputs of one part, all loops together."""
SECONDS = 1.0
"""Wall clock of one part."""


class _Found(Exception):
    """The link that was looked for."""


@dataclass
class Run:
    """`strict` as in a send: what is undefined raises. Otherwise it is marked in the output and told in `problems`."""

    identity: Identity
    locale: str
    timezone: str
    strict: bool = True
    where: str = "source"
    lines: int = 0
    """How many stand before the program that runs; its own begin with 1. What is told has the author's."""
    problems: list[Problem] = field(default_factory=list)
    wanted: int | None = None
    found: str | None = None
    _rounds: dict[int, int] = field(default_factory=dict)
    _steps: int = 0
    _deadline: float = 0.0

    def begin(self, where: str) -> None:
        """Start the next part of the mail with a fresh budget."""
        self.where = where
        self.lines = 0
        self._steps = 0
        self._rounds = {}
        self._deadline = time.monotonic() + SECONDS

    def step(self) -> None:
        """Count one output or round. The clock is read now and then only."""
        self._steps += 1
        if self._steps & 63 == 0 and (self._steps > STEP_LIMIT or time.monotonic() > self._deadline):
            raise TemplateFault("The template takes too long: its loops run too often.", "tpl.budget", self.where)

    def undefined(self, path: str, line: int) -> str:
        """Tell that `path` does not exist. Returns the marker to show, or raises in a send."""
        message = f"“{path}” does not exist for this mail."
        if self.strict:
            raise TemplateFault(message, "var.undefined", self.where, self._at(line))
        self.note("var.undefined", Severity.ERROR, message, line, f"Correct the name, or write {path}|default('…').")
        return f"⟦{path}?⟧"

    def empty(self, path: str, line: int) -> None:
        """Tell that `path` is known but empty for this person. It prints as nothing."""
        if not self.strict:
            message = f"“{path}” is empty here, so nothing is shown."
            fix = f"Write {path}|default('…'), or put it inside {{% if {path} %}}."
            self.note("var.empty", Severity.WARNING, message, line, fix)

    def empty_link(self, path: str, line: int) -> None:
        """Tell that an address is known but empty for this person."""
        if not self.strict:
            message = f"“{path}” is empty here, so the link or picture leads nowhere."
            fix = f"Put the element inside {{% if {path} %}}, or fill the shop's data."
            self.note("link.empty", Severity.WARNING, message, line, fix)

    def note(self, rule: str, severity: Severity, message: str, line: int = 0, fix: str = "") -> None:
        """Keep a problem once."""
        problem = Problem(rule, severity, message, self.where, self._at(line), fix)
        if problem not in self.problems:
            self.problems.append(problem)

    def _at(self, line: int) -> int:
        return line + self.lines if line else 0

    def link(self, number: int, target: str) -> str:
        """The address to write for tracked link `number`; rounds of a loop count up in the high byte."""
        number += self.identity.first_link
        turn = self._rounds.get(number, 0)
        self._rounds[number] = turn + 1
        full = number | min(turn, 255) << 8
        if full == self.wanted:
            self.found = target
            raise _Found
        return self.identity.link("c", "click", full) if self.identity.public_url else target


_current: ContextVar[Run] = ContextVar("run")
current = _current.get
enter = _current.set
leave = _current.reset
Found = _Found
