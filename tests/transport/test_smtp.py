"""Our SMTP client against a scripted server: every answer and every break at every stage, told apart rightly."""

import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport import open_transport
from restock_desk.transport.conversation import Pipelining
from restock_desk.transport.greeting import Patience, Server
from restock_desk.transport.smtp import Smtp
from restock_desk.transport.wire import stuffed
from tests.conftest import Logged
from tests.sinks.smtp import CLOSE, RESET, SILENCE, Script, Sink

MAIL = Envelope("alerts@shop.example", "ana@example.com", b"Subject: Back\r\n\r\nIt is back.\r\n", "k1")
SHORT = Patience(connect=2, command=0.3, data=0.3, body=0.3, dot=0.3, quit=0.1)


def at(wanted: str, reply: str) -> Script:
    return lambda stage, _: reply if stage == wanted else None


def client(sink: Sink, host: str = "127.0.0.1", user: str = "", **more: object) -> Smtp:
    server = Server(host, sink.port, False, user, lambda: "secret", sink.url, SHORT)
    return Smtp(replace(server, **more))  # type: ignore[arg-type]


def one(sink: Sink, envelope: Envelope = MAIL) -> Receipt:
    with sink.serving():
        transport = client(sink)
        (receipt,) = transport.send([envelope])
        transport.close()
    return receipt


def test_a_mail_is_accepted_and_arrives_as_it_is() -> None:
    sink = Sink()
    receipt = one(sink)
    assert (receipt.handed, receipt.code) == (Handed.SENT, "250")
    assert sink.taken == [("ana@example.com", MAIL.message)]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(
    ("reply", "handed"),
    [("421 4.3.2 closing", Handed.DEFERRED), ("451 4.7.1 later", Handed.DEFERRED), ("452 full", Handed.DEFERRED),
     ("550 5.1.1 nobody", Handed.FAILED), ("554 5.7.1 refused", Handed.FAILED)],
)  # fmt: skip
def test_an_explicit_answer_is_definite_at_every_stage(stage: str, reply: str, handed: Handed) -> None:
    sink = Sink(at(stage, reply))
    receipt = one(sink)
    assert (receipt.handed, receipt.ours) == (handed, False)
    assert receipt.code == reply[:3]
    assert receipt.words == reply
    assert bool(sink.taken) == (stage == "dot")


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("fault", [RESET, CLOSE, SILENCE])
def test_a_break_before_the_end_of_the_mail_is_definite(stage: str, fault: str) -> None:
    sink = Sink(at(stage, fault))
    assert one(sink).handed is Handed.DEFERRED
    assert sink.taken == []


@pytest.mark.parametrize("fault", [RESET, CLOSE])
def test_a_break_inside_the_body_is_definite(fault: str) -> None:
    sink = Sink(at("body", fault))
    receipt = one(sink, replace(MAIL, message=b"Subject: Big\r\n\r\n" + b"x" * 70 * 400_000 + b"\r\n"))
    assert receipt.handed is Handed.DEFERRED
    assert sink.taken == []


@pytest.mark.parametrize("fault", [RESET, CLOSE, SILENCE])
def test_a_break_after_the_final_dot_is_in_doubt(fault: str) -> None:
    sink = Sink(at("dot", fault))
    assert one(sink).handed is Handed.IN_DOUBT
    assert len(sink.taken) == 1


@pytest.mark.parametrize("stage", ["greeting", "ehlo"])
@pytest.mark.parametrize("reply", [RESET, CLOSE, "421 4.3.2 too many connections", "554 5.7.1 go away", "nonsense"])
def test_a_server_that_takes_nobody_is_our_problem_not_the_recipients(stage: str, reply: str) -> None:
    sink = Sink(at(stage, reply))
    receipt = one(sink)
    assert (receipt.handed, receipt.ours) == (Handed.DEFERRED, True)


def test_a_refused_recipient_never_sees_a_body_and_the_next_one_is_untouched() -> None:
    sink = Sink(lambda stage, n: "550 5.1.1 nobody" if (stage, n) == ("rcpt", 0) else None)
    with sink.serving():
        transport = client(sink)
        receipts = transport.send([MAIL, replace(MAIL, recipient="ben@example.com", name="k2")])
        transport.close()
    assert [receipt.handed for receipt in receipts] == [Handed.FAILED, Handed.SENT]
    assert [recipient for recipient, _ in sink.taken] == ["ben@example.com"]
    assert sink.commands.count("DATA") == 1
    assert sink.connections == 1


def test_a_server_that_ends_the_connection_after_some_mails_gets_each_once() -> None:
    sink = Sink(lambda stage, n: "421 4.7.0 enough" if stage == "mail" and n % 4 == 3 else None)
    mails = [replace(MAIL, recipient=f"p{n}@example.com", name=f"k{n}") for n in range(10)]
    with sink.serving():
        transport = client(sink)
        receipts = transport.send(mails)
        transport.close()
    assert {receipt.handed for receipt in receipts} == {Handed.SENT}
    assert [recipient for recipient, _ in sink.taken] == [mail.recipient for mail in mails]
    assert sink.connections > 1


def test_a_connection_carries_a_hundred_mails() -> None:
    sink = Sink()
    with sink.serving():
        transport = client(sink)
        transport.send([replace(MAIL, name=f"k{n}") for n in range(150)])
        transport.close()
    assert (len(sink.taken), sink.connections) == (150, 2)


@pytest.mark.parametrize(
    "address",
    [
        "ana@example.com>\r\nRCPT TO:<eve@example.com",
        "ana@example.com\nDATA",
        "a b@example.com",
        "<ana@example.com",
        "",
    ],
)
def test_an_address_cannot_smuggle_a_command(address: str) -> None:
    sink = Sink()
    assert one(sink, replace(MAIL, recipient=address)).handed is Handed.FAILED
    assert one(sink, replace(MAIL, sender=address)).handed is Handed.FAILED
    assert sink.commands == []


@pytest.mark.parametrize(
    "body", [b".", b"..", b"a\r\n.\r\nMAIL FROM:<x@y>", b"a\n.\nb", b"a\r.\rb", b"a\r\n.\nb", b"a\n.\r\nb", b"\r\n."]
)
def test_no_line_end_trick_makes_two_mails_of_one(body: bytes) -> None:
    sink = Sink()
    message = b"Subject: x\r\n\r\n" + body
    assert one(sink, replace(MAIL, message=message)).handed is Handed.SENT
    assert len(sink.taken) == 1
    assert sum(line.startswith("MAIL") for line in sink.commands) == 1
    assert stuffed(message).count(b"\r\n.\r\n") == 1


def test_an_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    unicode = replace(MAIL, recipient="jörg@example.com")
    assert "needs_smtputf8" in one(Sink(), unicode).words
    able = Sink(offers=("SMTPUTF8",))
    assert one(able, unicode).handed is Handed.SENT
    assert "MAIL FROM:<alerts@shop.example> SMTPUTF8" in able.commands


def test_a_mail_larger_than_the_server_says_is_not_even_begun() -> None:
    sink = Sink(offers=("SIZE 20",))
    assert one(sink).handed is Handed.FAILED
    assert "DATA" not in sink.commands


def test_nothing_leaves_in_clear_to_another_machine() -> None:
    sink = Sink(offers=("AUTH PLAIN",))
    with sink.serving():
        transport = client(sink, host="sink.invalid", user="ana")
        receipt = _through(sink, transport)
    assert (receipt.handed, receipt.ours) == (Handed.DEFERRED, True)
    assert "nothing is sent in clear" in receipt.words
    assert not [line for line in sink.commands if line.startswith(("AUTH", "MAIL"))]


def _through(sink: Sink, transport: Smtp) -> Receipt:
    """As if the name resolved to the sink."""
    import socket

    real = socket.getaddrinfo
    socket.getaddrinfo = lambda *_a, **more: real("127.0.0.1", sink.port, **more)
    try:
        return transport.send([MAIL])[0]
    finally:
        transport.close()
        socket.getaddrinfo = real


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, key and certificate in one file."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def _tls_sink(certificate: Path, offers: tuple[str, ...] = ("STARTTLS", "AUTH PLAIN LOGIN")) -> Sink:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return Sink(offers=offers, tls=context)


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_it_logs_in_only_inside_an_encrypted_connection(certificate: Path, way: str) -> None:
    sink = _tls_sink(certificate, ("STARTTLS", f"AUTH {way}"))
    if way == "LOGIN":
        sink.script = lambda stage, _: "535 5.7.8 no" if stage == "auth" else None
    with sink.serving():
        transport = client(
            sink, user="ana", tls=lambda: ssl.create_default_context(cafile=str(certificate / "cert.pem"))
        )
        (receipt,) = transport.send([MAIL])
        transport.close()
    if way == "PLAIN":
        assert receipt.handed is Handed.SENT
    else:
        assert (receipt.handed, receipt.ours, receipt.code) == (Handed.DEFERRED, True, "535")
    order = [line.split()[0] for line in sink.commands]
    assert order.index("STARTTLS") < order.index("AUTH")
    assert "secret" not in receipt.words


def test_a_certificate_nobody_vouches_for_is_refused(certificate: Path) -> None:
    sink = _tls_sink(certificate)
    with sink.serving():
        transport = client(sink)
        (receipt,) = transport.send([MAIL])
        with pytest.raises(DeskError, match="certificate is not valid"):
            transport.check()
    assert (receipt.handed, receipt.ours) == (Handed.DEFERRED, True)
    assert sink.taken == []


def test_a_check_says_what_was_found() -> None:
    sink = Sink()
    with sink.serving():
        assert "answers, in clear, without a login" in client(sink).check()


@pytest.mark.parametrize(
    "url", ["http://x", "smtp://", "smtp://ana:pw@host", "smtp://host/path", "smtp://host:notaport", "outbox:", ""]
)
def test_an_address_that_cannot_be_used_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(DeskError) as refused:
        open_transport(url, lambda _: None)
    assert "pw" not in str(refused.value)


GROUPING = ("8BITMIME", "PIPELINING")


def test_a_server_that_ends_two_connections_over_grouped_commands_gets_less_in_one_write(expect_logs: Logged) -> None:
    """First not across mails, then no groups at all; one that does not mind is asked as ever."""
    expect_logs("answered out of step")

    def resets(stage: str, n: int) -> str | None:
        return RESET if stage == "rcpt" and n < 4 else None

    bad, good = Sink(resets, GROUPING), Sink(offers=GROUPING)
    with bad.serving(), good.serving():
        one_by_one = client(bad, connections=1)
        modes = [one_by_one.mode()]
        for n in range(3):
            one_by_one.send([replace(MAIL, name=f"k{n}")])
            modes.append(one_by_one.mode())
        assert modes[0] is Pipelining.ACROSS
        assert modes[-1] is Pipelining.OFF
        assert client(bad).mode() is Pipelining.OFF, "it is remembered by its host"
        assert client(good).mode() is Pipelining.ACROSS
        one_by_one.close()
    assert [recipient for recipient, _ in bad.taken] == ["ana@example.com"] * len(bad.taken)


def test_one_connection_that_ends_over_grouped_commands_may_be_an_accident() -> None:
    sink = Sink(lambda stage, n: RESET if (stage, n) == ("rcpt", 0) else None, GROUPING)
    with sink.serving():
        transport = client(sink, connections=1)
        (receipt,) = transport.send([MAIL])
        assert receipt.handed is Handed.SENT, "nothing of it had left: it went by the next connection"
        assert transport.mode() is Pipelining.ACROSS
        transport.close()


def test_a_server_that_closes_after_many_mails_bears_groups() -> None:
    sink = Sink(offers=GROUPING, mails_per_connection=25)
    with sink.serving():
        transport = client(sink, connections=1)
        receipts = transport.send([replace(MAIL, name=f"k{n}") for n in range(80)])
        assert {receipt.handed for receipt in receipts} == {Handed.SENT}
        assert transport.mode() is Pipelining.ACROSS
        transport.close()
    assert len(sink.taken) == 80
