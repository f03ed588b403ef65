"""From a draft to a rendered mail, off the GUI thread: one render at a time, newest wins, problems soon after.

While an author types, sketches are shown: the picture without text part and message. A whole render, by the same
service as for a send, follows when they pause; nothing here knows how either is made.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from restock_desk.domain.shelf import Wanted
from restock_desk.domain.templates import Draft, Field, Problem, RenderedMail, Severity
from restock_desk.errors import DeskError
from restock_desk.services import dressing, readers, templates
from restock_desk.services.desk import Desk
from restock_desk.services.readers import Reader, Scribe, Whom
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.problems import worst_first

_WHOLE_AFTER_MS = 250
_TOUCHES = frozenset({"audience", "blocks", "catalog", "restocks", "shop"})
"""Nouns whose change makes what was read of a reader old."""


@dataclass(frozen=True)
class Outcome:
    """A mail, or why there is none: `failure` is a sentence, `problems` say where. `sketch`: more of it follows."""

    mail: RenderedMail | None
    problems: tuple[Problem, ...] = ()
    failure: str = ""
    sketch: bool = False


class Renderer:
    """Renders for one reader, read once. Runs on a lane's threads: one sketch at a time, whole renders beside it."""

    def __init__(self, desk: Desk, whom: Whom, scribe: Scribe) -> None:
        self._desk, self._whom, self._scribe = desk, whom, scribe
        self._dresser = dressing.Dresser(desk)
        self._read: tuple[Wanted, Reader, readers.Sketches] | None = None

    def outcome(self, draft: Draft, whole: bool) -> Outcome:
        """A sketch where that will do and the draft allows it, else the whole mail; on failure where it fails."""
        try:
            draft = self._dresser.dressed(draft)
            reader, sketches = self._for(draft)
            sketch = None if whole else sketches.sketch(draft)
            mail = sketch or templates.preview_for(draft, reader)
        except DeskError as error:
            problems = tuple(p for p in templates.check(self._desk, draft) if p.severity is Severity.ERROR)
            return Outcome(None, problems, str(error))
        if not mail.html.strip() and any(p.severity is Severity.ERROR for p in mail.problems):
            return Outcome(None, mail.problems, "The mail cannot be made.")
        return Outcome(mail, worst_first(mail.problems), sketch=sketch is not None)

    def _for(self, draft: Draft) -> tuple[Reader, readers.Sketches]:
        """Everything a template may use, as it was when the first render asked; read again for other products."""
        wanted = dressing.wanted(draft)
        known = self._read
        if known is None or known[0] != wanted:
            reader = readers.reader(self._desk, self._whom, draft)
            known = self._read = wanted, reader, readers.sketches(reader, self._scribe)
        return known[1], known[2]


class LivePreview(QObject):
    """Renders the newest draft for the chosen person and events. GUI thread only. `name` tells several apart."""

    rendered = Signal(object)
    """An Outcome."""
    checked = Signal(object)
    """The tuple of problems found in the draft itself, a moment after typing stopped."""
    live = Signal(object)
    """A list of (Field, value as text) for completion."""

    def __init__(self, desk: Desk, bridge: Bridge, parent: QObject, name: str = "preview") -> None:
        super().__init__(parent)
        self._desk, self._bridge, self._name = desk, bridge, name
        self._draft: Draft | None = None
        self._scribe = scribe = Scribe()
        self.destroyed.connect(lambda: scribe.rest())
        self.whom = Whom()
        self.sketches = True
        """Whether a sketch will do while typing; off where text part or message are looked at."""
        self._renderer = Renderer(desk, self.whom, self._scribe)
        self._running = self._again = self._known = self._whole_running = False
        self._slow: tuple[Problem, ...] = ()
        self._whole = QTimer(self)
        self._whole.setSingleShot(True)
        self._whole.setInterval(_WHOLE_AFTER_MS)
        self._whole.timeout.connect(self._show_whole)
        bridge.changed.connect(self._changed)

    def show_draft(self, draft: Draft) -> None:
        """Render this as soon as the render before it is done; drafts in between are skipped."""
        self._draft = draft
        self._whole.start()
        self._render()

    def show_for(self, subscriber_id: int | None, event_ids: tuple[int, ...], case: str = "") -> None:
        """Render for this person and these events from now on; `case` is one of the worst cases."""
        self.whom = Whom(subscriber_id, event_ids, case)
        self._known = True
        self._renderer = Renderer(self._desk, self.whom, self._scribe)
        self._ask_live()
        self._render()
        self._whole.start()

    def show_whole(self) -> None:
        """Render everything, now: what follows a sketch after a pause."""
        self._whole.stop()
        self._show_whole()

    @property
    def known(self) -> bool:
        """Whether anybody was chosen."""
        return self._known

    @property
    def subscriber_id(self) -> int | None:
        return self.whom.subscriber_id

    @property
    def event_ids(self) -> tuple[int, ...]:
        return self.whom.event_ids

    @property
    def busy(self) -> bool:
        """Whether a render is under way, or will be by itself."""
        return self._running or self._whole_running or self._whole.isActive()

    def stop(self) -> None:
        """Forget the draft; an answer that is still to come is dropped."""
        self._draft, self._running, self._again = None, False, False
        self._whole.stop()
        self._whole_running, self._slow = False, ()
        self._scribe.rest()
        for key in ("", "-whole", "-deep", "-fields"):
            self._bridge.drop(self._name + key)

    def _render(self) -> None:
        """A sketch of the newest draft, unless one is being made: then once more after it."""
        if self._draft is None or not self._known:
            return  # nobody is shown for a moment who was not asked for
        if self._running:
            self._again = True
            return
        self._running, self._again = True, False
        renderer, draft, whole = self._renderer, self._draft, not self.sketches
        self._bridge.ask(self._name, lambda: renderer.outcome(draft, whole), self._done, self._broke)

    def _done(self, result: Outcome) -> None:
        self._running = False
        if self._again:
            self._render()
        self.rendered.emit(result)

    def _broke(self, error: Exception) -> None:
        self._done(Outcome(None, (), "The mail cannot be rendered because of a fault in the application."))
        self._bridge.failed.emit(error)

    def _show_whole(self) -> None:
        """A pause: what the sketch left out, and what can be said of the draft itself. Typing goes on beside it."""
        if self._draft is None or not self._known:
            return
        desk, draft, renderer = self._desk, self._draft, self._renderer

        def work() -> tuple[Outcome, tuple[Problem, ...]]:
            return renderer.outcome(draft, whole=True), templates.check(desk, draft)

        def done(found: tuple[Outcome, tuple[Problem, ...]]) -> None:
            self._whole_running = False
            if draft is self._draft and renderer is self._renderer:
                self.rendered.emit(found[0])
                self.checked.emit((*found[1], *self._slow))
                self._check_deep(draft, found[1])

        self._whole_running = True
        self._bridge.ask(f"{self._name}-whole", work, done, self._whole_broke)

    def _check_deep(self, draft: Draft, fast: tuple[Problem, ...]) -> None:
        """All rules, also those that are too slow while typing; dropped when typing goes on. What the slow ones found
        stays until they answer again, so that the list does not flicker."""
        desk = self._desk

        def done(found: tuple[Problem, ...]) -> None:
            if draft is self._draft:
                self._slow = tuple(problem for problem in found if problem not in fast)
                self.checked.emit(found)

        self._bridge.ask(f"{self._name}-deep", lambda: templates.check(desk, draft, deep=True), done, lambda _: None)

    def _whole_broke(self, error: Exception) -> None:
        self._whole_running = False
        self._broke(error)

    def _changed(self, nouns: frozenset[str]) -> None:
        if nouns & _TOUCHES:
            self._renderer = Renderer(self._desk, self.whom, self._scribe)
            self._whole.start()

    def _ask_live(self) -> None:
        desk, whom = self._desk, self.whom
        answer: Callable[[list[tuple[Field, str]]], None] = self.live.emit
        self._bridge.ask(
            f"{self._name}-fields",
            lambda: templates.live_fields(desk, whom.subscriber_id, whom.event_ids, whom.case),
            answer,
        )
