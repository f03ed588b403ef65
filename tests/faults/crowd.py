"""Many people who wait, a campaign to them, and the books afterwards: what the ledger says beside what a sink took."""

import os
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from restock_desk.domain.campaigns import Campaign, CampaignState, DeliveryState, SendReport
from restock_desk.domain.handover import Transport
from restock_desk.domain.limits import Breakers, Limits
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, limits, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, schema
from restock_desk.transport import open_transport
from restock_desk.transport.greeting import Patience, Server
from restock_desk.transport.smtp import Smtp
from tests.builders import NOW, add_product, restock
from tests.campaigning import DRAFT
from tests.fakes import FixedClock
from tests.sinks.smtp import Later, Sink

S = DeliveryState
LONG = os.environ.get("RESTOCK_DESK_FAULTS") == "long"
"""`make faults` runs the long tier; every other run the quick one."""
IN_FLIGHT = 2 * open_transport("smtp://127.0.0.1:9", lambda _: None).batch
"""How many mails one sender may have marked started at a time, at most: two groups."""


CONNECTIONS = 3
PACE_S = 0.1
WITHOUT_BRAKES = Breakers(hard_first=0, hard=0, complaints=0, doubts=0, in_a_row=0, grown=0)
"""More goes wrong here than any shop would let pass, and the tests are to see how it ends."""


class Hurried(CancelToken):
    """Never waits in earnest: the clock moves on instead."""

    def __init__(self, clock: FixedClock | None = None) -> None:
        super().__init__()
        self.clock = clock

    def wait(self, seconds: float) -> bool:
        if self.clock is not None and not self.cancelled:
            self.clock.advance(seconds)
        return self.cancelled


def tier(quick: int, long: int) -> int:
    return long if LONG else quick


def real_clock(_: object = None) -> datetime:
    return datetime.now(UTC)


def crowd(store: Store, people: int, sku: str = "TEE-M") -> int:
    """So many new people wait for a new variant, and it is back; the event's id."""
    variant = add_product(store, sku=sku)
    names = everybody(people, sku)
    with store.unit() as u:
        s = schema.subscriber
        rows = [
            {"email": name, "email_key": name.casefold(), "first_name": f"P{n}", "created_at": NOW, "updated_at": NOW}
            for n, name in enumerate(names)
        ]
        u.connection.execute(s.insert(), rows)
        ids = list(u.connection.scalars(select(s.c.id).where(s.c.email.like(f"%@{_domain(sku)}")).order_by(s.c.id)))
        interests = [
            {"subscriber_id": id, "variant_id": variant.id, "created_at": NOW, "source": "widget"} for id in ids
        ]
        u.connection.execute(schema.interest.insert(), interests)
        v = schema.variant
        u.connection.execute(update(v).where(v.c.id == variant.id).values(waiting=people))
        u.commit()
    return restock(store, sku, qty=max(5, people)).id


def everybody(people: int, sku: str = "TEE-M") -> list[str]:
    return [f"p{n}@{_domain(sku)}" for n in range(people)]


def launched_to(
    desk: Desk, people: int, transport: str, sku: str = "TEE-M", draft: Draft = DRAFT, rate: float | None = None
) -> Campaign:
    """A live campaign to so many new people."""
    event_id = crowd(desk.store, people, sku)
    limits.save(desk, Limits(breakers=WITHOUT_BRAKES))
    template = templates.create(desk, f"Back {sku}", draft)
    return campaigns.launch(desk, campaigns.review(desk, (event_id,), template.id), transport, rate)


def large() -> Draft:
    """A mail of more than half a megabyte: a letter that takes six bytes on the wire, again and again."""
    line = "ééééééé " * 12 + "\n"  # in the text part: so much HTML would not be sent at all
    source = "<html><body><p>Hi {{ subscriber.first_name }}</p></body></html>"
    subject, text = "{{ product.title }}", f"Hi {{{{ subscriber.first_name }}}}\n{line * 1_000}"
    return Draft(TemplateKind.HTML, source, subject, sender_email="alerts@shop.example", text=text)


@dataclass(frozen=True)
class Books:
    """`rows` by address, `taken` how many complete mails each got."""

    rows: dict[str, Any]
    taken: Counter[str]

    def of(self, *states: DeliveryState) -> set[str]:
        return {email for email, row in self.rows.items() if row.state in states}

    @property
    def twice(self) -> dict[str, int]:
        """Who was mailed more than once. Always empty."""
        return {email: n for email, n in self.taken.items() if n > 1}

    @property
    def lost(self) -> set[str]:
        """Who is called sent but has no mail, or got none and is not known as unsent or doubtful. Always empty."""
        known = self.of(S.IN_DOUBT, S.FAILED, S.SKIPPED, S.QUEUED, S.CLAIMED, S.STARTED, S.DEFERRED)
        return set(self.rows) - set(self.taken) - known

    @property
    def unknown(self) -> set[str]:
        """Who has a mail although the ledger says that none left. Always empty once no sender is at work."""
        return set(self.taken) & self.of(S.FAILED, S.SKIPPED, S.QUEUED, S.CLAIMED, S.DEFERRED)

    def balanced(self) -> bool:
        """The promise: nobody lost, nobody mailed twice, no mail without its row."""
        assert self.twice == {}, "mailed twice"
        assert self.lost == set(), "lost"
        assert self.unknown == set(), "mailed, but the ledger says it was not"
        assert set(self.taken) <= set(self.rows), "mailed, but not in the ledger"
        return True


def paced() -> Sink:
    """A server that takes as long for each mail as would another one far away, in the long tier: then a rate is the
    server's, whatever else this machine does."""
    slow = Later("250 2.0.0 OK", PACE_S)
    return Sink(lambda stage, _: slow if LONG and stage == "dot" else None)


def books(store: Store, campaign_id: int, taken: Iterable[str]) -> Books:
    d, p = schema.delivery, schema.delivery_payload
    with store.reading() as u:
        found = u.connection.execute(
            select(d, p.c.email).join_from(d, p, p.c.delivery_id == d.c.id).where(d.c.campaign_id == campaign_id)
        ).all()
    return Books({row.email: row for row in found}, Counter(taken))


@contextmanager
def impatient(sink: Sink, seconds: float = 60) -> Iterator[Smtp]:
    """Our client for this server, with so many seconds of patience at each stage: few, where silence is the fault."""
    patience = Patience(30, seconds, seconds, seconds, seconds, 0.1)
    server = Server("127.0.0.1", sink.port, False, "", lambda: "", sink.url, patience, _trusting, CONNECTIONS)
    client = Smtp(server)
    try:
        yield client
    finally:
        client.close()


def carried_on(desk: Desk, clock: FixedClock, campaign_id: int, transport: Transport, hours: int = 24) -> SendReport:
    """Deliver, and again each time something is due, as a desktop does that runs on for so many hours."""
    report = delivery.deliver(desk, campaign_id, Hurried(clock), wait=False, transport=transport)
    end = clock.now() + timedelta(hours=hours)
    while report.state is CampaignState.RUNNING and clock.now() < end:
        clock.advance(120)
        if campaign_id in campaigns.running(desk):
            report = delivery.deliver(desk, campaign_id, Hurried(clock), wait=False, transport=transport)
    return report


def until(condition: Callable[[], object], seconds: float = 300) -> None:
    """Look every 2 ms until the condition holds. Fails after a time that no loaded machine needs."""
    tick = threading.Event()
    for _ in range(int(seconds / 0.002)):
        if condition():
            return
        tick.wait(0.002)
    raise AssertionError(f"it did not happen within {seconds} seconds")


def _domain(sku: str) -> str:
    return f"{sku.casefold()}.example"


def _trusting() -> ssl.SSLContext:
    """For a server whose certificate is a test's own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
