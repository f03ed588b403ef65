"""Verdicts of A/B tests: pure arithmetic over closed arms, in the order the metrics page lays down.

Rates are of messages sent, so that no arm wins by bouncing more. Before the horizon closed there is no number at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil, erfc, exp, pi, sqrt
from statistics import NormalDist

from restock_desk.domain.metrics import newcombe

SPLIT_P = 0.001
LEAST_SENT = 100
LEAST_CELL = 5.0
GUARDS = ("complained", "unsubscribed", "bounced_hard")


@dataclass(frozen=True)
class Arm:
    """One version of a test. `share` is its planned part of 1; `guards` are messages by the names in GUARDS."""

    name: str
    share: float
    assigned: int
    sent: int
    delivered: int
    hits: int
    closed: bool = True
    guards: dict[str, int] = field(default_factory=dict)


class Finding(StrEnum):
    RUNNING = "running"
    SPLIT_BROKEN = "split_broken"
    NOT_ENOUGH = "not_enough"
    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no_difference"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Verdict:
    """What may be said of one arm against the control. `low`, `high` are points of 1; `needed` people per arm."""

    finding: Finding
    arm: str
    sentence: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    needed: int | None = None
    warnings: tuple[str, ...] = ()


def verdicts(arms: Sequence[Arm], relevant: float = 0.01) -> list[Verdict]:
    """Each arm after the first against the first, the control. `relevant` is the smallest difference that matters."""
    control, others = arms[0], arms[1:]
    if not all(arm.closed for arm in arms):
        return [Verdict(Finding.RUNNING, arm.name, "The test is still running.") for arm in others]
    if split_p([arm.assigned for arm in arms], [arm.share for arm in arms]) < SPLIT_P:
        words = "The split is not as planned; no verdict."
        return [Verdict(Finding.SPLIT_BROKEN, arm.name, words) for arm in others]
    needed = people_needed(control.hits / control.sent if control.sent else 0.0, relevant)
    if _too_little(arms):
        words = f"Not enough data: about {needed:,} people per version are needed."
        return [Verdict(Finding.NOT_ENOUGH, arm.name, words, needed=needed) for arm in others]
    warnings: tuple[str, ...] = ()
    if _homogeneous_p([(arm.delivered, arm.sent) for arm in arms]) < SPLIT_P:
        warnings = ("The versions were not delivered equally well.",)
    z = NormalDist().inv_cdf(1 - 0.05 / len(others) / 2)
    return [_against(control, arm, relevant, needed, z, warnings) for arm in others]


def split_p(assigned: Sequence[int], shares: Sequence[float]) -> float:
    """How likely a split at least this far from the planned shares is by chance."""
    total, planned = sum(assigned), sum(shares)
    if total == 0:
        return 1.0
    expected = [total * share / planned for share in shares]
    return chi_square_p(chi_square(assigned, expected), len(assigned) - 1)


def chi_square(observed: Sequence[float], expected: Sequence[float]) -> float:
    return sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True) if e)


def chi_square_p(value: float, freedom: int) -> float:
    """The upper tail of the chi-square distribution, by its closed forms."""
    if freedom % 2:
        tail, term, steps = erfc(sqrt(value / 2)), sqrt(2 * value / pi) * exp(-value / 2), range(1, freedom, 2)
    else:
        tail, term, steps = 0.0, exp(-value / 2), range(0, freedom, 2)
    for k in steps:
        tail += term
        term *= value / (k + 2)
    return tail


def people_needed(base: float, difference: float) -> int:
    """Messages per arm to see `difference` over `base`: two-sided 5 %, power 80 %."""
    other = min(1.0, base + difference)
    mean = (base + other) / 2
    a, b = NormalDist().inv_cdf(0.975), NormalDist().inv_cdf(0.8)
    spread = a * sqrt(2 * mean * (1 - mean)) + b * sqrt(base * (1 - base) + other * (1 - other))
    return ceil((spread / max(other - base, 1e-9)) ** 2)


def _too_little(arms: Sequence[Arm]) -> bool:
    sent, hits = sum(arm.sent for arm in arms), sum(arm.hits for arm in arms)
    if any(arm.sent < LEAST_SENT for arm in arms):
        return True
    rate = hits / sent
    return min(min(arm.sent * rate, arm.sent * (1 - rate)) for arm in arms) < LEAST_CELL


def _homogeneous_p(rows: Sequence[tuple[int, int]]) -> float:
    hits, total = sum(row[0] for row in rows), sum(row[1] for row in rows)
    if hits in (0, total):
        return 1.0
    observed = [value for hit, of in rows for value in (hit, of - hit)]
    expected = [value for _, of in rows for value in (of * hits / total, of * (total - hits) / total)]
    return chi_square_p(chi_square(observed, expected), len(rows) - 1)


def _against(control: Arm, arm: Arm, relevant: float, needed: int, z: float, warnings: tuple[str, ...]) -> Verdict:
    difference, low, high = newcombe((arm.hits, arm.sent), (control.hits, control.sent), z)
    points = f"{difference * 100:+.2f} points (from {low * 100:.2f} to {high * 100:.2f})"
    if low > 0:
        sentence = f"{arm.name} is better: {points}." + (" But the gain is small." if high < relevant else "")
        finding = Finding.BETTER
    elif high < 0:
        finding, sentence = Finding.WORSE, f"{arm.name} is worse: {points}."
    elif -relevant <= low and high <= relevant:
        finding, sentence = Finding.NO_DIFFERENCE, f"There is no difference that matters: {points}."
    else:
        finding = Finding.UNDECIDED
        sentence = f"Undecided: {points}. About {needed:,} people per version are needed."
    if finding in (Finding.BETTER, Finding.WORSE):
        better, worse = (arm, control) if finding is Finding.BETTER else (control, arm)
        if harmed := _harm(better, worse, z):
            warnings = (*warnings, f"Better, but with harm: {', '.join(harmed)}. A person must decide.")
    undecided = needed if finding is Finding.UNDECIDED else None
    return Verdict(finding, arm.name, sentence, difference, low, high, undecided, warnings)


def _harm(better: Arm, worse: Arm, z: float) -> list[str]:
    return [
        name
        for name in GUARDS
        if newcombe((better.guards.get(name, 0), better.sent), (worse.guards.get(name, 0), worse.sent), z)[1] > 0
    ]
