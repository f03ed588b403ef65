"""What came back, as the window and the command line ask for it: ingest in bulk, figures, charts, keys."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from restock_desk.domain import tokens
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, IngestReport, ReportQuestion
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.domain.metrics import COUNTS, DEFINITIONS
from restock_desk.errors import Cancelled, DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import delivery as delivery_
from restock_desk.services import feedback, support
from restock_desk.services.desk import Desk
from restock_desk.store import schema
from restock_desk.store.feedback import rebuild_rollups
from restock_desk.store.shop import token_key
from tests.campaigning import ACCEPTED, Scripted, launched
from tests.fakes import FixedClock
from tests.ledger_rows import SENT, delivery, measured, person_of, rollups, sent_campaign

K = FeedbackKind
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


def event(key: str, kind: FeedbackKind, delivery_id: int | None, **more: str) -> FeedbackEvent:
    return FeedbackEvent("acme", key, kind, SENT + timedelta(hours=1), delivery_id, user_agent=CHROME, **more)  # type: ignore[arg-type]  # names are the record's own


def test_a_large_file_goes_in_by_batches_and_again_without_change(any_desk: Desk) -> None:
    ids = sent_campaign(any_desk.store, 50)
    events = [event(f"o{n}", K.OPENED, ids[n % 50]) for n in range(2_500)]
    assert feedback.ingest(any_desk, events) == IngestReport(2_500, 0, 0)
    assert feedback.ingest(any_desk, events) == IngestReport(0, 2_500, 0)
    assert (measured(any_desk.store)["opened"], measured(any_desk.store)["opens_total"]) == (50, 2_500)


def test_cancel_stops_between_batches_and_keeps_what_is_in(desk: Desk) -> None:
    ids = sent_campaign(desk.store, 5)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        feedback.ingest(desk, [event(f"o{n}", K.OPENED, ids[n % 5]) for n in range(3_000)], token)


@pytest.mark.parametrize("purpose", tokens.PURPOSES)
def test_any_of_our_tokens_names_its_message(desk: Desk, purpose: str) -> None:
    (id,) = sent_campaign(desk.store)
    with desk.store.reading() as u:
        token = tokens.make(token_key(u), purpose, id, 3)
    feedback.ingest(desk, [event("x", K.COMPLAINED, None, token=token)])
    assert delivery(desk.store, id)["outcome"] == "complained"


def test_a_token_that_does_not_verify_names_nobody(desk: Desk) -> None:
    (id,) = sent_campaign(desk.store)
    assert feedback.ingest(desk, [event("x", K.COMPLAINED, id, token="A" * 38)]).unattributed == 1
    assert person_of(desk.store, id)["suppressed"] is None


def test_stats_have_every_name_of_the_metrics_page(desk: Desk) -> None:
    ids = sent_campaign(desk.store, 30)
    feedback.ingest(desk, [event(f"d{id}", K.DELIVERED, id) for id in ids[:20]])
    feedback.ingest(desk, [event(f"o{id}", K.OPENED, id) for id in ids[:5]])
    found = feedback.stats(desk, ReportQuestion())
    assert set(found.counts) == set(COUNTS)
    assert set(found.rates) == set(DEFINITIONS)
    opened = found.rates["open_human"]
    assert (opened.numerator, opened.denominator, opened.of, opened.rate) == (5, 20, "delivered", 0.25)
    assert opened.low is not None
    assert opened.high is not None
    assert opened.low < 0.25 < opened.high
    assert found.as_of == desk.now()
    assert any("still arriving" in note for note in found.notes)


def test_an_empty_shop_has_figures_of_nothing(any_desk: Desk) -> None:
    found = feedback.stats(any_desk, ReportQuestion())
    assert set(found.counts.values()) == {0}
    assert all(rate.rate is None for rate in found.rates.values())
    assert feedback.series(any_desk, ReportQuestion()).at == ()
    assert feedback.league(any_desk, ReportQuestion(), "product") == []
    assert feedback.links(any_desk, 1) == []


def test_a_report_without_delivery_reports_says_of_sent_everywhere(desk: Desk, clock: FixedClock) -> None:
    ids = sent_campaign(desk.store, 10)
    feedback.ingest(desk, [event("o", K.OPENED, ids[0])])
    clock.advance(10 * 86_400)
    rows = feedback.league(desk, ReportQuestion(), "campaign")
    assert {rate.of for _, _, stats in rows for rate in stats.rates.values()} >= {"sent"}
    assert "delivered" not in {rate.of for _, _, stats in rows for rate in stats.rates.values()}
    assert not feedback.series(desk, ReportQuestion()).delivered_known


def test_series_have_one_value_a_bucket_for_every_count(desk: Desk) -> None:
    sent_campaign(desk.store, 3)
    sent_campaign(desk.store, 2, SENT + timedelta(days=2))
    found = feedback.series(desk, ReportQuestion())
    assert found.counts["sent"] == (3, 0, 2)
    assert {len(values) for values in found.counts.values()} == {len(found.at)} == {3}


@pytest.mark.parametrize("question", [ReportQuestion(bucket="fortnight"), ReportQuestion(timezone="Mars/Olympus")])
def test_what_cannot_be_charted_is_said_in_a_sentence(desk: Desk, question: ReportQuestion) -> None:
    with pytest.raises(DeskError, match=r"\."):
        feedback.series(desk, question)


def test_ingestion_keys_belong_to_one_source(desk: Desk) -> None:
    first = feedback.new_ingestion_key(desk, "Acme")
    other = feedback.new_ingestion_key(desk, "other")
    assert feedback.source_of(desk, first) == "acme"
    assert feedback.source_of(desk, other) == "other"
    assert feedback.source_of(desk, "rd_" + "0" * 48) is None


@pytest.mark.parametrize("name", ["", "web", "a b", "x" * 41, "ü"])
def test_a_source_needs_a_plain_name(desk: Desk, name: str) -> None:
    with pytest.raises(DeskError):
        feedback.new_ingestion_key(desk, name)


def test_figures_kept_by_sending_and_by_feedback_equal_those_made_anew(any_desk: Desk, clock: FixedClock) -> None:
    """One send with every kind of answer across the turn of an hour, then evidence, a retry and a settled doubt."""
    clock.advance(3_570)
    campaign = launched(any_desk, people=8)
    answers = {
        "p1@example.com": Receipt(Handed.FAILED, "550", "550 5.1.1 no such user"),
        "p2@example.com": Receipt(Handed.IN_DOUBT, "", "The connection was reset."),
        "p3@example.com": Receipt(Handed.IN_DOUBT, "", "The connection was reset."),
        "p4@example.com": Receipt(Handed.DEFERRED, "451", "451 try again later"),
    }

    def answer(envelope: Envelope) -> Receipt:
        clock.advance(7)
        return answers.get(envelope.recipient, ACCEPTED)

    delivery_.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted(answer))
    clock.advance(120)
    delivery_.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    with any_desk.store.reading() as u:
        rows = u.connection.execute(select(schema.delivery.c.id, schema.delivery.c.state)).all()
    doubted = [id for id, state in rows if state == "in_doubt"]
    feedback.ingest(any_desk, [event("d", K.OPENED, doubted[0])])
    support.settle(any_desk, doubted[1], "sent", "The person has it")
    support.retry_failed(any_desk, campaign.id, "The address works again")
    delivery_.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    feedback.ingest(any_desk, [event(f"o{id}", K.OPENED, id) for id, _ in rows])
    kept = rollups(any_desk.store)
    with any_desk.store.unit() as u:
        rebuild_rollups(u)
        u.commit()
    assert rollups(any_desk.store) == kept
    found = feedback.stats(any_desk, ReportQuestion(campaign_id=campaign.id))
    names = ("audience", "sent", "failed", "in_doubt", "opened")
    assert {name: found.counts[name] for name in names} == dict(zip(names, (8, 8, 0, 0, 8), strict=True))
