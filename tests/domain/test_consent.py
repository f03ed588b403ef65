"""Which of two statements about consent stands, and which suppression is graver."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.audience import ConsentState, Exclusion, SuppressionReason, barred
from restock_desk.domain.consent import FINAL, GRAVITY, Statement, graver, merged, severity, stated

C = ConsentState
S = SuppressionReason
OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def said(state: C, at: datetime | None, source: str = "form") -> Statement:
    return stated(state, at, source)


@pytest.mark.parametrize(
    ("held", "told", "stands"),
    [
        (said(C.SUBSCRIBED, OLD), said(C.UNSUBSCRIBED, NEW), "told"),
        (said(C.SUBSCRIBED, NEW), said(C.UNSUBSCRIBED, OLD), "held"),
        (said(C.UNSUBSCRIBED, OLD), said(C.SUBSCRIBED, NEW), "told"),
        (said(C.UNSUBSCRIBED, NEW), said(C.SUBSCRIBED, OLD), "held"),
        (said(C.SUBSCRIBED, OLD), said(C.UNSUBSCRIBED, OLD), "told"),
        (said(C.UNSUBSCRIBED, OLD), said(C.SUBSCRIBED, OLD), "held"),
        (said(C.UNSUBSCRIBED, OLD), said(C.SUBSCRIBED, None), "held"),
        (said(C.UNSUBSCRIBED, None), said(C.SUBSCRIBED, NEW), "held"),
        (said(C.UNSUBSCRIBED, OLD), said(C.SUBSCRIBED, NEW, source=""), "held"),
        (said(C.NEVER, OLD), said(C.SUBSCRIBED, NEW), "told"),
        (said(C.NEVER, OLD), said(C.SUBSCRIBED, NEW, source=""), "held"),
        (said(C.SUBSCRIBED, OLD), said(C.UNSUBSCRIBED, None), "told"),
        (said(C.SUBSCRIBED, OLD), said(C.SUBSCRIBED, None), "held"),
        (said(C.SUBSCRIBED, OLD), said(C.SUBSCRIBED, NEW), "told"),
        (said(C.PENDING, OLD), said(C.SUBSCRIBED, NEW), "told"),
        (said(C.SUBSCRIBED, None), said(C.SUBSCRIBED, OLD), "told"),
        (said(C.SUBSCRIBED, OLD), said(C.UNSTATED, NEW), "held"),
        (said(C.UNSTATED, None), said(C.NEVER, None), "told"),
        (said(C.NEVER, OLD), said(C.UNSUBSCRIBED, OLD), "told"),
        (said(C.UNSUBSCRIBED, OLD), said(C.NEVER, OLD), "held"),
    ],
)
def test_the_newest_dated_word_stands_and_on_a_tie_the_more_restrictive(
    held: Statement, told: Statement, stands: str
) -> None:
    assert merged(held, told) == (told if stands == "told" else held)


@pytest.mark.parametrize("reason", sorted(FINAL))
def test_no_opt_in_is_believed_after_a_complaint_a_dead_address_or_an_erasure(reason: S) -> None:
    held = said(C.UNSUBSCRIBED, OLD)
    assert merged(held, said(C.SUBSCRIBED, NEW), reason) == held


def test_subscribed_without_a_date_is_pending_though_it_was_stated() -> None:
    statement = stated(C.SUBSCRIBED, None, "file")
    assert (statement.state, statement.confirmed) == (C.PENDING, True)
    assert barred(statement.state, statement.confirmed, None) is None


def test_an_explicit_pending_is_not_confirmed_and_bars() -> None:
    statement = stated(C.PENDING, OLD, "file")
    assert not statement.confirmed
    assert barred(statement.state, statement.confirmed, None) is Exclusion.NO_CONSENT


statements = st.builds(
    stated, st.sampled_from(C), st.none() | st.sampled_from([OLD, NEW]), st.sampled_from(["", "form"])
)
reasons = st.none() | st.sampled_from(S)


@given(statements, statements, reasons)
def test_one_of_the_two_statements_stands_and_hearing_it_again_changes_nothing(
    held: Statement, told: Statement, reason: S | None
) -> None:
    after = merged(held, told, reason)
    assert after in (held, told)
    again = merged(after, told, reason)
    assert (again.state, again.confirmed) == (after.state, after.confirmed)


@given(statements, statements, reasons)
def test_a_no_becomes_lighter_only_by_a_newer_dated_and_sourced_word(
    held: Statement, told: Statement, reason: S | None
) -> None:
    after = merged(held, told, reason)
    if severity(held) >= 3 and severity(after) < severity(held):
        assert told.at is not None
        assert held.at is not None
        assert told.at > held.at
        assert told.source
        assert reason not in FINAL


@given(st.permutations([said(C.SUBSCRIBED, OLD), said(C.UNSUBSCRIBED, NEW), said(C.SUBSCRIBED, None)]))
def test_the_order_of_files_does_not_bring_back_somebody_who_left(told: list[Statement]) -> None:
    held = Statement()
    for statement in told:
        held = merged(held, statement)
    assert held.state is C.UNSUBSCRIBED


def test_the_graver_reason_wins_in_either_order() -> None:
    for one, other in permutations(GRAVITY, 2):
        assert graver(one, other) is min(one, other, key=GRAVITY.index)
    assert graver(None, S.MANUAL) is graver(S.MANUAL, None) is S.MANUAL
    assert graver(None, None) is None


@pytest.mark.parametrize(
    ("consent", "confirmed", "suppressed", "why"),
    [
        (C.SUBSCRIBED, True, S.ERASED, Exclusion.ERASED),
        (C.UNSUBSCRIBED, True, S.COMPLAINT, Exclusion.SUPPRESSED),
        (C.SUBSCRIBED, True, S.HARD_BOUNCE, Exclusion.SUPPRESSED),
        (C.SUBSCRIBED, True, S.UNSUBSCRIBE, Exclusion.UNSUBSCRIBED),
        (C.UNSUBSCRIBED, True, None, Exclusion.UNSUBSCRIBED),
        (C.NEVER, True, None, Exclusion.NO_CONSENT),
        (C.PENDING, False, None, Exclusion.NO_CONSENT),
        (C.PENDING, True, None, None),
        (C.UNSTATED, True, None, None),
        (C.SUBSCRIBED, True, None, None),
    ],
)
def test_an_asked_for_alert_needs_no_newsletter_consent_and_ends_with_a_no(
    consent: C, confirmed: bool, suppressed: S | None, why: Exclusion | None
) -> None:
    assert barred(consent, confirmed, suppressed) is why
