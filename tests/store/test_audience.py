"""People coming in, their consent and their suppression, on what is stored."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restock_desk.domain.audience import ConsentState, Exclusion, Subscriber, SubscriberIn, SuppressionReason, barred
from restock_desk.domain.consent import Statement, severity
from restock_desk.store import Store, audience, schema
from restock_desk.store.audience import PeopleChange
from tests.builders import NOW, add_subscriber
from tests.store.stocking import later, rows

C = ConsentState
S = SuppressionReason
ANA = "ana@example.com"
_numbers = count(1)


def told(consent: C = C.UNSTATED, at: datetime | None = None, email: str = ANA, **more: Any) -> SubscriberIn:
    source = more.pop("consent_source", "form")
    return SubscriberIn(email, consent=consent, consent_at=at, consent_source=source, **more)


def bring(store: Store, *people: SubscriberIn, at: datetime = NOW) -> PeopleChange:
    with store.unit() as u:
        change = audience.upsert_subscribers(u, people, at)
        u.commit()
    return change


def standing(someone: Subscriber) -> Statement:
    """The statement in force, without its source."""
    return Statement(someone.consent, someone.consent_confirmed, someone.consent_at)


def allowed(someone: Subscriber) -> bool:
    return barred(someone.consent, someone.consent_confirmed, someone.suppressed) is None


def person(store: Store, text: str = ANA) -> Subscriber:
    with store.reading() as u:
        found = audience.find(u, text)
    assert found is not None
    return found


def barred_by(store: Store) -> Exclusion | None:
    someone = person(store)
    return barred(someone.consent, someone.consent_confirmed, someone.suppressed)


def test_the_same_people_again_change_nothing(store: Store) -> None:
    people = [told(C.SUBSCRIBED, later(1), first_name="Ana", attributes={"size": "M"}), told(email="bo@example.com")]
    assert bring(store, *people).new == 2
    again = bring(store, *people, at=later(9))
    assert (again.new, again.updated, again.unchanged) == (0, 0, 2)
    assert again.changed == [False, False]
    assert person(store).updated_at == NOW
    assert rows(store, schema.consent_event) == 0


def test_a_blank_erases_nothing_and_attributes_add_up(store: Store) -> None:
    bring(store, told(first_name="Ana", locale="pt", custom_id="c1", attributes={"size": "M", "city": "Porto"}))
    bring(store, told(last_name="Silva", attributes={"size": "L"}))
    found = person(store)
    assert (found.first_name, found.last_name, found.locale, found.custom_id) == ("Ana", "Silva", "pt", "c1")
    assert found.attributes == {"size": "L", "city": "Porto"}


def test_an_address_is_one_person_however_it_is_written(store: Store) -> None:
    change = bring(store, told(email="Ana <ANA@Example.com>"), told(email="\u00a0ana@example.com "))
    assert change.new == 1
    assert len(change.ids) == 1
    assert person(store, " ana@EXAMPLE.com").email == "ANA@example.com"


def test_an_unusable_address_is_refused_with_its_line_and_the_others_go_in(store: Store) -> None:
    change = bring(store, told(email="a@x.example, b@x.example", line=7), told(line=8))
    assert [(one.line, one.field) for one in change.rejected] == [(7, "email")]
    assert change.changed == [None, True]


def test_a_customer_id_names_one_address_only(store: Store) -> None:
    bring(store, told(custom_id="c1"))
    change = bring(store, told(email="bo@example.com", custom_id="c1", line=3))
    assert [one.reason for one in change.rejected] == ["The customer id c1 belongs to another address."]
    assert person(store, "c1").email == ANA


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        (told(C.SUBSCRIBED, later(1)), told(C.UNSUBSCRIBED, later(2)), C.UNSUBSCRIBED),
        (told(C.UNSUBSCRIBED, later(1)), told(C.SUBSCRIBED, later(2)), C.SUBSCRIBED),
        (told(C.UNSUBSCRIBED, later(2)), told(C.SUBSCRIBED, later(1)), C.UNSUBSCRIBED),
        (told(C.SUBSCRIBED, later(1)), told(C.UNSUBSCRIBED, later(1)), C.UNSUBSCRIBED),
        (told(C.UNSUBSCRIBED, later(1)), told(C.SUBSCRIBED), C.UNSUBSCRIBED),
        (told(C.NEVER, later(1)), told(C.SUBSCRIBED, later(2), consent_source=""), C.NEVER),
        (told(C.SUBSCRIBED), told(C.SUBSCRIBED, later(1)), C.SUBSCRIBED),
        (told(C.SUBSCRIBED, later(1)), told(), C.SUBSCRIBED),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_of_two_words_about_one_address_the_newest_dated_stands(
    store: Store, first: SubscriberIn, second: SubscriberIn, stands: C, together: bool
) -> None:
    if together:
        bring(store, first, second)
    else:
        bring(store, first)
        bring(store, second)
    assert person(store).consent is stands


def test_the_statement_that_was_replaced_is_kept_for_ever(store: Store) -> None:
    bring(store, told(C.SUBSCRIBED, later(1), consent_source="shop"))
    bring(store, told(C.UNSUBSCRIBED, later(2), consent_source="mailchimp"))
    with store.reading() as u:
        said = audience.consents_of(u, person(store).id)
    assert [(one.state, one.at, one.source) for one in said] == [
        (C.UNSUBSCRIBED, later(2), "mailchimp"),
        (C.SUBSCRIBED, later(1), "shop"),
    ]


def test_subscribed_without_a_date_may_get_the_promised_mail(store: Store) -> None:
    bring(store, told(C.SUBSCRIBED))
    assert (person(store).consent, person(store).consent_confirmed) == (C.PENDING, True)
    assert barred_by(store) is None


@pytest.mark.parametrize("state", [C.PENDING, C.NEVER])
def test_an_explicit_pending_or_never_bars(store: Store, state: C) -> None:
    bring(store, told(state, later(1)))
    assert barred_by(store) is Exclusion.NO_CONSENT


@pytest.mark.parametrize("reason", [S.COMPLAINT, S.HARD_BOUNCE, S.UNSUBSCRIBE, S.MANUAL, S.SOFT_BOUNCES])
def test_no_import_lifts_a_suppression(store: Store, reason: S) -> None:
    bring(store, told(C.UNSUBSCRIBED, later(1), suppressed=reason))
    bring(store, told(C.SUBSCRIBED, later(99)))
    assert person(store).suppressed is reason
    assert barred_by(store) is not None
    with store.reading() as u:
        assert audience.suppression_of(u, ANA) is reason


def test_a_newer_dated_sourced_opt_in_lifts_an_unsubscribe_and_not_a_complaint(store: Store) -> None:
    bring(store, told(C.UNSUBSCRIBED, later(1)), told(C.UNSUBSCRIBED, later(1), "bo@example.com"))
    bring(store, told(suppressed=S.COMPLAINT, email="bo@example.com"))
    bring(store, told(C.SUBSCRIBED, later(2)), told(C.SUBSCRIBED, later(2), "bo@example.com"))
    assert barred_by(store) is None
    assert (person(store, "bo@example.com").consent, person(store, "bo@example.com").suppressed) == (
        C.UNSUBSCRIBED,
        S.COMPLAINT,
    )


def test_suppressed_and_subscribed_on_one_row_is_suppressed(store: Store) -> None:
    bring(store, told(C.SUBSCRIBED, later(1), suppressed=S.HARD_BOUNCE))
    assert barred_by(store) is Exclusion.SUPPRESSED


def test_a_lighter_reason_never_replaces_a_graver_one(store: Store) -> None:
    bring(store, told(suppressed=S.COMPLAINT))
    bring(store, told(suppressed=S.IMPORT))
    assert person(store).suppressed is S.COMPLAINT
    with store.unit() as u:
        assert not audience.suppress(u, ANA, S.MANUAL, "staff", later(1))
        assert audience.suppress(u, ANA, S.ERASED, "staff", later(1))
        u.commit()
    assert person(store).suppressed is S.ERASED


def test_an_address_suppressed_before_its_person_came_is_suppressed_when_they_come(store: Store) -> None:
    with store.unit() as u:
        audience.suppress(u, ANA, S.HARD_BOUNCE, "provider", NOW)
        audience.suppress(u, "gone@example.com", S.ERASED, "staff", NOW)
        u.commit()
    change = bring(store, told(C.SUBSCRIBED, later(1)), told(email="gone@example.com", line=3))
    assert person(store).suppressed is S.HARD_BOUNCE
    assert [one.reason for one in change.rejected] == ["This address was erased on request and may not come back."]


def test_a_person_lifts_a_suppression_and_only_once(store: Store) -> None:
    add_subscriber(store, suppressed=S.MANUAL)
    with store.unit() as u:
        assert audience.unsuppress(u, ANA, later(1)) is S.MANUAL
        assert audience.unsuppress(u, ANA, later(2)) is None
        u.commit()
    assert person(store).suppressed is None


def test_what_a_person_says_themselves_stands_at_once_and_is_kept_once(store: Store) -> None:
    bring(store, told(C.SUBSCRIBED, later(50)))
    id = person(store).id
    with store.unit() as u:
        assert audience.set_consent(u, id, C.UNSUBSCRIBED, "link", later(1), "no more")
        assert not audience.set_consent(u, id, C.UNSUBSCRIBED, "link", later(2))
        assert not audience.set_consent(u, 404, C.UNSUBSCRIBED, "link", later(2))
        u.commit()
    with store.reading() as u:
        assert [(one.state, one.wording) for one in audience.consents_of(u, id)] == [
            (C.UNSUBSCRIBED, "no more"),
            (C.SUBSCRIBED, ""),
        ]


def test_an_opt_in_dated_ahead_does_not_beat_every_later_no(store: Store) -> None:
    bring(store, told(C.SUBSCRIBED, NOW + timedelta(days=9000)))
    assert standing(person(store)) == Statement(C.PENDING, True, None)
    bring(store, told(C.UNSUBSCRIBED, later(1)), at=later(2))
    assert not allowed(person(store))


def test_a_no_that_a_file_told_counts_anew_when_the_person_says_it(store: Store) -> None:
    bring(store, told(C.UNSUBSCRIBED, NOW - timedelta(days=300)))
    with store.unit() as u:
        assert audience.set_consent(u, person(store).id, C.UNSUBSCRIBED, "staff:eva", NOW)
        u.commit()
    bring(store, told(C.SUBSCRIBED, NOW - timedelta(days=100)))
    assert not allowed(person(store))


def test_a_person_is_found_by_customer_id_before_address_and_nobody_by_nothing(store: Store) -> None:
    add_subscriber(store, "c1@example.com")
    other = add_subscriber(store, "bo@example.com", custom_id="c1@example.com")
    add_subscriber(store, "", suppressed=S.ERASED)
    assert person(store, " c1@example.com ").id == other.id
    with store.reading() as u:
        assert audience.find(u, "c1@example") is None
        assert audience.find(u, " ") is None
        assert audience.subscriber(u, 404) is None


def test_the_same_people_told_by_many_at_once_are_stored_once(store: Store) -> None:
    people = [told(C.SUBSCRIBED, later(n), email=f"p{n}@example.com", custom_id=f"c{n}") for n in range(40)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: bring(store, *people), range(8)))
    assert rows(store, schema.subscriber) == 40


words = st.builds(
    lambda state, at, source, bar: (state, at, source, bar),
    st.sampled_from(C), st.none() | st.integers(0, 5), st.sampled_from(["", "form"]), st.none() | st.sampled_from(S),
)  # fmt: skip


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(said=st.lists(words, min_size=1, max_size=5))
def test_a_file_in_one_piece_or_line_by_line_ends_the_same_and_again_changes_nothing(
    store: Store, said: list[tuple[C, int | None, str, S | None]]
) -> None:
    def lines(email: str) -> list[SubscriberIn]:
        return [
            told(state, None if at is None else later(at), email, consent_source=source,
                 suppressed=None if bar is S.ERASED else bar)
            for state, at, source, bar in said
        ]  # fmt: skip

    number = next(_numbers)
    whole, single = f"w{number}@example.com", f"s{number}@example.com"
    bring(store, *lines(whole))
    for line in lines(single):
        bring(store, line)
    one, other = person(store, whole), person(store, single)
    stands = (one.consent, one.consent_confirmed, one.consent_at, one.suppressed)
    assert stands == (other.consent, other.consent_confirmed, other.consent_at, other.suppressed)
    bring(store, *lines(whole))
    after = person(store, whole)
    # Words that contradict one another without dates may tighten once more; nobody becomes reachable or silent by it.
    assert after.suppressed == one.suppressed
    assert severity(standing(after)) >= severity(standing(one))
    assert allowed(after) == allowed(one)
    if all(at is not None for _, at, *_ in said):
        assert standing(after) == standing(one)
    if any(bar for *_, bar in said if bar is not S.ERASED):
        assert after.suppressed is not None
