"""A test mail of the template that is open, or of several of its editions, to some addresses."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt

from restock_desk.domain.handover import Handed
from restock_desk.domain.preflight import Part
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, ProgressFn
from restock_desk.services import editions, trials
from restock_desk.services.readers import Whom
from restock_desk.services.trials import Trial
from restock_desk.ui.template_dialogs import TrialDialog
from restock_desk.ui.workspace import Workspace


class Trials(QObject):
    """Asks where to, sends, and tells what came of it. `dialog` is the one that was opened last."""

    def __init__(self, workspace: Workspace, say: Callable[[str], object]) -> None:
        super().__init__(workspace)
        self._work, self._say = workspace, say
        self._addresses: tuple[str, ...] = ()
        self.dialog: TrialDialog | None = None

    def send(self) -> None:
        """The mail as previewed, or several of its editions, to some addresses, outside all statistics."""
        work, template, whom = self._work, self._work.template, self._work.live.whom
        if template is None or work.mail is None or (whom.subscriber_id is None and not whom.case):
            self._say("There is no mail to send yet: choose a person first.")
            return
        desk, written = work.desk, Part("", work.draft)
        work.bridge.ask(
            "trial",
            lambda: (trials.seeds(desk), editions.parts(desk, template.id, written, every=True)),
            lambda found: self._ask_trial(*found, whom),
        )

    def _ask_trial(self, seeds: tuple[str, ...], parts: list[Part], whom: Whom) -> None:
        work = self._work
        names = [part.name or "The mail itself" for part in parts]
        current = next((number for number, part in enumerate(parts) if part.draft == work.draft), 0)
        asked = TrialDialog(work, work.desk.transport, self._addresses or seeds, names, current)
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.accepted.connect(lambda: self._try(asked, parts, whom))
        self.dialog = asked
        asked.open()

    def _try(self, asked: TrialDialog, parts: list[Part], whom: Whom) -> None:
        desk, words, keep = self._work.desk, asked.to, asked.keep
        self._addresses = tuple(words.split())
        mails = [(parts[number].name, parts[number].draft) for number in asked.chosen]

        def work(_token: CancelToken, _progress: ProgressFn) -> list[Trial]:
            to = trials.addresses(words)
            if keep:
                trials.keep_seeds(desk, words)
            return trials.send(desk, mails, whom, to)

        self._work.bridge.act("Send a test", work, self._tested, lane="sends")

    def _tested(self, found: list[Trial]) -> None:
        refused = [one for one in found if one.receipt.handed is not Handed.SENT]
        n = len(found)
        if refused:
            first = refused[0].receipt
            which = "The test was" if n == 1 else f"{len(refused)} of {n} tests were"
            words = f"{which} not taken: {first.words or first.code or first.handed.value}"
            self._work.bridge.failed.emit(DeskError(words, "Look at the transport in the settings."))
            return
        was = "The test was" if n == 1 else f"{n} tests were"
        outbox = self._work.desk.transport.startswith("outbox:")
        self._say(f"{was} written to the outbox." if outbox else f"{was} handed over.")
