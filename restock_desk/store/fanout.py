"""Deliveries of a new campaign, written set-based from the people who wait. Who is eligible is decided in `audience`.

One row per person: whatever they wait for among the campaign's events rides in it. The texts run on both dialects.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update

from restock_desk.store import schema
from restock_desk.store.database import Unit

BATCH = 500
"""Recipients of one send batch: what one lease covers."""

_c = schema.campaign.c

_ROWS = f"""insert into delivery (campaign_id, subscriber_id, batch_no, state, fence, attempts, state_at, arm)
select :campaign, s.id, :base + (row_number() over (order by s.id) - 1) / {BATCH}, 'queued', 0, 0, :now, {{arm}}
from {{listed}} {{wanted}}
on conflict (campaign_id, subscriber_id) do nothing"""

_OPEN = """ and i.state = 'waiting' and i.ordered_at is null and coalesce(i.notified_event_id, 0) <> e.id
  and not exists (select 1 from delivery o join campaign_event oe on oe.campaign_id = o.campaign_id
      join campaign oc on oc.id = o.campaign_id
    where oe.event_id = e.id and o.subscriber_id = i.subscriber_id and o.campaign_id <> :campaign
      and o.state not in ('skipped','failed') and oc.origin <> 'test')"""
"""Of an interest `i` in an event `e`: nobody was told yet, and nobody is about to be."""

_WANTED = f""" and exists (select 1 from interest i join restock_event e on e.variant_id = i.variant_id
    join campaign_event ce on ce.event_id = e.id and ce.campaign_id = :campaign
  where i.subscriber_id = s.id {_OPEN})"""

_BATCHES = """insert into send_batch (campaign_id, batch_no, state, fence, n_queued)
select campaign_id, batch_no, 0, 0, count(*) from delivery
where campaign_id = :campaign and batch_no >= :base and state in ('queued','claimed','started','deferred')
group by campaign_id, batch_no
on conflict (campaign_id, batch_no) do nothing"""

_ISO = {
    "sqlite": """strftime('%Y-%m-%dT%H:%M:%S', i.created_at / 1000000, 'unixepoch')
        || printf('.%06d+00:00', i.created_at % 1000000)""",
    "postgresql": """to_char(to_timestamp(i.created_at / 1000000) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
        || '.' || lpad((i.created_at % 1000000)::text, 6, '0') || '+00:00'""",
}
_LISTED = {
    "sqlite": "subscriber s where s.id in (select value from json_each(:ids))",
    "postgresql": "subscriber s where s.id = any(cast(:ids as bigint[]))",
}
_DIVIDED = {
    "sqlite": """(select value as id, json_extract(:arms, '$[' || key || ']') as arm from json_each(:ids)) l
      join subscriber s on s.id = l.id where true""",
    "postgresql": """unnest(cast(:ids as bigint[]), cast(:arms as smallint[])) as l (id, arm)
      join subscriber s on s.id = l.id where true""",
}
"""The same for the arms of a test: each person with theirs."""
_OBJECT = {"sqlite": "json_object", "postgresql": "json_build_object"}
_ARRAY = {"sqlite": "json_group_array", "postgresql": "json_agg"}
_ATTRIBUTES = {"sqlite": "json(coalesce(s.attributes, '{}'))", "postgresql": "coalesce(s.attributes, '{}'::json)"}

_PAYLOADS = """insert into delivery_payload (delivery_id, email, person, event_ids, interests)
select d.id, s.email,
  {object}('email', s.email, 'custom_id', coalesce(s.custom_id, ''), 'first_name', s.first_name,
    'last_name', s.last_name, 'locale', s.locale, 'timezone', s.timezone, 'attributes', {attributes}),
  (select {array}(e.id) from campaign_event ce join restock_event e on e.id = ce.event_id
     join interest i on i.variant_id = e.variant_id
   where ce.campaign_id = :campaign and i.subscriber_id = s.id {opened}),
  (select {array}({object}('id', i.id, 'variant_id', i.variant_id, 'created_at', {iso}, 'source', i.source))
   from campaign_event ce join restock_event e on e.id = ce.event_id join interest i on i.variant_id = e.variant_id
   where ce.campaign_id = :campaign and i.subscriber_id = s.id {opened})
from delivery d join subscriber s on s.id = d.subscriber_id
where d.campaign_id = :campaign and d.batch_no >= :base and d.state in ('queued','claimed','started','deferred')"""


def lock_events(u: Unit, event_ids: Sequence[int]) -> None:
    """Let launches about the same events happen one after the other (on SQLite all writers do)."""
    if not u.sqlite:
        e = schema.restock_event.c
        u.connection.execute(select(e.id).where(e.id.in_(event_ids)).order_by(e.id).with_for_update()).all()


def add(
    u: Unit,
    campaign_id: int,
    subscriber_ids: Sequence[int],
    now: datetime,
    waiting: bool = True,
    arms: Sequence[int] = (),
) -> int:
    """Queue a delivery for each of these people (ascending, above all that were added before); how many were new.

    Only those who still wait and have no other delivery about the same restock get one, so a second launch finds
    nobody. `waiting` False = whoever it is, for a mail sent again. `arms` = each person's in a test; none = all 0.
    """
    if not subscriber_ids:
        return 0
    base = _next_batch(u, campaign_id)
    listed = {"ids": list(subscriber_ids)} | ({"arms": list(arms)} if arms else {})
    given = {name: json.dumps(values) for name, values in listed.items()} if u.sqlite else listed
    here = {"campaign": campaign_id, "base": base}
    people, arm = (_DIVIDED, "l.arm") if arms else (_LISTED, "0")
    rows = _ROWS.format(listed=people[u.dialect], wanted=_WANTED if waiting else "", arm=arm)
    done = u.connection.execute(text(rows), {**here, "now": schema.micros(now), **given})
    payloads = _PAYLOADS.format(
        object=_OBJECT[u.dialect],
        array=_ARRAY[u.dialect],
        attributes=_ATTRIBUTES[u.dialect],
        iso=_ISO[u.dialect],
        opened=_OPEN if waiting else "",
    )
    u.connection.execute(text(payloads), here)
    u.connection.execute(text(_BATCHES), here)
    u.connection.execute(update(schema.campaign).where(_c.id == campaign_id).values(fanout_cursor=subscriber_ids[-1]))
    return done.rowcount


def copy(u: Unit, delivery_id: int, campaign_id: int, now: datetime) -> int:
    """A delivery of `campaign_id` with the same payload as an earlier one, for a mail sent again; its id."""
    values = {"of": delivery_id, "campaign": campaign_id, "now": schema.micros(now)}
    made = u.connection.scalar(
        text(
            """insert into delivery (campaign_id, subscriber_id, batch_no, state, fence, attempts, state_at, arm)
            select :campaign, subscriber_id, 0, 'queued', 0, 0, :now, arm from delivery where id = :of returning id"""
        ),
        values,
    )
    u.connection.execute(
        text(
            """insert into delivery_payload (delivery_id, email, person, event_ids, interests)
            select :id, email, person, event_ids, interests from delivery_payload where delivery_id = :of"""
        ),
        {"of": delivery_id, "id": made},
    )
    u.connection.execute(text(_BATCHES), {"campaign": campaign_id, "base": 0})
    assert made is not None
    return int(made)


def cursor(u: Unit, campaign_id: int) -> int:
    """The last subscriber the fan-out has looked at: where an interrupted launch goes on."""
    return int(u.connection.scalar(select(_c.fanout_cursor).where(_c.id == campaign_id)) or 0)


def _next_batch(u: Unit, campaign_id: int) -> int:
    b = schema.send_batch.c
    query = select(b.batch_no).where(b.campaign_id == campaign_id).order_by(b.batch_no.desc()).limit(1)
    last = u.connection.scalar(query)
    return 0 if last is None else int(last) + 1
