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


@dataclass
class Slot:
    """What sends one batch at a time, and keeps its transport for the next one."""

    transport: Transport | None = None
    url: str = ""
    used: float = 0.0

    def open(self, desk: Desk, url: str) -> Transport:
        """The transport of this address: the kept one, or a new one."""
        if self.transport is None or self.url != url:
            self.close()
            self.transport, self.url = open_transport(url, desk.secret), url
        return self.transport

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()
        self.transport = None


@dataclass
class Process:
    """`run` blocks until `token` says stop. A batch runs on a thread of its own, with one of the slots."""

    desk: Desk
    slots: int
    token: CancelToken
    sent: int = 0
    batches: int = 0
    errors: int = 0
    reconnects: int = 0
    _free: list[Slot] = field(default_factory=list)
    _lately: deque[tuple[float, int]] = field(default_factory=deque)

    def run(self) -> None:
        self._free = [Slot() for _ in range(self.slots)]
        pool = ThreadPoolExecutor(self.slots, thread_name_prefix="desk-slot")
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
        slot = self._taken()
        try:
            transport = slot.open(self.desk, campaigns.campaign(self.desk, campaign_id).transport)
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
            slot.close()
            words = f"The worker on {socket.gethostname()} met a mistake of the program; its log says where."
            workers.refuse(self.desk, campaign_id, words)
        finally:
            slot.used = time.monotonic()
            self._free.append(slot)

    def _taken(self) -> Slot:
        try:
            return self._free.pop()
        except IndexError:  # one is just closing its connection
            return Slot()

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
        free = list(self._free)
        worker = Worker(
            self.desk.host, socket.gethostname(), os.getpid(), self.slots, self.desk.now(), self.desk.now(),
            self.slots - len(free), self.sent, self.batches, self.errors, self.reconnects,
            round(sum(n for _, n in list(self._lately)) / RATE_S, 1),
        )  # fmt: skip
        for slot in free:
            self._rest(slot, now)
        workers.beat(self.desk, worker)

    def _rest(self, slot: Slot, now: float) -> None:
        if slot.transport is None or now - slot.used < IDLE_S:
            return
        with suppress(ValueError):
            self._free.remove(slot)  # nobody takes it meanwhile
            slot.close()
            self._free.append(slot)
