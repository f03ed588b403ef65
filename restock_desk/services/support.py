"""What support does with one delivery: see the mail as it was sent, send it again, settle a doubt, retry what failed.

Every act needs a reason and is in the audit trail, in the same transaction.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from restock_desk.domain.audience import ConsentState, Exclusion, SuppressionReason, barred
from restock_desk.domain.campaigns import CampaignState, Delivery, DeliveryState, SendReport
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services.delivery import deliver
from restock_desk.services.desk import Desk
from restock_desk.services.rendered import kept_of, mould_of
from restock_desk.store import audience, fanout, ledger, staff
from restock_desk.store import campaigns as stored
from restock_desk.store import shop as shop_
from restock_desk.store.database import Unit
from restock_desk.store.interests import mark_notified

S = DeliveryState
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
    mould = mould_of(desk, kept.campaign_id)
    mail = mould.mail(kept, mould.identity(kept.delivery_id, kept.subscriber_id, kept.started_at))
    exact = hashlib.sha256(mail.message).hexdigest() == kept.message_hash
    return SentMessage(mail.message, exact, mail.html, mail.text, mail.headers)


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
    after = {"sent": S.SENT, "failed": S.FAILED, "again": S.QUEUED}.get(outcome)
    if after is None:
        raise DeskError(f"A doubt cannot be settled as “{outcome}”.", "Write sent, again or failed.")
    reason = _reason(reason)
    told: tuple[tuple[int, int], ...] = ()
    if after is S.SENT:
        kept = kept_of(desk, delivery_id)
        told = mould_of(desk, kept.campaign_id).told(kept)
    with desk.store.unit() as u:
        was = _delivery(u, delivery_id)
        if not ledger.settle_by_hand(u, delivery_id, S.IN_DOUBT, after, reason, desk.now()):
            raise DeskError(f"This delivery is {was.state.value}, not in doubt.", "Look at it again.")
        mark_notified(u, {interest: event for event, interest in told})
        if after is S.QUEUED:
            _wake(u, was.campaign_id)
        _record(u, desk, f"doubt settled as {outcome}", delivery_id, reason)
        found = _delivery(u, delivery_id)
        u.commit()
    return found


def retry_failed(desk: Desk, campaign_id: int, reason: str) -> int:
    """Queue a campaign's failed deliveries again; how many. Deliver the campaign to send them."""
    reason = _reason(reason)
    with desk.store.unit() as u:
        ids = stored.delivery_ids(u, campaign_id, S.FAILED)
        moved = sum(ledger.settle_by_hand(u, id, S.FAILED, S.QUEUED, "", desk.now()) for id in ids)
        if moved:
            _wake(u, campaign_id)
        entry = {"deliveries": moved}
        subject = f"campaign {campaign_id}"
        staff.record(u, AuditEntry(desk.now(), desk.actor.name, "failed queued again", subject, reason, dict(entry)))
        u.commit()
    if not moved:
        raise DeskError("No delivery of this campaign failed.", "There is nothing to retry.")
    return moved


def _warnings(u: Unit, desk: Desk, was: Delivery) -> list[tuple[str, bool]]:
    person = audience.subscriber(u, was.subscriber_id)
    if person is None:
        return [(_WORDS[Exclusion.ERASED], False)]
    found: list[tuple[str, bool]] = []
    why = barred(person.consent, person.consent_confirmed, person.suppressed)
    if person.suppressed in BOUNCES and person.consent is not ConsentState.UNSUBSCRIBED:
        found.append(("Mails to this address bounced.", True))
    elif person.suppressed is SuppressionReason.COMPLAINT:
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
    """A finished campaign with something queued again runs again."""
    stored.change_state(u, campaign_id, (CampaignState.FINISHED, CampaignState.CANCELLED), CampaignState.RUNNING)


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
