"""The scripted mail server itself: what all fault tests rest on."""

import json
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.sinks.smtp import CLOSE, RESET, Later, Sink

ROOT = Path(__file__).parent.parent.parent
MAIL = b"MAIL FROM:<a@b>\r\nRCPT TO:<%s>\r\nDATA\r\n"
BODY = b"X-RD-Msg: 7.abc\r\nMessage-ID: <m@b>\r\n\r\n..dots\r\n.\r\n"


def heard(port: int, *pieces: bytes, replies: int) -> list[str]:
    """Say all pieces without waiting, and listen until so many reply lines came or the server hung up."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client, client.makefile("rb") as lines:
        for piece in pieces:
            client.sendall(piece)
        return [line.decode().strip() for line in lines if not line.startswith(b"250-")][:replies]


def test_it_takes_what_is_sent_ahead_in_order_and_undoes_the_dots() -> None:
    with Sink(offers=("PIPELINING",)).serving() as sink:
        ahead = [b"EHLO x\r\n", MAIL % b"c@d", BODY, MAIL % b"e@f", BODY, b"QUIT\r\n"]
        codes = [line[:3] for line in heard(sink.port, *ahead, replies=11)]
    assert codes == ["220", "250", *["250", "250", "354", "250"] * 2, "221"]
    assert sink.kept == ["c@d", "e@f"]
    assert sink.taken[0][1].endswith(b"\r\n\r\n.dots\r\n")
    assert sink.ahead == 0


def test_it_counts_who_speaks_too_early() -> None:
    with Sink(offers=()).serving() as sink:
        heard(sink.port, b"EHLO x\r\nQUIT\r\n", replies=3)
    assert sink.ahead == 1


def test_it_can_lose_what_follows_a_dot() -> None:
    with Sink(offers=("PIPELINING",), loses_what_follows_a_dot=True, mails_per_connection=1).serving() as sink:
        codes = [line[:3] for line in heard(sink.port, MAIL % b"c@d" + BODY + MAIL % b"e@f", replies=9)]
    assert codes == ["220", "250", "250", "354", "250"]


@pytest.mark.parametrize("how", [RESET, CLOSE])
def test_a_mail_is_taken_before_its_answer_is_not_given(how: str) -> None:
    with Sink(lambda stage, _: how if stage == "dot" else None).serving() as sink:
        with suppress(ConnectionError):
            heard(sink.port, MAIL % b"c@d", BODY, replies=9)
        assert sink.kept == ["c@d"]


def test_a_refused_mail_was_read_and_not_kept() -> None:
    with Sink(personal=lambda stage, who: "452 full" if (stage, who) == ("dot", "c@d") else None).serving() as sink:
        heard(sink.port, MAIL % b"c@d" + BODY + MAIL % b"e@f" + BODY, b"QUIT\r\n", replies=10)
    assert [who for who, _ in sink.taken] == ["c@d", "e@f"]
    assert sink.kept == ["e@f"]


def test_a_late_reply_holds_up_what_follows_and_comes_byte_by_byte() -> None:
    late = Later("220 at last", after_s=0.01, byte_s=0.001)
    with Sink(lambda stage, _: late if stage == "greeting" else None).serving() as sink:
        assert heard(sink.port, b"EHLO x\r\nQUIT\r\n", replies=3) == ["220 at last", "250 8BITMIME", "221 2.0.0 Bye"]


def test_in_a_process_of_its_own_it_records_what_it_took_before_it_answers(tmp_path: Path) -> None:
    record = tmp_path / "taken"
    command = [sys.executable, "-m", "tests.sinks.smtp", "--record", str(record)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert heard(port, MAIL % b"c@d", BODY, b"QUIT\r\n", replies=6)[4:] == ["250 2.0.0 OK queued", "221 2.0.0 Bye"]
        process.kill()
    line = json.loads(record.read_text())
    assert line == {"recipient": "c@d", "mark": "7.abc", "message_id": "<m@b>", "bytes": len(BODY) - 4}
