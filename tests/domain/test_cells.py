"""Cells that a spreadsheet would run are guarded, and come back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.cells import guarded, unguarded

DANGEROUS = ["=1+1", "+49 30", "-5", "@SUM(A1)", "\t=1", "\r=1", "|x", "%x", "'=1", "''+2", "＝1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_nothing_a_spreadsheet_runs_stands_at_the_beginning(text: str) -> None:
    assert guarded(text).startswith("'")
    assert unguarded(guarded(text)) == text


@given(st.text(alphabet=st.sampled_from("'=+-@|% ab\t\n"), max_size=8))
def test_what_was_guarded_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_plain_text_stays_as_it_is() -> None:
    assert guarded("O'Neil = ok") == "O'Neil = ok"
    assert unguarded("'quoted'") == "'quoted'"
