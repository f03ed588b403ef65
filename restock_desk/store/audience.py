"""People: finding them, their consent and suppression. Who gets an alert is in `reach`, what they wait for in
`interests`, taking them in from files in `audience_in`; all are reached through this module."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import or_, select, update

from restock_desk.domain.addresses import fold
from restock_desk.domain.audience import ConsentEvent, ConsentState, Subscriber, SuppressionReason
from restock_desk.domain.consent import graver
from restock_desk.store import schema, search
from restock_desk.store.audience_in import PeopleChange, upsert_subscribers, write_suppressions
from restock_desk.store.database import Unit
from restock_desk.store.interests import (
    InterestChange,
    add_interests,
    cancel_interest,
    interest,
    interests_of,
    mark_notified,
    unpark,
)
from restock_desk.store.people import person, subscribers
from restock_desk.store.reach import (
    Eligible,
    audience,
    eligible,
    eligible_ids,
    exclusions,
    locales,
    reason_for,
    stamp,
    waiting_people,
)
from restock_desk.store.schema import micros

__all__ = [
    "Eligible",
    "InterestChange",
    "PeopleChange",
    "add_interests",
    "audience",
    "cancel_interest",
    "consents_of",
    "eligible",
    "eligible_ids",
    "exclusions",
    "find",
    "interest",
    "interests_of",
    "locales",
    "mark_notified",
    "reason_for",
    "save_subscriber",
    "set_consent",
    "stamp",
    "subscriber",
    "subscribers",
    "suppress",
    "suppression_of",
    "unpark",
    "unsuppress",
    "upsert_subscribers",
    "waiting_people",
]


def subscriber(u: Unit, subscriber_id: int) -> Subscriber | None:
    """The person, or None."""
    return next(iter(subscribers(u, [subscriber_id])), None)


def find(u: Unit, text: str) -> Subscriber | None:
    """The person with exactly this customer id or address; the id goes first."""
    s = schema.subscriber
    told = text.strip()
    if not told:  # erased people have neither
        return None
    rows = u.connection.execute(select(s).where(or_(s.c.custom_id == told, s.c.email_key == fold(told)))).all()
    rows = sorted(rows, key=lambda row: row.custom_id != told)
    return person(rows[0]) if rows else None


def save_subscriber(u: Unit, edited: Subscriber, now: datetime) -> bool:
    """Change what people edit of a person: names, locale, zone, customer id, attributes. False if they are gone."""
    s = schema.subscriber
    done = u.connection.execute(
        update(s)
        .where(s.c.id == edited.id)
        .values(
            first_name=edited.first_name, last_name=edited.last_name, locale=edited.locale, timezone=edited.timezone,
            custom_id=edited.custom_id or None, attributes=edited.attributes, updated_at=now,
        )
    )  # fmt: skip
    search.index_subscribers(u, [edited.id])
    return bool(done.rowcount)


def set_consent(
    u: Unit, subscriber_id: int, state: ConsentState, source: str, now: datetime, wording: str = ""
) -> bool:
    """What this person says now, by their own act or a colleague's; False if it was so already, or nobody is there.

    A “no” that only a file told before counts from now on: an opt-in from between the two does not lift it.
    """
    s, e = schema.subscriber, schema.consent_event
    row = u.connection.execute(select(s).where(s.c.id == subscriber_id).with_for_update()).one_or_none()
    confirmed = state is not ConsentState.PENDING
    if row is None:
        return False
    again = state is ConsentState.UNSUBSCRIBED and row.consent_source != source
    if row.consent == state.value and row.consent_confirmed == confirmed and not again:
        return False
    kept = u.connection.scalar(
        select(e.c.id).where(e.c.subscriber_id == row.id, e.c.state == row.consent, e.c.source == row.consent_source,
                             e.c.at.is_not_distinct_from(row.consent_at)).limit(1)
    )  # fmt: skip
    if row.consent != ConsentState.UNSTATED.value and kept is None:
        _keep(u, row.id, row.consent, row.consent_at, row.consent_source, "", now)
    _keep(u, row.id, state.value, now, source, wording, now)
    values = {"consent": state.value, "consent_confirmed": confirmed, "consent_at": now, "consent_source": source}
    u.connection.execute(update(s).where(s.c.id == row.id).values(values | {"updated_at": now}))
    return True


def consents_of(u: Unit, subscriber_id: int) -> list[ConsentEvent]:
    """Every statement this person ever made or that was made about them, newest first."""
    s, e = schema.subscriber, schema.consent_event
    lines = u.connection.execute(select(e).where(e.c.subscriber_id == subscriber_id).order_by(e.c.id.desc()))
    told = [ConsentEvent(line.at, ConsentState(line.state), line.source, line.wording) for line in lines]
    row = u.connection.execute(select(s).where(s.c.id == subscriber_id)).one_or_none()
    if row is not None and row.consent != ConsentState.UNSTATED.value:
        now = ConsentEvent(row.consent_at, ConsentState(row.consent), row.consent_source)
        if not any(replace(one, wording="") == now for one in told):
            told.insert(0, now)
    return told


def suppress(u: Unit, email_key: str, reason: SuppressionReason, source: str, now: datetime) -> bool:
    """Bar an address from all mail. A lighter reason never replaces a graver one; False if nothing changed."""
    held = suppression_of(u, email_key)
    if graver(held, reason) is held:
        return False
    write_suppressions(u, [(email_key, reason.value, source)], micros(now))
    _mirror(u, email_key, reason.value, now)
    return True


def unsuppress(u: Unit, email_key: str, now: datetime) -> SuppressionReason | None:
    """Lift a suppression, by a person's decision only; the reason that stood, or None."""
    held = suppression_of(u, email_key)
    if held is not None:
        t = schema.suppression
        u.connection.execute(t.delete().where(t.c.email_key == email_key))
        _mirror(u, email_key, None, now)
    return held


def suppression_of(u: Unit, email_key: str) -> SuppressionReason | None:
    """Why this address is barred, or None."""
    t = schema.suppression.c
    held = u.connection.scalar(select(t.reason).where(t.email_key == email_key).with_for_update())
    return SuppressionReason(held) if held else None


def _mirror(u: Unit, email_key: str, reason: str | None, now: datetime) -> None:
    s = schema.subscriber
    u.connection.execute(update(s).where(s.c.email_key == email_key).values(suppressed=reason, updated_at=now))


def _keep(u: Unit, person: int, state: str, at: datetime | None, source: str, wording: str, now: datetime) -> None:
    values = {"subscriber_id": person, "at": at, "recorded_at": now, "state": state, "source": source}
    u.connection.execute(schema.consent_event.insert().values(values | {"wording": wording}))
