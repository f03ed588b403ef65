"""A draft that is being typed, sketched for one reader by a renderer that has met both before."""

import threading
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from restock_desk.domain.templates import Context, Draft, RenderedMail
from restock_desk.rendering import marked
from restock_desk.rendering.compiled import Printed
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.processes import wire
from restock_desk.rendering.processes.crew import Killed, crew
from restock_desk.rendering.processes.renderer import Renderer
from restock_desk.rendering.run import OUTPUT_LIMIT
from restock_desk.rendering.sketch import unsent

_WORSE = 6
"""Marks and their tokens differ in length: a part filled in may be so many times what was printed at most."""


class Scribe:
    """A renderer that stays with one who writes, so that whole renders and others do not take it away meanwhile. It
    knows the draft from key to key, and the readers it was told of. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._renderer: Renderer | None = None
        self._rests = False

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One question, answered in turn. Raises Killed."""
        with self._lock:
            self._rests = False
            renderer = self._renderer
            if renderer is None or not renderer.ready:
                renderer = crew.take()
            self._renderer = None
            try:
                answer = renderer.ask(request)
            finally:
                if self._rests or not renderer.alive:
                    crew.give_back(renderer)
                else:
                    self._renderer = renderer
        return answer

    def rest(self) -> None:
        """Give the renderer back until the next question. Never waits for one."""
        self._rests = True
        if self._lock.acquire(blocking=False):
            renderer, self._renderer = self._renderer, None
            self._lock.release()
            if renderer is not None:
                crew.give_back(renderer)


class Sketches:
    """For one reader. Safe from any thread; the renderer is told of the reader once."""

    def __init__(self, context: Context, identity: Identity, scribe: Scribe) -> None:
        self._context, self._identity, self._scribe = context, identity, scribe
        self._salt = identity.digest("plate")
        self._reader = uuid4().hex

    def sketch(self, draft: Draft) -> RenderedMail | None:
        """The mail without text part and message, or None where only a whole render can tell what there is."""
        request = {"do": "sketch", "reader": self._reader, "draft": wire.draft_out(draft)}
        try:
            answer = self._scribe.ask(request)
            if answer.get("unknown"):
                known = {"context": self._context, "identity": wire.identity_out(self._identity, self._salt)}
                answer = self._scribe.ask({**request, **known})
        except Killed:
            return None  # the whole render will say why
        return self._mail(answer) if "parts" in answer else None

    def _mail(self, answer: Mapping[str, Any]) -> RenderedMail | None:
        asked = [(str(purpose), int(number)) for purpose, number in answer["asked"]]
        parts = [str(part)[: OUTPUT_LIMIT * _WORSE] for part in answer["parts"]]
        made = Printed(*(marked.filled(part, self._salt, asked, self._identity) for part in parts))
        return unsent(made, wire.problems_in(answer["problems"]), self._context, self._identity)
