"""Rates, intervals and the definitions they rest on, against published values."""

import pytest

from restock_desk.domain.metrics import COUNTS, DEFINITIONS, completed, newcombe, rate, stats, wilson

MENS, WOMENS, NONE = (267, 21_307), (189, 21_387), (122, 21_306)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 50, 0.0, 0.0713), (14, 465, 0.0180, 0.0499), (23, 382, 0.0405, 0.0887), (50, 50, 0.9287, 1.0)],
)
def test_wilson_gives_the_published_interval(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=5e-5)


def test_nothing_of_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None
    assert wilson(3, 2) is None


@pytest.mark.parametrize(
    ("a", "b", "points", "low", "high"),
    [
        (MENS, NONE, 0.681, 0.501, 0.864),
        (MENS, WOMENS, 0.369, 0.175, 0.566),
        ((3_894, 21_307), (3_238, 21_387), 3.136, 2.428, 3.843),
        ((50, 1_000), (40, 1_000), 1.000, -0.836, 2.856),
        ((5, 10), (3, 10), 20.0, -20.2, 52.6),
    ],
)
def test_newcombe_gives_the_published_difference(
    a: tuple[int, int], b: tuple[int, int], points: float, low: float, high: float
) -> None:
    found = tuple(value * 100 for value in newcombe(a, b))
    assert found == pytest.approx((points, low, high), abs=0.05 if a[1] == 10 else 6e-4)


def test_a_rate_without_a_denominator_is_no_number() -> None:
    empty = rate(0, 0, "sent")
    assert (empty.rate, empty.low, empty.high, empty.denominator) == (None, None, None, 0)


def test_click_to_open_may_exceed_one_and_then_has_no_interval() -> None:
    found = stats(completed({"sent": 10, "delivered": 10, "clicked_human": 3, "opened_human": 2}), True)
    ratio = found.rates["click_to_open"]
    assert (ratio.rate, ratio.low, ratio.high) == (1.5, None, None)


def test_counts_are_completed_row_by_row() -> None:
    counts = completed({"sent": 972, "failed": 5, "in_doubt": 2, "skipped": 21, "delivered": 847, "bounced": 14})
    assert counts["attempted"] == 979
    assert counts["audience"] == 1_000
    assert counts["delivery_unknown"] == 111
    assert set(counts) == set(COUNTS)


def test_every_rate_carries_its_numbers_and_what_they_are_of() -> None:
    found = stats(completed({"sent": 200, "delivered": 190, "opened": 80, "rejected": 4, "bounced": 6}), True)
    assert set(found.rates) == set(DEFINITIONS)
    assert (found.rates["open"].numerator, found.rates["open"].denominator, found.rates["open"].of) == (
        80,
        190,
        "delivered",
    )
    assert (found.rates["bounce"].rate, found.rates["bounce"].of) == (0.03, "sent")
    assert (found.rates["rejected"].denominator, found.rates["rejected"].of) == (204, "sent + rejected")


def test_without_delivery_reports_all_rates_are_of_sent() -> None:
    found = stats(completed({"sent": 200, "opened": 80, "complained": 1}), False)
    assert {found.rates[name].of for name in ("open", "click", "complaint", "unsubscribe")} == {"sent"}
    assert found.rates["open"].rate == 0.4
    assert any("of sent" in note for note in found.notes)


def test_conversion_is_unknown_while_no_orders_are_known() -> None:
    assert stats(completed({"sent": 5, "delivered": 5}), True).rates["conversion"].rate is None
