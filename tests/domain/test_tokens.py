"""Tokens name a delivery and a link, and nobody else can make one."""

import string

import pytest

from restock_desk.domain.tokens import PURPOSES, make, read

KEY = b"k" * 32


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_reads_back_as_what_it_was_made_of(purpose: str) -> None:
    token = make(KEY, purpose, 123_456_789, 513)
    assert len(token) == 38
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")
    assert read(KEY, purpose, token) == (123_456_789, 513)


def test_a_token_serves_one_purpose_and_one_shop_only() -> None:
    token = make(KEY, "open", 5)
    assert all(read(KEY, purpose, token) is None for purpose in PURPOSES if purpose != "open")
    assert read(b"x" * 32, "open", token) is None


def test_a_damaged_token_is_nothing() -> None:
    token = make(KEY, "click", 5, 2)
    spoiled = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(38)]
    hostile = ["", "x", token + "A", token[:-1], "é" * 38, "=" * 38, " " * 38, "../../../../etc/passwd" + "A" * 16]
    assert [text for text in spoiled + hostile if read(KEY, "click", text) is not None] == []


def test_an_unknown_purpose_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no such purpose"):
        make(KEY, "admin", 1)
