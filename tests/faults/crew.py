"""Sender processes as a test holds them: started, killed, frozen, waited for. None outlives its `crew`."""

import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.sender import Order, ordered

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Crew:
    """The senders of a test. Used by one thread."""

    process: "subprocess.Popen[str]"
    codes: dict[int, int] = field(default_factory=dict)
    said: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What each told its operator."""

    def start(self, order: Order) -> int:
        """Have another process started; its number."""
        assert self.process.stdin is not None
        self.process.stdin.write(ordered(order))
        self.process.stdin.flush()
        while True:
            told = self._hear()
            if "pid" in told:
                return int(told["pid"])

    def wait(self, pid: int) -> int:
        """Wait until it has ended; its exit code, or the negative number of the signal that ended it."""
        while pid not in self.codes:
            self._hear()
        return self.codes[pid]

    def run(self, order: Order) -> int:
        """Start one and wait for it; its exit code."""
        return self.wait(self.start(order))

    def alive(self, pid: int) -> bool:
        """Whether it has neither ended nor been waited for."""
        return pid not in self.codes and Path(f"/proc/{pid}").exists()

    def kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):  # it was faster
            os.kill(pid, signal.SIGKILL)
        self.wait(pid)

    def end(self) -> None:
        """Kill whoever is left, and forget everybody."""
        for pid in set(self.said) - set(self.codes):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.wait(pid)
        self.said.clear()
        self.codes.clear()

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process that starts senders is gone"
        told: dict[str, Any] = json.loads(line)
        if "ended" in told:
            self.codes[told["ended"]] = told["code"]
        elif "said" in told:
            self.said[told["of"]].append(told["said"])
        elif "pid" in told:
            self.said.setdefault(told["pid"], [])
        return told


@contextmanager
def crew(env: Mapping[str, str] | None = None, kind: str = "sender") -> Iterator[Crew]:
    """A crew without members, of senders or desktops. `env` is added to the environment of each."""
    command = [sys.executable, "-m", f"tests.faults.{kind}"]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **(env or {})}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        made = Crew(process)
        try:
            yield made
        finally:
            made.end()
