"""From a draft to a rendered mail, off the GUI thread: one render at a time, newest wins, problems soon after.

The same service renders as for a send; nothing here knows how.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from restock_desk.domain.templates import Draft, Field, Problem, RenderedMail, Severity
from restock_desk.errors import DeskError
from restock_desk.services import templates
from restock_desk.services.desk import Desk
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.problems import worst_first

_CHECK_AFTER_MS = 120


@dataclass(frozen=True)
class Outcome:
    """A mail, or why there is none: `failure` is a sentence, `problems` say where."""

    mail: RenderedMail | None
    problems: tuple[Problem, ...] = ()
    failure: str = ""


class LivePreview(QObject):
    """Renders the newest draft for the chosen person and events. GUI thread only."""

    rendered = Signal(object)
    """An Outcome."""
    checked = Signal(object)
    """The tuple of problems found in the draft itself, a moment after typing stopped."""
    live = Signal(object)
    """A list of (Field, value as text) for completion."""

    def __init__(self, desk: Desk, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._bridge = desk, bridge
        self._draft: Draft | None = None
        self.subscriber_id: int | None = None
        self.event_ids: tuple[int, ...] = ()
        self._running = self._again = self._known = False
        self._check = QTimer(self)
        self._check.setSingleShot(True)
        self._check.setInterval(_CHECK_AFTER_MS)
        self._check.timeout.connect(self._ask_problems)

    def show_draft(self, draft: Draft) -> None:
        """Render this as soon as the render before it is done; drafts in between are skipped."""
        self._draft = draft
        self._check.start()
        self._render()

    def show_for(self, subscriber_id: int | None, event_ids: tuple[int, ...]) -> None:
        """Render for this person and these events from now on."""
        self.subscriber_id, self.event_ids, self._known = subscriber_id, event_ids, True
        self._ask_live()
        self._render()

    @property
    def busy(self) -> bool:
        """Whether a render is under way."""
        return self._running

    def stop(self) -> None:
        """Forget the draft; an answer that is still to come is dropped."""
        self._draft, self._running, self._again = None, False, False
        self._check.stop()
        for key in ("preview", "preview-problems", "preview-fields"):
            self._bridge.drop(key)

    def _render(self) -> None:
        if self._draft is None or not self._known:
            return  # nobody is shown for a moment who was not asked for
        if self._running:
            self._again = True
            return
        self._running, self._again = True, False
        desk, draft, person, events = self._desk, self._draft, self.subscriber_id, self.event_ids
        self._bridge.ask("preview", lambda: outcome(desk, draft, person, events), self._done, self._broke)

    def _done(self, result: Outcome) -> None:
        self._running = False
        if self._again:
            self._render()
        self.rendered.emit(result)

    def _broke(self, error: Exception) -> None:
        self._done(Outcome(None, (), "The mail cannot be rendered because of a fault in the application."))
        self._bridge.failed.emit(error)

    def _ask_problems(self) -> None:
        if self._draft is not None:
            desk, draft = self._desk, self._draft
            self._bridge.ask("preview-problems", lambda: templates.check(desk, draft), self.checked.emit)

    def _ask_live(self) -> None:
        desk, person, events = self._desk, self.subscriber_id, self.event_ids
        answer: Callable[[list[tuple[Field, str]]], None] = self.live.emit
        self._bridge.ask("preview-fields", lambda: templates.live_fields(desk, person, events), answer)


def outcome(desk: Desk, draft: Draft, subscriber_id: int | None, event_ids: tuple[int, ...]) -> Outcome:
    """Render; on failure say where. Nobody chosen: for a made-up person and restock. Runs on a lane's thread."""
    try:
        mail = templates.preview(desk, draft, subscriber_id, event_ids)
    except DeskError as error:
        problems = tuple(p for p in templates.check(desk, draft) if p.severity is Severity.ERROR)
        return Outcome(None, problems, str(error))
    if not mail.html.strip() and any(p.severity is Severity.ERROR for p in mail.problems):
        return Outcome(None, mail.problems, "The mail cannot be made.")
    return Outcome(mail, worst_first(mail.problems))
