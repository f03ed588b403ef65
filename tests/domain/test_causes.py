"""Refusals for one reason have one cause, whoever they were for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.causes import LONGEST, cause_of


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("550 5.1.1 <ana@example.com>: Recipient address rejected: User unknown in virtual mailbox table",
         "550 5.1.1 …: Recipient address rejected: User unknown in virtual mailbox table"),
        ("550 5.4.1 Recipient address rejected: Access denied. [BN8NAM11FT041.mail.example 2026-03-01T12:00Z 08DC]",
         "550 5.4.1 Recipient address rejected: Access denied. …"),
        ("550-5.1.1 The account does not exist. Please try 550-5.1.1 again at d2e1a72fcca58-7a 550 5.1.1 - gsmtp",
         "550 5.1.1 The account does not exist. Please try again at … - gsmtp"),
        ("452 4.2.2 mailbox full (quota 104857600 bytes) for user 'ana@example.com'",
         "452 4.2.2 mailbox full (quota … bytes) for user '…'"),
        ("554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org",
         "554 5.7.1 Client host […] blocked using zen.spamhaus.org"),
        ("expired: 451 4.7.1 Greylisted, try again in 300 s", "expired: 451 4.7.1 Greylisted, try again in … s"),
        ("451 4.3.0 queue file write error 4XyZ12abc", "451 4.3.0 queue file write error …"),
        ("The connection was reset before the answer came.", "The connection was reset before the answer came."),
        ("550", "550"),
        ("stock_gone", "stock_gone"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_differs_between_people_is_masked_and_codes_stay(words: str, cause: str) -> None:
    assert cause_of(words) == cause


@given(st.from_regex(r"[a-z][a-z.]{0,20}@[a-z]{1,10}\.example", fullmatch=True), st.integers(0, 10**12))
def test_no_address_and_no_number_tells_two_refusals_apart(address: str, number: int) -> None:
    known = cause_of("550 5.1.1 <ana@shop.example>: no such user (77)")
    assert cause_of(f"550 5.1.1 <{address}>: no such user ({number})") == known


@given(st.text(max_size=1_000))
def test_any_words_have_a_short_cause_that_is_its_own(words: str) -> None:
    cause = cause_of(words)
    assert len(cause) <= LONGEST
    assert "\0" not in cause or "\0" in words
