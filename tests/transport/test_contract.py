"""What every transport holds: one receipt an envelope, in order, and the mail as it was given."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from restock_desk.domain.handover import Envelope, Handed, Transport
from restock_desk.errors import DeskError
from restock_desk.transport import open_transport
from tests.smtp_sink import Sink


@dataclass
class Place:
    """A transport and what arrived at its other end."""

    transport: Transport
    sink: Sink | None
    folder: Path

    def arrived(self) -> list[bytes]:
        if self.sink is not None:
            return [message for _, message in self.sink.taken]
        return [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]


@pytest.fixture(params=["outbox", "smtp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "outbox":
        yield Place(open_transport(f"outbox:{tmp_path}/out", lambda _: None), None, tmp_path / "out")
        return
    with Sink().serving() as sink:
        transport = open_transport(sink.url, lambda _: None)
        yield Place(transport, sink, tmp_path)
        transport.close()


def mails(n: int) -> list[Envelope]:
    return [
        Envelope("a@shop.example", f"p{i}@example.com", f"Subject: {i}\r\n\r\nBody {i}\r\n".encode(), f"key {i}")
        for i in range(n)
    ]


def test_each_mail_arrives_once_as_it_was_given(place: Place) -> None:
    group = mails(7)
    receipts = place.transport.send(group)
    assert [receipt.handed for receipt in receipts] == [Handed.SENT] * 7
    assert sorted(place.arrived()) == sorted(mail.message for mail in group)


def test_an_idempotent_transport_keeps_one_mail_a_key(place: Place) -> None:
    if place.transport.idempotent:
        place.transport.send(mails(2))
        place.transport.send(mails(2))
        assert len(place.arrived()) == 2
    assert place.transport.batch >= 1


def test_it_can_be_checked_and_used_again_after_it_was_closed(place: Place) -> None:
    assert place.transport.check()
    place.transport.close()
    assert place.transport.send(mails(1))[0].handed is Handed.SENT


def test_an_outbox_that_cannot_be_written_is_our_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    transport = open_transport(f"outbox:{tmp_path}/file", lambda _: None)
    (receipt,) = transport.send(mails(1))
    assert (receipt.handed, receipt.ours) == (Handed.DEFERRED, True)
    with pytest.raises(DeskError, match="cannot be written"):
        transport.check()
