"""Orders that the shop tells of: to which message they are due, and tests that are judged by them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind
from restock_desk.errors import DeskError
from restock_desk.services import audience, editions, experiments, feedback
from restock_desk.services.desk import Desk
from restock_desk.store.feedback import rebuild_rollups
from tests.campaigning import waiting_shop
from tests.fakes import FixedClock
from tests.services.test_editions import edit, launch, mail, send, sent_words


def test_a_test_is_judged_by_orders_of_what_the_mail_was_about(any_desk: Desk, clock: FixedClock) -> None:
    event = waiting_shop(any_desk.store, people=30)
    made = mail(any_desk)
    edit(any_desk, editions.add_arm(any_desk, made.id), "Other")
    with pytest.raises(DeskError, match="judged by"):
        editions.set_test(any_desk, made.id, (50, 50), metric="opened")
    plan = editions.set_test(any_desk, made.id, (50, 50), metric="ordered").experiment
    assert plan is not None
    assert plan.horizon_s == 7 * 86_400
    before = clock.now()
    words = sent_words(send(any_desk, launch(any_desk, event, made)))
    buyers = [address for address, word in words.items() if word == "Other"]
    clock.advance(3600)

    def order(key: str, **told: object) -> FeedbackEvent:
        return replace(FeedbackEvent("shop", key, FeedbackKind.ORDERED, clock.now(), sku="TEE-M"), **told)  # type: ignore[arg-type]  # the record's own names

    orders = [order(f"o{n}", recipient=address.upper()) for n, address in enumerate(buyers[:-1])]
    orders += [order("again", recipient=buyers[0]), order("id", custom_id=f"c{buyers[-1][1:].partition('@')[0]}")]
    other = next(address for address, word in words.items() if word == "Hello")
    strangers = [
        order("sku", recipient=other, sku="CAP"),
        order("early", recipient=other, occurred_at=before - timedelta(seconds=1)),
        order("late", recipient=other, occurred_at=before + timedelta(days=8)),
        order("who", recipient="stranger@example.com"),
    ]
    assert feedback.ingest(any_desk, [*orders, *strangers]).unattributed == len(strangers)
    assert feedback.ingest(any_desk, orders).accepted == 0
    experiments.end(any_desk, made.id)
    assert experiments.of_template(any_desk, made.id).running  # type: ignore[union-attr]
    clock.advance(8 * 86_400)
    with any_desk.store.unit() as u:
        rebuild_rollups(u)
        u.commit()
    found = experiments.of_template(any_desk, made.id)
    assert found is not None
    assert [one.counts.ordered for one in found.arms] == [0, len(buyers)]
    assert [one.counts.clicked for one in found.arms] == [0, 0]
    story = audience.person(any_desk, audience.find(any_desk, buyers[0]).id)
    assert [line.detail.rpartition(" · ")[2] for line in story.timeline if line.title == "Bought it"] == ["TEE-M"] * 2
