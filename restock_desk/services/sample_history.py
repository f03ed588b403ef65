"""The sample shop's past: sign-ups, restocks, campaigns and what came back, told month by month with a set clock."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from restock_desk.domain.audience import InterestIn
from restock_desk.domain.campaigns import Campaign, DeliveryState
from restock_desk.domain.catalog import StockIn
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, Who
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.jobs import CancelToken, Progress, ProgressFn
from restock_desk.services import campaigns, delivery, feedback, templates
from restock_desk.services.desk import Desk
from restock_desk.services.shop import shop
from restock_desk.store import campaigns as ledger
from restock_desk.store import catalog, interests, stock

TOLD, OPEN_NOW = 20, 3
"""How many restocks were alerted in the past, and how many wait for somebody to press Send."""


@dataclass
class _Past:
    """Answers as mail servers do and hands nothing over: most accept, some mailboxes are gone, a line breaks."""

    chance: random.Random
    url: str = "outbox:sample"
    idempotent: bool = False
    batch: int = 50

    def send(self, envelopes: list[Envelope]) -> list[Receipt]:
        return [self._answer(envelope) for envelope in envelopes]

    def check(self) -> str:
        return "The sample shop's history: nothing is handed over."

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, envelope: Envelope) -> Receipt:
        dice = self.chance.random()
        if dice < 0.982:
            return Receipt(Handed.SENT, "250", "250 2.0.0 OK", f"sample-{envelope.key[:12]}")
        if dice < 0.998:
            return Receipt(Handed.FAILED, "550", "550 5.1.1 no such user here")
        return Receipt(Handed.IN_DOUBT, "", "The connection was reset before the answer came.")


def tell(desk: Desk, chance: random.Random, begin: datetime, progress: ProgressFn) -> None:
    """Everything that happened from `begin` until now."""
    skus = _skus(desk)
    known = [template.id for template in templates.templates(desk)]
    span = (desk.now() - begin).total_seconds()
    for number in range(TOLD + OPEN_NOW):
        late = number >= TOLD
        share = 0.04 + 0.92 * number / TOLD if not late else 0.985 + 0.004 * (number - TOLD)
        at = begin + timedelta(seconds=span * share + chance.randrange(20_000) * (not late))
        sku = skus[number % len(skus)]
        progress(Progress(10 + 85 * number // (TOLD + OPEN_NOW), 100, "Telling its history"))
        _sign_up(desk, chance, sku, begin, at, chance.randrange(90, 420))
        event_id = _restock(desk, sku, at, chance.randrange(8, 120))
        if late or event_id is None:
            continue
        sent_at = at + timedelta(minutes=chance.randrange(4, 50))
        campaign = _send(desk, chance, event_id, chance.choice(known), sent_at)
        _come_back(desk, chance, campaign, sent_at)
        _sell_out(desk, sku, min(at + timedelta(days=chance.randrange(2, 9)), desk.now()))


def _skus(desk: Desk) -> list[str]:
    with desk.store.reading() as unit:
        return catalog.skus(unit)


def _sign_up(desk: Desk, chance: random.Random, sku: str, begin: datetime, until: datetime, count: int) -> None:
    span = max(3_600, int((until - begin).total_seconds()))
    wanted = [
        InterestIn(
            sku=sku,
            custom_id=f"c-{10_000 + chance.randrange(1, 5_001)}",
            units=1 if chance.random() < 0.9 else 2,
            created_at=until - timedelta(seconds=min(span, int(chance.expovariate(1 / 900_000)) + 600)),
            source=chance.choices(("product page", "checkout", "newsletter", "shop counter"), (7, 1, 1, 1))[0],
        )
        for _ in range(count)
    ]
    with desk.store.unit() as unit:
        interests.add_interests(unit, wanted, until)
        unit.commit()


def _restock(desk: Desk, sku: str, at: datetime, units: int) -> int | None:
    rule = shop(desk).rule
    with desk.store.unit() as unit:
        results, _ = stock.apply_stock(unit, [StockIn(units, sku=sku, observed_at=at)], at, rule, "delivery")
        unit.commit()
    return next((result.event.id for result in results if result.event), None)


def _sell_out(desk: Desk, sku: str, at: datetime) -> None:
    rule = shop(desk).rule
    with desk.store.unit() as unit:
        stock.apply_stock(unit, [StockIn(0, sku=sku, observed_at=at)], at, rule, "orders")
        unit.commit()


def _send(desk: Desk, chance: random.Random, event_id: int, template_id: int, at: datetime) -> Campaign:
    then = replace(desk, now=lambda: at)
    review = campaigns.review(then, (event_id,), template_id)
    campaign = campaigns.launch(then, review, "outbox:sample")
    delivery.deliver(then, campaign.id, CancelToken(), transport=_Past(chance), wait=False)
    return campaigns.campaign(then, campaign.id)


def _come_back(desk: Desk, chance: random.Random, campaign: Campaign, sent_at: datetime) -> None:
    with desk.store.reading() as unit:
        sent = ledger.delivery_ids(unit, campaign.id, DeliveryState.SENT)
    events = [event for number in sent for event in _story(chance, number, sent_at, desk.now())]
    for start in range(0, len(events), 1_000):
        feedback.ingest(desk, events[start : start + 1_000])


def _story(chance: random.Random, delivery_id: int, sent_at: datetime, now: datetime) -> Iterator[FeedbackEvent]:
    """What one mail's reader did: an appeal that differs by campaign would need more history than half a year."""

    def event(kind: FeedbackKind, after_s: float, **more: object) -> Iterator[FeedbackEvent]:
        at = sent_at + timedelta(seconds=after_s)
        if at < now:
            key = f"{delivery_id}-{kind.value}-{after_s:.3f}"
            yield replace(FeedbackEvent("sample", key, kind, at, delivery_id), **more)  # type: ignore[arg-type]

    if chance.random() < 0.013:
        hard = chance.random() < 0.6
        reason = "550 5.1.1 no such user" if hard else "452 4.2.2 mailbox full"
        yield from event(
            FeedbackKind.BOUNCED, 30 + chance.random() * 900, subkind="hard" if hard else "soft", reason=reason
        )
        return
    yield from event(FeedbackKind.DELIVERED, 2 + chance.random() * 40)
    if chance.random() < 0.12:
        yield from event(FeedbackKind.OPENED, 3 + chance.random() * 20, who=Who.MACHINE, user_agent="Mozilla/5.0")
    read_s = 60 + chance.expovariate(1 / 20_000)
    if chance.random() < 0.47:
        yield from event(FeedbackKind.OPENED, read_s, who=Who.HUMAN)
        if chance.random() < 0.36:
            yield from event(
                FeedbackKind.CLICKED, read_s + 8 + chance.random() * 90, who=Who.HUMAN, link=chance.choice((0, 0, 0, 1))
            )
        if chance.random() < 0.006:
            yield from event(FeedbackKind.UNSUBSCRIBED, read_s + 30)
    if chance.random() < 0.0006:
        yield from event(FeedbackKind.COMPLAINED, read_s + 40)
