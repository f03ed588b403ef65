"""What every transport holds: one receipt an envelope, in order, and the mail as it was made."""

import email
import email.policy
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from restock_desk.domain.handover import HANDED_OVER, Handed, Transport, hands_over
from restock_desk.errors import DeskError
from restock_desk.transport import WAYS, open_transport, secret_name
from restock_desk.transport.provider import Surroundings
from tests.rendering.samples import NOW
from tests.sinks.smtp import Sink
from tests.transport.fakes.batch import BatchApi
from tests.transport.fakes.providers import (
    KEY,
    BrevoApi,
    MailgunApi,
    PostmarkApi,
    ResendApi,
    SendGridApi,
    SesApi,
)
from tests.transport.fakes.server import Api, Fake, Taken
from tests.transport.letters import DRAFT, letter, letters, parts, person

APIS: dict[str, Callable[[], Api]] = {
    "postmark": PostmarkApi, "sendgrid": SendGridApi, "mailgun": MailgunApi, "ses": SesApi, "resend": ResendApi,
    "brevo": BrevoApi, "batch": lambda: BatchApi(now=lambda: NOW),
}  # fmt: skip
WORLD = Surroundings(now=lambda: NOW, rest=lambda _seconds: None)


@dataclass
class Place:
    """A transport and what arrived at its other end."""

    transport: Transport
    arrived: Callable[[], list[Taken]]
    secrets: dict[str, str]


def read(message: bytes, recipient: str = "") -> Taken:
    """The bytes as a reader's mail program shows them."""
    mail = email.message_from_bytes(message, policy=email.policy.SMTP)
    text, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    headers = {name: str(value) for name, value in mail.items()}
    return Taken(recipient or headers["To"], headers["Subject"], html, text, headers["From"], headers)


@pytest.fixture(params=["outbox", "smtp", *APIS])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "outbox":
        folder = tmp_path / "out"
        outbox = open_transport(f"outbox:{folder}", lambda _: None)
        yield Place(outbox, lambda: [read(path.read_bytes()) for path in sorted(folder.glob("*.eml"))], {})
        return
    if request.param == "smtp":
        with Sink().serving() as sink:
            smtp = open_transport(sink.url, lambda _: None)
            yield Place(smtp, lambda: [read(message, to) for to, message in sink.taken], {})
            smtp.close()
        return
    api = APIS[request.param]()
    with Fake(api).serving() as fake:
        url = f"{api.url}{'&' if '?' in api.url else '?'}endpoint={fake.endpoint}"
        secrets = {api.secret: KEY}
        transport = open_transport(url, secrets.get, WORLD)
        yield Place(transport, lambda: api.taken, secrets)
        transport.close()


def test_each_mail_arrives_once_as_it_was_made(place: Place) -> None:
    group = letters(7)
    receipts = place.transport.send(group)
    assert [(receipt.handed, receipt.words) for receipt in receipts if receipt.handed is not Handed.SENT] == []
    arrived = {mail.recipient: mail for mail in place.arrived()}
    assert sorted(arrived) == sorted(envelope.recipient for envelope in group)
    assert len(place.arrived()) == 7
    if hands_over(place.transport.url):
        assert {receipt.receipt for receipt in receipts} == {HANDED_OVER}
        return
    for envelope in group:
        made, mail = parts(envelope), arrived[envelope.recipient]
        assert (mail.subject, mail.html.rstrip(), mail.text.rstrip()) == (
            made.subject,
            made.html.rstrip(),
            made.text.rstrip(),
        )
        for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "X-RD-Msg"):
            assert mail.headers[name] == dict(made.headers)[name]
        assert "hello@shop.example" in mail.sender
        assert "Loom" in mail.sender


def test_a_bad_address_takes_no_neighbour_with_it(place: Place) -> None:
    group = [letter(person(n, email=f"{'bad' if n == 3 else 'p'}{n}@example.com")) for n in range(7)]
    if place.transport.url.startswith(("outbox:", "smtp:", "batch:")):
        pytest.skip("it takes every address that can be written")
    states = [receipt.handed for receipt in place.transport.send(group)]
    assert states == [Handed.FAILED if n == 3 else Handed.SENT for n in range(7)]
    assert sorted(mail.recipient for mail in place.arrived()) == [f"p{n}@example.com" for n in range(7) if n != 3]


def test_an_idempotent_transport_keeps_one_mail_a_key(place: Place) -> None:
    if place.transport.idempotent:
        place.transport.send(letters(2))
        place.transport.send(letters(3)[1:])
        assert len(place.arrived()) == 3
    assert 1 <= place.transport.batch <= 200


def test_it_can_be_checked_and_used_again_after_it_was_closed(place: Place) -> None:
    assert place.transport.check().endswith(".")
    place.transport.close()
    assert place.transport.send(letters(1))[0].handed is Handed.SENT


def test_nothing_at_all_is_a_group_too(place: Place) -> None:
    assert place.transport.send([]) == []


def test_a_wrong_or_missing_key_is_our_problem_and_nobody_fails(place: Place) -> None:
    if not place.secrets:
        pytest.skip("it needs no key")
    for wrong in ("not the key", "", "kéy", "two\nlines"):
        place.secrets[secret_name(place.transport.url)] = wrong
        receipts = place.transport.send(letters(3))
        assert {(receipt.handed, receipt.ours) for receipt in receipts} == {(Handed.DEFERRED, True)}
        with pytest.raises(DeskError):
            place.transport.check()
    assert place.arrived() == []


def test_a_name_with_commas_quotes_and_other_letters_arrives_as_a_name(place: Place) -> None:
    if hands_over(place.transport.url):
        pytest.skip("Batch has senders of its own")
    name = 'Mühle, "Loom" & Co'
    (receipt,) = place.transport.send([letter(person(1), replace(DRAFT, sender_name=name))])
    assert receipt.handed is Handed.SENT
    (mail,) = place.arrived()
    assert "Mühle" in mail.sender
    assert mail.sender.endswith("<hello@shop.example>")


def test_no_log_holds_a_key_or_an_address(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        place.transport.check()
        place.transport.send(letters(3))
    assert KEY not in caplog.text
    assert "@example.com" not in caplog.text


def test_every_way_is_in_this_suite() -> None:
    assert set(APIS) == set(WAYS)


def test_an_outbox_that_cannot_be_written_is_our_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    transport = open_transport(f"outbox:{tmp_path}/file", lambda _: None)
    (receipt,) = transport.send(letters(1))
    assert (receipt.handed, receipt.ours) == (Handed.DEFERRED, True)
    with pytest.raises(DeskError, match="cannot be written"):
        transport.check()
