"""Addresses: written for sending, folded for matching, refused in a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.addresses import MAX_LENGTH, fold, parse


@pytest.mark.parametrize(
    ("text", "email", "key"),
    [
        ("Ana.Silva@Example.COM", "Ana.Silva@example.com", "ana.silva@example.com"),
        ("\u00a0 ana@x.example\u200b\r\n", "ana@x.example", "ana@x.example"),
        ("\ufeffana@x.example", "ana@x.example", "ana@x.example"),
        ("Ann <ANN@x.example>", "ANN@x.example", "ann@x.example"),
        ("<ann@x.example>", "ann@x.example", "ann@x.example"),
        ('"Ann, of Loom" <ann@x.example>', "ann@x.example", "ann@x.example"),
        ("ana+sale@x.example", "ana+sale@x.example", "ana+sale@x.example"),
        ("a.n.a@x.example", "a.n.a@x.example", "a.n.a@x.example"),
        ("o'neil_{x}@x.example", "o'neil_{x}@x.example", "o'neil_{x}@x.example"),
        ("ana@M\u00dcNCHEN.example", "ana@xn--mnchen-3ya.example", "ana@xn--mnchen-3ya.example"),
        ("ana@xn--mnchen-3ya.example", "ana@xn--mnchen-3ya.example", "ana@xn--mnchen-3ya.example"),
        ("ana@x\u3002example", "ana@x.example", "ana@x.example"),
        ("ana@stra\u00dfe.example", "ana@xn--strae-oqa.example", "ana@xn--strae-oqa.example"),
        ("Jose\u0301@x.example", "Jos\u00e9@x.example", "jos\u00e9@x.example"),
        ("a" * 64 + "@x.example", "a" * 64 + "@x.example", "a" * 64 + "@x.example"),
    ],
)
def test_one_usable_address_is_written_for_sending_and_folded_for_matching(text: str, email: str, key: str) -> None:
    assert parse(text) == (email, key)
    assert fold(text) == key


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no e-mail address"),
        ("\u00a0\t ", "no e-mail address"),
        ("ana", "needs a name, an @ and a domain"),
        ("ana@", "needs a name"),
        ("@x.example", "needs a name"),
        ("ana@x.example, bo@x.example", "one single"),
        ("ana@x.example;bo@x.example", "one single"),
        ("ana@x.example bo@x.example", "one single"),
        ("<ana@x.example> <bo@x.example>", "one single"),
        ("ana@bo@x.example", "one single"),
        ("ana@x.example\r\nBcc: bo@x.example", "one single"),
        ("ana\r\nBcc:bo@x.example", "holds a character"),
        ("ana\nbo@x.example", "holds a character"),
        ('"ana bo"@x.example', "one single"),
        ('"ana"@x.example', "holds a character"),
        ("an\u00a0a@x.example", "holds a character"),
        ("an\u202ea@x.example", "holds a character"),
        ("an\x00a@x.example", "holds a character"),
        ("mailto:ana@x.example", "holds a character"),
        (".ana@x.example", "a dot"),
        ("ana.@x.example", "a dot"),
        ("a..na@x.example", "a dot"),
        ("ana@localhost", "domain"),
        ("ana@192.168.1.1", "domain"),
        ("ana@[192.168.1.1]", "domain"),
        ("ana@-x.example", "domain"),
        ("ana@x..example", "domain"),
        ("ana@x.example.", "domain"),
        ("ana@x_y.example", "domain"),
        ("ana@x\u00a0y.example", "domain"),
        ("ana@" + "b" * 64 + ".example", "domain"),
        ("\ud800@x.example", "holds a character"),
        ("ana@\ud800.example", "domain"),
        ("a" * 65 + "@x.example", "longer than 64"),
        ("ana@" + ".".join(["b" * 60] * 4) + ".example", "longer than 254"),
    ],
)
def test_what_is_no_single_address_is_refused_in_a_sentence_and_still_folds(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(text)
    assert isinstance(fold(text), str)


def test_sharp_s_does_not_lead_to_another_domain() -> None:
    assert fold("ana@stra\u00dfe.example") != fold("ana@strasse.example")


@given(st.text(max_size=40) | st.from_regex(r"\A[ -~]{1,30}@[ -~]{1,20}\.[a-z]{2,4}\Z"))
def test_whatever_comes_is_one_safe_line_or_refused(text: str) -> None:
    try:
        email, key = parse(text)
    except ValueError:
        return
    assert parse(email) == (email, key)
    assert email.count("@") == 1
    assert len(email) <= MAX_LENGTH
    assert not any(char.isspace() or char in ',;<>"' or not char.isprintable() for char in email)
    assert fold(email) == fold(key) == key
