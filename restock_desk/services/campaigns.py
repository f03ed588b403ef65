"""A campaign from the review to its end: who would get it, launch, pause, resume, cancel. Delivering is `delivery`."""

import logging
import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

from restock_desk.domain.campaigns import (
    Campaign,
    CampaignState,
    Cause,
    DeliveryState,
    Doubt,
    Review,
    SendReport,
    Standing,
    Tally,
)
from restock_desk.domain.editions import arm_of
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import Cancelled, DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services import experiments, launching, preflight
from restock_desk.services.desk import Desk
from restock_desk.services.launching import newest_events, review
from restock_desk.store import amends, audience, fanout, ledger, staff, upgrade
from restock_desk.store import campaigns as stored
from restock_desk.store import causes as causes_
from restock_desk.store import shop as shop_
from restock_desk.store import templates as versions
from restock_desk.store.database import Unit
from restock_desk.transport import open_transport

log = logging.getLogger(__name__)
AT_ONCE = 20_000
"""Up to so many people a launch is one transaction; above, it goes in chunks under a campaign nothing claims from."""
CHUNK_SQLITE, PAUSE_S = 5_000, 0.01
UNDO_S = 10
"""How long a launch may be taken back before its first mail leaves."""
__all__ = ["newest_events", "review"]


def launch(
    desk: Desk,
    review: Review,
    transport: str | None = None,
    rate_limit_per_s: float | None = None,
    name: str = "",
    grace_s: float = 0,
    settled: bool = True,
    token: CancelToken | None = None,
    progress: ProgressFn = no_progress,
) -> Campaign:
    """Freeze template, shop and events, and queue a delivery for everybody eligible now. To readers it is one step.

    Whoever was or is about to be told of the restock is left out inside the same transaction, so launching twice mails
    nobody twice: the second finds nobody, and is a DeskError. `settled` = the first mail waits until the events'
    debounce is over; a person who looked may say that it need not. DeskError also where the whole audience was rendered
    for exactly this review and mails would be wrong.
    """
    url = transport or desk.transport
    open_transport(url, desk.secret).close()
    preflight.must_not_be_wrong(desk, review)
    now = desk.now()
    with desk.store.unit() as u:
        fanout.lock_events(u, review.event_ids)
        shop_.must_not_be_moved(u)
        if shop_.is_sample(u) and not url.startswith("outbox:"):
            raise DeskError("The sample shop never mails to the outside.", "Use an outbox, or open a shop of your own.")
        new, experiment = launching.new(desk, u, review, url, now, name, rate_limit_per_s, grace_s, settled)
        campaign_id = stored.create(u, new)
        if experiment is not None:
            versions.lay_down(u, campaign_id, experiment)
        if review.audience.eligible <= AT_ONCE:
            ids = audience.eligible_ids(u, review.event_ids, 0, AT_ONCE + 1)
            if len(ids) <= AT_ONCE:
                _live(desk, u, campaign_id, _queue(desk, u, campaign_id, ids))
                u.commit()
                return campaign(desk, campaign_id)
        u.commit()
    return _launch_in_chunks(desk, campaign_id, token or CancelToken(), progress)


def check_transport(desk: Desk) -> None:
    """WrongUse when the desk's transport has an address nothing can be sent by. Connects to nothing."""
    open_transport(desk.transport, desk.secret).close()


def campaign(desk: Desk, campaign_id: int) -> Campaign:
    """DeskError when there is none of that number."""
    with desk.store.reading() as u:
        found = stored.campaign(u, campaign_id)
    if found is None:
        raise DeskError(f"There is no campaign {campaign_id}.", "Look at the list of campaigns.")
    return found


def tally(desk: Desk, campaign_id: int) -> Tally:
    """Deliveries by state, as they are now. A millisecond, whatever the campaign's size."""
    with desk.store.reading() as u:
        return stored.tally(u, campaign_id)


def report(desk: Desk, campaign_id: int, seconds: float, sent: int, tally: Tally) -> SendReport:
    """What is to be said of a campaign after `sent` mails in so many seconds."""
    found = campaign(desk, campaign_id)
    return SendReport(
        campaign=campaign_id,
        state=found.state,
        sent=tally.states[DeliveryState.SENT],
        failed=tally.states[DeliveryState.FAILED],
        skipped=tally.states[DeliveryState.SKIPPED],
        in_doubt=tally.states[DeliveryState.IN_DOUBT],
        deferred=tally.states[DeliveryState.DEFERRED],
        seconds=round(seconds, 3),
        rate_per_s=round(sent / seconds, 1) if seconds > 0 else 0.0,
        pause_reason=found.pause_reason,
    )


def standing(desk: Desk, campaign_id: int) -> Standing:
    """How a campaign stands now, in one look: cheap enough to ask twice a second. DeskError when there is none."""
    with desk.store.reading() as u:
        found = stored.campaign(u, campaign_id)
        if found is None:
            raise DeskError(f"There is no campaign {campaign_id}.", "Look at the list of campaigns.")
        return Standing(found, stored.tally(u, campaign_id), ledger.next_due(u, campaign_id))


def causes(desk: Desk, campaign_id: int) -> list[Cause]:
    """Why deliveries are deferred, failed, in doubt or skipped, the commonest first."""
    with desk.store.reading() as u:
        return causes_.causes(u, campaign_id)


def running(desk: Desk) -> list[int]:
    """Campaigns in which something can be delivered now. One that waits for a retry or a grace period is not there."""
    with desk.store.reading() as u:
        return stored.with_work(u, desk.now())


def pause(desk: Desk, campaign_id: int, reason: str = "") -> Campaign:
    """Begin no new mail. What is on the wire ends."""
    return _change(desk, campaign_id, (CampaignState.RUNNING,), CampaignState.PAUSED, reason or "Paused by hand.")


def resume(desk: Desk, campaign_id: int) -> Campaign:
    """Let deliveries go on; a launch that was interrupted is brought to its end first."""
    if campaign(desk, campaign_id).state is CampaignState.PREPARING:
        return _launch_in_chunks(desk, campaign_id, CancelToken(), no_progress)
    return _change(desk, campaign_id, (CampaignState.PAUSED,), CampaignState.RUNNING, "")


def cancel(desk: Desk, campaign_id: int, reason: str = "") -> Campaign:
    """End a campaign for good: whoever was not mailed is skipped and keeps waiting."""
    before = (CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.PREPARING)
    after = _change(desk, campaign_id, before, CampaignState.CANCELLED, reason)
    skip_rest(desk, campaign_id)
    return after


def take_back(desk: Desk, campaign_id: int) -> int:
    """Undo a launch: cancel it, if possible before its first mail leaves. How many mails had left already."""
    cancel(desk, campaign_id, "Taken back.")
    found = tally(desk, campaign_id)
    return found.begun


def skip_rest(desk: Desk, campaign_id: int) -> None:
    """Skip what a cancelled campaign still has queued, in short transactions."""
    wait = CancelToken()
    while True:
        with desk.store.unit() as u:
            n = amends.skip_rest(u, campaign_id, "cancelled", 2_000, desk.now())
            u.commit()
        if not n:
            return
        wait.wait(PAUSE_S)


def doubts(desk: Desk, campaign_id: int | None = None) -> list[Doubt]:
    """Deliveries nobody can be sure of, oldest first."""
    with desk.store.reading() as u:
        return stored.doubts(u, campaign_id)


def recover(desk: Desk) -> int:
    """At start: take back what dead processes of this machine, or expired leases, had claimed; finish interrupted
    launches and cancels. How many deliveries are in doubt by it. DeskError when one died and the file is damaged."""
    with desk.store.reading() as u:
        dead = [owner for owner in ledger.owners(u) if owner != desk.host and is_dead(owner)]
    if dead:
        upgrade.must_be_sound(desk.store)  # whatever killed it may have hurt the file, too
    with desk.store.unit() as u:
        found = ledger.recover(u, dead, desk.now())
        u.commit()
    if found:
        log.warning("%d deliveries are in doubt: their sender died", found)
    with desk.store.reading() as u:
        preparing = stored.in_state(u, CampaignState.PREPARING)
        cancelled = stored.cancelled_with_rest(u)
    for campaign_id in preparing:
        if _is_ours_to_finish(desk, campaign_id):
            try:
                _launch_in_chunks(desk, campaign_id, CancelToken(), no_progress)
            except DeskError:
                log.info("campaign %d had nobody left to mail", campaign_id)
    for campaign_id in cancelled:
        skip_rest(desk, campaign_id)
    return found


def is_dead(owner: str) -> bool:
    """Whether "hostname:pid:start" names a process of this machine that is not there any more."""
    host, _, rest = owner.rpartition(":")
    host, _, pid = host.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    try:
        started = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return False
    return bool(rest) and (started[19] != rest or started[0] in "ZX")


def _is_ours_to_finish(desk: Desk, campaign_id: int) -> bool:
    """A launch that somebody else's living process is just doing is left alone: it has begun less than 10 min ago."""
    return desk.now() - campaign(desk, campaign_id).created_at > timedelta(minutes=10) or desk.store.dialect == "sqlite"


def _launch_in_chunks(desk: Desk, campaign_id: int, token: CancelToken, progress: ProgressFn) -> Campaign:
    """Queue people in short transactions from where the launch stands; the last one makes the campaign live."""
    size = CHUNK_SQLITE if desk.store.dialect == "sqlite" else AT_ONCE
    done = 0
    while True:
        if token.cancelled:
            cancel(desk, campaign_id, "The launch was stopped.")
            raise Cancelled
        with desk.store.unit() as u:
            found = stored.campaign(u, campaign_id)
            if found is None or found.state is not CampaignState.PREPARING:
                break
            fanout.lock_events(u, found.event_ids)
            ids = audience.eligible_ids(u, found.event_ids, fanout.cursor(u, campaign_id), size)
            if not ids:
                _live(desk, u, campaign_id)
                u.commit()
                break
            done += _queue(desk, u, campaign_id, ids)
            u.commit()
        progress(Progress(done, 0, "Queuing deliveries"))
        token.wait(PAUSE_S)
    return campaign(desk, campaign_id)


def _queue(desk: Desk, u: Unit, campaign_id: int, ids: list[int]) -> int:
    """Deliveries for these people, each in their arm if something is tested; how many were new."""
    experiment = versions.laid_down(u, campaign_id)
    arms: list[int] = []
    if experiment is not None:
        key = experiments.key_of(shop_.token_key(u), experiment)
        arms = [arm_of(key, id, experiment.shares) for id in ids]
    return fanout.add(u, campaign_id, ids, desk.now(), arms=arms)


def _live(desk: Desk, u: Unit, campaign_id: int, added: int | None = None) -> None:
    """Make it live, or say that there is nobody; the caller commits only the first."""
    audience = stored.go_live(u, campaign_id, desk.now(), _grace(u, campaign_id, desk.now())) if added != 0 else 0
    if not audience:
        raise DeskError("Nobody is left to get this alert.", "Everybody who waits was told, or is about to be.")
    _record(u, desk, "campaign launched", campaign_id, audience=audience)


def _grace(u: Unit, campaign_id: int, now: datetime) -> datetime | None:
    """When the first mail may leave. A launch that took long gets its time for second thoughts when it is live."""
    new = stored.campaign(u, campaign_id)
    if new is None or new.grace_until is None:
        return None
    again = min(new.grace_until - new.created_at, timedelta(seconds=UNDO_S))
    return max(new.grace_until, now + again)


def _change(
    desk: Desk, campaign_id: int, before: tuple[CampaignState, ...], after: CampaignState, reason: str
) -> Campaign:
    with desk.store.unit() as u:
        changed = stored.change_state(u, campaign_id, before, after, reason)
        if changed:
            _record(u, desk, f"campaign {after.value}", campaign_id, reason)
        u.commit()
    found = campaign(desk, campaign_id)
    if not changed and found.state is not after:
        act = "resumed" if after is CampaignState.RUNNING else after.value
        raise DeskError(f"The campaign is {found.state.value}; it cannot be {act} now.")
    return found


def _record(u: Unit, desk: Desk, action: str, campaign_id: int, reason: str = "", **details: object) -> None:
    entry = AuditEntry(desk.now(), desk.actor.name, action, f"campaign {campaign_id}", reason, details)
    staff.record(u, entry)
