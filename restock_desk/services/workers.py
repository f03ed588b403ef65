"""Send workers on a shared database: who lives, who sends what, and the upkeep that one of them does for all.

The engine that runs them is in `restock_desk.worker`; what one does with a batch is `delivery`, as everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from restock_desk.domain.campaigns import Campaign, CampaignState, DeliveryState, SendReport
from restock_desk.domain.workers import Worker
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services import campaigns, delivery
from restock_desk.services.desk import Desk
from restock_desk.store import campaigns as stored
from restock_desk.store import work_queue
from restock_desk.store import workers as seen
from restock_desk.transport import route

ALIVE_S = 20
"""A worker that was not seen for so long counts as gone; it writes every 5 s."""
WATCH_S = 1.0
ENDED_JOBS_H, GONE = 24, timedelta(days=1)


@dataclass(frozen=True)
class Turn:
    """Which running campaigns this desk delivers itself now, and which it only watches."""

    mine: tuple[int, ...] = ()
    theirs: tuple[int, ...] = ()
    routes: Mapping[int, str] = field(default_factory=dict, compare=False)
    """Of every running campaign, who is waited for when it is delivered: a slow one holds up nobody on another."""


def alive(desk: Desk) -> list[Worker]:
    """The workers that live now; none on SQLite."""
    if desk.store.dialect == "sqlite":
        return []
    with desk.store.reading() as u:
        return seen.alive(u, ALIVE_S, desk.now())


def turn(desk: Desk) -> Turn:
    """Whose turn it is: with workers alive they send, but for outboxes, which are folders of this machine."""
    found = campaigns.running(desk)
    with desk.store.reading() as u:
        ids = stored.in_state(u, CampaignState.RUNNING)
        running = [one for one in (stored.campaign(u, campaign_id) for campaign_id in ids) if one is not None]
    routes = {one.id: route(one.transport) for one in running}
    theirs = tuple(one.id for one in running if _for_workers(one)) if alive(desk) else ()
    return Turn(tuple(one for one in found if one not in theirs), theirs, routes)


def carry_out(desk: Desk, campaign_id: int, token: CancelToken, progress: ProgressFn = no_progress) -> SendReport:
    """Bring a campaign to its end: watch the workers while there are any, else deliver it from here.

    A stop ends the watching, not the campaign.
    """
    began = desk.now()
    before = campaigns.tally(desk, campaign_id)
    while not token.cancelled and alive(desk):
        campaign, tally = campaigns.campaign(desk, campaign_id), campaigns.tally(desk, campaign_id)
        if not _for_workers(campaign):
            break
        progress(Progress(tally.audience - tally.unfinished, tally.audience, "Workers are sending"))
        if campaign.state is not CampaignState.RUNNING or token.wait(WATCH_S):
            sent = tally.states[DeliveryState.SENT] - before.states[DeliveryState.SENT]
            return campaigns.report(desk, campaign_id, (desk.now() - began).total_seconds(), sent, tally)
    return delivery.deliver(desk, campaign_id, token, progress)


def beat(desk: Desk, worker: Worker) -> None:
    """Write down that this worker lives."""
    with desk.store.unit() as u:
        seen.beat(u, worker, desk.now())
        u.commit()


def farewell(desk: Desk, name: str) -> None:
    """This worker ends: nobody need wait until its row is old."""
    with desk.store.unit() as u:
        seen.forget(u, name)
        u.commit()


def upkeep(desk: Desk) -> int:
    """What one worker does for all every few seconds: take back leases that ended, give a job to every batch that is
    due and has none, call campaigns finished that are. How many jobs were made."""
    campaigns.recover(desk)
    with desk.store.unit() as u:
        made = work_queue.enqueue_due(u, desk.now())
        for campaign_id in stored.with_work(u, desk.now()):
            stored.finish(u, campaign_id, desk.now())
        u.commit()
    return made


def queues(desk: Desk) -> set[str]:
    """The names of the queues, one a route, in which batches wait or are at work."""
    with desk.store.reading() as u:
        return work_queue.queues(u)


def tidy(desk: Desk) -> None:
    """Once an hour: remove jobs that ended long ago, and the rows of workers that are gone."""
    with desk.store.unit() as u:
        work_queue.forget_ended(u, ENDED_JOBS_H)
        seen.forget_gone(u, GONE, desk.now())
        u.commit()


def refuse(desk: Desk, campaign_id: int, why: str) -> None:
    """A worker cannot send this campaign: pause it and say why, rather than try its every batch in vain."""
    try:
        campaigns.pause(desk, campaign_id, why[:500])
    except DeskError:
        return  # it is not running any more, or the database is away: then nothing is tried in vain either


def _for_workers(campaign: Campaign) -> bool:
    return not campaign.transport.startswith("outbox:")
