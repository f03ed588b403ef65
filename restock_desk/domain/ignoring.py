"""Problems that somebody decided to live with, each with a reason. Firm rules cannot be ignored (`checks.Rule`)."""

from collections.abc import Iterable, Mapping
from typing import Any

from restock_desk.domain.checks import rule
from restock_desk.domain.templates import Ignored, Problem

KEYS = ("rule", "block", "evidence", "reason", "by")
Decided = tuple[Problem, Ignored]
"""A problem, and the decision that lets it be."""
MOST = 200
"""So many decisions a version keeps; so many characters each part of one."""


def of(problem: Problem, reason: str, by: str) -> Ignored:
    """The decision to ignore just this: the same finding in the same block, or on the same words of a source."""
    return Ignored(problem.rule, reason.strip()[:MOST], by[:MOST], problem.evidence[:MOST], problem.block)


def covers(ignored: Ignored, problem: Problem) -> bool:
    """Whether a decision is about this problem. One without a reason is about none."""
    alike = ignored.evidence in ("", problem.evidence[:MOST]) and ignored.block in ("", problem.block)
    return ignored.rule == problem.rule and alike and bool(ignored.reason.strip()) and not rule(problem.rule).firm


def split(problems: Iterable[Problem], ignored: Iterable[Ignored]) -> tuple[tuple[Problem, ...], tuple[Decided, ...]]:
    """What still counts, and what somebody decided to live with."""
    decided = tuple(ignored)
    kept: list[Problem] = []
    left: list[Decided] = []
    for problem in problems:
        why = next((each for each in decided if covers(each, problem)), None)
        if why is None:
            kept.append(problem)
        else:
            left.append((problem, why))
    return tuple(kept), tuple(left)


def to_json(ignored: Iterable[Ignored]) -> list[dict[str, str]]:
    """As a version and a document's file keep it; empty parts are left out."""
    return [{key: getattr(each, key) for key in KEYS if getattr(each, key)} for each in ignored]


def from_json(data: object) -> tuple[Ignored, ...]:
    """Back from `to_json`; what has no rule or no reason, and what another version wrote beside, is left out."""
    rows: Iterable[Any] = data if isinstance(data, list | tuple) else ()
    told = [{key: str(row.get(key) or "")[:MOST] for key in KEYS} for row in rows if isinstance(row, Mapping)]
    return tuple(Ignored(**each) for each in told[:MOST] if each["rule"] and each["reason"].strip())
