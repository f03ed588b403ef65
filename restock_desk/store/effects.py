"""What feedback does to people: suppression and consent. Called by `feedback` with attributed events only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from restock_desk.domain.audience import ConsentState, SuppressionReason
from restock_desk.domain.facts import three_in_a_month
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind
from restock_desk.store import audience, interests, schema
from restock_desk.store.database import Unit
from restock_desk.store.messages import Message, addresses
from restock_desk.store.rollups import among

_ACTING = frozenset({FeedbackKind.BOUNCED, FeedbackKind.COMPLAINED, FeedbackKind.UNSUBSCRIBED, FeedbackKind.REJECTED})


def act(u: Unit, arrivals: Sequence[tuple[FeedbackEvent, Message]], now: datetime) -> None:
    """Suppress whom a bounce, complaint or unsubscribe is about: the address the mail was made for.

    A provider's `rejected` repeats old news and suppresses only an address that cannot exist.
    """
    acting = [(event, message) for event, message in arrivals if event.kind in _ACTING]
    if not acting:
        return
    keys = addresses(u, {message.id for _, message in acting})
    for event, message in acting:
        reason = _reason(u, event, message)
        source = f"feedback:{event.source}"
        if event.kind is FeedbackKind.UNSUBSCRIBED:
            audience.set_consent(u, message.subscriber_id, ConsentState.UNSUBSCRIBED, source, now)
        if reason is not None and message.id in keys:
            audience.suppress(u, keys[message.id], reason, source, now)


def answer(u: Unit, sent: Sequence[Message]) -> None:
    """Mark what mails that proved sent told people of as answered, as the send loop does when it knows at once."""
    if not sent:
        return
    p, e = schema.delivery_payload.c, schema.restock_event.c
    payloads = u.connection.execute(
        select(p.event_ids, p.interests).where(among(u, p.delivery_id, [message.id for message in sent]))
    ).all()
    events = {int(id) for row in payloads for id in row.event_ids}
    variants = dict(u.connection.execute(select(e.variant_id, e.id).where(among(u, e.id, events))).all())
    told = (interest for row in payloads for interest in row.interests)
    interests.mark_notified(
        u, {int(i["id"]): variants[i["variant_id"]] for i in told if i.get("variant_id") in variants}
    )


def _reason(u: Unit, event: FeedbackEvent, message: Message) -> SuppressionReason | None:
    match event.kind:
        case FeedbackKind.COMPLAINED:
            return SuppressionReason.COMPLAINT
        case FeedbackKind.UNSUBSCRIBED:
            return SuppressionReason.UNSUBSCRIBE
        case FeedbackKind.BOUNCED if event.subkind == "hard":
            return SuppressionReason.HARD_BOUNCE
        case FeedbackKind.BOUNCED if _bounces_softly(u, message.subscriber_id):
            return SuppressionReason.SOFT_BOUNCES
        case FeedbackKind.REJECTED if event.subkind == "invalid_address":
            return SuppressionReason.HARD_BOUNCE
    return None


def _bounces_softly(u: Unit, subscriber_id: int) -> bool:
    """Whether three different mails to this person bounced softly within thirty days."""
    e, d = schema.feedback_event.c, schema.delivery.c
    query = (
        select(e.delivery_id, e.occurred_at)
        .join_from(schema.delivery, schema.feedback_event, e.delivery_id == d.id)
        .where(d.subscriber_id == subscriber_id, e.kind == "bounced", e.subkind != "hard")
    )
    first: dict[int, datetime] = {}
    for delivery_id, at in u.connection.execute(query):
        first[delivery_id] = min(at, first.get(delivery_id, at))
    return three_in_a_month(list(first.values()))
