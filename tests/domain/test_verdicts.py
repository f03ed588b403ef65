"""A/B verdicts, in their order, against published experiments and by simulation."""

import csv
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from restock_desk.domain.verdicts import Arm, Finding, chi_square, chi_square_p, people_needed, split_p, verdicts

_BESIDE = Path(__file__).parents[3] / "shared" / "real"
HILLSTROM = Path(os.environ.get("RESTOCK_DESK_REAL", _BESIDE)) / "experiment" / "hillstrom.csv"


def arm(name: str, hits: int, sent: int, **more: object) -> Arm:
    return replace(Arm(name, 0.5, sent, sent, sent, hits), **more)  # type: ignore[arg-type]  # the record's own names


def finding(a: Arm, b: Arm) -> Finding:
    (verdict,) = verdicts([b, a])
    return verdict.finding


def test_published_experiments_are_judged() -> None:
    men, women, nobody = arm("men", 267, 21_307), arm("women", 189, 21_387), arm("none", 122, 21_306)
    assert finding(men, nobody) is Finding.BETTER
    assert finding(men, women) is Finding.BETTER
    assert finding(nobody, men) is Finding.WORSE
    (verdict,) = verdicts([nobody, men])
    assert [verdict.low, verdict.high] == pytest.approx([0.00501, 0.00864], abs=1e-5)
    assert "the gain is small" in verdict.sentence
    assert finding(arm("a", 50, 1_000), arm("b", 40, 1_000)) is Finding.UNDECIDED
    assert finding(arm("a", 5, 10), arm("b", 3, 10)) is Finding.NOT_ENOUGH
    assert finding(arm("a", 3_000, 60_000), arm("b", 3_010, 60_000)) is Finding.NO_DIFFERENCE


@pytest.mark.skipif(not HILLSTROM.exists(), reason="the published experiment is not here")
def test_a_published_experiment_is_judged_by_visits_and_by_orders() -> None:
    with HILLSTROM.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all((row["conversion"] == "1") is (float(row["spend"]) > 0) for row in rows)  # to spend is to order
    arms = {
        metric: [
            arm(name, sum(row[metric] == "1" for row in of), len(of), share=1 / 3)
            for name in ("Womens E-Mail", "Mens E-Mail", "No E-Mail")
            for of in [[row for row in rows if row["treatment"] == name]]
        ]
        for metric in ("visit", "conversion")
    }
    published = {"visit": (3.136, 2.428, 3.843), "conversion": (0.369, 0.175, 0.566)}
    for metric, (women, men, nobody) in arms.items():
        (verdict,) = verdicts([women, men])
        assert verdict.finding is Finding.BETTER
        points = [value * 100 for value in (verdict.difference, verdict.low, verdict.high) if value is not None]
        assert points == pytest.approx(published[metric], abs=6e-4)
        assert {one.finding for one in verdicts([nobody, women, men])} == {Finding.BETTER}


def test_before_the_horizon_there_is_no_number() -> None:
    (verdict,) = verdicts([arm("a", 10, 1_000), arm("b", 90, 1_000, closed=False)])
    assert (verdict.finding, verdict.difference, verdict.low) == (Finding.RUNNING, None, None)


def test_a_split_that_is_not_as_planned_gives_no_verdict() -> None:
    assert chi_square([530, 442], [486, 486]) == pytest.approx(7.967, abs=1e-3)
    assert split_p([530, 442], [0.5, 0.5]) == pytest.approx(0.0048, abs=1e-4)
    assert chi_square([600, 400], [500, 500]) == pytest.approx(40.0)
    assert finding(arm("a", 60, 600), arm("b", 10, 400)) is Finding.SPLIT_BROKEN


@pytest.mark.parametrize(
    ("value", "freedom", "p"), [(3.841, 1, 0.05), (5.991, 2, 0.05), (7.815, 3, 0.05), (9.488, 4, 0.05)]
)
def test_the_tail_of_chi_square(value: float, freedom: int, p: float) -> None:
    assert chi_square_p(value, freedom) == pytest.approx(p, abs=2e-5)


def test_unequal_delivery_and_harm_are_told_first() -> None:
    good = arm("b", 200, 2_000, delivered=1_700, guards={"complained": 40})
    (verdict,) = verdicts([arm("a", 100, 2_000, delivered=1_990, guards={"complained": 2}), good])
    assert verdict.finding is Finding.BETTER
    assert [warning.split()[0] for warning in verdict.warnings] == ["The", "Better,"]


def test_people_needed_is_the_textbook_number() -> None:
    assert people_needed(0.05, 0.01) == pytest.approx(8_158, abs=5)


def test_equal_arms_are_called_different_in_one_test_of_twenty() -> None:
    chance = random.Random(20)
    calls = 0
    for _ in range(2_000):
        a, b = (sum(chance.random() < 0.1 for _ in range(200)) for _ in range(2))
        calls += finding(arm("a", a, 200), arm("b", b, 200)) in (Finding.BETTER, Finding.WORSE)
    assert calls / 2_000 <= 0.06
