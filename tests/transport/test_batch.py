"""Batch's own bounds: what an event may hold, how fast people may be told, what a partial answer means."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.handover import (
    HANDED_OVER,
    Alert,
    AlertItem,
    Contents,
    Envelope,
    Handed,
    Merge,
    Parts,
    Transport,
)
from restock_desk.transport import batch_event, open_transport
from restock_desk.transport.provider import Surroundings
from tests.rendering.samples import NOW, event
from tests.transport.fakes.batch import BatchApi
from tests.transport.fakes.providers import KEY
from tests.transport.fakes.server import RESET_DONE, Fake, Fault, Reply
from tests.transport.letters import letter, letters, person

ITEM = AlertItem(
    7, "TEE-BLK-M", "Basic Tee", "Black / M", Decimal("23.99"), "EUR", 12,
    "https://shop.example/p/tee?v=8", "https://cdn.shop.example/tee.jpg", "https://shop.example/cart/add/8", "",
)  # fmt: skip
ALERT = Alert("c1", "p1@example.com", "fr-FR", "Europe/Paris", "Ana", NOW, (ITEM,))


@dataclass
class Shop:
    api: BatchApi
    fake: Fake
    transport: Transport
    at: datetime
    seconds: float = 0.0


@contextmanager
def shop(options: str = "events=one", *faults: Fault | None) -> Iterator[Shop]:
    made: list[Shop] = []

    def rest(seconds: float) -> None:
        made[0].seconds += seconds

    api = BatchApi(now=lambda: made[0].at, seconds=lambda: made[0].seconds)
    fake = Fake(api, lambda n: faults[n] if n < len(faults) else None)
    world = Surroundings(now=lambda: made[0].at, clock=lambda: made[0].seconds if made else 0.0, rest=rest)
    with fake.serving():
        transport = open_transport(f"{api.url}?{options}&endpoint={fake.endpoint}", {api.secret: KEY}.get, world)
        made.append(Shop(api, fake, transport, NOW))
        try:
            yield made[0]
        finally:
            transport.close()


@dataclass
class _Facts:
    """A mail's contents with other facts."""

    whole: Contents
    facts: Alert

    def parts(self) -> Parts:
        return self.whole.parts()

    def merge(self) -> Merge | None:
        return self.whole.merge()

    def alert(self) -> Alert:
        return self.facts


def only(alert: Alert = ALERT, **changes: Any) -> dict[str, Any]:
    (made,) = batch_event.events(replace(alert, items=(replace(ITEM, **changes),)), "k", each=False)
    attributes: dict[str, Any] = made["attributes"]
    return attributes


def test_an_event_says_what_came_back() -> None:
    (made,) = batch_event.events(ALERT, "key", each=False)
    assert made == {
        "name": "back_in_stock",
        "time": "2026-03-01T12:00:00Z",
        "attributes": {
            "$label": "rse-7", "alert_id": "al_key", "sku": "TEE-BLK-M", "product_name": "Basic Tee",
            "variant_name": "Black / M", "price": 23.99, "currency": "EUR", "stock": 12,
            "url(product_url)": "https://shop.example/p/tee?v=8",
            "url(image_url)": "https://cdn.shop.example/tee.jpg",
            "url(cart_url)": "https://shop.example/cart/add/8",
            "products": [
                {"name": "Basic Tee", "variant": "Black / M", "sku": "TEE-BLK-M", "price": 23.99,
                 "url(link)": "https://shop.example/p/tee?v=8", "url(image)": "https://cdn.shop.example/tee.jpg"}
            ],
        },
    }  # fmt: skip


def test_what_is_empty_is_left_out() -> None:
    assert set(only(sku="", variant="", price=None, stock=None, cart_url="", image_url="")) == {
        "$label", "alert_id", "product_name", "currency", "url(product_url)", "products",
    }  # fmt: skip


def test_long_names_are_cut_between_characters_as_a_reader_sees_them() -> None:
    family = "\U0001f468‍\U0001f469‍\U0001f467"
    assert only(product="x" * 301)["product_name"] == "x" * 299 + "…"
    assert only(product="x" * 300)["product_name"] == "x" * 300
    assert only(product="x" * 297 + family)["product_name"] == "x" * 297 + "…"
    assert only(product="x" * 298 + "e\u0301" * 2)["product_name"].endswith("x…")


@given(st.text(max_size=700))
def test_no_name_is_ever_too_long(name: str) -> None:
    assert len(batch_event.cut(name, 300)) <= 300


def test_an_address_is_never_cut() -> None:
    assert only(product_url="https://shop.example/" + "x" * 2_027)
    with pytest.raises(batch_event.TooLong, match="product"):
        only(product_url="https://shop.example/" + "x" * 2_028)


def test_an_event_that_would_be_too_large_lists_fewer_products() -> None:
    many = replace(ALERT, items=tuple(replace(ITEM, product=f"{n} " + "é" * 290) for n in range(60)))
    (made,) = batch_event.events(many, "k", each=False)
    assert batch_event.size(made) <= 25_000
    assert len(made["attributes"]["products"]) + made["attributes"]["products_more"] == 60


@pytest.mark.parametrize(("options", "mails"), [("events=one", 1), ("events=each", 3)])
def test_three_products_restocked_together_reach_the_automation_as_configured(options: str, mails: int) -> None:
    with shop(options) as to:
        (receipt,) = to.transport.send([letter(person(1), events=(event(1), event(2), event(3)))])
        assert receipt.handed is Handed.SENT
        assert len(to.api.events) == mails
        assert len({made["attributes"]["alert_id"] for _, made in to.api.events}) == mails
        assert all(isinstance(made["attributes"]["alert_id"], str) for _, made in to.api.events)


def many(products: int) -> Envelope:
    """One person who waited for so many products; the newest restock stands first."""
    return letter(person(1), events=tuple(event(n) for n in range(products, 0, -1)))


def told(api: BatchApi) -> list[str]:
    return [made["attributes"]["$label"] for who, made in api.events if who == "c1"]


@pytest.mark.parametrize(("products", "calls"), [(15, 1), (16, 2), (30, 2), (31, 3)])
def test_more_products_than_a_call_takes_are_told_in_several_calls_the_oldest_first(products: int, calls: int) -> None:
    with shop("events=each") as to:
        first, second = to.transport.send([many(products), letter(person(2))])
        assert (first.handed, first.receipt, second.handed) == (Handed.SENT, HANDED_OVER, Handed.SENT)
        assert to.fake.calls == calls
        assert sorted(told(to.api)) == sorted(f"rse-{n}" for n in range(1, products + 1)), "each once"
        assert all(len(made["attributes"]["products"]) == 1 for _, made in to.api.events)
        assert len({made["attributes"]["alert_id"] for _, made in to.api.events}) == products + 1
        if calls > 1:
            assert told(to.api) == [f"rse-{n}" for n in range(1, products + 1)]


def test_the_alert_ids_of_several_calls_are_the_same_on_every_attempt() -> None:
    with shop("events=each&confirmed=alert_id") as to:
        to.transport.send([many(40)])
        to.transport.send([many(40)])
        ids = [made["attributes"]["alert_id"] for _, made in to.api.events]
    assert ids[:40] == ids[40:]


def test_a_later_call_that_is_not_answered_leaves_the_whole_person_in_doubt() -> None:
    with shop("events=each", None, RESET_DONE) as to:
        (receipt,) = to.transport.send([many(17)])
    assert receipt.handed is Handed.IN_DOUBT
    assert "took 1 of 2 calls" in receipt.words


@pytest.mark.parametrize(
    ("options", "handed"), [("events=each", Handed.IN_DOUBT), ("events=each&confirmed=alert_id", Handed.DEFERRED)]
)
def test_a_later_call_that_did_not_leave_is_repeated_only_where_that_counts_once(options: str, handed: Handed) -> None:
    busy = Reply(429, {"error_code": "TOO_MANY_REQUESTS"})
    with shop(options, None, busy, busy) as to:
        (receipt,) = to.transport.send([many(17)])
    assert receipt.handed is handed


def test_who_cannot_be_told_of_one_product_is_told_of_none() -> None:
    with shop("events=each") as to:
        envelope = many(17)
        assert envelope.contents is not None
        alert = envelope.contents.alert()
        alert = replace(
            alert, items=(*alert.items[:-1], replace(alert.items[-1], product_url="https://x/" + "x" * 2_048))
        )
        (receipt,) = to.transport.send([replace(envelope, contents=_Facts(envelope.contents, alert))])
        assert receipt.handed is Handed.FAILED
        assert "longer than 2,048" in receipt.words
        assert to.fake.calls == 0


def test_one_person_is_never_told_twice_in_one_call() -> None:
    twice = [letter(person(1), key="a"), letter(person(2)), letter(person(1), key="b")]
    with shop() as to:
        assert [one.handed for one in to.transport.send(twice)] == [Handed.SENT] * 3
        assert to.fake.calls == 2
        assert [who for who, _ in to.api.events] == ["c1", "c2", "c1"]


def test_somebody_without_a_customer_number_is_told_apart_and_nobody_else_waits() -> None:
    with shop() as to:
        receipts = to.transport.send([letter(person(1, custom_id="")), letter(person(2))])
        assert [one.handed for one in receipts] == [Handed.FAILED, Handed.SENT]
        assert "customer number" in receipts[0].words


@pytest.mark.parametrize(
    ("age", "handed"),
    [
        (timedelta(hours=23, minutes=49), Handed.SENT),
        (timedelta(hours=23, minutes=51), Handed.FAILED),
        (timedelta(days=9), Handed.FAILED),
    ],
)
def test_an_alert_that_waited_a_day_is_not_stamped_anew(age: timedelta, handed: Handed) -> None:
    with shop() as to:
        to.at = NOW + age
        (receipt,) = to.transport.send(letters(1))
        assert receipt.handed is handed
        assert ("event_too_old" in receipt.words) == (handed is Handed.FAILED)


def test_all_errors_of_one_person_are_told_and_the_others_were_taken() -> None:
    with shop() as to:
        to.api.errors["c1"] = [
            {"category": "event", "reason": "event refused"},
            {"category": "attribute", "attribute": "product_name", "reason": "invalid value"},
        ]
        to.api.errors["c2"] = [{"category": "attribute", "attribute": "$timezone", "reason": "unknown zone"}]
        first, second, third = to.transport.send(letters(4)[1:])
        assert first.handed is Handed.FAILED
        assert "event refused" in first.words
        assert "product_name invalid value" in first.words
        assert (second.handed, second.receipt) == (Handed.SENT, HANDED_OVER)
        assert "unknown zone" in second.words
        assert (third.handed, third.words) == (Handed.SENT, "")


@pytest.mark.parametrize(
    "answer",
    [
        Reply(202, {"code": "SOMETHING_NEW"}),
        Reply(202, {}),
        Reply(200, {"code": "SUCCESS"}),
        Reply(202, {"code": "SUCCESS_WITH_PARTIAL_ERRORS", "errors": [{"bulk_index": 9, "reason": "x"}]}),
        Reply(202, {"code": "SUCCESS_WITH_PARTIAL_ERRORS", "errors": {"a": 1}}),
    ],
)
def test_an_answer_that_is_not_known_leaves_the_call_in_doubt(answer: Reply) -> None:
    with shop("events=one", answer) as to:
        assert {one.handed for one in to.transport.send(letters(2))} == {Handed.IN_DOUBT}


def test_a_confirmed_automation_is_asked_again_with_the_same_alert_and_moment_and_mails_once() -> None:
    with shop("confirmed=alert_id", RESET_DONE) as to:
        to.api.dedupes = True
        assert to.transport.idempotent
        assert [one.handed for one in to.transport.send(letters(2))] == [Handed.SENT] * 2
        assert len(to.api.events) == 4
        assert len({(made["time"], made["attributes"]["alert_id"]) for _, made in to.api.events}) == 2
        assert len(to.api.taken) == 2


def test_an_unconfirmed_one_is_not_asked_again() -> None:
    with shop("events=one", RESET_DONE) as to:
        assert not to.transport.idempotent
        assert [one.handed for one in to.transport.send(letters(2))] == [Handed.IN_DOUBT] * 2
        assert len(to.api.events) == 2


def test_a_thousand_people_in_a_row_never_bring_a_429() -> None:
    many = letters(1_600)
    with shop("confirmed=alert_id") as to:
        for start in range(0, len(many), to.transport.batch):
            receipts = to.transport.send(many[start : start + to.transport.batch])
            assert {one.handed for one in receipts} == {Handed.SENT}
        assert {len(request.data()) for request in to.fake.requests} == {200}
        assert to.seconds == pytest.approx((1_600 - 800) / 240, rel=0.01)


def test_the_version_is_in_the_path_and_the_wrong_one_is_our_problem() -> None:
    with shop("version=2.13") as to:
        (receipt,) = to.transport.send(letters(1))
        assert (receipt.handed, receipt.ours) == (Handed.DEFERRED, True)
        assert to.fake.requests[0].path == "/2.13/profiles/update"


def test_consent_to_marketing_is_never_written() -> None:
    with shop() as to:
        to.transport.send(letters(3))
        assert {name for profile in to.api.profiles.values() for name in profile} <= {
            "$email_address",
            "$language",
            "$timezone",
        }
