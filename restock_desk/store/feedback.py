"""The one way feedback comes in: every event kept once, its effects on message, person and figures in one transaction.

Reports are in `reports`, the arithmetic of the rollups in `rollups`, the second look at clicks in `clicks`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Date, LargeBinary, func, select, text

from restock_desk.domain.addresses import fold
from restock_desk.domain.facts import COUNTED_KINDS, ORDER_WITHIN_S, proved
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, IngestReport, Who
from restock_desk.domain.feedback_in import plain
from restock_desk.domain.machines import Verdict, judge
from restock_desk.store import clicks, effects, evidence, schema
from restock_desk.store.database import Unit
from restock_desk.store.messages import Message, addresses, messages, save
from restock_desk.store.rollups import Moves
from restock_desk.store.rollups import ledger_moved as ledger_moved
from restock_desk.store.rollups import rebuild_rollups as rebuild_rollups

BATCH = {"sqlite": 250, "postgresql": 1_000}
"""How many events one transaction should take: fast enough for bulk, short enough for SQLite's other writers."""

_TIMELESS = date(1970, 1, 1)
"""The day of events that tell no time. Never the day of arrival, else a repeat would count twice."""

_JUDGED = frozenset({FeedbackKind.OPENED, FeedbackKind.CLICKED})
_UNJUDGED = Verdict(Who.UNKNOWN)
_COLUMNS = (
    *("day", "source", "event_key", "kind", "subkind", "who", "occurred_at", "received_at", "delivery_id"),
    *("campaign_id", "link", "recipient", "reason", "user_agent", "ip"),
)
_Identity = tuple[date, str, bytes]


@dataclass(frozen=True, slots=True)
class _Arrival:
    event: FeedbackEvent
    message: Message | None
    verdict: Verdict


def ingest(u: Unit, events: Sequence[FeedbackEvent], now: datetime) -> IngestReport:
    """Take events in, in any order and any number of times; a repeat changes nothing. About BATCH at once.

    Only an event that names a message we handed over, and its recipient if it tells one, has effects; others are kept
    unattributed. `delivery_id` must be resolved already. The caller commits.
    """
    if not u.sqlite:
        u.connection.execute(text("select pg_advisory_xact_lock(5262419)"))  # one ingest at a time: no deadlocks
    given: dict[_Identity, FeedbackEvent] = {}
    for event in events:
        given.setdefault(_identity(event), event)
    known = messages(u, {event.delivery_id for event in given.values() if event.delivery_id})
    arrivals = _attributed(u, given, known)
    before = u.connection.scalar(select(func.max(schema.feedback_event.c.id))) or 0
    if arrivals:
        _insert(u, arrivals, now)
    fresh = [arrivals[identity] for identity in _written_after(u, before)]
    moves = Moves()
    proved = evidence.settle([(a.event.kind, a.message) for a in fresh if a.message], moves, now)
    for arrival in fresh:
        _count(arrival, moves)
    clicks.look_again(u, known, [a.message for a in fresh if a.message and clicks.concerns(a.event)], before, moves)
    save(u, known.values(), moves)
    moves.apply(u)
    effects.answer(u, proved)  # after the figures, as in the send loop: two writers must not wait for each other
    effects.act(u, [(a.event, a.message) for a in fresh if a.message], now)
    unattributed = sum(arrival.message is None for arrival in fresh)
    return IngestReport(len(fresh), len(events) - len(fresh), unattributed)


def _identity(event: FeedbackEvent) -> _Identity:
    day = event.occurred_at.astimezone(UTC).date() if event.occurred_at else _TIMELESS
    return day, plain(event.source, 40), blake2b(event.key.encode("utf-8", "replace"), digest_size=16).digest()


def _attributed(u: Unit, given: dict[_Identity, FeedbackEvent], known: dict[int, Message]) -> dict[_Identity, _Arrival]:
    told = {e.delivery_id for e in given.values() if e.recipient and e.delivery_id in known}
    recipients = addresses(u, [id for id in told if id is not None])
    arrivals = {}
    for identity, event in given.items():
        message = known.get(event.delivery_id or 0)
        if message is not None and not _is_about(event, message, recipients.get(message.id, "")):
            message = None
        verdict = judge(event, message.left_at if message else None) if event.kind in _JUDGED else _UNJUDGED
        arrivals[identity] = _Arrival(event, message, verdict)
    return arrivals


def _is_about(event: FeedbackEvent, message: Message, recipient: str) -> bool:
    """Whether this can have happened to the message: it left, to that address, and soon enough before an order."""
    if not message.handed_over or (event.recipient and recipient != fold(event.recipient)):
        return False
    if event.kind is not FeedbackKind.ORDERED:
        return True
    left = message.left_at
    after = (event.occurred_at - left).total_seconds() if event.occurred_at and left else -1.0
    return 0 <= after <= ORDER_WITHIN_S


def _insert(u: Unit, arrivals: dict[_Identity, _Arrival], now: datetime) -> None:
    marks, received = ", ".join(["?" if u.sqlite else "%s"] * len(_COLUMNS)), schema.micros(now)
    u.connection.exec_driver_sql(
        f"""insert into feedback_event ({", ".join(_COLUMNS)}) values ({marks})
        on conflict (day, source, event_key) do nothing""",
        [_row(u, identity, arrival, received) for identity, arrival in arrivals.items()],
    )


def _row(u: Unit, identity: _Identity, arrival: _Arrival, received: int) -> tuple[Any, ...]:
    """One row in the driver's own types, in the order of _COLUMNS."""
    event, message = arrival.event, arrival.message
    day, source, key = identity
    judged = event.kind in _JUDGED
    reason = f"{event.smtp_code} {event.reason}".strip() or event.sku or ("" if event.link is not None else event.url)
    return (
        day.isoformat() if u.sqlite else day,
        source,
        key,
        event.kind.value,
        clicks.written(arrival.verdict.codes) if judged else plain(event.subkind, 20),
        arrival.verdict.who.value,
        schema.micros(event.occurred_at) if event.occurred_at else received,
        received,
        message.id if message else None,
        message.campaign_id if message else None,
        event.link,
        "" if message or event.kind is FeedbackKind.ORDERED else plain(event.recipient, 320),
        plain(reason, 500),
        plain(event.user_agent, 300),
        plain(event.ip, 45),
    )


def _written_after(u: Unit, before: int) -> Iterable[_Identity]:
    # Without NOT INDEXED SQLite may, after ANALYZE, walk a whole index instead of the few newest rows.
    hint = "not indexed" if u.sqlite else ""
    query = text(f"select day, source, event_key from feedback_event {hint} where id > :before order by id").columns(
        day=Date, source=schema.feedback_event.c.source.type, event_key=LargeBinary
    )
    rows = u.connection.execute(query, {"before": before}).all()
    return [(day, source, bytes(key)) for day, source, key in rows]


def _count(arrival: _Arrival, moves: Moves) -> None:
    event, message = arrival.event, arrival.message
    if message is None or event.kind not in COUNTED_KINDS | {FeedbackKind.ORDERED}:
        return
    if event.kind is FeedbackKind.CLICKED:
        return  # counted when their neighbours are known
    message.seen |= proved(event.kind, event.subkind, arrival.verdict.who)
    if event.occurred_at is not None:
        message.saw(event.kind, event.occurred_at)
    if event.kind is FeedbackKind.OPENED and message.counts and message.cohort is not None:
        moves.add(message.campaign_id, message.cohort, "opens_total")
