"""People: the whole story of one of them, why somebody got nothing, and what staff may change."""

from collections.abc import Callable
from dataclasses import dataclass, field

from restock_desk.domain.audience import (
    ConsentEvent,
    ConsentState,
    Exclusion,
    Interest,
    InterestIn,
    Subscriber,
    SuppressionReason,
    TimelineEntry,
)
from restock_desk.domain.campaigns import Delivery
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.services.desk import Desk
from restock_desk.services.timeline import timeline
from restock_desk.store import Unit, campaigns, catalog, restocks, staff
from restock_desk.store import audience as people
from restock_desk.store import person as record

_WHY = {
    Exclusion.ERASED: "This person's data was erased on request.",
    Exclusion.SUPPRESSED: "This address is suppressed: {reason}.",
    Exclusion.UNSUBSCRIBED: "This person unsubscribed.",
    Exclusion.NO_CONSENT: "This person never agreed to mail, or never confirmed it.",
    Exclusion.NO_ADDRESS: "This person has no usable address.",
    Exclusion.ALREADY_ALERTED: "This person was already alerted about this restock.",
    Exclusion.BOUGHT: "This person has bought it already.",
    Exclusion.DUPLICATE_ADDRESS: "Another person with the same address gets the mail.",
    Exclusion.NOT_WAITING: "This person does not wait for it any more.",
    Exclusion.STOCK_GONE: "It is out of stock again.",
}


@dataclass(frozen=True)
class Person:
    """Everything on record about one person. An interest comes with product title, variant title and SKU."""

    subscriber: Subscriber
    consents: tuple[ConsentEvent, ...]
    interests: tuple[tuple[Interest, str, str, str], ...]
    deliveries: tuple[Delivery, ...]
    timeline: tuple[TimelineEntry, ...]
    campaign_names: dict[int, str] = field(default_factory=dict)
    editions: dict[int, str] = field(default_factory=dict)
    """Which variant and language a mail was, by its delivery; only where the campaign sent several."""


def find(desk: Desk, text: str) -> Subscriber:
    """The person with exactly this customer id or address."""
    with desk.store.reading() as u:
        found = people.find(u, text)
    if found is None:
        raise DeskError("Nobody has this customer id or address.", "Search for a part of it on the Audience page.")
    return found


def person_of(u: Unit, subscriber_id: int) -> Subscriber:
    """The person in this transaction."""
    found = people.subscriber(u, subscriber_id)
    if found is None:
        raise DeskError("This person is not there any more.", "Look at the list again.")
    return found


def person(desk: Desk, subscriber_id: int) -> Person:
    """The person view: consent, waits, mails, and the timeline of it all, newest first."""
    with desk.store.reading() as u:
        someone = person_of(u, subscriber_id)
        consents = tuple(people.consents_of(u, subscriber_id))
        waits = tuple(record.waits(u, subscriber_id))
        mails = tuple(campaigns.deliveries_of(u, subscriber_id))
        ids = [mail.id for mail in mails]
        of = list({mail.campaign_id for mail in mails})
        names, sent = record.campaign_names(u, of), record.editions(u, of)
        got = {one.id: sent[one.campaign_id].words(one.arm, one.locale) for one in mails if one.campaign_id in sent}
        lines = timeline(
            consents,
            waits,
            mails,
            (names, record.moved_at(u, ids), got),
            record.happenings(u, ids),
            restocks.events_of_variants(u, [wait.variant_id for wait, *_ in waits]),
            (someone, record.suppressed_at(u, someone.email_key)),
        )
    return Person(someone, consents, waits, mails, lines, names, got)


def why_not(desk: Desk, subscriber_id: int, event_id: int) -> str:
    """A sentence: why this person got or would get no mail about this restock, or that they would."""
    with desk.store.reading() as u:
        someone = person_of(u, subscriber_id)
        waits, reason = people.reason_for(u, (event_id,), subscriber_id)
        event = restocks.event(u, event_id)
        wanted = any(event and i.variant_id == event.variant_id for i in people.interests_of(u, subscriber_id))
    if not waits:
        return _WHY[Exclusion.NOT_WAITING] if wanted else "This person never asked to be told about it."
    if reason is None:
        return "Nothing stands in the way: this person gets the mail when a campaign for this restock is sent."
    words = (someone.suppressed or SuppressionReason.MANUAL).value.replace("_", " ")
    return _WHY[reason].format(reason=words)


def unsubscribe(desk: Desk, subscriber_id: int, reason: str) -> Subscriber:
    """This person wants no more mail."""
    return _consent(desk, subscriber_id, ConsentState.UNSUBSCRIBED, reason, "person.unsubscribed")


def resubscribe(desk: Desk, subscriber_id: int, reason: str) -> Subscriber:
    """This person wants mail again and said so. A complaint or a dead address still stands."""
    return _consent(desk, subscriber_id, ConsentState.SUBSCRIBED, reason, "person.subscribed")


def suppress(desk: Desk, subscriber_id: int, reason: str) -> Subscriber:
    """Bar this person's address from all mail."""

    def act(u: Unit, someone: Subscriber) -> None:
        source = f"staff:{desk.actor.name}"
        people.suppress(u, someone.email_key, SuppressionReason.MANUAL, source, desk.now())

    return _acted(desk, subscriber_id, "person.suppressed", reason, act)


def unsuppress(desk: Desk, subscriber_id: int, reason: str) -> Subscriber:
    """Lift the suppression of this person's address. Erasure is never lifted."""

    def act(u: Unit, someone: Subscriber) -> None:
        if someone.suppressed is SuppressionReason.ERASED:
            raise DeskError("This person's data was erased on request.", "That cannot be undone.")
        people.unsuppress(u, someone.email_key, desk.now())

    return _acted(desk, subscriber_id, "person.unsuppressed", reason, act)


def add_interest(desk: Desk, subscriber_id: int, sku: str) -> Interest:
    """This person asked staff to be told about a variant."""
    found: list[Interest] = []

    def act(u: Unit, someone: Subscriber) -> None:
        variant = catalog.variant_by_sku(u, sku)
        if variant is None:
            raise DeskError(f"There is no variant with the SKU {sku}.", "Look it up in the catalog.")
        told = InterestIn(variant.sku, email=someone.email, created_at=desk.now(), source=f"staff:{desk.actor.name}")
        if not someone.email:
            raise DeskError("This person has no address to write to.", "Nothing was changed.")
        change = people.add_interests(u, [told], desk.now())
        if change.rejected:
            raise DeskError(change.rejected[0].reason, "Nothing was changed.")
        found.extend(i for i in people.interests_of(u, someone.id) if i.variant_id == variant.id)

    _acted(desk, subscriber_id, "interest.added", "", act, sku=sku)
    return found[0]


def cancel_interest(desk: Desk, interest_id: int) -> bool:
    """This person waits no more for one variant. False if they did not wait."""
    now = desk.now()
    with desk.store.unit() as u:
        done = people.cancel_interest(u, interest_id, now)
        if done:
            staff.record(u, AuditEntry(now, desk.actor.name, "interest.cancelled", f"interest {interest_id}"))
        u.commit()
    return done


def save_subscriber(desk: Desk, subscriber: Subscriber) -> Subscriber:
    """Change names, locale, zone, customer id or attributes."""

    def act(u: Unit, _: Subscriber) -> None:
        owner = people.find(u, subscriber.custom_id) if subscriber.custom_id else None
        if owner is not None and owner.id != subscriber.id and owner.custom_id == subscriber.custom_id:
            raise DeskError("This customer id belongs to somebody else.", "Each id names one person.")
        people.save_subscriber(u, subscriber, desk.now())

    return _acted(desk, subscriber.id, "person.changed", "", act)


def _consent(desk: Desk, subscriber_id: int, state: ConsentState, reason: str, action: str) -> Subscriber:
    def act(u: Unit, someone: Subscriber) -> None:
        people.set_consent(u, someone.id, state, f"staff:{desk.actor.name}", desk.now(), reason)
        lift = someone.suppressed is SuppressionReason.UNSUBSCRIBE and state is ConsentState.SUBSCRIBED
        if lift:
            people.unsuppress(u, someone.email_key, desk.now())

    return _acted(desk, subscriber_id, action, reason, act)


def _acted(
    desk: Desk, subscriber_id: int, action: str, reason: str, act: Callable[[Unit, Subscriber], None], **told: object
) -> Subscriber:
    """Do `act` to a person with its line in the audit trail, in one transaction; the person afterwards."""
    with desk.store.unit() as u:
        act(u, person_of(u, subscriber_id))
        entry = AuditEntry(desk.now(), desk.actor.name, action, f"subscriber {subscriber_id}", reason, told)
        staff.record(u, entry)
        after = person_of(u, subscriber_id)
        u.commit()
    return after
