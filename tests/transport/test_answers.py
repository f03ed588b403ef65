"""Whatever a provider answers: a receipt for each mail or "unknown", never a crash and never a mail called sent by
accident; and the brakes that keep us from asking too often."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.handover import Handed
from restock_desk.errors import DeskError
from restock_desk.transport.batch import Batch
from restock_desk.transport.brakes import Breaker, Bucket
from restock_desk.transport.brevo import Brevo
from restock_desk.transport.calls import Answer, Unknown
from restock_desk.transport.mailgun import Mailgun
from restock_desk.transport.postmark import Postmark
from restock_desk.transport.provider import Provider
from restock_desk.transport.resend import Resend
from restock_desk.transport.sendgrid import SendGrid
from restock_desk.transport.ses import Ses
from tests.transport.letters import letters

PROVIDERS: list[Provider] = [
    Postmark("x"), SendGrid("x"), Mailgun("x", "d"), Ses("x", "u", "r"), Resend("x"), Brevo("x"), Batch("x", "p"),
]  # fmt: skip
GROUP = letters(2)
WORDS = st.sampled_from(
    ["data", "errors", "index", "bulk_index", "code", "message", "ErrorCode", "id", "MessageID", "messageId", "name",
     "BulkEmailEntryResults", "Status", "SUCCESS", "field", "scopes", "domain", "state", "Name", "Error"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(data=JSON, status=st.sampled_from([200, 201, 202, 204]))
@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.terms.name)
def test_any_good_answer_is_a_receipt_for_each_mail_or_unknown(provider: Provider, data: Any, status: int) -> None:
    group = GROUP[: provider.terms.call]
    try:
        receipts = provider.receipts(group, Answer(status, {}, json.dumps(data).encode()))
    except Unknown:
        return
    if provider.terms.name != "SendGrid":  # whose answer has no body
        assert all(one.handed is not Handed.SENT for one in receipts) or isinstance(data, dict | list)
    assert all(len(one.words) <= 400 for one in receipts)


@given(data=JSON, status=st.sampled_from([400, 401, 402, 403, 404, 409, 413, 422, 429]))
@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.terms.name)
def test_any_refusal_is_about_us_or_about_them(provider: Provider, data: Any, status: int) -> None:
    receipt = provider.refused(Answer(status, {}, json.dumps(data).encode()))
    assert (receipt.handed is Handed.DEFERRED) == receipt.ours
    assert receipt.handed is not Handed.SENT or provider.terms.name == "Brevo"


@given(data=JSON, status=st.sampled_from([200, 401, 500]))
@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.terms.name)
def test_any_answer_to_a_connection_test_is_a_sentence(provider: Provider, data: Any, status: int) -> None:
    with suppress(DeskError, Unknown):
        assert provider.found(Answer(status, {}, json.dumps(data).encode())).endswith(".")
        assert status == 200 or provider.terms.name == "Resend"


@pytest.mark.parametrize(
    ("provider", "answer", "ours"),
    [
        (Postmark("x"), Answer(422, {}, b'{"ErrorCode": 400, "Message": "Sender signature not found"}'), True),
        (Postmark("x"), Answer(422, {}, b'{"ErrorCode": 300, "Message": "Invalid email request"}'), False),
        (SendGrid("x"), Answer(400, {}, b'{"errors": [{"message": "bad", "field": "from.email"}]}'), True),
        (SendGrid("x"), Answer(400, {}, b'{"errors": [{"message": "bad", "field": "personalizations.0"}]}'), False),
        (Mailgun("x", "d"), Answer(402, {}, b'{"message": "payment"}'), True),
        (Mailgun("x", "d"), Answer(400, {}, b'{"message": "to parameter is not a valid address"}'), False),
        (Ses("x", "u", "r"), Answer(400, {"x-amzn-errortype": "SendingPausedException"}, b"{}"), True),
        (Ses("x", "u", "r"), Answer(400, {"x-amzn-errortype": "BadRequestException"}, b"{}"), False),
        (Resend("x"), Answer(429, {}, b'{"name": "daily_quota_exceeded", "message": "no more today"}'), True),
        (Resend("x"), Answer(422, {}, b'{"name": "validation_error", "message": "to"}'), False),
        (Brevo("x"), Answer(400, {}, b'{"code": "not_enough_credits", "message": "none left"}'), True),
        (Brevo("x"), Answer(400, {}, b'{"code": "invalid_parameter", "message": "email is not valid in to"}'), False),
        (Batch("x", "p"), Answer(404, {}, b'{"error_message": "no such project"}'), True),
        (Batch("x", "p"), Answer(400, {}, b'{"error_message": "malformed"}'), False),
    ],
)
def test_who_is_to_blame_is_read_from_the_providers_words(provider: Provider, answer: Answer, ours: bool) -> None:
    receipt = provider.refused(answer)
    assert (receipt.ours, receipt.handed) == (ours, Handed.DEFERRED if ours else Handed.FAILED)


@pytest.mark.parametrize(
    ("status", "handed", "ours"),
    [
        ("SUCCESS", Handed.SENT, False),
        ("MESSAGE_REJECTED", Handed.FAILED, False),
        ("ACCOUNT_THROTTLED", Handed.DEFERRED, False),
        ("TRANSIENT_FAILURE", Handed.DEFERRED, False),
        ("ACCOUNT_DAILY_QUOTA_EXCEEDED", Handed.DEFERRED, True),
        ("MAIL_FROM_DOMAIN_NOT_VERIFIED", Handed.DEFERRED, True),
    ],
)
def test_each_row_of_an_amazon_answer_stands_for_itself(status: str, handed: Handed, ours: bool) -> None:
    rows = {"BulkEmailEntryResults": [{"Status": status, "MessageId": "m"}, {"Status": "SUCCESS", "MessageId": "n"}]}
    first, second = Ses("x", "u", "r").receipts(GROUP, Answer(200, {}, json.dumps(rows).encode()))
    assert (first.handed, first.ours) == (handed, ours)
    assert second.receipt == "n"


def test_a_bucket_lets_its_burst_through_and_then_its_rate() -> None:
    now = [0.0]
    bucket = Bucket(240, 800, lambda: now[0])
    assert bucket.take(800) == 0
    assert bucket.take(240) == pytest.approx(1.0)
    now[0] = 1.0
    assert bucket.take(24) == pytest.approx(0.1)


def test_a_bucket_that_was_told_it_is_too_fast_goes_at_half_its_rate_for_a_while() -> None:
    now = [0.0]
    bucket = Bucket(100, 100, lambda: now[0])
    bucket.slow(60)
    assert bucket.take(50) == pytest.approx(1.0)
    now[0] = 70
    bucket.take(0)
    assert bucket.take(50) == 0


def test_a_breaker_opens_for_longer_each_time_and_forgets_after_a_success() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    waits = []
    for _ in range(9):
        breaker.bad()
        waits.append(breaker.wait_s)
        now[0] += breaker.wait_s
        assert breaker.room(50) == 1
    assert waits == [0, 0, 30, 60, 120, 240, 480, 600, 600]
    breaker.good()
    assert breaker.room(50) == 50
    breaker.lock("no")
    assert breaker.room(50) == 0
