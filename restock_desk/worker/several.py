"""Several processes that deliver one campaign from here, a core each: on a file, where there are no send workers.

Each is a sender of its own, by its leases; this one starts them, watches the ledger, and ends with them. Needs no
engine.
"""

import logging
import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from restock_desk import app
from restock_desk.domain.campaigns import CampaignState, SendReport
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services import campaigns, delivery, workers
from restock_desk.services.desk import Desk

log = logging.getLogger(__name__)
WATCH_S = 0.5
AGAIN = 3
"""How many processes that died without a word are replaced, in all."""
PATIENCE_S = 90
"""So long a process may take to end what it has on the wire; then it is killed, which costs no more than a crash."""


def carry_out(
    desk: Desk, url: str, campaign_id: int, processes: int, token: CancelToken, progress: ProgressFn = no_progress
) -> SendReport:
    """Bring a campaign to its end by so many processes, which open the database at `url` themselves.

    One process, or workers that are alive, need nobody else. DeskError of the first process that could not go on, if
    the campaign did not end without it.
    """
    if processes == 1 or workers.alive(desk):
        return workers.carry_out(desk, campaign_id, token, progress)
    began = desk.now()
    crew = _Crew(url, campaign_id)
    try:
        for _ in range(processes):
            crew.start()
        while crew.at_work():
            tally = campaigns.tally(desk, campaign_id)
            progress(Progress(tally.audience - tally.unfinished, tally.audience, f"{processes} processes send"))
            if token.wait(WATCH_S):
                break
            if crew.bury():
                campaigns.recover(desk)
    finally:
        crew.end()
    campaigns.recover(desk)
    found = campaigns.campaign(desk, campaign_id)
    if crew.errors and found.state is CampaignState.RUNNING:
        raise crew.errors[0]
    seconds = (desk.now() - began).total_seconds()
    return campaigns.report(desk, campaign_id, seconds, crew.sent, campaigns.tally(desk, campaign_id))


@dataclass
class _Crew:
    """The processes and what they told when they ended."""

    url: str
    campaign_id: int
    sent: int = 0
    errors: list[DeskError] = field(default_factory=list)
    _members: list[tuple[BaseProcess, "Connection[object, object]"]] = field(default_factory=list)
    _replaced: int = 0

    def start(self) -> None:
        spawning = multiprocessing.get_context("spawn")
        ours, theirs = spawning.Pipe(duplex=False)
        made = spawning.Process(target=_child, args=(self.url, self.campaign_id, theirs), name="restock-desk sender")
        with _interrupts_wait():
            made.start()
        theirs.close()
        self._members.append((made, ours))

    def at_work(self) -> bool:
        return bool(self._members)

    def bury(self) -> bool:
        """Hear those who ended. True when one had died, whom another replaces."""
        died = False
        for member in [one for one in self._members if not one[0].is_alive()]:
            self._members.remove(member)
            if not self._heard(member) and self._replaced < AGAIN:
                self._replaced += 1
                died = True
                log.warning("a sending process ended (%s); another is started", member[0].exitcode)
                self.start()
        return died

    def end(self) -> None:
        """Ask all to stop, wait for what they have on the wire, and hear them."""
        for process, _ in self._members:
            process.terminate()
        for member in self._members:
            member[0].join(PATIENCE_S)
            if member[0].is_alive():
                member[0].kill()
                member[0].join()
            self._heard(member)
        self._members = []

    def _heard(self, member: "tuple[BaseProcess, Connection[object, object]]") -> bool:
        """What it told last: the number of mails it sent, or why it could not. False when it died without a word."""
        process, pipe = member
        process.join()
        told: object = None
        with suppress(EOFError, OSError):
            told = pipe.recv() if pipe.poll() else None
        pipe.close()
        if isinstance(told, int):
            self.sent += told
        elif isinstance(told, tuple):
            self.errors.append(DeskError(*told))
        return told is not None


def _child(url: str, campaign_id: int, pipe: "Connection[object, object]") -> None:
    """A process of its own. It ends when the campaign does, when asked, and when its parent is gone."""
    token = CancelToken()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: token.cancel())
    _interrupts_come()
    follow_parent(token)
    try:
        desk = app.make_desk(url, prepare=False)
        app.log_to(desk.data_dir)
        pipe.send(delivery.deliver(desk, campaign_id, token).sent)
    except DeskError as error:
        pipe.send((error.message, error.hint))
    except Exception:
        log.exception("a sending process met a mistake of the program")
        pipe.send(("The program made a mistake, and a sending process stopped.", "Its log says where."))


def follow_parent(token: CancelToken) -> None:
    """Stop this process's work when the process that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent, token), name="desk-parent", daemon=True).start()


def _follow(parent: BaseProcess, token: CancelToken) -> None:
    parent.join()
    token.cancel()


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Ctrl+C reaches a process that is just starting only once it can end cleanly. Where the system knows no masks, at
    once."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _interrupts_come() -> None:
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
