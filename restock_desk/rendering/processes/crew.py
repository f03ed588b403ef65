"""The application's renderers: hired for one piece of work at a time, kept warm, replaced when they were killed."""

import atexit
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from restock_desk.rendering.processes import limits
from restock_desk.rendering.processes.renderer import Forked, ForkServer, Killed, Renderer, Single

KEPT = 4
"""Idle renderers that stay: what they compiled is still there when they are asked again."""


class Crew:
    """Safe from any thread. Whoever hires a renderer has it alone; the one used last is hired first."""

    def __init__(self, forks: bool = sys.platform == "linux") -> None:
        self._forks = forks
        self._lock = threading.Lock()
        self._server: ForkServer | None = None
        self._idle: list[Renderer] = []

    def warm(self) -> None:
        """Start what takes longest to start, without waiting for it. Before threads and windows, where possible."""
        if self._forks:
            self._serving()

    @contextmanager
    def hired(self) -> Iterator[Renderer]:
        """A renderer for as long as the block runs. Raises DeskError when none can be started."""
        renderer = self.take()
        try:
            yield renderer
        finally:
            self.give_back(renderer)

    def take(self) -> Renderer:
        """A renderer, to be given back. Raises DeskError when none can be started."""
        while True:
            with self._lock:
                found = self._idle.pop() if self._idle else None
            if found is None:
                return self._serving().fork() if self._forks else Single()
            if found.ready:
                return found
            found.close()

    def give_back(self, renderer: Renderer, behind: bool = False) -> None:
        """Whoever took it is done with it, or it is dead. `behind` = others know more of what comes next."""
        with self._lock:
            keep = renderer.alive and len(self._idle) < KEPT
            if keep:
                self._idle.insert(0 if behind else len(self._idle), renderer)
        if not keep:
            renderer.close()

    def ask(self, request: Mapping[str, Any], wall_s: float = limits.WALL_S) -> dict[str, Any]:
        """One question to whichever renderer is free. Raises Killed."""
        try:
            with self.hired() as renderer:
                return renderer.ask(request, wall_s)
        except Killed as killed:
            if not killed.early:
                raise
        with self.hired() as renderer:
            return renderer.ask(request, wall_s)

    def close(self) -> None:
        """End all of them. Afterwards the crew may be used again, from the start."""
        with self._lock:
            idle, self._idle = self._idle, []
            server, self._server = self._server, None
        for renderer in idle:
            renderer.close()
        if server is not None:
            server.close()

    def _serving(self) -> ForkServer:
        with self._lock:
            if self._server is None or not self._server.alive:
                if self._server is not None:
                    self._server.close()
                self._server = ForkServer()
            return self._server

    def forget(self) -> None:
        """This process was forked: what its parent hired is not its own."""
        self._lock = threading.Lock()
        self._idle, self._server = [], None


crew = Crew()
"""The one of this application."""
atexit.register(crew.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=crew.forget)

__all__ = ["Crew", "Forked", "Killed", "crew"]
