"""The engine of a worker: Procrastinate's app, its two queues, and what it leaves to its user.

Jobs of dead workers are rescued, ended ones removed; every few seconds one worker does the upkeep for all. Whatever
happens to a job, the ledger is the truth: see `store.work_queue`.
"""

import asyncio
import logging
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
LOOK_S = 0.2
EVERY_TEN_SECONDS, EVERY_HOUR = "* * * * * */10", "7 * * * *"  # seconds come last


async def work(
    desk: Desk, pool: ThreadPoolExecutor, slots: int, send: Callable[[int, int], None], token: CancelToken
) -> None:
    """Run jobs until `token` says stop or the database goes away. ConnectorException or OSError for the latter.

    Two engines on one loop: upkeep must not wait for a slot while every slot waits for a slow mail server.
    """
    app = _app(desk, pool, send)
    async with app.open_async():
        log.info("working with %d slots", slots)
        running = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=count,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    # Its threads go on and settle; only the engine's view of their jobs ends.
                    shutdown_graceful_timeout=1.0,
                )
            )
            for queue, count in ((work_queue.QUEUE, slots), (UPKEEP, 1))
        ]
        stopping = asyncio.create_task(_stopped(token))
        try:
            await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            everything = [*running, stopping]
            for task in everything:
                task.cancel()
            await asyncio.wait(everything, timeout=ENDING_S)
        for task in running:
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error


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
