"""The one way in: every event kept once, in any order, with its effects on message, person and figures."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from restock_desk.domain.facts import hour_of
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, IngestReport, Who
from restock_desk.store import Store, schema
from restock_desk.store.feedback import ingest, rebuild_rollups
from tests.builders import add_interest, add_product
from tests.ledger_rows import SENT, address, delivery, measured, person_of, restocked, rollups, sent_campaign

K = FeedbackKind
NOW = SENT + timedelta(days=1)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
_numbers = iter(range(10_000_000))


def event(kind: FeedbackKind, delivery_id: int | None, after_s: float = 3_600, **more: Any) -> FeedbackEvent:
    base = FeedbackEvent("acme", f"e{next(_numbers)}", kind, SENT + timedelta(seconds=after_s), delivery_id)
    return replace(base, **more)


def take(store: Store, *events: FeedbackEvent, now: datetime = NOW) -> IngestReport:
    with store.unit() as u:
        report = ingest(u, events, now)
        u.commit()
    return report


def stored(store: Store) -> int:
    with store.reading() as u:
        return int(u.connection.scalar(select(func.count()).select_from(schema.feedback_event)) or 0)


def test_a_hundred_replays_are_one_row_and_count_once(store: Store) -> None:
    (id,) = sent_campaign(store)
    opened = event(K.OPENED, id, user_agent=CHROME)
    assert take(store, opened) == IngestReport(1, 0, 0)
    for _ in range(99):
        assert take(store, opened) == IngestReport(0, 1, 0)
    assert take(store, *[opened] * 50) == IngestReport(0, 50, 0)
    assert stored(store) == 1
    assert (measured(store)["opened"], measured(store)["opened_human"], measured(store)["opens_total"]) == (1, 1, 1)


def test_duplicates_within_a_batch_count_once(store: Store) -> None:
    (id,) = sent_campaign(store)
    clicked = event(K.CLICKED, id, link=2, user_agent=CHROME)
    assert take(store, clicked, clicked, clicked) == IngestReport(1, 2, 0)
    assert (measured(store)["clicks_total"], measured(store)["clicked_human"]) == (1, 1)


def test_an_event_without_a_time_is_a_repeat_on_any_day(store: Store) -> None:
    (id,) = sent_campaign(store)
    timeless = replace(event(K.DELIVERED, id), occurred_at=None)
    take(store, timeless)
    assert take(store, timeless, now=NOW + timedelta(days=3)) == IngestReport(0, 1, 0)


def test_the_same_key_of_another_source_is_another_event(store: Store) -> None:
    (id,) = sent_campaign(store)
    opened = event(K.OPENED, id, user_agent=CHROME)
    assert take(store, opened, replace(opened, source="other")).accepted == 2
    assert (measured(store)["opens_total"], measured(store)["opened"]) == (2, 1)


def test_figures_belong_to_the_hour_the_message_was_sent(store: Store) -> None:
    (id,) = sent_campaign(store)
    take(store, event(K.OPENED, id, after_s=90_000, user_agent=CHROME))
    with store.reading() as u:
        hours = set(u.connection.scalars(select(schema.rollup_hour.c.hour)))
    assert hours == {hour_of(SENT)}


def test_first_moments_are_the_earliest_whatever_comes_first(store: Store) -> None:
    (id,) = sent_campaign(store)
    take(store, event(K.OPENED, id, after_s=500, user_agent=CHROME))
    take(store, event(K.OPENED, id, after_s=90, user_agent=CHROME), event(K.DELIVERED, id, after_s=9))
    row = delivery(store, id)
    assert row["first_open_at"] == SENT + timedelta(seconds=90)
    assert row["first_delivered_at"] == SENT + timedelta(seconds=9)


def test_any_order_and_any_cut_into_batches_end_alike(sqlite_store: Store) -> None:
    """State is a function of the set of events: twelve shuffles of one set leave the same figures and rows."""
    random = Random(5)
    ends = []
    events: list[tuple[int, FeedbackEvent]] = []
    for number in range(120):
        kind = random.choice((K.DELIVERED, K.BOUNCED, K.OPENED, K.OPENED, K.CLICKED, K.CLICKED, K.COMPLAINED))
        more: dict[str, Any] = (
            {"subkind": random.choice(("hard", "soft"))} if kind is K.BOUNCED else {"link": random.randrange(4)}
        )
        agent = random.choice((CHROME, "Mozilla/5.0", "curl/8"))
        ip = f"192.0.2.{random.randrange(3)}" if number % 3 else ""
        events.append((random.randrange(12), event(kind, 0, random.randrange(1, 400), user_agent=agent, ip=ip, **more)))
    for round in range(12):
        ids = sent_campaign(sqlite_store, 12)
        shuffled = [replace(e, delivery_id=ids[who], source=f"r{round}") for who, e in events]
        random.shuffle(shuffled)
        cut = random.randrange(5, 60)
        for start in range(0, len(shuffled), cut):
            # Another round's clicks share the networks and minutes, so each round lives in its own month.
            batch = [_moved(e, round) for e in shuffled[start : start + cut]]
            take(sqlite_store, *batch)
        campaign = delivery(sqlite_store, ids[0])["campaign_id"]
        ends.append({row[2:] for row in rollups(sqlite_store)["rollup_hour"] if row[0] == campaign})
    assert all(end == ends[0] for end in ends)


def _moved(event: FeedbackEvent, months: int) -> FeedbackEvent:
    assert event.occurred_at is not None
    return replace(event, occurred_at=event.occurred_at + timedelta(days=31 * months))


def test_a_bounce_outweighs_a_delivery_in_either_order(store: Store) -> None:
    first, second = sent_campaign(store, 2)
    take(store, event(K.DELIVERED, first), event(K.BOUNCED, first, subkind="hard"))
    take(store, event(K.BOUNCED, second, subkind="soft"))
    take(store, event(K.DELIVERED, second))
    assert (measured(store)["delivered"], measured(store)["bounced"]) == (0, 2)
    assert (measured(store)["bounced_hard"], measured(store)["bounced_soft"]) == (1, 1)
    assert delivery(store, first)["outcome"] == "bounced"


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        (K.BOUNCED, {"subkind": "hard"}, "hard_bounce"),
        (K.COMPLAINED, {}, "complaint"),
        (K.UNSUBSCRIBED, {}, "unsubscribe"),
        (K.REJECTED, {"subkind": "invalid_address"}, "hard_bounce"),
        (K.REJECTED, {"subkind": "suppressed"}, None),
        (K.BOUNCED, {"subkind": "soft"}, None),
        (K.OPENED, {}, None),
        (K.CLICKED, {"user_agent": "curl/8"}, None),
    ],
)
def test_what_came_back_decides_who_may_be_mailed(
    store: Store, kind: FeedbackKind, more: dict[str, Any], reason: str | None
) -> None:
    (id,) = sent_campaign(store)
    take(store, event(kind, id, 3_600, **more))
    assert person_of(store, id)["suppressed"] == reason
    assert person_of(store, id)["consent"] == ("unsubscribed" if kind is K.UNSUBSCRIBED else "subscribed")


def test_three_soft_bounces_in_thirty_days_suppress(store: Store) -> None:
    (first,) = sent_campaign(store)
    person = delivery(store, first)["subscriber_id"]
    assert isinstance(person, int)
    for days in (10, 20):  # two later campaigns to the same person
        (other,) = sent_campaign(store, sent_at=SENT + timedelta(days=days), to=person)
        take(store, event(K.BOUNCED, other, after_s=86_400 * days + 60, subkind="soft"))
    assert person_of(store, first)["suppressed"] is None
    take(store, event(K.BOUNCED, first, 120, subkind="soft"), event(K.BOUNCED, first, 99, subkind="soft"))
    assert person_of(store, first)["suppressed"] == "soft_bounces"


def test_soft_bounces_of_one_mail_are_one(store: Store) -> None:
    (id,) = sent_campaign(store)
    take(store, *[event(K.BOUNCED, id, after, subkind="soft") for after in (60, 120, 180, 240)])
    assert person_of(store, id)["suppressed"] is None


def test_an_event_about_another_address_or_message_is_kept_without_effect(store: Store) -> None:
    (id,) = sent_campaign(store)
    (queued,) = sent_campaign(store, state="queued")
    before = rollups(store)
    report = take(
        store,
        event(K.COMPLAINED, id, recipient="somebody@else.example"),
        event(K.BOUNCED, 999_999, subkind="hard"),
        event(K.UNSUBSCRIBED, None),
        event(K.UNSUBSCRIBED, queued),
    )
    assert report == IngestReport(4, 0, 4)
    assert rollups(store) == before
    assert person_of(store, id)["suppressed"] is None
    assert person_of(store, queued)["consent"] == "subscribed"


def test_an_event_that_tells_the_right_recipient_acts(store: Store) -> None:
    (id,) = sent_campaign(store)
    take(store, event(K.COMPLAINED, id, recipient=address(store, id).upper()))
    assert person_of(store, id)["suppressed"] == "complaint"
    assert measured(store)["complained"] == 1


@pytest.mark.parametrize("kind", [K.DELIVERED, K.BOUNCED, K.COMPLAINED, K.OPENED, K.CLICKED, K.UNSUBSCRIBED, K.SENT])
def test_evidence_settles_doubt_as_sent(store: Store, kind: FeedbackKind) -> None:
    (id,) = sent_campaign(store, state="in_doubt")
    take(store, event(kind, id, user_agent=CHROME))
    row = delivery(store, id)
    assert (row["state"], row["sent_at"]) == ("sent", SENT)
    assert (measured(store)["in_doubt"], measured(store)["sent"]) == (0, 1)


def test_a_mail_that_proves_sent_answers_what_its_person_waited_for(store: Store) -> None:
    (id,) = sent_campaign(store, state="in_doubt")
    variant = add_product(store, "TEE-M")
    person = person_of(store, id)["id"]
    assert isinstance(person, int)
    interest = add_interest(store, person, variant.id)
    seen = restocked(store, variant.product_id, "Tee", variant_id=variant.id)
    with store.unit() as u:
        told = {"event_ids": [seen], "interests": [{"id": interest, "variant_id": variant.id}]}
        table = schema.delivery_payload
        u.connection.execute(table.update().where(table.c.delivery_id == id).values(told))
        u.commit()
    take(store, event(K.OPENED, id, user_agent=CHROME))
    with store.reading() as u:
        row = u.connection.execute(select(schema.interest)).one()
    assert (row.state, row.notified_event_id) == ("notified", seen)


def test_a_refusal_settles_doubt_as_failed_and_leaves_sent_alone(store: Store) -> None:
    (doubted,) = sent_campaign(store, state="in_doubt")
    (sent,) = sent_campaign(store)
    take(store, event(K.REJECTED, doubted, subkind="policy"), event(K.REJECTED, sent, subkind="policy"))
    assert delivery(store, doubted)["state"] == "failed"
    assert delivery(store, sent)["state"] == "sent"
    assert (measured(store)["in_doubt"], measured(store)["failed"], measured(store)["rejected"]) == (0, 1, 1)


def test_news_that_proves_nothing_leaves_doubt(store: Store) -> None:
    (id,) = sent_campaign(store, state="in_doubt")
    take(store, event(K.DEFERRED, id), event(K.QUEUED, id), event(K.OTHER, id))
    assert delivery(store, id)["state"] == "in_doubt"


def test_tests_enter_no_figure(store: Store) -> None:
    (id,) = sent_campaign(store, origin="test")
    take(store, event(K.OPENED, id, user_agent=CHROME), event(K.CLICKED, id, link=1, user_agent=CHROME))
    assert all(not rows for rows in rollups(store).values())


def test_feedback_may_be_faster_than_the_note_that_it_was_sent(store: Store) -> None:
    (id,) = sent_campaign(store, state="started")
    take(store, event(K.OPENED, id, user_agent=CHROME))
    assert measured(store)["opened"] == 1
    assert delivery(store, id)["state"] == "started"


def test_a_sweep_is_seen_across_transactions_and_judged_again(store: Store) -> None:
    (id,) = sent_campaign(store)
    for link in range(3):
        take(store, event(K.CLICKED, id, after_s=600 + link * 3, link=link, user_agent=CHROME))
    assert measured(store)["clicks_total"] == 3
    assert (measured(store)["clicked_human"], measured(store)["clicked_machine"], measured(store)["clicked"]) == (
        0,
        1,
        1,
    )
    links = rollups(store)["rollup_link"]
    assert {row[1:] for row in links} == {(link, "machine", 1, 1) for link in range(3)}


def test_a_shared_network_is_seen_across_messages(store: Store) -> None:
    ids = sent_campaign(store, 5)
    for number, id in enumerate(ids):
        ip = f"192.0.2.{number}"
        take(store, event(K.CLICKED, id, after_s=600 + number, link=0, user_agent=CHROME, ip=ip))
    assert (measured(store)["clicked_machine"], measured(store)["clicked_human"]) == (5, 0)


def test_links_count_messages_once_and_clicks_each(store: Store) -> None:
    first, second = sent_campaign(store, 2)
    take(store, event(K.CLICKED, first, 600, link=1, user_agent=CHROME))
    take(store, event(K.CLICKED, first, 900, link=1, user_agent=CHROME))
    take(store, event(K.CLICKED, second, 600, link=1, user_agent=CHROME))
    assert {row[1:] for row in rollups(store)["rollup_link"]} == {(1, "human", 3, 2)}


@pytest.mark.parametrize("seed", range(3))
def test_rollups_made_anew_equal_those_kept(store: Store, seed: int) -> None:
    random = Random(seed)
    ids = [*sent_campaign(store, 30), *sent_campaign(store, 20, SENT + timedelta(hours=5)), *sent_campaign(store, 5)]
    ids += [*sent_campaign(store, 4, state="in_doubt"), *sent_campaign(store, 3, state="skipped")]
    ids += [*sent_campaign(store, 3, state="failed"), *sent_campaign(store, 3, origin="test")]
    for _ in range(6):
        take(store, *[_random(random, ids) for _ in range(60)])
    kept, rows = rollups(store), [delivery(store, id) for id in ids]
    with store.unit() as u:
        rebuild_rollups(u)
        u.commit()
    assert rollups(store) == kept
    assert [delivery(store, id) for id in ids] == rows


def _random(random: Random, ids: list[int]) -> FeedbackEvent:
    kind = random.choice([*K, K.OPENED, K.CLICKED, K.CLICKED])
    return event(
        kind,
        random.choice(ids),
        random.uniform(1, 300),
        subkind=random.choice(("hard", "soft", "")) if kind is K.BOUNCED else "",
        link=random.choice((None, 0, 1, 2, 3)) if kind is K.CLICKED else None,
        user_agent=random.choice((CHROME, "", "Mozilla/5.0", "curl/8")),
        ip=random.choice(("", "192.0.2.4", "198.51.100.7")),
        who=random.choice((Who.UNKNOWN, Who.MACHINE)) if random.random() < 0.2 else Who.UNKNOWN,
    )


def test_hostile_text_is_kept_as_text(store: Store, read_event: Callable[[Store], dict[str, object]]) -> None:
    (id,) = sent_campaign(store)
    nasty = "<script>alert(1)</script>\x00\x1b[31m\ud800'; drop table delivery; --"
    take(store, event(K.OPENED, id, user_agent=nasty, ip="x" * 400, reason=nasty * 90))
    row = read_event(store)
    assert "\x00" not in str(row["user_agent"])
    assert str(row["user_agent"]).startswith("<script>alert(1)</script>")
    assert len(str(row["reason"])) <= 500


@pytest.fixture
def read_event() -> Callable[[Store], dict[str, object]]:
    def read(store: Store) -> dict[str, object]:
        with store.reading() as u:
            return dict(u.connection.execute(select(schema.feedback_event)).one()._mapping)

    return read


def test_extreme_times_are_taken(store: Store) -> None:
    (id,) = sent_campaign(store)
    for year in (1990, 2200):
        take(store, replace(event(K.OPENED, id), occurred_at=datetime(year, 1, 1, tzinfo=UTC)))
    assert stored(store) == 2
