"""`POST /feedback`: keys, limits, bad neighbours, and answers only after the commit."""

import json
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import func, select

from restock_desk.services import feedback
from restock_desk.services.desk import Desk
from restock_desk.store import schema
from tests.ledger_rows import address, person_of, sent_campaign


def stored(desk: Desk) -> int:
    with desk.store.reading() as u:
        return int(u.connection.scalar(select(func.count()).select_from(schema.feedback_event)) or 0)


@pytest.fixture
def key(desk: Desk) -> str:
    return feedback.new_ingestion_key(desk, "acme")


def post(web: httpx.Client, key: str, value: object) -> httpx.Response:
    return web.post("/feedback", json=value, headers={"authorization": f"Bearer {key}"})


def test_events_go_in_once(desk: Desk, web: httpx.Client, key: str) -> None:
    (id,) = sent_campaign(desk.store)
    event = {"event_id": "a1", "kind": "complained", "occurred_at": "2026-03-01T11:00:00+01:00", "delivery": id}
    assert post(web, key, event).json() == {"accepted": 1, "unchanged": 0, "rejected": []}
    assert post(web, key, [event, event]).json() == {"accepted": 0, "unchanged": 2, "rejected": []}
    assert person_of(desk.store, id)["suppressed"] == "complaint"


def test_an_order_must_say_when_it_was(web: httpx.Client, key: str) -> None:
    order = {"event_id": "o1", "kind": "ordered", "sku": "TEE-M", "recipient": "ana@example.com"}
    (rejected,) = post(web, key, order).json()["rejected"]
    assert rejected["field"] == "occurred_at"


def test_a_token_names_the_message(desk: Desk, web: httpx.Client, key: str, token: Callable[..., str]) -> None:
    (id,) = sent_campaign(desk.store)
    event = {"event_id": "a1", "kind": "bounced", "subkind": "hard", "token": token("unsubscribe", id)}
    assert post(web, key, event).json()["accepted"] == 1
    assert person_of(desk.store, id)["suppressed"] == "hard_bounce"


def test_a_false_token_or_recipient_has_no_effect(desk: Desk, web: httpx.Client, key: str) -> None:
    (id,) = sent_campaign(desk.store)
    events = [
        {"event_id": "a1", "kind": "complained", "token": "x" * 38, "delivery": id},
        {"event_id": "a2", "kind": "complained", "delivery": id, "recipient": "else@example.com"},
    ]
    assert post(web, key, events).json()["accepted"] == 2
    assert person_of(desk.store, id)["suppressed"] is None
    right = {"event_id": "a3", "kind": "complained", "delivery": id, "recipient": address(desk.store, id)}
    post(web, key, right)
    assert person_of(desk.store, id)["suppressed"] == "complaint"


def test_a_bad_event_is_rejected_and_not_its_neighbours(desk: Desk, web: httpx.Client, key: str) -> None:
    good = {"event_id": "a", "kind": "opened"}
    bad: list[object] = [
        {"kind": "opened"},
        {"event_id": "b"},
        {"event_id": "c", "kind": "opened", "delivery": "12; drop"},
        {"event_id": "d", "kind": "opened", "occurred_at": "yesterday"},
        {"event_id": "e", "kind": "opened", "delivery": 10**40},
        {"event_id": "f", "kind": "opened", "reason": ["list"]},
        "text",
        None,
        7,
    ]
    answer = post(web, key, [good, *bad, {"event_id": "z", "kind": "something new"}]).json()
    assert answer["accepted"] == 2
    assert [entry["line"] for entry in answer["rejected"]] == list(range(2, 11))
    assert [entry["field"] for entry in answer["rejected"]][:5] == [
        "event_id", "kind", "delivery", "occurred_at", "delivery"
    ]  # fmt: skip
    assert all(entry["reason"] for entry in answer["rejected"])


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic eDp5", "bearer rd_00"])
def test_without_a_key_nothing_goes_in(desk: Desk, web: httpx.Client, key: str, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = web.post("/feedback", json={"event_id": "a", "kind": "opened"}, headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert stored(desk) == 0


def test_a_new_key_withdraws_the_old_one_and_only_digests_are_kept(desk: Desk, web: httpx.Client, key: str) -> None:
    newer = feedback.new_ingestion_key(desk, "acme")
    event = {"event_id": "a", "kind": "opened"}
    assert post(web, key, event).status_code == 401
    assert post(web, newer, event).status_code == 200
    with desk.store.reading() as u:
        kept = json.dumps([row.value for row in u.connection.execute(select(schema.setting))])
    assert newer not in kept


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 65 + b"]" * 65, 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"", 400),
        (b'{"event_id": NaN}', 400),
        (b'"' + b"x" * 1_000_001 + b'"', 413),
        (b"[]", 200),
    ],
)
def test_bodies_that_cannot_be_read_are_refused(
    desk: Desk, web: httpx.Client, key: str, body: bytes, status: int
) -> None:
    answer = web.post("/feedback", content=body, headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == status
    assert stored(desk) == 0


def test_brackets_inside_text_are_no_nesting(desk: Desk, web: httpx.Client, key: str) -> None:
    assert post(web, key, {"event_id": "a", "kind": "opened", "reason": '["' * 200}).json()["accepted"] == 1
