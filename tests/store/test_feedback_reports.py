"""What charts ask: cohorts, buckets and time zones, narrowing, leagues, links, and what rates are of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, LinkCount, ReportQuestion
from restock_desk.store import Store, reports
from restock_desk.store.feedback import ingest
from tests.ledger_rows import SENT, delivery, restocked, sent_campaign

K = FeedbackKind
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
_numbers = iter(range(1_000_000))


def tell(store: Store, kind: FeedbackKind, *ids: int, link: int | None = None, subkind: str = "") -> None:
    with store.unit() as u:
        events = [
            FeedbackEvent("acme", f"r{next(_numbers)}", kind, SENT + timedelta(days=40), id, user_agent=CHROME)
            for id in ids
        ]
        ingest(u, [_with(event, link, subkind) for event in events], SENT + timedelta(days=41))
        u.commit()


def _with(event: FeedbackEvent, link: int | None, subkind: str) -> FeedbackEvent:
    return replace(event, link=link, subkind=subkind)


def campaign_of(store: Store, delivery_id: int) -> int:
    found = delivery(store, delivery_id)["campaign_id"]
    assert isinstance(found, int)
    return found


def test_counts_speak_of_messages_by_the_names_of_the_metrics_page(store: Store) -> None:
    ids = sent_campaign(store, 10)
    sent_campaign(store, 2, state="failed")
    sent_campaign(store, 3, state="skipped")
    sent_campaign(store, 1, state="in_doubt")
    tell(store, K.DELIVERED, *ids[:8])
    tell(store, K.BOUNCED, ids[8], subkind="hard")
    tell(store, K.OPENED, ids[0], ids[0], ids[1])
    tell(store, K.CLICKED, ids[0], link=1)
    tell(store, K.COMPLAINED, ids[1])
    with store.reading() as u:
        counts = reports.counts(u, ReportQuestion())
    expected = {
        "audience": 16, "attempted": 13, "sent": 10, "failed": 2, "in_doubt": 1, "skipped": 3, "delivered": 8,
        "bounced": 1, "bounced_hard": 1, "delivery_unknown": 1, "opened": 2, "opened_human": 2, "opens_total": 3,
        "clicked": 1, "clicked_human": 1, "clicks_total": 1, "complained": 1, "opened_machine": 0, "unsubscribed": 0,
    }  # fmt: skip
    assert {name: counts[name] for name in expected} == expected


def test_a_question_is_narrowed_by_campaign_template_and_product(store: Store) -> None:
    shirt, mug = restocked(store, 1, "Shirt"), restocked(store, 2, "Mug")
    first = sent_campaign(store, 3, template_id=7, event_ids=(shirt,))
    second = sent_campaign(store, 2, template_id=8, event_ids=(shirt, mug))
    tell(store, K.OPENED, first[0], second[0])
    questions = {
        "first": ReportQuestion(campaign_id=campaign_of(store, first[0])),
        "template": ReportQuestion(template_id=8),
        "shirt": ReportQuestion(product_id=1),
        "mug": ReportQuestion(product_id=2),
        "nothing": ReportQuestion(product_id=3),
    }
    with store.reading() as u:
        found = {name: reports.counts(u, question) for name, question in questions.items()}
    assert {name: (c["sent"], c["opened"], c["audience"]) for name, c in found.items()} == {
        "first": (3, 1, 3), "template": (2, 1, 2), "shirt": (5, 2, 5), "mug": (2, 1, 2), "nothing": (0, 0, 0),
    }  # fmt: skip


def test_a_range_takes_whole_hours_of_sending(store: Store) -> None:
    sent_campaign(store, 1, SENT)
    sent_campaign(store, 2, SENT + timedelta(hours=1))
    with store.reading() as u:
        now = reports.counts(u, ReportQuestion(since=SENT, until=SENT + timedelta(minutes=10)))
        before = reports.counts(u, ReportQuestion(until=SENT.replace(minute=0)))
    assert (now["sent"], now["audience"], before["sent"]) == (1, 1, 0)


def test_a_series_has_every_bucket_between_the_first_and_the_last(store: Store) -> None:
    ids = sent_campaign(store, 2, datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    sent_campaign(store, 1, datetime(2026, 3, 4, 1, tzinfo=UTC))
    tell(store, K.OPENED, ids[0])
    with store.reading() as u:
        days = reports.series(u, ReportQuestion())
        zone = reports.series(u, ReportQuestion(timezone="Europe/Paris"))
        weeks = reports.series(u, ReportQuestion(bucket="week"))
        hours = reports.series(u, ReportQuestion(bucket="hour"))
    assert [(at.day, c["sent"], c["opened"]) for at, c in days] == [(1, 2, 1), (2, 0, 0), (3, 0, 0), (4, 1, 0)]
    assert [(at.isoformat(), c["sent"]) for at, c in zone][:1] == [("2026-03-01T23:00:00+00:00", 2)]
    assert [(at.date().isoformat(), c["sent"]) for at, c in weeks] == [("2026-02-23", 2), ("2026-03-02", 1)]
    assert len(hours) == 51
    assert sum(c["sent"] for _, c in hours) == 3


@pytest.mark.parametrize("day", [29, 25])
def test_days_of_23_and_25_hours_begin_at_their_own_midnight(sqlite_store: Store, day: int) -> None:
    """Paris turned its clocks on 2026-03-29 and 2026-10-25."""
    month = 3 if day == 29 else 10
    for hour in range(-30, 56):
        sent_campaign(sqlite_store, 1, datetime(2026, month, day, tzinfo=UTC) + timedelta(hours=hour, minutes=5))
    with sqlite_store.reading() as u:
        series = reports.series(u, ReportQuestion(timezone="Europe/Paris"))
    sent = {at.isoformat(): c["sent"] for at, c in series}
    if month == 3:
        assert sent["2026-03-28T23:00:00+00:00"] == 23
        assert sent["2026-03-29T22:00:00+00:00"] == 24
    else:
        assert sent["2026-10-24T22:00:00+00:00"] == 25
        assert sent["2026-10-25T23:00:00+00:00"] == 24


def test_nothing_sent_is_an_empty_series(store: Store) -> None:
    with store.reading() as u:
        assert reports.series(u, ReportQuestion()) == []
        assert reports.newest_hour(u, ReportQuestion()) is None


def test_leagues_rank_by_messages_sent(store: Store) -> None:
    shirt, mug = restocked(store, 1, "Shirt"), restocked(store, 2, "Mug")
    small = sent_campaign(store, 1, template_id=5, event_ids=(mug,))
    large = sent_campaign(store, 4, template_id=6, event_ids=(shirt, mug))
    tell(store, K.OPENED, large[0], small[0])
    with store.reading() as u:
        campaigns = reports.league(u, ReportQuestion(), "campaign", 10)
        one = reports.league(u, ReportQuestion(), "campaign", 1)
        products = reports.league(u, ReportQuestion(), "product", 10)
        templates = reports.league(u, ReportQuestion(), "template", 10)
    assert [(id, c["sent"], c["opened"]) for id, _, c in campaigns] == [
        (campaign_of(store, large[0]), 4, 1),
        (campaign_of(store, small[0]), 1, 1),
    ]
    assert len(one) == 1
    assert [(name, c["sent"]) for _, name, c in products] == [("Mug", 5), ("Shirt", 4)]
    assert [(id, c["sent"]) for id, _, c in templates] == [(6, 4), (5, 1)]


def test_links_are_ranked_by_messages_with_a_persons_click(store: Store) -> None:
    ids = sent_campaign(store, 3)
    tell(store, K.CLICKED, ids[0], ids[0], ids[1], link=1)
    tell(store, K.CLICKED, ids[2], link=0)
    with store.reading() as u:
        found = reports.links(u, campaign_of(store, ids[0]))
    assert found == [LinkCount(1, "", 2, 3, 0, 0), LinkCount(0, "", 1, 1, 0, 0)]


def test_rates_are_of_delivered_only_where_delivery_reports_cover_the_messages(store: Store) -> None:
    later = SENT + timedelta(days=10)
    reported, silent = sent_campaign(store, 40), sent_campaign(store, 10)
    everything = ReportQuestion()

    def known(question: ReportQuestion, now: datetime) -> bool:
        with store.reading() as u:
            return reports.delivered_known(u, question, now)

    assert not known(everything, later)
    tell(store, K.DELIVERED, *reported)
    assert known(ReportQuestion(campaign_id=campaign_of(store, reported[0])), later)
    assert not known(ReportQuestion(campaign_id=campaign_of(store, silent[0])), later)
    assert not known(everything, later)
    assert known(everything, SENT + timedelta(hours=2))
