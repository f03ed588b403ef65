"""Every break and every refusal at each of the nine stages of a mail, told apart rightly, as the ledger has it.

What failed before the end of a mail was with the system ends delivered, once; after it, it is in doubt, once.
"""

import quopri
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.domain.handover import Envelope, Handed
from restock_desk.domain.templates import Draft
from restock_desk.services import delivery
from restock_desk.services.desk import Desk
from restock_desk.store import open_store
from tests.campaigning import DRAFT
from tests.conftest import Logged
from tests.fakes import FixedClock
from tests.faults.crowd import (
    LONG,
    Books,
    Hurried,
    books,
    carried_on,
    impatient,
    large,
    launched_to,
    tier,
)
from tests.sinks.smtp import CLOSE, RESET, SILENCE, STAGES, Script, Sink
from tests.sinks.tls import server_tls

S = DeliveryState
FAULTS = tier(3, 200)
BREAKS = (RESET, CLOSE)
LATER = ("421", "451", "450", "452", "454", "455")[: tier(2, 6)]
NEVER = ("550", "551", "552", "553", "554", "555")[: tier(1, 6)]
ANSWERED = ("greeting", "ehlo", "mail", "rcpt", "data", "dot", "quit")
"""The stages at which a server can say a code."""
OFFERS = (("8BITMIME",), ("8BITMIME", "PIPELINING"))


@pytest.fixture(scope="session")
def server_context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return server_tls(tmp_path_factory.mktemp("tls"))


def every_other(wanted: str, reply: str) -> Script:
    """`reply` at every other occurrence of a stage, so many times; between them all is well."""
    given = count()
    return lambda stage, n: reply if stage == wanted and n % 2 == 0 and next(given) < FAULTS else None


@pytest.fixture(autouse=True)
def _less_in_one_write(expect_logs: Logged) -> None:
    """Whoever ends connections over grouped commands, as many of these servers do, is sent less at once."""
    expect_logs("answered out of step")


def delivered(desk: Desk, clock: FixedClock, sink: Sink, draft: Draft = DRAFT) -> Books:
    """A campaign to the end of its day; its books."""
    with sink.serving(), impatient(sink) as transport:
        campaign = launched_to(desk, FAULTS * 2 + 1, sink.url, draft=draft)
        assert carried_on(desk, clock, campaign.id, transport).state is CampaignState.FINISHED
    found = books(desk.store, campaign.id, sink.kept)
    assert found.balanced()
    return found


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize("fault", BREAKS)
@pytest.mark.parametrize("stage", ["connect", "greeting", "ehlo", "mail", "rcpt", "data", "quit"])
def test_a_break_before_the_body_costs_nothing_but_time(
    desk: Desk, clock: FixedClock, stage: str, fault: str, offers: tuple[str, ...]
) -> None:
    sink = Sink(every_other(stage, fault), offers, mails_per_connection=_one_each(stage))
    found = delivered(desk, clock, sink)
    assert found.of(S.SENT) == set(found.rows)


@pytest.mark.parametrize("fault", BREAKS)
def test_a_break_when_encryption_begins_costs_nothing_but_time(
    desk: Desk, clock: FixedClock, server_context: ssl.SSLContext, fault: str
) -> None:
    sink = Sink(every_other("starttls", fault), ("STARTTLS",), tls=server_context, mails_per_connection=1)
    found = delivered(desk, clock, sink)
    assert found.of(S.SENT) == set(found.rows)
    assert "STARTTLS" in sink.commands


@pytest.mark.parametrize("fault", [RESET, CLOSE, SILENCE])
def test_a_break_while_the_end_of_the_mail_is_still_with_us_is_definite(fault: str) -> None:
    """The server reads the beginning of a body, which its small buffers and ours cannot hold, and no more."""
    body = b"Subject: Big\r\n\r\n" + b"x" * 70 * 120_000 + b"\r\n"
    mails = [Envelope("alerts@shop.example", f"p{n}@example.com", body, f"k{n}") for n in range(2)]
    sink = Sink(lambda stage, n: fault if (stage, n) == ("body", 0) else None, receive_buffer=65_536)
    with sink.serving(), impatient(sink, 2) as transport:
        handed = {receipt.handed for mail in mails for receipt in transport.send([mail])}
    assert handed == {Handed.DEFERRED, Handed.SENT}
    assert sink.kept == ["p1@example.com"]


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize("fault", BREAKS)
@pytest.mark.parametrize("draft", [DRAFT, large()], ids=["small", "large"])
def test_a_break_inside_a_body_is_tried_again_or_in_doubt_and_never_both(
    desk: Desk, clock: FixedClock, draft: Draft, fault: str, offers: tuple[str, ...]
) -> None:
    """In doubt, when its end was with the system already: nobody here knows that the server never saw it."""
    found = delivered(desk, clock, Sink(every_other("body", fault), offers, receive_buffer=4_096), draft=draft)
    assert found.of(S.SENT, S.IN_DOUBT) == set(found.rows)
    assert not found.of(S.IN_DOUBT) & set(found.taken)
    assert len(found.of(S.IN_DOUBT)) <= FAULTS


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize("fault", BREAKS)
def test_a_break_after_the_final_dot_is_in_doubt_once_and_never_sent_again(
    desk: Desk, clock: FixedClock, fault: str, offers: tuple[str, ...]
) -> None:
    found = delivered(desk, clock, Sink(every_other("dot", fault), offers))
    assert set(found.taken) == set(found.rows)
    assert found.of(S.SENT, S.IN_DOUBT) == set(found.rows)
    assert len(found.of(S.IN_DOUBT)) == FAULTS


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize("code", LATER)
@pytest.mark.parametrize("stage", ANSWERED)
def test_a_temporary_refusal_is_tried_again_until_it_is_taken(
    desk: Desk, clock: FixedClock, stage: str, code: str, offers: tuple[str, ...]
) -> None:
    sink = Sink(every_other(stage, f"{code} 4.7.1 later"), offers, mails_per_connection=_one_each(stage))
    found = delivered(desk, clock, sink)
    assert found.of(S.SENT) == set(found.rows)


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize("code", NEVER)
@pytest.mark.parametrize("stage", ANSWERED)
def test_a_final_refusal_fails_that_mail_only_and_is_never_tried_again(
    desk: Desk, clock: FixedClock, stage: str, code: str, offers: tuple[str, ...]
) -> None:
    sink = Sink(every_other(stage, f"{code} 5.7.1 never"), offers, mails_per_connection=_one_each(stage))
    with sink.serving(), impatient(sink) as transport:
        campaign = launched_to(desk, FAULTS * 2, sink.url)
        assert carried_on(desk, clock, campaign.id, transport).state is CampaignState.FINISHED
    found = books(desk.store, campaign.id, [])
    if stage in ("mail", "rcpt", "data", "dot"):
        failed = found.of(S.FAILED)
        assert len(failed) == FAULTS
        assert found.of(S.SENT) == set(found.rows) - failed
        assert {found.rows[email].reason for email in failed} == {f"{code} 5.7.1 never"}
        assert {found.rows[email].attempts for email in failed} == {1}
        assert len(sink.begun) == FAULTS * 2 if stage == "dot" else set(sink.kept) == found.of(S.SENT)
    else:
        assert found.of(S.SENT) == set(found.rows), "who refuses a connection has refused nobody's mail"
    assert max(sink.kept.count(email) for email in found.rows) == 1


def test_silence_at_any_stage_is_a_break_like_any_other(
    desk: Desk, clock: FixedClock, server_context: ssl.SSLContext
) -> None:
    """All stages at once, each with a server of its own, because the waiting is what takes the time."""
    stages = [(stage, offers) for stage in (*STAGES, "starttls") for offers in OFFERS]

    def silent(stage: str, offers: tuple[str, ...], n: int) -> tuple[str, Books]:
        sink = Sink(every_other(stage, SILENCE), offers, mails_per_connection=_one_each(stage))
        if stage == "starttls":
            sink.offers, sink.tls = (*offers, "STARTTLS"), server_context
        own = FixedClock(clock.now())
        with (
            closing(open_store(str(desk.store.url))) as store,
            sink.serving(),
            impatient(sink, 1) as transport,
        ):
            mine = replace(desk, store=store, now=own.now, host=f"here:{n}:1")
            campaign = launched_to(mine, FAULTS * 2, sink.url, sku=f"TEE-{n}")
            report = carried_on(mine, own, campaign.id, transport)
            assert report.state is CampaignState.FINISHED
        return stage, books(desk.store, campaign.id, sink.kept)

    with ThreadPoolExecutor(len(stages)) as pool:
        done = [pool.submit(silent, stage, offers, n) for n, (stage, offers) in enumerate(stages)]
    for stage, found in [one.result() for one in done]:
        assert found.balanced()
        assert found.of(S.SENT, S.IN_DOUBT) == set(found.rows)
        if stage == "dot":
            assert len(found.of(S.IN_DOUBT)) >= FAULTS
        elif stage != "body":
            assert len(found.of(S.IN_DOUBT)) == 0


@pytest.mark.parametrize("code", LATER)
@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
def test_a_temporary_refusal_waits_about_a_minute_first(desk: Desk, clock: FixedClock, stage: str, code: str) -> None:
    refused = {f"p{n}@tee-m.example" for n in range(0, FAULTS, 2)}
    answer = f"{code} 4.2.2 full"
    sink = Sink(personal=lambda at, who: answer if at == stage and who in refused else None)
    with sink.serving(), impatient(sink) as transport:
        campaign = launched_to(desk, FAULTS, sink.url)
        delivery.deliver(desk, campaign.id, Hurried(clock), wait=False, transport=transport)
    found = books(desk.store, campaign.id, [])
    deferred = found.of(S.DEFERRED)
    assert deferred == refused
    assert {found.rows[email].reason for email in deferred} == {answer}
    waits = [(found.rows[email].due_at - clock.now()) / timedelta(seconds=1) for email in deferred]
    assert all(48 <= wait <= 72 for wait in waits)


def test_the_stages_are_all_nine() -> None:
    before = {"connect", "greeting", "ehlo", "mail", "rcpt", "data", "quit"}
    assert before | {"body", "dot"} == set(STAGES)
    assert set(ANSWERED) == before - {"connect"} | {"dot"}
    assert not LONG or len({*LATER, *NEVER}) == 12


@pytest.mark.parametrize("offers", OFFERS)
def test_whoever_is_refused_never_sees_a_body(desk: Desk, clock: FixedClock, offers: tuple[str, ...]) -> None:
    """Also when the server, against the rules, then says yes to DATA, as this one does."""
    refused = "p1@tee-m.example"
    answers = {("rcpt", refused): "550 5.1.1 nobody"}
    with (
        Sink(personal=lambda stage, who: answers.get((stage, who)), offers=offers).serving() as sink,
        impatient(sink) as transport,
    ):
        campaign = launched_to(desk, 4, sink.url)
        carried_on(desk, clock, campaign.id, transport)
    found = books(desk.store, campaign.id, sink.kept)
    assert found.of(S.FAILED) == {refused}
    assert set(found.taken) == set(found.rows) - {refused}
    assert all(b"Hi P" in quopri.decodestring(message) for _, message in sink.taken if message.strip())


def _one_each(stage: str) -> int:
    """A mail a connection, for the stages of which a connection has one."""
    return 1 if stage in ("connect", "greeting", "starttls", "ehlo", "quit") else 0
