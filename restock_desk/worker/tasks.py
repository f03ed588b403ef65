"""The engine of a worker: Procrastinate's app, its two queues, and what it leaves to its user.

Jobs of dead workers are rescued, ended ones removed; every few seconds one worker does the upkeep for all. Whatever
happens to a job, the ledger is the truth: see `store.work_queue`.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from restock_desk.jobs import CancelToken
from restock_desk.services import workers
from restock_desk.services.desk import Desk
from restock_desk.store import work_queue

log = logging.getLogger(__name__)
UPKEEP = "upkeep"
STALLED_S = 30.0
ENDING_S = 15.0
LOOK_S, ROUTES_S = 0.2, 1.0
"""How often it is looked whether to stop, and for routes of campaigns that were launched meanwhile."""
POLL_S, IDLE_POLL_S = 5.0, 0.5
ROUTES, RESTING_S = 16, 60.0
"""Routes a process sends by at once, at most, and how long one is kept after its last campaign."""
EVERY_TEN_SECONDS, EVERY_HOUR = "* * * * * */10", "7 * * * *"  # seconds come last


async def work(
    desk: Desk, pool: ThreadPoolExecutor, slots: int, send: Callable[[int, int], None], token: CancelToken
) -> None:
    """Run jobs until `token` says stop or the database goes away: ConnectorException, Unavailable or OSError.

    An engine for each server or account that mail leaves by, with so many slots, and one for the upkeep, all on one
    loop: nobody waits for a slot while every slot waits for somebody else's slow mail server.
    """
    app = _app(desk, pool, send)
    async with app.open_async():
        log.info("working with %d slots for each route", slots)
        engines = _Engines(app, slots)
        try:
            while not token.cancelled and not engines.broken:
                engines.follow(await asyncio.to_thread(workers.queues, desk))
                await engines.wait(token)
        finally:
            await engines.end()
        for error in engines.errors:
            raise error


class _Engines:
    """The engines of one worker by their queues: one for the upkeep, one for what an earlier version left, and one for
    each route of a campaign that runs, or ran a moment ago."""

    def __init__(self, app: App, slots: int) -> None:
        self._app, self._slots = app, slots
        self._running = {queue: self._started(queue) for queue in (UPKEEP, work_queue.QUEUE)}
        self._wanted: dict[str, float] = {}
        self._ending: list[asyncio.Task[None]] = []

    @property
    def broken(self) -> bool:
        return any(engine.done() for engine in self._running.values())

    @property
    def errors(self) -> list[BaseException]:
        """Why engines ended that were not asked to."""
        over = [engine for engine in self._running.values() if engine.done() and not engine.cancelled()]
        return [error for engine in over if (error := engine.exception())]

    def follow(self, wanted: set[str]) -> None:
        """Start what is missing, as many as there is room for, and end what nobody wanted for a while."""
        now = time.monotonic()
        self._wanted |= dict.fromkeys(wanted, now)
        for queue in [queue for queue, at in self._wanted.items() if now - at > RESTING_S]:
            del self._wanted[queue]
            if queue in self._running:
                self._ending.append(self._running.pop(queue))
                self._ending[-1].cancel()
        for queue in list(self._wanted):
            if queue not in self._running and len(self._running) < ROUTES + 2:
                self._running[queue] = self._started(queue)

    async def wait(self, token: CancelToken) -> None:
        """Until it is time to look for new routes, one is broken, or `token` says stop."""
        end = time.monotonic() + ROUTES_S
        while not token.cancelled and not self.broken and time.monotonic() < end:
            await asyncio.wait(self._running.values(), timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)

    async def end(self) -> None:
        everything = [*self._running.values(), *self._ending]
        for engine in everything:
            engine.cancel()
        await asyncio.wait(everything, timeout=ENDING_S)

    def _started(self, queue: str) -> "asyncio.Task[None]":
        common = queue in (UPKEEP, work_queue.QUEUE)
        return asyncio.create_task(
            self._app.run_worker_async(
                queues=[queue],
                name=queue,
                concurrency=1 if queue == UPKEEP else self._slots,
                delete_jobs="successful",
                install_signal_handlers=False,
                # To be woken takes a connection to the server each: the others look often instead.
                listen_notify=common,
                fetch_job_polling_interval=POLL_S if common else IDLE_POLL_S,
                # Its threads go on and settle; only the engine's view of their jobs ends.
                shutdown_graceful_timeout=1.0,
            )
        )


def _app(desk: Desk, pool: ThreadPoolExecutor, send: Callable[[int, int], None]) -> App:
    app = App(connector=work_queue.connector(desk.store))

    @app.task(name=work_queue.TASK, queue=work_queue.QUEUE)
    async def send_batch(campaign_id: int, batch_no: int) -> None:
        await asyncio.get_running_loop().run_in_executor(pool, send, campaign_id, batch_no)

    @app.periodic(cron=EVERY_TEN_SECONDS)
    @app.task(name="upkeep", queue=UPKEEP, queueing_lock="upkeep")
    async def upkeep(timestamp: int) -> None:
        await _rescue(app)
        await asyncio.to_thread(workers.upkeep, desk)

    @app.periodic(cron=EVERY_HOUR)
    @app.task(name="tidy", queue=UPKEEP, queueing_lock="tidy")
    async def tidy(timestamp: int) -> None:
        await asyncio.to_thread(workers.tidy, desk)

    return app


async def _rescue(app: App) -> None:
    """Jobs whose worker shows no sign of life are to be done again; the ledger keeps that from doing harm."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:  # the same batch has another job waiting by now
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


async def _stopped(token: CancelToken) -> None:
    while not token.cancelled:
        await asyncio.sleep(LOOK_S)
