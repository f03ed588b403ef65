"""A shop in which somebody waits and something came back, ready to be launched; and a transport that plays a script."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select, update

from restock_desk.domain.campaigns import Campaign, DeliveryState
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.services import campaigns, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, schema
from restock_desk.store.ledger import LEASE_S
from tests.builders import NOW, add_product, add_waiting, restock
from tests.fakes import FixedClock

S = DeliveryState
DRAFT = Draft(
    TemplateKind.HTML,
    "<html><body><p>Hi {{ subscriber.first_name }}, {{ product.title }} is back.</p></body></html>",
    "{{ product.title }} is back",
    sender_email="alerts@shop.example",
)
ACCEPTED = Receipt(Handed.SENT, "250", "250 OK")


@dataclass
class Scripted:
    """Answers each mail with what `answer` says; keeps every envelope it was handed."""

    answer: Callable[[Envelope], Receipt] = lambda _: ACCEPTED
    url: str = "outbox:scripted"
    idempotent: bool = False
    batch: int = 4
    taken: list[Envelope] = field(default_factory=list)

    def send(self, envelopes: list[Envelope]) -> list[Receipt]:
        self.taken += envelopes
        return [self.answer(envelope) for envelope in envelopes]

    def check(self) -> str:
        return "A script."

    def close(self) -> None:
        """Nothing is open."""

    @property
    def recipients(self) -> list[str]:
        return [envelope.recipient for envelope in self.taken]


def waiting_shop(store: Store, people: int = 3, sku: str = "TEE-M") -> int:
    """So many people wait for one variant, and it is back; the event's id."""
    variant = add_product(store, sku=sku)
    who, key = ("p", "c") if sku == "TEE-M" else (sku.lower(), sku)
    add_waiting(store, variant.id, [
        {"email": f"{who}{n}@example.com", "first_name": f"{who}{n}".upper(), "custom_id": f"{key}{n}"}
        for n in range(people)
    ])  # fmt: skip
    return restock(store, sku).id


def launched(
    desk: Desk, people: int = 3, transport: str | None = None, rate: float | None = None, sku: str = "TEE-M"
) -> Campaign:
    """A live campaign to so many people."""
    event_id = waiting_shop(desk.store, people, sku)
    review = campaigns.review(desk, (event_id,), templates.create(desk, f"Back {sku}", DRAFT).id)
    return campaigns.launch(desk, review, transport, rate_limit_per_s=rate)


def states(desk: Desk, campaign_id: int) -> dict[str, int]:
    """The counts by state that are not 0."""
    return {state.value: n for state, n in campaigns.tally(desk, campaign_id).states.items() if n}


def set_stock(store: Store, sku: str, stock: int) -> None:
    with store.unit() as u:
        v = schema.variant
        where = v.c.sku == sku
        availability = "in_stock" if stock else "out_of_stock"
        u.connection.execute(update(v).where(where).values(stock=stock, availability=availability))
        u.commit()


def change(store: Store, email: str, **values: object) -> None:
    """Columns of one subscriber."""
    with store.unit() as u:
        s = schema.subscriber
        u.connection.execute(update(s).where(s.c.email == email).values(values))
        u.commit()


def leases_end(store: Store, clock: FixedClock) -> None:
    """So much time goes by that every lease is over: by our clock, and by the server's, which a test cannot move."""
    clock.advance(LEASE_S + 1)
    if store.dialect == "postgresql":
        with store.unit() as u:
            b = schema.send_batch
            u.connection.execute(update(b).where(b.c.state == 1).values(lease_until=NOW))
            u.commit()


def interest_states(store: Store) -> list[str]:
    with store.reading() as u:
        i = schema.interest.c
        return list(u.connection.scalars(select(i.state).order_by(i.subscriber_id, i.id)))


def many_waiting(store: Store, people: int, sku: str = "TEE-M") -> int:
    """As `waiting_shop`, written in bulk."""
    variant = add_product(store, sku=sku)
    with store.unit() as u:
        names = [f"p{number}@example.com" for number in range(people)]
        u.connection.execute(
            schema.subscriber.insert(),
            [
                {"email": name, "email_key": name, "first_name": name[:5], "created_at": NOW, "updated_at": NOW}
                for name in names
            ],
        )
        s = schema.subscriber.c
        ids = list(u.connection.scalars(select(s.id)))
        u.connection.execute(
            schema.interest.insert(),
            [{"subscriber_id": id, "variant_id": variant.id, "created_at": NOW, "source": "widget"} for id in ids],
        )
        v = schema.variant
        u.connection.execute(update(v).where(v.c.id == variant.id).values(waiting=people))
        u.commit()
    return restock(store, sku).id
