"""Ignoring needs a reason, reaches as far as it says, never covers a firm rule, and survives being written down."""

from dataclasses import replace

from restock_desk.domain import ignoring, preflight
from restock_desk.domain.preflight import Group, Preflight
from restock_desk.domain.templates import Ignored, Problem, Severity

LINK = Problem("link.insecure", Severity.WARNING, "Not encrypted.", evidence="<a>", block="b1")
FIRM = Problem("html.active", Severity.ERROR, "Mail programs remove <script>.")


def test_what_is_ignored_needs_a_reason_and_what_is_firm_stays() -> None:
    decided = [Ignored("link.insecure", "an old partner", evidence="<a>"), Ignored("html.active", "we want it")]
    assert ignoring.split([LINK, FIRM], decided) == ((FIRM,), ((LINK, decided[0]),))
    assert ignoring.split([LINK], [Ignored("link.insecure", "  ")]) == ((LINK,), ())


def test_a_decision_reaches_its_own_block_and_words_alone() -> None:
    decided = ignoring.of(LINK, " an old partner ", "Ana")
    assert decided == Ignored("link.insecure", "an old partner", "Ana", "<a>", "b1")
    assert ignoring.covers(decided, replace(LINK, line=7))
    assert not ignoring.covers(decided, replace(LINK, block="b2"))
    assert not ignoring.covers(decided, replace(LINK, evidence="<b>"))
    assert not ignoring.covers(decided, replace(LINK, rule="link.ip"))


def test_decisions_are_written_down_and_read_back() -> None:
    decided = (Ignored("link.insecure", "an old partner", "Ana", "<a>", "b1"), Ignored("subj.caps", "a brand"))
    assert ignoring.from_json(ignoring.to_json(decided)) == decided
    assert ignoring.to_json(decided[1:]) == [{"rule": "subj.caps", "reason": "a brand"}]


def test_what_another_hand_wrote_is_read_as_far_as_it_makes_sense() -> None:
    for nonsense in (None, 3, "x", {"rule": "a"}, [None, 3, {"reason": "x"}, {"rule": "a", "reason": " "}]):
        assert ignoring.from_json(nonsense) == ()
    assert ignoring.from_json([{"rule": "a", "reason": "b", "later": 1}]) == (Ignored("a", "b"),)


def test_a_whole_audiences_groups_are_ignored_by_their_variant() -> None:
    found = Preflight(2, 0.1, 2, (Group(LINK, 2, 1, "A"), Group(LINK, 2, 1, "B")))
    told = preflight.without(found, {"A": [Ignored("link.insecure", "an old partner")]})
    assert [group.variant for group in told.groups] == ["B"]
    assert [group.variant for group in told.ignored] == ["A"]
    assert preflight.without(found, {}) is found
