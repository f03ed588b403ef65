"""One worker process: its slots, the loop that keeps its engine going whatever the database does, its sign of life."""

import asyncio
import logging
import os
import socket
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from procrastinate.exceptions import ConnectorException

from restock_desk.domain.handover import Transport
from restock_desk.domain.workers import Worker
from restock_desk.errors import DeskError, Unavailable
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, workers
from restock_desk.services.desk import Desk
from restock_desk.store.lifeline import Lost
from restock_desk.transport import open_transport
from restock_desk.worker import tasks

log = logging.getLogger(__name__)
BEAT_S = 5.0
AGAIN_S = 1.0
RATE_S = 30.0
IDLE_S = 20.0
"""A connection to a mail server that was not used for so long is closed."""


@dataclass(eq=False)
class Slot:
    """What sends one batch at a time by one address, and keeps its transport for the next one."""

    url: str
    transport: Transport | None = None
    used: float = 0.0

    def open(self, desk: Desk) -> Transport:
        """The kept transport, or a new one."""
        if self.transport is None:
            self.transport = open_transport(self.url, desk.secret)
        return self.transport

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()
        self.transport = None


@dataclass
class Process:
    """`run` blocks until `token` says stop. A batch runs on a thread of its own, with one of the slots of its route."""

    desk: Desk
    slots: int
    token: CancelToken
    sent: int = 0
    batches: int = 0
    errors: int = 0
    reconnects: int = 0
    _free: list[Slot] = field(default_factory=list)
    _busy: list[Slot] = field(default_factory=list)
    _lately: deque[tuple[float, int]] = field(default_factory=deque)

    def run(self) -> None:
        pool = ThreadPoolExecutor(self.slots * (tasks.ROUTES + 1), thread_name_prefix="desk-slot")
        # On Windows the driver wants this kind of loop; elsewhere it is the usual one.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._keep_going(pool))
        pool.shutdown(wait=True)  # what is on the wire ends, and is settled
        for slot in self._free:
            slot.close()
        with suppress(DeskError):
            workers.farewell(self.desk, self.desk.host)

    async def _keep_going(self, pool: ThreadPoolExecutor) -> None:
        """The engine ends when the database goes away; start it again as soon as that is back."""
        beating = asyncio.create_task(self._beat())
        away = False
        try:
            while not self.token.cancelled:
                try:
                    await asyncio.to_thread(workers.upkeep, self.desk)
                    away = False
                    await tasks.work(self.desk, pool, self.slots, self.send, self.token)
                    why = "its engine ended"
                except (ConnectorException, Lost, Unavailable, OSError) as error:
                    why = type(error).__name__
                if not self.token.cancelled:
                    if not away:
                        log.warning("the database went away (%s); trying again until it is back", why)
                    self.reconnects += not away
                    away = True
                    await asyncio.sleep(AGAIN_S)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    def send(self, campaign_id: int, batch_no: int) -> None:
        """Deliver one batch on this thread. Raises nothing: what became of it is in the ledger."""
        slot = None
        try:
            slot = self._taken(campaigns.campaign(self.desk, campaign_id).transport)
            transport = slot.open(self.desk)
            report = delivery.deliver(
                self.desk, campaign_id, self.token, wait=False, transport=transport, batch_no=batch_no
            )
            self.sent += report.sent
            self.batches += 1
            self._lately.append((time.monotonic(), report.sent))
        except Unavailable as error:
            self.errors += 1
            log.warning("batch %d of campaign %d was left: %s", batch_no, campaign_id, error.message)
        except DeskError as error:
            self.errors += 1
            workers.refuse(self.desk, campaign_id, f"The worker on {socket.gethostname()} cannot send it: {error}")
        except Exception:
            self.errors += 1
            log.exception("batch %d of campaign %d met a mistake of the program", batch_no, campaign_id)
            if slot is not None:
                slot.close()
            words = f"The worker on {socket.gethostname()} met a mistake of the program; its log says where."
            workers.refuse(self.desk, campaign_id, words)
        finally:
            if slot is not None:
                slot.used = time.monotonic()
                self._busy.remove(slot)
                self._free.append(slot)

    def _taken(self, url: str) -> Slot:
        """A slot that has a connection there already, else a new one: how many work at once, the engines see to."""
        slot = next((one for one in list(self._free) if one.url == url and self._withdrawn(one)), None) or Slot(url)
        self._busy.append(slot)
        return slot

    def _withdrawn(self, slot: Slot) -> bool:
        """Take a free slot for oneself. False: another thread was faster."""
        try:
            self._free.remove(slot)
        except ValueError:
            return False
        return True

    async def _beat(self) -> None:
        while True:
            with suppress(DeskError):
                await asyncio.to_thread(self._live)
            await asyncio.sleep(BEAT_S)

    def _live(self) -> None:
        """Say that we live; close what nobody used for a while."""
        now = time.monotonic()
        while self._lately and self._lately[0][0] < now - RATE_S:
            self._lately.popleft()
        busy = list(self._busy)
        slots = self.slots * max(1, len({slot.url for slot in busy}))
        worker = Worker(
            self.desk.host, socket.gethostname(), os.getpid(), slots, self.desk.now(), self.desk.now(),
            len(busy), self.sent, self.batches, self.errors, self.reconnects,
            round(sum(n for _, n in list(self._lately)) / RATE_S, 1),
        )  # fmt: skip
        for slot in list(self._free):
            if now - slot.used >= IDLE_S and self._withdrawn(slot):
                slot.close()
        workers.beat(self.desk, worker)
