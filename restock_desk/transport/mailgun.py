"""Mailgun: the template once and each person's values, or one finished mail. It promises no idempotency."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from restock_desk.domain.handover import Envelope, Handed, Merge, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport.calls import Answer, Call, Unknown
from restock_desk.transport.merging import by_template, flat
from restock_desk.transport.names import mailbox
from restock_desk.transport.provider import Terms, clean, message_mark, parts_of, refusal, told

_MARK = "%recipient.rd{}%"
_ASIDE = "%recipient"


@dataclass(frozen=True)
class Mailgun:
    """`domain` is the sending domain."""

    base: str
    domain: str
    terms = Terms("Mailgun", call=1_000, call_bytes=25_000_000)

    def unfit(self, envelope: Envelope, now: datetime) -> str:
        parts = parts_of(envelope)
        taken = _ASIDE in parts.html + parts.text + parts.subject
        return "The mail holds “%recipient”, which Mailgun would replace by something else." if taken else ""

    def plan(self, group: Sequence[Envelope]) -> list[list[int]]:
        return by_template(group, self.terms.batch, _mergeable)

    def call(self, group: Sequence[Envelope], secret: str, key: str, now: datetime) -> Call:
        parts = parts_of(group[0])
        fields = [("from", mailbox(parts.sender_name, parts.sender_email))]
        fields += [("to", envelope.recipient) for envelope in group]
        if parts.reply_to:
            fields.append(("h:Reply-To", parts.reply_to))
        names = [name for name, _ in parts.headers]
        if len(group) > 1:
            variables = {envelope.recipient: _values(envelope) for envelope in group}
            fields += [
                ("subject", _MARK.format("s")),
                ("text", _MARK.format("t")),
                ("html", flat(group[0], _MARK.format)),
            ]
            fields += [(f"h:{name}", _MARK.format(f"h{number}")) for number, name in enumerate(names)]
            fields += [("v:rd_msg", _MARK.format("m")), ("recipient-variables", json.dumps(variables))]
        else:
            fields += [("subject", parts.subject), ("text", parts.text), ("html", parts.html)]
            fields += [(f"h:{name}", value) for name, value in parts.headers]
            fields.append(("v:rd_msg", message_mark(parts)))
        fields.append(("o:tracking", "no"))
        headers = {**_headers(secret), "Content-Type": "application/x-www-form-urlencoded"}
        return Call("POST", f"{self.base}/v3/{self.domain}/messages", headers, urlencode(fields).encode())

    def receipts(self, group: Sequence[Envelope], answer: Answer) -> list[Receipt]:
        data = answer.data()
        if answer.status != 200 or not isinstance(data, dict) or not data.get("id"):
            raise Unknown("The answer does not say that the mails were taken.")
        return [Receipt(Handed.SENT, "200", clean(data.get("message", "")), clean(data["id"]).strip("<>"))] * len(group)

    def refused(self, answer: Answer) -> Receipt:
        words = told(answer)
        about_us = answer.status in (401, 402, 403, 404) or "from parameter" in words.lower()
        return refusal(answer, words, about_us)

    def probe(self, secret: str, now: datetime) -> Call:
        return Call("GET", f"{self.base}/v3/domains/{self.domain}", _headers(secret))

    def found(self, answer: Answer) -> str:
        if answer.status != 200:
            raise DeskError(
                f"Mailgun refuses: {answer.status} {told(answer)}", "Check the key, the domain and the region."
            )
        data = answer.data()
        domain = data.get("domain") if isinstance(data, dict) else None
        state = clean(domain.get("state", "")) if isinstance(domain, dict) else ""
        if state != "active":
            raise DeskError(f"Mailgun's domain {self.domain} is {state or 'unknown'}.", "Verify it at Mailgun first.")
        return f"Mailgun knows {self.domain}, and it is active."


def _mergeable(envelope: Envelope, merge: Merge) -> bool:
    return True  # what holds a mark of theirs is refused before


def _values(envelope: Envelope) -> dict[str, str]:
    parts = parts_of(envelope)
    merge = envelope.contents.merge() if envelope.contents is not None else None
    assert merge is not None
    values = {f"rd{number}": value for number, value in enumerate(merge.values)}
    values |= {f"rdh{number}": value for number, (_, value) in enumerate(parts.headers)}
    return {**values, "rds": parts.subject, "rdt": parts.text, "rdm": message_mark(parts)}


def _headers(secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"api:{secret}".encode()).decode()}
