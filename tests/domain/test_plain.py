"""The words of a description, for snapshots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.plain import plain


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("", ""),
        ("Soft   cotton.", "Soft cotton."),
        ("<p>Soft <b>cotton</b>.</p><p>Warm.</p>", "Soft cotton.\nWarm."),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("Fish &amp; chips&nbsp;&euro;5", "Fish & chips €5"),
        ("<style>p{}</style>a<script>alert(1)</script>b", "ab"),
        ("<p>open <b>never closed", "open never closed"),
        ("a < b & c", "a < b & c"),
        ("<![CDATA[x]]>y<!-- no -->z", "yz"),
    ],
)
def test_markup_scripts_and_doubled_spaces_are_gone_and_blocks_are_lines(html: str, words: str) -> None:
    assert plain(html) == words


@given(st.text(alphabet="<>&;/!-ab \n\"'=scripty", max_size=60))
def test_broken_markup_never_fails_and_leaves_no_doubled_spaces(html: str) -> None:
    words = plain(html)
    assert "  " not in words
