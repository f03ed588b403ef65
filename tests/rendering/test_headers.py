"""No value breaks out of its header, and the headers that must stay raw stay raw."""

import email
import email.policy
import re
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.rendering import headers, mime
from restock_desk.rendering.faults import TemplateFault
from tests.rendering.samples import context, event, html, identity, seen, sent

HOSTILE = [
    "x\r\nBcc: evil@example.com",
    "x\nBcc: evil@example.com",
    "x\rBcc: evil@example.com",
    "x\r\n\r\n<script>",
    "x\x85Bcc: evil@example.com",
    "x\u2028Bcc: evil@example.com",
    "x\u2029Bcc: evil@example.com",
    "x\x0bBcc: evil@example.com",
    "x\x00y",
    "=?utf-8?q?x=0D=0ABcc:_evil@example.com?=",
    "=?utf-8?b?eA0KQmNjOiBldmlsQGV4YW1wbGUuY29t?=",
    "=?utf-8?q?x=E2=80=A8Bcc:_evil@example.com?=",
    "=?no-such-charset?q?x=0A?=",
    "a =?utf-8?q?=0ABcc:_evil@example.com?= b",
    "\ud800",
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_product_title_adds_a_header_or_a_recipient(value: str) -> None:
    draft = html("<p>x</p>", subject="{{ product.title }}", sender_name="{{ product.title }}")
    try:
        message = sent(draft, context(event(title=value))).message
    except TemplateFault:
        return
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    assert parsed["Bcc"] is None
    assert parsed["To"] == "ana@example.com"
    assert [name for name in parsed if name == "Subject"] == ["Subject"]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_the_guard_itself_refuses_each_of_them(value: str) -> None:
    with pytest.raises(TemplateFault):
        headers.guarded(value, "Subject")


NO_ADDRESSES = [
    "", "x", "a@b@c.example", "a b@c.example", "a@c.example\r\nRCPT TO:<e@x.example>", "<a@c.example>", "a@c.example>",
    "a@", "@b", "a,b@c.example", "a\x00@c.example",
]  # fmt: skip


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        headers.email(address, "To")
    assert "@" not in str(caught.value)


def test_a_foreign_domain_is_written_in_ascii() -> None:
    assert headers.email("ana@bücher.example", "To") == "ana@xn--bcher-kva.example"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300))
def test_any_text_survives_as_short_encoded_words(value: str) -> None:
    if "=?" in value:
        return
    written = headers.text(value, "Subject")
    assert all(len(line) <= 76 or value.isascii() for line in written.split("\r\n"))
    assert str(make_header(decode_header(written.replace("\r\n ", " ")))).strip() == value.strip() or value.isascii()


def test_text_that_looks_encoded_stays_what_it_is() -> None:
    written = headers.text("=?utf-8?q?hello?=", "Subject")
    assert str(make_header(decode_header(written))) == "=?utf-8?q?hello?="


def test_list_unsubscribe_is_one_raw_line() -> None:
    message = sent(html("<p>x</p>")).message
    head = message.split(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    line = next(line for line in head if line.startswith("List-Unsubscribe:"))
    assert line.startswith("List-Unsubscribe: <https://mail.example/u/")
    assert line.endswith(">")
    assert ", <mailto:leave@shop.example?subject=unsubscribe%20" in line
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
    assert "=?" not in line


def test_the_finished_block_is_read_again() -> None:
    good = b"From: a@b.example\r\nTo: x@y.example\r\n"
    headers.verify(good, ["From", "To"], "x@y.example")
    for block, names in (
        (good + b"Bcc: e@x.example\r\n", ["From", "To"]),
        (good + b"\r\nbody\r\n", ["From", "To"]),
        (good.replace(b"y.example", b"y.example, e@x.example"), ["From", "To"]),
        (b"From: a@b.example\nTo: x@y.example\r\n", ["From", "To"]),
        (good + good, ["From", "To", "From", "To"]),
    ):
        with pytest.raises(TemplateFault):
            headers.verify(block, names, "x@y.example")


def test_a_preview_tells_of_a_sender_that_is_no_address() -> None:
    mail = seen(html("<p>x</p>", sender_email="nobody"))
    assert mail.message == b""
    assert [problem.rule for problem in mail.problems] == ["header.address"]
    assert mail.html


def test_both_parts_read_back_as_they_were_written() -> None:
    source = "<p>Grüße {{ product.title }}\r\n.\r\n.dot\rlone = équals   \n</p>" + "ä" * 200
    mail = sent(html(source), context(event(title="日本\r語")))
    parsed = email.message_from_bytes(mail.message, policy=email.policy.default)
    rich, plain = parsed.get_body(("html",)), parsed.get_body(("plain",))
    assert rich is not None
    assert plain is not None
    assert rich.get_content().replace("\r\n", "\n").rstrip("\n") == "\n".join(mail.html.splitlines()).rstrip("\n")
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == mail.text.rstrip("\n")
    assert b"\r" not in mail.message.replace(b"\r\n", b"")
    assert b"\n" not in mail.message.replace(b"\r\n", b"")
    assert max(map(len, mail.message.split(b"\r\n\r\n", 1)[1].split(b"\r\n"))) <= 76
    assert mail.message.isascii()


def test_the_same_mail_has_the_same_name_on_every_attempt() -> None:
    first, second = sent(html("<p>x</p>")), sent(html("<p>other</p>"))
    names = [dict(mail.headers)["Message-ID"] for mail in (first, second)]
    assert names[0] == names[1]
    assert names[0].endswith("@shop.example>")
    assert re.fullmatch(r"<[a-z2-7]{26}\.42", names[0].split("@")[0]), "a mark only we can make, and the delivery"
    assert identity(key="other").digest("message") not in names[0]


def test_a_date_is_written_as_mails_write_it() -> None:
    assert mime.date(identity().date) == "Sun, 01 Mar 2026 12:00:00 +0000"
