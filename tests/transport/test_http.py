"""One call over HTTP: verified, bounded, never led elsewhere; and the signature Amazon wants."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from restock_desk.transport.aws import signed
from restock_desk.transport.calls import Call, NotSent, Unknown
from restock_desk.transport.http import HttpPatience, Line
from tests.transport.fakes.server import ENDLESS, RESET_UNREAD, Fake, Reply, Request, Taken


class Echo:
    url, secret = "", ""

    @property
    def taken(self) -> list[Taken]:
        return []

    def answer(self, request: Request) -> Reply:
        return Reply(200, {"path": request.path, "bytes": len(request.body)})


@dataclass(frozen=True)
class Papers:
    """A certificate with its key, and contexts for both ends."""

    path: Path

    def server(self, most: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        if most is not None:
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_2, most
        return context

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.path))


def papers(folder: Path, name: str = "127.0.0.1", days: int = 1) -> Papers:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    other: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days)).add_extension(x509.SubjectAlternativeName([other]), False)
        .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.public_bytes(serialization.Encoding.PEM)
    path = folder / "papers.pem"
    path.write_bytes(pem)
    return Papers(path)


def asked(fake: Fake, line: Line, body: bytes = b"") -> object:
    try:
        return line.ask(Call("POST", f"{fake.endpoint}/x", {"Content-Type": "text/plain"}, body)).data()
    finally:
        line.close()


def test_a_server_whose_certificate_is_trusted_is_spoken_to(tmp_path: Path) -> None:
    own = papers(tmp_path)
    with Fake(Echo(), tls=own.server()).serving() as fake:
        assert asked(fake, Line(tls=own.trusting), b"abc") == {"path": "/x", "bytes": 3}


@pytest.mark.parametrize("kind", ["unknown", "wrong name", "expired"])
def test_a_certificate_that_is_not_valid_ends_it_before_anything_is_said(tmp_path: Path, kind: str) -> None:
    own = papers(tmp_path, "other.example" if kind == "wrong name" else "127.0.0.1", -1 if kind == "expired" else 1)
    line = Line(tls=ssl.create_default_context if kind == "unknown" else own.trusting)
    with Fake(Echo(), tls=own.server()).serving() as fake, pytest.raises(NotSent, match="certificate"):
        asked(fake, line)
    assert fake.requests == []


def test_a_context_that_would_take_old_tls_is_made_to_want_better(tmp_path: Path) -> None:
    own = papers(tmp_path)

    def lax() -> ssl.SSLContext:
        context = own.trusting()
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        return context

    made: list[ssl.SSLContext] = []

    def kept() -> ssl.SSLContext:
        made.append(lax())
        return made[-1]

    with Fake(Echo(), tls=own.server(ssl.TLSVersion.TLSv1_2)).serving() as fake:
        asked(fake, Line(tls=kept))
    assert made[0].minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Fake(Echo()).serving() as fake:
        assert asked(fake, Line()) == {"path": "/x", "bytes": 0}


def test_one_connection_serves_many_calls() -> None:
    with Fake(Echo()).serving() as fake:
        line = Line()
        for _ in range(5):
            line.ask(Call("GET", f"{fake.endpoint}/x"))
        line.close()
        assert (fake.calls, fake.connections) == (5, 1)


def test_after_a_broken_call_the_next_one_connects_anew() -> None:
    with Fake(Echo(), lambda n: RESET_UNREAD if n == 0 else None).serving() as fake:
        line = Line()
        with pytest.raises(Unknown):
            line.ask(Call("GET", f"{fake.endpoint}/x"))
        assert line.ask(Call("GET", f"{fake.endpoint}/x")).status == 200
        line.close()


def test_a_call_on_a_kept_connection_ends_in_time_too() -> None:
    with Fake(Echo(), lambda n: ENDLESS if n == 1 else None).serving() as fake:
        line = Line(HttpPatience(whole=0.5))
        line.ask(Call("GET", f"{fake.endpoint}/x"))
        with pytest.raises(Unknown):
            line.ask(Call("GET", f"{fake.endpoint}/x"))
        line.close()


def test_nothing_of_a_call_shows_its_headers_or_body() -> None:
    assert "hush" not in repr(Call("POST", "https://a.example", {"Authorization": "hush"}, b"hush"))


def test_the_signature_is_the_one_of_amazons_own_example() -> None:
    made = signed(
        "GET",
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        b"",
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "us-east-1",
        "iam",
        datetime(2015, 8, 30, 12, 36, tzinfo=UTC),
    )
    assert made["Authorization"].endswith(
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )
