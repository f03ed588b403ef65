"""Signatures of ours, judged by somebody else's verifier; and what they keep others from adding."""

import re
from pathlib import Path

import dkim as verifier
import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.handover import Handed, Streaming
from restock_desk.errors import DeskError
from restock_desk.transport import dkim, open_transport
from restock_desk.transport.signers import Signer
from tests.sinks.smtp import Sink
from tests.transport.letters import letters

KEYS = {kind: dkim.new_key(kind) for kind in ("rsa", "ed25519")}
BY = Signer("desk1", "shop.example")
SECRETS = {"dkim:desk1@shop.example": KEYS["rsa"], "dkim:desk2@shop.example": KEYS["ed25519"]}


def holds(message: bytes, pem: str = KEYS["rsa"], index: int = 0) -> bool:
    """Whether the signature with this number is one of this key, by dkimpy."""

    def dns(name: bytes, timeout: int = 5) -> bytes:
        assert re.fullmatch(rb"desk[12]\._domainkey\.shop\.example\.", name)
        return dkim.dns_value(pem).encode()

    try:
        return bool(verifier.DKIM(message).verify(idx=index, dnsfunc=dns))
    except verifier.ValidationError:
        return False


@pytest.mark.parametrize("kind", KEYS)
def test_a_signed_mail_is_verified(kind: str) -> None:
    message = letters(1)[0].message
    made = dkim.signed(message, BY, dkim.loaded(KEYS[kind]))
    assert holds(made, KEYS[kind])
    assert made.endswith(message)
    assert max(len(line) for line in made.split(b"\r\n\r\n")[0].split(b"\r\n")) <= 998
    assert made == dkim.signed(message, BY, dkim.loaded(KEYS[kind]))


def test_both_unsubscribe_headers_are_covered() -> None:
    made = dkim.signed(letters(1)[0].message, BY, dkim.loaded(KEYS["rsa"]))
    named = re.search(rb"h=([^;]+);", made)
    assert named is not None
    names = re.sub(rb"\s", b"", named[1]).decode().split(":")
    for name in ("from", "to", "subject", "list-unsubscribe", "list-unsubscribe-post"):
        assert names.count(name) == 2, name
    changed = made.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: nothing")
    assert changed != made
    assert not holds(changed)


@pytest.mark.parametrize(
    "added",
    [
        b"From: other@evil.example",
        b"Subject: Cheap pills",
        b"To: everybody@example.com",
        b"List-Unsubscribe: <https://evil.example>",
        b"Reply-To: evil@evil.example",
    ],
)
def test_nobody_can_add_a_second_header_that_readers_see(added: bytes) -> None:
    made = dkim.signed(letters(1)[0].message, BY, dkim.loaded(KEYS["rsa"]))
    head, gap, body = made.partition(b"\r\n\r\n")
    for message in (head + b"\r\n" + added + gap + body, added + b"\r\n" + made):
        assert not holds(message)


def test_a_changed_body_is_noticed_and_refolded_headers_are_not() -> None:
    made = dkim.signed(letters(1)[0].message, BY, dkim.loaded(KEYS["rsa"]))
    assert not holds(made.replace(b"Good news", b"Bad news."))
    assert holds(made.replace(b"\r\nSubject: ", b"\r\nsubject:   "))


@given(
    subject=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60),
    body=st.text(st.sampled_from("ab .\t\n="), max_size=80),
)
def test_any_mail_is_verified(subject: str, body: str) -> None:
    lines = body.replace("\n", "\r\n").encode()
    message = f"From: a@shop.example\r\nTo: b@example.com\r\nSubject: {subject}\r\n\r\n".encode() + lines
    assert holds(dkim.signed(message, BY, dkim.loaded(KEYS["ed25519"])), KEYS["ed25519"])


def test_an_outbox_and_a_mail_server_sign_with_every_key_named(tmp_path: Path) -> None:
    both = "dkim=desk1@shop.example&dkim=desk2@shop.example"
    outbox = open_transport(f"outbox:{tmp_path}/out?{both}", SECRETS.get)
    assert [one.handed for one in outbox.send(letters(2))] == [Handed.SENT] * 2
    assert "desk1._domainkey.shop.example, desk2._domainkey.shop.example" in outbox.check()
    with Sink().serving() as sink:
        smtp = open_transport(f"{sink.url}?pipelining=off&{both}", SECRETS.get)
        assert isinstance(smtp, Streaming) == isinstance(open_transport(sink.url, SECRETS.get), Streaming)
        assert [one.handed for one in smtp.send(letters(2))] == [Handed.SENT] * 2
        smtp.close()
    mails = [message for _, message in sink.taken] + [path.read_bytes() for path in (tmp_path / "out").glob("*.eml")]
    assert len(mails) == 4
    for message in mails:
        assert holds(message, KEYS["ed25519"], 0)
        assert holds(message, KEYS["rsa"], 1)


@pytest.mark.parametrize("kept", [None, "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_without_a_key_nothing_leaves_unsigned(tmp_path: Path, kept: str | None) -> None:
    outbox = open_transport(f"outbox:{tmp_path}/out?dkim=desk1@shop.example", lambda _: kept)
    receipts = outbox.send(letters(2))
    assert {(one.handed, one.ours) for one in receipts} == {(Handed.DEFERRED, True)}
    assert not (tmp_path / "out").exists()
    with pytest.raises(DeskError):
        outbox.check()


def test_a_streaming_transport_without_its_key_gives_the_mails_back(tmp_path: Path) -> None:
    with Sink().serving() as sink:
        smtp = open_transport(f"{sink.url}?dkim=desk1@shop.example", lambda _: None)
        if isinstance(smtp, Streaming):
            receipts = smtp.begin(letters(2), 1.0).result(5)
            assert {(one.handed, one.ours) for one in receipts} == {(Handed.DEFERRED, True)}
            smtp.recall()
        smtp.close()
        assert sink.taken == []


def test_a_weak_key_is_refused() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = rsa.generate_private_key(65_537, 1_024).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(DeskError, match="too weak"):
        dkim.loaded(weak.decode())
