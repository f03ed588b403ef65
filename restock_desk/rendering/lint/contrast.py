"""Whether text is read on what lies behind it, in the light and by the mail's own dark colours."""

from collections.abc import Iterator

from restock_desk.domain.templates import Problem
from restock_desk.rendering.lint import colors
from restock_desk.rendering.lint.finding import at
from restock_desk.rendering.lint.page import Page, Run

ENOUGH, ENOUGH_LARGE = 4.5, 3.0


def check_page(page: Page) -> Iterator[Problem]:
    bright = list(_judged(page.runs, "a11y.contrast", ""))
    yield from bright
    if page.has_dark_rules:
        told = {problem.evidence for problem in bright}
        found = _judged(page.dark_runs, "a11y.contrast-dark", " in dark mode")
        yield from (problem for problem in found if problem.evidence not in told)
    covered = [run for run in page.runs if run.look.ground is None]
    if covered:
        n = f"{len(covered)} texts stand" if len(covered) > 1 else f"“{covered[0].text[:40]}” stands"
        words = f"{n} on a picture: the contrast is unknown."
        fix = "Give the element a background colour as well, and look at it."
        yield at(covered[0].element, "a11y.contrast-unknown", words, fix, evidence=covered[0].text)


def _judged(runs: list[Run], rule: str, when: str) -> Iterator[Problem]:
    """One finding for each pair of colours that is too close."""
    groups: dict[tuple[str, str, bool], list[Run]] = {}
    for run in runs:
        look = run.look
        if look.ground is None:
            continue
        need = ENOUGH_LARGE if look.large else ENOUGH
        if colors.contrast(look.color, look.ground) < need - 0.005:
            groups.setdefault((colors.name(look.color), colors.name(look.ground), look.large), []).append(run)
    for (ink, ground, large), found in groups.items():
        look = found[0].look
        assert look.ground is not None
        ratio = colors.contrast(look.color, look.ground)
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        words = f"{ink} on {ground} has {ratio:.1f}:1{when}: “{found[0].text[:40]}”{more}."
        fix = f"{'Large text' if large else 'Text'} needs {ENOUGH_LARGE if large else ENOUGH}:1."
        yield at(found[0].element, rule, words, fix, evidence=f"{ink} on {ground}")
