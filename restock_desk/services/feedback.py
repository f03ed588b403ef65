"""What came back, taken in and reported. What visitors of our own web service do is in `visits`."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from restock_desk.domain import metrics, tokens
from restock_desk.domain.addresses import fold
from restock_desk.domain.facts import hour_of
from restock_desk.domain.feedback import (
    FeedbackEvent,
    FeedbackKind,
    IngestReport,
    LinkCount,
    ReportQuestion,
    Series,
    Stats,
)
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.rendering.identity import Identity
from restock_desk.services import sent_links
from restock_desk.services.desk import Desk
from restock_desk.store import Unit, feedback, keys, reports, staff
from restock_desk.store.messages import made, ordered_after
from restock_desk.store.shop import token_key

_PAUSE_S = 0.01
_BUCKETS = ("hour", "day", "week")


def ingest(desk: Desk, events: Sequence[FeedbackEvent], token: CancelToken | None = None) -> IngestReport:
    """Take events in, as often as they are told. Returns after the commit. Cancel stops between batches."""
    token = token or CancelToken()
    with desk.store.reading() as u:
        key = token_key(u)
    done = IngestReport()
    size = feedback.BATCH[desk.store.dialect]
    for start in range(0, len(events), size):
        if start and desk.store.dialect == "sqlite":
            token.wait(_PAUSE_S)  # lets other writers in
        token.check()
        with desk.store.unit() as u:
            batch = resolve(u, events[start : start + size], key)
            report = feedback.ingest(u, batch, desk.now())
            u.commit()
        done = IngestReport(
            done.accepted + report.accepted,
            done.unchanged + report.unchanged,
            done.unattributed + report.unattributed,
        )
    return done


def resolve(u: Unit, events: Sequence[FeedbackEvent], key: bytes) -> list[FeedbackEvent]:
    """The events with their deliveries found, from one of our tokens or from our Message-ID."""
    told = {_told(e.message_id)[1] for e in events if e.message_id and not e.token and not e.delivery_id}
    ours: dict[int, tuple[str, str]] = {}
    wanted = told - {0}
    for delivery_id, campaign_id, subscriber_id, address in made(u, wanted) if wanted else ():
        ours[delivery_id] = message_mark(key, campaign_id, subscriber_id), address
    return [_of_order(u, _resolved(event, key, ours)) for event in events]


def _told(message_id: str) -> tuple[str, int]:
    """The mark and the delivery that a Message-ID of ours says."""
    mark, _, number = message_id.partition("@")[0].lower().rpartition(".")
    return mark, int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0


def _resolved(event: FeedbackEvent, key: bytes, ours: dict[int, tuple[str, str]]) -> FeedbackEvent:
    """A token that does not verify names nobody, whatever else the event says; so does another person's Message-ID."""
    if not event.token:
        if event.delivery_id or not event.message_id:
            return event
        mark, delivery_id = _told(event.message_id)
        right, address = ours.get(delivery_id, ("", ""))
        known = bool(right) and mark == right and (not event.recipient or fold(event.recipient) == address)
        return replace(event, delivery_id=delivery_id if known else None)
    for purpose in tokens.PURPOSES:
        if found := tokens.read(key, purpose, event.token):
            link = found[1] if purpose == "click" and event.link is None else event.link
            return replace(event, delivery_id=found[0], link=link)
    return replace(event, delivery_id=None)


def _of_order(u: Unit, event: FeedbackEvent) -> FeedbackEvent:
    """An order that names no message is due to the newest one about what was bought, if there was one lately."""
    if event.kind is not FeedbackKind.ORDERED or event.delivery_id or event.token or event.occurred_at is None:
        return event
    if not event.sku or not (event.recipient or event.custom_id):
        return event
    found = ordered_after(u, event.sku, fold(event.recipient), event.custom_id, event.occurred_at)
    return replace(event, delivery_id=found)


def message_mark(key: bytes, campaign_id: int, subscriber_id: int) -> str:
    """What only the Message-ID of a campaign's mail to a person begins with."""
    return Identity(f"{campaign_id}|{subscriber_id}", key, datetime(1970, 1, 1, tzinfo=UTC)).digest("message")


def stats(desk: Desk, question: ReportQuestion) -> Stats:
    """Counts and rates by the names of the metrics page."""
    now = desk.now()
    with desk.store.reading() as u:
        counts = reports.counts(u, question)
        known = reports.delivered_known(u, question, now)
        newest = reports.newest_hour(u, question)
    notes: tuple[str, ...] = ()
    if newest is not None and newest >= hour_of(now - timedelta(hours=72)):
        notes = ("Some of these messages are younger than 72 hours: feedback is still arriving.",)
    return metrics.stats(counts, known, now, notes)


def series(desk: Desk, question: ReportQuestion) -> Series:
    """Counts by hour, day or week of the question's time zone, by the time messages were sent."""
    if question.bucket not in _BUCKETS:
        raise DeskError(f"Charts have no bucket “{question.bucket}”.", "Choose hour, day or week.")
    try:
        ZoneInfo(question.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise DeskError("This time zone is not known.", "Write one such as Europe/Paris.") from error
    with desk.store.reading() as u:
        buckets = reports.series(u, question)
        known = reports.delivered_known(u, question, desk.now())
    counts = {name: tuple(found[name] for _, found in buckets) for name in metrics.COUNTS}
    return Series(tuple(at for at, _ in buckets), question.bucket, counts, question.timezone, known)


def links(desk: Desk, campaign_id: int) -> list[LinkCount]:
    """The links of a campaign's mail, most clicked first, with the address as the template writes it.

    Those of its editions are one: a test shows no clicks by variant before it is over.
    """
    with desk.store.reading() as u:
        found = reports.links(u, campaign_id)
    places = sent_links.addresses(desk, campaign_id, [link.link for link in found]) if found else {}
    made: dict[object, LinkCount] = {}
    for link in found:
        place = places.get(link.link)
        before = made.get(place) if place is not None else None
        made[place or link.link] = replace(_both(before, link) if before else link, url=place.name if place else "")
    return sorted(made.values(), key=lambda link: (-link.messages, -link.human, link.link))


def _both(one: LinkCount, other: LinkCount) -> LinkCount:
    """The same place in two editions; nobody got both."""
    counts = {name: getattr(one, name) + getattr(other, name) for name in ("messages", "human", "machine", "unknown")}
    return replace(one, **counts)


def league(
    desk: Desk, question: ReportQuestion, by: str = "campaign", limit: int = 100
) -> list[tuple[int, str, Stats]]:
    """Campaigns, templates or products side by side: the `limit` with the most messages sent. All share one "of"."""
    now = desk.now()
    with desk.store.reading() as u:
        rows = reports.league(u, question, by, limit)
        known = reports.delivered_known(u, question, now)
    return [(id, name, metrics.stats(counts, known, now)) for id, name, counts in rows]


def new_ingestion_key(desk: Desk, source: str, entropy: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """A new key for a source that posts feedback. Told once; only its digest is kept. An older one stops working."""
    name = source.strip().lower()
    if not (0 < len(name) <= 40 and all(c.isascii() and (c.isalnum() or c in "-_") for c in name)) or name == "web":
        raise DeskError("This name cannot be used for a source.", "Use up to 40 letters, digits, - and _; not “web”.")
    key = f"rd_{entropy(24).hex()}"
    with desk.store.unit() as u:
        keys.save_ingestion_key(u, name, _digest(key), desk.now())
        staff.record(u, AuditEntry(desk.now(), desk.actor.name, "feedback.new_key", name))
        u.commit()
    return key


def source_of(desk: Desk, key: str) -> str | None:
    """Which source a presented ingestion key belongs to. Every known key is compared, in constant time."""
    digest, found = _digest(key), None
    with desk.store.reading() as u:
        for source, known in keys.ingestion_keys(u).items():
            if compare_digest(digest, known):
                found = source
    return found


def _digest(key: str) -> str:
    return sha256(key.encode("utf-8", "replace")).hexdigest()
