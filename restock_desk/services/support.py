"""What support does with deliveries: see the mail as it was sent, send it again, settle doubts, retry what failed.

Every act needs a reason and is in the audit trail, in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from restock_desk.domain.audience import ConsentState, Exclusion, SuppressionReason, barred
from restock_desk.domain.campaigns import CampaignState, Delivery, DeliveryState, Evidence, SendReport
from restock_desk.domain.causes import cause_of
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services import campaigns
from restock_desk.services.delivery import deliver
from restock_desk.services.desk import Desk
from restock_desk.services.rendered import Mould, fingerprint, kept_of, mould_of
from restock_desk.store import amends, audience, causes, fanout, person, staff
from restock_desk.store import campaigns as stored
from restock_desk.store import shop as shop_
from restock_desk.store.database import Unit
from restock_desk.store.interests import mark_notified

S = DeliveryState
AT_ONCE, CHUNK = 100, 2_000
"""Doubts settled, and failures queued again, in one transaction."""
BOUNCES = (SuppressionReason.HARD_BOUNCE, SuppressionReason.SOFT_BOUNCES)
"""Suppressions a person may send over for once: somebody said that their mailbox works again."""
_WORDS = {
    Exclusion.ERASED: "This person was erased on request.",
    Exclusion.UNSUBSCRIBED: "This person unsubscribed.",
    Exclusion.SUPPRESSED: "This address is suppressed.",
    Exclusion.NO_CONSENT: "This person gave no consent.",
}


@dataclass(frozen=True)
class SentMessage:
    """`exact` = the bytes are those that were handed over, proven by their hash."""

    message: bytes
    exact: bool
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]


def delivery(desk: Desk, delivery_id: int) -> Delivery:
    """One row of the ledger. DeskError when there is none of that number."""
    with desk.store.reading() as u:
        return _delivery(u, delivery_id)


def message(desk: Desk, delivery_id: int) -> SentMessage:
    """The mail as it was sent, made again from what was frozen. DeskError when nothing was handed over yet."""
    kept = kept_of(desk, delivery_id)
    if kept.started_at is None:
        raise DeskError("This mail was not sent.", "There is nothing to show yet.")
    mould = mould_of(desk, kept.campaign_id).of(kept)
    mail = mould.mail(kept, mould.identity(kept.delivery_id, kept.subscriber_id, kept.started_at))
    exact = fingerprint(mail.message) == kept.message_hash
    return SentMessage(mail.message, exact, mail.html, mail.text, mail.headers)


def evidence(desk: Desk, delivery_id: int) -> Evidence:
    """All that is known of a delivery in doubt, for a person to settle it. DeskError when there is no such delivery."""
    headers = dict(message(desk, delivery_id).headers)
    with desk.store.reading() as u:
        found, since = _delivery(u, delivery_id), person.moved_at(u, [delivery_id])[delivery_id]
        of = stored.campaign(u, found.campaign_id)
        back = person.happenings(u, [delivery_id], 20)
    words = [(one.at, " · ".join(part for part in (one.kind, one.subkind, one.reason) if part)) for one in back]
    return Evidence(found, since, of.transport if of else "", headers.get("Message-ID", ""), tuple(words))


def resend_warnings(desk: Desk, delivery_id: int) -> list[tuple[str, bool]]:
    """What speaks against sending again, each with whether it may be overridden."""
    with desk.store.reading() as u:
        return _warnings(u, desk, _delivery(u, delivery_id))


def resend(desk: Desk, delivery_id: int, reason: str, override: bool = False) -> SendReport:
    """Send one mail again, now, as a new campaign of one person through the same transport: new row, new Message-ID.

    DeskError when there is no reason, or something speaks against it that is not, or may not be, overridden.
    """
    reason = _reason(reason)
    with desk.store.unit() as u:
        shop_.must_not_be_moved(u)
        was = _delivery(u, delivery_id)
        warnings = _warnings(u, desk, was)
        against = [text for text, can in warnings if not (can and override)]
        if against:
            can = all(can for _, can in warnings)
            raise DeskError(against[0], "It can be overridden." if can else "It cannot be sent again.")
        of = stored.campaign(u, was.campaign_id)
        parts = stored.frozen(u, was.campaign_id)
        if of is None or parts is None or "compiled" not in parts:
            raise DeskError("What this mail was made of is not there any more.", "Send a new alert instead.")
        new = stored.NewCampaign(
            name=f"{of.name} (sent again)",
            event_ids=of.event_ids,
            template_id=of.template_id,
            template_name=of.template_name,
            version_id=of.version_id,
            transport=of.transport,
            frozen=parts | {"allow": [one.value for one in BOUNCES] if override else []},
            created_at=desk.now(),
            created_by=desk.actor.name,
            origin="resend",
        )
        campaign_id = stored.create(u, new)
        made = fanout.copy(u, delivery_id, campaign_id, desk.now())
        stored.go_live(u, campaign_id, desk.now())
        _record(u, desk, "mail sent again", delivery_id, reason, override=override, delivery=made)
        u.commit()
    return deliver(desk, campaign_id, CancelToken(), wait=False)


def settle(desk: Desk, delivery_id: int, outcome: str, reason: str) -> Delivery:
    """Settle a doubt: "sent", "failed", or "again" (queued once more; it may arrive twice)."""
    was = delivery(desk, delivery_id)
    if not settle_all(desk, [delivery_id], outcome, reason):
        raise DeskError(f"This delivery is {was.state.value}, not in doubt.", "Look at it again.")
    return delivery(desk, delivery_id)


def settle_all(
    desk: Desk,
    delivery_ids: Sequence[int],
    outcome: str,
    reason: str,
    token: CancelToken | None = None,
    progress: ProgressFn = no_progress,
) -> int:
    """Settle many doubts one way, each with its line in the audit trail; how many were.

    What is not in doubt any more, because evidence came meanwhile, is left as it is. Short transactions: stopping
    keeps those that were settled.
    """
    after = {"sent": S.SENT, "failed": S.FAILED, "again": S.QUEUED}.get(outcome)
    if after is None:
        raise DeskError(f"A doubt cannot be settled as “{outcome}”.", "Write sent, again or failed.")
    reason, done = _reason(reason), 0
    moulds: dict[int, Mould] = {}
    size = AT_ONCE if desk.store.dialect == "sqlite" else 1  # on PostgreSQL never wait for two batches at once
    for start in range(0, len(delivery_ids), size):
        if token is not None:
            token.check()
        done += _settle(desk, delivery_ids[start : start + size], outcome, after, reason, moulds)
        progress(Progress(min(start + size, len(delivery_ids)), len(delivery_ids), "Settling"))
    return done


def retry_failed(desk: Desk, campaign_id: int, reason: str, cause: str | None = None) -> int:
    """Queue a campaign's failed deliveries again, all or those of one cause; how many. Deliver it to send them.

    Short transactions; what fails again meanwhile is not taken once more.
    """
    reason, until = _reason(reason), desk.now()
    _finish_cancelling(desk, campaign_id)
    with desk.store.reading() as u:
        found = causes.failed(u, campaign_id, cause)
    if not found:
        raise DeskError("No delivery of this campaign failed.", "There is nothing to retry.")
    said: dict[str, object] = {"deliveries": found} | ({} if cause is None else {"cause": cause})
    subject = f"campaign {campaign_id}"
    looked = moved = 0
    while True:
        with desk.store.unit() as u:
            _wake(u, campaign_id)
            looked = causes.requeue_failed(u, campaign_id, cause, until, CHUNK, desk.now())
            if not looked:
                break
            if not moved:
                entry = AuditEntry(desk.now(), desk.actor.name, "failed queued again", subject, reason, said)
                staff.record(u, entry)
            u.commit()
        moved += looked
    return moved


def failed_cause(desk: Desk, campaign_id: int, words: str) -> str:
    """The one cause of failures that is meant by `words`: its own, a server's unmasked ones, or a part of them."""
    known = [one.words for one in campaigns.causes(desk, campaign_id) if one.state is S.FAILED]
    for meant in (words, cause_of(words)):
        if meant in known:
            return meant
    found = [one for one in known if words.casefold() in one.casefold()]
    if len(found) == 1:
        return found[0]
    hint = "There is: " + " | ".join(found or known) if known else "Nothing failed."
    raise DeskError(f"“{words}” is {'more than one cause' if found else 'no cause'} of failures here.", hint)


def _settle(desk: Desk, ids: Sequence[int], outcome: str, after: S, reason: str, moulds: dict[int, Mould]) -> int:
    """One transaction's worth."""
    kept = [kept_of(desk, id) for id in ids]
    of = sorted({one.campaign_id for one in kept})
    if after is S.QUEUED:
        for campaign_id in of:
            _finish_cancelling(desk, campaign_id)
    if after is S.SENT:
        moulds.update({id: mould_of(desk, id) for id in of if id not in moulds})
    settled = 0
    with desk.store.unit() as u:
        doubtful = [one for one in kept if _delivery(u, one.delivery_id).state is S.IN_DOUBT]
        if after is S.QUEUED:
            for campaign_id in sorted({one.campaign_id for one in doubtful}):
                _wake(u, campaign_id)
        for one in doubtful:
            if not amends.settle_by_hand(u, one.delivery_id, S.IN_DOUBT, after, reason, desk.now()):
                continue
            if after is S.SENT:
                mark_notified(u, {interest: event for event, interest in moulds[one.campaign_id].told(one)})
            _record(u, desk, f"doubt settled as {outcome}", one.delivery_id, reason)
            settled += 1
        u.commit()
    return settled


def _finish_cancelling(desk: Desk, campaign_id: int) -> None:
    """Before a cancelled campaign may wake for a few: everybody else it has queued is skipped, as the cancel meant."""
    if campaigns.campaign(desk, campaign_id).state is CampaignState.CANCELLED:
        campaigns.skip_rest(desk, campaign_id)


def _warnings(u: Unit, desk: Desk, was: Delivery) -> list[tuple[str, bool]]:
    someone = audience.subscriber(u, was.subscriber_id)
    if someone is None:
        return [(_WORDS[Exclusion.ERASED], False)]
    found: list[tuple[str, bool]] = []
    why = barred(someone.consent, someone.consent_confirmed, someone.suppressed)
    if someone.suppressed in BOUNCES and someone.consent is not ConsentState.UNSUBSCRIBED:
        found.append(("Mails to this address bounced.", True))
    elif someone.suppressed is SuppressionReason.COMPLAINT:
        found.append(("This person complained about a mail.", False))
    elif why is not None:
        found.append((_WORDS.get(why, "This person may not be mailed."), False))
    recent = timedelta(seconds=shop_.shop(u).cooldown_s)
    others = stored.deliveries_of(u, was.subscriber_id)
    sent = [one.sent_at for one in others if one.sent_at is not None]
    if sent and desk.now() - max(sent) < recent:
        minutes = int((desk.now() - max(sent)).total_seconds() // 60)
        ago = "less than a minute" if minutes < 1 else "1 minute" if minutes == 1 else f"{minutes} minutes"
        found.append((f"This person was mailed {ago} ago.", True))
    if was.state is S.IN_DOUBT:
        found.append(("Nobody knows whether this mail arrived: a second one may be a double.", True))
    if any(one.state in (S.QUEUED, S.CLAIMED, S.STARTED, S.DEFERRED) for one in others):
        found.append(("A mail to this person is on its way already.", True))
    return found


def _wake(u: Unit, campaign_id: int) -> None:
    """A finished or cancelled campaign in which something is about to be queued again runs again.

    Call it before the rows are moved: until the transaction ends nobody can call the campaign finished.
    """
    state = stored.hold(u, campaign_id)
    if state is CampaignState.CANCELLED and stored.tally(u, campaign_id).unfinished:
        raise DeskError("The last mails of this cancelled campaign are still on their way.", "Try again in a moment.")
    if state in (CampaignState.FINISHED, CampaignState.CANCELLED):
        stored.change_state(u, campaign_id, (state,), CampaignState.RUNNING)


def _delivery(u: Unit, delivery_id: int) -> Delivery:
    found = stored.delivery(u, delivery_id)
    if found is None:
        raise DeskError(f"There is no delivery {delivery_id}.", "Look at the person or the campaign again.")
    return found


def _reason(reason: str) -> str:
    if not reason.strip():
        raise DeskError("A reason is needed.", "Say in a few words why; it is kept in the audit trail.")
    return reason.strip()


def _record(u: Unit, desk: Desk, action: str, delivery_id: int, reason: str, **details: object) -> None:
    subject = f"delivery {delivery_id}"
    staff.record(u, AuditEntry(desk.now(), desk.actor.name, action, subject, reason, details))
