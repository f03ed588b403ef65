"""Brevo: one finished mail a call, because its batches cannot carry each person's unsubscribe header.

A key repeated within fifteen minutes (thirty, its guide says) counts once: enough to ask again, not to settle later.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport.calls import Answer, Call, Unknown
from restock_desk.transport.provider import Terms, clean, message_mark, parts_of, refusal, singly, told

_OURS = {"unauthorized", "permission_denied", "not_enough_credits", "account_under_validation", "method_not_allowed"}


@dataclass(frozen=True)
class Brevo:
    base: str
    terms = Terms("Brevo", call=1, call_bytes=20_000_000, repeat_s=900)

    def unfit(self, envelope: Envelope, now: datetime) -> str:
        return ""

    def plan(self, group: Sequence[Envelope]) -> list[list[int]]:
        return singly(group)

    def call(self, group: Sequence[Envelope], secret: str, key: str, now: datetime) -> Call:
        (envelope,) = group
        parts = parts_of(envelope)
        mark = message_mark(parts)
        headers = {**dict(parts.headers), "X-Mailin-custom": json.dumps({"rd_msg": mark})}
        mail: dict[str, Any] = {
            "sender": {"email": parts.sender_email, **({"name": parts.sender_name} if parts.sender_name else {})},
            "to": [{"email": envelope.recipient}],
            "subject": parts.subject,
            "htmlContent": parts.html,
            "textContent": parts.text,
            "headers": {**headers, "idempotencyKey": str(UUID(key[:32]))},
        }
        if parts.reply_to:
            mail["replyTo"] = {"email": parts.reply_to}
        return Call("POST", f"{self.base}/v3/smtp/email", _headers(secret), json.dumps(mail).encode())

    def receipts(self, group: Sequence[Envelope], answer: Answer) -> list[Receipt]:
        data = answer.data()
        id = data.get("messageId") if isinstance(data, dict) else None
        if answer.status not in (201, 202) or not isinstance(id, str):
            raise Unknown("The answer does not say that the mail was taken.")
        return [Receipt(Handed.SENT, str(answer.status), "", clean(id).strip("<>"))]

    def refused(self, answer: Answer) -> Receipt:
        words, code = told(answer), _code(answer)
        if code == "duplicate_request" or "idempotencykey" in words.lower():
            # The words for a repeated key are not documented. The key is this mail's alone, so it was taken before.
            return Receipt(Handed.SENT, str(answer.status), "Taken by an earlier try.")
        about_us = code in _OURS or (code == "invalid_parameter" and "sender" in words.lower())
        return refusal(answer, f"{code}: {words}".strip(": "), answer.status in (401, 402, 403, 404) or about_us)

    def probe(self, secret: str, now: datetime) -> Call:
        return Call("GET", f"{self.base}/v3/account", _headers(secret))

    def found(self, answer: Answer) -> str:
        if answer.status != 200:
            raise DeskError(f"Brevo refuses the key: {answer.status} {told(answer)}", "Check the API key.")
        data = answer.data()
        return f"Brevo knows the key of “{clean(data.get('companyName', '') if isinstance(data, dict) else '')}”."


def _code(answer: Answer) -> str:
    try:
        data = answer.data()
    except Unknown:
        return ""
    return clean(data.get("code", "")) if isinstance(data, dict) else ""


def _headers(secret: str) -> dict[str, str]:
    return {"api-key": secret, "Content-Type": "application/json", "Accept": "application/json"}
