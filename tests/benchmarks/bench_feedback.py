"""Charts over ten million feedback events, and taking more in on top of them. SQLite, in a temporary folder.

Rows are made by SQL, the rollups by `rebuild_rollups`. `--events N` makes another number; `--keep FILE` keeps the file.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import text

from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, ReportQuestion
from restock_desk.store import Store, open_store, reports, upgrade
from restock_desk.store.feedback import BATCH as BATCHES
from restock_desk.store.feedback import ingest, rebuild_rollups
from restock_desk.store.schema import micros

CAMPAIGNS, PRODUCTS, TEMPLATES, DAYS = 2_000, 300, 12, 365
END = datetime(2026, 3, 1, tzinfo=UTC)
BEGIN = END - timedelta(days=DAYS)
AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
GOAL_MS = 100.0
BATCH = BATCHES["sqlite"]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=int, default=10_000_000)
    options.add_argument("--keep", type=Path)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{asked.keep or Path(folder) / 'bench.db'}")
        build(store, asked.events)
        ask(store)
        take_in(store, asked.events // 10)
        ask(store)
        store.close()


def build(store: Store, events: int) -> None:
    """A year of campaigns with a tenth as many deliveries as events."""
    begun = time.perf_counter()
    upgrade.prepare(store)
    deliveries = events // 10
    values = {
        "campaigns": CAMPAIGNS, "products": PRODUCTS, "templates": TEMPLATES, "deliveries": deliveries,
        "begin": micros(BEGIN), "step": micros(END) // 1 - micros(BEGIN),
    }  # fmt: skip
    with store.unit() as u:
        for statement in _ROWS:
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            u.connection.execute(text(statement), used)
        u.commit()
    print(f"built {events:,} events on {deliveries:,} deliveries in {time.perf_counter() - begun:.0f} s")
    begun = time.perf_counter()
    with store.unit() as u:
        rebuild_rollups(u)
        u.commit()
    with store.reading() as u:
        rows = u.connection.scalar(text("select count(*) from rollup_hour"))
    print(f"rollups made anew in {time.perf_counter() - begun:.0f} s: {rows:,} rows by campaign and hour")


def ask(store: Store) -> None:
    """Every kind of chart, forty times each."""
    month, year = ReportQuestion(END - timedelta(days=30), END), ReportQuestion(BEGIN, END)
    one, hourly = ReportQuestion(campaign_id=77, bucket="hour"), ReportQuestion(END - timedelta(days=14), END)
    questions: dict[str, Callable[[], object]] = {
        "figures, all time": lambda: figures(store, ReportQuestion()),
        "figures, 30 days": lambda: figures(store, month),
        "figures, one campaign": lambda: figures(store, one),
        "figures, one product": lambda: figures(store, ReportQuestion(product_id=5)),
        "figures, one template": lambda: figures(store, ReportQuestion(template_id=3)),
        "by day, 30 days": lambda: line(store, month),
        "by day, a year": lambda: line(store, year),
        "by day, a year, Paris": lambda: line(store, ReportQuestion(BEGIN, END, timezone="Europe/Paris")),
        "by hour, 14 days": lambda: line(store, ReportQuestion(hourly.since, END, bucket="hour")),
        "by hour, one campaign": lambda: line(store, one),
        "by week, one template": lambda: line(store, ReportQuestion(BEGIN, END, template_id=3, bucket="week")),
        "league of campaigns": lambda: league(store, year, "campaign"),
        "league of templates": lambda: league(store, year, "template"),
        "league of products": lambda: league(store, year, "product"),
        "league of products, 30 days": lambda: league(store, month, "product"),
        "links of one campaign": lambda: links(store),
    }
    worst = 0.0
    for name, answer in questions.items():
        times = [_ms(answer) for _ in range(40)]
        p95 = quantiles(times, n=20)[-1]
        worst = max(worst, p95)
        print(f"  {name:<28} median {median(times):7.1f} ms   p95 {p95:7.1f} ms")
    print(f"  worst p95 {worst:.1f} ms, {worst / GOAL_MS:.2f} of the goal")


def take_in(store: Store, deliveries: int, batches: int = 240) -> None:
    """Batches with one in ten known already, beside the bare insert of as many rows into the same table."""
    chance = random.Random(3)
    keys = [f"new{number}" for number in range(batches * BATCH)]
    whole, bare = [], []
    for number in range(batches):
        batch = [_event(chance, keys, number * BATCH + place, deliveries) for place in range(BATCH)]
        whole.append(_ms(lambda batch=batch: _ingest(store, batch)))  # type: ignore[misc]  # bound at once
        bare.append(_ms(lambda: _bare(store)))
    whole, bare = whole[40:], bare[40:]
    rates = f"{BATCH / median(whole) * 1000:,.0f} events/s, {median(bare) / median(whole):.2f} of a bare insert's rate"
    print(f"ingest in batches of {BATCH:,}: {rates}; a batch takes {quantiles(whole, n=20)[-1]:.0f} ms at p95")
    ones = [[_event(chance, [f"one{n}" for n in range(200)], number, deliveries)] for number in range(200)]
    singles = [_ms(lambda one=one: _ingest(store, one)) for one in ones]  # type: ignore[misc]  # bound at once
    print(f"one at a time: median {median(singles):.1f} ms, {quantiles(singles, n=20)[-1]:.1f} ms at p95")


def _ingest(store: Store, batch: list[FeedbackEvent]) -> None:
    with store.unit() as u:
        ingest(u, batch, END)
        u.commit()


def _bare(store: Store) -> None:
    """As many rows with keys of their own, known to nobody, removed again outside the figure's reports."""
    with store.unit() as u:
        u.connection.exec_driver_sql(
            """insert into feedback_event (day, source, event_key, kind, who, occurred_at, received_at, delivery_id)
            values ('2026-02-28', 'bare', ?, 'other', 'unknown', 0, 0, ?) on conflict do nothing""",
            [(random.randbytes(16), random.randrange(1, 100_000)) for _ in range(BATCH)],
        )
        u.commit()


def figures(store: Store, question: ReportQuestion) -> None:
    with store.reading() as u:
        reports.counts(u, question)
        reports.delivered_known(u, question, END)
        reports.newest_hour(u, question)


def line(store: Store, question: ReportQuestion) -> None:
    with store.reading() as u:
        reports.series(u, question)
        reports.delivered_known(u, question, END)


def league(store: Store, question: ReportQuestion, by: str) -> None:
    with store.reading() as u:
        reports.league(u, question, by, 100)
        reports.delivered_known(u, question, END)


def links(store: Store) -> None:
    with store.reading() as u:
        reports.links(u, 77)


def _event(chance: random.Random, keys: list[str], number: int, deliveries: int) -> FeedbackEvent:
    known = number > 100 and chance.random() < 0.1
    key = keys[chance.randrange(number - 100, number) if known else number]
    chance_of = random.Random(key)  # a repeat says what was said before
    kinds = (FeedbackKind.OPENED,) * 6 + (FeedbackKind.DELIVERED,) * 3 + (FeedbackKind.CLICKED,)
    kind = chance_of.choice(kinds)
    at = END - timedelta(seconds=chance_of.randrange(3 * 86_400))
    link = chance_of.randrange(5) if kind is FeedbackKind.CLICKED else None
    return FeedbackEvent(
        "acme", key, kind, at, chance_of.randrange(1, deliveries + 1), link=link, user_agent=AGENT,
        ip=f"198.51.{chance_of.randrange(250)}.{chance_of.randrange(250)}",
    )  # fmt: skip


def _ms(answer: Callable[[], object]) -> float:
    begun = time.perf_counter()
    answer()
    return (time.perf_counter() - begun) * 1000


_SERIES = "with recursive n(i) as (select 1 union all select i + 1 from n where i < {most})"
_FROZEN = "'{\"html\": \"' || hex(zeroblob(10000)) || '\"}'"  # wide, as real campaigns are
_ROWS = (
    _SERIES.format(most=":products")
    + """ insert into restock_event (variant_id, product_id, restock_seq, occurred_at, due_at, state, product_title,
       sku, snapshot) select i, i, 1, :begin, :begin, 'open', 'Product ' || i, 'SKU-' || i, '{}' from n""",
    _SERIES.format(most=":campaigns")
    + f""" insert into campaign (name, state, template_id, version_id, frozen, transport, audience, created_at)
       select 'Campaign ' || i, 'finished', 1 + i % :templates, 1, {_FROZEN}, 'smtp://host:25',
       :deliveries / :campaigns, :begin + :step / :campaigns * i from n""",
    "insert into campaign_event (campaign_id, event_id) select id, 1 + id % :products from campaign",
    "insert into campaign_event (campaign_id, event_id) select id, 1 + (id + 7) % :products from campaign",
    _SERIES.format(most=":deliveries")
    + """ insert into delivery (campaign_id, subscriber_id, batch_no, state, state_at, started_at, sent_at)
       select 1 + (i - 1) * :campaigns / :deliveries, i, 0, 'sent', t, t, t from (select i, :begin
       + :step / :campaigns * ((i - 1) * :campaigns / :deliveries) + (i % 500) * 15000000 as t from n)""",
    """with recursive k(k) as (select 0 union all select k + 1 from k where k < 9)
       insert into feedback_event (day, source, event_key, kind, who, occurred_at, received_at, delivery_id,
         campaign_id, link, user_agent, subkind)
       select date(t / 1000000, 'unixepoch'), 'acme', randomblob(16), kind,
         case when kind in ('opened', 'clicked') then substr('humanmachinehuman', 1 + 5 * ((d + k) % 3 = 1),
           5 + 2 * ((d + k) % 3 = 1)) else 'unknown' end,
         t, t, d, c, case when kind = 'clicked' then (d + k) % 6 end, 'agent',
         case kind when 'bounced' then 'hard' else '' end
       from (select d.id as d, d.campaign_id as c, k.k, d.sent_at + k.k * 7000000000 + 60000000 as t,
         case when k = 0 then case when d.id % 60 = 0 then 'bounced' else 'delivered' end
           when k = 9 and d.id % 500 = 0 then 'complained' when k = 8 and d.id % 90 = 0 then 'unsubscribed'
           when k > 6 and d.id % 4 = 0 then 'clicked' else 'opened' end as kind
         from delivery d cross join k)""",
)

if __name__ == "__main__":
    main()
