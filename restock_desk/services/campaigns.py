"""A campaign from the review to its end: who would get it, launch, pause, resume, cancel. Delivering is `delivery`."""

import logging
import os
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

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
from restock_desk.domain.handover import hands_over
from restock_desk.domain.restocks import EventState, RestockEvent
from restock_desk.domain.shop import Shop
from restock_desk.domain.staff import AuditEntry
from restock_desk.domain.templates import Problem, RenderedMail, Severity, TemplateVersion
from restock_desk.errors import Cancelled, DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.rendering import lint, processes
from restock_desk.services import dressing, findings, frozen, templates
from restock_desk.services.desk import Desk
from restock_desk.store import amends, audience, fanout, ledger, restocks, staff
from restock_desk.store import campaigns as stored
from restock_desk.store import causes as causes_
from restock_desk.store import shop as shop_
from restock_desk.store import templates as versions
from restock_desk.store.database import Unit
from restock_desk.transport import open_transport, stays_here

log = logging.getLogger(__name__)
AT_ONCE = 20_000
"""Up to so many people a launch is one transaction; above, it goes in chunks under a campaign nothing claims from."""
CHUNK_SQLITE, PAUSE_S = 5_000, 0.01
UNDO_S = 10
"""How long a launch may be taken back before its first mail leaves."""
SAMPLES = 3


def review(desk: Desk, event_ids: tuple[int, ...], template_id: int) -> Review:
    """All a person must see before pressing Send. Writes nothing. DeskError for a restock or template not there."""
    with desk.store.reading() as u:
        events = newest_events(u, event_ids)
        version = _newest(u, template_id)
        ids = tuple(event.id for event in events)
        report = audience.audience(u, ids)
        people = audience.eligible(u, ids, 0, findings.LOOKED_AT)
        shop = shop_.shop(u)
        leaves = not stays_here(desk.transport) and not hands_over(desk.transport)
        addresses = [one.subscriber.email for one in people]
        told = findings.of_campaign(u, events, report, addresses, version.draft, shop, desk.now(), leaves)
    problems = list(templates.check(desk, version.draft, deep=True))
    samples: list[tuple[int, str, RenderedMail]] = []
    for one in people[:SAMPLES]:
        mail = templates.preview(desk, version.draft, one.subscriber.id, one.event_ids)
        samples.append((one.subscriber.id, one.subscriber.email, mail))
        problems += [problem for problem in (*mail.problems, *lint.check_mail(mail)) if problem not in problems]
    blocked = _blocked(desk, events, version, shop, problems)
    if not blocked and not report.eligible:
        blocked = "Nobody would get this alert."
    return Review(ids, template_id, version.id, report, tuple(samples), (*told, *problems), blocked)


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
    debounce is over; a person who looked may say that it need not.
    """
    url = transport or desk.transport
    open_transport(url, desk.secret).close()
    now = desk.now()
    with desk.store.unit() as u:
        fanout.lock_events(u, review.event_ids)
        shop_.must_not_be_moved(u)
        if shop_.is_sample(u) and not url.startswith("outbox:"):
            raise DeskError("The sample shop never mails to the outside.", "Use an outbox, or open a shop of your own.")
        campaign_id = stored.create(u, _new(desk, u, review, url, now, name, rate_limit_per_s, grace_s, settled))
        if review.audience.eligible <= AT_ONCE:
            ids = audience.eligible_ids(u, review.event_ids, 0, AT_ONCE + 1)
            if len(ids) <= AT_ONCE:
                _live(desk, u, campaign_id, fanout.add(u, campaign_id, ids, now))
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
    launches and cancels. How many deliveries are in doubt by it."""
    with desk.store.unit() as u:
        dead = [owner for owner in ledger.owners(u) if owner != desk.host and is_dead(owner)]
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
            done += fanout.add(u, campaign_id, ids, desk.now())
            u.commit()
        progress(Progress(done, 0, "Queuing deliveries"))
        token.wait(PAUSE_S)
    return campaign(desk, campaign_id)


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


def _new(
    desk: Desk, u: Unit, review: Review, url: str, now: datetime, name: str, rate_limit_per_s: float | None,
    grace_s: float, settled: bool,
) -> stored.NewCampaign:  # fmt: skip
    events = newest_events(u, review.event_ids)
    version = versions.version(u, review.version_id)
    template = versions.template(u, review.template_id)
    if version is None or template is None:
        raise DeskError("The template is not there any more.", "Choose another one.")
    shop = shop_.shop(u)
    why = _blocked(desk, events, version, shop, list(templates.check(desk, version.draft)), url)
    if why:
        raise DeskError(why)
    starts = max([now + timedelta(seconds=grace_s), *(event.due_at for event in events if settled)])
    return stored.NewCampaign(
        name=name or _name(events),
        event_ids=tuple(event.id for event in events),
        template_id=template.id,
        template_name=template.name,
        version_id=version.id,
        transport=url,
        frozen=freeze(u, version, shop, events, now),
        created_at=now,
        created_by=desk.actor.name,
        rate_limit_per_s=rate_limit_per_s,
        approved=review.audience.eligible,
        grace_until=starts if starts > now else None,
    )


def freeze(u: Unit, version: TemplateVersion, shop: Shop, events: list[RestockEvent], now: datetime) -> dict[str, Any]:
    """What every render of a campaign reads, as JSON: it never changes again, whatever happens to the originals."""
    shelf = dressing.shelf_in(u, version.draft, events, now)
    return {
        "compiled": processes.compiled(dressing.dressed_in(u, version.draft)).to_json(),
        "shelf": frozen.freeze_shelf(shelf),
        "shop": frozen.freeze_shop(shop),
        "events": [frozen.freeze_event(event) for event in events],
    }


def _blocked(
    desk: Desk, events: list[RestockEvent], version: TemplateVersion, shop: Shop, problems: list[Problem], url: str = ""
) -> str:
    """Why it cannot be sent, as a sentence."""
    if any(event.state is EventState.WITHDRAWN for event in events):
        return "The restock was withdrawn: stock went away again before the alert was due."
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        return f"The template has an error: {errors[0].message}"
    url = url or desk.transport
    if not stays_here(url) and not hands_over(url) and not (shop.sender_email or version.draft.sender_email):
        return "There is no sender address yet. Set one in the shop's settings or in the template."
    return ""


def newest_events(u: Unit, event_ids: tuple[int, ...]) -> list[RestockEvent]:
    """The events, the newest of each variant only: nobody needs the same thing twice in one mail."""
    found = restocks.events_by_id(u, list(dict.fromkeys(event_ids)))
    if not found or len(found) != len(set(event_ids)):
        raise DeskError("There is no such restock.", "Choose another one from the list of restocks.")
    newest = {event.variant_id: event for event in sorted(found, key=lambda event: (event.occurred_at, event.id))}
    return [event for event in found if newest[event.variant_id].id == event.id]


def _newest(u: Unit, template_id: int) -> TemplateVersion:
    template = versions.template(u, template_id)
    version = versions.version(u, template.version_id) if template else None
    if version is None:
        raise DeskError("There is no such template.", "Choose another one.")
    return version


def _name(events: list[RestockEvent]) -> str:
    snapshot = events[0].snapshot
    parts = [snapshot.get("product", {}).get("title"), snapshot.get("variant", {}).get("title")]
    name = " · ".join(part for part in parts if part) or "Back in stock"
    return name if len(events) == 1 else f"{name} and {len(events) - 1} more"


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
