"""The second look at clicks: what their neighbours tell of man or machine, and the figures of clicks and links.

All clicks of a touched message are read again, so the result does not depend on the order they came in.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, or_, select

from restock_desk.domain.facts import CLICKED, proved
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, Who
from restock_desk.domain.machines import Visit, shared, swept, weigh
from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.messages import Message, messages
from restock_desk.store.rollups import Moves, among

PAGE = "page"
"""The subkind of a look at the unsubscribe page, kept as `other`: it counts nowhere, but tells on scanners."""

_NEAR = timedelta(seconds=60)
_SPAN = timedelta(minutes=10)
_MOST_NEIGHBOURS = 5_000


@dataclass(slots=True)
class _Click:
    """A click as it stands: its class, and the class it is in the rollups with ("" = it is not in them yet)."""

    visit: Visit
    link: int | None
    page: bool
    who: str
    was: str


def concerns(event: FeedbackEvent) -> bool:
    """Whether an event is one that this module looks at."""
    return event.kind is FeedbackKind.CLICKED or (event.kind is FeedbackKind.OTHER and event.subkind == PAGE)


def written(codes: Iterable[str]) -> str:
    """Codes as `feedback_event.subkind` keeps them: as many as there is room for."""
    text = ""
    for code in codes:
        if len(text) + len(code) < 20:
            text += f"+{code}" if text else code
    return text


def look_again(u: Unit, known: dict[int, Message], touched: Sequence[Message], before: int, moves: Moves) -> None:
    """Judge and count all clicks of `touched`. Rows up to id `before` are in the rollups already.

    Messages that turn out to share a network with them are added to `known`, which the caller saves.
    """
    if not touched:
        return
    ids = {message.id for message in touched}
    clicks = _clicks(u, ids, before)
    signals = shared([*(click.visit for click in clicks), *_neighbours(u, clicks, before)])
    more = _deliveries(u, signals) - ids
    if more:
        known.update(messages(u, more - known.keys()))
        clicks += _clicks(u, more, before)
    for id, codes in swept([click.visit for click in clicks]).items():
        signals[id] |= codes
    clicks = [click for click in clicks if not click.page]
    _judge(u, clicks, signals)
    by_message: dict[int, list[_Click]] = defaultdict(list)
    for click in clicks:
        by_message[click.visit.delivery_id].append(click)
    for id, group in by_message.items():
        _count(known[id], group, moves)


def _judge(u: Unit, clicks: list[_Click], signals: dict[int, set[str]]) -> None:
    changed = []
    for click in clicks:
        if new := signals.get(click.visit.id, set()) - set(click.visit.codes):
            verdict = weigh([*sorted(new), *click.visit.codes])
            click.who = Who.MACHINE.value if click.who == "machine" else verdict.who.value
            changed.append({"row": click.visit.id, "who": click.who, "subkind": written(verdict.codes)})
    if changed:
        table = schema.feedback_event
        statement = table.update().where(table.c.id == bindparam("row"))
        u.connection.execute(statement.values(who=bindparam("who"), subkind=bindparam("subkind")), changed)


def _count(message: Message, clicks: list[_Click], moves: Moves) -> None:
    message.seen &= ~int(CLICKED)
    for click in clicks:
        message.seen |= proved(FeedbackKind.CLICKED, "", Who(click.who))
        message.saw(FeedbackKind.CLICKED, click.visit.at)
    if not message.counts or message.cohort is None:
        return
    moves.add(message.campaign_id, message.cohort, "clicks_total", sum(not click.was for click in clicks))
    new = Counter((click.link, click.who) for click in clicks if click.link is not None)
    old = Counter((click.link, click.was) for click in clicks if click.link is not None and click.was)
    for link, who in new.keys() | old.keys():
        move = moves.links[message.campaign_id, link, who]
        move["n"] += new[link, who] - old[link, who]
        move["uniq"] += (new[link, who] > 0) - (old[link, who] > 0)


def _clicks(u: Unit, ids: set[int], before: int) -> list[_Click]:
    e = schema.feedback_event.c
    query = select(e.id, e.delivery_id, e.occurred_at, e.link, e.ip, e.kind, e.subkind, e.who).where(
        among(u, e.delivery_id, ids),
        or_(e.kind == "clicked", and_(e.kind == "other", e.subkind == PAGE)),
    )
    found = []
    for id, delivery_id, at, link, ip, kind, subkind, who in u.connection.execute(query):
        page = kind == "other"
        # A click whose link nobody told stands for itself; only the unsubscribe page has none.
        number = None if page else (-id if link is None else link)
        codes = () if page else tuple(code for code in subkind.split("+") if code)
        visit = Visit(id, delivery_id, at, number, ip, codes)
        found.append(_Click(visit, link, page, who, who if id <= before else ""))
    return found


def _neighbours(u: Unit, clicks: list[_Click], before: int) -> list[Visit]:
    """Clicks of other messages about the same time, when the new ones are close together and tell an address."""
    fresh = [click.visit for click in clicks if click.visit.id > before and click.visit.ip]
    if not fresh:
        return []
    first, last = min(visit.at for visit in fresh), max(visit.at for visit in fresh)
    if last - first > _SPAN:
        return []
    return _clicks_between(u, first - _NEAR, last + _NEAR, {click.visit.id for click in clicks})


def _clicks_between(u: Unit, first: datetime, last: datetime, without: set[int]) -> list[Visit]:
    e = schema.feedback_event.c
    query = (
        select(e.id, e.delivery_id, e.occurred_at, e.link, e.ip)
        .where(e.occurred_at.between(first, last), e.kind == "clicked", e.ip != "", e.delivery_id.is_not(None))
        .order_by(e.occurred_at)
        .limit(_MOST_NEIGHBOURS)
    )
    rows = u.connection.execute(query)
    return [Visit(id, delivery, at, link or 0, ip, ()) for id, delivery, at, link, ip in rows if id not in without]


def _deliveries(u: Unit, signals: dict[int, set[str]]) -> set[int]:
    if not signals:
        return set()
    e = schema.feedback_event.c
    return set(u.connection.scalars(select(e.delivery_id).where(among(u, e.id, signals.keys()))))
