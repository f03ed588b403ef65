"""Test mails: a mail, or several editions of it, to colleagues and to the shop's seed addresses. They count nowhere."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from restock_desk.domain.handover import Envelope, Handed, Receipt, hands_over
from restock_desk.domain.staff import AuditEntry
from restock_desk.domain.templates import Draft
from restock_desk.errors import DeskError
from restock_desk.rendering import headers, processes
from restock_desk.rendering.faults import TemplateFault
from restock_desk.services import contents, dressing, readers
from restock_desk.services.desk import Desk
from restock_desk.services.readers import Whom
from restock_desk.store import shop as shop_
from restock_desk.store import staff
from restock_desk.transport import open_transport

log = logging.getLogger(__name__)
MOST = 50
"""Addresses of one test."""
_KEY = "seeds"
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class Trial:
    """One test mail that was handed over, or was not: of which edition, to whom."""

    edition: str
    address: str
    receipt: Receipt


def seeds(desk: Desk) -> tuple[str, ...]:
    """The addresses that get a test of everything before it is sent; none at first."""
    with desk.store.reading() as u:
        return tuple(shop_.setting(u, _KEY) or ())


def keep_seeds(desk: Desk, words: str) -> tuple[str, ...]:
    """Replace the seed list. DeskError for what is no address."""
    listed = addresses(words) if words.strip() else ()
    with desk.store.unit() as u:
        shop_.save_setting(u, _KEY, list(listed), desk.now())
        staff.record(u, AuditEntry(desk.now(), desk.actor.name, "seed list changed", "shop", "", {"n": len(listed)}))
        u.commit()
    return listed


def addresses(words: str) -> tuple[str, ...]:
    """Addresses written one after the other, each once. DeskError naming what is none."""
    found, bad = [], []
    for one in filter(None, _BETWEEN.split(words)):
        try:
            found.append(headers.email(one, "address"))
        except TemplateFault:
            bad.append(one)
    if bad:
        raise DeskError(f"This is no e-mail address: {bad[0][:80]}", "Write addresses such as name@example.com.")
    if not found or len(set(found)) > MOST:
        raise DeskError(f"A test goes to 1 to {MOST} addresses.", "Write one or more such as name@example.com.")
    return tuple(dict.fromkeys(found))


def send_test(
    desk: Desk, draft: Draft, subscriber_id: int | None, event_ids: tuple[int, ...], to: str, case: str = ""
) -> Receipt:
    """One mail to a colleague: subject marked, header X-RD-Test, delivery 0, so it never counts anywhere.

    DeskError when the address is none, the sample shop would mail to the outside, or the mail cannot be made.
    """
    try:
        to = headers.email(to, "address")
    except TemplateFault as fault:
        raise DeskError("This is no e-mail address.", "Write one address such as name@example.com.") from fault
    return send(desk, [("", draft)], Whom(subscriber_id, event_ids, case), [to])[0].receipt


def send(desk: Desk, mails: Sequence[tuple[str, Draft]], whom: Whom, to: Sequence[str]) -> list[Trial]:
    """Every one of the named mails, made for `whom`, to every address. DeskError as `send_test` says."""
    _must_be_allowed(desk)
    envelopes: list[Envelope] = []
    which = [(name, draft, address) for name, draft in mails for address in to]
    stamp = f"test/{desk.now().isoformat()}/{desk.actor.name}"
    for number, (name, draft, address) in enumerate(which):
        envelopes.append(_envelope(desk, name, draft, whom, address, stamp if not number else f"{stamp}/{number}"))
    transport = open_transport(desk.transport, desk.secret)
    receipts: list[Receipt] = []
    try:
        for start in range(0, len(envelopes), max(1, transport.batch)):
            receipts += transport.send(envelopes[start : start + max(1, transport.batch)])
    finally:
        transport.close()
    _record(desk, receipts)
    return [Trial(name, address, receipt) for (name, _, address), receipt in zip(which, receipts, strict=True)]


def _must_be_allowed(desk: Desk) -> None:
    with desk.store.reading() as u:
        sample = shop_.is_sample(u)
    if sample and not desk.transport.startswith("outbox:"):
        raise DeskError("The sample shop never mails to the outside.", "Use an outbox, or open a shop of your own.")
    if hands_over(desk.transport):
        raise DeskError(
            "A test mail cannot go through Batch: it would reach the customer.", "Choose another transport."
        )


def _envelope(desk: Desk, name: str, draft: Draft, whom: Whom, to: str, stamp: str) -> Envelope:
    draft = dressing.dressed(desk, draft)
    read = readers.reader(desk, whom, draft)
    data = read.data
    data["subscriber"] = {**data["subscriber"], "email": to}
    compiled, identity = processes.compiled(draft), replace(read.identity, key=stamp, test=True, test_name=name)
    mail = processes.mail_of(compiled, data, identity)
    of = contents.Contents(lambda: (compiled, data, identity, mail))
    return Envelope(headers.envelope_sender(mail.headers), to, mail.message, identity.digest(stamp), of)


def _record(desk: Desk, receipts: Sequence[Receipt]) -> None:
    with desk.store.unit() as u:
        for receipt in receipts:
            outcome = "handed over" if receipt.handed is Handed.SENT else f"not handed over: {receipt.code}"
            log.info("test mail %s", outcome)
            entry = AuditEntry(desk.now(), desk.actor.name, "test mail sent", "template", "", {"outcome": outcome})
            staff.record(u, entry)
        u.commit()
