"""Postmark: finished mails, many in a call, an answer for each. It promises no idempotency."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport.calls import Answer, Call, Unknown
from restock_desk.transport.names import mailbox
from restock_desk.transport.provider import Terms, clean, message_mark, parts_of, refusal, together, told

_OURS = {10, 100, 400, 401, 405, 412, 413, 414, 429, 1234, 1235, 1236}
"""Error codes that speak of our account, server or sender, not of a recipient."""


@dataclass(frozen=True)
class Postmark:
    """`stream` is the message stream; alerts are bulk mail, so a broadcast stream is the right one."""

    base: str
    stream: str = "outbound"
    terms = Terms("Postmark", call=500, call_bytes=50_000_000)

    def unfit(self, envelope: Envelope, now: datetime) -> str:
        return ""

    def plan(self, group: Sequence[Envelope]) -> list[list[int]]:
        return together(group, self.terms.batch)

    def call(self, group: Sequence[Envelope], secret: str, key: str, now: datetime) -> Call:
        body = json.dumps([self._mail(envelope) for envelope in group]).encode()
        return Call("POST", f"{self.base}/email/batch", self._headers(secret), body)

    def receipts(self, group: Sequence[Envelope], answer: Answer) -> list[Receipt]:
        data = answer.data()
        if not isinstance(data, list):
            raise Unknown("The answer is no list.")
        return [_receipt(one) for one in data]

    def refused(self, answer: Answer) -> Receipt:
        code = _code(answer)
        return refusal(answer, told(answer), answer.status in (401, 403, 404) or code in _OURS)

    def probe(self, secret: str, now: datetime) -> Call:
        return Call("GET", f"{self.base}/server", self._headers(secret))

    def found(self, answer: Answer) -> str:
        if answer.status != 200:
            raise DeskError(f"Postmark refuses the key: {answer.status} {told(answer)}", "Check the server's token.")
        data = answer.data()
        name = clean(data.get("Name", "")) if isinstance(data, dict) else ""
        return f"Postmark knows the server “{name}”; mail leaves by “{self.stream}”."

    def _headers(self, secret: str) -> dict[str, str]:
        return {
            "X-Postmark-Server-Token": secret,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    def _mail(self, envelope: Envelope) -> dict[str, Any]:
        parts = parts_of(envelope)
        headers = [{"Name": name, "Value": value} for name, value in parts.headers]
        mail = {
            "From": mailbox(parts.sender_name, parts.sender_email),
            "To": envelope.recipient,
            "Subject": parts.subject,
            "HtmlBody": parts.html,
            "TextBody": parts.text,
            "ReplyTo": parts.reply_to,
            "Headers": [*headers, {"Name": "X-PM-KeepID", "Value": "true"}],
            "MessageStream": self.stream,
            "Metadata": {"rd_msg": message_mark(parts)},
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        return {name: value for name, value in mail.items() if value != ""}


def _receipt(one: Any) -> Receipt:
    if not isinstance(one, dict) or not isinstance(one.get("ErrorCode"), int):
        return Receipt(Handed.IN_DOUBT, "", "The answer says nothing of this mail that can be read.")
    code, words = one["ErrorCode"], clean(one.get("Message", ""))
    if code == 0:
        return Receipt(Handed.SENT, "200", "", clean(one.get("MessageID", "")))
    ours = code in _OURS
    return Receipt(Handed.DEFERRED if ours else Handed.FAILED, str(code), f"{code} {words}", ours=ours)


def _code(answer: Answer) -> int:
    try:
        data = answer.data()
    except Unknown:
        return 0
    code = data.get("ErrorCode") if isinstance(data, dict) else 0
    return code if isinstance(code, int) else 0
