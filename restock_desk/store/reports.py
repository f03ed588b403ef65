"""What charts ask, answered from the rollups alone, never from events. Rates are made in `domain.metrics`."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Table, case, func, literal, select
from sqlalchemy.sql.selectable import FromClause

from restock_desk.domain.facts import MEASURES, hour_of
from restock_desk.domain.feedback import LinkCount, ReportQuestion
from restock_desk.domain.metrics import completed
from restock_desk.store import schema
from restock_desk.store.database import Unit

Counts = dict[str, int]

_HOUR = timedelta(hours=1)
_OLD_H = 72
"""Younger messages may still be waiting for their delivery reports."""

_hour, _all, _link = schema.rollup_hour, schema.rollup_all, schema.rollup_link


def counts(u: Unit, question: ReportQuestion) -> Counts:
    """All counts of the question, by the names of `domain.metrics.COUNTS`."""
    table = _table(question)
    row = u.connection.execute(_narrowed(select(*_sums(table)), table, question)).one()
    whole = question.since is None and question.until is None
    return completed(_named(row), _audience(u, question) if whole else None)


def delivered_known(u: Unit, question: ReportQuestion, now: datetime) -> bool:
    """Whether delivery reports cover the question's messages, so that rates may be "of delivered".

    They do not when none came at all, or when more than one message in twenty, older than three days, was sent by
    campaigns that never had one: then "of delivered" would set opens of all against deliveries of some.
    """
    c = _hour.c
    old = func.sum(case((c.hour < hour_of(now) - _OLD_H, c.sent), else_=0))
    each = select(func.sum(c.sent).label("sent"), old.label("old"), func.sum(c.delivered).label("delivered"))
    by = _narrowed(each, _hour, question).group_by(c.campaign_id).subquery().c
    silent = func.sum(case((by.delivered == 0, by.old), else_=0))
    row = u.connection.execute(select(func.sum(by.sent), silent, func.sum(by.delivered))).one()
    total, uncovered, delivered = (int(value or 0) for value in row)
    return delivered > 0 and uncovered * 20 <= total


def newest_hour(u: Unit, question: ReportQuestion) -> int | None:
    """The last hour in which messages of the question were sent."""
    table = _table(question)
    return _edge(u, func.max(table.c.hour), table, question)


def series(u: Unit, question: ReportQuestion) -> list[tuple[datetime, Counts]]:
    """Counts by hour, day or week of the question's time zone, from the first to the last bucket, none left out.

    The ledger itself says that nothing was sent in a bucket without rows, so its zeros are known ones.
    """
    table = _table(question)
    first, last = _range(u, table, question)
    if first is None or last is None:
        return []
    zone = ZoneInfo(question.timezone)
    bucket = _bucket(table.c.hour, question.bucket, _offsets(zone, first, last)).label("bucket")
    query = _narrowed(select(bucket, *_sums(table)), table, question).group_by("bucket")
    rows = {int(number): _named(sums) for number, *sums in u.connection.execute(query)}
    start, end = _number(first, zone, question.bucket), _number(last, zone, question.bucket)
    return [
        (_begin(number, zone, question.bucket), completed(rows.get(number, {}))) for number in range(start, end + 1)
    ]


def links(u: Unit, campaign_id: int) -> list[LinkCount]:
    """Clicks by link number, the most clicked by people first. Addresses are filled in by services."""
    rows = u.connection.execute(
        select(_link.c.link, _link.c.who, _link.c.n, _link.c.uniq).where(_link.c.campaign_id == campaign_id)
    )
    by_link: dict[int, dict[str, tuple[int, int]]] = {}
    for link, who, n, uniq in rows:
        by_link.setdefault(link, {})[who] = (int(n), int(uniq))
    none = (0, 0)
    found = [
        LinkCount(
            link,
            "",
            messages=by.get("human", none)[1],
            human=by.get("human", none)[0],
            machine=by.get("machine", none)[0],
            unknown=by.get("unknown", none)[0],
        )
        for link, by in by_link.items()
    ]
    return sorted(found, key=lambda link: (-link.messages, -link.human, link.link))


def league(u: Unit, question: ReportQuestion, by: str, limit: int) -> list[tuple[int, str, Counts]]:
    """The `limit` campaigns, templates or products (`by`) with the most messages sent, each with its counts."""
    source, group = _grouped(by)
    sums = _sums(_hour)
    query = _narrowed(select(group, *sums).select_from(source), _hour, question)
    query = query.group_by(group).order_by(sums[0].desc(), group.desc()).limit(limit)
    rows = {int(id): _named(found) for id, *found in u.connection.execute(query)}
    names = _names(u, by, list(rows))
    return [(id, names.get(id, ""), completed(found)) for id, found in rows.items()]


def _table(question: ReportQuestion) -> Table:
    narrowed = question.campaign_id or question.template_id or question.product_id
    return _hour if narrowed else _all


def _narrowed(query: "Select[*tuple[Any, ...]]", table: Table, question: ReportQuestion) -> "Select[*tuple[Any, ...]]":
    if question.since is not None:
        query = query.where(table.c.hour >= hour_of(question.since))
    if question.until is not None:
        query = query.where(table.c.hour < hour_of(question.until + _HOUR - timedelta(microseconds=1)))
    for condition in _scope(question, table.c.campaign_id if table is _hour else None):
        query = query.where(condition)
    return query


def _scope(question: ReportQuestion, column: ColumnElement[int] | None) -> Iterable[ColumnElement[bool]]:
    if column is None:
        return
    if question.campaign_id is not None:
        yield column == question.campaign_id
    if question.template_id is not None:
        yield column.in_(select(schema.campaign.c.id).where(schema.campaign.c.template_id == question.template_id))
    if question.product_id is not None:
        sends, events = schema.campaign_event.c, schema.restock_event.c
        yield column.in_(
            select(sends.campaign_id)
            .join_from(schema.campaign_event, schema.restock_event, sends.event_id == events.id)
            .where(events.product_id == question.product_id)
        )


def _audience(u: Unit, question: ReportQuestion) -> int:
    campaign = schema.campaign.c
    query = select(func.coalesce(func.sum(campaign.audience), 0)).where(campaign.origin != "test")
    for condition in _scope(question, campaign.id):
        query = query.where(condition)
    return int(u.connection.scalar(query) or 0)


def _sums(table: Table) -> list[ColumnElement[int]]:
    """The sum of every measure, in the order of MEASURES: messages sent come first."""
    return [func.sum(table.c[name]) for name in MEASURES]


def _named(sums: Sequence[Any]) -> Counts:
    return {name: int(value or 0) for name, value in zip(MEASURES, sums, strict=True)}


def _range(u: Unit, table: Table, question: ReportQuestion) -> tuple[int | None, int | None]:
    """First and last hour to show: the question's own ends, else those of the data."""
    first = hour_of(question.since) if question.since else _edge(u, func.min(table.c.hour), table, question)
    if question.until:
        return first, hour_of(question.until - timedelta(microseconds=1))
    return first, _edge(u, func.max(table.c.hour), table, question)


def _edge(u: Unit, which: ColumnElement[int], table: Table, question: ReportQuestion) -> int | None:
    found: int | None = u.connection.scalar(_narrowed(select(which), table, question))
    return found


def _offsets(zone: ZoneInfo, first: int, last: int) -> list[tuple[int, int]]:
    """(first hour, whole hours east of UTC) of each stretch with one offset. Half hours are rounded down."""
    found = [(first, _offset(zone, first))]
    for day in range(first + 24, last + 24, 24):
        if _offset(zone, day) != found[-1][1]:
            change = next(hour for hour in range(day - 23, day + 1) if _offset(zone, hour) != found[-1][1])
            found.append((change, _offset(zone, day)))
    return found


def _offset(zone: ZoneInfo, hour: int) -> int:
    shift = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone).utcoffset() or timedelta()
    return int(shift.total_seconds() // 3600)


def _bucket(hour: ColumnElement[int], bucket: str, offsets: Sequence[tuple[int, int]]) -> ColumnElement[int]:
    if bucket == "hour":
        return hour
    later = [(hour >= start, literal(offset)) for start, offset in reversed(offsets[1:])]
    local = hour + (case(*later, else_=offsets[0][1]) if later else literal(offsets[0][1]))
    day = local // 24
    return day if bucket == "day" else (day + 3) // 7


def _number(hour: int, zone: ZoneInfo, bucket: str) -> int:
    if bucket == "hour":
        return hour
    day = (hour + _offset(zone, hour)) // 24
    return day if bucket == "day" else (day + 3) // 7


def _begin(number: int, zone: ZoneInfo, bucket: str) -> datetime:
    """When a bucket begins, in UTC: midnight there, or the hour itself."""
    if bucket == "hour":
        return datetime.fromtimestamp(number * 3600, UTC)
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number if bucket == "day" else number * 7 - 3)
    return day.replace(tzinfo=zone).astimezone(UTC)


def _grouped(by: str) -> tuple[FromClause, ColumnElement[int]]:
    campaign, sends, events = schema.campaign, schema.campaign_event, schema.restock_event
    if by == "campaign":
        return _hour, _hour.c.campaign_id
    if by == "template":
        return _hour.join(campaign, campaign.c.id == _hour.c.campaign_id), campaign.c.template_id
    if by == "product":
        once = (
            select(sends.c.campaign_id, events.c.product_id)
            .join_from(sends, events, sends.c.event_id == events.c.id)
            .distinct()
            .subquery()
        )
        return _hour.join(once, once.c.campaign_id == _hour.c.campaign_id), once.c.product_id
    raise ValueError(f"no league by {by}")


def _names(u: Unit, by: str, ids: list[int]) -> dict[int, str]:
    events = schema.restock_event.c
    queries: dict[str, Select[Any]] = {
        "campaign": select(schema.campaign.c.id, schema.campaign.c.name).where(schema.campaign.c.id.in_(ids)),
        "template": select(schema.template.c.id, schema.template.c.name).where(schema.template.c.id.in_(ids)),
        "product": select(events.product_id, func.max(events.product_title))
        .where(events.product_id.in_(ids))
        .group_by(events.product_id),
    }
    return {int(id): name for id, name in u.connection.execute(queries[by])}
