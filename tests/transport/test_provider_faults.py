"""What is known of a mail after each fault of a provider, told apart by whether the whole call had left."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

import pytest

from restock_desk.domain.handover import Handed, Receipt, Transport
from restock_desk.rendering.faults import TemplateFault
from restock_desk.services import contents
from restock_desk.transport import open_transport
from restock_desk.transport.http import HttpPatience, Line
from restock_desk.transport.provider import Surroundings
from tests.rendering.samples import NOW, html
from tests.transport.fakes.batch import BatchApi
from tests.transport.fakes.providers import KEY, BrevoApi, MailgunApi, PostmarkApi, ResendApi, SendGridApi, SesApi
from tests.transport.fakes.server import (
    CUT,
    ENDLESS,
    GARBAGE,
    HTML,
    REDIRECT,
    RESET_DONE,
    RESET_EARLY,
    RESET_UNREAD,
    SILENT,
    SILENT_DONE,
    SLOW,
    Api,
    Fake,
    Fault,
    Reply,
)
from tests.transport.letters import letters

UNSURE = ("postmark", "sendgrid", "mailgun", "ses", "batch")
"""Providers that promise no idempotency."""
SURE = ("resend", "brevo", "batch-confirmed")
"""Providers with which a call may be repeated."""


APIS: dict[str, Callable[[], Api]] = {
    "postmark": PostmarkApi, "sendgrid": SendGridApi, "mailgun": MailgunApi, "ses": SesApi, "resend": ResendApi,
    "brevo": BrevoApi,
}  # fmt: skip


class Time:
    """Seconds that pass only when somebody rests."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.rests: list[float] = []

    def now(self) -> float:
        return self.seconds

    def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.seconds += seconds


@dataclass
class Try:
    fake: Fake
    transport: Transport
    time: Time

    def send(self, n: int) -> list[tuple[Handed, bool]]:
        return [(receipt.handed, receipt.ours) for receipt in self.receipts(n)]

    def receipts(self, n: int) -> list[Receipt]:
        return self.transport.send(letters(n))

    @property
    def taken(self) -> int:
        return len(self.fake.api.taken)


def api_of(name: str, time: Time) -> tuple[Api, str, str]:
    """The fake, the transport's address, the name of its secret."""
    if name.startswith("batch"):
        sure = name == "batch-confirmed"
        api = BatchApi(now=lambda: NOW, seconds=time.now, dedupes=sure, filled_at=time.now())
        return api, f"{api.url}?events=one{'&confirmed=alert_id' if sure else ''}", api.secret
    made = APIS[name]()
    return made, made.url, made.secret


_trust = cache(ssl.create_default_context)
"""Once for all: it reads every authority of the system, and nobody here asks for any."""


@contextmanager
def at(name: str, *faults: Fault | None, patience: HttpPatience | None = None, room: int = 0) -> Iterator[Try]:
    """A transport to a fake that shows these faults, one a call, and then works."""
    time = Time()
    api, url, secret = api_of(name, time)
    quick = patience or HttpPatience(connect=5, write=5, read=5, whole=10)
    world = Surroundings(now=lambda: NOW, clock=time.now, rest=time.rest, line=lambda: Line(quick, _trust))
    fake = Fake(api, lambda n: faults[n] if n < len(faults) else None, room=room)
    with fake.serving():
        transport = open_transport(
            f"{url}{'&' if '?' in url else '?'}endpoint={fake.endpoint}", {secret: KEY}.get, world
        )
        try:
            yield Try(fake, transport, time)
        finally:
            transport.close()


DOUBT, SENT, LATER = (Handed.IN_DOUBT, False), (Handed.SENT, False), (Handed.DEFERRED, True)
IMPATIENT = HttpPatience(connect=5, write=5, read=0.2, whole=10)


@pytest.mark.parametrize("name", UNSURE)
@pytest.mark.parametrize(
    ("fault", "arrive"),
    [
        (RESET_UNREAD, 0), (RESET_DONE, 3), (SILENT, 0), (SILENT_DONE, 3), (CUT, 3), (HTML, 3),
        (REDIRECT, 0), (Reply(500), 0), (Reply(502, {"message": "gateway"}), 0), (Reply(503), 0),
    ],
    ids=str,
)  # fmt: skip
def test_without_idempotency_a_call_that_left_and_was_not_answered_is_in_doubt(
    name: str, fault: Fault, arrive: int
) -> None:
    with at(name, fault, patience=IMPATIENT) as tried:
        if name == "sendgrid" and fault == CUT:
            pytest.skip("its answer has no body that could be cut")
        assert tried.send(3) == [DOUBT] * 3
        assert tried.taken == arrive
        assert tried.fake.calls == 1


@pytest.mark.parametrize("name", SURE)
@pytest.mark.parametrize(
    "fault",
    [RESET_UNREAD, RESET_DONE, SILENT, SILENT_DONE, CUT, HTML, GARBAGE, REDIRECT, Reply(500), Reply(503)],
    ids=str,
)
def test_where_a_repetition_counts_once_it_is_repeated_and_each_mail_arrives_once(name: str, fault: Fault) -> None:
    with at(name, fault, patience=IMPATIENT) as tried:
        assert tried.send(1) == [SENT]
        assert tried.taken == 1
        bodies = {request.body for request in tried.fake.requests}
        keys = {request.headers.get("idempotency-key") for request in tried.fake.requests}
        assert (len(bodies), len(keys), tried.fake.calls) == (1, 1, 2)


@pytest.mark.parametrize("name", SURE)
def test_when_the_repetitions_have_no_answer_either_it_is_in_doubt(name: str) -> None:
    with at(name, *[RESET_DONE] * 20) as tried:
        assert tried.send(1) == [DOUBT]
        assert (tried.fake.calls, tried.taken) == (4, 1)


@pytest.mark.parametrize("name", [*UNSURE, *SURE])
def test_a_refusal_after_a_try_without_an_answer_settles_nothing(name: str) -> None:
    with at(name, RESET_DONE, Reply(401), *[Reply(401)] * 5) as tried:
        assert tried.send(1) == [DOUBT]


@pytest.mark.parametrize("name", [*UNSURE, *SURE])
def test_a_reset_while_a_small_call_leaves_is_never_called_sent(name: str) -> None:
    """Whether the end of it had left by then depends on the moment; nothing was taken."""
    with at(name, *[RESET_EARLY] * 9) as tried:
        assert set(tried.send(1)) <= {LATER, DOUBT}
        assert tried.taken == 0


@pytest.mark.parametrize("name", ["postmark", "mailgun", "ses", "resend"])
def test_a_call_that_did_not_leave_as_a_whole_is_definite(name: str) -> None:
    """The server reads the head only, holds little, and resets: the end of the body is still with us."""
    large = html(f"<p>{{{{ subscriber.first_name }}}}</p><p>{'x ' * 100_000}</p>", "{{ product.title }}")
    with at(name, RESET_EARLY, room=4_096) as tried:
        letters_ = letters(18, large)
        receipts = tried.transport.send(letters_)
        assert {(receipt.handed, receipt.ours) for receipt in receipts} == {LATER}
        assert (tried.taken, tried.fake.requests) == (0, [])


@pytest.mark.parametrize("name", [*UNSURE, *SURE])
def test_without_a_connection_it_is_our_problem_and_nobody_is_in_doubt(name: str) -> None:
    with at(name) as tried:
        pass
    assert tried.send(3) == [LATER] * 3


@pytest.mark.parametrize("name", [*UNSURE, *SURE])
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_and_not_tried_again(name: str, status: int) -> None:
    with at(name, *[Reply(status, {"message": "no"})] * 9) as tried:
        assert tried.send(3) == [LATER] * 3
        assert tried.send(3) == [LATER] * 3
        assert (tried.fake.calls, tried.taken) == (1, 0)


@pytest.mark.parametrize("name", [*UNSURE, *SURE])
@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_mail_fails_for_good(name: str, status: int) -> None:
    with at(name, Reply(status, {"message": "This is not right."})) as tried:
        (receipt,) = tried.receipts(1)
        assert (receipt.handed, receipt.code, tried.taken) == (Handed.FAILED, str(status), 0)
        assert tried.send(1) == [SENT]


@pytest.mark.parametrize("name", ["postmark", "sendgrid", "mailgun", "ses", "resend", "batch"])
def test_when_every_mail_of_a_large_call_is_refused_alike_it_is_us(name: str) -> None:
    with at(name, *[Reply(400, {"message": "The template is wrong."})] * 200) as tried:
        receipts = tried.receipts(40)
        assert {(receipt.handed, receipt.ours) for receipt in receipts} == {LATER}
        assert "The template is wrong." in receipts[0].words or name in ("sendgrid", "batch")
        assert tried.fake.calls < 40


@pytest.mark.parametrize("name", [*UNSURE, *SURE])
def test_too_many_calls_wait_as_long_as_the_provider_says(name: str) -> None:
    with at(name, Reply(429, {"message": "Slow down."}, {"Retry-After": "30"})) as tried:
        receipts = tried.receipts(3)
        assert {(one.handed, one.ours) for one in receipts} == {LATER}
        assert max(one.wait_s for one in receipts) == 30
        tried.time.seconds += 29
        assert tried.send(3) == [LATER] * 3
        assert tried.fake.calls == 1
        tried.time.seconds += 2
        assert tried.send(3) == [SENT] * 3


@pytest.mark.parametrize("name", [*UNSURE, *SURE])
def test_a_short_wait_is_waited_for(name: str) -> None:
    with at(name, Reply(429, None, {"Retry-After": "1"})) as tried:
        assert tried.send(1) == [SENT]
        assert 1 in tried.time.rests


@pytest.mark.parametrize("told", ["Sun, 01 Mar 2026 12:00:20 GMT", "20"])
def test_a_wait_may_be_told_as_a_moment(told: str) -> None:
    with at("postmark", Reply(429, None, {"Retry-After": told})) as tried:
        assert tried.receipts(1)[0].wait_s == 20


@pytest.mark.parametrize("told", ["\u00b2", "soon", "-5", "9" * 400, "Mon, 99 Foo 2026 99:99:99 GMT"])
def test_a_wait_that_cannot_be_read_harms_nothing(told: str) -> None:
    with at("postmark", Reply(429, None, {"Retry-After": told})) as tried:
        assert 0 < tried.receipts(1)[0].wait_s <= 3_600


def test_a_wait_that_nobody_told_is_a_few_seconds() -> None:
    with at("batch", Reply(429, {"error_message": "too many"})) as tried:
        assert tried.receipts(1)[0].wait_s == 5


@pytest.mark.parametrize("name", UNSURE)
def test_a_provider_that_breaks_leaves_one_call_in_doubt_and_then_one_mail_a_try(name: str) -> None:
    with at(name, *[Reply(500)] * 30) as tried:
        handed = [handed for handed, _ in tried.send(40) + tried.send(40)]
        assert handed.count(Handed.IN_DOUBT) == 40 + 2
        assert handed.count(Handed.DEFERRED) == 38
        assert tried.fake.calls == 3
        assert tried.send(5) == [LATER] * 5
        assert tried.fake.calls == 3


def test_a_provider_that_recovers_is_tried_with_one_mail_and_then_used_as_before() -> None:
    with at("postmark", *[Reply(500)] * 3) as tried:
        for _ in range(3):
            tried.send(1)
        tried.time.seconds += 31
        assert tried.send(10) == [SENT] * 10
        assert tried.fake.calls == 3 + 2


@pytest.mark.parametrize("name", ["postmark", "sendgrid"])
@pytest.mark.parametrize("fault", [SLOW, ENDLESS], ids=str)
def test_an_answer_without_end_is_cut_off(name: str, fault: Fault) -> None:
    with at(name, fault, patience=HttpPatience(connect=5, write=5, read=5, whole=1)) as tried:
        assert set(tried.send(1)) <= {DOUBT, LATER}  # later: on a busy machine its time may be over before it is said


def test_a_redirect_is_never_followed() -> None:
    with at("sendgrid", REDIRECT) as tried:
        tried.send(2)
        assert len(tried.fake.requests) == 1


def test_a_large_call_is_cut_in_two_before_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    from restock_desk.transport.postmark import Postmark

    monkeypatch.setattr(Postmark, "terms", replace(Postmark.terms, call_bytes=20_000))
    with at("postmark") as tried:
        assert tried.send(9) == [SENT] * 9
        assert tried.fake.calls > 1
        assert max(len(request.body) for request in tried.fake.requests) <= 20_000
        assert tried.taken == 9


def test_a_mail_that_is_larger_than_the_provider_takes_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from restock_desk.transport.brevo import Brevo

    monkeypatch.setattr(Brevo, "terms", replace(Brevo.terms, call_bytes=1_000))
    with at("brevo") as tried:
        (receipt,) = tried.receipts(1)
        assert (receipt.handed, "larger" in receipt.words, tried.fake.calls) == (Handed.FAILED, True, 0)


def test_a_mail_that_cannot_be_made_in_pieces_fails_alone_and_nothing_of_it_leaves() -> None:
    def broken() -> contents.Whole:
        raise TemplateFault("The template takes too long.")

    with at("sendgrid") as tried:
        first, second, third = letters(3)
        receipts = tried.transport.send([first, replace(second, contents=contents.Contents(broken)), third])
        assert [one.handed for one in receipts] == [Handed.SENT, Handed.FAILED, Handed.SENT]
        assert receipts[1].words == "render: The template takes too long."
        assert sorted(mail.recipient for mail in tried.fake.api.taken) == [first.recipient, third.recipient]


def test_a_server_error_that_says_how_long_is_left_alone_for_so_long() -> None:
    with at("postmark", Reply(503, None, {"Retry-After": "120"})) as tried:
        assert tried.send(2) == [DOUBT] * 2
        assert tried.receipts(2)[0].wait_s == 120
        assert tried.fake.calls == 1
