"""A quick fix does away with what it is for, brings nothing graver, and is left out where the text has changed."""

from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from restock_desk.domain.checks import mended, placed
from restock_desk.domain.templates import Draft, Edit, Problem, Severity
from restock_desk.rendering import lint
from tests.rendering.lint.cases import CASES, Case

FIELDS = ("subject", "preheader", "source", "text")


def fixed(draft: Draft, problem: Problem) -> Draft:
    changes = {name: mended(getattr(draft, name) or "", name, problem.operations) for name in FIELDS}
    return replace(draft, **{**changes, "text": changes["text"] if draft.text is not None else None})  # type: ignore[arg-type]


@cache
def mendable() -> list[tuple[Case, tuple[Problem, ...]]]:
    """The cases whose own problem comes with a quick fix, and all their problems."""
    found = [(case, lint.check(case.bad)) for case in CASES]
    return [(case, all_) for case, all_ in found if any(p.rule == case.rule and p.operations for p in all_)]


def test_a_quick_fix_does_away_with_its_problem_and_brings_no_error() -> None:
    for case, problems in mendable():
        draft, left = case.bad, problems
        for _ in range(5):
            problem = next((p for p in left if p.rule == case.rule and p.operations), None)
            if problem is None:
                break
            draft = fixed(draft, problem)
            left = lint.check(draft)
        before = {p.rule for p in problems if p.severity is Severity.ERROR}
        assert case.rule not in {p.rule for p in left}, case.rule
        assert {p.rule for p in left if p.severity is Severity.ERROR} <= before, case.rule


def test_many_rules_have_a_quick_fix() -> None:
    assert len(mendable()) >= 20


TEXT = st.text("ab<é\U0001f389", max_size=12)
EDIT = st.builds(Edit, st.just("source"), st.integers(0, 14), TEXT, TEXT)


@settings(max_examples=60)
@given(TEXT, st.lists(EDIT, max_size=4))
def test_edits_that_hold_are_made_and_no_others(text: str, edits: list[Edit]) -> None:
    made = placed(text, "source", edits)
    assert all(text.startswith(before, start) for start, before, _ in made)
    assert len(mended(text, "source", edits)) == len(text) + sum(len(after) - len(before) for _, before, after in made)
    assert mended(text, "subject", edits) == text
